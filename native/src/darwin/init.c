/*
 * init.c - the features of this system. All but the repair of SIGCHLD are features of newer Linux kernels, so there is
 * nothing to probe or to disable.
 */
#include <signal.h>

#include "internal.h"

/* Not returned to callers. Without it the word was not written yet. */
#define DECIDED (1ULL << 63)

static lc_u64 features;

/*
 * An exec passes SIG_IGN on, and if a process ignores SIGCHLD the kernel reaps its children. SA_NOCLDWAIT has the same
 * effect, so it is removed from an existing handler, which is kept otherwise.
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

/* Two threads may run this at the same time, and either may have repaired SIGCHLD. */
lc_i64 lc_init(lc_u64 disable) {
    (void) disable;
    lc_u64 known = __atomic_load_n(&features, __ATOMIC_ACQUIRE);
    if (known == 0) {
        known = __atomic_or_fetch(&features, repair_sigchld() | DECIDED, __ATOMIC_ACQ_REL);
    }
    return (lc_i64) ((known & ~DECIDED) | (lc_u64) LC_ABI << 32);
}
