/*
 * monitor.c - one thread waits for many: epoll(7).
 *
 * With EPOLLONESHOT an event is returned once, and the descriptor stays registered: setting a watch again modifies it.
 * Pidfds and pipes are level-triggered, so events before the watch are returned too.
 */
#include <linux/eventpoll.h>
#include <linux/fcntl.h>

#include <asm/poll.h>

#include "internal.h"

/* More events are returned by the next call. */
enum { EVENTS_AT_ONCE = 64 };

lc_i64 lc_monitor_open(void) {
    long result = sys_epoll_create1(EPOLL_CLOEXEC);
    return result < 0 ? lc_failure(LC_CALL_EPOLL_CREATE, result) : result;
}

static int are_events(lc_i32 events) {
    return events == LC_CANCEL_FIRED || events == LC_CGROUP_CHANGED
           || (events & ~(LC_PIPE_READABLE | LC_PIPE_WRITABLE)) == 0;
}

static int is_watchable(const struct lc_process *process, lc_i64 handle, lc_i32 events) {
    return process != NULL ? lc_is_process(process) && handle == -1 && events == 0
                           : lc_is_handle(handle) && are_events(events);
}

static __poll_t wanted(const struct lc_process *process, lc_i32 events) {
    if (process != NULL || events == LC_CANCEL_FIRED) {
        return EPOLLIN;
    }
    if (events == LC_CGROUP_CHANGED) {
        return EPOLLPRI;
    }
    return ((events & LC_PIPE_READABLE) != 0 ? EPOLLIN : 0) | ((events & LC_PIPE_WRITABLE) != 0 ? EPOLLOUT : 0);
}

static lc_i64 watch(lc_i64 monitor, lc_i64 handle, __poll_t events, lc_u64 token) {
    struct epoll_event event = {.events = events | EPOLLONESHOT, .data = token};
    long result = sys_epoll_ctl(monitor, EPOLL_CTL_ADD, handle, &event);
    if (result == -EEXIST) {
        result = sys_epoll_ctl(monitor, EPOLL_CTL_MOD, handle, &event);
    }
    return result < 0 ? lc_failure(LC_CALL_EPOLL_CTL, result) : 0;
}

/* ENOENT: it was not watched. */
static lc_i64 unwatch(lc_i64 monitor, lc_i64 handle) {
    struct epoll_event unused = {.events = 0};
    long result = sys_epoll_ctl(monitor, EPOLL_CTL_DEL, handle, &unused);
    return result < 0 && result != -ENOENT ? lc_failure(LC_CALL_EPOLL_CTL, result) : 0;
}

lc_i64 lc_monitor_set(lc_i64 monitor, const struct lc_process *process, lc_i64 handle, lc_i32 events, lc_u64 token) {
    if (!lc_is_handle(monitor) || !is_watchable(process, handle, events)) {
        return lc_invalid();
    }
    lc_i64 watched = process != NULL ? process->handle : handle;
    if (watched < 0) {
        return token == 0 ? 0 : lc_unsupported();
    }
    return token == 0 ? unwatch(monitor, watched) : watch(monitor, watched, wanted(process, events), token);
}

/*
 * ppoll first: it has nanoseconds, and lc_poll() resumes it after a signal. Then epoll_wait returns the events, or none
 * if another thread was faster; then the caller repeats the call.
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
    result = sys_epoll_pwait(monitor, events, capacity < EVENTS_AT_ONCE ? (int) capacity : EVENTS_AT_ONCE, 0);
    if (result < 0 && result != -EINTR) {
        return lc_failure(LC_CALL_EPOLL_WAIT, result);
    }
    for (long i = 0; i < result; i++) {
        tokens[i] = events[i].data;
    }
    return result < 0 ? 0 : result;
}
