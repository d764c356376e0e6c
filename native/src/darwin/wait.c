/*
 * wait.c - the long waits, and the handle that cancels them.
 *
 * Every wait has a kqueue(2) of its own. A cancel handle is a kqueue too, with one event that is the caller's to fire;
 * a queue with an event in it is readable, so the wait's queue watches it as it watches a pipe. Nothing is consumed:
 * the status waits for lc_reap(), the cancellation for lc_cancel_drain(), and so a second waiter sees both as well.
 *
 * The time is kept as a deadline, so that interruptions do not stretch it.
 */
#include <poll.h>
#include <unistd.h>

#include "queue.h"

static const lc_i64 first_pause_ns = 1000000;
static const lc_i64 longest_pause_ns = 20000000;
static const lc_i64 millisecond_ns = 1000000;

enum { PROCESS, CANCEL, PIPE, WATCHES };

/* What a wait is for: a process, unless pid is 0, and the handles, unless they are -1. */
struct wait {
    lc_i64 pid;
    const struct lc_member *member; /* whose pid it is, NULL: a child's */
    lc_i64 cancel;
    lc_i64 pipe;
    lc_i32 events;
};

/* 1: it has exited. What is no child of ours is none that anybody waits for, or somebody else has reaped it. */
static long has_exited(const struct wait *wait) {
    if (wait->member != NULL) {
        return lc_member_gone(wait->member);
    }
    long look = lc_look(wait->pid);
    return look == -ECHILD ? 1 : look;
}

/*
 * A process that has exited cannot be watched any more, ESRCH, even while it is not reaped. The look comes after the
 * watch, so an exit is either seen by it or told by the queue. Who is not our child, a member that is waited for like a
 * process, is only watched.
 */
static long watch_exit(lc_i64 queue, const struct wait *wait) {
    long result = lc_queue_watch_exit(queue, wait->pid, 0);
    if (result == -ESRCH) {
        return 1;
    }
    if (result < 0) {
        return result;
    }
    return wait->member != NULL ? lc_member_gone(wait->member) : lc_look(wait->pid) == 1;
}

/* A bad pipe is told by the next read or write, as a pipe that has hung up is. */
static lc_i64 watch_handles(lc_i64 queue, const struct wait *wait) {
    lc_i64 seen = 0;
    if (wait->cancel >= 0) {
        long result = lc_queue_watch_pipe(queue, wait->cancel, LC_PIPE_READABLE, 0);
        if (result < 0) {
            return lc_failure(LC_CALL_KEVENT, result);
        }
    }
    if (wait->pipe >= 0 && lc_queue_watch_pipe(queue, wait->pipe, wait->events, 0) < 0) {
        seen = LC_WAIT_PIPE;
    }
    return seen;
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

static lc_i64 wait_queued(lc_i64 queue, const struct wait *wait, lc_i64 deadline) {
    lc_i64 seen = watch_handles(queue, wait);
    if (seen < 0) {
        return seen;
    }
    long exited = wait->pid == 0 ? 0 : watch_exit(queue, wait);
    if (exited < 0) {
        return lc_failure(LC_CALL_KEVENT, exited);
    }
    seen = take(queue, wait, seen | (exited ? LC_WAIT_EXITED : 0), deadline);
    if (seen > 0 && (seen & LC_WAIT_EXITED) != 0) {
        lc_settle(wait->pid);
    }
    return seen;
}

static lc_i64 shorter(lc_i64 one, lc_i64 other) {
    return one < other ? one : other;
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

/* There is no descriptor left for a queue, and the promise to end in time stands: look between sleeps. */
static lc_i64 wait_looking(const struct wait *wait, lc_i64 deadline) {
    for (lc_i64 pause = first_pause_ns;; pause = shorter(2 * pause, longest_pause_ns)) {
        long exited = wait->pid == 0 ? 0 : has_exited(wait);
        lc_i64 left = lc_time_left(deadline);
        if (exited < 0) {
            return lc_failure(LC_CALL_WAITID, exited);
        }
        lc_i64 seen = poll_handles(wait, exited ? 0 : shorter(pause, left));
        if (seen < 0) {
            return seen;
        }
        seen |= exited ? LC_WAIT_EXITED : 0;
        if (seen != 0 || left == 0) {
            return seen;
        }
    }
}

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

static int is_absent_or_handle(lc_i64 handle) {
    return handle == -1 || lc_is_handle(handle);
}

lc_i64 lc_wait(const struct lc_process *process, lc_i64 cancel, lc_i64 pipe, lc_i32 events, lc_i64 timeout_ns) {
    if ((process != NULL && !lc_is_process(process)) || !is_absent_or_handle(cancel) || !is_absent_or_handle(pipe)
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

static int are_members(const struct lc_member *members, lc_i64 count) {
    if (count < 0 || (count > 0 && members == NULL)) {
        return 0;
    }
    for (lc_i64 i = 0; i < count; i++) {
        if (members[i].size != sizeof members[i] || !lc_is_pid(members[i].pid) || members[i].handle != -1) {
            return 0;
        }
    }
    return 1;
}

/* One after the other: the last exit is no earlier that way and no later, and there is no array to keep. */
lc_i64 lc_wait_members(const struct lc_member *members, lc_i64 count, lc_i64 cancel, lc_i64 timeout_ns) {
    if (!are_members(members, count) || !is_absent_or_handle(cancel)) {
        return lc_invalid();
    }
    lc_i64 deadline = lc_deadline_after(timeout_ns);
    lc_i64 seen = LC_WAIT_EXITED;
    for (lc_i64 i = 0; i < count; i++) {
        const struct wait wait = {.pid = members[i].pid, .member = &members[i], .cancel = cancel, .pipe = -1};
        seen = wait_until(&wait, deadline);
        if (seen < 0 || (seen & LC_WAIT_EXITED) == 0) {
            break;
        }
    }
    return seen;
}

/* The one event of a cancel handle. EV_CLEAR: taking it drains it. */
enum { FIRED = 1 };

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

lc_i64 lc_cancel_fire(lc_i64 cancel) {
    long result = lc_is_handle(cancel) ? lc_queue_edit(cancel, FIRED, EVFILT_USER, 0, NOTE_TRIGGER, 0) : -EBADF;
    return result < 0 ? lc_failure(LC_CALL_KEVENT, result) : 0;
}

lc_i64 lc_cancel_drain(lc_i64 cancel) {
    struct kevent event;
    long result = lc_is_handle(cancel) ? lc_queue_take(cancel, &event, 1, 0) : -EBADF;
    return result < 0 ? lc_failure(LC_CALL_KEVENT, result) : 0;
}
