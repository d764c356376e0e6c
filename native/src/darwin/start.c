/*
 * start.c - the start of a process by posix_spawn(2), which is one system call here and returns the child's errors.
 *
 * It has one error for all steps. To find out which step failed, the directory and the descriptors are checked before.
 * So an error of posix_spawn is about the program or, with EAGAIN and ENOMEM, about creating the process.
 *
 * POSIX_SPAWN_CLOEXEC_DEFAULT closes every descriptor that the file actions do not name.
 *
 * With a guardian the child is created stopped, and continues when it is registered. If this process ends before, the
 * kernel ends the child: a stopped process whose group is orphaned gets SIGHUP and SIGCONT.
 */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>
#include <sys/wait.h>

#include "internal.h"

enum { STREAMS = 3 };

static const char shell[] = "/bin/sh";

struct start {
    const struct lc_spawn_request *request;
    struct lc_process *process;
    char *resolved;        /* to be freed */
    const char *directory; /* absolute, if there is one */
    int sources[STREAMS];  /* descriptors or LC_STDIO_*; 0, 1 and 2 only at their own index */
    int theirs[STREAMS];   /* the child's ends of the pipes that are created here, -1: none */
    int moved[STREAMS];    /* copies to be closed, -1: none */
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t actions;
    pid_t pid;
};

/* Directory */

static long enter(const char *directory) {
    struct stat found;
    long result = lc_result(stat(directory, &found));
    if (result == 0 && !S_ISDIR(found.st_mode)) {
        result = -ENOTDIR;
    }
    return result < 0 ? result : lc_result(faccessat(AT_FDCWD, directory, X_OK, AT_EACCESS));
}

static lc_i64 find_directory(struct start *start) {
    const char *directory = (const char *) start->request->directory;
    if (directory == NULL) {
        return 0;
    }
    long result = enter(directory);
    if (result < 0) {
        return lc_failure_at(LC_STAGE_DIRECTORY, LC_CALL_CHDIR, result);
    }
    start->resolved = realpath(directory, NULL);
    start->directory = start->resolved != NULL ? start->resolved : directory;
    return 0;
}

/* Pipes */

static void close_all(const int descriptors[STREAMS]) {
    for (int i = 0; i < STREAMS; i++) {
        if (descriptors[i] >= 0) {
            close(descriptors[i]);
        }
    }
}

/*
 * There is no pipe2. A process that another thread starts between the two calls could inherit the ends, but processes
 * that Lastcall and the JDK start close all other descriptors. If this process has closed its descriptors 0, 1 or 2, an
 * end could get such a number and would be taken for an inherited stream: it is moved.
 */
static long protect(int *end) {
    if (*end >= STREAMS) {
        return lc_result(fcntl(*end, F_SETFD, FD_CLOEXEC));
    }
    long copy = lc_result(fcntl(*end, F_DUPFD_CLOEXEC, STREAMS));
    if (copy >= 0) {
        close(*end);
        *end = (int) copy;
    }
    return copy;
}

static lc_i64 *our_end(struct lc_process *process, int stream) {
    return stream == 0 ? &process->in : stream == 1 ? &process->out : &process->err;
}

static lc_i64 make_pipe(struct start *start, int stream) {
    int ends[2];
    long result = lc_result(pipe(ends));
    if (result < 0) {
        return lc_failure_at(LC_STAGE_RESOURCES, LC_CALL_PIPE, result);
    }
    int *ours = stream == 0 ? &ends[1] : &ends[0], *theirs = stream == 0 ? &ends[0] : &ends[1];
    result = protect(ours);
    if (result >= 0) {
        result = protect(theirs);
    }
    if (result >= 0) {
        result = lc_result(fcntl(*ours, F_SETFL, O_NONBLOCK));
    }
    *our_end(start->process, stream) = *ours;
    start->theirs[stream] = start->sources[stream] = *theirs;
    return result < 0 ? lc_failure_at(LC_STAGE_RESOURCES, LC_CALL_FCNTL, result) : 0;
}

lc_i64 lc_pipe(lc_i64 *input, lc_i64 *output) {
    int ends[2];
    if (input == NULL || output == NULL) {
        return lc_invalid();
    }
    long result = lc_result(pipe(ends));
    if (result < 0) {
        return lc_failure(LC_CALL_PIPE, result);
    }
    result = protect(&ends[0]);
    if (result >= 0) {
        result = protect(&ends[1]);
    }
    if (result < 0) {
        close(ends[0]);
        close(ends[1]);
        return lc_failure(LC_CALL_FCNTL, result);
    }
    *input = ends[0];
    *output = ends[1];
    return 0;
}

/* The kernel enlarges pipes itself. */
lc_i64 lc_pipe_enlarge(lc_i64 pipe) {
    (void) pipe;
    return lc_unsupported();
}

static lc_i64 make_pipes(struct start *start) {
    lc_i64 error = 0;
    for (int stream = 0; stream < STREAMS && error == 0; stream++) {
        if (start->sources[stream] == LC_STDIO_PIPE) {
            error = make_pipe(start, stream);
        }
    }
    return error;
}

/* Streams */

/* A source that is 0, 1 or 2 could be overwritten before it is placed, so it is copied first. */
static long move_source(struct start *start, int target) {
    int source = start->sources[target];
    if (source < 0 || source == target) {
        return 0;
    }
    if (source >= STREAMS) {
        return lc_result(fcntl(source, F_GETFD));
    }
    long copy = lc_result(fcntl(source, F_DUPFD_CLOEXEC, STREAMS));
    if (copy >= 0) {
        start->sources[target] = start->moved[target] = (int) copy;
    }
    return copy;
}

static lc_i64 move_sources(struct start *start) {
    for (int target = 0; target < STREAMS; target++) {
        long result = move_source(start, target);
        if (result < 0) {
            return lc_failure_at(LC_STAGE_STDIO, LC_CALL_FCNTL, result);
        }
    }
    return 0;
}

/* A closed descriptor needs no action. A dup2 to the same number would leave it closed on exec. */
static int place_one(struct start *start, int target) {
    int source = start->sources[target];
    if (source == LC_STDIO_TO_STDOUT) {
        return posix_spawn_file_actions_adddup2(&start->actions, STDOUT_FILENO, target);
    }
    if (source != LC_STDIO_INHERIT && source != target) {
        return posix_spawn_file_actions_adddup2(&start->actions, source, target);
    }
    int is_open = fcntl(target, F_GETFD) >= 0;
    return is_open ? posix_spawn_file_actions_addinherit_np(&start->actions, target) : 0;
}

static int place_streams(struct start *start) {
    int error = 0;
    for (int target = 0; target < STREAMS && error == 0; target++) {
        error = place_one(start, target);
    }
    if (error == 0 && start->directory != NULL) {
        error = posix_spawn_file_actions_addchdir_np(&start->actions, start->directory);
    }
    return error;
}

/* Signals and group */

static int set_attributes(struct start *start) {
    int leads = (start->request->flags & LC_SPAWN_NEW_GROUP) != 0;
    int flags = POSIX_SPAWN_CLOEXEC_DEFAULT | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
                | (leads ? POSIX_SPAWN_SETPGROUP : 0)
                | (start->request->guardian != 0 ? POSIX_SPAWN_START_SUSPENDED : 0);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    int error;
    if ((error = posix_spawnattr_setflags(&start->attributes, (short) flags)) != 0
        || (error = posix_spawnattr_setsigmask(&start->attributes, &none)) != 0
        || (error = posix_spawnattr_setsigdefault(&start->attributes, &all)) != 0) {
        return error;
    }
    return leads ? posix_spawnattr_setpgroup(&start->attributes, 0) : 0;
}

/* Program */

static long spawn_at(struct start *start, const char *path, char **argv) {
    return -(long) posix_spawn(&start->pid, path, &start->actions, &start->attributes, argv,
                               (char *const *) start->request->envp);
}

/*
 * Like execvp(3), for a file without a magic number. The arguments start at element 1: the name of the shell goes
 * before them, and the path replaces the name of the program, which is restored for the next candidate. ENOENT would be
 * about the shell, but read as if the program were missing.
 */
static long spawn_by_shell(struct start *start, const char *path) {
    char **argv = (char **) start->request->argv;
    char *name = argv[1];
    argv[0] = (char *) (uintptr_t) shell;
    argv[1] = (char *) (uintptr_t) path;
    long result = spawn_at(start, shell, argv);
    argv[1] = name;
    return result == -ENOENT ? -ENOEXEC : result;
}

/* macOS 10.15 looks for a relative path before it enters the directory, so the path is made absolute. */
static long spawn_candidate(struct start *start, const char *candidate) {
    char *joined = NULL;
    if (start->directory != NULL && candidate[0] != '/') {
        size_t head = strlen(start->directory), tail = strlen(candidate);
        joined = malloc(head + 1 + tail + 1);
        if (joined == NULL) {
            return -ENOMEM;
        }
        memcpy(joined, start->directory, head);
        joined[head] = '/';
        memcpy(joined + head + 1, candidate, tail + 1);
    }
    long result = spawn_at(start, joined != NULL ? joined : candidate, (char **) start->request->argv + 1);
    free(joined);
    return result == -ENOEXEC ? spawn_by_shell(start, candidate) : result;
}

/* As in the JDK, and a path that is too long for the kernel. */
static int is_missing(long result) {
    switch (-result) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ESTALE:
    case ENODEV:
    case ETIMEDOUT:
    case ENAMETOOLONG:
        return 1;
    default:
        return 0;
    }
}

static lc_i64 spawn_failure(long result) {
    int stage = result == -EAGAIN || result == -ENOMEM ? LC_STAGE_CLONE : LC_STAGE_EXEC;
    return lc_failure_at(stage, LC_CALL_POSIX_SPAWN, result);
}

static lc_i64 spawn_first(struct start *start) {
    long refused = 0;
    long result = -ENOENT;
    for (const char *const *candidate = (const char *const *) start->request->candidates; *candidate != NULL;
         candidate++) {
        result = spawn_candidate(start, *candidate);
        if (result == 0) {
            return 0;
        }
        if (result == -EACCES) {
            refused = result;
        } else if (!is_missing(result)) {
            return spawn_failure(result);
        }
    }
    return spawn_failure(refused != 0 ? refused : result);
}

static lc_i64 no_room(int error) {
    return lc_failure_at(LC_STAGE_RESOURCES, LC_CALL_POSIX_SPAWN, -(long) error);
}

static lc_i64 spawn_prepared(struct start *start) {
    int error = place_streams(start);
    if (error == 0) {
        error = set_attributes(start);
    }
    return error != 0 ? no_room(error) : spawn_first(start);
}

static lc_i64 spawn_with_actions(struct start *start) {
    int error = posix_spawn_file_actions_init(&start->actions);
    if (error != 0) {
        return no_room(error);
    }
    lc_i64 result;
    error = posix_spawnattr_init(&start->attributes);
    if (error != 0) {
        result = no_room(error);
    } else {
        result = spawn_prepared(start);
        posix_spawnattr_destroy(&start->attributes);
    }
    posix_spawn_file_actions_destroy(&start->actions);
    return result;
}

static lc_i64 run_child(struct start *start) {
    lc_i64 error = find_directory(start);
    if (error == 0) {
        error = make_pipes(start);
    }
    if (error == 0) {
        error = move_sources(start);
    }
    return error == 0 ? spawn_with_actions(start) : error;
}

static void fill_process(const struct start *start) {
    struct lc_process *process = start->process;
    int leads = (start->request->flags & LC_SPAWN_NEW_GROUP) != 0;
    process->pid = start->pid;
    process->group = leads ? start->pid : 0;
    process->group_state = leads ? LC_GROUP_PRESENT : LC_GROUP_EMPTY;
}

/* Returns an error if it cannot be registered; then it never runs. */
static lc_i64 register_and_run(const struct start *start) {
    const struct lc_spawn_request *request = start->request;
    if (request->guardian == 0) {
        return 0;
    }
    lc_i64 error = lc_guardian_add(request->guardian, start->process, request->slot, request->generation);
    kill(start->pid, error == 0 ? SIGCONT : SIGKILL);
    while (error < 0 && waitpid(start->pid, NULL, 0) < 0 && errno == EINTR) {
    }
    return error;
}

/* Our ends stay open only in a process that runs. */
static void undo_start(struct lc_process *process) {
    process->pid = process->group = 0;
    process->group_state = LC_GROUP_EMPTY;
    for (int stream = 0; stream < STREAMS; stream++) {
        lc_i64 *end = our_end(process, stream);
        if (*end >= 0) {
            close((int) *end);
            *end = -1;
        }
    }
}

lc_i64 lc_start(const struct lc_spawn_request *request, struct lc_process *process) {
    if (!lc_is_spawn_request(request) || process == NULL || process->size != sizeof *process) {
        return lc_invalid();
    }
    lc_init(0);
    *process = (struct lc_process){.size = sizeof *process, .handle = -1, .in = -1, .out = -1, .err = -1};
    struct start start = {
        .request = request,
        .process = process,
        .sources = {(int) request->in, (int) request->out, (int) request->err},
        .theirs = {-1, -1, -1},
        .moved = {-1, -1, -1},
    };
    lc_i64 error = request->cgroup != 0 ? lc_no_cgroups() : run_child(&start);
    close_all(start.theirs);
    close_all(start.moved);
    free(start.resolved);
    if (error == 0) {
        fill_process(&start);
        error = register_and_run(&start);
    }
    if (error < 0) {
        undo_start(process);
    }
    return error;
}
