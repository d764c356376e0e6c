/*
 * exit.c - how a child ended. There is no table to take it off: number and exit code are kept for as long as somebody
 * has a handle.
 */
#include "internal.h"

int lc_has_exited(HANDLE process) {
    return WaitForSingleObject(process, 0) == WAIT_OBJECT_0;
}

/* The handle says whether it has ended. The code does not: 259, which is said to mean "still running", is anybody's. */
lc_i64 lc_fill_exit(struct lc_process *process) {
    HANDLE handle = lc_handle(process->handle);
    DWORD waited = WaitForSingleObject(handle, 0), code = 0;
    if (waited == WAIT_FAILED) {
        return lc_failure(LC_CALL_WAIT_FOR_SINGLE_OBJECT, GetLastError());
    }
    if (waited != WAIT_OBJECT_0) {
        return 0;
    }
    if (!GetExitCodeProcess(handle, &code)) {
        return lc_failure(LC_CALL_GET_EXIT_CODE_PROCESS, GetLastError());
    }
    process->kind = LC_EXIT_EXITED;
    process->code = (lc_i32) code;
    return 0;
}
