/*
 * internal.h - what the macOS files share.
 *
 * All calls use libSystem: Apple keeps its functions stable, but not the numbers of the system calls. There are no
 * pidfds. A child is known by its pid, which cannot be reused until the child is reaped. So the caller does not reap a
 * leader until its group is gone, and all waits and signals use pids.
 *
 * Inside the library a `long` result is a system call's: zero or more, or -errno. An lc_i64 is the contract's. Comments
 * about the kernel are based on the sources of XNU (xnu-11417, macOS 15), and apply since macOS 11 unless they say
 * otherwise.
 */
#ifndef LASTCALL_DARWIN_INTERNAL_H
#define LASTCALL_DARWIN_INTERNAL_H

#include <sys/sysctl.h>

#include "posix.h"
#include "sys.h"

#pragma GCC visibility push(hidden)

/*
 * exit.c. Is the exit of a process visible, by waitid(2) for a child of ours and by sysctl(3) for others? NOTE_EXIT
 * comes a moment earlier. 0 or 1.
 */
long lc_is_dead_or_absent(lc_i64 pid);

/* processes.c. Fills in what is known about one process. Returns 0 if there is none. */
long lc_process_of(lc_i64 pid, struct kinfo_proc *found);

/* processes.c. All processes of a group, including zombies, to be freed; returns how many. */
long lc_processes_of(lc_i64 group, struct kinfo_proc **found);

/* processes.c. Has it no thread any more? */
int lc_is_dead(const struct kinfo_proc *process);

/* processes.c. Identifies a process together with its pid, which is not reused in the same microsecond. */
lc_u64 lc_started(const struct kinfo_proc *process);

/* signal.c. The number of an LC_SIG* on this system, -1: it has none. */
int lc_system_signal(lc_i32 signal);

/* signal.c. The LC_SIG* of a signal of this system; 0: the contract has no name for it. */
lc_i32 lc_contract_signal(int signal);

/* signal.c. A mask of this system's signals as one of LC_SIG*, without those that the contract has no name for. */
lc_u64 lc_contract_signals(unsigned mask);

/* The category of codes that Linux does not have. */
static inline int lc_system_category(int code) {
    switch (code) {
    case EPROCLIM:
        return LC_ERR_RESOURCES;
    case ENOTSUP: /* here not the same as EOPNOTSUPP */
        return LC_ERR_UNSUPPORTED;
    default:
        return LC_ERR_OTHER;
    }
}

static inline int lc_is_process(const struct lc_process *process) {
    return process != NULL && process->size == sizeof *process
           && lc_is_pid(process->pid)
           && (process->group == 0 || process->group == process->pid)
           && process->handle == -1;
}

#pragma GCC visibility pop

#endif
