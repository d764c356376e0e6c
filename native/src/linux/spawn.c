/*
 * spawn.c - the parent's side of a spawn.
 *
 * The child is cloned into our memory (CLONE_VM) while this thread waits (CLONE_VFORK), so that a start costs the same
 * for a heap of any size, but with descriptors and signal actions of its own. The ways to make it, best first:
 *
 *     clone3 with CLONE_PIDFD      5.3
 *     clone with CLONE_PIDFD       5.2    an older kernel ignores the flag: the pidfd is preset to -1 and looked at
 *     clone, then pidfd_open       5.3    for emulators that know neither of the above
 *     clone                               no pidfd
 *
 * ENOSYS, EPERM (what container runtimes answer for clone3) and EINVAL lead on to the next.
 *
 * The child's error comes through a pipe that its exec closes, although its memory is ours: under qemu-user CLONE_VM
 * and CLONE_VFORK are a plain fork, which shares nothing and waits for nobody.
 */
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <linux/wait.h>

#include "child.h"

/* child.c needs 3 KiB of it. */
enum { STACK_BYTES = 64 * 1024 };

struct birth {
    long pid;
    int pidfd;
    int call; /* the one that pid, if it is an error, comes from */
};

static void describe(struct lc_child *child, const struct lc_spawn_request *request, int report) {
    child->features = lc_features();
    child->flags = request->flags;
    child->report = report;
    child->stdio[0] = (int) request->in;
    child->stdio[1] = (int) request->out;
    child->stdio[2] = (int) request->err;
    child->candidates = (const char *const *) request->candidates;
    child->argv = (char **) request->argv;
    child->envp = (const char *const *) request->envp;
    child->directory = (const char *) request->directory;
}

/* A clone that fails late has already stored the number of a pidfd that it then took back. */
static void by_clone3(struct birth *birth, struct lc_child *child, long stack) {
    struct clone_args arguments = {
        .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD,
        .exit_signal = SIGCHLD,
        .pidfd = (__u64) &birth->pidfd,
        .stack = (__u64) stack,
        .stack_size = STACK_BYTES,
    };
    birth->call = LC_CALL_CLONE3;
    birth->pidfd = -1;
    birth->pid = lc_sys_clone(__NR_clone3, (long) &arguments, CLONE_ARGS_SIZE_VER0, 0, lc_child_run, child);
}

static void by_clone(struct birth *birth, struct lc_child *child, long stack, long pidfd_flag) {
    birth->call = LC_CALL_CLONE;
    birth->pidfd = -1;
    birth->pid = lc_sys_clone(__NR_clone, CLONE_VM | CLONE_VFORK | SIGCHLD | pidfd_flag, stack + STACK_BYTES,
                              (long) &birth->pidfd, lc_child_run, child);
}

static int is_refused(long result) {
    return result == -ENOSYS || result == -EPERM || result == -EINVAL;
}

static void clone_child(struct birth *birth, struct lc_child *child, long stack) {
    birth->pid = -ENOSYS;
    if ((child->features & LC_FEATURE_CLONE3) != 0) {
        by_clone3(birth, child, stack);
    }
    if (is_refused(birth->pid) && (child->features & LC_FEATURE_CLONE_PIDFD) != 0) {
        by_clone(birth, child, stack, CLONE_PIDFD);
    }
    if (is_refused(birth->pid)) {
        by_clone(birth, child, stack, 0);
    }
}

/*
 * Every signal is blocked around the clone, by the raw call because libc's leaves two of its own open: the child
 * starts with our mask, and a handler of ours must not run in it.
 */
static lc_i64 clone_masked(struct birth *birth, struct lc_child *child, long stack) {
    const lc_u64 all = ~0ULL;
    lc_u64 before = 0;
    long blocked = LC_SYS(__NR_rt_sigprocmask, SIG_SETMASK, &all, &before, LC_SIGNAL_SET_BYTES);
    if (blocked < 0) {
        return lc_failure_at(LC_STAGE_RESOURCES, LC_CALL_SIGPROCMASK, blocked);
    }
    clone_child(birth, child, stack);
    LC_SYS(__NR_rt_sigprocmask, SIG_SETMASK, &before, 0, LC_SIGNAL_SET_BYTES);
    return birth->pid < 0 ? lc_failure_at(LC_STAGE_CLONE, birth->call, birth->pid) : 0;
}

/* The child has left the stack when clone returns: it runs its program or has ended (or, forked, has a copy). */
static lc_i64 create(struct birth *birth, struct lc_child *child) {
    long stack = LC_SYS(__NR_mmap, 0, STACK_BYTES, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
    if (stack < 0) {
        return lc_failure_at(LC_STAGE_RESOURCES, LC_CALL_MMAP, stack);
    }
    char *name = child->argv[1];
    lc_i64 error = clone_masked(birth, child, stack);
    child->argv[1] = name;
    LC_SYS(__NR_munmap, stack, STACK_BYTES);
    return error;
}

/* The end of the pipe without a word is the exec. What cannot be read may run or not: it is ended, to know. */
static lc_i64 read_report(const struct birth *birth, int report) {
    lc_i64 error = 0;
    long bytes;
    do {
        bytes = LC_SYS(__NR_read, report, &error, sizeof error);
    } while (bytes == -EINTR);
    if (bytes < 0) {
        LC_SYS(__NR_kill, birth->pid, SIGKILL);
        return lc_failure_at(LC_STAGE_EXEC, LC_CALL_READ, bytes);
    }
    return error;
}

static void bury(const struct birth *birth) {
    struct lc_siginfo info;
    lc_waitid(P_PID, birth->pid, &info, WEXITED);
    if (birth->pidfd >= 0) {
        LC_SYS(__NR_close, birth->pidfd);
    }
}

/* Out of descriptors is no reason to lose a program that already runs: it is then waited for by number. */
static int pidfd_of(const struct birth *birth, lc_u64 features) {
    if (birth->pidfd >= 0 || (features & LC_FEATURE_PIDFD) == 0) {
        return birth->pidfd;
    }
    long opened = LC_SYS(__NR_pidfd_open, birth->pid, 0);
    return opened < 0 ? -1 : (int) opened;
}

static lc_i64 start(struct birth *birth, struct lc_child *child, const int ends[2]) {
    lc_i64 error = create(birth, child);
    LC_SYS(__NR_close, ends[1]);
    if (error == 0) {
        error = read_report(birth, ends[0]);
        if (error != 0) {
            bury(birth);
        }
    }
    LC_SYS(__NR_close, ends[0]);
    return error;
}

lc_i64 lc_spawn(const struct lc_spawn_request *request, struct lc_process *process) {
    if (!lc_is_spawn_request(request) || process == NULL || process->size != sizeof *process) {
        return lc_invalid();
    }
    int ends[2];
    long result = LC_SYS(__NR_pipe2, ends, O_CLOEXEC);
    if (result < 0) {
        return lc_failure_at(LC_STAGE_RESOURCES, LC_CALL_PIPE, result);
    }
    struct lc_child child;
    struct birth birth;
    describe(&child, request, ends[1]);
    lc_i64 error = start(&birth, &child, ends);
    if (error != 0) {
        return error;
    }
    process->reserved = 0;
    process->pid = birth.pid;
    process->group = (request->flags & LC_SPAWN_NEW_GROUP) != 0 ? birth.pid : 0;
    process->handle = pidfd_of(&birth, child.features);
    return 0;
}
