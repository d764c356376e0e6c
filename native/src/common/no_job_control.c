/* no_job_control.c - job control is not implemented on these systems. */
#include "common.h"

lc_i64 lc_signals_open(void) {
    return lc_unsupported();
}

lc_i64 lc_signals_raise(lc_i32 signal) {
    (void) signal;
    return lc_unsupported();
}

lc_i64 lc_stopped(lc_i64 pid) {
    (void) pid;
    return lc_unsupported();
}

lc_i64 lc_orphan(lc_i64 pid) {
    (void) pid;
    return lc_unsupported();
}

lc_i64 lc_terminal(lc_i64 terminal, lc_i32 what, lc_i64 value) {
    (void) terminal;
    (void) what;
    (void) value;
    return lc_unsupported();
}
