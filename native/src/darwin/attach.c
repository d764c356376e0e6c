/* attach.c - not supported: for a process that is not a child macOS has only the pid, which may be reused. */
#include "internal.h"

lc_i64 lc_attach(lc_i64 pid, lc_i32 scope, struct lc_process *process) {
    (void) pid, (void) scope, (void) process;
    return lc_unsupported();
}
