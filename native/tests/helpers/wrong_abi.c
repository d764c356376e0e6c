/*
 * wrong_abi.c - a library that speaks another version of the contract, and has nothing else of it.
 */
#include "lastcall.h"

lc_i64 lc_abi(void) {
    return LC_ABI + 1;
}
