/*
 * wrong_abi.c - a library with another version of the contract, and without the rest of it.
 */
#include "lastcall.h"

lc_i64 lc_init(lc_u64 disable) {
    (void) disable;
    return (lc_i64) (LC_ABI + 1) << 32;
}

/* Only lc_init(), by the number that it has in every version. */
lc_i64 lc_invoke(lc_i64 function, lc_i64 a, lc_i64 b, lc_i64 c, lc_i64 d, lc_i64 e, lc_i64 f) {
    (void) b, (void) c, (void) d, (void) e, (void) f;
    return function == LC_FUNCTION_INIT ? lc_init((lc_u64) a) : -1;
}
