/*
 * wait.c - the long waits, and the handle that cancels them.
 *
 * Nothing is consumed: the status remains until the reap, the cancellation until it is drained. So a second waiter sees
 * both too.
 */
#include <asm/poll.h>
#include <linux/fcntl.h>

#include "internal.h"

enum { PROCESS, CANCEL, PIPE, ENTRIES };

static const long first_pause_ns = 1000000;
static const long longest_pause_ns = 20000000;

/* The next read or write reports that the pipe is invalid or has hung up. */
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

static long shorter(long one, long other) {
    return one < other ? one : other;
}

/*
 * Without a pidfd an exit does not end the wait, because SIGCHLD belongs to the JVM. So there is a look before each
 * sleep and, because the sleeps end at the deadline, one after the last. The other handles still end a sleep at once. A
 * process that was reaped by other code counts as exited.
 */
static lc_i64 wait_looking(const struct lc_process *process, struct pollfd *entries, long deadline) {
    for (long pause = first_pause_ns;; pause = shorter(2 * pause, longest_pause_ns)) {
        long exited = lc_has_exited(process);
        long left = lc_time_left(deadline);
        if ((exited < 0 && exited != -ECHILD) || left < 0) {
            return left < 0 ? lc_failure(LC_CALL_NONE, left) : lc_failure(LC_CALL_WAITID, exited);
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

lc_i64 lc_wait(const struct lc_process *process, lc_i64 cancel, lc_i64 pipe, lc_i32 events, lc_i64 timeout_ns) {
    if ((process != NULL && !lc_is_process(process)) || !lc_is_handle_or_absent(cancel)
        || !lc_is_handle_or_absent(pipe) || (events & ~(LC_PIPE_READABLE | LC_PIPE_WRITABLE)) != 0) {
        return lc_invalid();
    }
    int wanted = ((events & LC_PIPE_READABLE) != 0 ? POLLIN : 0) | ((events & LC_PIPE_WRITABLE) != 0 ? POLLOUT : 0);
    struct pollfd entries[ENTRIES] = {
        [PROCESS] = {.fd = process != NULL ? (int) process->handle : -1, .events = POLLIN},
        [CANCEL] = {.fd = (int) cancel, .events = POLLIN},
        [PIPE] = {.fd = (int) pipe, .events = (short) wanted},
    };
    if (process == NULL || process->handle >= 0) {
        return poll_handles(entries, timeout_ns);
    }
    long deadline = lc_deadline_after(timeout_ns);
    return deadline < 0 ? lc_failure(LC_CALL_NONE, deadline) : wait_looking(process, entries, deadline);
}

/* One call for both pipes: FIONREAD needs two. */
int lc_may_hold_bytes(lc_i64 one, lc_i64 other) {
    if (one < 0 && other < 0) {
        return 0;
    }
    struct pollfd pipes[] = {{.fd = (int) one, .events = POLLIN}, {.fd = (int) other, .events = POLLIN}};
    return lc_poll(pipes, 2, 0) < 0 || ((pipes[0].revents | pipes[1].revents) & ~POLLHUP) != 0;
}

lc_i64 lc_cancel_open(void) {
    long result = sys_eventfd2(0, O_CLOEXEC | O_NONBLOCK);
    return result < 0 ? lc_failure(LC_CALL_EVENTFD, result) : result;
}

/* EAGAIN: the counter is full, so it is fired. */
static lc_i64 fire(lc_i64 cancel) {
    const lc_u64 one = 1;
    long result = lc_is_handle(cancel) ? sys_write(cancel, &one, sizeof one) : -EBADF;
    return result < 0 && result != -EAGAIN ? lc_failure(LC_CALL_WRITE, result) : 0;
}

/* EAGAIN: the counter is zero, so it is drained. */
static lc_i64 drain(lc_i64 cancel) {
    lc_u64 count;
    long result = lc_is_handle(cancel) ? sys_read(cancel, &count, sizeof count) : -EBADF;
    return result < 0 && result != -EAGAIN ? lc_failure(LC_CALL_READ, result) : 0;
}

lc_i64 lc_cancel(lc_i64 cancel, lc_i32 what) {
    if (what != LC_CANCEL_FIRE && what != LC_CANCEL_DRAIN) {
        return lc_invalid();
    }
    return what == LC_CANCEL_FIRE ? fire(cancel) : drain(cancel);
}
