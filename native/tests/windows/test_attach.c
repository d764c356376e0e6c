#include "harness.h"

static lc_i64 attach(lc_i64 pid, lc_i32 scope, struct lc_process *process) {
    *process = (struct lc_process){.size = sizeof *process};
    return lc_attach(pid, scope, process);
}

TEST(exit_and_its_code_are_seen_by_another_handle) {
    struct lc_process child, process;
    START(&child, L"ready", L"read-line", L"exit", L"7");
    EXPECT_LINE("ready", &child);
    CHECK_OK(attach(child.pid, LC_SCOPE_LEADER, &process));
    CHECK(process.handle > 0 && process.handle != child.handle);
    act(&process, LC_ACT_LOOK);
    CHECK_EQ(LC_EXIT_RUNNING, process.kind);
    close_input(&child);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&process, -1, -1, 0, PATIENCE));
    act(&process, LC_ACT_LOOK);
    CHECK_EQ(LC_EXIT_EXITED, process.kind);
    CHECK_EQ(7, process.code);
    CHECK_OK(lc_close(process.handle));
    expect_exit(&child, 7);
    close_child(&child);
}

TEST(kill_ends_it) {
    struct lc_process child, process;
    START(&child, L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    CHECK_OK(attach(child.pid, LC_SCOPE_LEADER, &process));
    CHECK_OK(send_signal(&process, LC_SCOPE_LEADER, LC_SIGKILL));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&process, -1, -1, 0, PATIENCE));
    CHECK_ERROR(LC_ERR_GONE, 0, send_signal(&process, LC_SCOPE_LEADER, LC_SIGKILL));
    CHECK_OK(lc_close(process.handle));
    expect_exit(&child, 1);
    close_child(&child);
}

TEST(what_cannot_be_attached_to_is_refused) {
    struct lc_process process;
    CHECK_ERROR(LC_ERR_INVALID, 0, attach(0, LC_SCOPE_LEADER, &process));
    CHECK_ERROR(LC_ERR_INVALID, 0, attach(GetCurrentProcessId(), LC_SCOPE_LEADER, &process));
    CHECK_ERROR(LC_ERR_UNSUPPORTED, 0, attach(4711, LC_SCOPE_GROUP, &process));
    CHECK_ERROR(LC_ERR_GONE, ERROR_INVALID_PARAMETER, attach(0xfffffff0LL, LC_SCOPE_LEADER, &process));
}

/* The system takes each of these numbers for the pid. */
TEST(a_number_beside_a_pid_is_no_process) {
    struct lc_process child, process;
    START(&child, L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    for (int i = 1; i < 4; i++) {
        CHECK_ERROR(LC_ERR_GONE, ERROR_INVALID_PARAMETER, attach(child.pid + i, LC_SCOPE_LEADER, &process));
        CHECK_ERROR(LC_ERR_GONE, -1, attach((lc_i64) GetCurrentProcessId() + i, LC_SCOPE_LEADER, &process));
    }
    finish(&child);
}
