/* no_guardian.c - there is no guardian on these systems: a start that needs one is refused. */
#include "common.h"

static lc_i64 unsupported(void) {
    return lc_error_word(LC_STAGE_GUARDIAN, LC_CALL_NONE, LC_ERR_UNSUPPORTED, 0);
}

lc_i64 lc_guardian_open(struct lc_guardian *guardian) {
    (void) guardian;
    return unsupported();
}

lc_i64 lc_guardian_add(lc_i64 socket, const struct lc_process *process, lc_u32 slot, lc_u32 generation) {
    (void) socket, (void) process, (void) slot, (void) generation;
    return unsupported();
}

lc_i64 lc_guardian_close(struct lc_guardian *guardian) {
    (void) guardian;
    return unsupported();
}
