/*
 * guardian.h - what the library and the program of the guardian exchange, except the slots, which lastcall.h defines.
 *
 * The guardian inherits nothing. It opens a pipe, whose name is in its command line, and gets one struct lc_greeting,
 * which it answers with 64 bits, LC_ABI and the number of slots that it can hold; then the processes, a struct
 * lc_registration each. The handles in these messages are the guardian's: the owner duplicates them into it before.
 */
#ifndef LASTCALL_WINDOWS_GUARDIAN_H
#define LASTCALL_WINDOWS_GUARDIAN_H

#include "internal.h"

struct lc_greeting {
    lc_u64 abi;
    lc_u64 memory; /* the slots */
    lc_u64 owner;  /* the owner's process */
    lc_u64 error;  /* where the guardian writes its line, 0: nowhere */
};

enum { LC_GUARDED_DIRECTORY = 2000 };

/* What the memory begins with, in the place of a slot. */
struct lc_guarded {
    lc_u32 abi;
    lc_u32 slots;
    lc_i64 owner; /* its pid */
    WCHAR directory[LC_GUARDED_DIRECTORY]; /* its working directory; empty: not known */
};

_Static_assert(sizeof(struct lc_guarded) <= LC_SLOT_BYTES, "it stands in the place of a slot");

/* A process, with its handles. */
struct lc_registration {
    lc_u32 slot;
    lc_u32 generation;
    lc_u32 pid;
    lc_u32 shares_console; /* 1: it has the owner's console and its own group there; 0: a console of its own */
    lc_u64 process;
    lc_u64 job; /* 0: it has none */
};

#endif
