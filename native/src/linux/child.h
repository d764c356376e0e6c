/* child.h - the parameters and the result of the child between clone and exec. */
#ifndef LASTCALL_LINUX_CHILD_H
#define LASTCALL_LINUX_CHILD_H

#include "guardian.h"

#pragma GCC visibility push(hidden)

struct lc_child {
    lc_u64 features;
    lc_u32 flags;                  /* LC_SPAWN_* */
    int last_signal;               /* the last signal to reset to its default */
    int report;                    /* a pipe for the error, closed by the exec; -1: none */
    int stdio[3];                  /* descriptors or LC_STDIO_* */
    const char *const *candidates; /* the others as in lc_spawn_request */
    char **argv;
    const char *const *envp;
    const char *directory;
    const lc_i32 *kept;            /* descriptors that the program gets besides 0, 1 and 2 */
    lc_i64 kept_count;
    lc_i64 guardian;               /* its socket, 0: the child is not registered */
    struct lc_registration registration;
    lc_i64 cgroup;                 /* its directory; 0: the child has none to enter, or was created there */

    /* The child writes these, and if its memory is ours the parent reads them. */
    int in_our_memory;             /* 1: the child has written it there */
    lc_i64 error;                  /* an error of the contract; stays 0 if the program runs */
};

/* Runs the program in this new process. Does not return: the process runs it, or ends after writing its error. */
void lc_child_run(void *child);

#pragma GCC visibility pop

#endif
