#include "test.h"

#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static const long long MS = 1000000;
static const long long PATIENCE_NS = PATIENCE_S * 1000000000LL;

enum { NOBODY = 65534, MOST = 800, NR_PIDFD_OPEN = 434, NR_CLONE3 = 435 };

/* One scan for one leader, or several. */
struct look {
    struct lc_group groups[4];
    struct lc_member members[MOST];
    lc_i64 live; /* what lc_members() has returned */
};

static void look_at(struct look *look, const struct lc_process *leaders, int count, lc_i32 flags, lc_i64 capacity) {
    memset(look, 0x5a, sizeof *look); /* what the library does not write shows */
    for (int i = 0; i < 4; i++) {
        look->groups[i].size = sizeof look->groups[i];
    }
    for (int i = 0; i < MOST; i++) {
        look->members[i].size = sizeof look->members[i];
    }
    look->live = lc_members(leaders, look->groups, count, flags, look->members, capacity);
}

static lc_i64 filled(const struct look *look, lc_i64 capacity) {
    return look->live < capacity ? look->live : capacity;
}

static void close_members(const struct look *look, lc_i64 capacity) {
    for (lc_i64 i = 0; i < filled(look, capacity); i++) {
        if (look->members[i].handle >= 0) {
            CHECK_EQ(FD_CLOEXEC, fcntl((int) look->members[i].handle, F_GETFD));
            CHECK_OK(lc_close(look->members[i].handle));
        }
    }
}

/* Most tests: one group, room for all. */
static struct look *look_once(const struct child *child, lc_i32 flags) {
    static struct look look;
    look_at(&look, &child->process, 1, flags, MOST);
    CHECK(look.live >= 0);
    CHECK_EQ(look.live, look.groups[0].live);
    for (lc_i64 i = 0; i < look.live; i++) {
        CHECK_EQ(child->process.pid, look.members[i].leader);
        CHECK_EQ((features() & LC_FEATURE_PIDFD) != 0, look.members[i].handle >= 0);
    }
    return &look;
}

static void expect(const struct child *child, lc_i32 flags, int state, lc_i64 live, lc_i64 zombies) {
    struct look *look = look_once(child, flags);
    CHECK_EQ(state, look->groups[0].state);
    CHECK_EQ(live, look->groups[0].live);
    CHECK_EQ(zombies, look->groups[0].zombies);
    close_members(look, MOST);
}

static const struct lc_member *member_of(const struct look *look, long pid) {
    for (lc_i64 i = 0; i < look->live; i++) {
        if (look->members[i].pid == pid) {
            return &look->members[i];
        }
    }
    FAIL("%ld is not among the members", pid);
}

static const char *command_of(const struct lc_member *member) {
    static char text[17];
    memcpy(text, &member->command_head, 8);
    memcpy(text + 8, &member->command_tail, 8);
    return text;
}

static void await_exit(const struct child *child) {
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child->process, -1, -1, 0, PATIENCE_NS));
}

/* Whether a scan can tell anything after the leader's reap. */
static bool outlives_the_reap(void) {
    return (features() & LC_FEATURE_PIDFD_GROUP) != 0;
}

/* Leaves the leader to hold the number of its group where nothing else can. */
static void reap_leader_if_possible(struct child *child) {
    await_exit(child);
    if (outlives_the_reap()) {
        reap(child);
    }
}

static void reap_leader_at_last(struct child *child) {
    if (!outlives_the_reap()) {
        reap(child);
    }
    close_child(child);
}

/* Waits until the orphan, a child of this process by now, has exited, and leaves it a zombie. */
static void await_zombie(long pid) {
    siginfo_t info;
    CHECK_EQ(0, waitid(P_PID, (id_t) pid, &info, WEXITED | WNOWAIT));
}

static void kill_orphan(long pid) {
    CHECK_EQ(0, kill((pid_t) pid, SIGKILL));
    reap_orphan((pid_t) pid);
}

/* Who is a member */

TEST(leader_alone) {
    struct child child;
    START(&child, "ready", "read-line");
    EXPECT_LINE("ready", &child);
    struct look *look = look_once(&child, 0);
    CHECK_EQ(LC_GROUP_PRESENT, look->groups[0].state);
    CHECK_EQ(1, look->live);
    CHECK_EQ(0, look->groups[0].zombies);
    CHECK_EQ(child.process.pid, look->members[0].pid);
    CHECK_TEXT("child", command_of(&look->members[0]));
    CHECK_EQ(0, look->members[0].facts);
    close_members(look, MOST);
    tell(&child, "\n");
    await_exit(&child);
    expect(&child, 0, LC_GROUP_PRESENT, 0, 0); /* unreaped */
    expect_exit(&child, 0);
}

TEST(workers_outlive_the_leader) {
    struct child child;
    long ids[3][3];
    START(&child, "forks", "3", "print-ids", "pause", "end", "read-line");
    for (int i = 0; i < 3; i++) {
        read_numbers(&child, 3, ids[i]);
    }
    expect(&child, 0, LC_GROUP_PRESENT, 4, 0);
    tell(&child, "\n");
    reap_leader_if_possible(&child);
    struct look *look = look_once(&child, 0);
    CHECK_EQ(3, look->live);
    for (int i = 0; i < 3; i++) {
        member_of(look, ids[i][0]);
    }
    close_members(look, MOST);
    for (int i = 0; i < 3; i++) {
        kill_orphan(ids[i][0]);
        expect(&child, 0, i < 2 || !outlives_the_reap() ? LC_GROUP_PRESENT : LC_GROUP_EMPTY, 2 - i, 0);
    }
    reap_leader_at_last(&child);
}

/* Without the group's pidfd its number may be anybody's once the leader is reaped. */
TEST(reaped_leader_without_its_pidfd) {
    struct child child;
    long ids[3];
    START(&child, "fork", "print-ids", "pause", "end");
    read_numbers(&child, 3, ids);
    reap(&child);
    expect(&child, 0, outlives_the_reap() ? LC_GROUP_PRESENT : LC_GROUP_UNKNOWN, outlives_the_reap(), 0);
    kill_orphan(ids[0]);
    expect(&child, 0, LC_GROUP_EMPTY, 0, 0);
    close_child(&child);
}

/* This process is their subreaper and leaves them as they are. */
TEST(zombies_are_dead) {
    struct child child;
    long ids[2][3];
    START(&child, "forks", "2", "print-ids", "pause", "end");
    read_numbers(&child, 3, ids[0]);
    read_numbers(&child, 3, ids[1]);
    reap_leader_if_possible(&child);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(0, kill((pid_t) ids[i][0], SIGKILL));
        await_zombie(ids[i][0]);
        expect(&child, 0, LC_GROUP_PRESENT, 1 - i, i + 1);
    }
    reap_orphan((pid_t) ids[0][0]);
    reap_orphan((pid_t) ids[1][0]);
    reap_leader_at_last(&child);
}

TEST(inherited_zombies_are_reaped_if_asked_for) {
    struct child child;
    long ids[2][3];
    START(&child, "forks", "2", "print-ids", "pause", "end");
    read_numbers(&child, 3, ids[0]);
    read_numbers(&child, 3, ids[1]);
    reap_leader_if_possible(&child);
    CHECK_EQ(0, kill((pid_t) ids[0][0], SIGKILL));
    await_zombie(ids[0][0]);
    expect(&child, 0, LC_GROUP_PRESENT, 1, 1);
    expect(&child, LC_MEMBERS_REAP, LC_GROUP_PRESENT, 1, 0);
    CHECK_EQ(-1, waitpid((pid_t) ids[0][0], NULL, WNOHANG));
    CHECK_EQ(ECHILD, errno);
    CHECK_EQ(0, kill((pid_t) ids[1][0], SIGKILL));
    await_zombie(ids[1][0]);
    expect(&child, LC_MEMBERS_REAP, outlives_the_reap() ? LC_GROUP_EMPTY : LC_GROUP_PRESENT, 0, 0);
    CHECK_EQ(-1, waitpid((pid_t) ids[1][0], NULL, WNOHANG));
    reap_leader_at_last(&child);
}

TEST(other_peoples_zombies_and_the_leader_are_not_reaped) {
    struct child child;
    long parent[3], zombie[3];
    START(&child, "fork", "print-ids", "fork", "print-ids", "end", "read-all", "end", "exit", "9");
    read_numbers(&child, 3, parent);
    read_numbers(&child, 3, zombie);
    await_exit(&child);
    long long end = now_ns() + PATIENCE_NS;
    struct look *look;
    do { /* it has written its line, and is about to exit */
        CHECK(now_ns() < end);
        look = look_once(&child, LC_MEMBERS_REAP);
        close_members(look, MOST);
    } while (look->live > 1);
    CHECK_EQ(1, look->live);
    CHECK_EQ(parent[0], look->members[0].pid);
    CHECK_EQ(1, look->groups[0].zombies);
    expect(&child, LC_MEMBERS_REAP, LC_GROUP_PRESENT, 1, 1);
    kill_orphan(parent[0]);
    reap_orphan((pid_t) zombie[0]);
    expect_exit(&child, 9);
}

/* It looks like a zombie, and the signal that stops its threads has yet to be sent. */
TEST(member_whose_main_thread_has_ended_is_alive) {
    struct child child;
    long ids[3];
    START(&child, "fork", "leave-main-thread", "print-ids", "pause", "end", "read-line");
    read_numbers(&child, 3, ids);
    long long end = now_ns() + PATIENCE_NS;
    struct look *look;
    lc_i32 state;
    do { /* the second thread may be ahead of the end of the first */
        CHECK(now_ns() < end);
        look = look_once(&child, 0);
        CHECK_EQ(2, look->live);
        CHECK_EQ(0, look->groups[0].zombies);
        state = member_of(look, ids[0])->state;
        if (state == 'Z') {
            CHECK_EQ(0, lc_wait_members(member_of(look, ids[0]), 1, -1, 30 * MS));
            CHECK_EQ(0, kill((pid_t) ids[0], SIGKILL));
            CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(member_of(look, ids[0]), 1, -1, PATIENCE_NS));
        }
        close_members(look, MOST);
    } while (state != 'Z');
    expect(&child, 0, LC_GROUP_PRESENT, 1, 1);
    tell(&child, "\n");
    expect_exit(&child, 0);
    reap_orphan((pid_t) ids[0]);
}

TEST(stopped_processes_say_so) {
    struct child child;
    int status;
    START(&child, "raise", "SIGSTOP", "read-line");
    CHECK_EQ(child.process.pid, waitpid((pid_t) child.process.pid, &status, WUNTRACED));
    struct look *look = look_once(&child, 0);
    CHECK_EQ(1, look->live);
    CHECK_EQ('T', look->members[0].state);
    close_members(look, MOST);
    finish(&child);
}

TEST(only_the_groups_asked_for) {
    struct child children[3];
    struct lc_process leaders[3];
    long ids[3][3];
    static struct look look;
    for (int i = 0; i < 3; i++) {
        START(&children[i], "fork", "print-ids", "pause", "end", "read-line");
        read_numbers(&children[i], 3, ids[i]);
        leaders[i] = children[i].process;
    }
    struct look *one = look_once(&children[1], 0);
    CHECK_EQ(2, one->live);
    member_of(one, ids[1][0]);
    close_members(one, MOST);
    look_at(&look, leaders + 1, 2, 0, MOST);
    CHECK_EQ(4, look.live);
    for (int i = 1; i < 3; i++) {
        CHECK_EQ(2, look.groups[i - 1].live);
        CHECK_EQ(LC_GROUP_PRESENT, look.groups[i - 1].state);
        CHECK_EQ(leaders[i].pid, member_of(&look, ids[i][0])->leader);
        CHECK_EQ(leaders[i].pid, member_of(&look, leaders[i].pid)->leader);
    }
    close_members(&look, MOST);
    for (int i = 0; i < 3; i++) {
        finish(&children[i]);
        kill_orphan(ids[i][0]);
    }
}

/* One group of several is gone: its members are told no more, the others' are. */
TEST(gone_among_others) {
    struct child children[2];
    struct lc_process leaders[2];
    long ids[2][3];
    static struct look look;
    for (int i = 0; i < 2; i++) {
        START(&children[i], "fork", "print-ids", "pause", "end", "read-line");
        read_numbers(&children[i], 3, ids[i]);
        leaders[i] = children[i].process;
    }
    tell(&children[0], "\n");
    reap(&children[0]);
    kill_orphan(ids[0][0]);
    look_at(&look, leaders, 2, 0, MOST);
    CHECK_EQ(2, look.live);
    CHECK_EQ(LC_GROUP_EMPTY, look.groups[0].state);
    CHECK_EQ(0, look.groups[0].live);
    CHECK_EQ(LC_GROUP_PRESENT, look.groups[1].state);
    CHECK_EQ(2, look.groups[1].live);
    member_of(&look, ids[1][0]);
    close_members(&look, MOST);
    close_child(&children[0]);
    finish(&children[1]);
    kill_orphan(ids[1][0]);
}

TEST(who_has_left_is_no_member_but_the_leader) {
    struct child child;
    long member[3], leader[3];
    START(&child, "fork", "print-ids", "pause", "end", "read-line", "leave-group", "print-ids", "read-line");
    read_numbers(&child, 3, member);
    tell(&child, "\n");
    read_numbers(&child, 3, leader);
    CHECK_EQ(member[0], leader[1]);
    struct look *look = look_once(&child, 0);
    CHECK_EQ(1, look->live);
    CHECK_EQ(child.process.pid, look->members[0].pid);
    close_members(look, MOST);
    tell(&child, "\n");
    expect_exit(&child, 0);
    kill_orphan(member[0]);
}

TEST(no_group_of_its_own) {
    struct setup setup;
    struct child child;
    long ids[3];
    SET_UP(&setup, "fork", "print-ids", "pause", "end", "read-line");
    setup.request.flags = 0;
    start(&child, &setup);
    read_numbers(&child, 3, ids);
    struct look *look = look_once(&child, 0);
    CHECK_EQ(LC_GROUP_PRESENT, look->groups[0].state);
    CHECK_EQ(1, look->live);
    CHECK_EQ(child.process.pid, look->members[0].pid);
    close_members(look, MOST);
    tell(&child, "\n");
    reap(&child);
    expect(&child, 0, LC_GROUP_EMPTY, 0, 0);
    close_child(&child);
    kill_orphan(ids[0]);
}

TEST(more_members_than_room) {
    struct child child;
    static struct look look;
    START(&child, "forks", "5", "pause", "end", "ready", "pause");
    EXPECT_LINE("ready", &child);
    for (lc_i64 capacity = 0; capacity <= 7; capacity++) {
        look_at(&look, &child.process, 1, 0, capacity);
        CHECK_EQ(6, look.live);
        CHECK_EQ(6, look.groups[0].live);
        close_members(&look, capacity);
        lc_i64 next = filled(&look, capacity);
        CHECK_EQ(next < capacity ? 0 : 0x5a5a5a5a5a5a5a5a, look.members[next].pid);
    }
    CHECK_EQ(6, lc_members(&child.process, look.groups, 1, 0, NULL, 0));
    CHECK_OK(lc_signal(&child.process, LC_SCOPE_GROUP, LC_SIGKILL));
    expect_signaled(&child, SIGKILL);
    for (int i = 0; i < 5; i++) {
        CHECK(waitpid(-1, NULL, 0) > 0);
    }
}

/* More than one read of /proc returns. */
TEST(seven_hundred_members) {
    struct child child;
    struct rlimit limit;
    CHECK_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = limit.rlim_max;
    CHECK_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
    START(&child, "forks", "700", "pause", "end", "ready", "pause");
    EXPECT_LINE("ready", &child);
    struct look *look = look_once(&child, 0);
    CHECK_EQ(701, look->live);
    CHECK_EQ(0, lc_wait_members(look->members, look->live, -1, 0));
    CHECK_OK(lc_signal(&child.process, LC_SCOPE_GROUP, LC_SIGKILL));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(look->members, look->live, -1, PATIENCE_NS));
    close_members(look, MOST);
    expect(&child, LC_MEMBERS_REAP, LC_GROUP_PRESENT, 0, 0);
    expect_signaled(&child, SIGKILL);
}

/*
 * Each generation is missed by the scan that found its parent, and found by the next. It lives for 80 ms, which is much
 * longer than a scan takes: a group that forks faster than that can escape two scans.
 */
TEST(members_that_fork_while_they_are_looked_for) {
    if (test_emulated()) {
        SKIP("the emulator is too slow to look often enough while they fork");
    }
    struct child child;
    int scans = 0, clean = 0;
    START(&child, "fork", "relay", "12", "80", "say", "last", "end");
    reap_leader_if_possible(&child);
    struct look *look;
    do {
        look = look_once(&child, LC_MEMBERS_REAP);
        CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(look->members, look->live, -1, PATIENCE_NS));
        close_members(look, MOST);
        scans++;
        clean = look->live > 0 ? 0 : clean + 1;
    } while (look->groups[0].state != LC_GROUP_EMPTY && clean < 2);
    CHECK(scans > 5);
    EXPECT_LINE("last", &child);
    expect_end(&child); /* nobody is left who holds the other end */
    reap_leader_at_last(&child);
}

TEST(strange_names) {
    static const char *const names[] = {") Z 1 1 1", "(", ")", "a b", "", "(((((())))))))", "exactly 15 byte"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct child child;
        START(&child, "name", names[i], "ready", "read-line");
        EXPECT_LINE("ready", &child);
        struct look *look = look_once(&child, 0);
        CHECK_EQ(1, look->live);
        CHECK_TEXT(names[i], command_of(&look->members[0]));
        CHECK(strchr("RS", look->members[0].state) != NULL);
        close_members(look, MOST);
        tell(&child, "\n");
        expect_exit(&child, 0);
    }
}

/* Facts */

static lc_u64 bit(int signal) {
    return 1ULL << (signal - 1);
}

static void check_facts(const struct child *child, long pid, lc_u64 ignored, lc_u64 blocked, lc_u64 caught) {
    struct look *look = look_once(child, LC_MEMBERS_FACTS);
    const struct lc_member *member = member_of(look, pid);
    const lc_u64 ours = ~(bit(32) | bit(33)); /* these are the C library's */
    CHECK_EQ(1, member->facts);
    CHECK_EQ(0, member->refused);
    CHECK_EQ(ignored, member->ignored & ours);
    CHECK_EQ(blocked, member->blocked & ours);
    CHECK_EQ(caught, member->caught & ours);
    close_members(look, MOST);
}

TEST(why_a_signal_may_have_no_effect) {
    struct child child;
    START(&child, "ignore", "SIGTERM", "ignore", "64", "handle", "SIGINT", "say:x", "block", "SIGUSR1", "ready",
          "read-line");
    EXPECT_LINE("ready", &child);
    check_facts(&child, (long) child.process.pid, bit(SIGTERM) | bit(64), bit(SIGUSR1), bit(SIGINT));
    tell(&child, "\n");
    expect_exit(&child, 0);
}

TEST(blocked_is_what_every_thread_blocks) {
    struct child child;
    START(&child, "block", "SIGTERM", "block", "SIGHUP", "thread", "unblock", "SIGTERM", "ready", "pause", "end",
          "read-line");
    EXPECT_LINE("ready", &child);
    check_facts(&child, (long) child.process.pid, 0, bit(SIGHUP), 0);
    tell(&child, "\n");
    expect_exit(&child, 0);
}

TEST(a_thread_that_has_ended_does_not_count) {
    struct child child;
    START(&child, "block", "SIGHUP", "leave-main-thread", "block", "SIGTERM", "unblock", "SIGHUP", "ready", "read-line",
          "exit", "1");
    EXPECT_LINE("ready", &child);
    struct look *look;
    lc_i32 state;
    long long end = now_ns() + PATIENCE_NS;
    do {
        CHECK(now_ns() < end);
        look = look_once(&child, 0);
        CHECK_EQ(1, look->live);
        state = look->members[0].state;
        close_members(look, MOST);
    } while (state != 'Z');
    check_facts(&child, (long) child.process.pid, 0, bit(SIGTERM), 0);
    tell(&child, "\n");
    expect_exit(&child, 1);
}

TEST(another_users_member_refuses) {
    if (geteuid() != 0) {
        SKIP("only root can become another user");
    }
    fflush(stdout);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        struct child child;
        long ids[3];
        START(&child, "fork", "setuid", "65534", "print-ids", "pause", "end", "read-line");
        read_numbers(&child, 3, ids);
        CHECK_EQ(0, setresuid(NOBODY, NOBODY, NOBODY));
        struct look *look = look_once(&child, LC_MEMBERS_FACTS);
        CHECK_EQ(2, look->live);
        CHECK_EQ(1, member_of(look, (long) child.process.pid)->facts);
        CHECK_EQ(1, member_of(look, (long) child.process.pid)->refused);
        CHECK_EQ(1, member_of(look, ids[0])->facts);
        CHECK_EQ(0, member_of(look, ids[0])->refused);
        close_members(look, MOST);
        CHECK_EQ(0, kill((pid_t) ids[0], SIGKILL));
        tell(&child, "\n");
        expect_exit(&child, 0);
        _exit(0);
    }
    int status;
    CHECK_EQ(pid, waitpid(pid, &status, 0));
    CHECK_EQ(0, status);
    CHECK(waitpid(-1, NULL, 0) > 0); /* the member, which this process has inherited */
}

/* Waiting */

TEST(wait_ends_with_the_last_of_them) {
    struct child child;
    long ids[3];
    START(&child, "fork", "print-ids", "pause", "end", "pause");
    read_numbers(&child, 3, ids);
    struct look *look = look_once(&child, 0);
    CHECK_EQ(2, look->live);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(NULL, 0, -1, -1));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(look->members, 0, -1, -1));
    for (long long timeout = 0; timeout <= 60 * MS; timeout += 20 * MS) {
        long long begin = now_ns();
        CHECK_EQ(0, lc_wait_members(look->members, 2, -1, timeout));
        CHECK(now_ns() - begin >= timeout);
        CHECK(now_ns() - begin < timeout + 5000 * MS);
    }
    CHECK_EQ(0, kill((pid_t) ids[0], SIGKILL));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(member_of(look, ids[0]), 1, -1, -1));
    const struct lc_member dead_first[] = {*member_of(look, ids[0]), *member_of(look, (long) child.process.pid)};
    const struct lc_member dead_last[] = {dead_first[1], dead_first[0]};
    CHECK_EQ(0, lc_wait_members(dead_first, 2, -1, 30 * MS));
    CHECK_EQ(0, lc_wait_members(dead_last, 2, -1, 30 * MS));
    CHECK_EQ(0, kill((pid_t) child.process.pid, SIGKILL));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(look->members, 2, -1, -1));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(look->members, 2, -1, 0));
    expect_signaled(&child, SIGKILL);
    reap_orphan((pid_t) ids[0]);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(look->members, 2, -1, 0)); /* reaped ones have exited too */
    close_members(look, MOST);
}

TEST(cancel_ends_the_wait) {
    struct child child;
    lc_i64 cancel = lc_cancel_open();
    START(&child, "pause");
    struct look *look = look_once(&child, 0);
    CHECK_EQ(1, look->live);
    CHECK_OK(lc_cancel_fire(cancel));
    CHECK_EQ(LC_WAIT_CANCELLED, lc_wait_members(look->members, 1, cancel, -1));
    CHECK_EQ(0, kill((pid_t) child.process.pid, SIGKILL));
    await_exit(&child);
    CHECK_EQ(LC_WAIT_EXITED | LC_WAIT_CANCELLED, lc_wait_members(look->members, 1, cancel, -1));
    CHECK_OK(lc_cancel_drain(cancel));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(look->members, 1, cancel, -1));
    close_members(look, MOST);
    expect_signaled(&child, SIGKILL);
    CHECK_OK(lc_close(cancel));
}

struct waiter {
    const struct look *look;
    lc_i64 cancel;
    lc_i64 result;
    pid_t tid;
};

static void *wait_in_thread(void *argument) {
    struct waiter *waiter = argument;
    __atomic_store_n(&waiter->tid, (pid_t) syscall(SYS_gettid), __ATOMIC_RELEASE);
    waiter->result = lc_wait_members(waiter->look->members, waiter->look->live, waiter->cancel, -1);
    return NULL;
}

static pthread_t start_waiter(struct waiter *waiter) {
    pthread_t thread;
    CHECK_EQ(0, pthread_create(&thread, NULL, wait_in_thread, waiter));
    while (__atomic_load_n(&waiter->tid, __ATOMIC_ACQUIRE) == 0) {
        sched_yield();
    }
    await_sleep(waiter->tid);
    return thread;
}

TEST(cancel_and_exit_during_the_wait) {
    struct child child;
    lc_i64 cancel = lc_cancel_open();
    START(&child, "forks", "3", "pause", "end", "ready", "pause");
    EXPECT_LINE("ready", &child);
    struct look *look = look_once(&child, 0);
    CHECK_EQ(4, look->live);
    struct waiter waiters[2] = {{.look = look, .cancel = cancel}, {.look = look, .cancel = -1}};
    pthread_t cancelled = start_waiter(&waiters[0]);
    pthread_t patient = start_waiter(&waiters[1]);
    CHECK_OK(lc_cancel_fire(cancel));
    CHECK_EQ(0, pthread_join(cancelled, NULL));
    CHECK_EQ(LC_WAIT_CANCELLED, waiters[0].result);
    CHECK_OK(lc_signal(&child.process, LC_SCOPE_GROUP, LC_SIGKILL));
    CHECK_EQ(0, pthread_join(patient, NULL));
    CHECK_EQ(LC_WAIT_EXITED, waiters[1].result);
    close_members(look, MOST);
    expect_signaled(&child, SIGKILL);
    for (int i = 0; i < 3; i++) {
        CHECK(waitpid(-1, NULL, 0) > 0);
    }
    CHECK_OK(lc_close(cancel));
}

/* At the descriptor limit */

static int spare_fds[256], spares;

/* Leaves just so many descriptors to be had. */
static void leave_descriptors(int count) {
    struct rlimit limit;
    CHECK_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = 128;
    CHECK_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
    for (spares = 0; (spare_fds[spares] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0; spares++) {
    }
    CHECK_EQ(EMFILE, errno);
    for (; count > 0; count--) {
        close(spare_fds[--spares]);
    }
}

static void release_descriptors(void) {
    while (spares > 0) {
        close(spare_fds[--spares]);
    }
}

TEST(one_spare_descriptor_is_enough) {
    struct child child;
    static struct look look;
    START(&child, "forks", "3", "block", "SIGHUP", "pause", "end", "ready", "pause");
    EXPECT_LINE("ready", &child);
    bool pidfds = (features() & LC_FEATURE_PIDFD) != 0;
    for (int count = 0; count <= 6; count++) {
        leave_descriptors(count);
        look_at(&look, &child.process, 1, LC_MEMBERS_FACTS, MOST);
        if (count == 0) {
            CHECK_ERROR(LC_ERR_RESOURCES, EMFILE, look.live);
        } else {
            CHECK_EQ(4, look.live);
            int handles = 0;
            for (int i = 0; i < 4; i++) {
                handles += look.members[i].handle >= 0;
                CHECK_EQ(1, look.members[i].facts);
            }
            CHECK_EQ(pidfds ? (count > 5 ? 4 : count - 1) : 0, handles);
            CHECK_EQ(0, lc_wait_members(look.members, 4, -1, 30 * MS));
            close_members(&look, MOST);
        }
        release_descriptors();
    }
    leave_descriptors(1);
    look_at(&look, &child.process, 1, 0, MOST);
    CHECK_EQ(4, look.live);
    CHECK_OK(lc_signal(&child.process, LC_SCOPE_GROUP, LC_SIGKILL));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(look.members, 4, -1, PATIENCE_NS));
    release_descriptors();
    expect_signaled(&child, SIGKILL);
    for (int i = 0; i < 3; i++) {
        CHECK(waitpid(-1, NULL, 0) > 0);
    }
}

/* Not being able to look is no exit. */
TEST(no_descriptor_is_no_exit) {
    struct child child;
    static struct look look;
    START(&child, "pause");
    leave_descriptors(1);
    look_at(&look, &child.process, 1, 0, MOST);
    CHECK_EQ(1, look.live);
    CHECK_EQ(-1, look.members[0].handle);
    release_descriptors();
    leave_descriptors(0);
    CHECK_EQ(0, kill((pid_t) child.process.pid, SIGKILL));
    await_exit(&child);
    CHECK_EQ(0, lc_wait_members(look.members, 1, -1, 50 * MS));
    release_descriptors();
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(look.members, 1, -1, PATIENCE_NS));
    expect_signaled(&child, SIGKILL);
}

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

/* A time that a process of the same number cannot have been started at. */
static void let_a_clock_tick_pass(void) {
    nanosleep(&(struct timespec){0, 25 * 1000000}, NULL);
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

TEST(member_whose_number_is_used_again_has_exited) {
    struct child child;
    static struct look look;
    START(&child, "fork", "pause", "end", "ready", "pause");
    EXPECT_LINE("ready", &child);
    look_at(&look, &child.process, 1, 0, MOST);
    CHECK_EQ(2, look.live);
    struct lc_member *member = &look.members[look.members[0].pid == child.process.pid];
    lc_i64 handle = member->handle;
    member->handle = -1;
    let_a_clock_tick_pass();
    CHECK_EQ(0, lc_wait_members(member, 1, -1, 0));
    finish(&child);
    kill_orphan((long) member->pid);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(member, 1, -1, 0));
    member->handle = handle;
    close_members(&look, MOST);
    member->handle = -1;
    struct stranger stranger = start_stranger((long) member->pid);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(member, 1, -1, 0));
    end_stranger(&stranger);
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

/* The number alone would not show that this /proc is somebody else's. */
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

TEST(wrong_arguments) {
    struct lc_process leader = {.size = sizeof leader, .pid = 2, .group = 2, .handle = -1};
    struct lc_group group = {.size = sizeof group};
    struct lc_member member = {.size = sizeof member, .pid = 2, .handle = -1};
    CHECK_EQ(0, lc_members(NULL, NULL, 0, 0, NULL, 0));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_members(NULL, &group, 1, 0, NULL, 0)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_members(&leader, NULL, 1, 0, NULL, 0)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_members(&leader, &group, -1, 0, NULL, 0)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_members(&leader, &group, 1, 4, NULL, 0)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_members(&leader, &group, 1, 0, NULL, 1)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_members(&leader, &group, 1, 0, &member, -1)));
    member.size--;
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_members(&leader, &group, 1, 0, &member, 1)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_wait_members(&member, 1, -1, 0)));
    member.size++;
    group.size--;
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_members(&leader, &group, 1, 0, &member, 1)));
    group.size++;
    leader.pid = 1;
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_members(&leader, &group, 1, 0, &member, 1)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_wait_members(NULL, 1, -1, 0)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_wait_members(&member, -1, -1, 0)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_wait_members(&member, 1, -2, 0)));
    member.handle = 4000;
    CHECK_EQ(EBADF, error_os(lc_wait_members(&member, 1, -1, 0)));
    member.pid = 0;
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_wait_members(&member, 1, -1, 0)));
}
