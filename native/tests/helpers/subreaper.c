/*
 * subreaper COMMAND... - runs the command as the one that inherits the orphans below it. For tests under an emulator
 * that does not know prctl(PR_SET_CHILD_SUBREAPER): the kernel keeps that property over an exec.
 */
#include <stdio.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char **argv) {
    if (argc < 2 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
        return 125;
    }
    execvp(argv[1], argv + 1);
    perror(argv[1]);
    return 127;
}
