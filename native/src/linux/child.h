/* child.h - what the parent hands to the child between clone and exec. */
#ifndef LASTCALL_LINUX_CHILD_H
#define LASTCALL_LINUX_CHILD_H

#include "internal.h"

#pragma GCC visibility push(hidden)

struct lc_child {
    lc_u64 features;
    lc_u32 flags;                  /* LC_SPAWN_* */
    int report;                    /* where an error goes; closed by the exec */
    int stdio[3];                  /* descriptors or LC_STDIO_* */
    const char *const *candidates; /* the others as in lc_spawn_request */
    char **argv;
    const char *const *envp;
    const char *directory;
};

/* Turns a new process into the program. Does not return: the process runs it or ends, its error in the pipe. */
void lc_child_run(void *child);

#pragma GCC visibility pop

#endif
