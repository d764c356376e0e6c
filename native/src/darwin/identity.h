/*
 * identity.h - which process a pid belongs to, beyond its reuse.
 *
 * Each process has a unique number, which exec keeps and no other process gets until the next boot. The number of the
 * parent at the fork stays when the parent has ended. Only the constant and the struct below are not in the public
 * headers; they have been the same since OS X 10.9, and a kernel without them fails the call.
 */
#ifndef LASTCALL_DARWIN_IDENTITY_H
#define LASTCALL_DARWIN_IDENTITY_H

#include "internal.h"

#pragma GCC visibility push(hidden)

struct lc_identity {
    lc_u64 unique;
    lc_u64 parent; /* the unique number of the process that forked it */
    lc_u32 version; /* changes with each exec; with the pid it names a process to proc_signal_with_audittoken() */
};

/* identity.c. With `zombies` of an exited process too, as long as it is not reaped. Returns 0, or -ESRCH. */
long lc_identify(lc_i64 pid, int zombies, struct lc_identity *found);

/* identity.c. Does the process with this unique number run? */
int lc_runs(lc_i64 pid, lc_u64 unique);

#pragma GCC visibility pop

#endif
