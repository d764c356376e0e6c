#include "harness.h"

static char bytes[1 << 20];
static struct setup setup;

TEST(reading_does_not_block) {
    struct pipe_ends ends;
    char some[8] = "";
    ends = pipe_from_child();
    CHECK_EQ(LC_ERR_AGAIN, error_category(lc_read(ends.ours, some, sizeof some)));
    CHECK_EQ(0, lc_query(ends.ours, LC_QUERY_AVAILABLE));
    CHECK_EQ(5, lc_write(ends.theirs, "hello", 5));
    CHECK_EQ(5, lc_query(ends.ours, LC_QUERY_AVAILABLE));
    CHECK_EQ(0, lc_read(ends.ours, some, 0));
    CHECK_EQ(2, lc_read(ends.ours, some, 2));
    CHECK_EQ(3, lc_read(ends.ours, some, sizeof some));
    CHECK_TEXT("llo", some);
    CHECK_EQ(LC_ERR_AGAIN, error_category(lc_read(ends.ours, some, sizeof some)));
    CHECK_EQ(1, lc_write(ends.theirs, "x", 1));
    CHECK_OK(lc_close(ends.theirs));
    CHECK_EQ(1, lc_query(ends.ours, LC_QUERY_AVAILABLE));
    CHECK_EQ(1, lc_read(ends.ours, some, sizeof some));
    CHECK_EQ(0, lc_query(ends.ours, LC_QUERY_AVAILABLE));
    CHECK_EQ(0, lc_read(ends.ours, some, sizeof some));
    CHECK_OK(lc_close(ends.ours));
}

TEST(writing_does_not_block) {
    struct pipe_ends ends;
    ends = pipe_to_child();
    CHECK_EQ(0, lc_write(ends.ours, bytes, 0));
    lc_i64 written = 0, result;
    while ((result = lc_write(ends.ours, bytes, 10000)) > 0) {
        written += result;
        CHECK(written < 1 << 20);
    }
    CHECK_EQ(LC_ERR_AGAIN, error_category(result));
    CHECK(written >= 4096);
    CHECK_EQ(0, lc_wait(NULL, -1, ends.ours, LC_PIPE_WRITABLE, 0));
    DWORD got;
    CHECK(ReadFile((HANDLE) (LONG_PTR) ends.theirs, bytes, 1000, &got, NULL));
    CHECK_EQ(LC_WAIT_PIPE, lc_wait(NULL, -1, ends.ours, LC_PIPE_WRITABLE, PATIENCE));
    result = lc_write(ends.ours, bytes, 10000);
    CHECK(result > 0 && result <= 1000);
    CHECK_OK(lc_close(ends.theirs));
    CHECK_ERROR(LC_ERR_BROKEN_PIPE, -1, lc_write(ends.ours, "x", 1));
    CHECK_OK(lc_close(ends.ours));
}

/* Nothing is lost, doubled or cut where the pipe is full at each side's turn. */
TEST(what_is_written_arrives_whole) {
    struct lc_process child;
    START(&child, L"copy-input");
    static char back[sizeof bytes];
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (char) (i * 7 + (i >> 8) * 13 + (i >> 16));
    }
    size_t sent = 0, got = 0;
    while (got < sizeof bytes) {
        if (sent < sizeof bytes) {
            lc_i64 count = lc_write(child.in, bytes + sent, (lc_i64) (sizeof bytes - sent));
            CHECK(count > 0 || error_category(count) == LC_ERR_AGAIN);
            sent += count > 0 ? (size_t) count : 0;
        }
        lc_i64 count = lc_read(child.out, back + got, (lc_i64) (sizeof back - got));
        CHECK(count > 0 || error_category(count) == LC_ERR_AGAIN);
        if (count > 0) {
            got += (size_t) count;
        } else {
            lc_wait(NULL, -1, child.out, LC_PIPE_READABLE, 10 * MS);
        }
    }
    CHECK(memcmp(bytes, back, sizeof bytes) == 0);
    close_input(&child);
    CHECK_EQ(0, read_fully(child.out, back, 1));
    expect_exit(&child, 0);
}

TEST(a_writer_waits_for_a_slow_reader) {
    struct lc_process child;
    START(&child, L"ready", L"pause", L"200", L"count-input");
    EXPECT_LINE("ready", &child);
    write_fully(child.in, bytes, 300000);
    close_input(&child);
    EXPECT_LINE("300000", &child);
    expect_exit(&child, 0);
}

TEST(the_end_of_the_input_is_seen) {
    struct lc_process child;
    START(&child, L"ready", L"count-input");
    EXPECT_LINE("ready", &child);
    write_fully(child.in, "hello", 5);
    close_input(&child);
    EXPECT_LINE("5", &child);
    expect_exit(&child, 0);
}

TEST(a_child_that_has_exited_breaks_the_pipe) {
    struct lc_process child;
    START(&child, L"exit", L"0");
    reap(&child);
    await_empty(&child);
    CHECK_ERROR(LC_ERR_BROKEN_PIPE, -1, lc_write(child.in, "x", 1));
    char nothing;
    CHECK_EQ(0, lc_read(child.out, &nothing, 1));
    close_child(&child);
}

TEST(all_three_streams_are_pipes) {
    struct lc_process child;
    char line[16];
    SET_UP(&setup, L"read-line", L"ready", L"to-stderr", L"ready");
    setup.request.err = LC_STDIO_PIPE;
    start(&child, &setup);
    CHECK(child.in > 0 && child.out > 0 && child.err > 0);
    write_fully(child.in, "\n", 1);
    EXPECT_LINE("ready", &child);
    CHECK(!read_line(child.out, line, sizeof line));
    CHECK(read_line(child.err, line, sizeof line));
    CHECK_TEXT("ready", line);
    CHECK(!read_line(child.err, line, sizeof line));
    expect_exit(&child, 0);
}

TEST(error_goes_where_output_goes) {
    struct lc_process child;
    SET_UP(&setup, L"ready", L"to-stderr", L"ready");
    setup.request.err = LC_STDIO_TO_STDOUT;
    start(&child, &setup);
    EXPECT_LINE("ready", &child);
    EXPECT_LINE("ready", &child);
    expect_exit(&child, 0);
}

TEST(files_are_opened_for_redirects) {
    struct lc_process child;
    char content[64];
    WCHAR path[MAX_PATH], input[MAX_PATH];
    wcscpy(path, test_path(L"\u00e4 file"));
    wcscpy(input, test_path(L"input"));
    write_file(path, "old and longer\n");
    write_file(input, "new\n");
    const int modes[] = {LC_OPEN_TRUNCATE, LC_OPEN_APPEND};
    for (int i = 0; i < 2; i++) {
        SET_UP(&setup, L"copy-input");
        setup.request.in = lc_open((const char *) input, LC_OPEN_READ);
        setup.request.out = lc_open((const char *) path, modes[i]);
        CHECK(setup.request.in > 0 && setup.request.out > 0);
        start(&child, &setup);
        CHECK_OK(lc_close(setup.request.in));
        CHECK_OK(lc_close(setup.request.out));
        expect_exit(&child, 0);
    }
    read_file(path, content, sizeof content);
    CHECK_TEXT("new\nnew\n", content);
    CHECK_ERROR(LC_ERR_NOT_FOUND, ERROR_FILE_NOT_FOUND,
                lc_open((const char *) test_path(L"missing"), LC_OPEN_READ));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_open((const char *) path, 9));
}

TEST(what_is_appended_goes_to_the_end_whoever_writes) {
    char content[64];
    WCHAR path[MAX_PATH];
    wcscpy(path, test_path(L"shared"));
    lc_i64 one = lc_open((const char *) path, LC_OPEN_APPEND), other = lc_open((const char *) path, LC_OPEN_APPEND);
    DWORD written;
    for (int i = 0; i < 2; i++) {
        CHECK(WriteFile((HANDLE) (LONG_PTR) one, "a", 1, &written, NULL));
        CHECK(WriteFile((HANDLE) (LONG_PTR) other, "b", 1, &written, NULL));
    }
    CHECK_OK(lc_close(one));
    CHECK_OK(lc_close(other));
    read_file(path, content, sizeof content);
    CHECK_TEXT("abab", content);
}

TEST(a_path_may_be_longer_than_260) {
    WCHAR path[600];
    wcscpy(path, test_path(L""));
    /* No folders, which would have to be removed: dots that lead nowhere. */
    size_t length = wcslen(path);
    while (wcslen(path) < 400) {
        wcscat(path, L".\\");
    }
    wcscat(path, L"far");
    lc_i64 file = lc_open((const char *) path, LC_OPEN_TRUNCATE);
    CHECK(file > 0);
    CHECK_OK(lc_close(file));
    wcscpy(path + length, L"far");
    CHECK(GetFileAttributesW(path) != INVALID_FILE_ATTRIBUTES);
}

TEST(the_null_device_takes_everything) {
    struct lc_process child;
    SET_UP(&setup, L"count-input", L"fill", L"100000", L"exit", L"2");
    setup.request.in = lc_open((const char *) L"NUL:", LC_OPEN_READ);
    setup.request.out = lc_open((const char *) L"NUL", LC_OPEN_TRUNCATE);
    CHECK(setup.request.in > 0 && setup.request.out > 0);
    start(&child, &setup);
    CHECK_OK(lc_close(setup.request.in));
    CHECK_OK(lc_close(setup.request.out));
    expect_exit(&child, 2);
}

TEST(streams_are_inherited) {
    struct lc_process child;
    struct pipe_ends ends;
    ends = pipe_from_child();
    HANDLE own = GetStdHandle(STD_OUTPUT_HANDLE), own_error = GetStdHandle(STD_ERROR_HANDLE);
    SetStdHandle(STD_ERROR_HANDLE, (HANDLE) (LONG_PTR) ends.theirs);
    START(&child, L"to-stderr", L"ready");
    SetStdHandle(STD_ERROR_HANDLE, own_error);
    CHECK_OK(lc_close(ends.theirs));
    char line[16];
    CHECK(read_line(ends.ours, line, sizeof line));
    CHECK_TEXT("ready", line);
    CHECK_OK(lc_close(ends.ours));
    CHECK(own == GetStdHandle(STD_OUTPUT_HANDLE));
    expect_exit(&child, 0);
}

TEST(streams_that_this_process_does_not_have_are_not_passed_on) {
    struct lc_process child;
    HANDLE own = GetStdHandle(STD_ERROR_HANDLE);
    SetStdHandle(STD_ERROR_HANDLE, NULL);
    START(&child, L"streams");
    SetStdHandle(STD_ERROR_HANDLE, own);
    CHECK_EQ(FILE_TYPE_PIPE, read_number(&child));
    CHECK_EQ(FILE_TYPE_PIPE, read_number(&child));
    read_number(&child);
    expect_exit(&child, 0);
}

TEST(pipes_and_files_are_no_terminals) {
    struct pipe_ends ends;
    ends = pipe_from_child();
    CHECK_EQ(0, lc_query(ends.ours, LC_QUERY_TERMINAL));
    CHECK_EQ(0, lc_query(ends.theirs, LC_QUERY_TERMINAL));
    CHECK_EQ(0, lc_query(-1, LC_QUERY_TERMINAL));
    DWORD mode;
    CHECK_EQ(GetConsoleMode(GetStdHandle(STD_INPUT_HANDLE), &mode), lc_query(0, LC_QUERY_TERMINAL));
    close_ends(&ends);
}

TEST(wrong_arguments_are_invalid) {
    char some[4];
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_read(4, some, -1));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_write(4, some, -1));
    CHECK_ERROR(LC_ERR_INVALID, ERROR_INVALID_HANDLE, lc_read(-1, some, 1));
    CHECK_ERROR(LC_ERR_INVALID, ERROR_INVALID_HANDLE, lc_write(-1, some, 1));
    CHECK_ERROR(LC_ERR_INVALID, ERROR_INVALID_HANDLE, lc_query(-1, LC_QUERY_AVAILABLE));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_query(4, 2));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_environment(NULL, 5));
}
