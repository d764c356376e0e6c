/*
 * bystanders.c - unrelated processes that get every free pid, and count the signals that they receive.
 *
 *     bystanders COUNT LOG
 *
 * Keeps COUNT children alive. Each leads its own group, lives for 1 to 8 milliseconds and is replaced at once. This
 * program writes the line "ready" to standard output when the first of them run, and ends at the end of standard input.
 * Then LOG has a line "PID NANOSECONDS" for each child, with the time of the monotonic clock before its fork: an
 * earlier process with this pid was reaped before that time. The last line on standard output is "FORKS SIGNALS", and
 * every signal that was received, by a child or by this program, is printed on standard error.
 *
 * Exits with 65 for a system call that failed.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t received;
static volatile sig_atomic_t last_signal;
static volatile sig_atomic_t last_sender;

static long forks;
static long signals;

static void fail(const char *what) {
    fprintf(stderr, "bystanders: %s: %s\n", what, strerror(errno));
    exit(65);
}

/* SIGCHLD of the kernel does not count: no process sent it. */
static void count_signal(int signal, siginfo_t *info, void *context) {
    (void) context;
    if (signal == SIGCHLD && info->si_code > 0) {
        return;
    }
    received++;
    last_signal = signal;
    last_sender = info->si_pid;
}

/* Inherited by every child, so that there is no moment at which one goes uncounted. */
static void catch_everything(void) {
    struct sigaction action = {.sa_sigaction = count_signal, .sa_flags = SA_SIGINFO | SA_RESTART};
    sigfillset(&action.sa_mask);
    for (int signal = 1; signal <= SIGRTMAX; signal++) {
        sigaction(signal, &action, NULL);
    }
}

static long now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000L + time.tv_nsec;
}

/* Sleeps for the whole time. A signal does not end it. */
static void live(long nanos) {
    struct timespec left = {.tv_nsec = nanos};
    while (nanosleep(&left, &left) < 0 && errno == EINTR) {
    }
}

static void stand_by(long nanos, int received_before) {
    setpgid(0, 0);
    live(nanos);
    if (received != received_before) {
        fprintf(stderr, "bystander %d: %d signals, the last was %d from %d\n", getpid(), received - received_before,
                last_signal, last_sender);
        _exit(1);
    }
    _exit(0);
}

/* There may be no number free for a moment, which is what this is about. */
static int add_one(FILE *log) {
    int received_before = received;
    long nanos = (1 + random() % 8) * 1000000L;
    long time = now();
    pid_t pid = fork();
    if (pid < 0 && errno == EAGAIN) {
        return 0;
    }
    if (pid < 0) {
        fail("fork");
    }
    if (pid == 0) {
        stand_by(nanos, received_before);
    }
    forks++;
    fprintf(log, "%d %ld\n", pid, time);
    return 1;
}

/* A stop is a signal too. A stopped child must be continued, to be counted at its end. */
static void take_leave(pid_t pid, int status) {
    if (WIFEXITED(status)) {
        signals += WEXITSTATUS(status);
        return;
    }
    signals++;
    if (WIFSTOPPED(status)) {
        fprintf(stderr, "bystander %d: stopped by signal %d\n", pid, WSTOPSIG(status));
        kill(pid, SIGKILL);
        waitpid(pid, &status, 0);
    } else {
        fprintf(stderr, "bystander %d: ended by signal %d\n", pid, WTERMSIG(status));
    }
}

static int is_over(void) {
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    return poll(&input, 1, 0) > 0;
}

static void wait_for_one(int *alive) {
    int status;
    pid_t pid = waitpid(-1, &status, WUNTRACED);
    if (pid < 0) {
        fail("waitpid");
    }
    take_leave(pid, status);
    (*alive)--;
}

static void crowd(int count, FILE *log) {
    int alive = 0;
    int ready = 0;
    while (!is_over()) {
        while (alive < count && add_one(log)) {
            alive++;
        }
        if (!ready) {
            ready = puts("ready") >= 0 && fflush(stdout) == 0;
        }
        if (alive > 0) {
            wait_for_one(&alive);
        }
    }
    while (alive > 0) {
        wait_for_one(&alive);
    }
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: bystanders COUNT LOG\n");
        return 64;
    }
    /* A buffer that a fork copies would be written twice; the children leave by _exit(). */
    FILE *log = fopen(argv[2], "we");
    if (log == NULL) {
        fail(argv[2]);
    }
    catch_everything();
    crowd(atoi(argv[1]), log);
    if (received > 0) {
        fprintf(stderr, "bystanders: %d signals, the last was %d from %d\n", received, last_signal, last_sender);
    }
    if (fclose(log) != 0) {
        fail(argv[2]);
    }
    printf("%ld %ld\n", forks, signals + received);
    return 0;
}
