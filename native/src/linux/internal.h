/*
 * internal.h - what the Linux files share.
 *
 * Raw system calls and no libc: so one file works with every glibc and musl, none of their locks or cancellation points
 * is used, and nothing in the child between clone and exec can be intercepted. Constants and structs come from
 * the kernel's headers if those of Debian 12 (Linux 6.1) have them and need no libc. Definitions that are newer, or
 * that are only in libc's headers, are repeated here and asserted.
 *
 * Inside the library a `long` result is a system call's: zero or more, or -errno. An lc_i64 is the contract's.
 */
#ifndef LASTCALL_LINUX_INTERNAL_H
#define LASTCALL_LINUX_INTERNAL_H

#include "posix.h"
#include "sys.h"

enum { LC_LAST_STANDARD_SIGNAL = 31, LC_LAST_SIGNAL = 64 };

#pragma GCC visibility push(hidden)

/* init.c. The features in use; probes them on the first call. */
lc_u64 lc_features(void);

/* init.c. Was a child seen to share our memory until its exec? */
int lc_memory_is_shared(void);
void lc_memory_was_shared(void);

/* init.c. Was one of the real-time signals ignored when the features were probed? */
int lc_real_time_is_ignored(void);

/* The result of getdents64(2). */
struct lc_directory_entry {
    lc_u64 inode;
    lc_i64 next; /* the position after this one */
    unsigned short length;
    unsigned char type;
    char name[];
};

/* -1: not a number, such as "." and "..". Defined here for child.c, which calls nothing that a sanitizer may be in. */
static inline long lc_number_of(const char *name) {
    long number = 0;
    do {
        if (*name < '0' || *name > '9') {
            return -1;
        }
        number = number * 10 + (*name - '0');
    } while (*++name != '\0');
    return number;
}

/* The result of waitid(2) on a 64-bit system, as in libc's siginfo_t, which has it in unions. */
struct lc_siginfo {
    int signo;
    int error;
    int code;
    int padding;
    int pid;
    int uid;
    int status;
    char unused[100];
};

/* linux/wait.h has no names for the codes of SIGCHLD. */
enum { LC_CLD_EXITED = 1, LC_CLD_KILLED = 2, LC_CLD_DUMPED = 3 };

/* PIDFD_GET_INFO: Linux 6.13; its exit code 6.15. */
struct lc_pidfd_info {
    lc_u64 mask;
    lc_u64 cgroup;
    lc_u32 pid, tgid, ppid;
    lc_u32 ruid, rgid, euid, egid, suid, sgid, fsuid, fsgid;
    lc_i32 exit_code;
};

enum { LC_PIDFD_INFO_EXIT = 1 << 3, LC_PIDFD_SIGNAL_PROCESS_GROUP = 1 << 2 };

/* exit.c. PIDFD_GET_INFO for the fields in `mask`. */
long lc_pidfd_info(lc_i64 pidfd, lc_u64 mask, struct lc_pidfd_info *info);

/* exit.c. Has the process of this pidfd exited? 0 also if that is not known. */
int lc_pidfd_readable(lc_i64 pidfd);

/* exit.c. Do processes whose parent has died become children of this one? */
int lc_adopts_orphans(void);

/* signal.c. Can the group be signalled even after its leader was reaped? */
int lc_group_by_pidfd(const struct lc_process *process);

/* cgroup.c. Signals and probes all processes in the cgroup and below it, as for a group. */
lc_i64 lc_cgroup_send(const struct lc_process *process, lc_i32 signal);
lc_i64 lc_cgroup_probe(struct lc_process *process);
void lc_cgroup_find_escaped(struct lc_process *process);

/* escaped.c. Fills in a process if it is in another group, and there is room. */
void lc_add_if_escaped(struct lc_process *process, lc_i64 pid);

/* members.c. As lc_members() for a process of that group and session. */
lc_i64 lc_members_of(const struct lc_scan *scan, lc_i64 group, lc_i64 session);

/* restart.c. Resumed after a signal; a negative timeout waits for ever. */
long lc_open_file(const char *path, int flags);
long lc_read_some(lc_i64 handle, void *buffer, lc_i64 length);
long lc_waitid(int type, lc_i64 id, struct lc_siginfo *info, int options);
long lc_poll(struct pollfd *entries, unsigned count, lc_i64 timeout_ns);

/* restart.c. A deadline on the monotonic clock, in nanoseconds, and the time left until it. */
#define LC_FOREVER ((long) (~0UL >> 1))
long lc_deadline_after(lc_i64 timeout_ns);
long lc_time_left(long deadline);

/* The category of codes that posix/failure.c does not know. */
static inline int lc_system_category(int code) {
    (void) code;
    return LC_ERR_OTHER;
}

/* While a process is being started, its pidfd may be all that is known. */
static inline int lc_is_process(const struct lc_process *process) {
    return process != NULL && process->size == sizeof *process
           && (lc_is_pid(process->pid) || (process->pid == 0 && process->handle >= 0))
           && (process->group == 0 || process->group == process->pid)
           && lc_is_handle_or_absent(process->handle)
           && lc_is_handle(process->cgroup);
}

#pragma GCC visibility pop

#endif
