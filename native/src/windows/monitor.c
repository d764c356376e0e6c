/*
 * monitor.c - one thread waits for many handles. A completion port cannot watch a process, a pipe or an event itself,
 * but a thread of the system's pool can wait for any number of handles and post to the port. A pipe that is bound to
 * the port would stay so for its whole life.
 *
 * The watches are on the heap of this process, because the system does not keep their tokens as epoll and kqueue do.
 * They live until they are removed or the monitor is closed.
 *
 * Locking: `lock` guards the table and the watches in it. The callback reads only fields that do not change while it is
 * registered, and takes no lock, so that UnregisterWaitEx() may wait for it under the lock. It does not post the
 * address of a watch, which may be freed by then, but its handle and serial, which are looked up in the table.
 *
 * A pipe to write is polled by the thread in lc_monitor_wait(), at the intervals of lc_wait().
 *
 * Results are the contract's.
 */
#include "internal.h"

enum { BUCKETS = 256, EVENTS_AT_ONCE = 64 };

static const lc_i64 first_pause_ns = 1000000;
static const lc_i64 longest_pause_ns = 16000000;

struct watch {
    struct watch *next;
    struct monitor *monitor;
    HANDLE target; /* the process, the pipe or the event */
    lc_u64 token;
    DWORD serial; /* changes each time that it is armed */
    int armed;
    int polled;  /* a pipe to write, which is polled: nothing posts */
    HANDLE wait; /* of RegisterWaitForSingleObject, NULL: none */
    struct lc_pending read;
};

struct monitor {
    HANDLE port;
    SRWLOCK lock;
    DWORD serial;
    lc_i64 polled; /* how many armed watches are polled */
    struct watch *buckets[BUCKETS];
};

static struct monitor *monitor_of(lc_i64 number) {
    return (struct monitor *) (ULONG_PTR) (number & ~1LL);
}

lc_i64 lc_monitor_open(void) {
    struct monitor *monitor = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *monitor);
    if (monitor == NULL) {
        return lc_failure(LC_CALL_HEAP_ALLOC, ERROR_NOT_ENOUGH_MEMORY);
    }
    monitor->port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
    if (monitor->port == NULL) {
        DWORD code = GetLastError();
        lc_free(monitor);
        return lc_failure(LC_CALL_CREATE_IO_COMPLETION_PORT, code);
    }
    return (lc_i64) (ULONG_PTR) monitor | 1;
}

static struct watch **place_of(struct monitor *monitor, HANDLE target) {
    struct watch **place = &monitor->buckets[(ULONG_PTR) target / 4 % BUCKETS];
    while (*place != NULL && (*place)->target != target) {
        place = &(*place)->next;
    }
    return place;
}

/* Runs on a thread of the pool. */
static VOID CALLBACK post(PVOID context, BOOLEAN timed_out) {
    const struct watch *watch = context;
    (void) timed_out;
    PostQueuedCompletionStatus(watch->monitor->port, watch->serial, (ULONG_PTR) watch->target, NULL);
}

/* When it returns, only the table refers to the watch. */
static void disarm(struct watch *watch) {
    if (watch->wait != NULL) {
        UnregisterWaitEx(watch->wait, INVALID_HANDLE_VALUE);
        watch->wait = NULL;
    }
    lc_stop_reading(watch->target, &watch->read);
    if (watch->read.io.hEvent != NULL) {
        CloseHandle(watch->read.io.hEvent);
        watch->read.io.hEvent = NULL;
    }
    watch->monitor->polled -= watch->armed && watch->polled;
    watch->armed = 0;
}

static lc_i64 register_wait(struct watch *watch, HANDLE waited) {
    if (RegisterWaitForSingleObject(&watch->wait, waited, post, watch, INFINITE,
                                    WT_EXECUTEONLYONCE | WT_EXECUTEINWAITTHREAD)) {
        return 0;
    }
    watch->wait = NULL;
    return lc_failure(LC_CALL_REGISTER_WAIT, GetLastError());
}

/* A pipe that cannot be waited for counts as ready: the next read returns the error. */
static lc_i64 arm_reading(struct watch *watch) {
    watch->read.io = (OVERLAPPED){.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    if (watch->read.io.hEvent == NULL) {
        return lc_failure(LC_CALL_CREATE_EVENT, GetLastError());
    }
    if (lc_start_reading(watch->target, &watch->read) != 0) {
        SetEvent(watch->read.io.hEvent);
    }
    return register_wait(watch, watch->read.io.hEvent);
}

/* The empty message wakes a current wait, which may have no timeout. */
static lc_i64 arm_writing(struct watch *watch) {
    if (!PostQueuedCompletionStatus(watch->monitor->port, 0, 0, NULL)) {
        return lc_failure(LC_CALL_POST_COMPLETION, GetLastError());
    }
    watch->polled = 1;
    watch->monitor->polled++;
    return 0;
}

/* Processes and events can be waited for directly. */
static lc_i64 start_watching(struct watch *watch, int is_process, lc_i32 events) {
    if (is_process || events == LC_CANCEL_FIRED) {
        return register_wait(watch, watch->target);
    }
    return (events & LC_PIPE_WRITABLE) != 0 ? arm_writing(watch) : arm_reading(watch);
}

static lc_i64 arm(struct watch *watch, int is_process, lc_i32 events) {
    watch->serial = ++watch->monitor->serial;
    watch->polled = 0;
    lc_i64 error = start_watching(watch, is_process, events);
    watch->armed = error == 0;
    if (error != 0) {
        disarm(watch);
    }
    return error;
}

static struct watch *new_watch(struct monitor *monitor, HANDLE target) {
    struct watch *watch = HeapAlloc(GetProcessHeap(), HEAP_ZERO_MEMORY, sizeof *watch);
    if (watch != NULL) {
        watch->monitor = monitor;
        watch->target = target;
    }
    return watch;
}

static void take_out(struct watch **place) {
    struct watch *watch = *place;
    *place = watch->next;
    disarm(watch);
    lc_free(watch);
}

static void remove_watch(struct monitor *monitor, HANDLE target) {
    struct watch **place = place_of(monitor, target);
    if (*place != NULL) {
        take_out(place);
    }
}

static lc_i64 set_watch(struct monitor *monitor, HANDLE target, int is_process, lc_i32 events, lc_u64 token) {
    struct watch **place = place_of(monitor, target);
    if (*place == NULL) {
        *place = new_watch(monitor, target);
    } else {
        disarm(*place);
    }
    if (*place == NULL) {
        return lc_failure(LC_CALL_HEAP_ALLOC, ERROR_NOT_ENOUGH_MEMORY);
    }
    (*place)->token = token;
    lc_i64 error = arm(*place, is_process, events);
    if (error != 0) {
        take_out(place);
    }
    return error;
}

static int are_events(lc_i32 events) {
    return events == LC_CANCEL_FIRED || (events & ~(LC_PIPE_READABLE | LC_PIPE_WRITABLE)) == 0;
}

static int is_watchable(const struct lc_process *process, lc_i64 handle, lc_i32 events) {
    return process != NULL ? lc_is_process(process) && handle == -1 && events == 0
                           : lc_is_handle(handle) && are_events(events);
}

lc_i64 lc_monitor_set(lc_i64 monitor, const struct lc_process *process, lc_i64 handle, lc_i32 events, lc_u64 token) {
    if (!lc_is_monitor(monitor) || !is_watchable(process, handle, events)) {
        return lc_invalid();
    }
    lc_i64 watched = process != NULL ? process->handle : handle;
    if (watched == -1) {
        return token == 0 ? 0 : lc_unsupported();
    }
    struct monitor *of = monitor_of(monitor);
    lc_i64 error = 0;
    AcquireSRWLockExclusive(&of->lock);
    if (token == 0) {
        remove_watch(of, lc_handle(watched));
    } else {
        error = set_watch(of, lc_handle(watched), process != NULL, events, token);
    }
    ReleaseSRWLockExclusive(&of->lock);
    return error;
}

/* Ignores the message of a watch that was removed or replaced, or whose token was returned. */
static lc_i64 take_message(struct monitor *monitor, const OVERLAPPED_ENTRY *message, lc_u64 *token) {
    HANDLE target = (HANDLE) message->lpCompletionKey;
    struct watch *watch = target == NULL ? NULL : *place_of(monitor, target);
    if (watch == NULL || !watch->armed || watch->serial != message->dwNumberOfBytesTransferred) {
        return 0;
    }
    *token = watch->token;
    disarm(watch);
    return 1;
}

/* All pipes that have room, or from time to time all pipes: see lc_has_room(). */
static lc_i64 take_writable(struct monitor *monitor, lc_u64 *tokens, lc_i64 capacity, int blindly) {
    lc_i64 count = 0;
    for (int i = 0; i < BUCKETS && monitor->polled > 0; i++) {
        for (struct watch *watch = monitor->buckets[i]; watch != NULL && count < capacity; watch = watch->next) {
            if (watch->armed && watch->polled && (blindly || lc_has_room(watch->target))) {
                tokens[count++] = watch->token;
                disarm(watch);
            }
        }
    }
    return count;
}

static lc_i64 count_polled(struct monitor *monitor) {
    AcquireSRWLockShared(&monitor->lock);
    lc_i64 count = monitor->polled;
    ReleaseSRWLockShared(&monitor->lock);
    return count;
}

static lc_i64 wait_once(struct monitor *monitor, lc_u64 *tokens, lc_i64 capacity, lc_i64 left, int blindly) {
    OVERLAPPED_ENTRY messages[EVENTS_AT_ONCE];
    ULONG received = 0, room = capacity < EVENTS_AT_ONCE ? (ULONG) capacity : EVENTS_AT_ONCE;
    if (!GetQueuedCompletionStatusEx(monitor->port, messages, room, &received, lc_milliseconds(left), FALSE)) {
        DWORD code = GetLastError();
        if (code != WAIT_TIMEOUT) {
            return lc_failure(LC_CALL_GET_COMPLETION, code);
        }
        received = 0;
    }
    lc_i64 count = 0;
    AcquireSRWLockExclusive(&monitor->lock);
    for (ULONG i = 0; i < received; i++) {
        count += take_message(monitor, &messages[i], &tokens[count]);
    }
    count += take_writable(monitor, tokens + count, capacity - count, blindly);
    ReleaseSRWLockExclusive(&monitor->lock);
    return count;
}

lc_i64 lc_monitor_wait(lc_i64 monitor, lc_u64 *tokens, lc_i64 capacity, lc_i64 timeout_ns) {
    if (!lc_is_monitor(monitor) || tokens == NULL || capacity < 1) {
        return lc_invalid();
    }
    struct monitor *of = monitor_of(monitor);
    lc_i64 deadline = lc_deadline_after(timeout_ns);
    for (lc_i64 pause = first_pause_ns;;) {
        lc_i64 left = lc_time_left(deadline);
        int looking = count_polled(of) > 0;
        int blindly = pause >= longest_pause_ns;
        lc_i64 count = wait_once(of, tokens, capacity, looking ? lc_shorter(pause, left) : left, blindly);
        if (count != 0 || left == 0) {
            return count;
        }
        pause = looking ? lc_shorter(2 * pause, longest_pause_ns) : first_pause_ns;
    }
}

void lc_monitor_close(lc_i64 number) {
    struct monitor *monitor = monitor_of(number);
    for (int i = 0; i < BUCKETS; i++) {
        while (monitor->buckets[i] != NULL) {
            take_out(&monitor->buckets[i]);
        }
    }
    CloseHandle(monitor->port);
    lc_free(monitor);
}
