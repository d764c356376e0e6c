/*
 * signal.c - the one event that asks, and the end of a process or a job.
 *
 * A handle stands for one process or job for ever, and keeps the number of the process from being given to another, so
 * neither can hit a stranger. CTRL_BREAK_EVENT is for all processes that share our console and the group that the
 * leader began. The group has the leader's number, also after the leader's exit.
 */
#include "internal.h"

int lc_has_console(void) {
    DWORD one;
    return GetConsoleProcessList(&one, 1) > 0;
}

/*
 * The job counts the leader until it has ended. `exited` spares a question: where there is no job the leader is all.
 */
static DWORD is_anybody_there(const struct lc_process *process, lc_i32 scope, int *there) {
    if (scope == LC_SCOPE_LEADER || process->group == 0) {
        *there = !lc_has_exited(lc_handle(process->handle));
        return 0;
    }
    DWORD active = 0;
    DWORD code = lc_count_active(process->group, &active);
    *there = active > 0;
    return code;
}

/* One that is ending already refuses to be ended, and that is success too. */
static lc_i64 terminate_leader(const struct lc_process *process) {
    HANDLE handle = lc_handle(process->handle);
    if (TerminateProcess(handle, LC_TERMINATED)) {
        return 0;
    }
    DWORD code = GetLastError();
    return code == ERROR_ACCESS_DENIED && lc_has_exited(handle) ? 0 : lc_failure(LC_CALL_TERMINATE_PROCESS, code);
}

static lc_i64 terminate_job(const struct lc_process *process) {
    if (TerminateJobObject(lc_handle(process->group), LC_TERMINATED)) {
        return 0;
    }
    return lc_failure(LC_CALL_TERMINATE_JOB_OBJECT, GetLastError());
}

static lc_i64 unsupported(int call, DWORD code) {
    return lc_error_word(LC_STAGE_NONE, call, LC_ERR_UNSUPPORTED, (int) code);
}

/*
 * The event goes through the console, and there may be none: in a service, under javaw. AttachConsole() could lend us
 * the child's, but it is the whole process's: what other threads print meanwhile would go there.
 */
static lc_i64 send_break(const struct lc_process *process) {
    if (process->group == 0 || !lc_has_console()) {
        return unsupported(LC_CALL_GENERATE_CONSOLE_CTRL_EVENT, 0);
    }
    if (GenerateConsoleCtrlEvent(CTRL_BREAK_EVENT, (DWORD) process->pid)) {
        return 0;
    }
    DWORD code = GetLastError();
    return code == ERROR_INVALID_HANDLE ? unsupported(LC_CALL_GENERATE_CONSOLE_CTRL_EVENT, code)
                                        : lc_failure(LC_CALL_GENERATE_CONSOLE_CTRL_EVENT, code);
}

lc_i64 lc_signal(const struct lc_process *process, lc_i32 scope, lc_i32 signal) {
    if (!lc_is_process(process) || (scope != LC_SCOPE_LEADER && scope != LC_SCOPE_GROUP)) {
        return lc_invalid();
    }
    if (signal != 0 && signal != LC_SIGKILL && signal != LC_EVENT_CTRL_BREAK) {
        return unsupported(LC_CALL_NONE, 0);
    }
    int there = 0;
    lc_i32 asked = signal == LC_EVENT_CTRL_BREAK ? LC_SCOPE_GROUP : scope;
    DWORD code = is_anybody_there(process, asked, &there);
    if (code != 0) {
        return lc_failure(LC_CALL_QUERY_INFORMATION_JOB_OBJECT, code);
    }
    if (!there) {
        return lc_error_word(LC_STAGE_NONE, LC_CALL_NONE, LC_ERR_GONE, 0);
    }
    switch (signal) {
    case LC_SIGKILL:
        return asked == LC_SCOPE_GROUP && process->group != 0 ? terminate_job(process) : terminate_leader(process);
    case LC_EVENT_CTRL_BREAK:
        return send_break(process);
    default:
        return 0;
    }
}
