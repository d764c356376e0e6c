/*
 * monitor.c - one thread waits for many: a kqueue(2).
 *
 * A watch is one-shot and ends with its event. There are three for an exit: EVFILT_PROC reports it; EVFILT_USER is
 * posted if the process had exited before it could be watched; EVFILT_TIMER looks again if the exit was reported but is
 * not visible yet, so that no thread waits for a process that takes long to end. All three have the pid.
 *
 * A `long` is a system call's result; an lc_i64 is the contract's.
 */
#include "queue.h"

/* More events are returned by the next call. */
enum { EVENTS_AT_ONCE = 64 };

static const lc_i64 first_pause_ns = 1000000;
static const lc_i64 longest_pause_ns = 20000000;

lc_i64 lc_monitor_open(void) {
    long queue = lc_queue_open();
    return queue < 0 ? lc_failure(LC_CALL_KQUEUE, queue) : queue;
}

/* ENOENT: it was not watched. Any other failure means that the queue is invalid. */
static long delete_event(lc_i64 queue, lc_i64 ident, int filter) {
    long result = lc_queue_edit(queue, ident, filter, EV_DELETE, 0, 0);
    return result == -ENOENT ? 0 : result;
}

static long unwatch_exit(lc_i64 queue, lc_i64 pid) {
    static const int filters[] = {EVFILT_PROC, EVFILT_USER, EVFILT_TIMER};
    long result = 0;
    for (int i = 0; i < 3 && result >= 0; i++) {
        result = delete_event(queue, pid, filters[i]);
    }
    return result;
}

static long unwatch_handle(lc_i64 queue, lc_i64 handle) {
    long result = delete_event(queue, handle, EVFILT_READ);
    return result < 0 ? result : delete_event(queue, handle, EVFILT_WRITE);
}

static long post_exit(lc_i64 queue, lc_i64 pid, lc_u64 token) {
    long result = lc_queue_edit(queue, pid, EVFILT_USER, EV_ADD | EV_ONESHOT, 0, token);
    return result < 0 ? result : lc_queue_edit(queue, pid, EVFILT_USER, 0, NOTE_TRIGGER, token);
}

/*
 * The look comes after the watch, so an exit is either seen or reported by the queue. Not both: if the event cannot be
 * deleted any more, another thread has received it.
 */
static long watch_exit(lc_i64 queue, lc_i64 pid, lc_u64 token) {
    long result = unwatch_exit(queue, pid);
    if (result < 0) {
        return result;
    }
    result = lc_queue_watch_exit(queue, pid, token);
    if (result == 0 && lc_is_dead_or_absent(pid) == 1) {
        result = lc_queue_edit(queue, pid, EVFILT_PROC, EV_DELETE, 0, 0) < 0 ? 0 : -ESRCH;
    }
    return result == -ESRCH ? post_exit(queue, pid, token) : result;
}

static long watch_handle(lc_i64 queue, lc_i64 handle, lc_i32 events, lc_u64 token) {
    long result = unwatch_handle(queue, handle);
    return result < 0 ? result : lc_queue_watch_pipe(queue, handle, events, token);
}

static int are_events(lc_i32 events) {
    return events == LC_CANCEL_FIRED || (events & ~(LC_PIPE_READABLE | LC_PIPE_WRITABLE)) == 0;
}

static int is_watchable(const struct lc_process *process, lc_i64 handle, lc_i32 events) {
    return process != NULL ? lc_is_process(process) && handle == -1 && events == 0
                           : lc_is_handle(handle) && are_events(events);
}

static long set_exit(lc_i64 queue, lc_i64 pid, lc_u64 token) {
    return token == 0 ? unwatch_exit(queue, pid) : watch_exit(queue, pid, token);
}

/* A cancel handle is a queue, and readable once it is fired. */
static long set_handle(lc_i64 queue, lc_i64 handle, lc_i32 events, lc_u64 token) {
    lc_i32 wanted = events == LC_CANCEL_FIRED ? LC_PIPE_READABLE : events;
    return token == 0 ? unwatch_handle(queue, handle) : watch_handle(queue, handle, wanted, token);
}

lc_i64 lc_monitor_set(lc_i64 monitor, const struct lc_process *process, lc_i64 handle, lc_i32 events, lc_u64 token) {
    if (!lc_is_handle(monitor) || !is_watchable(process, handle, events)) {
        return lc_invalid();
    }
    long result = process != NULL ? set_exit(monitor, process->pid, token) : set_handle(monitor, handle, events, token);
    return result < 0 ? lc_failure(LC_CALL_KEVENT, result) : 0;
}

static int is_of_handle(const struct kevent *event) {
    return event->filter == EVFILT_READ || event->filter == EVFILT_WRITE;
}

/* A pipe that is watched in both directions has two events, but its watch has one token. */
static int was_given(const struct kevent *events, long index) {
    for (long i = 0; i < index; i++) {
        if (is_of_handle(&events[i]) && is_of_handle(&events[index]) && events[i].ident == events[index].ident) {
            return 1;
        }
    }
    return 0;
}

/*
 * Returns 0 if the exit is not visible yet: then the timer looks again. If that fails, the token is returned too: the
 * caller then looks for the exit and gets the error, or waits again.
 */
static int exit_shows(lc_i64 queue, const struct kevent *event) {
    lc_i64 pid = (lc_i64) event->ident;
    lc_i64 pause = event->filter == EVFILT_TIMER ? longest_pause_ns : first_pause_ns;
    return lc_is_dead_or_absent(pid) != 0 || lc_queue_start_timer(queue, pid, pause, (lc_u64) event->udata) < 0;
}

/* Returns whether the watch has an event. */
static int settle(lc_i64 queue, const struct kevent *event) {
    if (!is_of_handle(event)) {
        return exit_shows(queue, event);
    }
    delete_event(queue, (lc_i64) event->ident, event->filter == EVFILT_READ ? EVFILT_WRITE : EVFILT_READ);
    return 1;
}

static lc_i64 fill_tokens(lc_i64 queue, const struct kevent *events, long count, lc_u64 *tokens) {
    lc_i64 filled = 0;
    for (long i = 0; i < count; i++) {
        if (!was_given(events, i) && settle(queue, &events[i])) {
            tokens[filled++] = (lc_u64) events[i].udata;
        }
    }
    return filled;
}

lc_i64 lc_monitor_wait(lc_i64 monitor, lc_u64 *tokens, lc_i64 capacity, lc_i64 timeout_ns) {
    if (!lc_is_handle(monitor) || tokens == NULL || capacity < 1) {
        return lc_invalid();
    }
    struct kevent events[EVENTS_AT_ONCE];
    int most = capacity < EVENTS_AT_ONCE ? (int) capacity : EVENTS_AT_ONCE;
    lc_i64 deadline = lc_deadline_after(timeout_ns);
    long count;
    lc_i64 filled = 0;
    do {
        count = lc_queue_take(monitor, events, most, deadline);
        if (count > 0) {
            filled = fill_tokens(monitor, events, count, tokens);
        }
    } while (count > 0 && filled == 0);
    return count < 0 ? lc_failure(LC_CALL_KEVENT, count) : filled;
}
