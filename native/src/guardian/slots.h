/* slots.h - what the guardians of all systems share: the slots as their owner has left them, and the parts of a stop. */
#ifndef LASTCALL_SLOTS_H
#define LASTCALL_SLOTS_H

#include "lastcall.h"

enum part {
    WATCHED,  /* its owner lives, or it is not to be stopped */
    STOPPING,
    OVER      /* gone, or given up */
};

/* As in Java: how long to wait after a refused action, because the process may just have exited. */
enum { GRACE_NS = 100 * 1000000 };

/* The first place of the memory is for the library. */
static inline const struct lc_slot *slot_at(const void *memory, lc_u32 index) {
    return (const void *) ((const char *) memory + (1 + (lc_u64) index) * LC_SLOT_BYTES);
}

static inline const struct lc_step *step_of(const struct lc_slot *slot, int index) {
    return (const struct lc_step *) (slot + 1) + index;
}

static inline int count_of(const struct lc_slot *slot) {
    int most = (LC_SLOT_BYTES - (int) sizeof *slot) / (int) sizeof(struct lc_step);
    return slot->count < 0 || slot->count > most ? most : slot->count;
}

/* The owner has begun the stop there. */
static inline int first_step_of(const struct lc_slot *slot) {
    return slot->reached < 0 || slot->reached >= count_of(slot) ? count_of(slot) - 1 : slot->reached;
}

#endif
