/*
 * sys.h - the system calls, one typed function each. All of them use lc_sys() and lc_sys_clone() in syscall.c, which
 * the tests replace to let a chosen call fail.
 *
 * A result is the kernel's: zero or more, or -errno. A call that is restarted when a signal interrupts it has a loop in
 * the file that uses it, so that a test can interrupt it.
 */
#ifndef LASTCALL_LINUX_SYS_H
#define LASTCALL_LINUX_SYS_H

#include <asm/ioctls.h>
#include <asm/stat.h>
#include <asm/termbits.h>
#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/fs.h>

#include "common.h"
#include "syscall.h"

_Static_assert(sizeof(long) == 8 && sizeof(void *) == 8, "system calls take and return 64 bits here");

enum { LC_SIGNAL_SET_BYTES = 8 };

struct clone_args;
struct epoll_event;
struct lc_message;
struct lc_siginfo;
struct pollfd;
struct rlimit64;
struct sigaction;
struct statfs;
struct __kernel_itimerspec;
struct __kernel_timespec;

/* Files */

static inline long sys_open(const char *path, int flags, unsigned mode) {
    return lc_sys(__NR_openat, AT_FDCWD, (long) path, flags, mode, 0, 0);
}

static inline long sys_read(lc_i64 handle, void *buffer, lc_i64 length) {
    return lc_sys(__NR_read, handle, (long) buffer, length, 0, 0, 0);
}

static inline long sys_pread64(lc_i64 handle, void *buffer, lc_i64 length, lc_i64 position) {
    return lc_sys(__NR_pread64, handle, (long) buffer, length, position, 0, 0);
}

static inline long sys_write(lc_i64 handle, const void *buffer, lc_i64 length) {
    return lc_sys(__NR_write, handle, (long) buffer, length, 0, 0, 0);
}

static inline long sys_close(lc_i64 handle) {
    return lc_sys(__NR_close, handle, 0, 0, 0, 0, 0);
}

/* -1: there is none. */
static inline void sys_close_if_open(lc_i64 handle) {
    if (handle >= 0) {
        sys_close(handle);
    }
}

static inline long sys_close_range(unsigned first, unsigned last, unsigned flags) {
    return lc_sys(__NR_close_range, first, last, flags, 0, 0, 0);
}

static inline long sys_lseek(lc_i64 handle, lc_i64 offset, int whence) {
    return lc_sys(__NR_lseek, handle, offset, whence, 0, 0, 0);
}

/* The position of the next read. */
static inline long sys_position(lc_i64 handle) {
    return sys_lseek(handle, 0, SEEK_CUR);
}

static inline long sys_fstat(lc_i64 handle, struct stat *found) {
    return lc_sys(__NR_fstat, handle, (long) found, 0, 0, 0, 0);
}

static inline long sys_stat(const char *path, struct stat *found) {
    return lc_sys(__NR_newfstatat, AT_FDCWD, (long) path, (long) found, 0, 0, 0);
}

static inline long sys_size(lc_i64 handle, lc_i64 *size) {
    struct stat found;
    long result = sys_fstat(handle, &found);
    *size = result < 0 ? 0 : found.st_size;
    return result;
}

static inline long sys_fstatfs(lc_i64 handle, struct statfs *found) {
    return lc_sys(__NR_fstatfs, handle, (long) found, 0, 0, 0, 0);
}

static inline long sys_getdents64(lc_i64 directory, void *entries, lc_i64 length) {
    return lc_sys(__NR_getdents64, directory, (long) entries, length, 0, 0, 0);
}

static inline long sys_fcntl(lc_i64 handle, int command, long argument) {
    return lc_sys(__NR_fcntl, handle, command, argument, 0, 0, 0);
}

static inline long sys_ioctl(lc_i64 handle, unsigned long request, void *argument) {
    return lc_sys(__NR_ioctl, handle, (long) request, (long) argument, 0, 0, 0);
}

/* How many bytes can be read from a pipe, a terminal or a socket. */
static inline long sys_fionread(lc_i64 handle, int *bytes) {
    return sys_ioctl(handle, FIONREAD, bytes);
}

static inline int sys_is_terminal(lc_i64 handle) {
    struct termios settings;
    return sys_ioctl(handle, TCGETS, &settings) == 0;
}

static inline long sys_dup3(lc_i64 handle, int target, int flags) {
    return lc_sys(__NR_dup3, handle, target, flags, 0, 0, 0);
}

static inline long sys_openat(lc_i64 directory, const char *path, int flags) {
    return lc_sys(__NR_openat, directory, (long) path, flags, 0, 0, 0);
}

static inline long sys_readlinkat(lc_i64 directory, const char *path, char *buffer, lc_i64 length) {
    return lc_sys(__NR_readlinkat, directory, (long) path, (long) buffer, length, 0, 0);
}

static inline long sys_unlink(const char *path) {
    return lc_sys(__NR_unlinkat, AT_FDCWD, (long) path, 0, 0, 0, 0);
}

static inline long sys_rmdir_at(lc_i64 directory, const char *path) {
    return lc_sys(__NR_unlinkat, directory, (long) path, AT_REMOVEDIR, 0, 0, 0);
}

/* Memory as a file. */
static inline long sys_memfd_create(const char *name, unsigned flags) {
    return lc_sys(__NR_memfd_create, (long) name, flags, 0, 0, 0, 0);
}

static inline long sys_ftruncate(lc_i64 handle, lc_i64 size) {
    return lc_sys(__NR_ftruncate, handle, size, 0, 0, 0, 0);
}

static inline long sys_mmap(lc_i64 length, int protection, int flags, lc_i64 handle) {
    return lc_sys(__NR_mmap, 0, length, protection, flags, handle, 0);
}

static inline long sys_munmap(lc_u64 address, lc_i64 length) {
    return lc_sys(__NR_munmap, (long) address, length, 0, 0, 0, 0);
}

/* Sockets */

static inline long sys_socketpair(int family, int type, int ends[2]) {
    return lc_sys(__NR_socketpair, family, type, 0, (long) ends, 0, 0);
}

static inline long sys_sendmsg(lc_i64 socket, const struct lc_message *message, int flags) {
    return lc_sys(__NR_sendmsg, socket, (long) message, flags, 0, 0, 0);
}

static inline long sys_recvmsg(lc_i64 socket, struct lc_message *message, int flags) {
    return lc_sys(__NR_recvmsg, socket, (long) message, flags, 0, 0, 0);
}

static inline long sys_send(lc_i64 socket, const void *buffer, lc_i64 length, int flags) {
    return lc_sys(__NR_sendto, socket, (long) buffer, length, flags, 0, 0);
}

static inline long sys_pipe2(int ends[2], int flags) {
    return lc_sys(__NR_pipe2, (long) ends, flags, 0, 0, 0, 0);
}

static inline long sys_eventfd2(unsigned count, int flags) {
    return lc_sys(__NR_eventfd2, count, flags, 0, 0, 0, 0);
}

/* Waiting */

/* After a signal, the kernel writes the remaining time to `timeout`. */
static inline long sys_ppoll(struct pollfd *entries, unsigned count, struct __kernel_timespec *timeout) {
    return lc_sys(__NR_ppoll, (long) entries, count, (long) timeout, 0, LC_SIGNAL_SET_BYTES, 0);
}

static inline long sys_epoll_create1(int flags) {
    return lc_sys(__NR_epoll_create1, flags, 0, 0, 0, 0, 0);
}

static inline long sys_epoll_ctl(lc_i64 monitor, int operation, lc_i64 handle, struct epoll_event *event) {
    return lc_sys(__NR_epoll_ctl, monitor, operation, handle, (long) event, 0, 0);
}

static inline long sys_epoll_pwait(lc_i64 monitor, struct epoll_event *events, int capacity, int timeout_ms) {
    return lc_sys(__NR_epoll_pwait, monitor, (long) events, capacity, timeout_ms, 0, LC_SIGNAL_SET_BYTES);
}

static inline long sys_timerfd_create(int clock, int flags) {
    return lc_sys(__NR_timerfd_create, clock, flags, 0, 0, 0, 0);
}

static inline long sys_timerfd_settime(lc_i64 timer, const struct __kernel_itimerspec *time) {
    return lc_sys(__NR_timerfd_settime, timer, 0, (long) time, 0, 0, 0);
}

static inline long sys_clock_gettime(int clock, struct __kernel_timespec *time) {
    return lc_sys(__NR_clock_gettime, clock, (long) time, 0, 0, 0, 0);
}

static inline long sys_waitid(int type, lc_i64 id, struct lc_siginfo *info, int options) {
    return lc_sys(__NR_waitid, type, id, (long) info, options, 0, 0);
}

/* Processes and signals */

static inline long sys_getpid(void) {
    return lc_sys(__NR_getpid, 0, 0, 0, 0, 0, 0);
}

static inline long sys_gettid(void) {
    return lc_sys(__NR_gettid, 0, 0, 0, 0, 0, 0);
}

static inline long sys_getpgid(lc_i64 pid) {
    return lc_sys(__NR_getpgid, pid, 0, 0, 0, 0, 0);
}

static inline long sys_getsid(lc_i64 pid) {
    return lc_sys(__NR_getsid, pid, 0, 0, 0, 0, 0);
}

static inline long sys_setpgid(lc_i64 pid, lc_i64 group) {
    return lc_sys(__NR_setpgid, pid, group, 0, 0, 0, 0);
}

static inline long sys_kill(lc_i64 target, int signal) {
    return lc_sys(__NR_kill, target, signal, 0, 0, 0, 0);
}

static inline long sys_tgkill(lc_i64 process, lc_i64 thread, int signal) {
    return lc_sys(__NR_tgkill, process, thread, signal, 0, 0, 0);
}

static inline long sys_prctl(int what, long argument) {
    return lc_sys(__NR_prctl, what, argument, 0, 0, 0, 0);
}

static inline long sys_pidfd_open(lc_i64 pid, unsigned flags) {
    return lc_sys(__NR_pidfd_open, pid, flags, 0, 0, 0, 0);
}

static inline long sys_pidfd_send_signal(lc_i64 pidfd, int signal, unsigned flags) {
    return lc_sys(__NR_pidfd_send_signal, pidfd, signal, 0, flags, 0, 0);
}

static inline long sys_rt_sigaction(int signal, const struct sigaction *action, struct sigaction *before) {
    return lc_sys(__NR_rt_sigaction, signal, (long) action, (long) before, LC_SIGNAL_SET_BYTES, 0, 0);
}

/* Sets the mask of this thread; `before` may be NULL. */
static inline long sys_rt_sigprocmask(const lc_u64 *mask, lc_u64 *before) {
    enum { SET_MASK = 2 }; /* SIG_SETMASK */
    return lc_sys(__NR_rt_sigprocmask, SET_MASK, (long) mask, (long) before, LC_SIGNAL_SET_BYTES, 0, 0);
}

static inline long sys_chdir(const char *path) {
    return lc_sys(__NR_chdir, (long) path, 0, 0, 0, 0, 0);
}

static inline long sys_getcwd(char *path, lc_i64 length) {
    return lc_sys(__NR_getcwd, (long) path, length, 0, 0, 0, 0);
}

static inline long sys_prlimit64(int resource, struct rlimit64 *limit) {
    return lc_sys(__NR_prlimit64, 0, resource, 0, (long) limit, 0, 0);
}

static inline long sys_execve(const char *path, char *const *argv, const char *const *envp) {
    return lc_sys(__NR_execve, (long) path, (long) argv, (long) envp, 0, 0, 0);
}

/* Runs the file of an open descriptor. */
static inline long sys_execveat(lc_i64 handle, char *const *argv, const char *const *envp) {
    enum { EMPTY_PATH = 0x1000 }; /* AT_EMPTY_PATH */
    return lc_sys(__NR_execveat, handle, (long) "", (long) argv, (long) envp, EMPTY_PATH, 0);
}

static inline long sys_setsid(void) {
    return lc_sys(__NR_setsid, 0, 0, 0, 0, 0, 0);
}

static inline long sys_set_name(const char *name) {
    enum { SET_NAME = 15 }; /* PR_SET_NAME */
    return lc_sys(__NR_prctl, SET_NAME, (long) name, 0, 0, 0, 0);
}

static inline long sys_set_limit(int resource, const struct rlimit64 *limit) {
    return lc_sys(__NR_prlimit64, 0, resource, (long) limit, 0, 0, 0);
}

static inline long sys_exit_group(int code) {
    return lc_sys(__NR_exit_group, code, 0, 0, 0, 0, 0);
}

static inline long sys_clone3(struct clone_args *arguments, unsigned long size, void (*entry)(void *), void *argument) {
    return lc_sys_clone(__NR_clone3, (long) arguments, (long) size, 0, entry, argument);
}

static inline long sys_clone(unsigned long flags, void *stack_end, void *parent_tid, void (*entry)(void *),
                             void *argument) {
    return lc_sys_clone(__NR_clone, (long) flags, (long) stack_end, (long) parent_tid, entry, argument);
}

#endif
