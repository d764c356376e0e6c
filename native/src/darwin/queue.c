/* queue.c - kqueue(2) and deadlines, for the waits and the monitor. */
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include "queue.h"

static const lc_i64 second_ns = 1000000000;

/* The clock of kevent(2) and of System.nanoTime(). CLOCK_MONOTONIC would also run while the machine sleeps. */
static lc_i64 now_ns(void) {
    return (lc_i64) clock_gettime_nsec_np(CLOCK_UPTIME_RAW);
}

lc_i64 lc_deadline_after(lc_i64 timeout_ns) {
    lc_i64 now = now_ns();
    return timeout_ns < 0 || timeout_ns >= LC_FOREVER - now ? LC_FOREVER : now + timeout_ns;
}

lc_i64 lc_time_left(lc_i64 deadline) {
    lc_i64 now = now_ns();
    return now < deadline ? deadline - now : 0;
}

long lc_queue_open(void) {
    long queue = lc_result(kqueue());
    if (queue >= 0) {
        fcntl((int) queue, F_SETFD, FD_CLOEXEC);
    }
    return queue;
}

static long apply(lc_i64 queue, struct kevent change) {
    change.flags |= EV_RECEIPT;
    const struct timespec at_once = {0, 0};
    long result = lc_result(kevent((int) queue, &change, 1, &change, 1, &at_once));
    return result < 0 ? result : -(long) change.data;
}

long lc_queue_edit(lc_i64 queue, lc_i64 ident, int filter, int flags, unsigned note, lc_u64 token) {
    struct kevent change;
    EV_SET(&change, (uintptr_t) ident, (int16_t) filter, (uint16_t) flags, note, 0, (void *) token);
    return apply(queue, change);
}

long lc_queue_start_timer(lc_i64 queue, lc_i64 ident, lc_i64 pause_ns, lc_u64 token) {
    struct kevent change;
    EV_SET(&change, (uintptr_t) ident, EVFILT_TIMER, EV_ADD | EV_ONESHOT, NOTE_NSECONDS, (intptr_t) pause_ns,
           (void *) token);
    return apply(queue, change);
}

long lc_queue_take(lc_i64 queue, struct kevent *events, int capacity, lc_i64 deadline) {
    long result;
    do {
        lc_i64 left = lc_time_left(deadline);
        const struct timespec time = {(time_t) (left / second_ns), (long) (left % second_ns)};
        result = lc_result(kevent((int) queue, NULL, 0, events, capacity, deadline == LC_FOREVER ? NULL : &time));
    } while (result == -EINTR);
    return result;
}

long lc_queue_watch_exit(lc_i64 queue, lc_i64 pid, lc_u64 token) {
    return lc_queue_edit(queue, pid, EVFILT_PROC, EV_ADD | EV_ONESHOT, NOTE_EXIT, token);
}

static long watch_way(lc_i64 queue, lc_i64 pipe, int filter, int wanted, lc_u64 token) {
    return wanted ? lc_queue_edit(queue, pipe, filter, EV_ADD | EV_ONESHOT, 0, token) : 0;
}

long lc_queue_watch_pipe(lc_i64 queue, lc_i64 pipe, lc_i32 events, lc_u64 token) {
    long result = watch_way(queue, pipe, EVFILT_READ, events & LC_PIPE_READABLE, token);
    return result < 0 ? result : watch_way(queue, pipe, EVFILT_WRITE, events & LC_PIPE_WRITABLE, token);
}
