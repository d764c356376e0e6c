#include "test.h"

static lc_i64 address(const void *pointer) {
    return (lc_i64) (uintptr_t) pointer;
}

TEST_BEFORE_INIT(number_zero_is_the_contract) {
    CHECK_EQ(LC_ABI, lc_invoke(0, 0, 0, 0, 0, 0, 0));
}

TEST_BEFORE_INIT(an_unknown_number_is_refused) {
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_invoke(-1, 0, 0, 0, 0, 0, 0));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_invoke(LC_FUNCTION_CALL_NAME + 1, 0, 0, 0, 0, 0, 0));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_invoke(1LL << 32, 0, 0, 0, 0, 0, 0));
}

TEST(arguments_arrive_as_they_were_passed) {
    struct lc_pipe_ends ends = {.size = sizeof ends};
    CHECK_OK(lc_invoke(LC_FUNCTION_PIPE, LC_PIPE_FROM_CHILD, address(&ends), 0, 0, 0, 0));
    CHECK_EQ(5, lc_invoke(LC_FUNCTION_WRITE, ends.theirs, address("hello"), 5, 0, 0, 0));
    CHECK_EQ(LC_WAIT_PIPE, lc_invoke(LC_FUNCTION_WAIT, 0, -1, ends.ours, LC_PIPE_READABLE, -1, 0));
    char text[6] = "";
    CHECK_EQ(5, lc_invoke(LC_FUNCTION_READ, ends.ours, address(text), 5, 0, 0, 0));
    CHECK_TEXT("hello", text);
    CHECK_OK(lc_invoke(LC_FUNCTION_CLOSE, ends.ours, 0, 0, 0, 0, 0));
    CHECK_OK(lc_invoke(LC_FUNCTION_CLOSE, ends.theirs, 0, 0, 0, 0, 0));
}

TEST(an_error_comes_through) {
    CHECK_ERROR(LC_ERR_NOT_FOUND, ENOENT, lc_invoke(LC_FUNCTION_OPEN, address("/nowhere/x"), LC_OPEN_READ, 0, 0, 0, 0));
}

TEST(six_arguments_arrive) {
    struct lc_process leader = {.size = sizeof leader, .pid = getpid(), .handle = -1};
    struct lc_group group = {.size = sizeof group};
    struct lc_member members[2] = {{.size = sizeof members[0]}, {.size = sizeof members[0]}};
    CHECK_EQ(lc_members(&leader, &group, 1, 0, members, 2),
             lc_invoke(LC_FUNCTION_MEMBERS, address(&leader), address(&group), 1, 0, address(members), 2));
}
