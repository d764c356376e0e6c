/*
 * init.c - detects the features of this kernel and of the sandbox around it.
 *
 * They are probed once, with calls for this process itself: if pidfd_send_signal for another process fails with EPERM,
 * that process may belong to another user; for this process it can only be a seccomp filter. Version numbers are not
 * used, because distributions backport features, sandboxes deny them, and emulators lack them.
 *
 *     clone(CLONE_PIDFD)           5.2    not probed: an older kernel ignores the flag, which start.c detects
 *     clone3                       5.3
 *     pidfd: open, poll, signal,   5.4    pidfd_send_signal 5.1, pidfd_open and poll 5.3, waitid(P_PIDFD) 5.4; one
 *       waitid                            feature, because the library needs all of these calls
 *     close_range                  5.9    its CLOSE_RANGE_CLOEXEC 5.11, which child.c detects
 *     PIDFD_SIGNAL_PROCESS_GROUP   6.9
 *     exit code by PIDFD_GET_INFO  6.15   the ioctl 6.13
 */
#include <asm/signal.h>
#include <linux/wait.h>

#include "internal.h"

/* Not returned to callers. Without PROBED the word was not written yet. */
#define PROBED (1ULL << 63)
#define MEMORY_SHARED (1ULL << 62)
#define REAL_TIME_IGNORED (1ULL << 61)

#define NEEDS_PIDFD \
    (LC_FEATURE_CLONE3 | LC_FEATURE_CLONE_PIDFD | LC_FEATURE_PIDFD_GROUP | LC_FEATURE_PIDFD_INFO)

static lc_u64 features;

/* Linux 6.15: stands for a pidfd of the calling thread. */
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

/* ESRCH: the kernel knows the flag, and this process leads no group. EINVAL: it does not know it. */
static int has_pidfd_group(long self) {
    long result = sys_pidfd_send_signal(self, 0, LC_PIDFD_SIGNAL_PROCESS_GROUP);
    return result == 0 || result == -ESRCH;
}

/*
 * A live process has no exit code, so the ioctl alone cannot distinguish 6.13 from 6.15. PIDFD_SELF_THREAD is as old
 * as the exit code. If a backport has only one of them, the status is lost, as without the feature.
 */
static int has_pidfd_info(long self) {
    struct lc_pidfd_info info;
    return lc_pidfd_info(self, LC_PIDFD_INFO_EXIT, &info) == 0
           && sys_pidfd_send_signal(LC_PIDFD_SELF_THREAD, 0, 0) == 0;
}

/* If descriptors or memory run out, it fails, and the features remain unknown. */
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
 * An exec passes SIG_IGN on, and if a process ignores SIGCHLD the kernel reaps its children. SA_NOCLDWAIT has the same
 * effect, so it is removed from an existing handler, which is kept otherwise.
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

/* A JVM cannot ignore one later. */
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
 * Two threads may run this at the same time, and one of them writes its word. The repair of SIGCHLD is added
 * afterwards, because the other thread may have made it.
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

/* Returns an error if the features could not be probed. */
static lc_i64 known_or_decided(lc_u64 disable) {
    lc_u64 known = __atomic_load_n(&features, __ATOMIC_ACQUIRE);
    return (known & PROBED) != 0 ? features_of(known) : decide(disable);
}

/* Without features if they cannot be probed now. */
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
