/*
 * exit.c - how a child ended: looked at, and taken off the table.
 *
 * Two things can be between us and the status. Another waiter of this process (a waitpid(-1) in some other library)
 * may have taken it: from Linux 6.15 the pidfd still knows it, before that it is lost. A tracer keeps a zombie from
 * its parent until it has seen the exit itself: the pidfd, readable, says that it has exited, and waitid asked after
 * that says nothing.
 */
#include <asm/ioctl.h>
#include <asm/poll.h>
#include <linux/wait.h>

#include "internal.h"

_Static_assert(sizeof(struct lc_siginfo) == 128, "siginfo_t");
_Static_assert(offsetof(struct lc_siginfo, pid) == 16, "si_pid");
_Static_assert(offsetof(struct lc_siginfo, status) == 24, "si_status");
_Static_assert(sizeof(struct lc_pidfd_info) == 64, "PIDFD_INFO_SIZE_VER0");
_Static_assert(offsetof(struct lc_pidfd_info, exit_code) == 60, "pidfd_info.exit_code");

#define PIDFD_GET_INFO _IOWR(0xFF, 11, struct lc_pidfd_info)

long lc_pidfd_info(lc_i64 pidfd, lc_u64 mask, struct lc_pidfd_info *info) {
    *info = (struct lc_pidfd_info){.mask = mask};
    return LC_SYS(__NR_ioctl, pidfd, PIDFD_GET_INFO, info);
}

/* WNOHANG leaves pid at 0 when there is nothing to tell. */
long lc_waitid(int type, lc_i64 id, struct lc_siginfo *info, int options) {
    long result;
    do {
        info->pid = 0;
        result = LC_SYS(__NR_waitid, type, id, info, options, 0);
    } while (result == -EINTR);
    return result;
}

static long ask(const struct lc_process *process, struct lc_siginfo *info, int options) {
    int by_pidfd = process->handle >= 0;
    return lc_waitid(by_pidfd ? P_PIDFD : P_PID, by_pidfd ? process->handle : process->pid, info,
                     WEXITED | WNOHANG | options);
}

long lc_look(const struct lc_process *process) {
    struct lc_siginfo info;
    long result = ask(process, &info, WNOWAIT);
    return result < 0 ? result : info.pid != 0;
}

int lc_pidfd_fired(lc_i64 pidfd) {
    struct pollfd entry = {.fd = (int) pidfd, .events = POLLIN};
    return lc_poll(&entry, 1, 0) > 0 && (entry.revents & POLLNVAL) == 0;
}

/* 1: it has exited, 0: it runs, less than 0: its pidfd does not tell. */
static long fired(const struct lc_process *process) {
    struct pollfd entry = {.fd = (int) process->handle, .events = POLLIN};
    long result = process->handle < 0 ? -EBADF : lc_poll(&entry, 1, 0);
    return result > 0 && (entry.revents & POLLNVAL) != 0 ? -EBADF : result;
}

/* The numbers are the same here. 32 and 33 are the C library's own, and have no name. */
static lc_i32 contract_signal(lc_i32 signal) {
    return signal == 32 || signal == 33 ? 0 : signal;
}

static lc_i64 tell(struct lc_exit *exit, lc_i32 kind, lc_i32 code, lc_i32 core) {
    exit->kind = kind;
    exit->code = code;
    exit->signal = kind == LC_EXIT_SIGNALED ? contract_signal(code) : 0;
    exit->core = core;
    exit->reserved = 0;
    return 0;
}

static lc_i64 tell_siginfo(struct lc_exit *exit, const struct lc_siginfo *info) {
    if (info->code == LC_CLD_EXITED) {
        return tell(exit, LC_EXIT_EXITED, info->status, 0);
    }
    return tell(exit, LC_EXIT_SIGNALED, info->status, info->code == LC_CLD_DUMPED);
}

/* The word of wait(2): 7 bits of signal and the core flag, or the exit code in the second byte. */
static lc_i64 tell_wait_word(struct lc_exit *exit, lc_i32 word) {
    if ((word & 0x7f) == 0) {
        return tell(exit, LC_EXIT_EXITED, word >> 8 & 0xff, 0);
    }
    return tell(exit, LC_EXIT_SIGNALED, word & 0x7f, (word & 0x80) != 0);
}

static lc_i64 tell_taken(struct lc_exit *exit, const struct lc_process *process) {
    struct lc_pidfd_info info;
    if (process->handle >= 0 && (lc_features() & LC_FEATURE_PIDFD_INFO) != 0
        && lc_pidfd_info(process->handle, LC_PIDFD_INFO_EXIT, &info) == 0 && (info.mask & LC_PIDFD_INFO_EXIT) != 0) {
        return tell_wait_word(exit, info.exit_code);
    }
    return tell(exit, LC_EXIT_LOST, 0, 0);
}

static lc_i64 collect(const struct lc_process *process, struct lc_exit *exit, int options) {
    if (!lc_is_process(process) || exit == NULL || exit->size != sizeof *exit) {
        return lc_invalid();
    }
    long exited = fired(process);
    if (exited == 0) {
        return tell(exit, LC_EXIT_RUNNING, 0, 0);
    }
    struct lc_siginfo info;
    long result = ask(process, &info, options);
    if (result == -ECHILD) {
        return tell_taken(exit, process);
    }
    if (result < 0) {
        return lc_failure(LC_CALL_WAITID, result);
    }
    if (info.pid != 0) {
        return tell_siginfo(exit, &info);
    }
    return tell(exit, exited > 0 ? LC_EXIT_HELD : LC_EXIT_RUNNING, 0, 0);
}

lc_i64 lc_peek(const struct lc_process *process, struct lc_exit *exit) {
    return collect(process, exit, WNOWAIT);
}

lc_i64 lc_reap(const struct lc_process *process, struct lc_exit *exit) {
    return collect(process, exit, 0);
}

lc_i64 lc_release(const struct lc_process *process) {
    if (!lc_is_process(process)) {
        return lc_invalid();
    }
    return process->handle < 0 ? 0 : lc_close(process->handle);
}
