/*
 * common.h - what the library of every OS shares.
 *
 * Membership rule of this folder: a file belongs here if it compiles unchanged for every OS and makes no call of the
 * OS. What only two systems do alike (fork, poll) does not belong here.
 */
#ifndef LASTCALL_COMMON_H
#define LASTCALL_COMMON_H

#include <stddef.h>

#include "lastcall.h"

/* Not only definitions (-fvisibility) but uses too: the address of another file's function is then no relocation. */
#pragma GCC visibility push(hidden)

/* The error word that the head of lastcall.h describes. */
lc_i64 lc_error_word(int stage, int call, int category, int code);

/* The parts of an error word: the code of the OS, the category and the call. */
static inline int lc_error_code(lc_i64 error) {
    return (int) (lc_u32) -error;
}

static inline int lc_error_category(lc_i64 error) {
    return (int) (-error >> 32 & 0xff);
}

static inline int lc_error_call(lc_i64 error) {
    return (int) (-error >> 48 & 0x7fff);
}

/* The error of invalid arguments, without a code of the OS. */
lc_i64 lc_invalid(void);

/* The error of what this system cannot do, without a call or a code of the OS. */
lc_i64 lc_unsupported(void);

/* The error of a start in a cgroup on a system without cgroups. */
static inline lc_i64 lc_no_cgroups(void) {
    return lc_error_word(LC_STAGE_CONTAINMENT, LC_CALL_NONE, LC_ERR_UNSUPPORTED, 0);
}

/* arguments.c. Are the arguments valid? The internal.h of each OS defines which numbers are handles. */
int lc_is_spawn_request(const struct lc_spawn_request *request);
int lc_is_act(const struct lc_process *process);
int lc_is_scan(const struct lc_scan *scan);
int lc_is_guardian(const struct lc_guardian *guardian);

/* The most slots that a guardian may be given. */
enum { LC_MOST_SLOTS = 16 * 1024 };

/*
 * Copies a name out of a table of fixed-width rows: such a table holds no pointers, and so needs no relocation when the
 * library is loaded. A row that is empty has no name.
 */
lc_i64 lc_copy_name(const char *row, size_t width, char *buffer, lc_i64 length);

/* Defined by each system: the name of an OS code, and its text. As lc_name(). */
lc_i64 lc_error_name(lc_i32 code, char *buffer, lc_i64 length);
lc_i64 lc_error_text(lc_i32 code, char *buffer, lc_i64 length);

#pragma GCC visibility pop

#endif
