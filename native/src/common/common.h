/*
 * common.h - what the library of every OS shares.
 *
 * Membership rule of this folder: a file belongs here if it compiles unchanged for every OS and makes no call of any
 * OS. What two systems merely do alike (fork, poll) does not belong here.
 */
#ifndef LASTCALL_COMMON_H
#define LASTCALL_COMMON_H

#include <stddef.h>

#include "lastcall.h"

/* Not only definitions (-fvisibility) but uses too: the address of another file's function is then no relocation. */
#pragma GCC visibility push(hidden)

/* The error word that the head of lastcall.h describes. */
lc_i64 lc_error_word(int stage, int call, int category, int code);

/* The error of a caller's bug, in which the OS had no part. */
lc_i64 lc_invalid(void);

/* arguments.c. Can it be read, and does it make sense? Which numbers are handles, its internal.h knows of each OS. */
int lc_is_spawn_request(const struct lc_spawn_request *request);
int lc_are_members_arguments(const struct lc_process *leaders, const struct lc_group *groups, lc_i64 count,
                             lc_i32 flags, const struct lc_member *members, lc_i64 capacity);

/*
 * Copies a name out of a table of fixed-width rows: such a table holds no pointers, and so needs no relocation when the
 * library is loaded. A row that is empty has no name.
 */
lc_i64 lc_copy_name(const char *row, size_t width, char *buffer, lc_i64 length);

#pragma GCC visibility pop

#endif
