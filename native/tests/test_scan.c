/*
 * test_scan.c - what happens while lc_members() looks through the processes. Links the library's objects with another
 * syscall.c, which can do something in front of a system call.
 */
#include "test.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "syscall.h"

#include "arch.h"

static void (*before)(long nr, long a);
static void (*after)(long nr, long result, const void *b);

long lc_sys(long nr, long a, long b, long c, long d, long e, long f) {
    if (before != NULL) {
        before(nr, a);
    }
    long result = lc_raw_sys(nr, a, b, c, d, e, f);
    if (after != NULL) {
        after(nr, result, (const void *) b);
    }
    return result;
}

long lc_sys_clone(long nr, long a, long b, long c, void (*entry)(void *), void *argument) {
    return lc_raw_clone(nr, a, b, c, entry, argument);
}

enum { ROOM = 8, THREADS = 1200 };

struct seen {
    struct lc_group group;
    struct lc_member members[ROOM];
    lc_i64 live;
};

static struct lc_process leader;

static struct seen look(lc_i32 flags) {
    struct seen seen = {.group = {.size = sizeof seen.group}};
    for (int i = 0; i < ROOM; i++) {
        seen.members[i].size = sizeof seen.members[i];
    }
    struct lc_scan scan = {.size = sizeof scan, .flags = flags, .leaders = (uintptr_t) &leader,
                           .groups = (uintptr_t) &seen.group, .count = 1, .members = (uintptr_t) seen.members,
                           .capacity = ROOM, .most_handles = ROOM};
    seen.live = lc_members(&scan);
    CHECK(seen.live >= 0);
    CHECK_EQ(seen.live, seen.group.live);
    for (lc_i64 i = 0; i < seen.live; i++) {
        if (seen.members[i].handle >= 0) {
            CHECK_OK(lc_close(seen.members[i].handle));
        }
    }
    return seen;
}

/* A separate pid namespace, so that no other process gets the pids that a test has chosen */

static void write_last_pid(int last) {
    char text[16];
    int length = snprintf(text, sizeof text, "%d", last);
    int fd = open("/proc/sys/kernel/ns_last_pid", O_WRONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    CHECK_EQ(length, write(fd, text, (size_t) length));
    close(fd);
}

static _Noreturn void run_as_init(void (*test)(void)) {
    CHECK_EQ(0, mount("proc", "/proc", "proc", 0, NULL));
    test();
    fflush(stdout);
    _exit(0);
}

static void in_own_namespace(void (*test)(void)) {
    if (geteuid() != 0 || test_emulated() || unshare(CLONE_NEWPID | CLONE_NEWNS) != 0
        || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        SKIP("only root can have a pid namespace of its own, and not under an emulator");
    }
    if (access("/proc/sys/kernel/ns_last_pid", W_OK) != 0) {
        SKIP("this kernel does not let the next number be chosen");
    }
    int status;
    pid_t init = fork();
    CHECK(init >= 0);
    if (init == 0) {
        run_as_init(test);
    }
    CHECK_EQ(init, waitpid(init, &status, 0));
    CHECK_EQ(0, status);
}

enum { HIGH = 2000, LOW = 500 };

static bool done;

static void start_leader(const char *const steps[]) {
    struct setup setup;
    set_up(&setup, steps);
    setup.request.in = setup.request.out = LC_STDIO_PIPE;
    leader = (struct lc_process){.size = sizeof leader};
    write_last_pid(HIGH - 1);
    CHECK_OK(lc_start(&setup.request, &leader));
    CHECK_EQ(HIGH, leader.pid);
}

static void kill_all(void) {
    leader.act = LC_ACT_SIGNAL;
    leader.scope = LC_SCOPE_GROUP;
    leader.signal = LC_SIGKILL;
    CHECK_OK(lc_act(&leader));
    CHECK_OK(leader.sent);
    while (waitpid(-1, NULL, 0) > 0) {
    }
    CHECK_OK(lc_close(leader.in));
    CHECK_OK(lc_close(leader.out));
    if (leader.handle >= 0) {
        CHECK_OK(lc_close(leader.handle));
    }
}

/* When the look has come to the leader, that has its child and exits. */
static void fork_and_exit(long nr, long pid) {
    if (nr == SYS_getpgid && pid == leader.pid && !done) {
        siginfo_t info;
        done = true;
        CHECK_EQ(1, write((int) leader.in, "\n", 1));
        CHECK_EQ(0, waitid(P_PID, (id_t) leader.pid, &info, WEXITED | WNOWAIT));
    }
}

static void check_forked(void) {
    before = fork_and_exit;
    struct seen seen = look(0);
    before = NULL;
    CHECK(done);
    CHECK_EQ(1, seen.live);
    CHECK_EQ(LOW + 1, seen.members[0].pid);
    CHECK_EQ(0, seen.group.zombies);
    kill_all();
}

#define START_LEADER(...) start_leader((const char *const[]){__VA_ARGS__, NULL})

static void forks_below(void) {
    START_LEADER("read-line", "fork", "pause", "end", "exit", "0");
    write_last_pid(LOW);
    check_forked();
}

TEST(child_below_the_place_of_the_look) { in_own_namespace(forks_below); }

/* As a container manager does it, whose file has numbers of another namespace. */
static void forks_where_the_last_number_is_hidden(void) {
    write_file(test_path("loadavg"), "0.00 0.00 0.00 1/1 7\n", 0644);
    CHECK_EQ(0, mount(test_path("loadavg"), "/proc/loadavg", NULL, MS_BIND, NULL));
    forks_below();
}

TEST(child_below_the_place_without_the_last_number) { in_own_namespace(forks_where_the_last_number_is_hidden); }

static void fork_after_the_end_of_the_row(long nr, long pid) {
    if (nr == SYS_getpgid && pid == leader.pid && !done) {
        write_last_pid(LOW);
    }
    fork_and_exit(nr, pid);
}

static void forks_in_the_next_row(void) {
    START_LEADER("read-line", "fork", "pause", "end", "exit", "0");
    before = fork_after_the_end_of_the_row;
    struct seen seen = look(0);
    before = NULL;
    CHECK_EQ(1, seen.live);
    CHECK_EQ(LOW + 1, seen.members[0].pid);
    kill_all();
}

TEST(child_with_a_number_of_the_next_row) { in_own_namespace(forks_in_the_next_row); }

/* While its number is looked at it forks again and exits, and so does its child. */
static void go_on(long nr, long pid) {
    char line[16];
    fork_and_exit(nr, pid);
    if (nr == SYS_getpgid && (pid == LOW + 1 || pid == LOW + 2) && done) {
        CHECK_EQ(1, write((int) leader.in, "\n", 1));
        CHECK(read_line((int) leader.out, line, sizeof line));
    }
}

static void forks_again(void) {
    START_LEADER("read-line", "fork", "read-line", "fork", "read-line", "fork", "ready", "pause", "end", "ready",
                 "exit", "0", "end", "ready", "exit", "0", "end", "exit", "0");
    write_last_pid(LOW);
    before = go_on;
    struct seen seen = look(0);
    before = NULL;
    CHECK(seen.live >= 1);
    bool found = false;
    for (lc_i64 i = 0; i < seen.live; i++) {
        found |= seen.members[i].pid == LOW + 3;
    }
    CHECK(found);
    kill_all();
}

TEST(until_no_number_is_given_out) { in_own_namespace(forks_again); }

/* Threads have numbers of the same row. */
static void go_on_to_ready(long nr, long pid) {
    char line[16];
    if (nr == SYS_getpgid && pid == leader.pid && !done) {
        done = true;
        CHECK_EQ(1, write((int) leader.in, "\n", 1));
        CHECK(read_line((int) leader.out, line, sizeof line));
    }
}

static void makes_a_thread(void) {
    START_LEADER("read-line", "thread", "pause", "end", "ready", "pause");
    write_last_pid(LOW);
    before = go_on_to_ready;
    struct seen seen = look(0);
    before = NULL;
    CHECK(done);
    CHECK_EQ(1, seen.live);
    CHECK_EQ(HIGH, seen.members[0].pid);
    kill_all();
}

TEST(thread_is_no_member) { in_own_namespace(makes_a_thread); }

/* In front of the list: the look comes to the child by itself, and once is enough. */
static void fork_at_the_beginning(long nr, long a) {
    (void) a;
    if (nr == SYS_getdents64) {
        go_on_to_ready(SYS_getpgid, leader.pid);
    }
}

static void forks_above(void) {
    START_LEADER("read-line", "fork", "pause", "end", "ready", "pause");
    before = fork_at_the_beginning;
    struct seen seen = look(0);
    before = NULL;
    CHECK_EQ(2, seen.live);
    kill_all();
}

TEST(child_above_the_place_is_counted_once) { in_own_namespace(forks_above); }

/* Threads that end while they are listed */

static int listed;
static bool in_tasks;

/* The first part of the list of threads: how many there are in it, "." and ".." among them. */
static void count_listed(long nr, long result, const void *entries) {
    if (nr == SYS_openat) {
        in_tasks = strstr(entries, "/task") != NULL && listed == 0 ? true : in_tasks;
    }
    if (nr == SYS_getdents64 && in_tasks && listed == 0) {
        for (long at = 0; at < result; listed++) {
            at += *(const unsigned short *) ((const char *) entries + at + 16);
        }
    }
}

static bool ended;

/* The line comes a moment before the end. */
static void await_threads(int count) {
    char path[64], text[4096], expected[32];
    snprintf(path, sizeof path, "/proc/%lld/status", leader.pid);
    snprintf(expected, sizeof expected, "\nThreads:\t%d\n", count);
    for (long long end = now_ns() + PATIENCE_S * 1000000000LL; now_ns() < end; sched_yield()) {
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        ssize_t length = read(fd, text, sizeof text - 1);
        close(fd);
        text[length < 0 ? 0 : length] = '\0';
        if (strstr(text, expected) != NULL) {
            return;
        }
    }
    FAIL("there are not %d threads", count);
}

/* In front of the second part the thread that was made first ends. */
static void end_first_thread(long nr, long a) {
    (void) a;
    char line[16];
    if (nr == SYS_getdents64 && listed > 0 && !ended) {
        ended = true;
        CHECK_EQ(1, write((int) leader.in, "\n", 1));
        CHECK(read_line((int) leader.out, line, sizeof line));
        await_threads(THREADS);
    }
}

static void start_threads(int open) {
    struct setup setup;
    char text[16], threads[16], line[16];
    snprintf(text, sizeof text, "%d", open);
    snprintf(threads, sizeof threads, "%d", THREADS);
    SET_UP(&setup, "block", "SIGTERM", "threads", threads, text, "ready", "pause");
    setup.request.in = setup.request.out = LC_STDIO_PIPE;
    leader = (struct lc_process){.size = sizeof leader};
    CHECK_OK(lc_start(&setup.request, &leader));
    CHECK(read_line((int) leader.out, line, sizeof line));
    CHECK_TEXT("ready", line);
}

static const lc_u64 terminate = 1ULL << (SIGTERM - 1);

/*
 * All threads block SIGTERM but one, which is the first of the second part of the list. When one of the first part ends
 * in between, the index of that one becomes the last of the first part.
 */
TEST(no_thread_is_passed_over) {
    start_threads(0);
    after = count_listed;
    struct seen seen = look(LC_MEMBERS_SIGNAL_STATE);
    after = NULL;
    CHECK_EQ(1, seen.members[0].signal_state);
    CHECK(seen.members[0].blocked & terminate);
    CHECK(listed > 400 && listed < THREADS);
    kill_all();
    int first_of_second_part = listed - 2; /* "." and ".." are listed, the main thread is thread 0 */
    listed = 0;
    start_threads(first_of_second_part);
    in_tasks = false;
    after = count_listed;
    before = end_first_thread;
    seen = look(LC_MEMBERS_SIGNAL_STATE);
    after = NULL;
    before = NULL;
    CHECK(ended);
    CHECK_EQ(1, seen.members[0].signal_state);
    CHECK_EQ(0, seen.members[0].blocked & terminate);
    kill_all();
}
