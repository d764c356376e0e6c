/*
 * syscall.c - all system calls of the library, and nothing else: tests link all other files with their own version of
 * this one, which lets a chosen call fail and passes the others to lc_raw_sys() and lc_raw_clone().
 */
#include "syscall.h"

#include "arch.h"

long lc_sys(long nr, long a, long b, long c, long d, long e, long f) {
    return lc_raw_sys(nr, a, b, c, d, e, f);
}

long lc_sys_clone(long nr, long a, long b, long c, void (*entry)(void *), void *argument) {
    return lc_raw_clone(nr, a, b, c, entry, argument);
}
