/*
 * internal.h - what the macOS files share.
 *
 * Everything goes through libSystem: Apple keeps its functions stable, and not the numbers of the system calls. There
 * are no pidfds. A child is known by its number, which stays its own until it is reaped; so the caller keeps an exited
 * leader unreaped until its group is done, and every wait and signal here is by number.
 *
 * Inside the library a `long` result is a system call's: zero or more, or -errno. An lc_i64 is the contract's. What is
 * said of the kernel was read in the sources of XNU (xnu-11417, macOS 15), and holds since macOS 11 unless said
 * otherwise.
 */
#ifndef LASTCALL_DARWIN_INTERNAL_H
#define LASTCALL_DARWIN_INTERNAL_H

#include <sys/sysctl.h>

#include "posix.h"
#include "sys.h"

#pragma GCC visibility push(hidden)

/*
 * exit.c. Does the exit of a process show, in waitid(2) for a child of ours and in sysctl(3) for others? NOTE_EXIT
 * comes a moment before it does. 0 or 1.
 */
long lc_is_dead_or_absent(lc_i64 pid);

/* processes.c. Fills in what is known of one process. 0: there is none. */
long lc_process_of(lc_i64 pid, struct kinfo_proc *found);

/* processes.c. All processes of a group, zombies too, to be freed; returns how many. */
long lc_processes_of(lc_i64 group, struct kinfo_proc **found);

/* processes.c. Has it no thread left? */
int lc_is_dead(const struct kinfo_proc *process);

/* processes.c. With the pid it names a process: two of the same number have not started in the same microsecond. */
lc_u64 lc_started(const struct kinfo_proc *process);

/* signal.c. The LC_SIG* of a signal of this system; 0: the contract has no name for it. */
lc_i32 lc_contract_signal(int signal);

/* signal.c. A mask of this system's signals as one of LC_SIG*, without those that the contract has no name for. */
lc_u64 lc_contract_signals(unsigned mask);

/* The category of what Linux has no such code for. */
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
