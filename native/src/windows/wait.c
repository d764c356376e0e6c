/*
 * wait.c - the long waits, and the handle that cancels them: an event that stays signalled until it is reset.
 *
 * Nothing is consumed, so a second waiter sees the same. The clock of WaitForMultipleObjects ticks 64 times a second:
 * for waits of a few ticks or less there is a high-resolution timer (Windows 10 1803) among the handles.
 *
 * Only pid and handle of a process are read, because lc_act() may be using the rest.
 */
#include "internal.h"

#ifndef CREATE_WAITABLE_TIMER_HIGH_RESOLUTION
#define CREATE_WAITABLE_TIMER_HIGH_RESOLUTION 0x00000002
#endif

enum { MOST_HANDLES = 4, TIMER_TICK_NS = 100 };

static const lc_i64 few_ticks_ns = 50000000;
static const lc_i64 first_pause_ns = 500000;
static const lc_i64 longest_pause_ns = 20000000;

/* After this time a pipe counts as writable in any case: see lc_has_room(). */
static const lc_i64 blind_ns = 50000000;

/* Without a timer the wait is only less precise. */
static HANDLE start_timer(lc_i64 left) {
    HANDLE timer = CreateWaitableTimerExW(NULL, NULL, CREATE_WAITABLE_TIMER_HIGH_RESOLUTION,
                                          SYNCHRONIZE | TIMER_MODIFY_STATE);
    LARGE_INTEGER relative = {.QuadPart = -(left / TIMER_TICK_NS)};
    if (timer != NULL && !SetWaitableTimer(timer, &relative, 0, NULL, NULL, FALSE)) {
        CloseHandle(timer);
        return NULL;
    }
    return timer;
}

/* Waits until one of these is signalled, at most `left` nanoseconds, or a little less; 0 or a code. */
static DWORD wait_some(const HANDLE *handles, DWORD count, lc_i64 left) {
    HANDLE all[MOST_HANDLES + 1];
    HANDLE timer = left > 0 && left < few_ticks_ns ? start_timer(left) : NULL;
    for (DWORD i = 0; i < count; i++) {
        all[i] = handles[i];
    }
    if (timer != NULL) {
        all[count++] = timer;
    }
    DWORD code = 0;
    if (count == 0) {
        SleepEx(lc_milliseconds(left), FALSE);
    } else if (WaitForMultipleObjects(count, all, FALSE, lc_milliseconds(left)) == WAIT_FAILED) {
        code = GetLastError();
    }
    if (timer != NULL) {
        CloseHandle(timer);
    }
    return code;
}

/* What the wait waits for. */
struct waiting {
    HANDLE handles[MOST_HANDLES];
    lc_i64 meanings[MOST_HANDLES]; /* LC_WAIT_* of each handle */
    DWORD count;
    HANDLE writable; /* a pipe that is polled, NULL: none */
    DWORD pid;       /* a process that is polled by its pid, 0: none */
};

static void add(struct waiting *waiting, HANDLE handle, lc_i64 meaning) {
    waiting->handles[waiting->count] = handle;
    waiting->meanings[waiting->count++] = meaning;
}

static lc_i64 find_signalled(const struct waiting *waiting) {
    lc_i64 seen = 0;
    for (DWORD i = 0; i < waiting->count; i++) {
        if (WaitForSingleObject(waiting->handles[i], 0) == WAIT_OBJECT_0) {
            seen |= waiting->meanings[i];
        }
    }
    return seen;
}

/* A process that cannot be opened counts as alive, unless no process has the pid. */
static int is_alive(DWORD pid) {
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, pid);
    if (process == NULL) {
        return GetLastError() != ERROR_INVALID_PARAMETER;
    }
    int exited = lc_has_exited(process);
    CloseHandle(process);
    return !exited;
}

static int is_polling(const struct waiting *waiting) {
    return waiting->writable != NULL || waiting->pid != 0;
}

static lc_i64 poll(const struct waiting *waiting, lc_i64 blind_until) {
    lc_i64 seen = 0;
    if (waiting->writable != NULL && (lc_has_room(waiting->writable) || lc_time_left(blind_until) == 0)) {
        seen |= LC_WAIT_PIPE;
    }
    if (waiting->pid != 0 && !is_alive(waiting->pid)) {
        seen |= LC_WAIT_EXITED;
    }
    return seen;
}

/*
 * Until an event is seen or the deadline has passed; an event at the deadline counts. Pipes to write and processes by
 * pid are polled between sleeps of 0.5 ms, doubled up to 20 ms; the sleep comes first, because the caller has just
 * found the pipe full.
 */
static lc_i64 wait_until(const struct waiting *waiting, lc_i64 deadline) {
    lc_i64 blind_until = lc_deadline_after(blind_ns);
    for (lc_i64 pause = first_pause_ns;; pause = lc_shorter(2 * pause, longest_pause_ns)) {
        lc_i64 left = lc_time_left(deadline);
        lc_i64 time = is_polling(waiting) ? lc_shorter(pause, left) : left;
        DWORD code = wait_some(waiting->handles, waiting->count, time);
        if (code != 0) {
            return lc_failure(LC_CALL_WAIT_FOR_MULTIPLE_OBJECTS, code);
        }
        lc_i64 seen = find_signalled(waiting) | poll(waiting, blind_until);
        if (seen != 0 || left == 0) {
            return seen;
        }
    }
}

static lc_i64 wait_reading(struct waiting *waiting, HANDLE pipe, lc_i64 deadline) {
    struct lc_pending read = {.io = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)}};
    if (read.io.hEvent == NULL) {
        return lc_failure(LC_CALL_CREATE_EVENT, GetLastError());
    }
    /* A pipe that cannot be waited for counts as ready: the next read returns the error. */
    if (lc_start_reading(pipe, &read) != 0) {
        SetEvent(read.io.hEvent);
    }
    add(waiting, read.io.hEvent, LC_WAIT_PIPE);
    lc_i64 seen = wait_until(waiting, deadline);
    lc_stop_reading(pipe, &read);
    CloseHandle(read.io.hEvent);
    return seen;
}

static void add_process(struct waiting *waiting, const struct lc_process *process) {
    if (process->handle == -1) {
        waiting->pid = (DWORD) process->pid;
    } else {
        add(waiting, lc_handle(process->handle), LC_WAIT_EXITED);
    }
}

lc_i64 lc_wait(const struct lc_process *process, lc_i64 cancel, lc_i64 pipe, lc_i32 events, lc_i64 timeout_ns) {
    if ((process != NULL && !lc_is_waitable(process)) || !lc_is_handle_or_absent(cancel)
        || !lc_is_handle_or_absent(pipe) || (events & ~(LC_PIPE_READABLE | LC_PIPE_WRITABLE)) != 0) {
        return lc_invalid();
    }
    lc_i64 deadline = lc_deadline_after(timeout_ns);
    struct waiting waiting = {.count = 0};
    if (process != NULL) {
        add_process(&waiting, process);
    }
    if (cancel != -1) {
        add(&waiting, lc_handle(cancel), LC_WAIT_CANCELLED);
    }
    if (pipe != -1 && (events & LC_PIPE_WRITABLE) != 0) {
        waiting.writable = lc_handle(pipe);
    }
    return pipe != -1 && (events & LC_PIPE_READABLE) != 0 ? wait_reading(&waiting, lc_handle(pipe), deadline)
                                                          : wait_until(&waiting, deadline);
}

lc_i64 lc_cancel_open(void) {
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    return event == NULL ? lc_failure(LC_CALL_CREATE_EVENT, GetLastError()) : lc_number(event);
}

lc_i64 lc_cancel(lc_i64 cancel, lc_i32 what) {
    if (what != LC_CANCEL_FIRE && what != LC_CANCEL_DRAIN) {
        return lc_invalid();
    }
    int call = what == LC_CANCEL_FIRE ? LC_CALL_SET_EVENT : LC_CALL_RESET_EVENT;
    if (!lc_is_handle(cancel)) {
        return lc_failure(call, ERROR_INVALID_HANDLE);
    }
    HANDLE event = lc_handle(cancel);
    BOOL done = what == LC_CANCEL_FIRE ? SetEvent(event) : ResetEvent(event);
    return done ? 0 : lc_failure(call, GetLastError());
}
