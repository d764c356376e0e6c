/*
 * run.c - the commands of steps. They are started as the owner would start them, in its directory, and end with their
 * step.
 *
 * One starts at a time, so all use the same static arrays.
 */
#include <asm/signal.h>
#include <linux/wait.h>

#include "guard.h"
#include "procfs.h"

enum { MOST_WORDS = 512, MOST_VARIABLES = 8192, MOST_CANDIDATES = 64, PATH_ROOM = 16 * 1024 };

static const char variable[] = "LASTCALL_PID=";
static const char usual_path[] = ":/bin:/usr/bin"; /* the JDK's */

static const char *variables[1 + MOST_VARIABLES + 1]; /* the first is the command's own */
static char own_variable[sizeof variable + 20];
static const char *path = usual_path;

static char *argv[1 + MOST_WORDS + 1];
static const char *candidates[MOST_CANDIDATES + 1];
static char paths[PATH_ROOM];

void commands_begin(const char *const *environment) {
    int count = 1;
    variables[0] = own_variable;
    for (; *environment != NULL && count <= MOST_VARIABLES; environment++) {
        const char *value = lc_after(*environment, "PATH=");
        path = value != NULL ? value : path;
        if (lc_after(*environment, variable) == NULL) {
            variables[count++] = *environment;
        }
    }
}

static long length_of(const char *text) {
    long length = 0;
    while (text[length] != '\0') {
        length++;
    }
    return length;
}

/* Returns whether there was room for all words. */
static int take_words(const char *command) {
    lc_i32 count = *(const lc_i32 *) (const void *) command;
    const char *word = command + sizeof count;
    if (count < 1 || count > MOST_WORDS) {
        return 0;
    }
    for (int i = 0; i < count; i++) {
        argv[1 + i] = (char *) (lc_u64) word;
        word += length_of(word) + 1;
    }
    argv[1 + count] = NULL;
    return 1;
}

static int has_slash(const char *name) {
    while (*name != '\0' && *name != '/') {
        name++;
    }
    return *name == '/';
}

/* An empty part of the path is the working directory. */
static void look_in_path(const char *name) {
    char *end = paths;
    int count = 0;
    for (const char *part = path; count < MOST_CANDIDATES;) {
        const char *rest = part;
        while (*rest != '\0' && *rest != ':') {
            rest++;
        }
        if (end + (rest - part) + length_of(name) + 3 > paths + PATH_ROOM) {
            break;
        }
        candidates[count++] = end;
        while (part < rest) {
            *end++ = *part++;
        }
        end = lc_append(lc_append(end, candidates[count - 1] == end ? "./" : "/"), name) + 1;
        if (*rest == '\0') {
            break;
        }
        part = rest + 1;
    }
    candidates[count] = NULL;
}

static void look_for(const char *name) {
    if (!has_slash(name)) {
        look_in_path(name);
        return;
    }
    candidates[0] = name;
    candidates[1] = NULL;
}

lc_i64 run(struct guarded *one, const char *command) {
    if (!take_words(command)) {
        return lc_invalid();
    }
    look_for(argv[1]);
    lc_append_number(lc_append(own_variable, variable), one->pid);
    const struct lc_spawn_request request = {
        .size = sizeof request,
        .flags = LC_SPAWN_NEW_GROUP,
        .candidates = (lc_u64) candidates,
        .argv = (lc_u64) argv,
        .envp = (lc_u64) variables,
        .directory = memory->directory[0] == '\0' ? 0 : (lc_u64) memory->directory,
        .in = LC_STDIO_INHERIT,
        .out = LC_STDIO_INHERIT,
        .err = LC_STDIO_INHERIT,
    };
    struct lc_process process = {.size = sizeof process};
    lc_i64 error = lc_start(&request, &process);
    if (error == 0) {
        one->command = (int) process.handle;
        one->command_pid = process.pid;
    }
    return error;
}

/*
 * Kills and reaps a command with its group. Its number cannot be reused before the reap here. If it cannot be killed
 * now, the process that adopts it reaps it.
 */
static long close_command(struct guarded *one, struct lc_siginfo *info) {
    sys_kill(-one->command_pid, SIGKILL);
    long result = lc_waitid(P_PIDFD, one->command, info, WEXITED | WNOHANG);
    sys_close(one->command);
    one->command = NONE;
    return result;
}

int reap_command(struct guarded *one) {
    struct lc_siginfo info;
    long result = close_command(one, &info);
    return result < 0 || info.code != LC_CLD_EXITED || info.status != 0;
}

void end_command(struct guarded *one) {
    struct lc_siginfo info;
    if (one->command != NONE) {
        close_command(one, &info);
    }
}
