/*
 * monitor.c - one thread waits for many: epoll(7).
 *
 * EPOLLONESHOT keeps an event that has been told from being told again, and the descriptor among the watched: so adding
 * it again is a modification. A pidfd or pipe is level-triggered, so what was there before is told as well.
 */
#include <linux/eventpoll.h>
#include <linux/fcntl.h>

#include <asm/poll.h>

#include "internal.h"

/* More is told by the next call. */
enum { EVENTS_AT_ONCE = 64 };

lc_i64 lc_monitor_open(void) {
    long result = LC_SYS(__NR_epoll_create1, EPOLL_CLOEXEC);
    return result < 0 ? lc_failure(LC_CALL_EPOLL_CREATE, result) : result;
}

static int is_watchable(const struct lc_process *process, lc_i64 pipe) {
    return process != NULL ? lc_is_process(process) && pipe == -1 : lc_is_handle(pipe);
}

static __poll_t wanted(const struct lc_process *process, lc_i32 events) {
    if (process != NULL) {
        return EPOLLIN;
    }
    return ((events & LC_PIPE_READABLE) != 0 ? EPOLLIN : 0) | ((events & LC_PIPE_WRITABLE) != 0 ? EPOLLOUT : 0);
}

static long control(lc_i64 monitor, int operation, lc_i64 handle, struct epoll_event *event) {
    return LC_SYS(__NR_epoll_ctl, monitor, operation, handle, event);
}

lc_i64 lc_monitor_add(lc_i64 monitor, const struct lc_process *process, lc_i64 pipe, lc_i32 events, lc_u64 token) {
    if (!lc_is_handle(monitor) || !is_watchable(process, pipe)
        || (events & ~(LC_PIPE_READABLE | LC_PIPE_WRITABLE)) != 0 || (process != NULL && events != 0)) {
        return lc_invalid();
    }
    lc_i64 handle = process != NULL ? process->handle : pipe;
    if (handle < 0) {
        return lc_error_word(LC_STAGE_NONE, LC_CALL_NONE, LC_ERR_UNSUPPORTED, 0);
    }
    struct epoll_event event = {.events = wanted(process, events) | EPOLLONESHOT, .data = token};
    long result = control(monitor, EPOLL_CTL_ADD, handle, &event);
    if (result == -EEXIST) {
        result = control(monitor, EPOLL_CTL_MOD, handle, &event);
    }
    return result < 0 ? lc_failure(LC_CALL_EPOLL_CTL, result) : 0;
}

/* ENOENT: it was not watched, which is what is wanted. */
lc_i64 lc_monitor_remove(lc_i64 monitor, const struct lc_process *process, lc_i64 pipe) {
    if (!lc_is_handle(monitor) || !is_watchable(process, pipe)) {
        return lc_invalid();
    }
    lc_i64 handle = process != NULL ? process->handle : pipe;
    struct epoll_event unused = {.events = 0};
    long result = handle < 0 ? 0 : control(monitor, EPOLL_CTL_DEL, handle, &unused);
    return result < 0 && result != -ENOENT ? lc_failure(LC_CALL_EPOLL_CTL, result) : 0;
}

/*
 * ppoll first: it takes nanoseconds, and lc_poll() keeps the deadline over interruptions. epoll_wait then takes what
 * there is, which is nothing if another thread was faster; the caller asks again.
 */
lc_i64 lc_monitor_wait(lc_i64 monitor, lc_u64 *tokens, lc_i64 capacity, lc_i64 timeout_ns) {
    if (!lc_is_handle(monitor) || tokens == NULL || capacity < 1) {
        return lc_invalid();
    }
    struct pollfd entry = {.fd = (int) monitor, .events = POLLIN};
    long result = lc_poll(&entry, 1, timeout_ns);
    if (result < 0) {
        return lc_failure(LC_CALL_PPOLL, result);
    }
    struct epoll_event events[EVENTS_AT_ONCE];
    result = LC_SYS(__NR_epoll_pwait, monitor, events, capacity < EVENTS_AT_ONCE ? capacity : EVENTS_AT_ONCE, 0, NULL,
                    LC_SIGNAL_SET_BYTES);
    if (result < 0 && result != -EINTR) {
        return lc_failure(LC_CALL_EPOLL_WAIT, result);
    }
    for (long i = 0; i < result; i++) {
        tokens[i] = events[i].data;
    }
    return result < 0 ? 0 : result;
}
