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

#include <errno.h>
#include <sys/types.h>

#include <sys/sysctl.h>

#include "common.h"

#pragma GCC visibility push(hidden)

/* errno.c. The contract's error for a failed system call, in a spawn and elsewhere. */
lc_i64 lc_failure_at(int stage, int call, long result);
lc_i64 lc_failure(int call, long result);

/* exit.c. Is the child still there to be reaped? 0: it runs, 1: it has exited, -ECHILD: it is no child of ours. */
long lc_look(lc_i64 pid);

/*
 * exit.c. After NOTE_EXIT, or when a process can no longer be watched: returns when its exit shows, in waitid(2) for a
 * child of ours and in sysctl(3) for others. Either takes a moment, as NOTE_EXIT comes first.
 */
void lc_settle(lc_i64 pid);

/* processes.c. Fills in what is known of one process. 0: there is none. */
long lc_process_of(lc_i64 pid, struct kinfo_proc *found);

/* processes.c. All processes of a group, zombies too, to be freed; returns how many. */
long lc_processes_of(lc_i64 group, struct kinfo_proc **found);

/* processes.c. Has it no thread left? */
int lc_is_dead(const struct kinfo_proc *process);

/* processes.c. With the pid it names a process: two of the same number have not started in the same microsecond. */
lc_u64 lc_started(const struct kinfo_proc *process);

/* members.c. Has the member exited? No if it cannot be told. */
int lc_member_gone(const struct lc_member *member);

/* signal.c. The number that this system has for an LC_SIG*, and the other way round; -1 and 0: there is none. */
int lc_signal_here(lc_i32 signal);
lc_i32 lc_signal_there(int signal);

/* signal.c. A mask of this system's signals as one of LC_SIG*, without those that the contract has no name for. */
lc_u64 lc_signals_there(unsigned mask);

/* signal.c. Signals the group, LC_SIG* or 0; `call` tells which call the result is of. */
long lc_send_to_group(const struct lc_process *process, int signal, int *call);

static inline long lc_result(long result) {
    return result < 0 ? -(long) errno : result;
}

static inline int lc_is_handle(lc_i64 handle) {
    return handle >= 0 && handle <= 0x7fffffff;
}

/* kill(2) of 1 is init, and of -1 everybody: never a child of ours. */
static inline int lc_is_pid(lc_i64 pid) {
    return pid > 1 && pid <= 0x7fffffff;
}

static inline int lc_is_process(const struct lc_process *process) {
    return process != NULL && process->size == sizeof *process
           && lc_is_pid(process->pid)
           && (process->group == 0 || process->group == process->pid)
           && process->handle == -1;
}

#pragma GCC visibility pop

#endif
