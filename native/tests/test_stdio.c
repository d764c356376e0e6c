#include "test.h"

#include <sys/stat.h>

static void check_flags(lc_i64 handle, int nonblocking) {
    CHECK_EQ(FD_CLOEXEC, fcntl((int) handle, F_GETFD));
    CHECK_EQ(nonblocking, fcntl((int) handle, F_GETFL) & O_NONBLOCK);
}

static void close_both(const struct pipe_ends *ends) {
    CHECK_OK(lc_close(ends->ours));
    CHECK_OK(lc_close(ends->theirs));
}

TEST(reading) {
    struct pipe_ends ends = make_pipe(FROM_CHILD);
    char buffer[16];
    lc_i64 result = lc_read(ends.ours, buffer, sizeof buffer);
    CHECK_ERROR(LC_ERR_AGAIN, EAGAIN, result);
    CHECK_EQ(LC_CALL_READ, error_call(result));
    CHECK_EQ(0, lc_query(ends.ours, LC_QUERY_AVAILABLE));
    CHECK_EQ(5, write(ends.theirs, "12345", 5));
    CHECK_EQ(5, lc_query(ends.ours, LC_QUERY_AVAILABLE));
    CHECK_EQ(2, lc_read(ends.ours, buffer, 2));
    CHECK_EQ(0, memcmp(buffer, "12", 2));
    CHECK_EQ(3, lc_query(ends.ours, LC_QUERY_AVAILABLE));
    CHECK_OK(lc_close(ends.theirs));
    CHECK_EQ(3, lc_read(ends.ours, buffer, sizeof buffer)); /* what was written before the end comes first */
    CHECK_EQ(0, memcmp(buffer, "345", 3));
    CHECK_EQ(0, lc_read(ends.ours, buffer, sizeof buffer));
    CHECK_EQ(0, lc_query(ends.ours, LC_QUERY_AVAILABLE));
    CHECK_OK(lc_close(ends.ours));
}

TEST(writing) {
    static char block[65536];
    struct pipe_ends ends = make_pipe(TO_CHILD);
    lc_i64 result, total = 0;
    signal(SIGPIPE, SIG_IGN);
    while ((result = lc_write(ends.ours, block, sizeof block)) > 0) {
        total += result;
    }
    CHECK_ERROR(LC_ERR_AGAIN, EAGAIN, result);
    CHECK_EQ(LC_CALL_WRITE, error_call(result));
    CHECK_EQ(total, lc_query(ends.theirs, LC_QUERY_AVAILABLE));
    CHECK_OK(lc_close(ends.theirs));
    CHECK_ERROR(LC_ERR_BROKEN_PIPE, EPIPE, lc_write(ends.ours, "x", 1));
    CHECK_OK(lc_close(ends.ours));
    signal(SIGPIPE, SIG_DFL);
}

/* Its ends block: a child that reads none would take EAGAIN for an error. */
TEST(a_pipe_between_two_children) {
    lc_i64 input = -1, output = -1;
    char buffer[4];
    CHECK_OK(lc_pipe(&input, &output));
    check_flags(input, 0);
    check_flags(output, 0);
    CHECK_EQ(2, lc_write(output, "ab", 2));
    CHECK_EQ(2, lc_read(input, buffer, sizeof buffer));
    CHECK_OK(lc_close(output));
    CHECK_EQ(0, lc_read(input, buffer, sizeof buffer));
    CHECK_OK(lc_close(input));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_pipe(NULL, &output)));
}

TEST(a_larger_pipe) {
    static char block[2 * LC_LARGE_PIPE];
    struct pipe_ends ends = make_pipe(FROM_CHILD);
    CHECK_EQ(LC_LARGE_PIPE, lc_invoke(LC_FUNCTION_PIPE_ENLARGE, ends.ours, 0, 0, 0, 0, 0));
    CHECK(fcntl((int) ends.theirs, F_SETFL, O_NONBLOCK) == 0);
    CHECK_EQ(LC_LARGE_PIPE, write((int) ends.theirs, block, sizeof block));
    CHECK_EQ(LC_LARGE_PIPE, lc_read(ends.ours, block, sizeof block));
    close_both(&ends);
    CHECK_ERROR(LC_ERR_INVALID, EBADF, lc_pipe_enlarge(-1));
}

static void check_content(const char *path, const char *expected) {
    char content[64] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    CHECK(read(fd, content, sizeof content - 1) >= 0);
    close(fd);
    CHECK_TEXT(expected, content);
}

static void write_by_library(const char *path, int mode, const char *text) {
    lc_i64 handle = lc_open(path, mode);
    CHECK(handle >= 0);
    check_flags(handle, 0);
    CHECK_EQ((long) strlen(text), lc_write(handle, text, (lc_i64) strlen(text)));
    CHECK_OK(lc_close(handle));
}

TEST(files) {
    struct stat status;
    const char *path = test_path("file");
    umask(027);
    write_by_library(path, LC_OPEN_TRUNCATE, "first");
    CHECK_EQ(0, stat(path, &status));
    CHECK_EQ(0640, status.st_mode & 0777);
    write_by_library(path, LC_OPEN_APPEND, "+second");
    check_content(path, "first+second");
    write_by_library(path, LC_OPEN_TRUNCATE, "third");
    check_content(path, "third");
    write_by_library(test_path("new"), LC_OPEN_APPEND, "made");
    check_content(test_path("new"), "made");
    char buffer[16];
    lc_i64 handle = lc_open(path, LC_OPEN_READ);
    CHECK(handle >= 0);
    check_flags(handle, 0);
    CHECK_EQ(5, lc_query(handle, LC_QUERY_AVAILABLE));
    CHECK_EQ(5, lc_read(handle, buffer, sizeof buffer));
    CHECK_EQ(EBADF, error_os(lc_write(handle, "x", 1)));
    CHECK_OK(lc_close(handle));
}

static void check_available(lc_i64 size) {
    int fd = open(test_path("large"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK_EQ(0, ftruncate(fd, size));
    CHECK_EQ(size, lc_query(fd, LC_QUERY_AVAILABLE));
    CHECK_EQ(size - 10, lseek(fd, size - 10, SEEK_SET));
    CHECK_EQ(10, lc_query(fd, LC_QUERY_AVAILABLE));
    CHECK_EQ(size + 10, lseek(fd, size + 10, SEEK_SET));
    CHECK_EQ(0, lc_query(fd, LC_QUERY_AVAILABLE));
    close(fd);
}

/* More than 32 bits, of which the kernel's own answer has 31. */
TEST(large_files) {
    check_available(3LL << 30);
    check_available(4LL << 30);
    check_available(5LL << 30);
}

/* Every write is appended, even if another process has written meanwhile. */
TEST(two_appenders) {
    const char *path = test_path("log");
    lc_i64 one = lc_open(path, LC_OPEN_APPEND), other = lc_open(path, LC_OPEN_APPEND);
    CHECK_EQ(2, lc_write(one, "1\n", 2));
    CHECK_EQ(2, lc_write(other, "2\n", 2));
    CHECK_EQ(2, lc_write(one, "3\n", 2));
    CHECK_OK(lc_close(one));
    CHECK_OK(lc_close(other));
    check_content(path, "1\n2\n3\n");
}

TEST(files_that_cannot_be_opened) {
    lc_i64 result = lc_open("/nonexistent/file", LC_OPEN_READ);
    CHECK_ERROR(LC_ERR_NOT_FOUND, ENOENT, result);
    CHECK_EQ(LC_CALL_OPEN, error_call(result));
    CHECK_EQ(EISDIR, error_os(lc_open(test_directory(), LC_OPEN_TRUNCATE)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_open("/dev/null", 17)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_open(NULL, LC_OPEN_READ)));
}

/* Returns the terminal's two sides; the second is the one that a program sees. */
static void open_terminal(int sides[2]) {
    sides[0] = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (sides[0] < 0) {
        SKIP("no pseudo-terminals here");
    }
    CHECK_EQ(0, grantpt(sides[0]));
    CHECK_EQ(0, unlockpt(sides[0]));
    sides[1] = open(ptsname(sides[0]), O_RDWR | O_NOCTTY | O_CLOEXEC);
    CHECK(sides[1] >= 0);
}

TEST(terminals) {
    int sides[2];
    struct pipe_ends ends = make_pipe(FROM_CHILD);
    CHECK_EQ(0, lc_query(ends.ours, LC_QUERY_TERMINAL));
    close_both(&ends);
    lc_i64 null = lc_open("/dev/null", LC_OPEN_READ);
    CHECK_EQ(0, lc_query(null, LC_QUERY_TERMINAL));
    CHECK_OK(lc_close(null));
    CHECK_EQ(0, lc_query(4000, LC_QUERY_TERMINAL));
    open_terminal(sides);
    CHECK_EQ(1, lc_query(sides[1], LC_QUERY_TERMINAL));
    close(sides[0]);
    close(sides[1]);
}

static void open_in_a_session(void *terminal) {
    setsid();
    CHECK(lc_open(terminal, LC_OPEN_READ) >= 0);
    CHECK_EQ(-1, open("/dev/tty", O_RDWR | O_CLOEXEC));
    CHECK_EQ(ENXIO, errno);
}

/* A session without a terminal takes the first that its leader opens, unless it opens it with O_NOCTTY. */
TEST(opening_a_terminal_does_not_adopt_it) {
    int sides[2];
    open_terminal(sides);
    run_in_a_child(open_in_a_session, ptsname(sides[0]));
    close(sides[0]);
    close(sides[1]);
}

TEST(wrong_arguments) {
    static const lc_i64 wrong[] = {4000, -1, 1LL << 32, 1LL << 62};
    char buffer[4];
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_query(0, 2)));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        CHECK_EQ(EBADF, error_os(lc_read(wrong[i], buffer, 1)));
        CHECK_EQ(EBADF, error_os(lc_write(wrong[i], buffer, 1)));
        CHECK_EQ(EBADF, error_os(lc_query(wrong[i], LC_QUERY_AVAILABLE)));
        CHECK_EQ(EBADF, error_os(lc_close(wrong[i])));
        CHECK_EQ(LC_CALL_CLOSE, error_call(lc_close(wrong[i])));
    }
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_read(0, buffer, -1)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_write(1, buffer, -1)));
}
