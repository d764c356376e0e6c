/*
 * attach.c - a process that this library has not started.
 *
 * The kernel finds the process with this pid and creates its pidfd in one step; later calls do not use the pid. The
 * group is looked up by the pidfd too, so it is that of this process: the kernel keeps it as long as it has a member.
 */
#include "internal.h"

/* A signal to the group of this process would reach this process too. */
static lc_i64 attach_group(struct lc_process *process) {
    process->group = process->pid;
    lc_i64 error = lc_probe_group(process);
    if (error < 0) {
        return error;
    }
    if (process->group_state != LC_GROUP_PRESENT) {
        return lc_failure(LC_CALL_PIDFD_SEND_SIGNAL, -ESRCH);
    }
    return sys_getpgid(0) == process->group ? lc_invalid() : 0;
}

lc_i64 lc_attach(lc_i64 pid, lc_i32 scope, struct lc_process *process) {
    if (!lc_is_pid(pid) || pid == sys_getpid() || process == NULL || process->size != sizeof *process
        || (scope != LC_SCOPE_LEADER && scope != LC_SCOPE_GROUP)) {
        return lc_invalid();
    }
    lc_u64 needed = scope == LC_SCOPE_GROUP ? LC_FEATURE_PIDFD_GROUP : LC_FEATURE_PIDFD;
    if ((lc_features() & needed) == 0) {
        return lc_error_word(LC_STAGE_NONE, LC_CALL_PIDFD_OPEN, LC_ERR_UNSUPPORTED, 0);
    }
    long handle = sys_pidfd_open(pid, 0);
    if (handle < 0) {
        return lc_failure(LC_CALL_PIDFD_OPEN, handle);
    }
    *process = (struct lc_process){
        .size = sizeof *process, .pid = pid, .handle = handle, .in = -1, .out = -1, .err = -1};
    lc_i64 error = scope == LC_SCOPE_GROUP ? attach_group(process) : 0;
    if (error < 0) {
        sys_close(handle);
        process->handle = -1;
    }
    return error;
}
