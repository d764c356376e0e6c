/* queue.h - kqueue(2) as the waits and the monitor use it, and the time that they have. */
#ifndef LASTCALL_DARWIN_QUEUE_H
#define LASTCALL_DARWIN_QUEUE_H

#include <sys/event.h>

#include "internal.h"

#pragma GCC visibility push(hidden)

/* The deadline that never comes. */
#define LC_FOREVER 0x7fffffffffffffffLL

static inline lc_i64 lc_shorter(lc_i64 one, lc_i64 other) {
    return one < other ? one : other;
}

/* When a timeout will have passed; a negative one never does. */
lc_i64 lc_deadline_after(lc_i64 timeout_ns);
lc_i64 lc_time_left(lc_i64 deadline);

/* A new queue, closed on exec. */
long lc_queue_open(void);

/* Makes one change, in the words of kevent(2), and takes no event. */
long lc_queue_edit(lc_i64 queue, lc_i64 ident, int filter, int flags, unsigned note, lc_u64 token);

/* An event of EVFILT_TIMER, once, in place of the one that was to come. */
long lc_queue_start_timer(lc_i64 queue, lc_i64 ident, lc_i64 pause_ns, lc_u64 token);

/* Watch once, in place of the watch that is there. -ESRCH: the process has exited. */
long lc_queue_watch_exit(lc_i64 queue, lc_i64 pid, lc_u64 token);
long lc_queue_watch_pipe(lc_i64 queue, lc_i64 pipe, lc_i32 events, lc_u64 token);

/* Waits for events and takes them; resumed when a signal interrupts it. A deadline of 0 has come. */
long lc_queue_take(lc_i64 queue, struct kevent *events, int capacity, lc_i64 deadline);

#pragma GCC visibility pop

#endif
