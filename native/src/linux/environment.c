/*
 * environment.c - the environment of our exec, read from /proc (which a sandbox may hide). There is no libc here, and
 * any thread may change libc's copy at any time.
 */
#include <linux/fcntl.h>

#include "internal.h"

static const char file[] = "/proc/self/environ";

static lc_i64 open_environment(void) {
    long result = lc_open_file(file, O_RDONLY);
    if (result == -ENOENT || result == -EACCES || result == -EPERM) {
        return lc_error_word(LC_STAGE_NONE, LC_CALL_OPEN, LC_ERR_UNSUPPORTED, (int) -result);
    }
    return result < 0 ? lc_failure(LC_CALL_OPEN, result) : result;
}

/* The file has no size: the part that does not fit into the buffer is read and counted. */
static lc_i64 read_all(lc_i64 handle, char *buffer, lc_i64 length) {
    char rest[1024];
    lc_i64 total = 0;
    for (;;) {
        long bytes = total < length ? lc_read_some(handle, buffer + total, length - total)
                                    : lc_read_some(handle, rest, sizeof rest);
        if (bytes <= 0) {
            return bytes < 0 ? lc_failure(LC_CALL_READ, bytes) : total;
        }
        total += bytes;
    }
}

lc_i64 lc_environment(char *buffer, lc_i64 length) {
    if (length < 0 || (buffer == NULL && length > 0)) {
        return lc_invalid();
    }
    lc_i64 handle = open_environment();
    if (handle < 0) {
        return handle;
    }
    lc_i64 result = read_all(handle, buffer, length);
    sys_close(handle);
    return result;
}
