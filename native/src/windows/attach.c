/* attach.c - a process that this library has not started. Its handle keeps the pid from being reused. */
#include "internal.h"

enum { WANTED = SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_TERMINATE };

static lc_i64 gone(void) {
    return lc_error_word(LC_STAGE_NONE, LC_CALL_OPEN_PROCESS, LC_ERR_GONE, ERROR_INVALID_PARAMETER);
}

lc_i64 lc_attach(lc_i64 pid, lc_i32 scope, struct lc_process *process) {
    if (pid <= 1 || pid > 0xffffffffLL || pid == (lc_i64) GetCurrentProcessId() || process == NULL
        || process->size != sizeof *process || (scope != LC_SCOPE_LEADER && scope != LC_SCOPE_GROUP)) {
        return lc_invalid();
    }
    if (scope == LC_SCOPE_GROUP) {
        return lc_error_word(LC_STAGE_NONE, LC_CALL_OPEN_PROCESS, LC_ERR_UNSUPPORTED, 0);
    }
    HANDLE handle = OpenProcess(WANTED, FALSE, (DWORD) pid);
    if (handle == NULL) {
        DWORD code = GetLastError();
        return code == ERROR_INVALID_PARAMETER ? gone() : lc_failure(LC_CALL_OPEN_PROCESS, code);
    }
    /* OpenProcess ignores the last two bits, so pid 4713 would open process 4712. */
    if (GetProcessId(handle) != (DWORD) pid) {
        CloseHandle(handle);
        return gone();
    }
    *process = (struct lc_process){
        .size = sizeof *process, .pid = pid, .handle = lc_number(handle), .in = -1, .out = -1, .err = -1};
    return 0;
}
