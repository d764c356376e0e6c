/*
 * signal.c - signals that reach the child or its group, and never a stranger.
 *
 * A pidfd stands for one process for ever. A number does so only until the process is reaped, and then for whoever gets
 * it next. Where a number must do (no pidfd, or a group before Linux 6.9), a look comes first that it is still our
 * child's: the caller keeps it from being reaped, but somebody else in this process may have waited for it. While the
 * leader is not reaped it keeps the number of its group from being given to another, even as a zombie.
 */
#include "internal.h"

int lc_group_by_pidfd(const struct lc_process *process) {
    return process->handle >= 0 && (lc_features() & LC_FEATURE_PIDFD_GROUP) != 0;
}

static long send_by_number(const struct lc_process *process, long target, lc_i32 signal, int *call) {
    long look = lc_look(process);
    if (look == -ECHILD) {
        return -ESRCH;
    }
    if (look < 0) {
        *call = LC_CALL_WAITID;
        return look;
    }
    return LC_SYS(__NR_kill, target, signal);
}

static long send_to_leader(const struct lc_process *process, lc_i32 signal, int *call) {
    if (process->handle >= 0) {
        *call = LC_CALL_PIDFD_SEND_SIGNAL;
        return LC_SYS(__NR_pidfd_send_signal, process->handle, signal, 0, 0);
    }
    *call = LC_CALL_KILL;
    return send_by_number(process, process->pid, signal, call);
}

long lc_send_to_group(const struct lc_process *process, lc_i32 signal, int *call) {
    if (lc_group_by_pidfd(process)) {
        *call = LC_CALL_PIDFD_SEND_SIGNAL;
        return LC_SYS(__NR_pidfd_send_signal, process->handle, signal, 0, LC_PIDFD_SIGNAL_PROCESS_GROUP);
    }
    *call = LC_CALL_KILLPG;
    return send_by_number(process, -process->group, signal, call);
}

/*
 * A leader may move to another group, and what it leaves behind may live. After its reap the answer is about nobody or
 * about a stranger, who is sent nothing: the look says that it is no child of ours.
 */
static int leader_has_left(const struct lc_process *process) {
    long group = LC_SYS(__NR_getpgid, process->pid);
    return group >= 0 && group != process->group && lc_look(process) == 0;
}

/* One that was reached is enough. */
static long sent_to_either(long group, long leader) {
    return group == 0 ? group : leader;
}

static long send(const struct lc_process *process, lc_i32 scope, lc_i32 signal, int *call) {
    if (scope == LC_SCOPE_LEADER || process->group == 0) {
        return send_to_leader(process, signal, call);
    }
    int has_left = leader_has_left(process);
    long result = lc_send_to_group(process, signal, call);
    if (has_left || (result == -ESRCH && lc_look(process) == 0)) {
        return sent_to_either(result, send_to_leader(process, signal, call));
    }
    return result;
}

lc_i64 lc_signal(const struct lc_process *process, lc_i32 scope, lc_i32 signal) {
    if (!lc_is_process(process) || (scope != LC_SCOPE_LEADER && scope != LC_SCOPE_GROUP)) {
        return lc_invalid();
    }
    if (signal == LC_EVENT_CTRL_BREAK) {
        return lc_error_word(LC_STAGE_NONE, LC_CALL_NONE, LC_ERR_UNSUPPORTED, 0);
    }
    int call = LC_CALL_NONE;
    long result = send(process, scope, signal, &call);
    return result < 0 ? lc_failure(call, result) : 0;
}
