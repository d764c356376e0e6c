/* test_members_trust.c - what lc_members() must not trust: a number that is used again, and a /proc that hides. */
#include "members.h"

#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/syscall.h>

enum { NR_CLONE3 = 435 };

/* Numbers that are used again */

/* Forks a process that has this number, on every level of pid namespaces that is given. */
static pid_t fork_as(const pid_t numbers[], int levels) {
    struct clone_args arguments = {
        .exit_signal = SIGCHLD, .set_tid = (uintptr_t) numbers, .set_tid_size = (unsigned) levels};
    fflush(stdout);
    return (pid_t) syscall(NR_CLONE3, &arguments, sizeof arguments);
}

/* A process with the number of one that is gone, leader of a group, and no child of this process. */
struct stranger {
    pid_t pid;
    pid_t parent;
};

static _Noreturn void keep_stranger(pid_t pid, int report) {
    pid_t stranger = fork_as(&pid, 1);
    if (stranger == 0) {
        pause();
        _exit(0);
    }
    char made = stranger == pid && setpgid(pid, pid) == 0 ? 'y' : 'n';
    CHECK_EQ(1, write(report, &made, 1));
    pause();
    _exit(0);
}

static struct stranger start_stranger(long pid) {
    int ends[2];
    char made;
    CHECK_EQ(0, pipe2(ends, O_CLOEXEC));
    fflush(stdout);
    struct stranger stranger = {(pid_t) pid, fork()};
    CHECK(stranger.parent >= 0);
    if (stranger.parent == 0) {
        keep_stranger((pid_t) pid, ends[1]);
    }
    CHECK_EQ(1, read(ends[0], &made, 1));
    close(ends[0]);
    close(ends[1]);
    if (made != 'y') {
        kill_orphan(stranger.parent);
        SKIP("a process with a number of one's choice takes clone3 and a privilege");
    }
    return stranger;
}

static void end_stranger(const struct stranger *stranger) {
    kill_orphan(stranger->parent);
    kill_orphan(stranger->pid);
}

TEST(group_of_a_stranger_with_the_same_number) {
    struct child child;
    START(&child, "exit", "0");
    reap(&child);
    struct stranger stranger = start_stranger((long) child.process.pid);
    struct look *look = look_once(&child, LC_MEMBERS_REAP);
    CHECK_EQ(outlives_the_reap() ? LC_GROUP_EMPTY : LC_GROUP_UNKNOWN, look->groups[0].state);
    CHECK_EQ(0, look->live);
    CHECK_EQ(0, look->groups[0].zombies);
    end_stranger(&stranger);
    close_child(&child);
}

/* A /proc that cannot be trusted */

static void check_untrusted(const struct child *child) {
    static struct look look;
    look_at(&look, &child->process, 1, 0, MOST);
    CHECK(look.live < 0);
    CHECK_EQ(LC_ERR_UNSUPPORTED, error_category(look.live));
}

/* Runs the check as another user, or as this one for 0. */
static void run_as(unsigned user, void (*check)(const struct child *), const struct child *child) {
    fflush(stdout);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        CHECK_EQ(0, user == 0 ? 0 : setresuid(user, user, user));
        check(child);
        fflush(stdout);
        _exit(0);
    }
    int status;
    CHECK_EQ(pid, waitpid(pid, &status, 0));
    CHECK_EQ(0, status);
}

/* Looked at by another process than the parent: a live group is seen, but not known to be the one meant. */
static void check_trusted(const struct child *child) {
    static struct look look;
    look_at(&look, &child->process, 1, 0, MOST);
    CHECK_EQ(0, look.live < 0);
    close_members(&look, MOST);
}

static void unshare_mounts(void) {
    if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        SKIP("mounting a /proc of its own takes a privilege");
    }
}

/* A new mount, because new options for the old one would be the whole machine's before Linux 5.8. */
TEST(hidepid_is_not_trusted_without_privilege) {
    static const struct {
        const char *options;
        bool trusted;
    } cases[] = {{NULL, true},         {"hidepid=0", true},          {"hidepid=1", false},
                 {"hidepid=2", false}, {"hidepid=2,gid=100", false}, {"hidepid=4", false}};
    struct child child;
    unshare_mounts();
    START(&child, "ready", "read-line");
    EXPECT_LINE("ready", &child);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        if (mount("proc", "/proc", "proc", 0, cases[i].options) != 0) {
            CHECK(strcmp("hidepid=4", cases[i].options) == 0); /* Linux 5.8 */
            continue;
        }
        expect(&child, 0, LC_GROUP_PRESENT, 1, 0);
        run_as(NOBODY, cases[i].trusted ? check_trusted : check_untrusted, &child);
        CHECK_EQ(0, umount2("/proc", MNT_DETACH));
    }
    tell(&child, "\n");
    expect_exit(&child, 0);
}

TEST(no_proc_at_all) {
    struct child child;
    unshare_mounts();
    START(&child, "ready", "read-line");
    EXPECT_LINE("ready", &child);
    CHECK_EQ(0, mount("tmpfs", "/proc", "tmpfs", 0, NULL));
    check_untrusted(&child);
    CHECK_EQ(0, umount2("/proc", MNT_DETACH));
    CHECK_EQ(0, mount("/proc/1", "/proc", NULL, MS_BIND, NULL)); /* numbers of another kind */
    check_untrusted(&child);
    CHECK_EQ(0, umount2("/proc", MNT_DETACH));
    expect(&child, 0, LC_GROUP_PRESENT, 1, 0);
    tell(&child, "\n");
    expect_exit(&child, 0);
}

/* After this children of this process are in another pid namespace; the first of them is its pid 1. */
static void unshare_pids(void) {
    if (geteuid() != 0 || unshare(CLONE_NEWPID) != 0) {
        SKIP("making a pid namespace takes a privilege");
    }
}

/* Mounts the namespace's own /proc, says so, and stays until it is killed. */
static pid_t start_init_with_its_own_proc(void) {
    int ends[2];
    char byte;
    CHECK_EQ(0, pipe2(ends, O_CLOEXEC));
    fflush(stdout);
    pid_t init = fork();
    CHECK(init >= 0);
    if (init == 0) {
        CHECK_EQ(0, mount("proc", "/proc", "proc", 0, NULL));
        CHECK_EQ(1, write(ends[1], "x", 1));
        pause();
        _exit(0);
    }
    CHECK_EQ(1, read(ends[0], &byte, 1));
    close(ends[0]);
    close(ends[1]);
    return init;
}

TEST(proc_of_an_inner_namespace_is_not_trusted) {
    struct child child;
    unshare_mounts();
    START(&child, "ready", "read-line");
    EXPECT_LINE("ready", &child);
    unshare_pids();
    pid_t init = start_init_with_its_own_proc();
    check_untrusted(&child);
    kill_orphan(init);
    CHECK_EQ(0, umount2("/proc", MNT_DETACH));
    expect(&child, 0, LC_GROUP_PRESENT, 1, 0);
    tell(&child, "\n");
    expect_exit(&child, 0);
}

TEST(proc_of_an_outer_namespace_is_not_trusted) {
    struct child child = {.process = {.size = sizeof child.process, .pid = 2, .group = 2, .handle = -1}};
    unshare_pids();
    run_as(0, check_untrusted, &child);
}

static pid_t parse_own_number(void) {
    char text[16] = "";
    CHECK(readlink("/proc/self", text, sizeof text - 1) > 0);
    return atoi(text);
}

/* The pid alone would not show that this /proc is that of another namespace. */
TEST(proc_of_an_outer_namespace_where_we_have_the_same_number) {
    struct child child = {.process = {.size = sizeof child.process, .pid = 2, .group = 2, .handle = -1}};
    const pid_t numbers[] = {29989, 29989};
    unshare_mounts();
    unshare_pids();
    pid_t init = start_init_with_its_own_proc();
    CHECK_EQ(0, umount2("/proc", MNT_DETACH));
    pid_t twin = fork_as(numbers, 2);
    if (twin == 0) {
        CHECK_EQ(getpid(), parse_own_number());
        check_untrusted(&child);
        fflush(stdout);
        _exit(0);
    }
    int error = errno, status = 0;
    if (twin > 0) {
        CHECK_EQ(twin, waitpid(twin, &status, 0));
    }
    kill_orphan(init);
    if (twin < 0) {
        CHECK(error == ENOSYS || error == EPERM || error == EEXIST || error == EINVAL);
        SKIP("a process with a number of one's choice takes clone3 and a privilege");
    }
    CHECK_EQ(0, status);
}
