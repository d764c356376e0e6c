/*
 * group.c - looks whether the group exists, with signal 0: zombies count, and members that we may not signal.
 *
 * Results are the contract's.
 */
#include <linux/wait.h>

#include "internal.h"

/* EPERM: there is a process of another user. */
static int exists(long result) {
    return result == 0 || result == -EPERM;
}

/*
 * An exited member whose parent has died is a child of pid 1, or of a subreaper, and the group exists until it is
 * reaped. To be called when the group was just seen to exist, so that no other group has its number. The children
 * of this process are in its own group.
 */
static int reap_inherited(const struct lc_process *process) {
    struct lc_siginfo info;
    return (process->act & LC_ACT_PROBE) != 0 && process->reaped && lc_adopts_orphans()
           && process->group != sys_getpgid(0)
           && lc_waitid(P_PGID, process->group, &info, WEXITED | WNOHANG) == 0 && info.pid != 0;
}

static long signal_0_by_pidfd(const struct lc_process *process) {
    long result;
    do {
        result = sys_pidfd_send_signal(process->handle, 0, LC_PIDFD_SIGNAL_PROCESS_GROUP);
    } while (exists(result) && reap_inherited(process));
    return result;
}

static lc_i64 probe_by_pidfd(struct lc_process *process) {
    long result = signal_0_by_pidfd(process);
    if (exists(result)) {
        process->group_state = LC_GROUP_PRESENT;
        return 0;
    }
    process->group_state = result == -ESRCH ? LC_GROUP_EMPTY : LC_GROUP_UNKNOWN;
    return result == -ESRCH ? 0 : lc_failure(LC_CALL_PIDFD_SEND_SIGNAL, result);
}

/*
 * Signal 0 has no effect. If no group has the number, ours does not exist. If a group has it, it is ours as long as the
 * leader is not reaped, which is checked afterwards.
 */
static lc_i64 probe_by_number(struct lc_process *process) {
    long result = sys_kill(-process->group, 0);
    process->group_state = result == -ESRCH ? LC_GROUP_EMPTY : LC_GROUP_UNKNOWN;
    if (!exists(result)) {
        return result == -ESRCH ? 0 : lc_failure(LC_CALL_KILLPG, result);
    }
    long exited = process->reaped ? -ECHILD : lc_has_exited(process);
    if (exited >= 0) {
        process->group_state = LC_GROUP_PRESENT;
    }
    return exited < 0 && exited != -ECHILD ? lc_failure(LC_CALL_WAITID, exited) : 0;
}

lc_i64 lc_probe_group(struct lc_process *process) {
    if (process->cgroup != 0) {
        lc_i64 error = lc_cgroup_probe(process);
        if (process->group_state == LC_GROUP_EMPTY && lc_group_by_pidfd(process)) {
            signal_0_by_pidfd(process); /* for the exited members, which do not count */
        }
        return error;
    }
    if (process->mark != 0) {
        process->group_state = LC_GROUP_PRESENT;
        return 0;
    }
    if (process->group == 0) {
        process->group_state = LC_GROUP_EMPTY;
        return 0;
    }
    return lc_group_by_pidfd(process) ? probe_by_pidfd(process) : probe_by_number(process);
}
