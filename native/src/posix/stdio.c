/* stdio.c - the files for a child's standard streams, and our ends of its pipes. */
#include "internal.h"

static lc_i64 bad_handle(int call) {
    return lc_failure(call, -EBADF);
}

static int open_flags(lc_i32 mode) {
    switch (mode) {
    case LC_OPEN_READ:
        return O_RDONLY;
    case LC_OPEN_TRUNCATE:
        return O_WRONLY | O_CREAT | O_TRUNC;
    case LC_OPEN_DIRECTORY:
        return O_RDONLY | O_DIRECTORY;
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
        result = sys_open(path, flags | O_CLOEXEC | O_NOCTTY, 0666);
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
        result = sys_read(handle, buffer, length);
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
        result = sys_write(handle, buffer, length);
    } while (result == -EINTR);
    return result < 0 ? lc_failure(LC_CALL_WRITE, result) : result;
}

lc_i64 lc_bytes_in_pipe(lc_i64 pipe) {
    int bytes = 0;
    long result = sys_fionread(pipe, &bytes);
    return result < 0 ? lc_failure(LC_CALL_IOCTL, result) : bytes;
}

/* FIONREAD has 32 bits, too few for a file. Only files have a position. */
static lc_i64 available(lc_i64 handle) {
    lc_i64 size;
    long position = sys_position(handle);
    if (position < 0 || sys_size(handle, &size) < 0) {
        return lc_bytes_in_pipe(handle);
    }
    return position < size ? size - position : 0;
}

lc_i64 lc_query(lc_i64 handle, lc_i32 what) {
    switch (what) {
    case LC_QUERY_AVAILABLE:
        return lc_is_handle(handle) ? available(handle) : bad_handle(LC_CALL_IOCTL);
    case LC_QUERY_TERMINAL:
        return lc_is_handle(handle) && sys_is_terminal(handle);
    default:
        return lc_invalid();
    }
}

/* EINTR: the descriptor is closed, and its number may be reused. */
lc_i64 lc_close(lc_i64 handle) {
    if (!lc_is_handle(handle)) {
        return bad_handle(LC_CALL_CLOSE);
    }
    long result = sys_close(handle);
    return result < 0 && result != -EINTR ? lc_failure(LC_CALL_CLOSE, result) : 0;
}
