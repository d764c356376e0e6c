/*
 * signal.c - signals to the child or its group, and never to another process.
 *
 * A pidfd always refers to one process. A pid does so only until the process is reaped, and then it can be reused. If a
 * number has to be used (no pidfd, or a group before Linux 6.9), a look first checks that it still belongs to our
 * child: the caller does not reap it, but other code in this process may have. Until the leader is reaped, even as a
 * zombie, the number of its group cannot be reused.
 *
 * Results are the contract's.
 */
#include "internal.h"

int lc_group_by_pidfd(const struct lc_process *process) {
    return process->handle >= 0 && (lc_features() & LC_FEATURE_PIDFD_GROUP) != 0;
}

static lc_i64 result_of(int call, long result) {
    return result < 0 ? lc_failure(call, result) : 0;
}

static lc_i64 send_by_number(const struct lc_process *process, int call, lc_i64 target, lc_i32 signal) {
    long exited = lc_has_exited(process);
    if (exited == -ECHILD) {
        return lc_failure(call, -ESRCH);
    }
    return exited < 0 ? lc_failure(LC_CALL_WAITID, exited) : result_of(call, sys_kill(target, signal));
}

lc_i64 lc_send_to_leader(const struct lc_process *process, lc_i32 signal) {
    if (signal == LC_EVENT_CTRL_BREAK) {
        return lc_unsupported();
    }
    if (process->handle >= 0) {
        return result_of(LC_CALL_PIDFD_SEND_SIGNAL, sys_pidfd_send_signal(process->handle, signal, 0));
    }
    return send_by_number(process, LC_CALL_KILL, process->pid, signal);
}

lc_i64 lc_send_to_group(const struct lc_process *process, lc_i32 signal) {
    if (signal == LC_EVENT_CTRL_BREAK) {
        return lc_unsupported();
    }
    if (process->cgroup != 0) {
        return lc_cgroup_send(process, signal);
    }
    if (lc_group_by_pidfd(process)) {
        long result = sys_pidfd_send_signal(process->handle, signal, LC_PIDFD_SIGNAL_PROCESS_GROUP);
        return result_of(LC_CALL_PIDFD_SEND_SIGNAL, result);
    }
    return send_by_number(process, LC_CALL_KILLPG, -process->group, signal);
}
