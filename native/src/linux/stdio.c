/* stdio.c - the pipes and files that a child's standard streams are, and our ends of them. */
#include <asm/ioctls.h>
#include <asm/termbits.h>
#include <linux/fcntl.h>

#include "internal.h"

static lc_i64 bad_handle(int call) {
    return lc_failure(call, -EBADF);
}

/* O_NONBLOCK belongs to the end and not to the descriptor: pipe2 would set it on the child's end as well. */
lc_i64 lc_pipe(lc_i32 direction, struct lc_pipe_ends *ends) {
    if (ends == NULL || ends->size != sizeof *ends
        || (direction != LC_PIPE_FROM_CHILD && direction != LC_PIPE_TO_CHILD)) {
        return lc_invalid();
    }
    int made[2];
    long result = LC_SYS(__NR_pipe2, made, O_CLOEXEC);
    if (result < 0) {
        return lc_failure(LC_CALL_PIPE, result);
    }
    int ours = direction == LC_PIPE_FROM_CHILD ? 0 : 1;
    result = LC_SYS(__NR_fcntl, made[ours], F_SETFL, O_NONBLOCK);
    if (result < 0) {
        LC_SYS(__NR_close, made[0]);
        LC_SYS(__NR_close, made[1]);
        return lc_failure(LC_CALL_FCNTL, result);
    }
    ends->reserved = 0;
    ends->ours = made[ours];
    ends->theirs = made[1 - ours];
    return 0;
}

static int open_flags(lc_i32 mode) {
    switch (mode) {
    case LC_OPEN_READ:
        return O_RDONLY;
    case LC_OPEN_TRUNCATE:
        return O_WRONLY | O_CREAT | O_TRUNC;
    case LC_OPEN_APPEND:
        return O_WRONLY | O_CREAT | O_APPEND;
    default:
        return -1;
    }
}

/* O_NOCTTY: a redirect must not give a session its terminal. */
lc_i64 lc_open(const char *path, lc_i32 mode) {
    int flags = open_flags(mode);
    if (path == NULL || flags < 0) {
        return lc_invalid();
    }
    long result;
    do {
        result = LC_SYS(__NR_openat, AT_FDCWD, path, flags | O_CLOEXEC | O_NOCTTY, 0666);
    } while (result == -EINTR);
    return result < 0 ? lc_failure(LC_CALL_OPEN, result) : result;
}

lc_i64 lc_read(lc_i64 handle, void *buffer, lc_i64 length) {
    if (length < 0) {
        return lc_invalid();
    }
    if (!lc_is_handle(handle)) {
        return bad_handle(LC_CALL_READ);
    }
    long result;
    do {
        result = LC_SYS(__NR_read, handle, buffer, length);
    } while (result == -EINTR);
    return result < 0 ? lc_failure(LC_CALL_READ, result) : result;
}

lc_i64 lc_write(lc_i64 handle, const void *buffer, lc_i64 length) {
    if (length < 0) {
        return lc_invalid();
    }
    if (!lc_is_handle(handle)) {
        return bad_handle(LC_CALL_WRITE);
    }
    long result;
    do {
        result = LC_SYS(__NR_write, handle, buffer, length);
    } while (result == -EINTR);
    return result < 0 ? lc_failure(LC_CALL_WRITE, result) : result;
}

lc_i64 lc_available(lc_i64 handle) {
    if (!lc_is_handle(handle)) {
        return bad_handle(LC_CALL_IOCTL);
    }
    int bytes = 0;
    long result = LC_SYS(__NR_ioctl, handle, FIONREAD, &bytes);
    return result < 0 ? lc_failure(LC_CALL_IOCTL, result) : bytes;
}

lc_i64 lc_is_terminal(lc_i64 handle) {
    struct termios settings;
    return lc_is_handle(handle) && LC_SYS(__NR_ioctl, handle, TCGETS, &settings) == 0;
}

/* EINTR: Linux has closed it nonetheless, and by now the number may be somebody else's. */
lc_i64 lc_close(lc_i64 handle) {
    if (!lc_is_handle(handle)) {
        return bad_handle(LC_CALL_CLOSE);
    }
    long result = LC_SYS(__NR_close, handle);
    return result < 0 && result != -EINTR ? lc_failure(LC_CALL_CLOSE, result) : 0;
}
