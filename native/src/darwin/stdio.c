/* stdio.c - the pipes and files that a child's standard streams are, and our ends of them. */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "internal.h"

static lc_i64 bad_handle(int call) {
    return lc_failure(call, -EBADF);
}

/*
 * There is no pipe2. A process that another thread starts between the two calls could inherit the ends; what Lastcall
 * and the JDK start closes everything that it was not given.
 */
static long prepare(const int made[2], int ours) {
    if (fcntl(made[0], F_SETFD, FD_CLOEXEC) < 0 || fcntl(made[1], F_SETFD, FD_CLOEXEC) < 0) {
        return lc_result(-1);
    }
    return lc_result(fcntl(made[ours], F_SETFL, O_NONBLOCK));
}

lc_i64 lc_pipe(lc_i32 direction, struct lc_pipe_ends *ends) {
    if (ends == NULL || ends->size != sizeof *ends
        || (direction != LC_PIPE_FROM_CHILD && direction != LC_PIPE_TO_CHILD)) {
        return lc_invalid();
    }
    int made[2];
    long result = lc_result(pipe(made));
    if (result < 0) {
        return lc_failure(LC_CALL_PIPE, result);
    }
    int ours = direction == LC_PIPE_FROM_CHILD ? 0 : 1;
    result = prepare(made, ours);
    if (result < 0) {
        close(made[0]);
        close(made[1]);
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
        result = lc_result(open(path, flags | O_CLOEXEC | O_NOCTTY, 0666));
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
        result = lc_result(read((int) handle, buffer, (size_t) length));
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
        result = lc_result(write((int) handle, buffer, (size_t) length));
    } while (result == -EINTR);
    return result < 0 ? lc_failure(LC_CALL_WRITE, result) : result;
}

lc_i64 lc_available(lc_i64 handle) {
    if (!lc_is_handle(handle)) {
        return bad_handle(LC_CALL_IOCTL);
    }
    int bytes = 0;
    long result = lc_result(ioctl((int) handle, FIONREAD, &bytes));
    return result < 0 ? lc_failure(LC_CALL_IOCTL, result) : bytes;
}

lc_i64 lc_is_terminal(lc_i64 handle) {
    return lc_is_handle(handle) && isatty((int) handle) == 1;
}

/* EINTR: it is closed nonetheless, and by now the number may be somebody else's. */
lc_i64 lc_close(lc_i64 handle) {
    if (!lc_is_handle(handle)) {
        return bad_handle(LC_CALL_CLOSE);
    }
    long result = lc_result(close((int) handle));
    return result < 0 && result != -EINTR ? lc_failure(LC_CALL_CLOSE, result) : 0;
}
