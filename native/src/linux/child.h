/* child.h - what the parent gives to the child between clone and exec, and what it gets back. */
#ifndef LASTCALL_LINUX_CHILD_H
#define LASTCALL_LINUX_CHILD_H

#include "guardian.h"

#pragma GCC visibility push(hidden)

struct lc_child {
    lc_u64 features;
    lc_u32 flags;                  /* LC_SPAWN_* */
    int last_signal;               /* up to which signals have to be set to their defaults */
    int report;                    /* a pipe that takes the error too, closed by the exec; -1: there is none */
    int stdio[3];                  /* descriptors or LC_STDIO_* */
    const char *const *candidates; /* the others as in lc_spawn_request */
    char **argv;
    const char *const *envp;
    const char *directory;
    const lc_i32 *kept;            /* descriptors that the program gets beside the three */
    lc_i64 kept_count;
    lc_i64 guardian;               /* its socket, 0: none is to know the child */
    struct lc_registration registration;
    lc_i64 cgroup;                 /* its directory, if the child is to enter it; 0: it was born there, or to none */

    /* The child writes these, and if its memory is ours the parent reads them. */
    int in_our_memory;             /* 1: it is */
    lc_i64 error;                  /* an error of the contract; stays 0 if the program runs */
};

/* Turns a new process into the program. Does not return: the process runs it, or ends after it has left an error. */
void lc_child_run(void *child);

#pragma GCC visibility pop

#endif
