/*
 * start.c - the parent's side of a start.
 *
 * The child shares our memory (CLONE_VM) while this thread waits (CLONE_VFORK), so that the size of the heap does not
 * matter. It has its own descriptors and signal actions. The ways to create it, best first:
 *
 *     clone3 with CLONE_PIDFD      5.5    for CLONE_CLEAR_SIGHAND; 5.3 without
 *     clone with CLONE_PIDFD       5.2    an older kernel ignores the flag, which leaves the preset pidfd unchanged
 *     clone, then pidfd_open       5.3    for emulators that know neither of the above
 *     clone                               no pidfd
 *
 * After ENOSYS, EPERM (which container runtimes return for clone3) and EINVAL the next way is tried.
 *
 * The child writes its error to our memory. But qemu-user implements CLONE_VM and CLONE_VFORK as a plain fork, which
 * shares no memory and does not wait. So until a child was seen to share our memory there is a pipe too, which an exec
 * closes. It is read only if the memory was not shared, because a process that was forked by another thread may hold a
 * copy of its writing end.
 */
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/sched.h>
#include <linux/wait.h>

#include "child.h"

enum {
    /* child.c needs 3 KiB of it. A JVM has more than 64 KiB left below the frame of a native call. */
    STACK_BYTES = 16 * 1024,

    STREAMS = 3
};

/* The kernel writes only the lower half, which makes it a valid handle. */
static const lc_i64 no_pidfd_yet = 0xffffffff;

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "pid and pidfd are written into the lower halves");

struct start {
    struct lc_child child;
    struct lc_process *process;
    lc_i64 cgroup;
    int theirs[STREAMS]; /* the child's ends of the pipes that are created here, -1: none */
    int report;          /* our end of the pipe for the error, -1: none */
    int call;            /* the call that created the process, or failed */
};

static lc_i64 *our_end(struct lc_process *process, int stream) {
    return stream == 0 ? &process->in : stream == 1 ? &process->out : &process->err;
}

/* Pipes */

/* Not O_NONBLOCK in pipe2(), which would set it on the child's end too. */
static lc_i64 make_pipe(struct start *start, int stream) {
    int ends[2];
    long result = sys_pipe2(ends, O_CLOEXEC);
    if (result < 0) {
        return lc_failure_at(LC_STAGE_RESOURCES, LC_CALL_PIPE, result);
    }
    int ours = stream == 0 ? ends[1] : ends[0];
    start->theirs[stream] = stream == 0 ? ends[0] : ends[1];
    start->child.stdio[stream] = start->theirs[stream];
    *our_end(start->process, stream) = ours;
    result = sys_fcntl(ours, F_SETFL, O_NONBLOCK);
    return result < 0 ? lc_failure_at(LC_STAGE_RESOURCES, LC_CALL_FCNTL, result) : 0;
}

static lc_i64 make_pipes(struct start *start) {
    lc_i64 error = 0;
    for (int stream = 0; stream < STREAMS && error == 0; stream++) {
        if (start->child.stdio[stream] == LC_STDIO_PIPE) {
            error = make_pipe(start, stream);
        }
    }
    return error;
}

/* The guardian finds the pipes by their inodes after this process, their only reader, has ended. */
static void record_inodes(struct start *start) {
    if (start->child.guardian != 0) {
        start->process->out_inode = lc_pipe_inode(start->process->out);
        start->process->err_inode = lc_pipe_inode(start->process->err);
        start->child.registration.out = start->process->out_inode;
        start->child.registration.err = start->process->err_inode;
        start->child.registration.out_end = start->process->out;
        start->child.registration.err_end = start->process->err;
    }
}

lc_i64 lc_pipe(lc_i64 *input, lc_i64 *output) {
    int ends[2];
    if (input == NULL || output == NULL) {
        return lc_invalid();
    }
    long result = sys_pipe2(ends, O_CLOEXEC);
    if (result < 0) {
        return lc_failure(LC_CALL_PIPE, result);
    }
    *input = ends[0];
    *output = ends[1];
    return 0;
}

/* Pages are allocated as they are written to; F_SETPIPE_SZ charges the user for all of them, see pipe(7). */
lc_i64 lc_pipe_enlarge(lc_i64 pipe) {
    long result = lc_is_handle(pipe) ? sys_fcntl(pipe, F_SETPIPE_SZ, LC_LARGE_PIPE) : -EBADF;
    return result < 0 ? lc_failure(LC_CALL_FCNTL, result) : result;
}

static lc_i64 make_report(struct start *start) {
    if (lc_memory_is_shared()) {
        return 0;
    }
    int ends[2];
    long result = sys_pipe2(ends, O_CLOEXEC);
    if (result < 0) {
        return lc_failure_at(LC_STAGE_RESOURCES, LC_CALL_PIPE, result);
    }
    start->report = ends[0];
    start->child.report = ends[1];
    return 0;
}

/* The process */

/* A clone that fails late has stored the number of a pidfd that the kernel has closed again. */
static void forget_process(struct lc_process *process) {
    process->pid = 0;
    process->handle = no_pidfd_yet;
}

/*
 * CLONE_CLEAR_SIGHAND resets handlers, but not ignored signals. So the real-time signals, half of all, need no call
 * each (4 us of 60), unless this process was started with one of them ignored.
 */
static long by_clone3(struct start *start, char *stack, lc_i64 cgroup) {
    struct clone_args arguments = {
        .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | CLONE_PARENT_SETTID | CLONE_CLEAR_SIGHAND
                 | (cgroup != 0 ? CLONE_INTO_CGROUP : 0),
        .exit_signal = SIGCHLD,
        .pidfd = (__u64) &start->process->handle,
        .parent_tid = (__u64) &start->process->pid,
        .stack = (__u64) stack,
        .stack_size = STACK_BYTES,
        .cgroup = (__u64) cgroup,
    };
    unsigned long size = cgroup != 0 ? CLONE_ARGS_SIZE_VER2 : CLONE_ARGS_SIZE_VER0;
    start->call = LC_CALL_CLONE3;
    start->child.last_signal = lc_real_time_is_ignored() ? LC_LAST_SIGNAL : LC_LAST_STANDARD_SIGNAL;
    forget_process(start->process);
    return sys_clone3(&arguments, size, lc_child_run, &start->child);
}

/* The kernel writes either the pidfd or the pid: both have the same parameter. */
static long by_clone(struct start *start, char *stack, int with_pidfd) {
    struct lc_process *process = start->process;
    void *answer = with_pidfd ? &process->handle : &process->pid;
    unsigned long flag = with_pidfd ? CLONE_PIDFD : CLONE_PARENT_SETTID;
    start->call = LC_CALL_CLONE;
    start->child.last_signal = LC_LAST_SIGNAL;
    forget_process(process);
    return sys_clone(CLONE_VM | CLONE_VFORK | SIGCHLD | flag, stack + STACK_BYTES, answer, lc_child_run,
                     &start->child);
}

static int is_refused(long result) {
    return result == -ENOSYS || result == -EPERM || result == -EINVAL;
}

/*
 * Linux 5.7; before it E2BIG or EINVAL. If the child cannot be created in the cgroup, it tries to enter it, and reports
 * the error if that fails too.
 */
static long by_clone3_into(struct start *start, char *stack) {
    lc_i64 cgroup = start->child.cgroup;
    if (cgroup != 0) {
        start->child.cgroup = 0;
        long pid = by_clone3(start, stack, cgroup);
        if (pid >= 0 || pid == -EAGAIN || pid == -ENOMEM) {
            return pid;
        }
        start->child.cgroup = cgroup;
    }
    return by_clone3(start, stack, 0);
}

/*
 * The child's stack is in this frame. When clone returns, the child does not use it any more: it runs its program or
 * has ended. (If it was forked, it has a copy.)
 */
static long clone_child(struct start *start) {
    _Alignas(16) char stack[STACK_BYTES];
    long pid = -ENOSYS;
    if ((start->child.features & LC_FEATURE_CLONE3) != 0) {
        pid = by_clone3_into(start, stack);
    }
    if (is_refused(pid) && (start->child.features & LC_FEATURE_CLONE_PIDFD) != 0) {
        pid = by_clone(start, stack, 1);
    }
    if (is_refused(pid)) {
        pid = by_clone(start, stack, 0);
    }
    return pid;
}

/*
 * All signals are blocked around the clone, because the child starts with our mask and must not run our handlers. The
 * raw call is used because libc's does not block its own two signals.
 */
static lc_i64 clone_masked(struct start *start) {
    const lc_u64 all = ~0ULL;
    lc_u64 before = 0;
    long blocked = sys_rt_sigprocmask(&all, &before);
    if (blocked < 0) {
        return lc_failure_at(LC_STAGE_RESOURCES, LC_CALL_SIGPROCMASK, blocked);
    }
    char *name = start->child.argv[1];
    long pid = clone_child(start);
    start->child.argv[1] = name;
    sys_rt_sigprocmask(&before, NULL);
    if (pid < 0) {
        forget_process(start->process);
        return lc_failure_at(LC_STAGE_CLONE, start->call, pid);
    }
    start->process->pid = pid;
    return 0;
}

/* An empty pipe means that the exec succeeded. If the pipe cannot be read, the child is killed: it may run or not. */
static lc_i64 read_report(const struct start *start) {
    lc_i64 error = 0;
    long bytes;
    do {
        bytes = sys_read(start->report, &error, sizeof error);
    } while (bytes == -EINTR);
    if (bytes < 0) {
        sys_kill(start->process->pid, SIGKILL);
        return lc_failure_at(LC_STAGE_EXEC, LC_CALL_READ, bytes);
    }
    return error;
}

/* A child that was killed early seems not to share our memory. Its pipe has ended too. */
static lc_i64 error_of_child(const struct start *start) {
    if (start->child.in_our_memory) {
        lc_memory_was_shared();
    }
    return start->child.in_our_memory || start->report < 0 ? start->child.error : read_report(start);
}

static void reap_failed_child(const struct lc_process *process) {
    struct lc_siginfo info;
    lc_waitid(P_PID, process->pid, &info, WEXITED);
}

/* If there is no descriptor left for a pidfd, the program runs already: it is waited for by pid. */
static lc_i64 pidfd_of(const struct start *start) {
    if (start->process->handle != no_pidfd_yet) {
        return start->process->handle;
    }
    long opened = (start->child.features & LC_FEATURE_PIDFD) != 0 ? sys_pidfd_open(start->process->pid, 0) : -1;
    return opened < 0 ? -1 : opened;
}

static lc_i64 run_child(struct start *start) {
    lc_i64 error = make_report(start);
    if (error == 0) {
        error = clone_masked(start);
    }
    sys_close_if_open(start->child.report);
    if (error == 0) {
        error = error_of_child(start);
        if (error != 0) {
            reap_failed_child(start->process);
        }
    }
    sys_close_if_open(start->report);
    return error;
}

static void fill_process(const struct start *start) {
    struct lc_process *process = start->process;
    int leads = (start->child.flags & LC_SPAWN_NEW_GROUP) != 0;
    process->handle = pidfd_of(start);
    process->group = leads ? process->pid : 0;
    process->cgroup = start->cgroup;
    process->group_state = leads ? LC_GROUP_PRESENT : LC_GROUP_EMPTY;
}

/* The caller closes the child's ends. */
static void undo_start(struct lc_process *process) {
    if (process->handle != no_pidfd_yet) {
        sys_close_if_open(process->handle);
    }
    for (int stream = 0; stream < STREAMS; stream++) {
        sys_close_if_open(*our_end(process, stream));
    }
    *process = (struct lc_process){.size = sizeof *process, .handle = -1, .in = -1, .out = -1, .err = -1};
}

static void describe(struct lc_child *child, const struct lc_spawn_request *request) {
    child->features = lc_features();
    child->flags = request->flags;
    child->report = -1;
    child->stdio[0] = (int) request->in;
    child->stdio[1] = (int) request->out;
    child->stdio[2] = (int) request->err;
    child->candidates = (const char *const *) request->candidates;
    child->argv = (char **) request->argv;
    child->envp = (const char *const *) request->envp;
    child->directory = (const char *) request->directory;
    child->kept = (const lc_i32 *) request->kept;
    child->kept_count = request->kept_count;
    child->guardian = request->guardian;
    child->registration = (struct lc_registration){.slot = request->slot, .generation = request->generation};
    child->cgroup = request->cgroup;
    child->in_our_memory = 0;
    child->error = 0;
}

lc_i64 lc_start(const struct lc_spawn_request *request, struct lc_process *process) {
    if (!lc_is_spawn_request(request) || process == NULL || process->size != sizeof *process) {
        return lc_invalid();
    }
    *process = (struct lc_process){.size = sizeof *process, .handle = no_pidfd_yet, .in = -1, .out = -1, .err = -1};
    struct start start = {.process = process, .cgroup = request->cgroup, .theirs = {-1, -1, -1}, .report = -1};
    describe(&start.child, request);
    lc_i64 error = make_pipes(&start);
    if (error == 0) {
        record_inodes(&start);
        error = run_child(&start);
    }
    for (int stream = 0; stream < STREAMS; stream++) {
        sys_close_if_open(start.theirs[stream]);
    }
    if (error == 0) {
        fill_process(&start);
    } else {
        undo_start(process);
    }
    return error;
}
