/*
 * exit.c - how a child ended: looks and reaps.
 *
 * A debugger that attaches to a child becomes its parent until it detaches: meanwhile waitid says that it is not our
 * child, but the process table still has this process as its original parent.
 *
 * A `long` is a system call's result; an lc_i64 is the contract's.
 */
#include <sys/wait.h>
#include <unistd.h>

#include <sys/proc.h>

#include "internal.h"

/* WNOHANG leaves si_pid at 0 when there is nothing to report. */
static long wait_without_blocking(idtype_t type, lc_i64 pid, siginfo_t *info) {
    long result;
    do {
        info->si_pid = 0;
        result = lc_result(waitid(type, (id_t) pid, info, WEXITED | WNOHANG | WNOWAIT));
    } while (result == -EINTR);
    return result;
}

/* Returns the pid of the process that was reaped, or 0. */
static long reap_without_blocking(lc_i64 pid, int *status) {
    long result;
    do {
        result = lc_result(waitpid((pid_t) pid, status, WNOHANG));
    } while (result == -EINTR);
    return result;
}

/* Fills in the process if a debugger is its parent now, and this process was before. */
static int is_debugged(lc_i64 pid, struct kinfo_proc *found) {
    return lc_process_of(pid, found) == 1 && (found->kp_proc.p_flag & P_TRACED) != 0
           && found->kp_proc.p_oppid == getpid();
}

long lc_has_exited(const struct lc_process *process) {
    siginfo_t info;
    struct kinfo_proc found;
    long result = wait_without_blocking(P_PID, process->pid, &info);
    if (result == -ECHILD && is_debugged(process->pid, &found)) {
        return 0;
    }
    return result < 0 ? result : info.si_pid != 0;
}

long lc_is_dead_or_absent(lc_i64 pid) {
    siginfo_t info;
    struct kinfo_proc found;
    long result = wait_without_blocking(P_PID, pid, &info);
    if (result != -ECHILD) {
        return result < 0 ? result : info.si_pid != 0;
    }
    result = lc_process_of(pid, &found);
    return result < 0 ? result : result == 0 || lc_is_dead(&found);
}

lc_i64 lc_any_exit(void) {
    siginfo_t info;
    long result = wait_without_blocking(P_ALL, 0, &info);
    if (result < 0) {
        return result == -ECHILD ? 0 : lc_failure(LC_CALL_WAITID, result);
    }
    return info.si_pid != 0;
}

static void fill_exit(struct lc_process *process, lc_i32 kind, lc_i32 code, lc_i32 core) {
    process->kind = kind;
    process->code = code;
    process->exit_signal = kind == LC_EXIT_SIGNALED ? lc_contract_signal(code) : 0;
    process->core = core;
}

static void fill_exit_from_status(struct lc_process *process, int status) {
    if (WIFSIGNALED(status)) {
        fill_exit(process, LC_EXIT_SIGNALED, WTERMSIG(status), WCOREDUMP(status) != 0);
    } else {
        fill_exit(process, LC_EXIT_EXITED, WEXITSTATUS(status), 0);
    }
}

/* It is not our child: a debugger is its parent for now, or another waiter has reaped it. */
static void fill_exit_of_no_child(struct lc_process *process) {
    struct kinfo_proc found;
    if (!is_debugged(process->pid, &found)) {
        fill_exit(process, LC_EXIT_LOST, 0, 0);
        process->reaped = 1;
    } else if (lc_is_dead(&found)) {
        process->kind = LC_EXIT_HELD;
    }
}

/* Not from siginfo_t: before macOS 12 its si_status lacked the number of the signal. */
static lc_i64 fill_exit_of_zombie(struct lc_process *process) {
    struct kinfo_proc found;
    long result = lc_process_of(process->pid, &found);
    if (result < 0) {
        return lc_failure(LC_CALL_SYSCTL, result);
    }
    if (result == 0) {
        fill_exit_of_no_child(process);
    } else {
        fill_exit_from_status(process, found.kp_proc.p_xstat);
    }
    return 0;
}

static lc_i64 look_only(struct lc_process *process) {
    siginfo_t info;
    long result = wait_without_blocking(P_PID, process->pid, &info);
    if (result == -ECHILD) {
        fill_exit_of_no_child(process);
    } else if (result < 0) {
        return lc_failure(LC_CALL_WAITID, result);
    } else if (info.si_pid != 0) {
        return fill_exit_of_zombie(process);
    }
    return 0;
}

static lc_i64 reap(struct lc_process *process) {
    int status = 0;
    long result = reap_without_blocking(process->pid, &status);
    if (result == -ECHILD) {
        fill_exit_of_no_child(process);
    } else if (result < 0) {
        return lc_failure(LC_CALL_WAITID, result);
    } else if (result > 0) {
        fill_exit_from_status(process, status);
        process->reaped = 1;
    }
    return 0;
}

/* Its status is known, so the reap ignores it. */
static lc_i64 reap_known(struct lc_process *process) {
    int status;
    long result = reap_without_blocking(process->pid, &status);
    if (result < 0 && result != -ECHILD) {
        return lc_failure(LC_CALL_WAITID, result);
    }
    process->reaped = result != 0;
    return 0;
}

lc_i64 lc_look(struct lc_process *process) {
    int reaps = (process->act & LC_ACT_REAP) != 0;
    if (lc_exit_is_known(process)) {
        return reaps && !process->reaped ? reap_known(process) : 0;
    }
    return reaps ? reap(process) : look_only(process);
}
