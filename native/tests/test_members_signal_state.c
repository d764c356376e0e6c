/* test_members_signal_state.c - the signal state of a member: why a signal may be refused, or have no effect. */
#include "members.h"

static lc_u64 bit(int signal) {
    return 1ULL << (signal - 1);
}

static void check_signal_state(const struct child *child, long pid, lc_u64 ignored, lc_u64 blocked, lc_u64 caught) {
    struct look *look = look_once(child, LC_MEMBERS_SIGNAL_STATE);
    const struct lc_member *member = member_of(look, pid);
    const lc_u64 ours = ~(bit(32) | bit(33)); /* these are the C library's */
    CHECK_EQ(1, member->signal_state);
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
    check_signal_state(&child, (long) child.process.pid, bit(SIGTERM) | bit(64), bit(SIGUSR1), bit(SIGINT));
    tell(&child, "\n");
    expect_exit(&child, 0);
}

TEST(blocked_is_what_every_thread_blocks) {
    struct child child;
    START(&child, "block", "SIGTERM", "block", "SIGHUP", "thread", "unblock", "SIGTERM", "ready", "pause", "end",
          "read-line");
    EXPECT_LINE("ready", &child);
    check_signal_state(&child, (long) child.process.pid, 0, bit(SIGHUP), 0);
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
    check_signal_state(&child, (long) child.process.pid, 0, bit(SIGTERM), 0);
    tell(&child, "\n");
    expect_exit(&child, 1);
}

static void look_as_nobody(void *unused) {
    (void) unused;
    struct child child;
    long ids[3];
    START(&child, "fork", "setuid", "65534", "print-ids", "pause", "end", "read-line");
    read_numbers(&child, 3, ids);
    CHECK_EQ(0, setresuid(NOBODY, NOBODY, NOBODY));
    struct look *look = look_once(&child, LC_MEMBERS_SIGNAL_STATE);
    CHECK_EQ(2, look->live);
    CHECK_EQ(1, member_of(look, (long) child.process.pid)->signal_state);
    CHECK_EQ(1, member_of(look, (long) child.process.pid)->refused);
    CHECK_EQ(1, member_of(look, ids[0])->signal_state);
    CHECK_EQ(0, member_of(look, ids[0])->refused);
    close_members(look, MOST);
    CHECK_EQ(0, kill((pid_t) ids[0], SIGKILL));
    tell(&child, "\n");
    expect_exit(&child, 0);
}

TEST(another_users_member_refuses) {
    skip_unless_root();
    run_in_a_child(look_as_nobody, NULL);
    CHECK(waitpid(-1, NULL, 0) > 0); /* the member, which this process has inherited */
}
