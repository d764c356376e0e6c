/*
 * procfs.h - reading /proc.
 *
 * One descriptor is open at a time, including directories, and two while threads are listed: so a caller with one spare
 * descriptor can read everything except the threads. An open file of /proc belongs to one process, like a pidfd: after
 * the process was reaped a read fails with ESRCH, even if its pid was reused.
 *
 * Results are the contract's.
 */
#ifndef LASTCALL_LINUX_PROCFS_H
#define LASTCALL_LINUX_PROCFS_H

#include "internal.h"

#pragma GCC visibility push(hidden)

/* The pid that stands for /proc/self. */
enum { LC_PROC_SELF = 0 };

/* proc_file.c. Appends at `end` and returns the new end. There must be room. */
char *lc_append(char *end, const char *text);
char *lc_append_number(char *end, lc_i64 number);

/* proc_file.c. Opens a file of a process or a thread. */
lc_i64 lc_proc_open(lc_i64 pid, const char *name);

/* proc_file.c. Does the error mean that the process does not exist? ENOENT from open, ESRCH from read. */
int lc_proc_gone(lc_i64 error);

/* proc_file.c. The error for a /proc that cannot be used, or the given one if resources are short. */
lc_i64 lc_proc_unusable(lc_i64 error);

/* proc_file.c. Reads a file line by line. Longer lines are cut off: only their beginning is needed. */
struct lc_lines {
    lc_i64 file;
    long at;
    long bytes;
    char block[1024];
    char line[1024];
};

/* Opens a file of a process; to be closed with lc_close_lines() unless that fails. */
lc_i64 lc_open_lines(struct lc_lines *lines, lc_i64 pid, const char *name);
/* Returns 1 if there was a line, 0 at the end of the file. */
lc_i64 lc_next_line(struct lc_lines *lines);
void lc_close_lines(const struct lc_lines *lines);

/* proc_file.c. The text after `beginning`, NULL if it does not begin so; the text after some words; numbers. */
const char *lc_after(const char *text, const char *beginning);
const char *lc_skip_words(const char *text, int count);
lc_u64 lc_decimal(const char *text);

/* proc_list.c. The pids of all processes, or of the threads of one. */
struct lc_listing {
    lc_i64 directory; /* kept open for threads; -1: opened for each part */
    lc_i64 position;
    lc_i64 at;
    lc_i64 bytes;
    _Alignas(8) char entries[16 * 1024];
};

void lc_list_processes(struct lc_listing *listing);
/* To be ended with lc_list_end() unless it fails. */
lc_i64 lc_list_threads(struct lc_listing *listing, lc_i64 pid);
/* Returns the next number, 0 after the last. */
lc_i64 lc_list_next(struct lc_listing *listing);
void lc_list_end(const struct lc_listing *listing);

/* proc_stat.c. Fields of /proc/<pid>/stat. */
struct lc_stat {
    char state;
    char command[16]; /* filled up with NUL */
    lc_i64 parent;
    lc_i64 group;
    lc_u64 flags; /* PF_* of the kernel */
    lc_i64 threads;
    lc_u64 started;
};

/* Reads an open stat file. */
lc_i64 lc_read_stat(lc_i64 file, struct lc_stat *stat);
/* Opens, reads and closes. */
lc_i64 lc_stat_of(lc_i64 pid, struct lc_stat *stat);

/* A zombie with other threads that run is not dead. */
static inline int lc_looks_dead(const struct lc_stat *stat) {
    return (stat->state == 'Z' || stat->state == 'X') && stat->threads <= 1;
}

/* proc_status.c. Fields of /proc/<pid>/status. */
struct lc_status {
    char state;
    lc_i64 pid;        /* of the process, even if the file is a thread's */
    lc_i64 namespaces; /* how many pids it has, from the namespace of this /proc to its own; 0 before 4.1 */
    lc_i64 threads;
    lc_u64 ignored;
    lc_u64 blocked;
    lc_u64 caught;
    lc_u64 capabilities; /* the effective ones */
};

lc_i64 lc_status_of(lc_i64 pid, struct lc_status *status);

/* proc_trust.c. Returns 0 if every process of our pid namespace can be seen in /proc. */
lc_i64 lc_proc_trusted(void);

/* proc_trust.c. Whether its numbers are those of our pid namespace. */
int lc_proc_is_ours(void);

/* proc_trust.c. The last number that our pid namespace has assigned, to a process or a thread. */
lc_i64 lc_last_pid(void);
lc_i64 lc_last_pid_in(lc_i64 loadavg);

#pragma GCC visibility pop

#endif
