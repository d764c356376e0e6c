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

lc_i64 lc_send(const struct lc_process *process, lc_i32 signal) {
    if (!is_for_group(process)) {
        return lc_send_to_leader(process, signal);
    }
    lc_i64 result = lc_send_to_group(process, signal);
    int group_is_empty = result < 0 && lc_error_code(result) == ESRCH;
    return group_is_empty && is_running(process) ? lc_send_to_leader(process, signal) : result;
}

/* The pid of the leader cannot be reused until it is reaped, which is checked afterwards. */
static int leader_has_moved(const struct lc_process *process) {
    long group = process->reaped ? -ESRCH : sys_getpgid(process->pid);
    return group >= 0 && group != process->group && is_running(process);
}

int lc_send_to_moved(const struct lc_process *process, lc_i32 signal) {
    int is_due = is_for_group(process) && process->cgroup == 0 && leader_has_moved(process);
    if (is_due) {
        lc_send_to_leader(process, signal);
    }
    return is_due;
}

void lc_follow(const struct lc_process *process) {
    lc_send(process, LC_SIGCONT);
    if (lc_send_to_moved(process, process->signal)) {
        lc_send_to_leader(process, LC_SIGCONT);
    }
}
