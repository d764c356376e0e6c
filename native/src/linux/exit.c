/*
 * exit.c - how a child ended: looked at, and reaped.
 *
 * The status may not be available. Another waiter of this process (a waitpid(-1) in another library) may have reaped
 * the child: from Linux 6.15 on the pidfd still has the status, before that it is lost. A tracer keeps a zombie from
 * its parent until it has seen the exit itself: then the pidfd is readable while waitid() reports nothing. For a
 * process that is not our child the pidfd has the status when the parent has reaped it.
 */
#include <asm/ioctl.h>
#include <asm/poll.h>
#include <linux/prctl.h>
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
    return sys_ioctl(pidfd, PIDFD_GET_INFO, info);
}

static long wait_without_blocking(const struct lc_process *process, struct lc_siginfo *info, int options) {
    int by_pidfd = process->handle >= 0;
    return lc_waitid(by_pidfd ? P_PIDFD : P_PID, by_pidfd ? process->handle : process->pid, info,
                     WEXITED | WNOHANG | options);
}

/* One that is not our child runs until its pidfd is readable. */
long lc_has_exited(const struct lc_process *process) {
    struct lc_siginfo info;
    long result = wait_without_blocking(process, &info, WNOWAIT);
    if (result == -ECHILD && process->handle >= 0 && !lc_pidfd_readable(process->handle)) {
        return 0;
    }
    return result < 0 ? result : info.pid != 0;
}

int lc_adopts_orphans(void) {
    int is_subreaper = 0;
    return sys_getpid() == 1 || (sys_prctl(PR_GET_CHILD_SUBREAPER, (long) &is_subreaper) == 0 && is_subreaper);
}

lc_i64 lc_any_exit(void) {
    struct lc_siginfo info;
    long result = lc_waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT);
    if (result < 0) {
        return result == -ECHILD ? 0 : lc_failure(LC_CALL_WAITID, result);
    }
    return info.pid != 0;
}

int lc_pidfd_readable(lc_i64 pidfd) {
    struct pollfd entry = {.fd = (int) pidfd, .events = POLLIN};
    return lc_poll(&entry, 1, 0) > 0 && (entry.revents & POLLNVAL) == 0;
}

/* The numbers are the same here; libc keeps 32 and 33 for itself. */
static lc_i32 contract_signal(lc_i32 signal) {
    return (signal >= LC_SIGHUP && signal <= LC_SIGSYS) || (signal >= LC_SIGRTMIN && signal <= LC_SIGRTMAX) ? signal
                                                                                                            : 0;
}

static void fill_exit(struct lc_process *process, lc_i32 kind, lc_i32 code, lc_i32 core) {
    process->kind = kind;
    process->code = code;
    process->exit_signal = kind == LC_EXIT_SIGNALED ? contract_signal(code) : 0;
    process->core = core;
}

static void fill_exit_from_siginfo(struct lc_process *process, const struct lc_siginfo *info) {
    if (info->code == LC_CLD_EXITED) {
        fill_exit(process, LC_EXIT_EXITED, info->status, 0);
    } else {
        fill_exit(process, LC_EXIT_SIGNALED, info->status, info->code == LC_CLD_DUMPED);
    }
}

/* The status of wait(2): 7 bits of signal and the core flag, or the exit code in the second byte. */
static void fill_exit_from_status(struct lc_process *process, lc_i32 status) {
    if ((status & 0x7f) == 0) {
        fill_exit(process, LC_EXIT_EXITED, status >> 8 & 0xff, 0);
    } else {
        fill_exit(process, LC_EXIT_SIGNALED, status & 0x7f, (status & 0x80) != 0);
    }
}

static int pidfd_has_status(const struct lc_process *process, struct lc_pidfd_info *info) {
    return process->handle >= 0 && (lc_features() & LC_FEATURE_PIDFD_INFO) != 0
           && lc_pidfd_info(process->handle, LC_PIDFD_INFO_EXIT, info) == 0
           && (info->mask & LC_PIDFD_INFO_EXIT) != 0;
}

/*
 * It is not our child: reaped by another waiter, or the child of another process, which may still run or may not be
 * reaped.
 */
static void fill_exit_of_no_child(struct lc_process *process) {
    struct lc_pidfd_info info;
    if (pidfd_has_status(process, &info)) {
        fill_exit_from_status(process, info.exit_code);
    } else if (process->handle >= 0 && !lc_pidfd_readable(process->handle)) {
        return;
    } else if (process->handle >= 0 && (lc_features() & LC_FEATURE_PIDFD_INFO) != 0) {
        process->kind = LC_EXIT_HELD;
        return;
    } else {
        fill_exit(process, LC_EXIT_LOST, 0, 0);
    }
    process->reaped = 1;
}

/* If the same call sends a signal, this is not checked: a signal does not harm a zombie. */
static int pidfd_shows_exit(const struct lc_process *process) {
    return process->kind == LC_EXIT_RUNNING && (process->act & LC_ACT_SIGNAL) == 0 && process->handle >= 0
           && lc_pidfd_readable(process->handle);
}

/* Its status is known, so the reap ignores it. */
static lc_i64 reap_known(struct lc_process *process) {
    struct lc_siginfo info;
    long result = wait_without_blocking(process, &info, 0);
    if (result < 0 && result != -ECHILD) {
        return lc_failure(LC_CALL_WAITID, result);
    }
    process->reaped = result == -ECHILD || info.pid != 0;
    return 0;
}

lc_i64 lc_look(struct lc_process *process) {
    int reaps = (process->act & LC_ACT_REAP) != 0;
    if (lc_exit_is_known(process)) {
        return reaps && !process->reaped ? reap_known(process) : 0;
    }
    int options = reaps ? 0 : WNOWAIT;
    struct lc_siginfo info;
    long result = wait_without_blocking(process, &info, options);
    int has_exited = result == 0 && info.pid == 0 && pidfd_shows_exit(process);
    if (has_exited) { /* waitid() reports it now if it was still running at the first call; else its status is held */
        result = wait_without_blocking(process, &info, options);
    }
    if (result == -ECHILD) {
        fill_exit_of_no_child(process);
    } else if (result < 0) {
        return lc_failure(LC_CALL_WAITID, result);
    } else if (info.pid != 0) {
        fill_exit_from_siginfo(process, &info);
        process->reaped = reaps;
    } else if (has_exited) {
        process->kind = LC_EXIT_HELD;
    }
    return 0;
}
