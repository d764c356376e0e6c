/*
 * procfs.h - what the library reads in /proc.
 *
 * Never more than one descriptor is open at a time, directories included: at the limit one that the caller kept aside
 * is enough. An open file of /proc stands for one process as a pidfd does: once that process is reaped, reading fails
 * with ESRCH, whoever has the number then.
 */
#ifndef LASTCALL_LINUX_PROCFS_H
#define LASTCALL_LINUX_PROCFS_H

#include "internal.h"

#pragma GCC visibility push(hidden)

/* The pid that stands for /proc/self. */
enum { LC_PROC_SELF = 0 };

/* /proc/<pid>/stat, as far as it is of use here. */
struct lc_stat {
    char state;
    char command[16]; /* filled up with NUL */
    lc_i64 parent;
    lc_i64 group;
    lc_i64 threads;
    lc_u64 started;
};

/* /proc/<pid>/status, likewise. */
struct lc_status {
    char state;
    lc_i64 pid;        /* of the process, also where the file is a thread's */
    lc_i64 namespaces; /* how many numbers it has from the pid namespace of this /proc down to its own; 0 before 4.1 */
    lc_u64 ignored;
    lc_u64 blocked;
    lc_u64 caught;
    lc_u64 capabilities; /* the effective ones */
};

/* The processes, or the threads of one, number by number. */
struct lc_listing {
    lc_i64 pid; /* whose threads; LC_PROC_SELF: all processes */
    lc_i64 position;
    long at;
    long bytes;
    _Alignas(8) char entries[16 * 1024];
};

void lc_list(struct lc_listing *listing, lc_i64 pid);

/* Returns the next number, 0 after the last, an error of the contract otherwise. */
lc_i64 lc_list_next(struct lc_listing *listing);

/* Opens a file of a process or a thread. */
long lc_proc_open(lc_i64 pid, const char *name);

/* Reads an open stat file. */
long lc_read_stat(long file, struct lc_stat *stat);

/* Opens, reads and closes. */
long lc_stat_of(lc_i64 pid, struct lc_stat *stat);
long lc_status_of(lc_i64 pid, struct lc_status *status);

/* Returns 0 if every process of our pid namespace can be seen in /proc, an error of the contract otherwise. */
lc_i64 lc_proc_trusted(void);

/* There is no such process; ENOENT at the open of its file, ESRCH at the read. */
static inline int lc_proc_gone(long result) {
    return result == -ENOENT || result == -ESRCH;
}

/* Zombies whose other threads run are not: their process is alive. */
static inline int lc_looks_dead(const struct lc_stat *stat) {
    return (stat->state == 'Z' || stat->state == 'X') && stat->threads <= 1;
}

#pragma GCC visibility pop

#endif
