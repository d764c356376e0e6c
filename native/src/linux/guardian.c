/*
 * guardian.c - the owner's side of a guardian.
 *
 * It is forked twice: the first child creates the second in a new session, ends, and is reaped at once. So the guardian
 * is not a child of this process, the terminal sends it no signals, and code that destroys all children of this process
 * does not reach it. Both children share our memory until the program runs, like the child of a start. Their errors
 * come through the socket, and so does the message of the guardian that it is ready.
 *
 * Its program is run from memory, so that no file is needed and none can be left. If the administrator forbids that, it
 * is run from a file whose name has been removed.
 */
#include <asm/poll.h>
#include <asm/signal.h>
#include <linux/fcntl.h>
#include <linux/memfd.h>
#include <linux/mman.h>
#include <linux/sched.h>
#include <linux/time_types.h>
#include <linux/wait.h>

#include "guardian.h"
#include "procfs.h"

enum {
    STACK_BYTES = 16 * 1024,

    /* Linux 6.3. Where vm.memfd_noexec asks for them; an older kernel knows neither. */
    NOEXEC_SEAL = 8, /* MFD_NOEXEC_SEAL */
    EXEC = 16,       /* MFD_EXEC */

    /* As Launch.java does where another thread's fork still has the file open for writing: 127 ms in all. */
    MOST_BUSY_TRIES = 7
};

static const lc_i64 answer_limit_ns = 5000000000;

static const char name[] = "lastcall-guardian";

/* The parameters of both children. */
struct children {
    lc_i64 program;
    lc_i64 socket; /* the guardian's end */
    lc_i64 memory;
    lc_i64 self;   /* our pidfd */
    char *const *argv;
    const char *const *environment;
    char *second_stack;
};

static lc_i64 failure(int call, long result) {
    return lc_failure_at(LC_STAGE_GUARDIAN, call, result);
}

static lc_i64 unless_failed(int call, long result) {
    return result < 0 ? failure(call, result) : result;
}

/* The children */

static _Noreturn void end_with(const struct children *children, lc_i64 error) {
    sys_send(children->socket, &error, sizeof error, LC_MSG_DONTWAIT | LC_MSG_NOSIGNAL);
    for (;;) {
        sys_exit_group(127);
    }
}

static void nap(int doublings) {
    struct __kernel_timespec time = {.tv_nsec = 1000000L << doublings};
    sys_ppoll(NULL, 0, &time);
}

/* Moves a descriptor away from the numbers of the guardian's descriptors. */
static lc_i64 moved(const struct children *children, lc_i64 handle) {
    long result = sys_fcntl(handle, F_DUPFD_CLOEXEC, LC_GUARDIAN_UNUSED);
    if (result < 0) {
        end_with(children, failure(LC_CALL_FCNTL, result));
    }
    return result;
}

static void place(const struct children *children, lc_i64 handle, int target) {
    long result = sys_dup3(handle, target, 0);
    if (result < 0) {
        end_with(children, failure(LC_CALL_DUP, result));
    }
}

static void second_child(void *argument) {
    const struct children *given = argument;
    struct children children = *given;
    sys_setsid();
    children.program = moved(given, given->program);
    children.socket = moved(given, given->socket);
    children.memory = moved(given, given->memory);
    children.self = moved(given, given->self);
    place(&children, children.socket, LC_GUARDIAN_SOCKET);
    place(&children, children.memory, LC_GUARDIAN_MEMORY);
    place(&children, children.self, LC_GUARDIAN_OWNER);
    long result = -ETXTBSY;
    for (int tries = 0; result == -ETXTBSY && tries <= MOST_BUSY_TRIES; tries++) {
        if (tries > 0) {
            nap(tries - 1);
        }
        result = sys_execveat(children.program, children.argv, children.environment);
    }
    end_with(&children, failure(LC_CALL_EXECVEAT, result));
}

static void first_child(void *argument) {
    const struct children *children = argument;
    long pid = sys_clone(CLONE_VM | CLONE_VFORK | SIGCHLD, children->second_stack + STACK_BYTES, NULL, second_child,
                         argument);
    if (pid < 0) {
        end_with(children, failure(LC_CALL_CLONE, pid));
    }
    for (;;) {
        sys_exit_group(0);
    }
}

/* As start.c does it: the signals are blocked, since a handler of ours must not run in another process. */
static lc_i64 fork_twice(struct children *children) {
    _Alignas(16) char stack[STACK_BYTES];
    _Alignas(16) char second_stack[STACK_BYTES];
    const lc_u64 all = ~0ULL;
    lc_u64 before = 0;
    children->second_stack = second_stack;
    long result = sys_rt_sigprocmask(&all, &before);
    if (result < 0) {
        return failure(LC_CALL_SIGPROCMASK, result);
    }
    long pid = sys_clone(CLONE_VM | CLONE_VFORK | SIGCHLD, stack + STACK_BYTES, NULL, first_child, children);
    sys_rt_sigprocmask(&before, NULL);
    if (pid < 0) {
        return failure(LC_CALL_CLONE, pid);
    }
    struct lc_siginfo info;
    lc_waitid(P_PID, pid, &info, WEXITED);
    return 0;
}

/* Files */

static lc_i64 write_all(lc_i64 file, const char *bytes, lc_i64 length) {
    for (lc_i64 at = 0; at < length;) {
        long written = sys_write(file, bytes + at, length - at);
        if (written < 0 && written != -EINTR) {
            return failure(LC_CALL_WRITE, written);
        }
        at += written > 0 ? written : 0;
    }
    return 0;
}

static lc_i64 memory_file(unsigned flag) {
    long result = sys_memfd_create(name, MFD_CLOEXEC | flag);
    if (result == -EINVAL) {
        result = sys_memfd_create(name, MFD_CLOEXEC);
    }
    return unless_failed(LC_CALL_MEMFD_CREATE, result);
}

static lc_i64 program_in_memory(const struct lc_guardian *guardian) {
    lc_i64 file = memory_file(EXEC);
    if (file < 0) {
        return file;
    }
    lc_i64 error = write_all(file, (const char *) guardian->program, guardian->length);
    if (error < 0) {
        sys_close(file);
        return error;
    }
    return file;
}

static lc_i64 opened(const char *path) {
    return unless_failed(LC_CALL_OPEN, lc_open_file(path, O_RDONLY));
}

/* Closes the file and opens it again, because a file that is open for writing cannot be run. */
static lc_i64 program_in_file(const struct lc_guardian *guardian) {
    const char *path = (const char *) guardian->path;
    long file = sys_open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700);
    if (file < 0) {
        return failure(LC_CALL_OPEN, file);
    }
    lc_i64 error = write_all(file, (const char *) guardian->program, guardian->length);
    sys_close(file);
    lc_i64 result = error < 0 ? error : opened(path);
    sys_unlink(path);
    return result;
}

/* Starting one */

static void close_memory(struct lc_guardian *guardian) {
    if (guardian->address != 0) {
        sys_munmap(guardian->address, (1 + (lc_i64) guardian->slots) * LC_SLOT_BYTES);
        guardian->address = 0;
    }
    sys_close_if_open(guardian->memory);
    guardian->memory = -1;
}

static lc_i64 make_memory(struct lc_guardian *guardian) {
    lc_i64 bytes = (1 + (lc_i64) guardian->slots) * LC_SLOT_BYTES;
    lc_i64 memory = memory_file(NOEXEC_SEAL);
    if (memory < 0) {
        return memory;
    }
    guardian->memory = memory;
    long result = sys_ftruncate(memory, bytes);
    if (result < 0) {
        close_memory(guardian);
        return failure(LC_CALL_FTRUNCATE, result);
    }
    result = sys_mmap(bytes, PROT_READ | PROT_WRITE, MAP_SHARED, memory);
    if (result < 0) {
        close_memory(guardian);
        return failure(LC_CALL_MMAP, result);
    }
    guardian->address = (lc_u64) result;
    struct lc_guarded *guarded = (struct lc_guarded *) guardian->address;
    guarded->abi = LC_ABI;
    guarded->slots = guardian->slots;
    guarded->owner = sys_getpid();
    guarded->group = sys_getpgid(0);
    guarded->session = sys_getsid(0);
    guarded->features = lc_features();
    if (sys_getcwd(guarded->directory, sizeof guarded->directory) < 0) {
        guarded->directory[0] = '\0';
    }
    return 0;
}

/* The numbers that a socket of a parent whose own 0, 1 or 2 is closed would get are the child's standard streams. */
static lc_i64 above_stdio(int *socket) {
    if (*socket >= LC_GUARDIAN_SOCKET) {
        return 0;
    }
    long result = sys_fcntl(*socket, F_DUPFD_CLOEXEC, LC_GUARDIAN_SOCKET);
    if (result < 0) {
        return failure(LC_CALL_FCNTL, result);
    }
    sys_close(*socket);
    *socket = (int) result;
    return 0;
}

static lc_i64 answer_of(struct lc_guardian *guardian) {
    struct pollfd entry = {.fd = (int) guardian->socket, .events = POLLIN};
    long ready = lc_poll(&entry, 1, answer_limit_ns);
    if (ready <= 0) {
        return failure(LC_CALL_PPOLL, ready < 0 ? ready : -ETIMEDOUT);
    }
    lc_i64 answer = 0;
    long bytes = lc_read_some(guardian->socket, &answer, sizeof answer);
    if (bytes <= 0) {
        return failure(LC_CALL_READ, bytes < 0 ? bytes : -EPIPE);
    }
    if (answer < 0) {
        return answer;
    }
    if (answer >> 32 != LC_ABI) {
        return lc_error_word(LC_STAGE_GUARDIAN, LC_CALL_NONE, LC_ERR_INVALID, 0);
    }
    lc_u32 slots = (lc_u32) answer;
    return slots;
}

static lc_i64 start_with(struct lc_guardian *guardian, struct children *children) {
    int ends[2];
    long result = sys_socketpair(LC_AF_UNIX, LC_SOCK_SEQPACKET | O_CLOEXEC, ends);
    if (result < 0) {
        return failure(LC_CALL_SOCKETPAIR, result);
    }
    lc_i64 error = above_stdio(&ends[0]);
    children->socket = ends[1];
    if (error == 0) {
        error = fork_twice(children);
    }
    sys_close(ends[1]);
    guardian->socket = ends[0];
    lc_i64 answer = error < 0 ? error : answer_of(guardian);
    if (answer < 0) {
        sys_close(ends[0]);
        guardian->socket = -1;
    }
    return answer;
}

static lc_i64 start_program(struct lc_guardian *guardian, struct children *children, lc_i64 program) {
    if (program < 0) {
        return program;
    }
    children->program = program;
    lc_i64 answer = start_with(guardian, children);
    sys_close(program);
    return answer;
}

static lc_i64 start(struct lc_guardian *guardian, struct children *children) {
    if (guardian->program == 0) {
        return start_program(guardian, children, opened((const char *) guardian->path));
    }
    lc_i64 answer = start_program(guardian, children, program_in_memory(guardian));
    return answer >= 0 ? answer : start_program(guardian, children, program_in_file(guardian));
}

static lc_i64 start_guardian(struct lc_guardian *guardian) {
    char pid[24];
    char *argv[] = {(char *) (lc_u64) name, pid, NULL};
    lc_append_number(pid, sys_getpid());
    long self = sys_pidfd_open(sys_getpid(), 0);
    if (self < 0) {
        return failure(LC_CALL_PIDFD_OPEN, self);
    }
    struct children children = {
        .memory = guardian->memory,
        .self = self,
        .argv = argv,
        .environment = (const char *const *) guardian->environment,
    };
    lc_i64 answer = start(guardian, &children);
    sys_close(self);
    return answer;
}

lc_i64 lc_guardian_open(struct lc_guardian *guardian) {
    if (!lc_is_guardian(guardian)) {
        return lc_invalid();
    }
    if ((lc_features() & LC_FEATURE_PIDFD) == 0) {
        return lc_error_word(LC_STAGE_GUARDIAN, LC_CALL_NONE, LC_ERR_UNSUPPORTED, 0);
    }
    guardian->socket = -1;
    int made = guardian->memory < 0;
    lc_i64 error = made ? make_memory(guardian) : 0;
    if (error < 0) {
        return error;
    }
    lc_i64 answer = start_guardian(guardian);
    if (answer < 0) {
        if (made) {
            close_memory(guardian);
        }
        return answer;
    }
    return answer < guardian->slots ? answer : guardian->slots;
}

lc_i64 lc_guardian_add(lc_i64 socket, const struct lc_process *process, lc_u32 slot, lc_u32 generation) {
    if (!lc_is_handle(socket) || !lc_is_process(process) || process->handle < 0) {
        return lc_invalid();
    }
    struct lc_registration registration = {
        .slot = slot,
        .generation = generation,
        .pid = process->pid,
        .out = process->out_inode,
        .err = process->err_inode,
        .out_end = process->out,
        .err_end = process->err,
    };
    return lc_register(socket, process->handle, &registration);
}

lc_i64 lc_guardian_close(struct lc_guardian *guardian) {
    if (!lc_is_guardian(guardian)) {
        return lc_invalid();
    }
    sys_close_if_open(guardian->socket);
    guardian->socket = -1;
    close_memory(guardian);
    return 0;
}
