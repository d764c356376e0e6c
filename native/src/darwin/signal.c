/*
 * signal.c - signals that reach the child or its group, and never a stranger; and the numbers that they have here.
 *
 * A number stands for the child only until it is reaped. The caller keeps it from that, but somebody else in this
 * process may have waited for it, so a look comes first. While the leader is not reaped it keeps the number of its
 * group from being given to another, even as a zombie.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

static const struct {
    lc_i32 there;
    int here;
} signals[] = {
    {LC_SIGHUP, SIGHUP},   {LC_SIGINT, SIGINT},   {LC_SIGQUIT, SIGQUIT}, {LC_SIGABRT, SIGABRT}, {LC_SIGKILL, SIGKILL},
    {LC_SIGUSR1, SIGUSR1}, {LC_SIGUSR2, SIGUSR2}, {LC_SIGALRM, SIGALRM}, {LC_SIGTERM, SIGTERM}, {LC_SIGCONT, SIGCONT},
    {LC_SIGSTOP, SIGSTOP}, {LC_SIGTSTP, SIGTSTP}, {LC_SIGWINCH, SIGWINCH},
};

enum { SIGNALS = sizeof signals / sizeof signals[0] };

int lc_signal_here(lc_i32 signal) {
    for (int i = 0; i < SIGNALS; i++) {
        if (signals[i].there == signal) {
            return signals[i].here;
        }
    }
    return signal == 0 ? 0 : -1;
}

lc_i32 lc_signal_there(int signal) {
    for (int i = 0; i < SIGNALS; i++) {
        if (signals[i].here == signal) {
            return signals[i].there;
        }
    }
    return 0;
}

lc_u64 lc_signals_there(unsigned mask) {
    lc_u64 translated = 0;
    for (int i = 0; i < SIGNALS; i++) {
        if ((mask >> (signals[i].here - 1) & 1) != 0) {
            translated |= 1ULL << (signals[i].there - 1);
        }
    }
    return translated;
}

static long send_by_number(const struct lc_process *process, lc_i64 target, int signal, int *call) {
    long look = lc_look(process->pid);
    if (look == -ECHILD) {
        return -ESRCH;
    }
    if (look < 0) {
        *call = LC_CALL_WAITID;
        return look;
    }
    return lc_result(kill((pid_t) target, signal));
}

static long send_to_leader(const struct lc_process *process, int signal, int *call) {
    *call = LC_CALL_KILL;
    return send_by_number(process, process->pid, signal, call);
}

static int has_only_zombies(lc_i64 group) {
    struct kinfo_proc *members;
    long count = lc_processes_of(group, &members);
    int alive = count <= 0;
    for (long i = 0; i < count && !alive; i++) {
        alive = !lc_is_dead(&members[i]);
    }
    free(members);
    return !alive;
}

/* killpg passes zombies over, and says EPERM when there was nobody else. By the contract a zombie counts as reached. */
long lc_send_to_group(const struct lc_process *process, int signal, int *call) {
    *call = LC_CALL_KILLPG;
    long result = send_by_number(process, -process->group, signal, call);
    return result == -EPERM && has_only_zombies(process->group) ? 0 : result;
}

/* A leader may move to another group, and what it leaves behind may live. */
static int leader_has_left(const struct lc_process *process) {
    pid_t group = getpgid((pid_t) process->pid);
    return group >= 0 && group != process->group && lc_look(process->pid) == 0;
}

/* One that was reached is enough. */
static long sent_to_either(long group, long leader) {
    return group == 0 ? group : leader;
}

static long send(const struct lc_process *process, lc_i32 scope, int signal, int *call) {
    if (scope == LC_SCOPE_LEADER || process->group == 0) {
        return send_to_leader(process, signal, call);
    }
    int has_left = leader_has_left(process);
    long result = lc_send_to_group(process, signal, call);
    if (has_left || (result == -ESRCH && lc_look(process->pid) == 0)) {
        return sent_to_either(result, send_to_leader(process, signal, call));
    }
    return result;
}

lc_i64 lc_signal(const struct lc_process *process, lc_i32 scope, lc_i32 signal) {
    if (!lc_is_process(process) || (scope != LC_SCOPE_LEADER && scope != LC_SCOPE_GROUP)) {
        return lc_invalid();
    }
    int here = lc_signal_here(signal);
    if (here < 0) {
        return lc_error_word(LC_STAGE_NONE, LC_CALL_NONE, LC_ERR_UNSUPPORTED, 0);
    }
    int call = LC_CALL_NONE;
    long result = send(process, scope, here, &call);
    return result < 0 ? lc_failure(call, result) : 0;
}
