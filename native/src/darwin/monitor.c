/*
 * monitor.c - one thread waits for many: a kqueue(2).
 *
 * A watch is one-shot and goes with its event. The exit of a process that could not be watched any more, because it had
 * come before, is told by an event of our own with the number of the process.
 */
#include "queue.h"

/* More is told by the next call. */
enum { EVENTS_AT_ONCE = 64 };

/* ENOENT: it was not watched, which is what is wanted; so a failure of another kind is a bad queue. */
static long forget(lc_i64 queue, lc_i64 ident, int filter) {
    long result = lc_queue_edit(queue, ident, filter, EV_DELETE, 0, 0);
    return result == -ENOENT ? 0 : result;
}

lc_i64 lc_monitor_open(void) {
    long queue = lc_queue_open();
    return queue < 0 ? lc_failure(LC_CALL_KQUEUE, queue) : queue;
}

static int is_watchable(const struct lc_process *process, lc_i64 pipe) {
    return process != NULL ? lc_is_process(process) && pipe == -1 : lc_is_handle(pipe);
}

static long tell_exit(lc_i64 queue, lc_i64 pid, lc_u64 token) {
    long result = lc_queue_edit(queue, pid, EVFILT_USER, EV_ADD | EV_ONESHOT, 0, token);
    return result < 0 ? result : lc_queue_edit(queue, pid, EVFILT_USER, 0, NOTE_TRIGGER, token);
}

static long forget_exit(lc_i64 queue, lc_i64 pid) {
    long result = forget(queue, pid, EVFILT_USER);
    return result < 0 ? result : forget(queue, pid, EVFILT_PROC);
}

static long forget_pipe(lc_i64 queue, lc_i64 pipe) {
    long result = forget(queue, pipe, EVFILT_READ);
    return result < 0 ? result : forget(queue, pipe, EVFILT_WRITE);
}

/* The look comes after the watch: an exit is either seen by it or told by the queue, and not by both. */
static long add_exit(lc_i64 queue, lc_i64 pid, lc_u64 token) {
    long result = forget_exit(queue, pid);
    if (result < 0) {
        return result;
    }
    result = lc_queue_watch_exit(queue, pid, token);
    if (result == 0 && lc_look(pid) == 1) {
        result = forget(queue, pid, EVFILT_PROC) < 0 ? result : -ESRCH;
    }
    return result == -ESRCH ? tell_exit(queue, pid, token) : result;
}

static long add_pipe(lc_i64 queue, lc_i64 pipe, lc_i32 events, lc_u64 token) {
    long result = forget_pipe(queue, pipe);
    return result < 0 ? result : lc_queue_watch_pipe(queue, pipe, events, token);
}

lc_i64 lc_monitor_add(lc_i64 monitor, const struct lc_process *process, lc_i64 pipe, lc_i32 events, lc_u64 token) {
    if (!lc_is_handle(monitor) || !is_watchable(process, pipe)
        || (events & ~(LC_PIPE_READABLE | LC_PIPE_WRITABLE)) != 0 || (process != NULL && events != 0)) {
        return lc_invalid();
    }
    long result = process != NULL ? add_exit(monitor, process->pid, token) : add_pipe(monitor, pipe, events, token);
    return result < 0 ? lc_failure(LC_CALL_KEVENT, result) : 0;
}

lc_i64 lc_monitor_remove(lc_i64 monitor, const struct lc_process *process, lc_i64 pipe) {
    if (!lc_is_handle(monitor) || !is_watchable(process, pipe)) {
        return lc_invalid();
    }
    long result = process != NULL ? forget_exit(monitor, process->pid) : forget_pipe(monitor, pipe);
    return result < 0 ? lc_failure(LC_CALL_KEVENT, result) : 0;
}

/* A pipe that is watched both ways has two events, and its watch one token. */
static int was_told(const struct kevent *events, long index) {
    for (long i = 0; i < index; i++) {
        int both_ways = events[i].filter != EVFILT_PROC && events[i].filter != EVFILT_USER
                        && events[index].filter != EVFILT_PROC && events[index].filter != EVFILT_USER;
        if (both_ways && events[i].ident == events[index].ident) {
            return 1;
        }
    }
    return 0;
}

static void settle(lc_i64 queue, const struct kevent *event) {
    switch (event->filter) {
    case EVFILT_PROC:
    case EVFILT_USER:
        lc_settle((lc_i64) event->ident);
        break;
    case EVFILT_READ:
        forget(queue, (lc_i64) event->ident, EVFILT_WRITE);
        break;
    default:
        forget(queue, (lc_i64) event->ident, EVFILT_READ);
        break;
    }
}

lc_i64 lc_monitor_wait(lc_i64 monitor, lc_u64 *tokens, lc_i64 capacity, lc_i64 timeout_ns) {
    if (!lc_is_handle(monitor) || tokens == NULL || capacity < 1) {
        return lc_invalid();
    }
    struct kevent events[EVENTS_AT_ONCE];
    int most = capacity < EVENTS_AT_ONCE ? (int) capacity : EVENTS_AT_ONCE;
    long count = lc_queue_take(monitor, events, most, lc_deadline_after(timeout_ns));
    if (count < 0) {
        return lc_failure(LC_CALL_KEVENT, count);
    }
    lc_i64 told = 0;
    for (long i = 0; i < count; i++) {
        if (!was_told(events, i)) {
            settle(monitor, &events[i]);
            tokens[told++] = (lc_u64) events[i].udata;
        }
    }
    return told;
}
