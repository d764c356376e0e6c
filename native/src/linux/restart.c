/*
 * restart.c - system calls that are resumed after a signal.
 *
 * Results are the kernel's: zero or more, or -errno.
 */
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <linux/time.h>
#include <linux/time_types.h>

#include "internal.h"

static const long second_ns = 1000000000;

long lc_open_file(const char *path, int flags) {
    long result;
    do {
        result = sys_open(path, flags | O_CLOEXEC, 0);
    } while (result == -EINTR);
    return result;
}

long lc_read_some(lc_i64 handle, void *buffer, lc_i64 length) {
    long result;
    do {
        result = sys_read(handle, buffer, length);
    } while (result == -EINTR);
    return result;
}

/* WNOHANG leaves pid at 0 when there is nothing to report. */
long lc_waitid(int type, lc_i64 id, struct lc_siginfo *info, int options) {
    long result;
    do {
        info->pid = 0;
        result = sys_waitid(type, id, info, options);
    } while (result == -EINTR);
    return result;
}

static long now(void) {
    struct __kernel_timespec time;
    long result = sys_clock_gettime(CLOCK_MONOTONIC, &time);
    return result < 0 ? result : (long) time.tv_sec * second_ns + (long) time.tv_nsec;
}

long lc_deadline_after(lc_i64 timeout_ns) {
    if (timeout_ns < 0) {
        return LC_FOREVER;
    }
    long start = now();
    if (start < 0) {
        return start;
    }
    return timeout_ns < LC_FOREVER - start ? start + (long) timeout_ns : LC_FOREVER;
}

long lc_time_left(long deadline) {
    if (deadline == LC_FOREVER) {
        return deadline;
    }
    long at = now();
    if (at < 0) {
        return at;
    }
    return at < deadline ? deadline - at : 0;
}

static long poll_until(struct pollfd *entries, unsigned count, long deadline) {
    for (;;) {
        long left = lc_time_left(deadline);
        if (left < 0) {
            return left;
        }
        struct __kernel_timespec time = {.tv_sec = left / second_ns, .tv_nsec = left % second_ns};
        long result = sys_ppoll(entries, count, &time);
        if (result != -EINTR) {
            return result;
        }
    }
}

static int are_equal(const struct __kernel_timespec *one, const struct __kernel_timespec *other) {
    return one->tv_sec == other->tv_sec && one->tv_nsec == other->tv_nsec;
}

/*
 * When a signal interrupts ppoll(), the kernel writes the remaining time, so no clock is needed. qemu-user does not: so
 * after the first interruption the clock is used there.
 */
static long poll_for(struct pollfd *entries, unsigned count, lc_i64 timeout_ns) {
    struct __kernel_timespec left = {.tv_sec = timeout_ns / second_ns, .tv_nsec = timeout_ns % second_ns};
    for (;;) {
        struct __kernel_timespec before = left;
        long result = sys_ppoll(entries, count, &left);
        if (result != -EINTR) {
            return result;
        }
        if (are_equal(&before, &left)) {
            long deadline = lc_deadline_after(timeout_ns);
            return deadline < 0 ? deadline : poll_until(entries, count, deadline);
        }
    }
}

long lc_poll(struct pollfd *entries, unsigned count, lc_i64 timeout_ns) {
    long result;
    if (timeout_ns >= 0) {
        return poll_for(entries, count, timeout_ns);
    }
    do {
        result = sys_ppoll(entries, count, NULL);
    } while (result == -EINTR);
    return result;
}
