/*
 * job_control.c - what a program between a shell and one command needs: the signals that it receives, with their
 * senders, the terminal, stopped children and orphans.
 *
 * A JVM can catch some of these signals, and passes on neither the sender nor the code. So the handler is here. It only
 * writes what it receives to a pipe.
 */
#include <asm/ioctls.h>
#include <asm/signal.h>
#include <linux/prctl.h>
#include <linux/wait.h>

#include "arch.h"
#include "internal.h"

/* For the handler. Written once, before the first handler is installed. */
static int written_to = -1;

/*
 * The signals to pass on to the command. Not those that mean a failure of this program (SIGSEGV and the like, SIGPIPE,
 * the limits), which a JVM handles itself, nor those that cannot be caught.
 */
static const lc_u64 caught =
    1ULL << (SIGHUP - 1) | 1ULL << (SIGINT - 1) | 1ULL << (SIGQUIT - 1) | 1ULL << (SIGUSR1 - 1) | 1ULL << (SIGUSR2 - 1)
    | 1ULL << (SIGALRM - 1) | 1ULL << (SIGTERM - 1) | 1ULL << (SIGCHLD - 1) | 1ULL << (SIGCONT - 1)
    | 1ULL << (SIGTSTP - 1) | 1ULL << (SIGURG - 1) | 1ULL << (SIGVTALRM - 1) | 1ULL << (SIGPROF - 1)
    | 1ULL << (SIGWINCH - 1) | 1ULL << (SIGIO - 1) | 1ULL << (SIGPWR - 1) | 1ULL << (SIGSTKFLT - 1)
    | ~0ULL << (LC_SIGRTMIN - 1);

/* One write of 12 bytes is complete or not done at all. It is not done when 5,000 signals wait to be read. */
static void record(int signal, struct lc_siginfo *info, void *context) {
    (void) context;
    struct lc_signal record = {.signal = signal, .code = info->code, .pid = info->pid};
    sys_write(written_to, &record, sizeof record);
}

static long set_action(int signal, struct sigaction action) {
#ifdef LC_NEEDS_RESTORER
    action.sa_flags |= SA_RESTORER;
    action.sa_restorer = lc_restorer;
#endif
    return sys_rt_sigaction(signal, &action, NULL);
}

static long catch_one(int signal) {
    return set_action(signal, (struct sigaction){
        .sa_handler = (__sighandler_t) (void (*)(void)) record,
        .sa_flags = SA_SIGINFO | SA_RESTART,
    });
}

static int is_ignored(int signal) {
    struct sigaction action;
    return sys_rt_sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

/* With nohup(1) SIGHUP stays ignored. SIGINT is also ignored after `&`, but is caught here. */
static long catch_all(void) {
    long result = 0;
    for (int signal = 1; signal <= LC_LAST_SIGNAL && result == 0; signal++) {
        int is_wanted = (caught >> (signal - 1) & 1) != 0 && !(signal == SIGHUP && is_ignored(SIGHUP));
        result = is_wanted ? catch_one(signal) : 0;
    }
    return result;
}

/* While the command has the terminal we are in the background, and must not be stopped for writing a message. */
static long ignore_background(void) {
    const struct sigaction ignored = {.sa_handler = SIG_IGN};
    long result = set_action(SIGTTIN, ignored);
    return result < 0 ? result : set_action(SIGTTOU, ignored);
}

lc_i64 lc_signals_open(void) {
    const lc_u64 none = 0;
    int ends[2];
    long result = sys_pipe2(ends, O_CLOEXEC | O_NONBLOCK);
    if (result < 0) {
        return lc_failure(LC_CALL_PIPE, result);
    }
    written_to = ends[1];
    if ((result = ignore_background()) < 0 || (result = catch_all()) < 0) {
        return lc_failure(LC_CALL_SIGACTION, result);
    }
    result = sys_rt_sigprocmask(&none, NULL);
    return result < 0 ? lc_failure(LC_CALL_SIGPROCMASK, result) : (lc_i64) ends[1] << 32 | ends[0];
}

/* Sent to this thread, so that it takes effect before the call returns. */
lc_i64 lc_signals_raise(lc_i32 signal) {
    if (signal < 1 || signal > LC_LAST_SIGNAL) {
        return lc_invalid();
    }
    if (signal != SIGTSTP) {
        sys_prctl(PR_SET_DUMPABLE, 0);
    }
    if (signal != SIGKILL && signal != SIGSTOP) {
        set_action(signal, (struct sigaction){.sa_handler = SIG_DFL});
    }
    long result = sys_tgkill(sys_getpid(), sys_gettid(), signal);
    if ((caught >> (signal - 1) & 1) != 0) {
        catch_one(signal);
    }
    return result < 0 ? lc_failure(LC_CALL_KILL, result) : 0;
}

lc_i64 lc_stopped(lc_i64 pid) {
    struct lc_siginfo info;
    if (!lc_is_pid(pid)) {
        return lc_invalid();
    }
    long result = lc_waitid(P_PID, pid, &info, WSTOPPED | WNOHANG);
    return result < 0 ? lc_failure(LC_CALL_WAITID, result) : info.pid == 0 ? 0 : info.status;
}

lc_i64 lc_orphan(lc_i64 pid) {
    struct lc_siginfo info;
    if (pid != 0 && !lc_is_pid(pid)) {
        return lc_invalid();
    }
    if (!lc_adopts_orphans()) {
        return lc_unsupported();
    }
    long result = lc_waitid(pid == 0 ? P_ALL : P_PID, pid, &info, WEXITED | WNOHANG | (pid == 0 ? WNOWAIT : 0));
    if (result < 0) {
        return result == -ECHILD ? 0 : lc_failure(LC_CALL_WAITID, result);
    }
    return info.pid;
}

/* A background process that does this is stopped by SIGTTOU, unless it blocks it. */
static long while_blocked(lc_i64 terminal, unsigned long request, void *argument) {
    const lc_u64 background = 1ULL << (SIGTTOU - 1);
    lc_u64 before = 0;
    long result = sys_rt_sigprocmask(&background, &before);
    if (result == 0) {
        result = sys_ioctl(terminal, request, argument);
        sys_rt_sigprocmask(&before, NULL);
    }
    return result;
}

static int group_number(lc_i64 group) {
    return (int) (group == 0 ? sys_getpgid(0) : group);
}

static long has(lc_i64 terminal, lc_i64 group) {
    int foreground = 0;
    long result = sys_ioctl(terminal, TIOCGPGRP, &foreground);
    return result < 0 ? result : foreground == group_number(group);
}

static long give(lc_i64 terminal, lc_i64 group) {
    int number = group_number(group);
    return while_blocked(terminal, TIOCSPGRP, &number);
}

lc_i64 lc_terminal(lc_i64 terminal, lc_i32 what, lc_i64 value) {
    _Static_assert(sizeof(struct termios) <= LC_TERMINAL_BYTES, "what Java has room for");
    if (!lc_is_handle(terminal)) {
        return lc_invalid();
    }
    long result;
    switch (what) {
    case LC_TERMINAL_HAS:
        result = has(terminal, value);
        break;
    case LC_TERMINAL_GIVE:
        result = give(terminal, value);
        break;
    case LC_TERMINAL_SAVE:
        result = sys_ioctl(terminal, TCGETS, (void *) value);
        break;
    case LC_TERMINAL_RESTORE:
        result = while_blocked(terminal, TCSETSW, (void *) value);
        break;
    default:
        return lc_invalid();
    }
    return result < 0 ? lc_failure(LC_CALL_IOCTL, result) : result;
}
