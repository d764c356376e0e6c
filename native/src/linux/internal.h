/*
 * internal.h - what the Linux files share.
 *
 * Raw system calls and no libc: one file then serves every glibc and musl, none of their locks or cancellation points
 * is on any path, and nothing in the child between clone and exec can be intercepted. Constants and structs come from
 * the kernel's own headers where Debian 12's (Linux 6.1) have them without dragging libc in. What is newer, or what
 * libc's headers wrap, is written out and asserted.
 *
 * Inside the library a `long` result is a system call's: zero or more, or -errno. An lc_i64 is the contract's.
 */
#ifndef LASTCALL_LINUX_INTERNAL_H
#define LASTCALL_LINUX_INTERNAL_H

#include <asm/unistd.h>
#include <linux/errno.h>

#include "common.h"

_Static_assert(sizeof(long) == 8 && sizeof(void *) == 8, "system calls take and return 64 bits here");

enum { LC_SIGNAL_SET_BYTES = 8, LC_LAST_SIGNAL = 64 };

#pragma GCC visibility push(hidden)

/* syscall.c. The only ways into the kernel. */
long lc_sys(long nr, long a, long b, long c, long d, long e, long f);
long lc_sys_clone(long nr, long a, long b, long c, void (*entry)(void *), void *argument);

/* lc_sys() with the arguments that there are, pointers too, and zeros for the others. */
#define LC_SYS(...) LC_SYS_FILL(__VA_ARGS__, 0, 0, 0, 0, 0, 0, 0)
#define LC_SYS_FILL(nr, a, b, c, d, e, f, ...) \
    lc_sys((nr), (long) (a), (long) (b), (long) (c), (long) (d), (long) (e), (long) (f))

/* errno.c. The contract's error for a failed system call, in a spawn and elsewhere. */
lc_i64 lc_failure_at(int stage, int call, long result);
lc_i64 lc_failure(int call, long result);

/* init.c. The features in use; probes if nobody has asked for it. */
lc_u64 lc_features(void);

/* What getdents64(2) fills in. */
struct lc_directory_entry {
    lc_u64 inode;
    lc_i64 next; /* the position after this one */
    unsigned short length;
    unsigned char type;
    char name[];
};

/* -1: not a number, as "." and "..". Defined here for child.c, which calls nothing that a sanitizer may be in. */
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

/* What waitid(2) fills in on a 64-bit system; libc's siginfo_t is the same under a stack of unions. */
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

/* exit.c. Asks PIDFD_GET_INFO for what is in `mask`. */
long lc_pidfd_info(lc_i64 pidfd, lc_u64 mask, struct lc_pidfd_info *info);

/* exit.c. waitid(2), resumed when a signal interrupts it. */
long lc_waitid(int type, lc_i64 id, struct lc_siginfo *info, int options);

/* exit.c. Is the child still there to be reaped? 0: it runs, 1: it has exited, -ECHILD: it is no child of ours. */
long lc_look(const struct lc_process *process);

/* exit.c. Has the process of this pidfd exited? No if it cannot be told. */
int lc_pidfd_fired(lc_i64 pidfd);

/* members.c. Has the member exited? No if it cannot be told. */
int lc_member_gone(const struct lc_member *member);

/* procfs.c. read(2), resumed when a signal interrupts it. */
long lc_read_some(lc_i64 handle, char *buffer, lc_i64 length);

/* wait.c. ppoll(2), resumed when a signal interrupts it; a negative timeout waits for ever. */
struct pollfd;
long lc_poll(struct pollfd *entries, unsigned count, lc_i64 timeout_ns);

/* signal.c. Can the group be signalled even after its leader was reaped? */
int lc_group_by_pidfd(const struct lc_process *process);

/* signal.c. Signals the group; `call` tells which call the result is of. */
long lc_send_to_group(const struct lc_process *process, lc_i32 signal, int *call);

/*
 * The kernel takes a descriptor and a pid from the lower 32 bits alone, so a wild 64-bit number would be somebody
 * else's.
 */
static inline int lc_is_handle(lc_i64 handle) {
    return handle >= 0 && handle <= 0x7fffffff;
}

/* kill(2) of 1 is init, and of -1 everybody: never a child of ours. */
static inline int lc_is_pid(lc_i64 pid) {
    return pid > 1 && pid <= 0x7fffffff;
}

static inline int lc_is_process(const struct lc_process *process) {
    return process != NULL && process->size == sizeof *process
           && lc_is_pid(process->pid)
           && (process->group == 0 || process->group == process->pid)
           && (process->handle == -1 || lc_is_handle(process->handle));
}

#pragma GCC visibility pop

#endif
