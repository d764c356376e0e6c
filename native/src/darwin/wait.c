/*
 * wait.c - the long waits, and the handle that cancels them.
 *
 * Each wait has its own kqueue(2). A cancel handle is a kqueue too, with one event that the caller fires. A queue with
 * an event is readable, so the wait watches it like a pipe. Nothing is consumed: the status remains until
 * LC_ACT_REAP, the cancellation until LC_CANCEL_DRAIN. So a second waiter sees both too.
 *
 * The time is a deadline, so that interruptions do not extend it. Only pid and handle of the process are read, because
 * lc_act() may be using the rest.
 *
 * Results are the contract's; a `long` is a system call's.
 */
#include <poll.h>
#include <unistd.h>

#include "queue.h"

static const lc_i64 first_pause_ns = 1000000;
static const lc_i64 longest_pause_ns = 20000000;
static const lc_i64 millisecond_ns = 1000000;

enum { PROCESS, CANCEL, PIPE, WATCHES };

/* The parameters of a wait: a process, unless pid is 0, and the handles, unless they are -1. */
struct wait {
    lc_i64 pid;
    lc_i64 cancel;
    lc_i64 pipe;
    lc_i32 events;
};

/*
 * A process that has exited cannot be watched (ESRCH), even before it is reaped. The look comes after the watch, so an
 * exit is either seen or reported by the queue.
 */
static long watch_exit(lc_i64 queue, lc_i64 pid) {
    long result = lc_queue_watch_exit(queue, pid, 0);
    if (result < 0) {
        return result == -ESRCH ? 1 : result;
    }
    return lc_is_dead_or_absent(pid);
}

/* The next read or write reports that the pipe is invalid or has hung up. */
static lc_i64 watch_handles(lc_i64 queue, const struct wait *wait) {
    if (wait->cancel >= 0) {
        long result = lc_queue_watch_pipe(queue, wait->cancel, LC_PIPE_READABLE, 0);
        if (result < 0) {
            return lc_failure(LC_CALL_KEVENT, result);
        }
    }
    int is_bad = wait->pipe >= 0 && lc_queue_watch_pipe(queue, wait->pipe, wait->events, 0) < 0;
    return is_bad ? LC_WAIT_PIPE : 0;
}

static lc_i64 seen_by(const struct wait *wait, const struct kevent *event) {
    if (event->filter == EVFILT_PROC) {
        return LC_WAIT_EXITED;
    }
    return (lc_i64) event->ident == wait->cancel ? LC_WAIT_CANCELLED : LC_WAIT_PIPE;
}

static lc_i64 take(lc_i64 queue, const struct wait *wait, lc_i64 seen, lc_i64 deadline) {
    struct kevent events[WATCHES];
    long count = lc_queue_take(queue, events, WATCHES, seen != 0 ? 0 : deadline);
    if (count < 0) {
        return lc_failure(LC_CALL_KEVENT, count);
    }
    for (long i = 0; i < count; i++) {
        seen |= seen_by(wait, &events[i]);
    }
    return seen;
}

static lc_i64 poll_handles(const struct wait *wait, lc_i64 timeout_ns) {
    int wanted = ((wait->events & LC_PIPE_READABLE) != 0 ? POLLIN : 0)
                 | ((wait->events & LC_PIPE_WRITABLE) != 0 ? POLLOUT : 0);
    struct pollfd entries[] = {
        {.fd = (int) wait->cancel, .events = POLLIN},
        {.fd = (int) wait->pipe, .events = (short) wanted},
    };
    long result = lc_result(poll(entries, 2, (int) ((timeout_ns + millisecond_ns - 1) / millisecond_ns)));
    if (result < 0) {
        return result == -EINTR ? 0 : lc_failure(LC_CALL_POLL, result);
    }
    return (entries[0].revents != 0 ? LC_WAIT_CANCELLED : 0) | (entries[1].revents != 0 ? LC_WAIT_PIPE : 0);
}

/* Looks for the exit between sleeps. The handles end a sleep. */
static lc_i64 wait_looking(const struct wait *wait, lc_i64 deadline) {
    for (lc_i64 pause = first_pause_ns;; pause = lc_shorter(2 * pause, longest_pause_ns)) {
        long exited = wait->pid == 0 ? 0 : lc_is_dead_or_absent(wait->pid);
        if (exited < 0) {
            return lc_failure(LC_CALL_WAITID, exited);
        }
        lc_i64 left = lc_time_left(deadline);
        lc_i64 seen = poll_handles(wait, exited ? 0 : lc_shorter(pause, left));
        if (seen < 0) {
            return seen;
        }
        seen |= exited ? LC_WAIT_EXITED : 0;
        if (seen != 0 || left == 0) {
            return seen;
        }
    }
}

/* The queue reports an exit a moment before it is visible. The deadline still applies. */
static lc_i64 confirm_exit(const struct wait *wait, lc_i64 seen, lc_i64 deadline) {
    long exited = lc_is_dead_or_absent(wait->pid);
    if (exited != 0) {
        return exited < 0 ? lc_failure(LC_CALL_WAITID, exited) : seen;
    }
    seen &= ~(lc_i64) LC_WAIT_EXITED;
    return seen != 0 ? seen : wait_looking(wait, deadline);
}

static lc_i64 wait_queued(lc_i64 queue, const struct wait *wait, lc_i64 deadline) {
    lc_i64 seen = watch_handles(queue, wait);
    if (seen < 0) {
        return seen;
    }
    long exited = wait->pid == 0 ? 0 : watch_exit(queue, wait->pid);
    if (exited < 0) {
        return lc_failure(LC_CALL_KEVENT, exited);
    }
    seen = take(queue, wait, seen | (exited ? LC_WAIT_EXITED : 0), deadline);
    return seen > 0 && (seen & LC_WAIT_EXITED) != 0 ? confirm_exit(wait, seen, deadline) : seen;
}

/* If there is no descriptor for a queue, the wait still ends in time. */
static lc_i64 wait_until(const struct wait *wait, lc_i64 deadline) {
    long queue = lc_queue_open();
    if (queue < 0) {
        return queue == -EMFILE || queue == -ENFILE ? wait_looking(wait, deadline)
                                                    : lc_failure(LC_CALL_KQUEUE, queue);
    }
    lc_i64 seen = wait_queued(queue, wait, deadline);
    close((int) queue);
    return seen;
}

/* Checks only what lc_wait() may read. */
static int is_waitable(const struct lc_process *process) {
    return process->size == sizeof *process && lc_is_pid(process->pid) && process->handle == -1;
}

lc_i64 lc_wait(const struct lc_process *process, lc_i64 cancel, lc_i64 pipe, lc_i32 events, lc_i64 timeout_ns) {
    if ((process != NULL && !is_waitable(process)) || !lc_is_handle_or_absent(cancel) || !lc_is_handle_or_absent(pipe)
        || (events & ~(LC_PIPE_READABLE | LC_PIPE_WRITABLE)) != 0) {
        return lc_invalid();
    }
    const struct wait wait = {
        .pid = process != NULL ? process->pid : 0,
        .cancel = cancel,
        .pipe = pipe,
        .events = events,
    };
    return wait_until(&wait, lc_deadline_after(timeout_ns));
}

/* The event of a cancel handle. EV_CLEAR: receiving it drains it. */
enum { FIRED = 1 };

/* FIONREAD, which follows, is one call for each pipe too. */
int lc_may_hold_bytes(lc_i64 one, lc_i64 other) {
    return one >= 0 || other >= 0;
}

lc_i64 lc_cancel_open(void) {
    long queue = lc_queue_open();
    if (queue < 0) {
        return lc_failure(LC_CALL_KQUEUE, queue);
    }
    long result = lc_queue_edit(queue, FIRED, EVFILT_USER, EV_ADD | EV_CLEAR, 0, 0);
    if (result < 0) {
        close((int) queue);
        return lc_failure(LC_CALL_KEVENT, result);
    }
    return queue;
}

static long fire(lc_i64 cancel) {
    return lc_queue_edit(cancel, FIRED, EVFILT_USER, 0, NOTE_TRIGGER, 0);
}

static long drain(lc_i64 cancel) {
    struct kevent event;
    return lc_queue_take(cancel, &event, 1, 0);
}

lc_i64 lc_cancel(lc_i64 cancel, lc_i32 what) {
    if (what != LC_CANCEL_FIRE && what != LC_CANCEL_DRAIN) {
        return lc_invalid();
    }
    if (!lc_is_handle(cancel)) {
        return lc_failure(LC_CALL_KEVENT, -EBADF);
    }
    long result = what == LC_CANCEL_FIRE ? fire(cancel) : drain(cancel);
    return result < 0 ? lc_failure(LC_CALL_KEVENT, result) : 0;
}
