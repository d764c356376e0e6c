/* page.h - the memory that a child shares with the program that measures it. Page.java has the same offsets. */
#ifndef LASTCALL_BENCHMARKS_PAGE_H
#define LASTCALL_BENCHMARKS_PAGE_H

#include <stdint.h>

struct page {
    _Atomic int64_t ready; /* how many children are ready */
    int64_t stamp;         /* CLOCK_MONOTONIC in nanoseconds, right before the exit */
    int64_t grandchild;    /* its pid */
};

enum { PAGE_SIZE = 4096 };

#endif
