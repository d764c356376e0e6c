/*
 * wait.c - the long waits, and the handle that cancels them.
 *
 * The time is kept as a deadline on CLOCK_MONOTONIC, so that interruptions do not stretch it. Nothing is consumed: the
 * status waits for lc_reap(), the cancellation for lc_cancel_drain(), and so a second waiter sees both as well.
 */
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <linux/time.h>
#include <linux/time_types.h>

#include "internal.h"

enum { PROCESS, CANCEL, PIPE, ENTRIES };

static const long forever = (long) (~0UL >> 1);
static const long second_ns = 1000000000;
static const long first_pause_ns = 1000000;
static const long longest_pause_ns = 20000000;

static long now(void) {
    struct __kernel_timespec time;
    long result = LC_SYS(__NR_clock_gettime, CLOCK_MONOTONIC, &time);
    return result < 0 ? result : (long) time.tv_sec * second_ns + (long) time.tv_nsec;
}

static long deadline_after(lc_i64 timeout_ns) {
    if (timeout_ns < 0) {
        return forever;
    }
    long start = now();
    if (start < 0) {
        return start;
    }
    return timeout_ns < forever - start ? start + (long) timeout_ns : forever;
}

static long time_left(long deadline) {
    if (deadline == forever || deadline == 0) {
        return deadline;
    }
    long at = now();
    if (at < 0) {
        return at;
    }
    return at < deadline ? deadline - at : 0;
}

/* The kernel writes what is left into the timespec; the deadline does not depend on it. */
static long poll_once(struct pollfd *entries, unsigned count, long left) {
    struct __kernel_timespec time = {.tv_sec = left / second_ns, .tv_nsec = left % second_ns};
    return LC_SYS(__NR_ppoll, entries, count, left == forever ? NULL : &time, 0, LC_SIGNAL_SET_BYTES);
}

long lc_poll(struct pollfd *entries, unsigned count, lc_i64 timeout_ns) {
    /* A look needs no clock. */
    long deadline = timeout_ns == 0 ? 0 : deadline_after(timeout_ns);
    long left = deadline < 0 || deadline == forever ? deadline : (long) timeout_ns;
    while (left >= 0) {
        long result = poll_once(entries, count, left);
        if (result != -EINTR) {
            return result;
        }
        left = time_left(deadline);
    }
    return left;
}

/* A bad pipe is told by the next read or write, as a pipe that has hung up is. */
static lc_i64 poll_handles(struct pollfd *entries, lc_i64 timeout_ns) {
    long result = lc_poll(entries, ENTRIES, timeout_ns);
    if (result < 0) {
        return lc_failure(LC_CALL_PPOLL, result);
    }
    if (((entries[PROCESS].revents | entries[CANCEL].revents) & POLLNVAL) != 0) {
        return lc_failure(LC_CALL_PPOLL, -EBADF);
    }
    return (entries[PROCESS].revents != 0 ? LC_WAIT_EXITED : 0)
           | (entries[CANCEL].revents != 0 ? LC_WAIT_CANCELLED : 0)
           | (entries[PIPE].revents != 0 ? LC_WAIT_PIPE : 0);
}

/* 1: exited. A process that somebody has reaped has exited as well. */
static long look_for_exit(const void *process) {
    long result = lc_look(process);
    return result == -ECHILD ? 1 : result;
}

static long look_for_member(const void *member) {
    return lc_member_gone(member);
}

static long shorter(long one, long other) {
    return one < other ? one : other;
}

/*
 * Without a pidfd an exit wakes nobody here: SIGCHLD belongs to the JVM. So it is looked for, before each sleep and,
 * because the sleeps end at the deadline, once more after the last. The handles still wake a sleep at once.
 */
static lc_i64 wait_looking(long (*look)(const void *), const void *process, struct pollfd *entries, long deadline) {
    for (long pause = first_pause_ns;; pause = shorter(2 * pause, longest_pause_ns)) {
        long exited = look(process);
        long left = time_left(deadline);
        if (exited < 0 || left < 0) {
            return exited < 0 ? lc_failure(LC_CALL_WAITID, exited) : lc_failure(LC_CALL_NONE, left);
        }
        lc_i64 seen = poll_handles(entries, exited ? 0 : shorter(pause, left));
        if (seen < 0) {
            return seen;
        }
        seen |= exited ? LC_WAIT_EXITED : 0;
        if (seen != 0 || left == 0) {
            return seen;
        }
    }
}

static int is_absent_or_handle(lc_i64 handle) {
    return handle == -1 || lc_is_handle(handle);
}

static short poll_events(lc_i32 events) {
    int wanted = ((events & LC_PIPE_READABLE) != 0 ? POLLIN : 0) | ((events & LC_PIPE_WRITABLE) != 0 ? POLLOUT : 0);
    return (short) wanted;
}

lc_i64 lc_wait(const struct lc_process *process, lc_i64 cancel, lc_i64 pipe, lc_i32 events, lc_i64 timeout_ns) {
    if ((process != NULL && !lc_is_process(process)) || !is_absent_or_handle(cancel) || !is_absent_or_handle(pipe)
        || (events & ~(LC_PIPE_READABLE | LC_PIPE_WRITABLE)) != 0) {
        return lc_invalid();
    }
    struct pollfd entries[ENTRIES] = {
        [PROCESS] = {.fd = process != NULL ? (int) process->handle : -1, .events = POLLIN},
        [CANCEL] = {.fd = (int) cancel, .events = POLLIN},
        [PIPE] = {.fd = (int) pipe, .events = poll_events(events)},
    };
    if (process == NULL || process->handle >= 0) {
        return poll_handles(entries, timeout_ns);
    }
    long deadline = deadline_after(timeout_ns);
    return deadline < 0 ? lc_failure(LC_CALL_NONE, deadline)
                        : wait_looking(look_for_exit, process, entries, deadline);
}

static int are_members(const struct lc_member *members, lc_i64 count) {
    if (count < 0 || (count > 0 && members == NULL)) {
        return 0;
    }
    for (lc_i64 i = 0; i < count; i++) {
        const struct lc_member *member = &members[i];
        if (member->size != sizeof *member || !lc_is_pid(member->pid) || !is_absent_or_handle(member->handle)) {
            return 0;
        }
    }
    return 1;
}

static lc_i64 wait_for_member(const struct lc_member *member, lc_i64 cancel, long deadline) {
    struct pollfd entries[ENTRIES] = {
        [PROCESS] = {.fd = (int) member->handle, .events = POLLIN},
        [CANCEL] = {.fd = (int) cancel, .events = POLLIN},
        [PIPE] = {.fd = -1},
    };
    if (member->handle < 0) {
        return wait_looking(look_for_member, member, entries, deadline);
    }
    long left = time_left(deadline);
    return left < 0 ? lc_failure(LC_CALL_NONE, left) : poll_handles(entries, left == forever ? -1 : left);
}

/* One after the other: the last exit is no earlier that way and no later, and there is no array to keep. */
lc_i64 lc_wait_members(const struct lc_member *members, lc_i64 count, lc_i64 cancel, lc_i64 timeout_ns) {
    if (!are_members(members, count) || !is_absent_or_handle(cancel)) {
        return lc_invalid();
    }
    long deadline = deadline_after(timeout_ns);
    if (deadline < 0) {
        return lc_failure(LC_CALL_NONE, deadline);
    }
    lc_i64 seen = LC_WAIT_EXITED;
    for (lc_i64 i = 0; i < count; i++) {
        seen = wait_for_member(&members[i], cancel, deadline);
        if (seen < 0 || (seen & LC_WAIT_EXITED) == 0) {
            break;
        }
    }
    return seen;
}

lc_i64 lc_cancel_open(void) {
    long result = LC_SYS(__NR_eventfd2, 0, O_CLOEXEC | O_NONBLOCK);
    return result < 0 ? lc_failure(LC_CALL_EVENTFD, result) : result;
}

/* EAGAIN: the counter is full, so it is fired. */
lc_i64 lc_cancel_fire(lc_i64 cancel) {
    const lc_u64 one = 1;
    long result = lc_is_handle(cancel) ? LC_SYS(__NR_write, cancel, &one, sizeof one) : -EBADF;
    return result < 0 && result != -EAGAIN ? lc_failure(LC_CALL_WRITE, result) : 0;
}

/* EAGAIN: the counter is zero, so it is drained. */
lc_i64 lc_cancel_drain(lc_i64 cancel) {
    lc_u64 count;
    long result = lc_is_handle(cancel) ? LC_SYS(__NR_read, cancel, &count, sizeof count) : -EBADF;
    return result < 0 && result != -EAGAIN ? lc_failure(LC_CALL_READ, result) : 0;
}
