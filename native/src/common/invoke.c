/* invoke.c - all functions behind one signature, for callers that pay for each signature. */
#include "common.h"

#define POINTER(address) ((void *) (lc_u64) (address))

lc_i64 lc_invoke(lc_i64 function, lc_i64 a, lc_i64 b, lc_i64 c, lc_i64 d, lc_i64 e, lc_i64 f) {
    switch (function) {
    case LC_FUNCTION_ABI:
        return lc_abi();
    case LC_FUNCTION_INIT:
        return lc_init((lc_u64) a);
    case LC_FUNCTION_SPAWN:
        return lc_spawn(POINTER(a), POINTER(b));
    case LC_FUNCTION_SIGNAL:
        return lc_signal(POINTER(a), (lc_i32) b, (lc_i32) c);
    case LC_FUNCTION_WAIT:
        return lc_wait(POINTER(a), b, c, (lc_i32) d, e);
    case LC_FUNCTION_PEEK:
        return lc_peek(POINTER(a), POINTER(b));
    case LC_FUNCTION_REAP:
        return lc_reap(POINTER(a), POINTER(b));
    case LC_FUNCTION_RELEASE:
        return lc_release(POINTER(a));
    case LC_FUNCTION_GROUP_STATE:
        return lc_group_state(POINTER(a));
    case LC_FUNCTION_MEMBERS:
        return lc_members(POINTER(a), POINTER(b), c, (lc_i32) d, POINTER(e), f);
    case LC_FUNCTION_WAIT_MEMBERS:
        return lc_wait_members(POINTER(a), b, c, d);
    case LC_FUNCTION_CANCEL_OPEN:
        return lc_cancel_open();
    case LC_FUNCTION_CANCEL_FIRE:
        return lc_cancel_fire(a);
    case LC_FUNCTION_CANCEL_DRAIN:
        return lc_cancel_drain(a);
    case LC_FUNCTION_MONITOR_OPEN:
        return lc_monitor_open();
    case LC_FUNCTION_MONITOR_ADD:
        return lc_monitor_add(a, POINTER(b), c, (lc_i32) d, (lc_u64) e);
    case LC_FUNCTION_MONITOR_REMOVE:
        return lc_monitor_remove(a, POINTER(b), c);
    case LC_FUNCTION_MONITOR_WAIT:
        return lc_monitor_wait(a, POINTER(b), c, d);
    case LC_FUNCTION_PIPE:
        return lc_pipe((lc_i32) a, POINTER(b));
    case LC_FUNCTION_OPEN:
        return lc_open(POINTER(a), (lc_i32) b);
    case LC_FUNCTION_READ:
        return lc_read(a, POINTER(b), c);
    case LC_FUNCTION_WRITE:
        return lc_write(a, POINTER(b), c);
    case LC_FUNCTION_AVAILABLE:
        return lc_available(a);
    case LC_FUNCTION_IS_TERMINAL:
        return lc_is_terminal(a);
    case LC_FUNCTION_CLOSE:
        return lc_close(a);
    case LC_FUNCTION_ENVIRONMENT:
        return lc_environment(POINTER(a), b);
    case LC_FUNCTION_ERROR_NAME:
        return lc_error_name((lc_i32) a, POINTER(b), c);
    case LC_FUNCTION_CALL_NAME:
        return lc_call_name((lc_i32) a, POINTER(b), c);
    default:
        return lc_invalid();
    }
}
