/*
 * never_reaps.c - runs the command in its arguments as the reaper of whatever that leaves behind, and never reaps: the
 * orphans stay zombies until it exits, which it does when the command has, in the same way.
 */
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1) < 0) {
        perror("never_reaps");
        return 125;
    }
    pid_t command = fork();
    if (command == 0) {
        execvp(argv[1], argv + 1);
        perror(argv[1]);
        _exit(127);
    }
    int status;
    if (command < 0 || waitpid(command, &status, 0) < 0) {
        perror("never_reaps");
        return 125;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
