/*
 * alarm.c - a timer that a monitor can watch: timerfd_create(2).
 *
 * Where a sandbox has no timerfd, an alarm is a cancel handle that is fired at once.
 */
#include <linux/fcntl.h>
#include <linux/time.h>

#include "internal.h"

static const lc_i64 second_ns = 1000000000;

lc_i64 lc_alarm_open(void) {
    long result = sys_timerfd_create(CLOCK_MONOTONIC, O_CLOEXEC | O_NONBLOCK);
    if (result == -ENOSYS || result == -EPERM) {
        return lc_cancel_open();
    }
    return result < 0 ? lc_failure(LC_CALL_TIMERFD, result) : result;
}

/* A time of zero would stop the timer. EINVAL: it is a cancel handle. */
lc_i64 lc_alarm_set(lc_i64 alarm, lc_i64 after_ns) {
    if (after_ns < 0) {
        return lc_invalid();
    }
    const struct __kernel_itimerspec once = {
        .it_value = {.tv_sec = after_ns / second_ns, .tv_nsec = after_ns == 0 ? 1 : after_ns % second_ns}};
    long result = lc_is_handle(alarm) ? sys_timerfd_settime(alarm, &once) : -EBADF;
    if (result == -EINVAL) {
        return lc_cancel(alarm, LC_CANCEL_FIRE);
    }
    return result < 0 ? lc_failure(LC_CALL_TIMERFD, result) : 0;
}
