/* run.c - the commands of steps. They run in the owner's directory, and end with their step. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/wait.h>

#include "guard.h"

enum { MOST_WORDS = 512 };

/* Returns whether there was room for all words. */
static int take_words(const char *command, char **argv) {
    lc_i32 count;
    memcpy(&count, command, sizeof count);
    const char *word = command + sizeof count;
    if (count < 1 || count > MOST_WORDS) {
        return 0;
    }
    for (int i = 0; i < count; i++) {
        argv[i] = (char *) (lc_u64) word;
        word += strlen(word) + 1;
    }
    argv[count] = NULL;
    return 1;
}

/* The guardian ignores signals, and an exec keeps that. */
static void reset_signals(void) {
    for (int signal_number = 1; signal_number < NSIG; signal_number++) {
        signal(signal_number, SIG_DFL);
    }
}

static _Noreturn void execute(char *const *argv, lc_i64 pid) {
    char number[24];
    snprintf(number, sizeof number, "%lld", pid);
    setenv("LASTCALL_PID", number, 1);
    setpgid(0, 0);
    reset_signals();
    if (memory->directory[0] == '\0' || chdir(memory->directory) == 0) {
        execvp(argv[0], argv);
    }
    _exit(127);
}

/* Both processes set the group, so that it exists for whichever needs it first. */
long run(struct guarded *one, const char *command) {
    static char *argv[MOST_WORDS + 1];
    if (!take_words(command, argv)) {
        return -EINVAL;
    }
    long pid = lc_result(fork());
    if (pid == 0) {
        execute(argv, one->pid);
    }
    if (pid > 0) {
        setpgid((pid_t) pid, (pid_t) pid);
        one->command = pid;
    }
    return pid < 0 ? pid : 0;
}

/* It is not reaped yet, so its number is its own. If it takes long to end, launchd reaps it. */
void end_command(struct guarded *one) {
    if (one->command != 0) {
        kill((pid_t) -one->command, SIGKILL);
        waitpid((pid_t) one->command, NULL, WNOHANG);
        one->command = 0;
    }
}

int has_command_failed(struct guarded *one) {
    siginfo_t info = {.si_pid = 0};
    if (one->command == 0
        || waitid(P_PID, (id_t) one->command, &info, WEXITED | WNOHANG | WNOWAIT) < 0 || info.si_pid == 0) {
        return 0;
    }
    int status = 0;
    kill((pid_t) -one->command, SIGKILL);
    waitpid((pid_t) one->command, &status, 0);
    one->command = 0;
    return status != 0;
}
