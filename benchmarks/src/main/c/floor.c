/*
 * floor.c - the same work as Lastcall's, written in C with nothing in between: what the kernel itself takes.
 *
 *     floor CHILD PAGE DESCRIPTORS
 *
 * Answers each line "OPERATION VARIANT COUNT SETTLE_MICROS" with a line of nanoseconds, one per child. Operations:
 *
 *     signal   a child that is ready and has settled: from before the SIGTERM until its status has been collected
 *     natural  from the stamp that the child takes before its exit until its status has been collected
 *     spawn    from before the start, with three pipes, until the status of a child that exits at once is collected
 *     start    from before the start until it has returned
 *     many     COUNT children at once: threads and memory (kB) that they cost here, time to stop all of them
 *
 * Variants: pidfd (pidfd_send_signal, poll, waitid) and waitpid (kill, waitpid).
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "page.h"

extern char **environ;

enum { PIPES = 3, MOST_CHILDREN = 20000, LONGEST_LINE = 256 };

struct child {
    pid_t pid;
    int pidfd;
    int ours[PIPES];
};

static const char *child_program;
static const char *page_path;
static struct page *page;
static int by_pidfd;

static void require(int holds, const char *what) {
    if (!holds) {
        perror(what);
        exit(1);
    }
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t) time.tv_sec * 1000000000 + time.tv_nsec;
}

static void sleep_micros(long micros) {
    struct timespec delay = {.tv_sec = micros / 1000000, .tv_nsec = micros % 1000000 * 1000};
    nanosleep(&delay, NULL);
}

static void await_ready(int64_t count) {
    while (page->ready < count) {
        sleep_micros(50);
    }
}

/* As Lastcall starts: three pipes, a group of its own, no descriptor but the standard ones. */
static struct child start(const char *mode, const char *micros) {
    struct child child;
    int ends[PIPES][2];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    for (int i = 0; i < PIPES; i++) {
        require(pipe2(ends[i], O_CLOEXEC) == 0, "pipe2");
        posix_spawn_file_actions_adddup2(&actions, ends[i][i == 0 ? 0 : 1], i);
        child.ours[i] = ends[i][i == 0 ? 1 : 0];
    }
    posix_spawn_file_actions_addclosefrom_np(&actions, PIPES);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    char *argv[] = {(char *) child_program, (char *) page_path, (char *) mode, (char *) micros, NULL};
    require(posix_spawn(&child.pid, child_program, &actions, &attributes, argv, environ) == 0, "posix_spawn");
    for (int i = 0; i < PIPES; i++) {
        close(ends[i][i == 0 ? 0 : 1]);
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    child.pidfd = by_pidfd ? (int) syscall(SYS_pidfd_open, child.pid, 0) : -1;
    require(!by_pidfd || child.pidfd >= 0, "pidfd_open");
    return child;
}

static void ask(const struct child *child, int number) {
    long result = by_pidfd ? syscall(SYS_pidfd_send_signal, child->pidfd, number, NULL, 0) : kill(child->pid, number);
    require(result == 0, "signal");
}

static void collect(const struct child *child) {
    if (by_pidfd) {
        siginfo_t info;
        struct pollfd entry = {.fd = child->pidfd, .events = POLLIN};
        require(poll(&entry, 1, -1) == 1, "poll");
        require(waitid(P_PIDFD, (id_t) child->pidfd, &info, WEXITED) == 0, "waitid");
    } else {
        int status;
        require(waitpid(child->pid, &status, 0) == child->pid, "waitpid");
    }
}

static void dispose(const struct child *child) {
    for (int i = 0; i < PIPES; i++) {
        close(child->ours[i]);
    }
    if (by_pidfd) {
        close(child->pidfd);
    }
}

static int64_t measure_signal(long settle_micros) {
    page->ready = 0;
    struct child child = start("wait", NULL);
    await_ready(1);
    sleep_micros(settle_micros);
    int64_t begun = now();
    ask(&child, SIGTERM);
    collect(&child);
    int64_t took = now() - begun;
    dispose(&child);
    return took;
}

static int64_t measure_natural(long settle_micros) {
    char micros[32];
    snprintf(micros, sizeof micros, "%ld", settle_micros);
    page->ready = 0;
    struct child child = start("stamp", micros);
    await_ready(1);
    collect(&child);
    int64_t took = now() - page->stamp;
    dispose(&child);
    return took;
}

static int64_t measure_spawn(long settle_micros) {
    (void) settle_micros;
    int64_t begun = now();
    struct child child = start("exit", NULL);
    collect(&child);
    int64_t took = now() - begun;
    dispose(&child);
    return took;
}

static int64_t measure_start(long settle_micros) {
    (void) settle_micros;
    int64_t begun = now();
    struct child child = start("exit", NULL);
    int64_t took = now() - begun;
    collect(&child);
    dispose(&child);
    return took;
}

static long status_number(const char *key) {
    char line[LONGEST_LINE];
    long number = -1;
    FILE *status = fopen("/proc/self/status", "re");
    require(status != NULL, "/proc/self/status");
    while (fgets(line, sizeof line, status) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0) {
            number = strtol(line + strlen(key), NULL, 10);
        }
    }
    fclose(status);
    return number;
}

static void measure_many(long count, long settle_micros) {
    static struct child children[MOST_CHILDREN];
    require(count <= MOST_CHILDREN, "count");
    page->ready = 0;
    long threads = status_number("Threads:");
    long memory = status_number("VmRSS:");
    for (long i = 0; i < count; i++) {
        children[i] = start("wait", NULL);
    }
    await_ready(count);
    sleep_micros(settle_micros);
    threads = status_number("Threads:") - threads;
    memory = status_number("VmRSS:") - memory;
    int64_t begun = now();
    for (long i = 0; i < count; i++) {
        ask(&children[i], SIGTERM);
    }
    for (long i = 0; i < count; i++) {
        collect(&children[i]);
    }
    int64_t took = now() - begun;
    for (long i = 0; i < count; i++) {
        dispose(&children[i]);
    }
    printf("%ld %ld %lld\n", threads, memory, (long long) took);
}

static void measure(const char *operation, long count, long settle_micros) {
    static const struct {
        const char *name;
        int64_t (*run)(long settle_micros);
    } operations[] = {
        {"signal", measure_signal}, {"natural", measure_natural}, {"spawn", measure_spawn}, {"start", measure_start},
    };
    if (strcmp(operation, "many") == 0) {
        measure_many(count, settle_micros);
        return;
    }
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        if (strcmp(operation, operations[i].name) == 0) {
            for (long n = 0; n < count; n++) {
                printf("%lld ", (long long) operations[i].run(settle_micros));
            }
            printf("\n");
            return;
        }
    }
    printf("error: no operation %s\n", operation);
}

int main(int argc, char **argv) {
    require(argc == 4, "usage: floor CHILD PAGE DESCRIPTORS");
    child_program = argv[1];
    page_path = argv[2];
    int file = open(page_path, O_RDWR | O_CLOEXEC);
    page = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    require(page != MAP_FAILED, page_path);
    for (long i = strtol(argv[3], NULL, 10); i > 0; i--) {
        require(open("/dev/null", O_RDONLY | O_CLOEXEC) >= 0, "/dev/null");
    }
    char line[LONGEST_LINE];
    while (fgets(line, sizeof line, stdin) != NULL) {
        char operation[32];
        char variant[32];
        long count;
        long settle_micros;
        require(sscanf(line, "%31s %31s %ld %ld", operation, variant, &count, &settle_micros) == 4, "line");
        by_pidfd = strcmp(variant, "pidfd") == 0;
        measure(operation, count, settle_micros);
        fflush(stdout);
    }
    return 0;
}
