/*
 * signal.c - signals to the child or its group, and never to another process; and their numbers on this system.
 *
 * A pid belongs to the child only until the child is reaped. The caller does not reap it, but other code in this
 * process may have, so a look comes first. Until the leader is reaped, even as a zombie, the number of its group cannot
 * be reused.
 *
 * Results are the contract's.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

/* SIGSTKFLT, SIGPWR and the real-time signals do not exist here; the contract has no SIGEMT and no SIGINFO. */
static const struct {
    lc_i32 contract;
    int system;
} signals[] = {
    {LC_SIGHUP, SIGHUP},       {LC_SIGINT, SIGINT},   {LC_SIGQUIT, SIGQUIT}, {LC_SIGILL, SIGILL},
    {LC_SIGTRAP, SIGTRAP},     {LC_SIGABRT, SIGABRT}, {LC_SIGBUS, SIGBUS},   {LC_SIGFPE, SIGFPE},
    {LC_SIGKILL, SIGKILL},     {LC_SIGUSR1, SIGUSR1}, {LC_SIGSEGV, SIGSEGV}, {LC_SIGUSR2, SIGUSR2},
    {LC_SIGPIPE, SIGPIPE},     {LC_SIGALRM, SIGALRM}, {LC_SIGTERM, SIGTERM}, {LC_SIGCHLD, SIGCHLD},
    {LC_SIGCONT, SIGCONT},     {LC_SIGSTOP, SIGSTOP}, {LC_SIGTSTP, SIGTSTP}, {LC_SIGTTIN, SIGTTIN},
    {LC_SIGTTOU, SIGTTOU},     {LC_SIGURG, SIGURG},   {LC_SIGXCPU, SIGXCPU}, {LC_SIGXFSZ, SIGXFSZ},
    {LC_SIGVTALRM, SIGVTALRM}, {LC_SIGPROF, SIGPROF}, {LC_SIGWINCH, SIGWINCH}, {LC_SIGIO, SIGIO},
    {LC_SIGSYS, SIGSYS},
};

enum { SIGNALS = sizeof signals / sizeof signals[0] };

int lc_system_signal(lc_i32 signal) {
    for (int i = 0; i < SIGNALS; i++) {
        if (signals[i].contract == signal) {
            return signals[i].system;
        }
    }
    return signal == 0 ? 0 : -1;
}

lc_i32 lc_contract_signal(int signal) {
    for (int i = 0; i < SIGNALS; i++) {
        if (signals[i].system == signal) {
            return signals[i].contract;
        }
    }
    return 0;
}

lc_u64 lc_contract_signals(unsigned mask) {
    lc_u64 translated = 0;
    for (int i = 0; i < SIGNALS; i++) {
        if ((mask >> (signals[i].system - 1) & 1) != 0) {
            translated |= 1ULL << (signals[i].contract - 1);
        }
    }
    return translated;
}

static lc_i64 send_by_number(const struct lc_process *process, int call, lc_i64 target, lc_i32 signal) {
    int number = lc_system_signal(signal);
    if (number < 0) {
        return lc_unsupported();
    }
    long exited = lc_has_exited(process);
    if (exited < 0) {
        return exited == -ECHILD ? lc_failure(call, -ESRCH) : lc_failure(LC_CALL_WAITID, exited);
    }
    long result = lc_result(kill((pid_t) target, number));
    return result < 0 ? lc_failure(call, result) : 0;
}

lc_i64 lc_send_to_leader(const struct lc_process *process, lc_i32 signal) {
    return send_by_number(process, LC_CALL_KILL, process->pid, signal);
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

/* killpg skips zombies: EPERM, if there is no other process. In the contract a zombie counts as reached. */
lc_i64 lc_send_to_group(const struct lc_process *process, lc_i32 signal) {
    lc_i64 result = send_by_number(process, LC_CALL_KILLPG, -process->group, signal);
    int refused = result < 0 && lc_error_code(result) == EPERM;
    return refused && has_only_zombies(process->group) ? 0 : result;
}
