/*
 * init.c - what this kernel, and the sandbox around it, can do.
 *
 * Asked once and of ourselves, because only here an error is the system's and not a target's: EPERM from a live
 * pidfd_send_signal says that the target is another user's, EPERM from the same call on ourselves that a seccomp
 * filter denies it. Version numbers are not asked: distributions backport, sandboxes forbid, emulators lag.
 *
 *     clone(CLONE_PIDFD)           5.2    not probed: an older kernel ignores the flag, which spawn.c notices
 *     clone3                       5.3
 *     pidfd: open, poll, signal,   5.4    pidfd_send_signal 5.1, pidfd_open and poll 5.3, waitid(P_PIDFD) 5.4; one
 *       waitid                            feature, because a pidfd that cannot do all of it is of no use here
 *     close_range                  5.9    its CLOSE_RANGE_CLOEXEC 5.11, which child.c finds out
 *     PIDFD_SIGNAL_PROCESS_GROUP   6.9
 *     exit code by PIDFD_GET_INFO  6.15   the ioctl 6.13
 */
#include <asm/signal.h>
#include <linux/wait.h>

#include "internal.h"

/* Kept to ourselves: a word without PROBED has not been written yet. */
#define PROBED (1ULL << 63)
#define MEMORY_SHARED (1ULL << 62)
#define REAL_TIME_IGNORED (1ULL << 61)

#define NEEDS_PIDFD \
    (LC_FEATURE_CLONE3 | LC_FEATURE_CLONE_PIDFD | LC_FEATURE_PIDFD_GROUP | LC_FEATURE_PIDFD_INFO)

static lc_u64 features;

/* Linux 6.15: the calling thread in place of its pidfd. */
enum { LC_PIDFD_SELF_THREAD = -10000 };

static int has_clone3(void) {
    return sys_clone3(NULL, 0, NULL, NULL) == -EINVAL;
}

static int has_close_range(void) {
    return sys_close_range(~0U, ~0U, 0) == 0;
}

static int has_pidfd(long self) {
    struct lc_siginfo info;
    return sys_pidfd_send_signal(self, 0, 0) == 0
           && lc_waitid(P_PIDFD, self, &info, WEXITED | WNOHANG) == -ECHILD;
}

/* ESRCH: the flag is known, and we lead no group. EINVAL: it is not known. */
static int has_pidfd_group(long self) {
    long result = sys_pidfd_send_signal(self, 0, LC_PIDFD_SIGNAL_PROCESS_GROUP);
    return result == 0 || result == -ESRCH;
}

/*
 * A live process has no exit code to show, so the ioctl alone cannot tell 6.13 from 6.15. PIDFD_SELF_THREAD came in
 * the same release as the exit code. Where a backport parts the two the status is lost, as it is without the feature.
 */
static int has_pidfd_info(long self) {
    struct lc_pidfd_info info;
    return lc_pidfd_info(self, LC_PIDFD_INFO_EXIT, &info) == 0
           && sys_pidfd_send_signal(LC_PIDFD_SELF_THREAD, 0, 0) == 0;
}

/* A lack of descriptors or memory is an error and decides nothing. */
static lc_i64 probe_pidfd(void) {
    long self = sys_pidfd_open(sys_getpid(), 0);
    if (self < 0) {
        lc_i64 failure = lc_failure(LC_CALL_PIDFD_OPEN, self);
        return lc_error_category(failure) == LC_ERR_RESOURCES ? failure : 0;
    }
    lc_i64 found = 0;
    if (has_pidfd(self)) {
        found = LC_FEATURE_PIDFD | LC_FEATURE_CLONE_PIDFD;
        found |= has_pidfd_group(self) ? LC_FEATURE_PIDFD_GROUP : 0;
        found |= has_pidfd_info(self) ? LC_FEATURE_PIDFD_INFO : 0;
    }
    sys_close(self);
    return found;
}

static lc_i64 probe(lc_u64 disable) {
    lc_i64 found = (disable & LC_FEATURE_PIDFD) != 0 ? 0 : probe_pidfd();
    if (found < 0) {
        return found;
    }
    found |= has_clone3() ? LC_FEATURE_CLONE3 : 0;
    found |= has_close_range() ? LC_FEATURE_CLOSE_RANGE : 0;
    found &= ~(lc_i64) disable;
    if ((found & LC_FEATURE_PIDFD) == 0) {
        found &= ~(lc_i64) NEEDS_PIDFD;
    }
    return found;
}

/*
 * An exec passes SIG_IGN on, and a process that ignores SIGCHLD has its children reaped by the kernel. A handler that
 * somebody has put there stays; only SA_NOCLDWAIT, which does the same harm, is taken from it.
 */
static lc_u64 repair_sigchld(void) {
    struct sigaction action;
    _Static_assert(sizeof action == 32, "the kernel's struct sigaction");
    if (sys_rt_sigaction(SIGCHLD, NULL, &action) < 0
        || (action.sa_handler != SIG_IGN && (action.sa_flags & SA_NOCLDWAIT) == 0)) {
        return 0;
    }
    if (action.sa_handler == SIG_IGN) {
        action.sa_handler = SIG_DFL;
    }
    action.sa_flags &= ~(__typeof__(action.sa_flags)) SA_NOCLDWAIT;
    return sys_rt_sigaction(SIGCHLD, &action, NULL) < 0 ? 0 : LC_FEATURE_SIGCHLD_REPAIRED;
}

/* A JVM has no way to ignore one later. */
static lc_u64 probe_real_time_signals(void) {
    struct sigaction action;
    for (int signal = LC_LAST_STANDARD_SIGNAL + 1; signal <= LC_LAST_SIGNAL; signal++) {
        if (sys_rt_sigaction(signal, NULL, &action) == 0 && action.sa_handler == SIG_IGN) {
            return REAL_TIME_IGNORED;
        }
    }
    return 0;
}

static lc_i64 features_of(lc_u64 word) {
    return (lc_i64) (word & ~(PROBED | MEMORY_SHARED | REAL_TIME_IGNORED));
}

/*
 * Two first callers may both get here. The word of one of them stands; that SIGCHLD was repaired is added to it,
 * because the one that found it ignored need not be the one whose word stands.
 */
static lc_i64 decide(lc_u64 disable) {
    lc_i64 found = probe(disable);
    if (found < 0) {
        return found;
    }
    lc_u64 repaired = repair_sigchld();
    lc_u64 signals = probe_real_time_signals();
    lc_u64 known = __atomic_load_n(&features, __ATOMIC_ACQUIRE);
    while ((known & PROBED) == 0
           && !__atomic_compare_exchange_n(
               &features, &known, known | (lc_u64) found | signals | PROBED, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
    }
    return features_of(__atomic_or_fetch(&features, repaired, __ATOMIC_ACQ_REL));
}

/* An error: nothing could be decided. */
static lc_i64 known_or_decided(lc_u64 disable) {
    lc_u64 known = __atomic_load_n(&features, __ATOMIC_ACQUIRE);
    return (known & PROBED) != 0 ? features_of(known) : decide(disable);
}

/* What cannot be decided now is done without. */
lc_u64 lc_features(void) {
    lc_i64 known = known_or_decided(0);
    return known < 0 ? 0 : (lc_u64) known;
}

int lc_memory_is_shared(void) {
    return (__atomic_load_n(&features, __ATOMIC_ACQUIRE) & MEMORY_SHARED) != 0;
}

void lc_memory_was_shared(void) {
    __atomic_or_fetch(&features, MEMORY_SHARED, __ATOMIC_ACQ_REL);
}

int lc_real_time_is_ignored(void) {
    return (__atomic_load_n(&features, __ATOMIC_ACQUIRE) & REAL_TIME_IGNORED) != 0;
}

lc_i64 lc_init(lc_u64 disable) {
    lc_i64 known = known_or_decided(disable);
    return known < 0 ? known : (lc_i64) LC_ABI << 32 | known;
}
