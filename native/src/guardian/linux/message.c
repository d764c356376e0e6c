/*
 * message.c - the one line that the guardian writes, to the owner's standard error, which it keeps open until then.
 *
 * It must not wait for a reader that may never read, and O_NONBLOCK would apply to all processes that share the open
 * file. So a pipe or a terminal is opened once more with O_NONBLOCK; a socket has a flag for one call; and a file never
 * blocks.
 */
#include <linux/fcntl.h>

#include "guard.h"
#include "procfs.h"

static void write_without_waiting(const char *line, long length) {
    struct stat found;
    if (sys_fstat(2, &found) < 0) {
        return;
    }
    if (S_ISSOCK(found.st_mode)) {
        sys_send(2, line, length, LC_MSG_DONTWAIT | LC_MSG_NOSIGNAL);
        return;
    }
    if (S_ISREG(found.st_mode)) {
        sys_write(2, line, length);
        return;
    }
    long own = sys_openat(AT_FDCWD, "/proc/self/fd/2", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (own >= 0) {
        sys_write(own, line, length);
        sys_close(own);
    }
}

void write_message_and_close(lc_i64 owner, int count) {
    char line[160];
    char *end = lc_append(line, "io.github.lastcall: the JVM (pid ");
    end = lc_append(lc_append_number(end, owner), ") has ended and left ");
    end = lc_append(lc_append_number(end, count), count == 1 ? " process, which is" : " processes, which are");
    end = lc_append(end, " being stopped\n");
    write_without_waiting(line, end - line);
    sys_dup3(1, 2, 0);
}
