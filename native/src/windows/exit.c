/*
 * exit.c - how a child ended. It is not reaped: the system keeps its number and exit code while a handle of it is open.
 */
#include "internal.h"

int lc_has_exited(HANDLE process) {
    return WaitForSingleObject(process, 0) == WAIT_OBJECT_0;
}

/*
 * The handle shows whether it has ended. The code does not: a process may exit with 259, which means "still running".
 */
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
