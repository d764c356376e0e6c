/* errors.c - encodes an error as one negative word, so that a caller needs no errno. */
#include "common.h"

enum { CATEGORY_SHIFT = 32, STAGE_SHIFT = 40, CALL_SHIFT = 48 };

lc_i64 lc_error_word(int stage, int call, int category, int code) {
    return -((lc_i64) (lc_u32) code
             | (lc_i64) category << CATEGORY_SHIFT
             | (lc_i64) stage << STAGE_SHIFT
             | (lc_i64) call << CALL_SHIFT);
}

lc_i64 lc_invalid(void) {
    return lc_error_word(LC_STAGE_NONE, LC_CALL_NONE, LC_ERR_INVALID, 0);
}

lc_i64 lc_unsupported(void) {
    return lc_error_word(LC_STAGE_NONE, LC_CALL_NONE, LC_ERR_UNSUPPORTED, 0);
}
