/* identity.c - the unique numbers of processes. They need no permission. */
#include <libproc.h>

#include "identity.h"

enum { UNIQUE_IDENTIFIER_INFO = 17 /* PROC_PIDUNIQIDENTIFIERINFO */ };

/* struct proc_uniqidentifierinfo of XNU's proc_info_private.h */
struct unique_identifier_info {
    unsigned char program[16];
    lc_u64 unique;
    lc_u64 parent;
    lc_u32 version;
    lc_u32 parent_version;
    lc_u64 reserved[2];
};

_Static_assert(sizeof(struct unique_identifier_info) == 56, "the kernel's size");

long lc_identify(lc_i64 pid, int zombies, struct lc_identity *found) {
    struct unique_identifier_info info;
    int bytes = proc_pidinfo((int) pid, UNIQUE_IDENTIFIER_INFO, (lc_u64) zombies, &info, sizeof info);
    if (bytes != sizeof info) {
        return bytes <= 0 && errno != 0 ? -(long) errno : -ESRCH;
    }
    *found = (struct lc_identity){.unique = info.unique, .parent = info.parent, .version = info.version};
    return 0;
}

int lc_runs(lc_i64 pid, lc_u64 unique) {
    struct lc_identity found;
    return lc_identify(pid, 0, &found) == 0 && found.unique == unique;
}
