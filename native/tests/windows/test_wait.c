#include "harness.h"

/* Exits */

static void expect_code(const WCHAR *argument, unsigned code) {
    struct lc_process child;
    START(&child, L"exit", argument);
    expect_exit(&child, code);
}

TEST(exit_codes_have_32_bits) {
    expect_code(L"0", 0);
    expect_code(L"1", 1);
    expect_code(L"259", 259);
    expect_code(L"0xC000013A", 0xC000013A);
    expect_code(L"0xFFFFFFFF", 0xFFFFFFFF);
    expect_code(L"0x80000000", 0x80000000);
}

TEST(code_259_is_no_sign_of_life) {
    struct lc_process child;
    START(&child, L"read-line", L"exit", L"259");
    act(&child, LC_ACT_LOOK);
    CHECK_OK(child.looked);
    CHECK_EQ(LC_EXIT_RUNNING, child.kind);
    write_fully(child.in, "\n", 1);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child, -1, -1, 0, PATIENCE));
    act(&child, LC_ACT_LOOK);
    CHECK_OK(child.looked);
    CHECK_EQ(LC_EXIT_EXITED, child.kind);
    CHECK_EQ(259, child.code);
    CHECK_EQ(LC_ERR_GONE, error_category(send_signal(&child, LC_SCOPE_LEADER, 0)));
    expect_exit(&child, 259);
}

TEST(a_crash_is_known_by_its_code) {
    expect_code(L"0xC0000005", 0xC0000005);
}

/* Waits */

TEST(a_wait_ends_at_its_timeout) {
    struct lc_process child;
    START(&child, L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    CHECK_EQ(0, lc_wait(&child, -1, -1, 0, 0));
    const long long timeouts[] = {1, 2 * MS, 30 * MS, 120 * MS};
    for (int i = 0; i < 4; i++) {
        long long begin = now_ns();
        CHECK_EQ(0, lc_wait(&child, -1, -1, 0, timeouts[i]));
        CHECK(now_ns() - begin >= timeouts[i]);
        begin = now_ns();
        CHECK_EQ(0, lc_wait(NULL, -1, -1, 0, timeouts[i]));
        CHECK(now_ns() - begin >= timeouts[i]);
    }
    finish(&child);
}

static DWORD WINAPI fire_later(void *cancel) {
    give_time();
    CHECK_OK(lc_cancel((lc_i64) (LONG_PTR) cancel, LC_CANCEL_FIRE));
    return 0;
}

TEST(a_wait_is_cancelled) {
    struct lc_process child;
    START(&child, L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    lc_i64 cancel = lc_cancel_open();
    CHECK(cancel > 0);
    HANDLE thread = CreateThread(NULL, 0, fire_later, (void *) (LONG_PTR) cancel, 0, NULL);
    CHECK_EQ(LC_WAIT_CANCELLED, lc_wait(&child, cancel, -1, 0, -1));
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);

    /* Stays fired for everybody until it is drained. */
    CHECK_EQ(LC_WAIT_CANCELLED, lc_wait(&child, cancel, child.out, LC_PIPE_READABLE, -1));
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_FIRE));
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_DRAIN));
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_DRAIN));
    CHECK_EQ(0, lc_wait(&child, cancel, -1, 0, 10 * MS));
    CHECK_OK(lc_close(cancel));
    finish(&child);
}

TEST(exit_and_cancellation_are_both_seen) {
    struct lc_process child;
    START(&child, L"exit", L"0");
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child, -1, -1, 0, PATIENCE));
    lc_i64 cancel = lc_cancel_open();
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_FIRE));
    CHECK_EQ(LC_WAIT_EXITED | LC_WAIT_CANCELLED, lc_wait(&child, cancel, -1, 0, -1));
    CHECK_OK(lc_close(cancel));
    expect_exit(&child, 0);
}

TEST(a_wait_ends_with_what_is_written) {
    struct lc_process child;
    START(&child, L"read-line", L"ready", L"sleep");
    CHECK_EQ(0, lc_wait(&child, -1, child.out, LC_PIPE_READABLE, 20 * MS));
    write_fully(child.in, "\n", 1);
    CHECK_EQ(LC_WAIT_PIPE, lc_wait(&child, -1, child.out, LC_PIPE_READABLE, PATIENCE));
    CHECK_EQ(LC_WAIT_PIPE, lc_wait(&child, -1, child.out, LC_PIPE_READABLE, 0));
    EXPECT_LINE("ready", &child);
    CHECK_EQ(0, lc_wait(&child, -1, child.out, LC_PIPE_READABLE, 0));
    finish(&child);
}

TEST(a_pipe_that_hangs_up_is_ready) {
    struct pipe_ends ends;
    ends = pipe_from_child();
    CHECK_EQ(0, lc_wait(NULL, -1, ends.ours, LC_PIPE_READABLE, 10 * MS));
    CHECK_OK(lc_close(ends.theirs));
    CHECK_EQ(LC_WAIT_PIPE, lc_wait(NULL, -1, ends.ours, LC_PIPE_READABLE, PATIENCE));
    CHECK_OK(lc_close(ends.ours));
    ends = pipe_to_child();
    CHECK_OK(lc_close(ends.theirs));
    CHECK_EQ(LC_WAIT_PIPE, lc_wait(NULL, -1, ends.ours, LC_PIPE_WRITABLE, PATIENCE));
    CHECK_ERROR(LC_ERR_BROKEN_PIPE, ERROR_NO_DATA, lc_write(ends.ours, "x", 1));
    CHECK_OK(lc_close(ends.ours));
}

static DWORD WINAPI await_readable(void *pipe) {
    return (DWORD) lc_wait(NULL, -1, (lc_i64) (LONG_PTR) pipe, LC_PIPE_READABLE, PATIENCE);
}

TEST(several_threads_wait_for_one_pipe) {
    struct pipe_ends ends;
    HANDLE threads[3];
    ends = pipe_from_child();
    for (int i = 0; i < 3; i++) {
        threads[i] = CreateThread(NULL, 0, await_readable, (void *) (LONG_PTR) ends.ours, 0, NULL);
    }
    give_time();
    CHECK_EQ(1, lc_write(ends.theirs, "x", 1));
    for (int i = 0; i < 3; i++) {
        DWORD seen = 0;
        CHECK_EQ(WAIT_OBJECT_0, WaitForSingleObject(threads[i], PATIENCE_S * 1000));
        CHECK(GetExitCodeThread(threads[i], &seen));
        CHECK_EQ(LC_WAIT_PIPE, seen);
        CloseHandle(threads[i]);
    }
    close_ends(&ends);
}

/* Waits until no process has the number any more. */
static void await_free(DWORD pid) {
    long long end = now_ns() + PATIENCE;
    for (HANDLE process; (process = OpenProcess(SYNCHRONIZE, FALSE, pid)) != NULL; Sleep(1)) {
        CloseHandle(process);
        CHECK(now_ns() < end);
    }
    CHECK_EQ(ERROR_INVALID_PARAMETER, GetLastError());
}

TEST(a_process_without_a_handle_is_looked_for) {
    struct lc_process child;
    START(&child, L"read-line", L"exit", L"0");
    const struct lc_process member = {.size = sizeof member, .pid = child.pid, .handle = -1};
    lc_i64 cancel = lc_cancel_open();
    CHECK_EQ(0, lc_wait(&member, cancel, -1, 0, 0));
    CHECK_EQ(0, lc_wait(&member, cancel, -1, 0, 20 * MS));
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_FIRE));
    CHECK_EQ(LC_WAIT_CANCELLED, lc_wait(&member, cancel, -1, 0, -1));
    CHECK_OK(lc_close(cancel));
    write_fully(child.in, "\n", 1);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&member, -1, -1, 0, PATIENCE));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&member, -1, -1, 0, 0));
    expect_exit(&child, 0);
    await_free((DWORD) member.pid);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&member, -1, -1, 0, 0));
}

TEST(wrong_arguments_are_invalid) {
    struct lc_process process = {.size = sizeof process, .pid = 4, .handle = 0};
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_wait(&process, -1, -1, 0, 0));
    process = (struct lc_process){.size = 8, .pid = 4, .handle = -1};
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_wait(&process, -1, -1, 0, 0));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_wait(NULL, -2, -1, 0, 0));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_wait(NULL, -1, -5, 0, 0));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_wait(NULL, -1, -1, LC_CANCEL_FIRED, 0));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_wait(NULL, -1, -1, 8, 0));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_cancel(-1, LC_CANCEL_FIRE)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_cancel(0, LC_CANCEL_DRAIN)));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_cancel(4, 2));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_close(-1)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_close(0)));
}
