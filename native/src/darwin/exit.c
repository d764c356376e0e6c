/*
 * exit.c - how a child ended: looked at, and taken off the table.
 *
 * A debugger that attaches to a child becomes its parent until it lets go: waitid says that it is no child of ours,
 * the process table that it was ours before.
 */
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sys/proc.h>

#include "internal.h"

/* How long to let others' children be between looks, and how often at most: a second in all. */
static const long pause_ns = 1000000;
enum { MOST_PAUSES = 1000 };

static long wait_for(lc_i64 pid, siginfo_t *info, int options) {
    long result;
    do {
        info->si_pid = 0;
        result = lc_result(waitid(P_PID, (id_t) pid, info, WEXITED | WNOWAIT | options));
    } while (result == -EINTR);
    return result;
}

/* Fills in the process if a debugger has it now and we had it before. */
static int is_debugged(lc_i64 pid, struct kinfo_proc *found) {
    return lc_process_of(pid, found) == 1 && (found->kp_proc.p_flag & P_TRACED) != 0
           && found->kp_proc.p_oppid == getpid();
}

long lc_look(lc_i64 pid) {
    siginfo_t info;
    struct kinfo_proc found;
    long result = wait_for(pid, &info, WNOHANG);
    if (result == -ECHILD && is_debugged(pid, &found)) {
        return 0;
    }
    return result < 0 ? result : info.si_pid != 0;
}

/* NOTE_EXIT comes before the process is a zombie: from there on the kernel alone has something to do. */
void lc_settle(lc_i64 pid) {
    siginfo_t info;
    struct kinfo_proc found;
    if (wait_for(pid, &info, 0) == 0) {
        return;
    }
    const struct timespec pause = {0, pause_ns};
    for (int i = 0; i < MOST_PAUSES && lc_process_of(pid, &found) == 1 && !lc_is_dead(&found); i++) {
        nanosleep(&pause, NULL);
    }
}

static lc_i64 tell(struct lc_exit *exit, lc_i32 kind, lc_i32 code, lc_i32 core) {
    exit->kind = kind;
    exit->code = code;
    exit->signal = kind == LC_EXIT_SIGNALED ? lc_signal_there(code) : 0;
    exit->core = core;
    exit->reserved = 0;
    return 0;
}

static lc_i64 tell_word(struct lc_exit *exit, int word) {
    if (WIFSIGNALED(word)) {
        return tell(exit, LC_EXIT_SIGNALED, WTERMSIG(word), WCOREDUMP(word) != 0);
    }
    return tell(exit, LC_EXIT_EXITED, WEXITSTATUS(word), 0);
}

/* Not from siginfo_t: before macOS 12 its si_status lacked the number of the signal. */
static lc_i64 tell_zombie(struct lc_exit *exit, lc_i64 pid) {
    struct kinfo_proc found;
    long result = lc_process_of(pid, &found);
    if (result < 0) {
        return lc_failure(LC_CALL_SYSCTL, result);
    }
    return result == 0 ? tell(exit, LC_EXIT_LOST, 0, 0) : tell_word(exit, found.kp_proc.p_xstat);
}

static lc_i64 tell_taken(struct lc_exit *exit, lc_i64 pid) {
    struct kinfo_proc found;
    if (is_debugged(pid, &found)) {
        return tell(exit, lc_is_dead(&found) ? LC_EXIT_HELD : LC_EXIT_RUNNING, 0, 0);
    }
    return tell(exit, LC_EXIT_LOST, 0, 0);
}

static int are_arguments(const struct lc_process *process, const struct lc_exit *exit) {
    return lc_is_process(process) && exit != NULL && exit->size == sizeof *exit;
}

lc_i64 lc_peek(const struct lc_process *process, struct lc_exit *exit) {
    if (!are_arguments(process, exit)) {
        return lc_invalid();
    }
    siginfo_t info;
    long result = wait_for(process->pid, &info, WNOHANG);
    if (result == -ECHILD) {
        return tell_taken(exit, process->pid);
    }
    if (result < 0) {
        return lc_failure(LC_CALL_WAITID, result);
    }
    return info.si_pid == 0 ? tell(exit, LC_EXIT_RUNNING, 0, 0) : tell_zombie(exit, process->pid);
}

lc_i64 lc_reap(const struct lc_process *process, struct lc_exit *exit) {
    if (!are_arguments(process, exit)) {
        return lc_invalid();
    }
    int word = 0;
    long result;
    do {
        result = lc_result(waitpid((pid_t) process->pid, &word, WNOHANG));
    } while (result == -EINTR);
    if (result == -ECHILD) {
        return tell_taken(exit, process->pid);
    }
    if (result < 0) {
        return lc_failure(LC_CALL_WAITID, result);
    }
    return result == 0 ? tell(exit, LC_EXIT_RUNNING, 0, 0) : tell_word(exit, word);
}

/* There is nothing to close: a process is known by its number alone. */
lc_i64 lc_release(const struct lc_process *process) {
    return lc_is_process(process) ? 0 : lc_invalid();
}
