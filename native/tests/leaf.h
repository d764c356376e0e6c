/* leaf.h - a cgroup for a test, below our own one. */
#ifndef LASTCALL_TEST_LEAF_H
#define LASTCALL_TEST_LEAF_H

#include "test.h"

/* Its directory, and that of another one in it, which make_leaf() does not make. */
extern char leaf[512];
extern char below[600];

/* Returns a descriptor of its directory; skips the test where there can be no leaf. */
lc_i64 make_leaf(void);
void remove_leaf(void);

void move_into(const char *cgroup, lc_i64 pid);

#endif
