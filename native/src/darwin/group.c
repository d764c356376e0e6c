/*
 * group.c - looks whether the group exists, with signal 0. It fails with EPERM if the group has only zombies and
 * processes that we may not signal.
 */
#include <signal.h>

#include "internal.h"

/*
 * Signal 0 has no effect. If no group has the number, ours does not exist. If a group has it, it is ours as long as the
 * leader is not reaped, which is checked afterwards.
 */
lc_i64 lc_probe_group(struct lc_process *process) {
    process->group_state = LC_GROUP_EMPTY;
    if (process->group == 0) {
        return 0;
    }
    long result = lc_result(kill((pid_t) -process->group, 0));
    if (result == -ESRCH) {
        return 0;
    }
    process->group_state = LC_GROUP_UNKNOWN;
    if (result < 0 && result != -EPERM) {
        return lc_failure(LC_CALL_KILLPG, result);
    }
    long exited = process->reaped ? -ECHILD : lc_has_exited(process);
    if (exited >= 0) {
        process->group_state = LC_GROUP_PRESENT;
    }
    return exited < 0 && exited != -ECHILD ? lc_failure(LC_CALL_WAITID, exited) : 0;
}

/* Does nothing: the kernel lists children only for the same user, and not as one snapshot. */
void lc_find_escaped(struct lc_process *process) {
    process->escaped_count = 0;
}
