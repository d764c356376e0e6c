/* attach.c - not here: macOS has no handle for a process that is no child, only a number that others may get. */
#include "internal.h"

lc_i64 lc_attach(lc_i64 pid, lc_i32 scope, struct lc_process *process) {
    (void) pid, (void) scope, (void) process;
    return lc_unsupported();
}
