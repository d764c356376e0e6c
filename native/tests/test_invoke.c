#include "test.h"

static lc_i64 address(const void *pointer) {
    return (lc_i64) (uintptr_t) pointer;
}

TEST_BEFORE_INIT(number_zero_is_the_contract) {
    CHECK_EQ(LC_ABI, lc_invoke(0, (lc_i64) test_disable(), 0, 0, 0, 0, 0) >> 32);
}

TEST_BEFORE_INIT(an_unknown_number_is_refused) {
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_invoke(-1, 0, 0, 0, 0, 0, 0));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_invoke(LC_FUNCTION_NAME + 1, 0, 0, 0, 0, 0, 0));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_invoke(1LL << 32, 0, 0, 0, 0, 0, 0));
}

TEST(arguments_arrive_as_they_were_passed) {
    struct pipe_ends ends = make_pipe(FROM_CHILD);
    CHECK_EQ(5, lc_invoke(LC_FUNCTION_WRITE, ends.theirs, address("hello"), 5, 0, 0, 0));
    CHECK_EQ(LC_WAIT_PIPE, lc_invoke(LC_FUNCTION_WAIT, 0, -1, ends.ours, LC_PIPE_READABLE, -1, 0));
    CHECK_EQ(5, lc_invoke(LC_FUNCTION_QUERY, ends.ours, LC_QUERY_AVAILABLE, 0, 0, 0, 0));
    char text[6] = "";
    CHECK_EQ(5, lc_invoke(LC_FUNCTION_READ, ends.ours, address(text), 5, 0, 0, 0));
    CHECK_TEXT("hello", text);
    CHECK_OK(lc_invoke(LC_FUNCTION_CLOSE, ends.ours, 0, 0, 0, 0, 0));
    CHECK_OK(lc_invoke(LC_FUNCTION_CLOSE, ends.theirs, 0, 0, 0, 0, 0));
}

TEST(an_error_comes_through) {
    CHECK_ERROR(LC_ERR_NOT_FOUND, ENOENT, lc_invoke(LC_FUNCTION_OPEN, address("/nowhere/x"), LC_OPEN_READ, 0, 0, 0, 0));
}

TEST(five_arguments_arrive) {
    lc_u64 tokens[2] = {0, 0};
    struct pipe_ends ends = make_pipe(TO_CHILD);
    lc_i64 monitor = lc_invoke(LC_FUNCTION_MONITOR_OPEN, 0, 0, 0, 0, 0, 0);
    CHECK_OK(lc_invoke(LC_FUNCTION_MONITOR_SET, monitor, 0, ends.ours, LC_PIPE_WRITABLE, 1LL << 40, 0));
    CHECK_EQ(1, lc_invoke(LC_FUNCTION_MONITOR_WAIT, monitor, address(tokens), 2, -1, 0, 0));
    CHECK_EQ(1LL << 40, tokens[0]);
    CHECK_OK(lc_close(monitor));
    CHECK_OK(lc_close(ends.ours));
    CHECK_OK(lc_close(ends.theirs));
}

TEST(a_process_from_start_to_end) {
    struct setup setup;
    struct lc_process process = {.size = sizeof process};
    SET_UP(&setup, "pause");
    CHECK_OK(lc_invoke(LC_FUNCTION_START, address(&setup.request), address(&process), 0, 0, 0, 0));
    process.act = LC_ACT_SIGNAL;
    process.signal = LC_SIGKILL;
    CHECK_OK(lc_invoke(LC_FUNCTION_ACT, address(&process), 0, 0, 0, 0, 0));
    CHECK_EQ(LC_WAIT_EXITED, lc_invoke(LC_FUNCTION_WAIT, address(&process), -1, -1, 0, -1, 0));
    CHECK_EQ(1, lc_invoke(LC_FUNCTION_ANY_EXIT, 0, 0, 0, 0, 0, 0));
    process.act = LC_ACT_REAP;
    CHECK_OK(lc_invoke(LC_FUNCTION_ACT, address(&process), 0, 0, 0, 0, 0));
    CHECK_EQ(LC_EXIT_SIGNALED, process.kind);
    CHECK(process.handle < 0 || lc_close(process.handle) == 0);
}

TEST(members_and_names) {
    struct lc_process leader = {.size = sizeof leader, .pid = getpid(), .handle = -1};
    struct lc_group group = {.size = sizeof group};
    struct lc_scan scan = {
        .size = sizeof scan, .leaders = (uintptr_t) &leader, .groups = (uintptr_t) &group, .count = 1};
    CHECK_EQ(lc_members(&scan), lc_invoke(LC_FUNCTION_MEMBERS, address(&scan), 0, 0, 0, 0, 0));
    char name[8] = "";
    CHECK_EQ(5, lc_invoke(LC_FUNCTION_NAME, LC_NAME_ERROR, EPERM, address(name), sizeof name, 0, 0));
    CHECK_TEXT("EPERM", name);
}
