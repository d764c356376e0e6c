/*
 * exit.c - how a child ended. There is no table to take it off: number and exit code are kept for as long as somebody
 * has a handle.
 */
#include "internal.h"

int lc_has_exited(HANDLE process) {
    return WaitForSingleObject(process, 0) == WAIT_OBJECT_0;
}

/* The handle says whether it has ended. The code does not: 259, which is said to mean "still running", is anybody's. */
static lc_i64 look(const struct lc_process *process, struct lc_exit *exit) {
    if (!lc_is_process(process) || exit == NULL || exit->size != sizeof *exit) {
        return lc_invalid();
    }
    DWORD seen = WaitForSingleObject(lc_handle(process->handle), 0);
    if (seen == WAIT_FAILED) {
        return lc_failure(LC_CALL_WAIT_FOR_SINGLE_OBJECT, GetLastError());
    }
    DWORD code = 0;
    if (seen == WAIT_OBJECT_0 && !GetExitCodeProcess(lc_handle(process->handle), &code)) {
        return lc_failure(LC_CALL_GET_EXIT_CODE_PROCESS, GetLastError());
    }
    *exit = (struct lc_exit){
        .size = sizeof *exit,
        .kind = seen == WAIT_OBJECT_0 ? LC_EXIT_EXITED : LC_EXIT_RUNNING,
        .code = (lc_i32) code,
    };
    return 0;
}

lc_i64 lc_peek(const struct lc_process *process, struct lc_exit *exit) {
    return look(process, exit);
}

lc_i64 lc_reap(const struct lc_process *process, struct lc_exit *exit) {
    return look(process, exit);
}

/* The job goes with its last handle, once nobody is left in it. Who is left then lives on: nothing ties them to us. */
lc_i64 lc_release(const struct lc_process *process) {
    if (!lc_is_process(process)) {
        return lc_invalid();
    }
    lc_i64 result = lc_close(process->handle);
    lc_i64 job = process->group == 0 ? 0 : lc_close(process->group);
    return result < 0 ? result : job;
}
