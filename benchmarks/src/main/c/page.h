/* page.h - the memory that a child shares with whoever measures it. Page.java knows the same offsets. */
#ifndef LASTCALL_BENCHMARKS_PAGE_H
#define LASTCALL_BENCHMARKS_PAGE_H

#include <stdint.h>

struct page {
    _Atomic int64_t ready; /* how many children are */
    int64_t stamp;         /* CLOCK_MONOTONIC in nanoseconds, right before the exit */
    int64_t grandchild;    /* its pid */
};

enum { PAGE_SIZE = 4096 };

#endif
