/* early_alarm.c - an alarm of these systems is a cancel handle that is fired at once, as the contract allows. */
#include "common.h"

lc_i64 lc_alarm_open(void) {
    return lc_cancel_open();
}

lc_i64 lc_alarm_set(lc_i64 alarm, lc_i64 after_ns) {
    return after_ns < 0 ? lc_invalid() : lc_cancel(alarm, LC_CANCEL_FIRE);
}
