/*
 * environment.c - the environment of this process, from libc, because the kernel keeps no reliable copy. In a JVM it
 * does not change: only the launcher changes it, before there is a second thread.
 */
#include <crt_externs.h>
#include <string.h>

#include "internal.h"

/* The part that does not fit into the buffer is counted too. */
static lc_i64 copy(const char *entry, char *buffer, lc_i64 at, lc_i64 length) {
    lc_i64 size = (lc_i64) strlen(entry) + 1;
    lc_i64 room = length > at ? length - at : 0;
    if (room > 0) {
        memcpy(buffer + at, entry, (size_t) (room < size ? room : size));
    }
    return at + size;
}

lc_i64 lc_environment(char *buffer, lc_i64 length) {
    if (length < 0 || (buffer == NULL && length > 0)) {
        return lc_invalid();
    }
    lc_i64 total = 0;
    for (char **entry = *_NSGetEnviron(); *entry != NULL; entry++) {
        total = copy(*entry, buffer, total, length);
    }
    return total;
}
