#include "test.h"

enum { NOBODY = 65534 };

static bool is_alive(long pid) {
    return waitpid((pid_t) pid, NULL, WNOHANG) == 0;
}

/* Starts a leader and a member of its group that writes its number; both are ready when this returns. */
static long start_with_member(struct child *child) {
    long ids[3];
    START(child, "fork", "print-ids", "pause", "end", "read-line", "pause");
    read_numbers(child, 3, ids);
    CHECK_EQ(child->process.group, ids[1]);
    return ids[0];
}

TEST(leader_gets_the_signal) {
    struct child child;
    START(&child, "handle", "SIGTERM", "exit:7", "ready", "pause");
    EXPECT_LINE("ready", &child);
    CHECK_OK(send_signal(&child.process, LC_SCOPE_LEADER, LC_SIGTERM));
    expect_exit(&child, 7);
}

TEST(only_the_leader_gets_it) {
    struct child child;
    long member = start_with_member(&child);
    CHECK_OK(send_signal(&child.process, LC_SCOPE_LEADER, LC_SIGTERM));
    expect_signaled(&child, SIGTERM);
    /* Ours since the leader has ended, and not signalled by what has ended the leader. */
    CHECK(is_alive(member));
    CHECK_EQ(0, kill((pid_t) member, SIGKILL));
    CHECK_EQ(SIGKILL, WTERMSIG(reap_orphan((pid_t) member)));
}

TEST(group_reaches_every_member) {
    struct child child;
    long member = start_with_member(&child);
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGUSR1));
    expect_signaled(&child, SIGUSR1);
    CHECK_EQ(SIGUSR1, WTERMSIG(reap_orphan((pid_t) member)));
}

TEST(group_of_an_unreaped_leader) {
    struct child child;
    long ids[3];
    START(&child, "fork", "print-ids", "pause", "end", "exit", "2");
    read_numbers(&child, 3, ids);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child.process, -1, -1, 0, -1));
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGUSR2));
    CHECK_EQ(SIGUSR2, WTERMSIG(reap_orphan((pid_t) ids[0])));
    expect_exit(&child, 2);
}

TEST(group_of_a_reaped_leader) {
    struct child child;
    long ids[3];
    START(&child, "fork", "print-ids", "pause", "end");
    read_numbers(&child, 3, ids);
    reap(&child);
    lc_i64 result = send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGUSR2);
    if (features() & LC_FEATURE_PIDFD_GROUP) {
        CHECK_OK(result);
        CHECK_EQ(SIGUSR2, WTERMSIG(reap_orphan((pid_t) ids[0])));
        CHECK_EQ(LC_ERR_GONE, error_category(send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGUSR2)));
    } else {
        CHECK_EQ(LC_ERR_GONE, error_category(result)); /* the number may belong to another group now */
        CHECK(is_alive(ids[0]));
        CHECK_EQ(0, kill((pid_t) ids[0], SIGKILL));
        reap_orphan((pid_t) ids[0]);
    }
    close_child(&child);
}

TEST(exited_but_not_reaped_counts_as_reached) {
    struct child child;
    START(&child, "exit", "1");
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child.process, -1, -1, 0, -1));
    CHECK_OK(send_signal(&child.process, LC_SCOPE_LEADER, LC_SIGTERM));
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGTERM));
    CHECK_OK(send_signal(&child.process, LC_SCOPE_LEADER, 0));
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, 0));
    expect_exit(&child, 1);
}

TEST(reaped_is_gone) {
    struct child child;
    START(&child, "exit", "1");
    reap(&child);
    CHECK_ERROR(LC_ERR_GONE, ESRCH, send_signal(&child.process, LC_SCOPE_LEADER, LC_SIGTERM));
    CHECK_ERROR(LC_ERR_GONE, ESRCH, send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGTERM));
    CHECK_ERROR(LC_ERR_GONE, ESRCH, send_signal(&child.process, LC_SCOPE_LEADER, 0));
    CHECK_ERROR(LC_ERR_GONE, ESRCH, send_signal(&child.process, LC_SCOPE_GROUP, 0));
    close_child(&child);
}

TEST(zero_only_looks) {
    struct child child;
    START(&child, "read-line", "exit", "3");
    CHECK_OK(send_signal(&child.process, LC_SCOPE_LEADER, 0));
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, 0));
    tell(&child, "\n");
    expect_exit(&child, 3);
}

TEST(stop_and_continue) {
    struct child child;
    int status;
    START(&child, "read-line", "exit", "3");
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGSTOP));
    CHECK_EQ(child.process.pid, waitpid((pid_t) child.process.pid, &status, WUNTRACED));
    CHECK(WIFSTOPPED(status));
    tell(&child, "\n");
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGCONT));
    expect_exit(&child, 3);
}

static void check_refused(const struct lc_process *process, int scope) {
    lc_i64 result = send_signal(process, scope, LC_SIGTERM);
    int by_number = scope == LC_SCOPE_GROUP ? LC_CALL_KILLPG : LC_CALL_KILL;
    CHECK_ERROR(LC_ERR_DENIED, EPERM, result);
    CHECK(error_call(result) == LC_CALL_PIDFD_SEND_SIGNAL || error_call(result) == by_number);
}

/*
 * The parent changes its user after the start; the child is still root's. Without a pidfd the library checks whether it
 * is still its child.
 */
static void be_refused(void *unused) {
    (void) unused;
    struct child child;
    START(&child, "ready", "read-line");
    EXPECT_LINE("ready", &child);
    CHECK_EQ(0, setresuid(NOBODY, NOBODY, NOBODY));
    check_refused(&child.process, LC_SCOPE_LEADER);
    check_refused(&child.process, LC_SCOPE_GROUP);
    tell(&child, "\n");
    expect_exit(&child, 0);
}

TEST(another_users_process_is_refused) {
    skip_unless_root();
    run_in_a_child(be_refused, NULL);
}

TEST(leader_that_left_its_group) {
    struct child child;
    long member[3], leader[3];
    START(&child, "fork", "print-ids", "pause", "end", "read-line", "leave-group", "print-ids", "pause");
    read_numbers(&child, 3, member);
    tell(&child, "\n");
    read_numbers(&child, 3, leader);
    CHECK_EQ(child.process.pid, leader[0]);
    CHECK_EQ(member[0], leader[1]);
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, 0));
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGUSR1));
    expect_signaled(&child, SIGUSR1);
    CHECK(is_alive(member[0])); /* it is in another group, led by itself */
    CHECK_EQ(0, kill((pid_t) member[0], SIGKILL));
    reap_orphan((pid_t) member[0]);
}

/* Sends SIGUSR1 to the group, and what follows it. */
static void follow(struct child *child, lc_u32 what) {
    struct lc_process copy = child->process;
    copy.act = what;
    copy.scope = LC_SCOPE_GROUP;
    copy.signal = LC_SIGUSR1;
    CHECK_OK(lc_act(&copy));
}

/* One leader moves to the group of another, and leaves a member behind. */
TEST(leader_that_left_others_behind) {
    struct child host, child;
    char group[16];
    long ids[3];
    int status;
    START(&host, "pause");
    snprintf(group, sizeof group, "%lld", host.process.pid);
    START(&child, "fork", "handle", "SIGUSR1", "say:member", "print-ids", "pause", "end", "read-line", "handle",
          "SIGUSR1", "say:leader", "join-group", group, "ready", "pause");
    read_numbers(&child, 3, ids);
    tell(&child, "\n");
    EXPECT_LINE("ready", &child);
    follow(&child, LC_ACT_SIGNAL);
    EXPECT_LINE("member", &child);
    follow(&child, LC_ACT_FOLLOW);
    EXPECT_LINE("leader", &child);
    CHECK_EQ(0, kill((pid_t) child.process.pid, SIGSTOP));
    CHECK_EQ(child.process.pid, waitpid((pid_t) child.process.pid, &status, WUNTRACED));
    follow(&child, LC_ACT_FOLLOW); /* continues it too */
    EXPECT_LINE("leader", &child);
    follow(&child, LC_ACT_SIGNAL | LC_ACT_MOVED);
    char first[16], second[16];
    CHECK(read_line(child.out, first, sizeof first) && read_line(child.out, second, sizeof second));
    CHECK((strcmp(first, "leader") == 0) != (strcmp(second, "leader") == 0));
    CHECK_EQ(0, kill((pid_t) ids[0], SIGKILL));
    finish(&child);
    reap_orphan((pid_t) ids[0]);
    finish(&host);
}

/* Real-time signals are queued, so a second one would be seen. */
TEST(leader_that_moved_is_signalled_once) {
    if (test_emulated()) {
        SKIP("an emulator gives real-time signals other numbers");
    }
    struct child host, child;
    char group[16];
    START(&host, "pause");
    snprintf(group, sizeof group, "%lld", host.process.pid);
    START(&child, "handle", "40", "say:asked", "join-group", group, "ready", "read-line", "say", "no more");
    EXPECT_LINE("ready", &child);
    struct lc_process copy = child.process;
    copy.act = LC_ACT_SIGNAL | LC_ACT_MOVED | LC_ACT_FOLLOW;
    copy.scope = LC_SCOPE_GROUP;
    copy.signal = LC_SIGRTMIN + 6;
    CHECK_OK(lc_act(&copy));
    CHECK_OK(copy.sent);
    EXPECT_LINE("asked", &child);
    tell(&child, "\n");
    EXPECT_LINE("no more", &child);
    expect_exit(&child, 0);
    finish(&host);
}

TEST(what_is_stopped_is_continued) {
    struct child child;
    int status;
    START(&child, "handle", "SIGUSR1", "exit:9", "ready", "pause");
    EXPECT_LINE("ready", &child);
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGSTOP));
    CHECK_EQ(child.process.pid, waitpid((pid_t) child.process.pid, &status, WUNTRACED));
    follow(&child, LC_ACT_SIGNAL);
    CHECK_EQ(0, lc_wait(&child.process, -1, -1, 0, 0));
    follow(&child, LC_ACT_FOLLOW);
    expect_exit(&child, 9);
}

TEST(real_time_signals) {
    if (test_emulated()) {
        SKIP("an emulator gives them other numbers");
    }
    struct child child;
    START(&child, "handle", "40", "exit:4", "ready", "pause");
    EXPECT_LINE("ready", &child);
    CHECK_OK(send_signal(&child.process, LC_SCOPE_LEADER, LC_SIGRTMIN + 6));
    expect_exit(&child, 4);
}

TEST(wrong_arguments) {
    struct child child;
    START(&child, "read-line");
    CHECK_EQ(LC_ERR_INVALID, error_category(send_signal(&child.process, 7, 0)));
    CHECK_EQ(LC_ERR_INVALID, error_category(send_signal(&child.process, LC_SCOPE_LEADER, -1)));
    CHECK_EQ(LC_ERR_INVALID, error_category(send_signal(&child.process, LC_SCOPE_LEADER, 1000)));
    child.process.size--;
    CHECK_EQ(LC_ERR_INVALID, error_category(send_signal(&child.process, LC_SCOPE_LEADER, 0)));
    child.process.size++;
    tell(&child, "\n");
    expect_exit(&child, 0);
}

TEST(an_event_of_another_system_is_unsupported) {
    struct child child;
    START(&child, "read-line");
    CHECK_EQ(LC_ERR_UNSUPPORTED, error_category(send_signal(&child.process, LC_SCOPE_GROUP, LC_EVENT_CTRL_BREAK)));
    tell(&child, "\n");
    expect_exit(&child, 0);
}
