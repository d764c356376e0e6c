/* names.c - the names of the calls, and how a name gets to the caller. The names of the OS codes are each system's. */
#include "common.h"

static const char call_names[][20] = {
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

    [LC_CALL_POSIX_SPAWN] = "posix_spawn",
    [LC_CALL_KQUEUE] = "kqueue",
    [LC_CALL_KEVENT] = "kevent",
    [LC_CALL_SYSCTL] = "sysctl",
    [LC_CALL_POLL] = "poll",
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

lc_i64 lc_call_name(lc_i32 call, char *buffer, lc_i64 length) {
    const lc_i32 known = sizeof call_names / sizeof call_names[0];
    if (call < 0 || call >= known) {
        return 0;
    }
    return lc_copy_name(call_names[call], sizeof call_names[0], buffer, length);
}
