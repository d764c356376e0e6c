#include "harness.h"

static char bytes[1 << 16];

TEST(one_call_ends_a_process_step_by_step) {
    struct lc_process child;
    START(&child, L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    child.scope = LC_SCOPE_GROUP;
    child.signal = LC_SIGKILL;
    act(&child, LC_ACT_LOOK | LC_ACT_SIGNAL | LC_ACT_FOLLOW);
    CHECK_OK(child.looked);
    CHECK_OK(child.sent);
    CHECK_EQ(LC_EXIT_RUNNING, child.kind);
    CHECK_EQ(0, child.reaped);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child, -1, -1, 0, PATIENCE));
    long long end = now_ns() + PATIENCE;
    while (child.handle != -1) {
        act(&child, LC_ACT_REAP | LC_ACT_PROBE | LC_ACT_PIPES | LC_ACT_RELEASE);
        CHECK_EQ(LC_EXIT_EXITED, child.kind);
        CHECK_EQ(1, child.code);
        CHECK_EQ(1, child.reaped);
        CHECK(now_ns() < end);
    }
    CHECK_EQ(LC_GROUP_EMPTY, child.group_state);
    CHECK(child.in == -1 && child.out == -1 && child.err == -1);
    CHECK_EQ(0, child.group);

    /* Nothing is left to do. */
    act(&child, LC_ACT_LOOK | LC_ACT_REAP | LC_ACT_PROBE | LC_ACT_PIPES | LC_ACT_RELEASE);
    CHECK_OK(child.looked);
    CHECK_EQ(1, child.code);
}

TEST(signal_and_exit_in_one_call) {
    struct lc_process child;
    START(&child, L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    child.scope = LC_SCOPE_GROUP;
    child.signal = LC_SIGKILL;
    long long begun = now_ns();
    child.wait_ns = 1000000;
    act(&child, LC_ACT_REAP | LC_ACT_SIGNAL | LC_ACT_WAIT);
    CHECK_OK(child.sent);
    CHECK(child.kind == LC_EXIT_EXITED || now_ns() - begun >= child.wait_ns);
    close_child(&child);
}

TEST(nothing_is_sent_if_the_look_finds_an_exit) {
    struct lc_process child;
    START(&child, L"start", L"sleep", L"exit", L"2");
    CHECK(read_number(&child) > 0);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child, -1, -1, 0, PATIENCE));
    child.scope = LC_SCOPE_GROUP;
    child.signal = LC_SIGKILL;
    act(&child, LC_ACT_LOOK | LC_ACT_SIGNAL | LC_ACT_PROBE);
    CHECK_EQ(LC_NOT_SENT, child.sent);
    CHECK_EQ(2, child.code);
    CHECK_EQ(0, child.reaped);
    CHECK_EQ(LC_GROUP_PRESENT, child.group_state);

    /* An exit that is known from an earlier look does not prevent the signal: the group has members. */
    act(&child, LC_ACT_LOOK | LC_ACT_SIGNAL);
    CHECK_OK(child.sent);
    reap(&child);
    close_child(&child);
}

TEST(a_group_is_not_asked_about_before_the_exit_is_known) {
    struct lc_process child;
    START(&child, L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    child.group_state = LC_GROUP_EMPTY;
    act(&child, LC_ACT_LOOK | LC_ACT_PROBE | LC_ACT_PIPES | LC_ACT_RELEASE);
    CHECK_EQ(LC_GROUP_EMPTY, child.group_state);
    CHECK(child.in > 0 && child.out > 0 && child.handle > 0);
    finish(&child);
}

TEST(a_pipe_that_holds_something_stays_open) {
    static struct setup setup;
    struct lc_process child;
    SET_UP(&setup, L"fill", L"5000", L"to-stderr", L"fill", L"10", L"exit", L"0");
    setup.request.err = LC_STDIO_PIPE;
    start(&child, &setup);
    reap(&child);
    await_empty(&child);
    act(&child, LC_ACT_PIPES);
    CHECK_EQ(-1, child.in);
    CHECK(child.out > 0 && child.err > 0);
    CHECK_EQ(5000, read_fully(child.out, bytes, 5000));
    act(&child, LC_ACT_PIPES);
    CHECK_EQ(-1, child.out);
    CHECK_EQ(10, lc_query(child.err, LC_QUERY_AVAILABLE));
    close_child(&child);
}

TEST(what_is_not_reaped_is_not_released) {
    struct lc_process child;
    START(&child, L"exit", L"0");
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child, -1, -1, 0, PATIENCE));
    act(&child, LC_ACT_LOOK);
    await_empty(&child);
    act(&child, LC_ACT_RELEASE);
    CHECK(child.handle > 0);
    expect_exit(&child, 0);
}

TEST(an_exit_may_always_be_looked_for) {
    CHECK_EQ(1, lc_any_exit());
}

TEST(wrong_arguments_are_invalid) {
    struct lc_process child;
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_act(NULL));
    START(&child, L"exit", L"0");
    struct lc_process wrong = child;
    wrong.act = 0x80000000;
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_act(&wrong));
    wrong = child;
    wrong.scope = 2;
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_act(&wrong));
    wrong = child;
    wrong.size = 8;
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_act(&wrong));
    wrong = child;
    wrong.pid = -1;
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_act(&wrong));
    wrong = child;
    wrong.handle = -1;
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_act(&wrong));
    wrong = child;
    wrong.group = -1;
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_act(&wrong));
    expect_exit(&child, 0);
}
