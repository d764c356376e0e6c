/*
 * signal.c - the graceful event, and the forceful end of a process or a job.
 *
 * A handle always refers to one process or job, and keeps the pid of the process from being reused, so neither can
 * reach another process. CTRL_BREAK_EVENT is for all processes that share our console and the group that the leader
 * began. The group has the leader's number, also after the leader's exit.
 *
 * The result of a function is the contract's; a `DWORD` is a code.
 */
#include "internal.h"

int lc_has_console(void) {
    DWORD one;
    return GetConsoleProcessList(&one, 1) > 0;
}

/* The job counts the leader until it has ended. Without a job there is only the leader. */
static DWORD find_receiver(const struct lc_process *process, lc_i32 scope, int *found) {
    if (scope == LC_SCOPE_LEADER || process->group == 0) {
        *found = process->handle != -1 && !lc_has_exited(lc_handle(process->handle));
        return 0;
    }
    DWORD active = 0;
    DWORD code = lc_count_active(process->group, &active);
    *found = active > 0;
    return code;
}

/*
 * ERROR_ACCESS_DENIED can mean that the process is ending already, or that we may not end it. If a second handle with
 * this right can be opened and the call fails again, the process is ending.
 */
static int is_ending(DWORD pid) {
    HANDLE process = OpenProcess(PROCESS_TERMINATE, FALSE, pid);
    if (process == NULL) {
        return 0;
    }
    int ending = TerminateProcess(process, LC_TERMINATED) || GetLastError() == ERROR_ACCESS_DENIED;
    CloseHandle(process);
    return ending;
}

static lc_i64 terminate_leader(const struct lc_process *process) {
    HANDLE handle = lc_handle(process->handle);
    if (TerminateProcess(handle, LC_TERMINATED)) {
        return 0;
    }
    DWORD code = GetLastError();
    if (code == ERROR_ACCESS_DENIED && (lc_has_exited(handle) || is_ending((DWORD) process->pid))) {
        return 0;
    }
    return lc_failure(LC_CALL_TERMINATE_PROCESS, code);
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
 * The event goes through the console, and there may be none, in a service or under javaw. AttachConsole() would attach
 * the whole process to the child's console: output of other threads would go there.
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

static lc_i64 send_to(const struct lc_process *process, lc_i32 scope) {
    switch (process->signal) {
    case LC_SIGKILL:
        return scope == LC_SCOPE_GROUP && process->group != 0 ? terminate_job(process) : terminate_leader(process);
    case LC_EVENT_CTRL_BREAK:
        return send_break(process);
    default:
        return 0;
    }
}

lc_i64 lc_send(const struct lc_process *process) {
    lc_i32 signal = process->signal;
    if (signal != 0 && signal != LC_SIGKILL && signal != LC_EVENT_CTRL_BREAK) {
        return unsupported(LC_CALL_NONE, 0);
    }
    int found = 0;
    lc_i32 scope = signal == LC_EVENT_CTRL_BREAK ? LC_SCOPE_GROUP : process->scope;
    DWORD code = find_receiver(process, scope, &found);
    if (code != 0) {
        return lc_failure(LC_CALL_QUERY_INFORMATION_JOB_OBJECT, code);
    }
    return found ? send_to(process, scope) : lc_error_word(LC_STAGE_NONE, LC_CALL_NONE, LC_ERR_GONE, 0);
}
