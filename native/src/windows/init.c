/*
 * init.c - the features of this system. All are available, because current JVMs need Windows 10.
 *
 * Waits and kills use the handle of a process and the job of a group, even after the end of the leader: that is what
 * PIDFD and PIDFD_GROUP mean here. The word only stores which features a test has disabled.
 */
#include "internal.h"

/* Not returned to callers. Without it the word was not written yet. */
#define DECIDED (1ULL << 63)

static lc_u64 features;

static lc_u64 known_or_decided(lc_u64 disable) {
    lc_u64 known = __atomic_load_n(&features, __ATOMIC_ACQUIRE);
    if (known == 0) {
        const lc_u64 fixed = LC_FEATURE_PIDFD | LC_FEATURE_PIDFD_GROUP;
        lc_u64 decided = DECIDED | fixed | (LC_FEATURE_JOB_LIST & ~disable);
        if (__atomic_compare_exchange_n(&features, &known, decided, 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
            known = decided;
        }
    }
    return known & ~DECIDED;
}

lc_u64 lc_features(void) {
    return known_or_decided(0);
}

lc_i64 lc_init(lc_u64 disable) {
    return (lc_i64) (known_or_decided(disable) | (lc_u64) LC_ABI << 32);
}
