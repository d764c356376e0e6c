/*
 * sys.h - the system calls of the files in ../posix, by libSystem. The result is zero or more, or -errno.
 */
#ifndef LASTCALL_DARWIN_SYS_H
#define LASTCALL_DARWIN_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "lastcall.h"

static inline long lc_result(long result) {
    return result < 0 ? -(long) errno : result;
}

static inline long sys_open(const char *path, int flags, unsigned mode) {
    return lc_result(open(path, flags, mode));
}

static inline long sys_read(lc_i64 handle, void *buffer, lc_i64 length) {
    return lc_result(read((int) handle, buffer, (size_t) length));
}

static inline long sys_write(lc_i64 handle, const void *buffer, lc_i64 length) {
    return lc_result(write((int) handle, buffer, (size_t) length));
}

static inline long sys_close(lc_i64 handle) {
    return lc_result(close((int) handle));
}

static inline long sys_position(lc_i64 handle) {
    return lc_result(lseek((int) handle, 0, SEEK_CUR));
}

/* The position in a file. A terminal has a position on macOS, but no size. */
static inline long sys_size(lc_i64 handle, lc_i64 *size) {
    struct stat found;
    long result = lc_result(fstat((int) handle, &found));
    *size = result < 0 ? 0 : found.st_size;
    return result == 0 && !S_ISREG(found.st_mode) ? -ESPIPE : result;
}

static inline long sys_fionread(lc_i64 handle, int *bytes) {
    return lc_result(ioctl((int) handle, FIONREAD, bytes));
}

static inline int sys_is_terminal(lc_i64 handle) {
    return isatty((int) handle) == 1;
}

static inline long sys_getpgid(lc_i64 pid) {
    return lc_result(getpgid((pid_t) pid));
}

#endif
