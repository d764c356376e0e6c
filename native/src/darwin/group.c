/* group.c - is there anybody in the group? Signal 0 asks; who may not be signalled, and a zombie, says EPERM. */
#include "internal.h"

lc_i64 lc_group_state(const struct lc_process *process) {
    if (!lc_is_process(process)) {
        return lc_invalid();
    }
    if (process->group == 0) {
        return LC_GROUP_EMPTY;
    }
    if (lc_look(process->pid) == -ECHILD) {
        return lc_error_word(LC_STAGE_NONE, LC_CALL_WAITID, LC_ERR_UNSUPPORTED, ECHILD);
    }
    int call = LC_CALL_NONE;
    long result = lc_send_to_group(process, 0, &call);
    if (result == 0 || result == -EPERM) {
        return LC_GROUP_PRESENT;
    }
    return result == -ESRCH ? LC_GROUP_EMPTY : lc_failure(call, result);
}
