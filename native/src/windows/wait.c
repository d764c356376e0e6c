/*
 * wait.c - the long waits, and the handle that cancels them: an event that stays signalled until it is reset.
 *
 * Nothing is consumed, and so a second waiter sees the same. The clock of WaitForMultipleObjects ticks 64 times a
 * second; for shorter waits than a few ticks a timer of high resolution (Windows 10 1803) is among the handles.
 */
#include "internal.h"

#ifndef CREATE_WAITABLE_TIMER_HIGH_RESOLUTION
#define CREATE_WAITABLE_TIMER_HIGH_RESOLUTION 0x00000002
#endif

enum { MOST_HANDLES = 4, TIMER_TICK_NS = 100 };

static const lc_i64 few_ticks_ns = 50000000;
static const lc_i64 first_pause_ns = 500000;
static const lc_i64 longest_pause_ns = 20000000;

/* After this a pipe is said to be writable, without anybody having said so: see lc_has_room(). */
static const lc_i64 blind_ns = 50000000;

/* A timer that could not be made is no loss but of precision. */
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

DWORD lc_wait_some(const HANDLE *handles, DWORD count, lc_i64 left) {
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

/* What one wait is for. */
struct waiting {
    HANDLE handles[MOST_HANDLES];
    lc_i64 meanings[MOST_HANDLES]; /* LC_WAIT_* of each handle */
    DWORD count;
    HANDLE writable; /* a pipe that is looked at, NULL: none */
};

static void add(struct waiting *waiting, HANDLE handle, lc_i64 meaning) {
    waiting->handles[waiting->count] = handle;
    waiting->meanings[waiting->count++] = meaning;
}

static lc_i64 what_is_signalled(const struct waiting *waiting) {
    lc_i64 seen = 0;
    for (DWORD i = 0; i < waiting->count; i++) {
        if (WaitForSingleObject(waiting->handles[i], 0) == WAIT_OBJECT_0) {
            seen |= waiting->meanings[i];
        }
    }
    return seen;
}

static lc_i64 shorter(lc_i64 one, lc_i64 other) {
    return one < other ? one : other;
}

/*
 * Until something is seen or the deadline has come, which is looked at last: what happens with it counts. A pipe to
 * write is looked at between sleeps of 0.5 doubling to 20 ms, after the first of them, because the caller has just
 * found it full.
 */
static lc_i64 wait_until(const struct waiting *waiting, lc_i64 deadline) {
    lc_i64 blind_until = lc_deadline_after(blind_ns);
    for (lc_i64 pause = first_pause_ns;; pause = shorter(2 * pause, longest_pause_ns)) {
        lc_i64 left = lc_time_left(deadline);
        int looking = waiting->writable != NULL;
        DWORD code = lc_wait_some(waiting->handles, waiting->count, looking ? shorter(pause, left) : left);
        if (code != 0) {
            return lc_failure(LC_CALL_WAIT_FOR_MULTIPLE_OBJECTS, code);
        }
        lc_i64 seen = what_is_signalled(waiting);
        if (looking && (lc_has_room(waiting->writable) || lc_time_left(blind_until) == 0)) {
            seen |= LC_WAIT_PIPE;
        }
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
    /* A pipe that cannot be waited for is ready: the next read tells why. */
    if (lc_start_reading(pipe, &read) != 0) {
        SetEvent(read.io.hEvent);
    }
    add(waiting, read.io.hEvent, LC_WAIT_PIPE);
    lc_i64 seen = wait_until(waiting, deadline);
    lc_stop_reading(pipe, &read);
    CloseHandle(read.io.hEvent);
    return seen;
}

lc_i64 lc_wait(const struct lc_process *process, lc_i64 cancel, lc_i64 pipe, lc_i32 events, lc_i64 timeout_ns) {
    if ((process != NULL && !lc_is_process(process)) || !lc_is_absent_or_handle(cancel)
        || !lc_is_absent_or_handle(pipe) || (events & ~(LC_PIPE_READABLE | LC_PIPE_WRITABLE)) != 0) {
        return lc_invalid();
    }
    lc_i64 deadline = lc_deadline_after(timeout_ns);
    struct waiting waiting = {.count = 0};
    if (process != NULL) {
        add(&waiting, lc_handle(process->handle), LC_WAIT_EXITED);
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

static int are_members(const struct lc_member *members, lc_i64 count) {
    if (count < 0 || (count > 0 && members == NULL)) {
        return 0;
    }
    for (lc_i64 i = 0; i < count; i++) {
        const struct lc_member *member = &members[i];
        if (member->size != sizeof *member || member->pid <= 0 || !lc_is_absent_or_handle(member->handle)) {
            return 0;
        }
    }
    return 1;
}

/* One that may not be opened is there; so is one of its number that was started since, until the next look. */
static int is_there(const struct lc_member *member) {
    HANDLE process = OpenProcess(SYNCHRONIZE, FALSE, (DWORD) member->pid);
    if (process == NULL) {
        return GetLastError() == ERROR_ACCESS_DENIED;
    }
    int exited = lc_has_exited(process);
    CloseHandle(process);
    return !exited;
}

static lc_i64 wait_looking(const struct waiting *waiting, const struct lc_member *member, lc_i64 deadline) {
    for (lc_i64 pause = first_pause_ns;; pause = shorter(2 * pause, longest_pause_ns)) {
        if (!is_there(member)) {
            return what_is_signalled(waiting) | LC_WAIT_EXITED;
        }
        lc_i64 left = lc_time_left(deadline);
        lc_i64 seen = wait_until(waiting, lc_deadline_after(shorter(pause, left)));
        if (seen != 0 || left == 0) {
            return seen;
        }
    }
}

static lc_i64 wait_for_member(const struct lc_member *member, lc_i64 cancel, lc_i64 deadline) {
    struct waiting waiting = {.count = 0};
    if (cancel != -1) {
        add(&waiting, lc_handle(cancel), LC_WAIT_CANCELLED);
    }
    if (member->handle == -1) {
        return wait_looking(&waiting, member, deadline);
    }
    add(&waiting, lc_handle(member->handle), LC_WAIT_EXITED);
    return wait_until(&waiting, deadline);
}

/* One after the other: the last exit is no earlier that way and no later, and the 64 handles of one wait suffice. */
lc_i64 lc_wait_members(const struct lc_member *members, lc_i64 count, lc_i64 cancel, lc_i64 timeout_ns) {
    if (!are_members(members, count) || !lc_is_absent_or_handle(cancel)) {
        return lc_invalid();
    }
    lc_i64 deadline = lc_deadline_after(timeout_ns);
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
    HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
    return event == NULL ? lc_failure(LC_CALL_CREATE_EVENT, GetLastError()) : lc_number(event);
}

lc_i64 lc_cancel_fire(lc_i64 cancel) {
    if (lc_is_handle(cancel) && SetEvent(lc_handle(cancel))) {
        return 0;
    }
    return lc_failure(LC_CALL_SET_EVENT, lc_is_handle(cancel) ? GetLastError() : ERROR_INVALID_HANDLE);
}

lc_i64 lc_cancel_drain(lc_i64 cancel) {
    if (lc_is_handle(cancel) && ResetEvent(lc_handle(cancel))) {
        return 0;
    }
    return lc_failure(LC_CALL_RESET_EVENT, lc_is_handle(cancel) ? GetLastError() : ERROR_INVALID_HANDLE);
}
