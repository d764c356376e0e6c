/*
 * guardian.h - what the library and the program of the guardian exchange, except the slots, which lastcall.h defines.
 *
 * The guardian gets its descriptors under fixed numbers, the slots in shared memory, and the processes as records on a
 * stream. It answers once, when it is ready: 64 bits, LC_ABI and the number of slots that it can hold, or the error
 * that prevented its start.
 */
#ifndef LASTCALL_DARWIN_GUARDIAN_H
#define LASTCALL_DARWIN_GUARDIAN_H

#include "identity.h"

/* The guardian's descriptors. */
enum { LC_GUARDIAN_SOCKET = 3, LC_GUARDIAN_MEMORY = 4, LC_GUARDIAN_UNUSED = 5 };

/* What the memory begins with, in the place of a slot. */
struct lc_guarded {
    lc_u32 abi;
    lc_u32 slots;
    lc_i64 owner; /* its pid and its unique number */
    lc_u64 unique;
    char directory[LC_SLOT_BYTES - 24]; /* its working directory */
};

_Static_assert(sizeof(struct lc_guarded) <= LC_SLOT_BYTES, "it stands in the place of a slot");

struct lc_registration {
    lc_u32 slot;
    lc_u32 generation;
    lc_i64 pid;
    lc_u64 unique;
};

#endif
