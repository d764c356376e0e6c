/* test_members.c - the members of a group, live and dead, and what a scan reports about each. */
#include "members.h"

#include <sys/resource.h>

static const char *command_of(const struct lc_member *member) {
    static char text[17];
    memcpy(text, &member->command_head, 8);
    memcpy(text + 8, &member->command_tail, 8);
    return text;
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
    CHECK_EQ(0, look->members[0].signal_state);
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

/* Without a pidfd the number of the group may be reused once the leader is reaped. */
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

static void leave_own_children(void *unused) {
    (void) unused;
    struct child leader;
    START(&leader, "pause");
    CHECK_EQ(0, setpgid(0, (pid_t) leader.process.pid));
    pid_t own = leave_zombie();
    expect(&leader, LC_MEMBERS_REAP, LC_GROUP_PRESENT, 2, 1);
    CHECK_EQ(own, waitpid(own, NULL, WNOHANG));
    CHECK_OK(send_signal(&leader.process, LC_SCOPE_LEADER, LC_SIGKILL));
    expect_signaled(&leader, SIGKILL);
}

TEST(children_of_this_process_in_its_own_group_are_not_reaped) {
    if (test_emulated()) {
        SKIP("in the emulator's /proc this process has no group");
    }
    run_in_a_child(leave_own_children, NULL);
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
            CHECK(!await_members(member_of(look, ids[0]), 1, 30 * MS));
            CHECK_EQ(0, kill((pid_t) ids[0], SIGKILL));
            CHECK(await_members(member_of(look, ids[0]), 1, PATIENCE_NS));
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

/* One group of several is gone: its members are not filled in any more, the others' are. */
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
    CHECK_EQ(6, scan(&child.process, look.groups, 1, 0, NULL, 0));
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGKILL));
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
    CHECK(!await_members(look->members, look->live, 0));
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGKILL));
    CHECK(await_members(look->members, look->live, PATIENCE_NS));
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
        CHECK(await_members(look->members, look->live, PATIENCE_NS));
        close_members(look, MOST);
        scans++;
        clean = look->live > 0 ? 0 : clean + 1;
    } while (look->groups[0].state != LC_GROUP_EMPTY && clean < 2);
    CHECK(scans > 5);
    EXPECT_LINE("last", &child);
    expect_end(&child); /* no process has the other end any more */
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

TEST(wrong_arguments) {
    struct lc_process leader = {.size = sizeof leader, .pid = 2, .group = 2, .handle = -1};
    struct lc_group group = {.size = sizeof group};
    struct lc_member member = {.size = sizeof member, .pid = 2, .handle = -1};
    CHECK_EQ(0, scan(NULL, NULL, 0, 0, NULL, 0));
    CHECK_EQ(LC_ERR_INVALID, error_category(scan(NULL, &group, 1, 0, NULL, 0)));
    CHECK_EQ(LC_ERR_INVALID, error_category(scan(&leader, NULL, 1, 0, NULL, 0)));
    CHECK_EQ(LC_ERR_INVALID, error_category(scan(&leader, &group, -1, 0, NULL, 0)));
    CHECK_EQ(LC_ERR_INVALID, error_category(scan(&leader, &group, 1, 4, NULL, 0)));
    CHECK_EQ(LC_ERR_INVALID, error_category(scan(&leader, &group, 1, 0, NULL, 1)));
    CHECK_EQ(LC_ERR_INVALID, error_category(scan(&leader, &group, 1, 0, &member, -1)));
    member.size--;
    CHECK_EQ(LC_ERR_INVALID, error_category(scan(&leader, &group, 1, 0, &member, 1)));
    member.size++;
    group.size--;
    CHECK_EQ(LC_ERR_INVALID, error_category(scan(&leader, &group, 1, 0, &member, 1)));
    group.size++;
    leader.pid = 1;
    CHECK_EQ(LC_ERR_INVALID, error_category(scan(&leader, &group, 1, 0, &member, 1)));
    leader.pid = leader.group = 0;
    leader.handle = 0;
    CHECK_EQ(LC_ERR_INVALID, error_category(scan(&leader, &group, 1, 0, &member, 1)));
    struct lc_scan request = {.size = sizeof request - 1};
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_members(&request)));
    request.size++;
    CHECK_EQ(0, lc_members(&request));
    request.most_handles = -1;
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_members(&request)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_members(NULL)));
}

/* Leaders in each other's groups */

static void check_counts(const struct look *look, int index, lc_i64 live, lc_i64 zombies) {
    CHECK_EQ(LC_GROUP_PRESENT, look->groups[index].state);
    CHECK_EQ(live, look->groups[index].live);
    CHECK_EQ(zombies, look->groups[index].zombies);
}

static void look_at_both(struct look *look, const struct child *host, const struct child *guest, int host_at) {
    struct lc_process leaders[2];
    leaders[host_at] = host->process;
    leaders[1 - host_at] = guest->process;
    look_at(look, leaders, 2, LC_MEMBERS_REAP, MOST);
}

/* It is its own leader, and a member of the other group, in whatever order they are asked for. */
TEST(leader_in_the_group_of_another) {
    static struct look look;
    struct child host, guest;
    char group[16];
    START(&host, "pause");
    snprintf(group, sizeof group, "%lld", host.process.pid);
    START(&guest, "join-group", group, "ready", "pause");
    EXPECT_LINE("ready", &guest);
    for (int host_at = 0; host_at < 2; host_at++) {
        look_at_both(&look, &host, &guest, host_at);
        CHECK_EQ(3, look.live);
        check_counts(&look, host_at, 2, 0);
        check_counts(&look, 1 - host_at, 1, 0);
        int guests = 0;
        for (int i = 0; i < 3; i++) {
            guests += look.members[i].pid == guest.process.pid;
            CHECK_EQ((features() & LC_FEATURE_PIDFD) != 0, look.members[i].handle >= 0);
        }
        CHECK_EQ(2, guests);
        close_members(&look, MOST);
    }
    CHECK_EQ(0, kill((pid_t) guest.process.pid, SIGKILL));
    await_exit(&guest);
    for (int host_at = 0; host_at < 2; host_at++) {
        look_at_both(&look, &host, &guest, host_at);
        CHECK_EQ(1, look.live);
        check_counts(&look, host_at, 1, 1);
        check_counts(&look, 1 - host_at, 0, 0);
        close_members(&look, MOST);
    }
    expect_signaled(&guest, SIGKILL); /* it was not reaped */
    finish(&host);
}
