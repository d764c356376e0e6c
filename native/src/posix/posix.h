/*
 * posix.h - what the library of Linux and that of macOS share.
 *
 * Membership rule of this folder: a file belongs here if it compiles unchanged for both systems and both need the same
 * code. A call of the OS goes through a function sys_*() of the system's own sys.h, whose result is zero or more, or
 * -errno. Code that is only similar stays in the folders of the systems.
 */
#ifndef LASTCALL_POSIX_H
#define LASTCALL_POSIX_H

#include "common.h"

#pragma GCC visibility push(hidden)

/* failure.c. The contract's error for a failed call of the OS, in a start and elsewhere; `result` is -errno. */
lc_i64 lc_failure_at(int stage, int call, long result);
lc_i64 lc_failure(int call, long result);

/* send.c. LC_ACT_SIGNAL and LC_ACT_MOVED. Returns 0, or an error of the contract. */
lc_i64 lc_send(const struct lc_process *process);

/* send.c. LC_ACT_FOLLOW. */
void lc_follow(const struct lc_process *process);

/* stdio.c. How many bytes can be read from a pipe, or an error of the contract. */
lc_i64 lc_bytes_in_pipe(lc_i64 pipe);

/* Of each system: */

/* LC_ACT_LOOK and LC_ACT_REAP. Returns 0, or an error of the contract. */
lc_i64 lc_look(struct lc_process *process);

/* LC_ACT_ESCAPED. */
void lc_find_escaped(struct lc_process *process);

/* Can one of these pipes hold something? -1 is no pipe. */
int lc_may_hold_bytes(lc_i64 one, lc_i64 other);

/* LC_ACT_PROBE. Returns 0, or an error of the contract. */
lc_i64 lc_probe_group(struct lc_process *process);

/* 0: it runs; 1: it has exited and is not reaped; -ECHILD: it is not our child, or not any more. */
long lc_has_exited(const struct lc_process *process);

/* Send an LC_SIG* and return 0, or an error of the contract. */
lc_i64 lc_send_to_leader(const struct lc_process *process, lc_i32 signal);
lc_i64 lc_send_to_group(const struct lc_process *process, lc_i32 signal);

/* Is it known how the process ended? */
static inline int lc_exit_is_known(const struct lc_process *process) {
    return process->kind == LC_EXIT_EXITED || process->kind == LC_EXIT_SIGNALED || process->kind == LC_EXIT_LOST;
}

/* The kernel only uses the lower 32 bits of a descriptor or a pid, so a wrong 64-bit number could name another one. */
static inline int lc_is_handle(lc_i64 handle) {
    return handle >= 0 && handle <= 0x7fffffff;
}

static inline int lc_is_handle_or_absent(lc_i64 handle) {
    return handle == -1 || lc_is_handle(handle);
}

/* For kill(2) 1 is init, and -1 means all processes: never a child of ours. */
static inline int lc_is_pid(lc_i64 pid) {
    return pid > 1 && pid <= 0x7fffffff;
}

#pragma GCC visibility pop

#endif
