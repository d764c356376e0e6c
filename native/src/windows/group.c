/*
 * group.c - looks whether a job is empty. A process is in the job from before its first instruction until it has ended,
 * and cannot leave it, so the group is gone when the count of the kernel is 0.
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

lc_i64 lc_probe_group(struct lc_process *process) {
    DWORD active = 0;
    DWORD code = process->group == 0 ? 0 : lc_count_active(process->group, &active);
    if (code != 0) {
        process->group_state = LC_GROUP_UNKNOWN;
        return lc_failure(LC_CALL_QUERY_INFORMATION_JOB_OBJECT, code);
    }
    process->group_state = active > 0 ? LC_GROUP_PRESENT : LC_GROUP_EMPTY;
    return 0;
}
