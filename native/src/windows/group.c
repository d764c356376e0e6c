/*
 * group.c - who is in a job. The kernel counts: a process is in the job from before its first instruction until it has
 * ended, and cannot leave it, so a count of 0 is the end of the group. The list of numbers is for names and handles.
 */
#include "internal.h"

DWORD lc_count_active(lc_i64 job, DWORD *active) {
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION counts;
    if (!QueryInformationJobObject(lc_handle(job), JobObjectBasicAccountingInformation, &counts, sizeof counts, NULL)) {
        return GetLastError();
    }
    *active = counts.ActiveProcesses;
    return 0;
}

lc_i64 lc_group_state(const struct lc_process *process) {
    if (!lc_is_process(process)) {
        return lc_invalid();
    }
    DWORD active = 0;
    DWORD code = process->group == 0 ? 0 : lc_count_active(process->group, &active);
    if (code != 0) {
        return lc_failure(LC_CALL_QUERY_INFORMATION_JOB_OBJECT, code);
    }
    return active > 0 ? LC_GROUP_PRESENT : LC_GROUP_EMPTY;
}
