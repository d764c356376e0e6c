/* queue.h - kqueue(2) and deadlines, for the waits and the monitor. */
#ifndef LASTCALL_DARWIN_QUEUE_H
#define LASTCALL_DARWIN_QUEUE_H

#include <sys/event.h>

#include "internal.h"

#pragma GCC visibility push(hidden)

/* A deadline that never comes. */
#define LC_FOREVER 0x7fffffffffffffffLL

static inline lc_i64 lc_shorter(lc_i64 one, lc_i64 other) {
    return one < other ? one : other;
}

/* The deadline for a timeout; never for a negative one. */
lc_i64 lc_deadline_after(lc_i64 timeout_ns);
lc_i64 lc_time_left(lc_i64 deadline);

/* A new queue, closed on exec. */
long lc_queue_open(void);

/* Makes one change, with the parameters of kevent(2), and receives no event. */
long lc_queue_edit(lc_i64 queue, lc_i64 ident, int filter, int flags, unsigned note, lc_u64 token);

/* A one-shot event of EVFILT_TIMER, which replaces a pending one. */
long lc_queue_start_timer(lc_i64 queue, lc_i64 ident, lc_i64 pause_ns, lc_u64 token);

/* One-shot; replaces an existing watch. -ESRCH: the process has exited. */
long lc_queue_watch_exit(lc_i64 queue, lc_i64 pid, lc_u64 token);
long lc_queue_watch_pipe(lc_i64 queue, lc_i64 pipe, lc_i32 events, lc_u64 token);

/* Waits for events and receives them; resumed after a signal. A deadline of 0 has passed. */
long lc_queue_take(lc_i64 queue, struct kevent *events, int capacity, lc_i64 deadline);

#pragma GCC visibility pop

#endif
