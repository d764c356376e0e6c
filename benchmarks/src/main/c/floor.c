/*
 * floor.c - the same work as Lastcall's, written in C: the time that the kernel itself takes.
 *
 *     floor CHILD PAGE DESCRIPTORS
 *
 * Answers each line "OPERATION VARIANT COUNT SETTLE_MICROS" with a line of nanoseconds, one per child. Operations:
 *
 *     signal   a child that is ready and sleeps: from before the SIGTERM until it is settled
 *     natural  from the time that the child stamps before its exit until it is settled
 *     spawn    from before the start, with three pipes, until a child that exits at once is settled
 *     start    from before the start until it has returned
 *     many     COUNT children at once: threads and memory (kB) that they cost here, time to stop all of them
 *     many-heavy  the same with children that use a megabyte each
 *
 * A child is settled when the work is done that a library with Lastcall's promise cannot leave out: collect the status,
 * probe whether the group still has a member, read how much two pipes hold, close three ends of pipes and the pidfd. So
 * a stop is ten system calls: signal to the group, poll, waitid, signal 0 to the group, 2 x FIONREAD, 4 x close.
 *
 * Variants:
 *
 *     pidfd        clone() as vfork with a pidfd; signals by pidfd to the group (Linux 6.9), poll, waitid
 *     posix_spawn  as pidfd, but started by posix_spawn()
 *     epoll        as pidfd, but one epoll waits for many children instead of one wait after the other
 *     waitpid      by pid: killpg, waitpid, killpg 0. Another process may have a pid that was reaped: only to compare
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "page.h"

extern char **environ;

enum {
    PIPES = 3,
    MOST_CHILDREN = 20000,
    LONGEST_LINE = 256,
    CHILD_STACK = 65536,
    EVENTS = 64,
    DEADLINE_MILLIS = 10000,
    NO_DEADLINE = -1,
    SIGNAL_GROUP = 4 /* PIDFD_SIGNAL_PROCESS_GROUP, newer than Debian 12's headers */
};

struct child {
    pid_t pid;
    int pidfd;
    int ours[PIPES];
};

/* What the child needs between clone and exec. */
struct plan {
    int theirs[PIPES];
    char *const *argv;
};

static const char *child_program;
static const char *page_path;
static struct page *page;
static int by_pidfd;
static int by_posix_spawn;
static int by_epoll;

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

/* The child shares the memory of this process: it must not allocate or change what is used afterwards. */
static int become_program(void *argument) {
    const struct plan *plan = argument;
    setpgid(0, 0);
    for (int i = 0; i < PIPES; i++) {
        dup2(plan->theirs[i], i);
    }
    syscall(SYS_close_range, PIPES, ~0U, 0);
    execve(child_program, plan->argv, environ);
    _exit(127);
}

/* This process waits until the child runs its program, so one stack is enough for all children. */
static void start_by_clone(struct child *child, struct plan *plan) {
    static char stack[CHILD_STACK] __attribute__((aligned(16)));
    int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD;
    child->pid = clone(become_program, stack + sizeof stack, flags, plan, &child->pidfd);
    require(child->pid > 0, "clone");
}

/* Does not close other descriptors, which not every libc can do: exec closes all of this process. */
static void start_by_posix_spawn(struct child *child, const struct plan *plan) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    for (int i = 0; i < PIPES; i++) {
        posix_spawn_file_actions_adddup2(&actions, plan->theirs[i], i);
    }
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);
    require(posix_spawn(&child->pid, child_program, &actions, &attributes, plan->argv, environ) == 0, "posix_spawn");
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    child->pidfd = by_pidfd ? (int) syscall(SYS_pidfd_open, child->pid, 0) : -1;
    require(!by_pidfd || child->pidfd >= 0, "pidfd_open");
}

/* Like a start of Lastcall: three pipes, a group of its own, only the standard descriptors. */
static struct child start(const char *mode, const char *micros) {
    struct child child;
    char *argv[] = {(char *) child_program, (char *) page_path, (char *) mode, (char *) micros, NULL};
    struct plan plan = {.argv = argv};
    for (int i = 0; i < PIPES; i++) {
        int ends[2];
        require(pipe2(ends, O_CLOEXEC) == 0, "pipe2");
        plan.theirs[i] = ends[i == 0 ? 0 : 1];
        child.ours[i] = ends[i == 0 ? 1 : 0];
    }
    if (by_pidfd && !by_posix_spawn) {
        start_by_clone(&child, &plan);
    } else {
        start_by_posix_spawn(&child, &plan);
    }
    for (int i = 0; i < PIPES; i++) {
        close(plan.theirs[i]);
    }
    return child;
}

static long signal_group(const struct child *child, int number) {
    return by_pidfd ? syscall(SYS_pidfd_send_signal, child->pidfd, number, NULL, SIGNAL_GROUP)
                    : killpg(child->pid, number);
}

static void await(const struct child *child, int timeout_millis) {
    struct pollfd entry = {.fd = child->pidfd, .events = POLLIN};
    require(!by_pidfd || poll(&entry, 1, timeout_millis) == 1, "poll");
}

static void reap(const struct child *child) {
    if (by_pidfd) {
        siginfo_t info;
        require(waitid(P_PIDFD, (id_t) child->pidfd, &info, WEXITED) == 0, "waitid");
    } else {
        int status;
        require(waitpid(child->pid, &status, 0) == child->pid, "waitpid");
    }
}

static void settle(const struct child *child) {
    reap(child);
    require(signal_group(child, 0) == -1 && errno == ESRCH, "a process is left in the group");
    for (int i = 1; i < PIPES; i++) {
        int available;
        require(ioctl(child->ours[i], FIONREAD, &available) == 0 && available == 0, "FIONREAD");
    }
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
    require(signal_group(&child, SIGTERM) == 0, "signal");
    await(&child, DEADLINE_MILLIS);
    settle(&child);
    return now() - begun;
}

static int64_t measure_natural(long settle_micros) {
    char micros[32];
    snprintf(micros, sizeof micros, "%ld", settle_micros);
    page->ready = 0;
    struct child child = start("stamp", micros);
    await_ready(1);
    await(&child, NO_DEADLINE);
    settle(&child);
    return now() - page->stamp;
}

static int64_t measure_spawn(long settle_micros) {
    (void) settle_micros;
    int64_t begun = now();
    struct child child = start("exit", NULL);
    await(&child, NO_DEADLINE);
    settle(&child);
    return now() - begun;
}

static int64_t measure_start(long settle_micros) {
    (void) settle_micros;
    int64_t begun = now();
    struct child child = start("exit", NULL);
    int64_t took = now() - begun;
    await(&child, NO_DEADLINE);
    settle(&child);
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

static void stop_in_turn(const struct child *children, long count) {
    for (long i = 0; i < count; i++) {
        require(signal_group(&children[i], SIGTERM) == 0, "signal");
    }
    for (long i = 0; i < count; i++) {
        await(&children[i], DEADLINE_MILLIS);
        settle(&children[i]);
    }
}

static void stop_by_epoll(const struct child *children, long count) {
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    require(epoll >= 0, "epoll_create1");
    for (long i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.u64 = (uint64_t) i};
        require(epoll_ctl(epoll, EPOLL_CTL_ADD, children[i].pidfd, &event) == 0, "epoll_ctl");
    }
    for (long i = 0; i < count; i++) {
        require(signal_group(&children[i], SIGTERM) == 0, "signal");
    }
    for (long left = count; left > 0;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(epoll, events, EVENTS, DEADLINE_MILLIS);
        require(ready > 0, "epoll_wait");
        for (int i = 0; i < ready; i++) {
            settle(&children[events[i].data.u64]);
        }
        left -= ready;
    }
    close(epoll);
}

static void measure_many(const char *mode, long count, long settle_micros) {
    static struct child children[MOST_CHILDREN];
    require(count <= MOST_CHILDREN, "count");
    page->ready = 0;
    long threads = status_number("Threads:");
    long memory = status_number("VmRSS:");
    for (long i = 0; i < count; i++) {
        children[i] = start(mode, NULL);
    }
    await_ready(count);
    sleep_micros(settle_micros);
    threads = status_number("Threads:") - threads;
    memory = status_number("VmRSS:") - memory;
    int64_t begun = now();
    if (by_epoll) {
        stop_by_epoll(children, count);
    } else {
        stop_in_turn(children, count);
    }
    printf("%ld %ld %lld\n", threads, memory, (long long) (now() - begun));
}

static void measure(const char *operation, long count, long settle_micros) {
    static const struct {
        const char *name;
        int64_t (*run)(long settle_micros);
    } operations[] = {
        {"signal", measure_signal}, {"natural", measure_natural}, {"spawn", measure_spawn}, {"start", measure_start},
    };
    if (strcmp(operation, "many") == 0) {
        measure_many("wait", count, settle_micros);
        return;
    }
    if (strcmp(operation, "many-heavy") == 0) {
        measure_many("heavy", count, settle_micros);
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
        by_pidfd = strcmp(variant, "waitpid") != 0;
        by_posix_spawn = strcmp(variant, "posix_spawn") == 0;
        by_epoll = strcmp(variant, "epoll") == 0;
        measure(operation, count, settle_micros);
        fflush(stdout);
    }
    return 0;
}
