/* invoke.c - all functions behind one signature, for callers with a cost for each signature. */
#include "common.h"

#define POINTER(address) ((void *) (lc_u64) (address))

lc_i64 lc_invoke(lc_i64 function, lc_i64 a, lc_i64 b, lc_i64 c, lc_i64 d, lc_i64 e, lc_i64 f) {
    (void) f; /* no function has so many parameters */
    switch (function) {
    case LC_FUNCTION_INIT:
        return lc_init((lc_u64) a);
    case LC_FUNCTION_START:
        return lc_start(POINTER(a), POINTER(b));
    case LC_FUNCTION_ACT:
        return lc_act(POINTER(a));
    case LC_FUNCTION_WAIT:
        return lc_wait(POINTER(a), b, c, (lc_i32) d, e);
    case LC_FUNCTION_MEMBERS:
        return lc_members(POINTER(a));
    case LC_FUNCTION_ANY_EXIT:
        return lc_any_exit();
    case LC_FUNCTION_CANCEL_OPEN:
        return lc_cancel_open();
    case LC_FUNCTION_CANCEL:
        return lc_cancel(a, (lc_i32) b);
    case LC_FUNCTION_MONITOR_OPEN:
        return lc_monitor_open();
    case LC_FUNCTION_MONITOR_SET:
        return lc_monitor_set(a, POINTER(b), c, (lc_i32) d, (lc_u64) e);
    case LC_FUNCTION_MONITOR_WAIT:
        return lc_monitor_wait(a, POINTER(b), c, d);
    case LC_FUNCTION_OPEN:
        return lc_open(POINTER(a), (lc_i32) b);
    case LC_FUNCTION_READ:
        return lc_read(a, POINTER(b), c);
    case LC_FUNCTION_WRITE:
        return lc_write(a, POINTER(b), c);
    case LC_FUNCTION_QUERY:
        return lc_query(a, (lc_i32) b);
    case LC_FUNCTION_CLOSE:
        return lc_close(a);
    case LC_FUNCTION_ENVIRONMENT:
        return lc_environment(POINTER(a), b);
    case LC_FUNCTION_NAME:
        return lc_name((lc_i32) a, (lc_i32) b, POINTER(c), d);
    case LC_FUNCTION_ATTACH:
        return lc_attach(a, (lc_i32) b, POINTER(c));
    case LC_FUNCTION_SIGNALS_OPEN:
        return lc_signals_open();
    case LC_FUNCTION_SIGNALS_RAISE:
        return lc_signals_raise((lc_i32) a);
    case LC_FUNCTION_STOPPED:
        return lc_stopped(a);
    case LC_FUNCTION_ORPHAN:
        return lc_orphan(a);
    case LC_FUNCTION_TERMINAL:
        return lc_terminal(a, (lc_i32) b, c);
    case LC_FUNCTION_GUARDIAN_OPEN:
        return lc_guardian_open(POINTER(a));
    case LC_FUNCTION_GUARDIAN_ADD:
        return lc_guardian_add(a, POINTER(b), (lc_u32) c, (lc_u32) d);
    case LC_FUNCTION_GUARDIAN_CLOSE:
        return lc_guardian_close(POINTER(a));
    case LC_FUNCTION_PIPE:
        return lc_pipe(POINTER(a), POINTER(b));
    case LC_FUNCTION_PIPE_ENLARGE:
        return lc_pipe_enlarge(a);
    case LC_FUNCTION_ALARM_OPEN:
        return lc_alarm_open();
    case LC_FUNCTION_ALARM_SET:
        return lc_alarm_set(a, b);
    default:
        return lc_invalid();
    }
}
