/*
 * spawn.c - a spawn: posix_spawn(2), which is one system call here and tells the child's errors exactly.
 *
 * One error for many steps: so that it can be said which one failed, what can be looked at beforehand is, the directory
 * and the descriptors. What fails after that is the program's or, with EAGAIN and ENOMEM, the making of a process.
 *
 * POSIX_SPAWN_CLOEXEC_DEFAULT closes every descriptor that the file actions do not name.
 */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sys/stat.h>

#include "internal.h"

enum { STREAMS = 3 };

static const char shell[] = "/bin/sh";

/* What is spawned, prepared. */
struct birth {
    const struct lc_spawn_request *request;
    const char *directory; /* absolute, if there is one */
    int sources[STREAMS];  /* descriptors or LC_STDIO_*; none is among 0, 1 and 2 but in its own place */
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

/* Freed by the caller as any other, so that there is one way to let go of it. */
static lc_i64 find_directory(struct birth *birth, char **resolved) {
    const char *directory = (const char *) birth->request->directory;
    if (directory == NULL) {
        return 0;
    }
    long result = enter(directory);
    if (result < 0) {
        return lc_failure_at(LC_STAGE_DIRECTORY, LC_CALL_CHDIR, result);
    }
    *resolved = realpath(directory, NULL);
    birth->directory = *resolved != NULL ? *resolved : directory;
    return 0;
}

/* Streams */

/* A source among 0, 1 and 2 would be overwritten by the one before it, so a copy out of their way stands for it. */
static long move_source(struct birth *birth, int target) {
    int source = birth->sources[target];
    if (source < 0 || source == target) {
        return 0;
    }
    if (source >= STREAMS) {
        return lc_result(fcntl(source, F_GETFD));
    }
    long copy = lc_result(fcntl(source, F_DUPFD_CLOEXEC, STREAMS));
    if (copy >= 0) {
        birth->sources[target] = birth->moved[target] = (int) copy;
    }
    return copy;
}

static void close_moved(const struct birth *birth) {
    for (int target = 0; target < STREAMS; target++) {
        if (birth->moved[target] >= 0) {
            close(birth->moved[target]);
        }
    }
}

static lc_i64 move_sources(struct birth *birth) {
    for (int target = 0; target < STREAMS; target++) {
        long result = move_source(birth, target);
        if (result < 0) {
            return lc_failure_at(LC_STAGE_STDIO, LC_CALL_FCNTL, result);
        }
    }
    return 0;
}

/* One of ours that is closed is as good as inherited. dup2 onto itself would leave it closed on exec. */
static int place_one(struct birth *birth, int target) {
    int source = birth->sources[target];
    if (source == LC_STDIO_TO_STDOUT) {
        return posix_spawn_file_actions_adddup2(&birth->actions, STDOUT_FILENO, target);
    }
    if (source != LC_STDIO_INHERIT && source != target) {
        return posix_spawn_file_actions_adddup2(&birth->actions, source, target);
    }
    int is_open = fcntl(target, F_GETFD) >= 0;
    return is_open ? posix_spawn_file_actions_addinherit_np(&birth->actions, target) : 0;
}

static int place_streams(struct birth *birth) {
    int error = 0;
    for (int target = 0; target < STREAMS && error == 0; target++) {
        error = place_one(birth, target);
    }
    if (error == 0 && birth->directory != NULL) {
        error = posix_spawn_file_actions_addchdir_np(&birth->actions, birth->directory);
    }
    return error;
}

/* Signals and group */

static int set_attributes(struct birth *birth) {
    int leads = (birth->request->flags & LC_SPAWN_NEW_GROUP) != 0;
    int flags = POSIX_SPAWN_CLOEXEC_DEFAULT | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK
                | (leads ? POSIX_SPAWN_SETPGROUP : 0);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    int error;
    if ((error = posix_spawnattr_setflags(&birth->attributes, (short) flags)) != 0
        || (error = posix_spawnattr_setsigmask(&birth->attributes, &none)) != 0
        || (error = posix_spawnattr_setsigdefault(&birth->attributes, &all)) != 0) {
        return error;
    }
    return leads ? posix_spawnattr_setpgroup(&birth->attributes, 0) : 0;
}

/* Program */

static long spawn_at(struct birth *birth, const char *path, char **argv) {
    return -(long) posix_spawn(&birth->pid, path, &birth->actions, &birth->attributes, argv,
                               (char *const *) birth->request->envp);
}

/*
 * What execvp(3) has always done with a file that has no magic. The arguments follow from element 1 on, so the shell's
 * name fits before them and the path takes the place of the program's own name, which is put back for the next try.
 * ENOENT here would be about the shell, and read as if the program were missing.
 */
static long spawn_by_shell(struct birth *birth, const char *path) {
    char **argv = (char **) birth->request->argv;
    char *name = argv[1];
    argv[0] = (char *) (uintptr_t) shell;
    argv[1] = (char *) (uintptr_t) path;
    long result = spawn_at(birth, shell, argv);
    argv[1] = name;
    return result == -ENOENT ? -ENOEXEC : result;
}

/* A relative path is made absolute: before the directory is entered macOS 10.15 says of it that it does not exist. */
static long spawn_candidate(struct birth *birth, const char *candidate) {
    char *joined = NULL;
    if (birth->directory != NULL && candidate[0] != '/') {
        size_t head = strlen(birth->directory), tail = strlen(candidate);
        joined = malloc(head + 1 + tail + 1);
        if (joined == NULL) {
            return -ENOMEM;
        }
        memcpy(joined, birth->directory, head);
        joined[head] = '/';
        memcpy(joined + head + 1, candidate, tail + 1);
    }
    long result = spawn_at(birth, joined != NULL ? joined : candidate, (char **) birth->request->argv + 1);
    free(joined);
    return result == -ENOEXEC ? spawn_by_shell(birth, candidate) : result;
}

/* The JDK's list, and a path too long for the kernel. */
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

static lc_i64 spawn_first(struct birth *birth) {
    long refused = 0;
    long result = -ENOENT;
    for (const char *const *candidate = (const char *const *) birth->request->candidates; *candidate != NULL;
         candidate++) {
        result = spawn_candidate(birth, *candidate);
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

static lc_i64 spawn_prepared(struct birth *birth) {
    int error = place_streams(birth);
    if (error == 0) {
        error = set_attributes(birth);
    }
    return error != 0 ? no_room(error) : spawn_first(birth);
}

static lc_i64 spawn_with_actions(struct birth *birth) {
    int error = posix_spawn_file_actions_init(&birth->actions);
    if (error != 0) {
        return no_room(error);
    }
    lc_i64 result;
    error = posix_spawnattr_init(&birth->attributes);
    if (error != 0) {
        result = no_room(error);
    } else {
        result = spawn_prepared(birth);
        posix_spawnattr_destroy(&birth->attributes);
    }
    posix_spawn_file_actions_destroy(&birth->actions);
    return result;
}

lc_i64 lc_spawn(const struct lc_spawn_request *request, struct lc_process *process) {
    if (!lc_is_spawn_request(request) || process == NULL || process->size != sizeof *process) {
        return lc_invalid();
    }
    lc_init(0);
    struct birth birth = {
        .request = request,
        .sources = {(int) request->in, (int) request->out, (int) request->err},
        .moved = {-1, -1, -1},
    };
    char *directory = NULL;
    lc_i64 error = find_directory(&birth, &directory);
    if (error == 0) {
        error = move_sources(&birth);
    }
    if (error == 0) {
        error = spawn_with_actions(&birth);
    }
    close_moved(&birth);
    free(directory);
    if (error == 0) {
        process->reserved = 0;
        process->pid = birth.pid;
        process->group = (request->flags & LC_SPAWN_NEW_GROUP) != 0 ? birth.pid : 0;
        process->handle = -1;
    }
    return error;
}
