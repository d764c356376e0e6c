#include "harness.h"

static lc_i64 open_monitor(void) {
    lc_i64 monitor = lc_monitor_open();
    CHECK(monitor >= 0);
    return monitor;
}

/* Returns the one token that is given, 0: none within the time. */
static lc_u64 next_token(lc_i64 monitor, lc_i64 timeout_ns) {
    lc_u64 tokens[8] = {0};
    lc_i64 count = lc_monitor_wait(monitor, tokens, 8, timeout_ns);
    CHECK(count >= 0);
    CHECK(count <= 1);
    return tokens[0];
}

TEST(an_exit_gives_its_token_once) {
    struct lc_process child;
    START(&child, L"read-line", L"exit", L"3");
    lc_i64 monitor = open_monitor();
    CHECK_OK(lc_monitor_set(monitor, &child, -1, 0, 7));
    CHECK_EQ(0, next_token(monitor, 10 * MS));
    write_fully(child.in, "\n", 1);
    CHECK_EQ(7, next_token(monitor, PATIENCE));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child, -1, -1, 0, 0));
    CHECK_EQ(0, next_token(monitor, 10 * MS));
    CHECK_OK(lc_monitor_set(monitor, &child, -1, 0, 0));
    CHECK_OK(lc_close(monitor));
    expect_exit(&child, 3);
}

TEST(an_exit_from_before_is_seen_each_time_that_the_watch_is_set) {
    struct lc_process child;
    START(&child, L"exit", L"4");
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child, -1, -1, 0, PATIENCE));
    lc_i64 monitor = open_monitor();
    for (lc_u64 token = 1; token <= 3; token++) {
        CHECK_OK(lc_monitor_set(monitor, &child, -1, 0, token));
        CHECK_EQ(token, next_token(monitor, PATIENCE));
    }
    CHECK_OK(lc_close(monitor));
    expect_exit(&child, 4);
}

TEST(seventy_processes_are_watched_by_one_thread) {
    static struct lc_process children[70];
    lc_i64 monitor = open_monitor();
    for (int i = 0; i < 70; i++) {
        START(&children[i], L"ready", L"read-line");
        EXPECT_LINE("ready", &children[i]);
        CHECK_OK(lc_monitor_set(monitor, &children[i], -1, 0, (lc_u64) (1 + i)));
    }
    CHECK_EQ(0, next_token(monitor, 10 * MS));
    for (int i = 0; i < 70; i++) {
        write_fully(children[i].in, "\n", 1);
    }
    bool given[71] = {false};
    for (int seen = 0; seen < 70;) {
        lc_u64 tokens[16];
        lc_i64 count = lc_monitor_wait(monitor, tokens, 16, PATIENCE);
        CHECK(count > 0);
        for (lc_i64 i = 0; i < count; i++) {
            CHECK(tokens[i] >= 1 && tokens[i] <= 70 && !given[tokens[i]]);
            given[tokens[i]] = true;
        }
        seen += (int) count;
    }
    for (int i = 0; i < 70; i++) {
        CHECK_OK(lc_monitor_set(monitor, &children[i], -1, 0, 0));
        expect_exit(&children[i], 0);
    }
    CHECK_OK(lc_close(monitor));
}

TEST(a_pipe_to_read_is_watched) {
    struct pipe_ends ends;
    ends = pipe_from_child();
    lc_i64 monitor = open_monitor();
    CHECK_OK(lc_monitor_set(monitor, NULL, ends.ours, LC_PIPE_READABLE, 9));
    CHECK_EQ(0, next_token(monitor, 10 * MS));
    CHECK_EQ(3, lc_write(ends.theirs, "abc", 3));
    CHECK_EQ(9, next_token(monitor, PATIENCE));
    CHECK_EQ(0, next_token(monitor, 10 * MS));
    CHECK_EQ(3, lc_query(ends.ours, LC_QUERY_AVAILABLE));
    CHECK_OK(lc_monitor_set(monitor, NULL, ends.ours, LC_PIPE_READABLE, 10));
    CHECK_EQ(10, next_token(monitor, PATIENCE));
    char bytes[8];
    CHECK_EQ(3, lc_read(ends.ours, bytes, 8));
    CHECK_OK(lc_monitor_set(monitor, NULL, ends.ours, LC_PIPE_READABLE, 11));
    CHECK_OK(lc_close(ends.theirs));
    CHECK_EQ(11, next_token(monitor, PATIENCE));
    CHECK_EQ(0, lc_read(ends.ours, bytes, 8));
    CHECK_OK(lc_monitor_set(monitor, NULL, ends.ours, 0, 0));
    CHECK_OK(lc_close(monitor));
    CHECK_OK(lc_close(ends.ours));
}

TEST(a_pipe_to_write_is_watched) {
    static char bytes[1 << 16];
    struct pipe_ends ends;
    ends = pipe_to_child();
    while (lc_write(ends.ours, bytes, sizeof bytes) > 0) {
    }
    lc_i64 monitor = open_monitor();
    CHECK_OK(lc_monitor_set(monitor, NULL, ends.ours, LC_PIPE_WRITABLE, 5));
    DWORD got;
    CHECK(ReadFile((HANDLE) (LONG_PTR) ends.theirs, bytes, sizeof bytes, &got, NULL));
    CHECK_EQ(5, next_token(monitor, PATIENCE));
    CHECK(lc_write(ends.ours, bytes, 100) > 0);
    CHECK_EQ(0, next_token(monitor, 100 * MS));
    CHECK_OK(lc_close(monitor));
    close_ends(&ends);
}

TEST(a_watch_that_is_removed_gives_nothing) {
    struct pipe_ends ends;
    ends = pipe_from_child();
    lc_i64 monitor = open_monitor();
    CHECK_OK(lc_monitor_set(monitor, NULL, ends.ours, LC_PIPE_READABLE, 9));
    CHECK_OK(lc_monitor_set(monitor, NULL, ends.ours, 0, 0));
    CHECK_OK(lc_monitor_set(monitor, NULL, ends.ours, 0, 0));
    CHECK_EQ(1, lc_write(ends.theirs, "x", 1));
    CHECK_EQ(0, next_token(monitor, 20 * MS));

    /* Posted to the port already, and then removed or replaced. */
    CHECK_OK(lc_monitor_set(monitor, NULL, ends.ours, LC_PIPE_READABLE, 10));
    give_time();
    CHECK_OK(lc_monitor_set(monitor, NULL, ends.ours, 0, 0));
    CHECK_EQ(0, next_token(monitor, 20 * MS));
    CHECK_OK(lc_monitor_set(monitor, NULL, ends.ours, LC_PIPE_READABLE, 11));
    give_time();
    CHECK_OK(lc_monitor_set(monitor, NULL, ends.ours, LC_PIPE_READABLE, 12));
    CHECK_EQ(12, next_token(monitor, PATIENCE));
    CHECK_EQ(0, next_token(monitor, 20 * MS));
    CHECK_OK(lc_close(monitor));
    close_ends(&ends);
}

struct later {
    lc_i64 monitor;
    struct lc_process process;
    lc_i64 pipe;
    int events;
};

static DWORD WINAPI set_later(void *argument) {
    struct later *later = argument;
    give_time();
    CHECK_OK(lc_monitor_set(later->monitor, later->pipe < 0 ? &later->process : NULL, later->pipe, later->events, 6));
    return 0;
}

static void expect_during_wait(struct later *later) {
    HANDLE thread = CreateThread(NULL, 0, set_later, later, 0, NULL);
    CHECK_EQ(6, next_token(later->monitor, PATIENCE));
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
}

TEST(a_watch_that_is_set_during_a_wait_is_seen) {
    struct lc_process child;
    struct pipe_ends ends;
    START(&child, L"exit", L"0");
    ends = pipe_to_child();
    struct later later = {open_monitor(), child, -1, 0};
    expect_during_wait(&later);
    later.pipe = child.out;
    later.events = LC_PIPE_READABLE;
    expect_during_wait(&later);
    later.pipe = ends.ours;
    later.events = LC_PIPE_WRITABLE;
    expect_during_wait(&later);
    CHECK_OK(lc_close(later.monitor));
    close_ends(&ends);
    expect_exit(&child, 0);
}

static DWORD WINAPI set_and_end(void *argument) {
    struct later *later = argument;
    CHECK_OK(lc_monitor_set(later->monitor, NULL, later->pipe, LC_PIPE_READABLE, 8));
    return 0;
}

/* Windows cancels the I/O of a thread that ends; the watch may then give its token too early, and must not be lost. */
TEST(a_watch_outlives_the_thread_that_set_it) {
    struct pipe_ends ends;
    ends = pipe_from_child();
    struct later later = {.monitor = open_monitor(), .pipe = ends.ours};
    HANDLE thread = CreateThread(NULL, 0, set_and_end, &later, 0, NULL);
    WaitForSingleObject(thread, INFINITE);
    CloseHandle(thread);
    CHECK_EQ(1, lc_write(ends.theirs, "x", 1));
    CHECK_EQ(8, next_token(later.monitor, PATIENCE));
    CHECK_OK(lc_close(later.monitor));
    close_ends(&ends);
}

TEST(no_more_tokens_than_there_is_room_for) {
    struct pipe_ends ends[3];
    lc_i64 monitor = open_monitor();
    for (int i = 0; i < 3; i++) {
        ends[i] = pipe_from_child();
        CHECK_OK(lc_close(ends[i].theirs));
        CHECK_OK(lc_monitor_set(monitor, NULL, ends[i].ours, LC_PIPE_READABLE, (lc_u64) (1 + i)));
    }
    lc_u64 sum = 0, token = 0;
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(1, lc_monitor_wait(monitor, &token, 1, PATIENCE));
        sum += token;
    }
    CHECK_EQ(6, sum);
    CHECK_OK(lc_close(monitor));
    for (int i = 0; i < 3; i++) {
        CHECK_OK(lc_close(ends[i].ours));
    }
}

TEST(a_cancel_handle_is_watched) {
    lc_i64 monitor = open_monitor(), cancel = lc_cancel_open();
    CHECK(cancel > 0);
    CHECK_OK(lc_monitor_set(monitor, NULL, cancel, LC_CANCEL_FIRED, 4));
    CHECK_EQ(0, next_token(monitor, 10 * MS));
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_FIRE));
    CHECK_EQ(4, next_token(monitor, PATIENCE));
    CHECK_EQ(0, next_token(monitor, 10 * MS));

    /* It stays fired, until it is drained. */
    CHECK_EQ(LC_WAIT_CANCELLED, lc_wait(NULL, cancel, -1, 0, 0));
    CHECK_OK(lc_monitor_set(monitor, NULL, cancel, LC_CANCEL_FIRED, 5));
    CHECK_EQ(5, next_token(monitor, PATIENCE));
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_DRAIN));
    CHECK_OK(lc_monitor_set(monitor, NULL, cancel, LC_CANCEL_FIRED, 6));
    CHECK_EQ(0, next_token(monitor, 10 * MS));
    CHECK_OK(lc_monitor_set(monitor, NULL, cancel, LC_CANCEL_FIRED, 0));
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_FIRE));
    CHECK_EQ(0, next_token(monitor, 10 * MS));
    CHECK_OK(lc_close(monitor));
    CHECK_OK(lc_close(cancel));
}

TEST(a_process_without_a_handle_cannot_be_watched) {
    const struct lc_process process = {.size = sizeof process, .pid = 4, .handle = -1};
    lc_i64 monitor = open_monitor();
    CHECK_ERROR(LC_ERR_UNSUPPORTED, 0, lc_monitor_set(monitor, &process, -1, 0, 1));
    CHECK_OK(lc_monitor_set(monitor, &process, -1, 0, 0));
    CHECK_OK(lc_close(monitor));
}

TEST(wrong_arguments_are_invalid) {
    lc_u64 token;
    lc_i64 monitor = open_monitor();
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_monitor_set(-1, NULL, 4, 1, 1));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_monitor_set(monitor, NULL, -1, 1, 1));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_monitor_set(monitor, NULL, 4, 9, 1));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_monitor_set(monitor, NULL, 4, LC_CANCEL_FIRED | LC_PIPE_READABLE, 1));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_monitor_set(monitor, NULL, -1, 0, 0));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_monitor_wait(monitor, NULL, 1, 0));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_monitor_wait(monitor, &token, 0, 0));
    CHECK_OK(lc_close(monitor));
}
