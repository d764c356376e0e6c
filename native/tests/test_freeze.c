/*
 * test_freeze.c - signals to a cgroup in which new processes appear while they are sent. Links the library's objects
 * with another syscall.c, which puts a new one in front of each signal, as the fork of a member would.
 */
#include "leaf.h"

#include <sys/syscall.h>

#include "syscall.h"

#include "arch.h"

enum { MOST_FORKS = 1000 };

static pid_t forked[MOST_FORKS];
static int forks;
static int most_forks; /* 0: none outside of a signal */
static int freezes;

static bool is_frozen(void) {
    char path[600], word = '0';
    snprintf(path, sizeof path, "%s/cgroup.freeze", leaf);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(file >= 0);
    CHECK_EQ(1, read(file, &word, 1));
    close(file);
    return word == '1';
}

/* A member that is frozen forks no more. */
static void fork_unless_frozen(void) {
    if (forks == most_forks || is_frozen()) {
        return;
    }
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        for (;;) {
            pause();
        }
    }
    move_into(leaf, pid);
    forked[forks++] = pid;
}

long lc_sys(long nr, long a, long b, long c, long d, long e, long f) {
    if (nr == SYS_pidfd_send_signal && b == LC_SIGTERM) {
        fork_unless_frozen();
    }
    if (nr == SYS_openat && strcmp((const char *) b, "cgroup.freeze") == 0) {
        freezes++;
    }
    return lc_raw_sys(nr, a, b, c, d, e, f);
}

long lc_sys_clone(long nr, long a, long b, long c, void (*entry)(void *), void *argument) {
    return lc_raw_clone(nr, a, b, c, entry, argument);
}

static int status_of(pid_t pid) {
    int status = 0;
    long long end = now_ns() + PATIENCE_S * 1000000000LL;
    while (waitpid(pid, &status, WNOHANG) == 0) {
        if (now_ns() > end) {
            kill(pid, SIGKILL);
        }
    }
    return status;
}

static void send_to_leaf(int most) {
    lc_i64 directory = make_leaf();
    struct child child;
    struct setup setup;
    SET_UP(&setup, "ready", "pause");
    setup.request.cgroup = directory;
    start(&child, &setup);
    EXPECT_LINE("ready", &child);
    forks = freezes = 0;
    most_forks = most;
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGTERM));
    most_forks = 0;
    CHECK(!is_frozen());
    expect_signaled(&child, LC_SIGTERM);
    for (int i = 0; i < forks; i++) {
        int status = status_of(forked[i]);
        CHECK(WIFSIGNALED(status));
        CHECK_EQ(LC_SIGTERM, WTERMSIG(status));
    }
    lc_close(directory);
    remove_leaf();
}

/* Without the frozen pass there would be one more after each pass, and no end but that of its time. */
TEST(a_cgroup_where_each_pass_finds_a_new_one_is_frozen) {
    send_to_leaf(MOST_FORKS);
    CHECK_EQ(2, freezes);
    CHECK(forks < 8);
}

TEST(one_that_has_come_to_rest_before_the_last_pass_is_not) {
    send_to_leaf(2);
    CHECK_EQ(2, forks);
    CHECK_EQ(0, freezes);
}
