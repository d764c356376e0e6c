/*
 * send.c - sends a signal to the leader, its group, or both.
 *
 * Results are the contract's.
 */
#include "internal.h"

static int is_for_group(const struct lc_process *process) {
    return process->scope == LC_SCOPE_GROUP && process->group != 0;
}

static int is_running(const struct lc_process *process) {
    return !lc_exit_is_known(process) && lc_has_exited(process) == 0;
}

/* The pid of the leader cannot be reused until it is reaped, which is checked afterwards. */
static int leader_has_moved(const struct lc_process *process) {
    long group = process->reaped || process->cgroup != 0 ? -ESRCH : sys_getpgid(process->pid);
    return group >= 0 && group != process->group && is_running(process);
}

/* The leader gets it once: with its group; or alone, if the group is empty, or if it has moved and `moved` is set. */
static lc_i64 send_to_all(const struct lc_process *process, lc_i32 signal, int moved) {
    lc_i64 result = lc_send_to_group(process, signal);
    if (result < 0 && lc_error_code(result) == ESRCH) {
        return is_running(process) ? lc_send_to_leader(process, signal) : result;
    }
    if (moved && leader_has_moved(process)) {
        lc_send_to_leader(process, signal);
    }
    return result;
}

lc_i64 lc_send(const struct lc_process *process) {
    return is_for_group(process) ? send_to_all(process, process->signal, (process->act & LC_ACT_MOVED) != 0)
                                 : lc_send_to_leader(process, process->signal);
}

void lc_follow(const struct lc_process *process) {
    const lc_u32 both = LC_ACT_SIGNAL | LC_ACT_MOVED;
    if (!is_for_group(process)) {
        lc_send_to_leader(process, LC_SIGCONT);
        return;
    }
    if ((process->act & both) != both && leader_has_moved(process)) {
        lc_send_to_leader(process, process->signal);
    }
    send_to_all(process, LC_SIGCONT, 1);
}
