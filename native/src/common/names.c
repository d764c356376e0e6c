/* names.c - the names of the calls, and how a name gets to the caller. The names of the OS codes are each system's. */
#include "common.h"

static const char call_names[][28] = {
    [LC_CALL_CLONE3] = "clone3",
    [LC_CALL_CLONE] = "clone",
    [LC_CALL_PIDFD_OPEN] = "pidfd_open",
    [LC_CALL_PIDFD_SEND_SIGNAL] = "pidfd_send_signal",
    [LC_CALL_KILL] = "kill",
    [LC_CALL_KILLPG] = "killpg",
    [LC_CALL_WAITID] = "waitid",
    [LC_CALL_PPOLL] = "ppoll",
    [LC_CALL_EVENTFD] = "eventfd",
    [LC_CALL_PIPE] = "pipe",
    [LC_CALL_OPEN] = "open",
    [LC_CALL_READ] = "read",
    [LC_CALL_WRITE] = "write",
    [LC_CALL_CLOSE] = "close",
    [LC_CALL_FCNTL] = "fcntl",
    [LC_CALL_IOCTL] = "ioctl",
    [LC_CALL_MMAP] = "mmap",
    [LC_CALL_SIGPROCMASK] = "sigprocmask",
    [LC_CALL_SIGACTION] = "sigaction",
    [LC_CALL_SETPGID] = "setpgid",
    [LC_CALL_CHDIR] = "chdir",
    [LC_CALL_DUP] = "dup",
    [LC_CALL_CLOSE_RANGE] = "close_range",
    [LC_CALL_EXECVE] = "execve",
    [LC_CALL_GETDENTS] = "getdents",
    [LC_CALL_LSEEK] = "lseek",
    [LC_CALL_EPOLL_CREATE] = "epoll_create",
    [LC_CALL_EPOLL_CTL] = "epoll_ctl",
    [LC_CALL_EPOLL_WAIT] = "epoll_wait",
    [LC_CALL_SOCKETPAIR] = "socketpair",
    [LC_CALL_SENDMSG] = "sendmsg",
    [LC_CALL_MEMFD_CREATE] = "memfd_create",
    [LC_CALL_FTRUNCATE] = "ftruncate",
    [LC_CALL_EXECVEAT] = "execveat",
    [LC_CALL_TIMERFD] = "timerfd",

    [LC_CALL_POSIX_SPAWN] = "posix_spawn",
    [LC_CALL_KQUEUE] = "kqueue",
    [LC_CALL_KEVENT] = "kevent",
    [LC_CALL_SYSCTL] = "sysctl",
    [LC_CALL_POLL] = "poll",
    [LC_CALL_PROC_PIDINFO] = "proc_pidinfo",
    [LC_CALL_SHM_OPEN] = "shm_open",

    [LC_CALL_CREATE_PROCESS] = "CreateProcess",
    [LC_CALL_PROCESS_ATTRIBUTES] = "UpdateProcThreadAttribute",
    [LC_CALL_RESUME_THREAD] = "ResumeThread",
    [LC_CALL_CREATE_JOB_OBJECT] = "CreateJobObject",
    [LC_CALL_ASSIGN_PROCESS_TO_JOB] = "AssignProcessToJobObject",
    [LC_CALL_QUERY_INFORMATION_JOB_OBJECT] = "QueryInformationJobObject",
    [LC_CALL_TERMINATE_JOB_OBJECT] = "TerminateJobObject",
    [LC_CALL_TERMINATE_PROCESS] = "TerminateProcess",
    [LC_CALL_GENERATE_CONSOLE_CTRL_EVENT] = "GenerateConsoleCtrlEvent",
    [LC_CALL_GET_EXIT_CODE_PROCESS] = "GetExitCodeProcess",
    [LC_CALL_WAIT_FOR_SINGLE_OBJECT] = "WaitForSingleObject",
    [LC_CALL_WAIT_FOR_MULTIPLE_OBJECTS] = "WaitForMultipleObjects",
    [LC_CALL_REGISTER_WAIT] = "RegisterWaitForSingleObject",
    [LC_CALL_CREATE_IO_COMPLETION_PORT] = "CreateIoCompletionPort",
    [LC_CALL_GET_COMPLETION] = "GetQueuedCompletionStatus",
    [LC_CALL_POST_COMPLETION] = "PostQueuedCompletionStatus",
    [LC_CALL_CREATE_EVENT] = "CreateEvent",
    [LC_CALL_SET_EVENT] = "SetEvent",
    [LC_CALL_RESET_EVENT] = "ResetEvent",
    [LC_CALL_CREATE_NAMED_PIPE] = "CreateNamedPipe",
    [LC_CALL_PEEK_NAMED_PIPE] = "PeekNamedPipe",
    [LC_CALL_CREATE_FILE] = "CreateFile",
    [LC_CALL_READ_FILE] = "ReadFile",
    [LC_CALL_WRITE_FILE] = "WriteFile",
    [LC_CALL_DUPLICATE_HANDLE] = "DuplicateHandle",
    [LC_CALL_CLOSE_HANDLE] = "CloseHandle",
    [LC_CALL_GET_ENVIRONMENT_STRINGS] = "GetEnvironmentStrings",
    [LC_CALL_HEAP_ALLOC] = "HeapAlloc",
    [LC_CALL_OPEN_PROCESS] = "OpenProcess",
};

lc_i64 lc_copy_name(const char *row, size_t width, char *buffer, lc_i64 length) {
    size_t size = 0;
    while (size < width && row[size] != '\0') {
        size++;
    }
    if (length < (lc_i64) size || (buffer == NULL && size > 0)) {
        return lc_invalid();
    }
    for (size_t i = 0; i < size; i++) {
        buffer[i] = row[i];
    }
    return (lc_i64) size;
}

static lc_i64 name_of_call(lc_i32 call, char *buffer, lc_i64 length) {
    const lc_i32 known = sizeof call_names / sizeof call_names[0];
    return call < 0 || call >= known ? 0 : lc_copy_name(call_names[call], sizeof call_names[0], buffer, length);
}

lc_i64 lc_name(lc_i32 what, lc_i32 code, char *buffer, lc_i64 length) {
    switch (what) {
    case LC_NAME_ERROR:
        return lc_error_name(code, buffer, length);
    case LC_NAME_TEXT:
        return lc_error_text(code, buffer, length);
    case LC_NAME_CALL:
        return name_of_call(code, buffer, length);
    default:
        return lc_invalid();
    }
}
