/*
 * init.c - what this system can do. Every feature is a newer kernel's of Linux, so none is here but the repair: there
 * is nothing to probe and nothing to disable.
 */
#include <signal.h>

#include "internal.h"

/* Kept to ourselves: a word without it has not been written yet. */
#define DECIDED (1ULL << 63)

static lc_u64 features;

/*
 * An exec passes SIG_IGN on, and a process that ignores SIGCHLD has its children reaped by the kernel. A handler that
 * somebody has put there stays; only SA_NOCLDWAIT, which does the same harm, is taken from it.
 */
static lc_u64 repair_sigchld(void) {
    struct sigaction action;
    if (sigaction(SIGCHLD, NULL, &action) < 0
        || (action.sa_handler != SIG_IGN && (action.sa_flags & SA_NOCLDWAIT) == 0)) {
        return 0;
    }
    if (action.sa_handler == SIG_IGN) {
        action.sa_handler = SIG_DFL;
    }
    action.sa_flags &= ~SA_NOCLDWAIT;
    return sigaction(SIGCHLD, &action, NULL) < 0 ? 0 : LC_FEATURE_SIGCHLD_REPAIRED;
}

/* Two first callers may both get here, and either may be the one that found SIGCHLD ignored. */
lc_i64 lc_init(lc_u64 disable) {
    (void) disable;
    lc_u64 known = __atomic_load_n(&features, __ATOMIC_ACQUIRE);
    if (known == 0) {
        known = __atomic_or_fetch(&features, repair_sigchld() | DECIDED, __ATOMIC_ACQ_REL);
    }
    return (lc_i64) ((known & ~DECIDED) | (lc_u64) LC_ABI << 32);
}
