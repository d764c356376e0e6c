/* table.c - the processes that the owner has registered, and the owner's slots. */
#include "guard.h"

struct guarded table[LC_MOST_SLOTS];
lc_u32 used;
const struct lc_guarded *memory;

/* The registration of an earlier process in the slot is void, and so is a slot whose process is not registered. */
static const struct lc_slot *slot_of(lc_u32 index) {
    const struct lc_slot *slot = slot_at(memory, index);
    return table[index].process != NULL && table[index].generation == slot->generation ? slot : NULL;
}

const struct lc_slot *slot_to_stop(lc_u32 index) {
    const struct lc_slot *slot = slot_of(index);
    return slot != NULL && slot->state == LC_SLOT_ARMED ? slot : NULL;
}

void forget(struct guarded *one) {
    close_handle(&one->process);
    close_handle(&one->job);
}

/* A slot that is armed again has another generation. */
void forget_those_gone(void) {
    for (lc_u32 i = 0; i < used; i++) {
        const struct lc_slot *slot = slot_of(i);
        if (slot == NULL || slot->state == LC_SLOT_FREE) {
            forget(&table[i]);
        }
    }
}

static void enter(const struct lc_registration *registration) {
    struct guarded *one = &table[registration->slot];
    forget(one);
    *one = (struct guarded){
        .process = (HANDLE) registration->process,
        .job = (HANDLE) registration->job,
        .pid = registration->pid,
        .shares_console = (int) registration->shares_console,
        .generation = registration->generation,
    };
    if (registration->slot >= used) {
        used = registration->slot + 1;
    }
}

int receive(lc_i64 pipe) {
    struct lc_registration registration;
    for (;;) {
        lc_i64 bytes = lc_read(pipe, &registration, sizeof registration);
        if (bytes <= 0) {
            return lc_error_category(bytes) == LC_ERR_AGAIN;
        }
        if (bytes == sizeof registration && registration.slot < memory->slots) {
            enter(&registration);
        }
    }
}
