/*
 * guardian.c - the owner's side of a guardian.
 *
 * Its program is run from a file that is removed when the guardian is ready: there are no files in memory, and dyld
 * opens the program once more by its path. The program forks, and its first half is reaped here. So the guardian is not
 * a child of this process, and code that destroys all children of this process does not reach it.
 *
 * A process is registered by this process, while it does not run yet (start.c), and not by itself.
 */
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <time.h>

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "guardian.h"

enum {
    /* Room for a thousand registrations, which the guardian reads at once. */
    SOCKET_BYTES = 32 * 1024,

    /* As Launch.java does where another thread's fork still has the file open for writing: 127 ms in all. */
    MOST_BUSY_TRIES = 7,

    ANSWER_LIMIT_MS = 5000
};

static lc_i64 failure(int call, long result) {
    return lc_failure_at(LC_STAGE_GUARDIAN, call, result);
}

static lc_i64 spawn_failure(int error) {
    return failure(LC_CALL_POSIX_SPAWN, -(long) error);
}

static lc_i64 memory_bytes(const struct lc_guardian *guardian) {
    return (1 + (lc_i64) guardian->slots) * LC_SLOT_BYTES;
}

/* Memory */

static void close_memory(struct lc_guardian *guardian) {
    if (guardian->address != 0) {
        munmap((void *) guardian->address, (size_t) memory_bytes(guardian));
        guardian->address = 0;
    }
    if (guardian->memory >= 0) {
        close((int) guardian->memory);
        guardian->memory = -1;
    }
}

/* Moves a descriptor away from the numbers of the guardian's descriptors, and of the standard streams. */
static long moved(int descriptor) {
    long copy = lc_result(fcntl(descriptor, F_DUPFD_CLOEXEC, LC_GUARDIAN_UNUSED));
    close(descriptor);
    return copy;
}

/* The name exists for a moment only. */
static lc_i64 shared_memory(void) {
    char name[32];
    snprintf(name, sizeof name, "/lastcall-%llx", (lc_u64) clock_gettime_nsec_np(CLOCK_MONOTONIC));
    long memory = lc_result(shm_open(name, O_RDWR | O_CREAT | O_EXCL, 0600));
    if (memory < 0) {
        return failure(LC_CALL_SHM_OPEN, memory);
    }
    shm_unlink(name);
    memory = moved((int) memory);
    return memory < 0 ? failure(LC_CALL_FCNTL, memory) : memory;
}

static lc_i64 map_memory(struct lc_guardian *guardian) {
    lc_i64 bytes = memory_bytes(guardian);
    long result = lc_result(ftruncate((int) guardian->memory, bytes));
    if (result < 0) {
        return failure(LC_CALL_FTRUNCATE, result);
    }
    void *address = mmap(NULL, (size_t) bytes, PROT_READ | PROT_WRITE, MAP_SHARED, (int) guardian->memory, 0);
    if (address == MAP_FAILED) {
        return failure(LC_CALL_MMAP, -(long) errno);
    }
    guardian->address = (lc_u64) address;
    return 0;
}

static lc_i64 fill_memory(struct lc_guardian *guardian) {
    struct lc_guarded *guarded = (struct lc_guarded *) guardian->address;
    struct lc_identity self;
    long result = lc_identify(getpid(), 0, &self);
    if (result < 0) {
        return failure(LC_CALL_PROC_PIDINFO, result);
    }
    guarded->abi = LC_ABI;
    guarded->slots = guardian->slots;
    guarded->owner = getpid();
    guarded->unique = self.unique;
    if (getcwd(guarded->directory, sizeof guarded->directory) == NULL) {
        guarded->directory[0] = '\0';
    }
    return 0;
}

static lc_i64 make_memory(struct lc_guardian *guardian) {
    lc_i64 memory = shared_memory();
    if (memory < 0) {
        return memory;
    }
    guardian->memory = memory;
    lc_i64 error = map_memory(guardian);
    if (error == 0) {
        error = fill_memory(guardian);
    }
    if (error < 0) {
        close_memory(guardian);
    }
    return error;
}

/* The program */

static lc_i64 write_all(int file, const char *bytes, lc_i64 length) {
    for (lc_i64 at = 0; at < length;) {
        long written = lc_result(write(file, bytes + at, (size_t) (length - at)));
        if (written < 0 && written != -EINTR) {
            return failure(LC_CALL_WRITE, written);
        }
        at += written > 0 ? written : 0;
    }
    return 0;
}

static lc_i64 write_program(const struct lc_guardian *guardian, const char *path) {
    long file = lc_result(open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0700));
    if (file < 0) {
        return failure(LC_CALL_OPEN, file);
    }
    lc_i64 error = write_all((int) file, (const char *) guardian->program, guardian->length);
    close((int) file);
    if (error < 0) {
        unlink(path);
    }
    return error;
}

static void nap(int doublings) {
    const struct timespec time = {0, 1000000L << doublings};
    nanosleep(&time, NULL);
}

/* Standard error is for the one line that it writes. */
static int place_descriptors(posix_spawn_file_actions_t *actions, int socket, int memory) {
    int error;
    if ((error = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDWR, 0)) != 0
        || (error = posix_spawn_file_actions_addopen(actions, 1, "/dev/null", O_RDWR, 0)) != 0
        || (error = posix_spawn_file_actions_adddup2(actions, socket, LC_GUARDIAN_SOCKET)) != 0
        || (error = posix_spawn_file_actions_adddup2(actions, memory, LC_GUARDIAN_MEMORY)) != 0) {
        return error;
    }
    return fcntl(2, F_GETFD) >= 0 ? posix_spawn_file_actions_addinherit_np(actions, 2)
                                  : posix_spawn_file_actions_addopen(actions, 2, "/dev/null", O_RDWR, 0);
}

/* The guardian sets its own signals. */
static int set_attributes(posix_spawnattr_t *attributes) {
    sigset_t none;
    sigemptyset(&none);
    int error = posix_spawnattr_setflags(
        attributes, (short) (POSIX_SPAWN_CLOEXEC_DEFAULT | POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK));
    return error != 0 ? error : posix_spawnattr_setsigmask(attributes, &none);
}

/* Its name and our pid are what ps(1) shows. */
static int spawn_placed(pid_t *pid, const struct lc_guardian *guardian, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes) {
    char name[] = "lastcall-guardian", owner[16];
    char *argv[] = {name, owner, NULL};
    snprintf(owner, sizeof owner, "%d", getpid());
    int error = ETXTBSY;
    for (int tries = 0; error == ETXTBSY && tries <= MOST_BUSY_TRIES; tries++) {
        if (tries > 0) {
            nap(tries - 1);
        }
        error = posix_spawn(pid, (const char *) guardian->path, actions, attributes, argv,
                            (char *const *) guardian->environment);
    }
    return error;
}

static int spawn(pid_t *pid, const struct lc_guardian *guardian, int socket) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);
    if (error != 0) {
        return error;
    }
    error = posix_spawnattr_init(&attributes);
    if (error == 0) {
        error = place_descriptors(&actions, socket, (int) guardian->memory);
        if (error == 0) {
            error = set_attributes(&attributes);
        }
        if (error == 0) {
            error = spawn_placed(pid, guardian, &actions, &attributes);
        }
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Both ends do not block, and neither raises SIGPIPE. */
static long prepare(int *end) {
    int on = 1, bytes = SOCKET_BYTES;
    long copy = moved(*end);
    *end = (int) copy;
    if (copy < 0) {
        return copy;
    }
    long result = lc_result(fcntl(*end, F_SETFL, O_NONBLOCK));
    if (result >= 0) {
        result = lc_result(setsockopt(*end, SOL_SOCKET, SO_NOSIGPIPE, &on, sizeof on));
    }
    /* With less room starts fail earlier, and are repeated. */
    setsockopt(*end, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
    setsockopt(*end, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    return result;
}

static lc_i64 make_sockets(int ends[2]) {
    long result = lc_result(socketpair(AF_UNIX, SOCK_STREAM, 0, ends));
    if (result < 0) {
        return failure(LC_CALL_SOCKETPAIR, result);
    }
    result = prepare(&ends[0]);
    long other = prepare(&ends[1]);
    return result < 0 || other < 0 ? failure(LC_CALL_FCNTL, result < 0 ? result : other) : 0;
}

static lc_i64 answer_of(int socket) {
    struct pollfd entry = {.fd = socket, .events = POLLIN};
    long ready;
    do {
        ready = lc_result(poll(&entry, 1, ANSWER_LIMIT_MS));
    } while (ready == -EINTR);
    if (ready <= 0) {
        return failure(LC_CALL_POLL, ready < 0 ? ready : -ETIMEDOUT);
    }
    lc_i64 answer = 0;
    long bytes = lc_result(read(socket, &answer, sizeof answer));
    if (bytes != sizeof answer) {
        return failure(LC_CALL_READ, bytes < 0 ? bytes : -EPIPE);
    }
    if (answer < 0) {
        return answer;
    }
    return answer >> 32 == LC_ABI ? (lc_i64) (lc_u32) answer
                                  : lc_error_word(LC_STAGE_GUARDIAN, LC_CALL_NONE, LC_ERR_INVALID, 0);
}

/* A program that has not answered may not be a guardian. It is our child and not reaped, unless another waiter did. */
static void reap(pid_t pid, int has_answered) {
    if (!has_answered && waitpid(pid, NULL, WNOHANG) == 0) {
        kill(pid, SIGKILL);
    }
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

static lc_i64 start_with(struct lc_guardian *guardian, int ends[2]) {
    pid_t pid;
    int error = spawn(&pid, guardian, ends[1]);
    close(ends[1]);
    ends[1] = -1;
    if (error != 0) {
        return spawn_failure(error);
    }
    lc_i64 answer = answer_of(ends[0]);
    reap(pid, answer >= 0);
    return answer;
}

static lc_i64 start_connected(struct lc_guardian *guardian) {
    int ends[2] = {-1, -1};
    lc_i64 answer = make_sockets(ends);
    if (answer == 0) {
        answer = start_with(guardian, ends);
    }
    if (answer >= 0) {
        guardian->socket = ends[0];
        return answer;
    }
    for (int i = 0; i < 2; i++) {
        if (ends[i] >= 0) {
            close(ends[i]);
        }
    }
    return answer;
}

static lc_i64 start(struct lc_guardian *guardian) {
    const char *path = (const char *) guardian->path;
    if (guardian->program == 0) {
        return start_connected(guardian);
    }
    lc_i64 error = write_program(guardian, path);
    if (error < 0) {
        return error;
    }
    lc_i64 answer = start_connected(guardian);
    unlink(path);
    return answer;
}

lc_i64 lc_guardian_open(struct lc_guardian *guardian) {
    if (!lc_is_guardian(guardian)) {
        return lc_invalid();
    }
    guardian->socket = -1;
    int made = guardian->memory < 0;
    lc_i64 error = made ? make_memory(guardian) : 0;
    if (error < 0) {
        return error;
    }
    lc_i64 answer = start(guardian);
    if (answer < 0) {
        if (made) {
            close_memory(guardian);
        }
        return answer;
    }
    return answer < guardian->slots ? answer : guardian->slots;
}

/*
 * The kernel queues all of a record or nothing, since it is smaller than the low-water mark of the socket. If that
 * changes, the stream ends and another guardian is opened.
 */
static long send_record(lc_i64 socket, const struct lc_registration *record) {
    long result;
    do {
        result = lc_result(send((int) socket, record, sizeof *record, 0));
    } while (result == -EINTR);
    if (result >= 0 && result < (long) sizeof *record) {
        shutdown((int) socket, SHUT_RDWR);
        return -EPIPE;
    }
    return result;
}

/* The look comes after the identity: if the child is not reaped then, the identity is its own. */
lc_i64 lc_guardian_add(lc_i64 socket, const struct lc_process *process, lc_u32 slot, lc_u32 generation) {
    if (!lc_is_handle(socket) || !lc_is_process(process)) {
        return lc_invalid();
    }
    struct lc_identity found;
    long result = lc_identify(process->pid, 1, &found);
    if (result < 0) {
        return failure(LC_CALL_PROC_PIDINFO, result);
    }
    result = lc_has_exited(process);
    if (result < 0) {
        return failure(LC_CALL_WAITID, result);
    }
    const struct lc_registration record = {
        .slot = slot, .generation = generation, .pid = process->pid, .unique = found.unique};
    result = send_record(socket, &record);
    return result < 0 ? failure(LC_CALL_SENDMSG, result) : 0;
}

lc_i64 lc_guardian_close(struct lc_guardian *guardian) {
    if (!lc_is_guardian(guardian)) {
        return lc_invalid();
    }
    if (guardian->socket >= 0) {
        close((int) guardian->socket);
        guardian->socket = -1;
    }
    close_memory(guardian);
    return 0;
}
