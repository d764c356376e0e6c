/*
 * exit.c - how a child ended. There is no reap: the system keeps pid and exit code while a handle is open.
 */
#include "internal.h"

int lc_has_exited(HANDLE process) {
    return WaitForSingleObject(process, 0) == WAIT_OBJECT_0;
}

/* By the handle, not by the exit code: a process may exit with 259, which is STILL_ACTIVE. */
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
