/* What a child has open: its three streams, what it is to keep, and nothing else of ours. */
#include "test.h"

#include <sys/resource.h>
#include <sys/socket.h>

TEST(no_other_descriptor_is_open) {
    enum { COUNT = 500 };
    int fds[COUNT];
    struct child child;
    for (int i = 0; i < COUNT; i += 4) {
        CHECK_EQ(0, pipe(fds + i));
        CHECK_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, fds + i + 2));
    }
    START(&child, "print-fds");
    EXPECT_LINE("0 1 2", &child);
    expect_exit(&child, 0);
    for (int i = 0; i < COUNT; i++) {
        CHECK_EQ(0, fcntl(fds[i], F_GETFD)); /* ours are neither closed nor marked */
        close(fds[i]);
    }
}

/* Marked here or not; one that is not open, and the standard streams, are passed over. */
TEST(descriptors_that_are_to_be_kept_are_open) {
    struct setup setup;
    struct child child;
    int marked = fcntl(0, F_DUPFD_CLOEXEC, 20);
    int unmarked = fcntl(0, F_DUPFD, 30);
    int other = fcntl(0, F_DUPFD, 25);
    const lc_i32 kept[] = {marked, unmarked, 99, 2, -1};
    char expected[64];
    snprintf(expected, sizeof expected, "0 1 2 %d %d", marked, unmarked);
    SET_UP(&setup, "print-fds");
    setup.request.kept = (lc_u64) kept;
    setup.request.kept_count = 5;
    start(&child, &setup);
    EXPECT_LINE(expected, &child);
    expect_exit(&child, 0);
    CHECK_EQ(FD_CLOEXEC, fcntl(marked, F_GETFD));
    close(marked);
    close(unmarked);
    close(other);
    setup.request.kept = 0;
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_start(&setup.request, &child.process));
}

TEST(descriptor_above_a_lowered_limit_is_not_inherited) {
    struct rlimit limit;
    struct child child;
    CHECK_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
    int high = fcntl(0, F_DUPFD, 900);
    CHECK(high >= 900);
    CHECK_EQ(0, setrlimit(RLIMIT_NOFILE, &(struct rlimit){100, limit.rlim_max}));
    START(&child, "print-fds");
    EXPECT_LINE("0 1 2", &child);
    expect_exit(&child, 0);
    close(high);
}

/* Sends 5 bytes in, and expects their number on `out` and 3 bytes on `err`. */
static void talk(const struct pipe_ends *in, const struct pipe_ends *out, const struct pipe_ends *err) {
    char line[64];
    CHECK_EQ(5, write(in->ours, "12345", 5));
    CHECK_OK(lc_close(in->ours));
    CHECK(read_line(out->ours, line, sizeof line));
    CHECK_TEXT("0 1 2", line);
    CHECK(read_line(out->ours, line, sizeof line));
    CHECK_TEXT("5", line);
    CHECK(!read_line(out->ours, line, sizeof line));
    CHECK(!read_line(err->ours, line, sizeof line));
    CHECK_TEXT("xxx", line);
    CHECK_OK(lc_close(out->ours));
    CHECK_OK(lc_close(err->ours));
}

static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};

/* The child's descriptors stand in our 0, 1 and 2, in every order, and are closed on exec there. */
TEST(crossed_streams) {
    int saved[3];
    struct lc_process exit;
    for (int i = 0; i < 3; i++) {
        saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 100);
    }
    for (int order = 0; order < 6; order++) {
        const int *place = orders[order];
        struct setup setup;
        struct child child = {.process.size = sizeof child.process, .in = -1, .out = -1};
        struct pipe_ends ends[3];
        for (int i = 0; i < 3; i++) {
            ends[i] = make_pipe(i == 0 ? TO_CHILD : FROM_CHILD);
        }
        for (int i = 0; i < 3; i++) {
            CHECK_EQ(place[i], dup3(ends[i].theirs, place[i], O_CLOEXEC));
            CHECK_OK(lc_close(ends[i].theirs));
        }
        SET_UP(&setup, "print-fds", "read-all", "write", "err", "3");
        setup.request.in = place[0];
        setup.request.out = place[1];
        setup.request.err = place[2];
        lc_i64 result = lc_start(&setup.request, &child.process);
        for (int i = 0; i < 3; i++) {
            CHECK_EQ(i, dup3(saved[i], i, 0));
        }
        CHECK_OK(result);
        talk(&ends[0], &ends[1], &ends[2]);
        exit = reap(&child);
        close_child(&child);
        CHECK_EQ(0, exit.code);
    }
    for (int i = 0; i < 3; i++) {
        close(saved[i]);
    }
}

/* The pipes get the numbers 0, 1 and 2, and so may whatever the library opens. */
TEST(our_own_streams_are_closed) {
    int saved[3];
    for (int i = 0; i < 3; i++) {
        saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 100);
        close(i);
    }
    struct setup setup;
    struct child child = {.process.size = sizeof child.process, .in = -1, .out = -1};
    struct pipe_ends out = make_pipe(FROM_CHILD);
    struct pipe_ends err = make_pipe(FROM_CHILD);
    struct pipe_ends in = make_pipe(TO_CHILD);
    CHECK(out.ours < 3 && out.theirs < 3);
    SET_UP(&setup, "print-fds", "read-all", "write", "err", "3");
    setup.request.in = in.theirs;
    setup.request.out = out.theirs;
    setup.request.err = err.theirs;
    CHECK_OK(lc_start(&setup.request, &child.process));
    CHECK_OK(lc_close(in.theirs));
    CHECK_OK(lc_close(out.theirs));
    CHECK_OK(lc_close(err.theirs));
    talk(&in, &out, &err);
    reap(&child);
    close_child(&child);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(i, dup3(saved[i], i, 0));
        close(saved[i]);
    }
}

/* Opens /dev/null and a pipe above 2, closes those of 0, 1 and 2 that `closed` has a bit for, starts the program. */
static lc_i64 spawn_without(int closed, struct setup *setup, struct child *child) {
    int saved[3];
    int none = open("/dev/null", O_RDONLY | O_CLOEXEC);
    struct pipe_ends out = make_pipe(FROM_CHILD);
    for (int i = 0; i < 3; i++) {
        saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 100);
        if (closed & 1 << i) {
            close(i);
        }
    }
    setup->request.in = none;
    setup->request.out = setup->request.err = out.theirs;
    *child = (struct child){
        .process = {.size = sizeof child->process, .handle = -1}, .in = -1, .out = out.ours};
    lc_i64 result = lc_start(&setup->request, &child->process);
    if (child->process.handle >= 0) { /* it may have one of the numbers that we want back */
        int moved = fcntl((int) child->process.handle, F_DUPFD_CLOEXEC, 3);
        close((int) child->process.handle);
        child->process.handle = moved;
    }
    for (int i = 0; i < 3; i++) {
        dup3(saved[i], i, 0);
        close(saved[i]);
    }
    close(none);
    CHECK_OK(lc_close(out.theirs));
    return result;
}

/* Whatever the library opens gets these numbers, on which the child's streams are about to be placed. */
TEST(some_of_our_streams_are_closed) {
    for (int closed = 0; closed < 8; closed++) {
        struct setup setup;
        struct child child;
        SET_UP(&setup, "print-fds", "exit", "6");
        CHECK_OK(spawn_without(closed, &setup, &child));
        EXPECT_LINE("0 1 2", &child);
        expect_end(&child);
        expect_exit(&child, 6);
        SET_CANDIDATES(&setup, "/nonexistent/program");
        CHECK_STAGE(LC_STAGE_EXEC, LC_ERR_NOT_FOUND, ENOENT, spawn_without(closed, &setup, &child));
        expect_end(&child);
        close_child(&child);
    }
}

TEST(errors_go_where_the_output_goes) {
    struct setup setup;
    struct child child;
    char line[64];
    SET_UP(&setup, "say", "out", "write", "err", "4", "print-fds");
    setup.request.err = LC_STDIO_TO_STDOUT;
    start(&child, &setup);
    EXPECT_LINE("out", &child);
    CHECK(read_line(child.out, line, sizeof line));
    CHECK_TEXT("xxxx0 1 2", line);
    expect_exit(&child, 0);
}

TEST(one_handle_for_two_streams) {
    struct setup setup;
    struct child child = {.process.size = sizeof child.process, .in = -1, .out = -1};
    char line[64];
    struct pipe_ends out = make_pipe(FROM_CHILD);
    SET_UP(&setup, "write", "err", "2", "say", "out");
    setup.request.out = setup.request.err = out.theirs;
    CHECK_OK(lc_start(&setup.request, &child.process));
    CHECK_OK(lc_close(out.theirs));
    child.out = out.ours;
    CHECK(read_line(child.out, line, sizeof line));
    CHECK_TEXT("xxout", line);
    expect_end(&child);
    expect_exit(&child, 0);
}

TEST(inherited_streams) {
    struct setup setup;
    struct child child = {.process.size = sizeof child.process, .in = -1, .out = -1};
    int saved = fcntl(1, F_DUPFD_CLOEXEC, 100);
    int ends[2];
    CHECK_EQ(0, pipe2(ends, O_CLOEXEC));
    CHECK_EQ(1, dup2(ends[1], 1));
    SET_UP(&setup, "print-fds", "say", "inherited");
    lc_i64 result = lc_start(&setup.request, &child.process);
    CHECK_EQ(1, dup2(saved, 1));
    close(saved);
    close(ends[1]);
    CHECK_OK(result);
    child.out = ends[0];
    EXPECT_LINE("0 1 2", &child);
    EXPECT_LINE("inherited", &child);
    expect_end(&child);
    expect_exit(&child, 0);
}

TEST(handle_that_is_not_open) {
    struct setup setup;
    SET_UP(&setup, "pause");
    setup.request.out = 4000;
    lc_i64 result = fail_to_start(&setup);
    CHECK_EQ(EBADF, error_os(result));
    CHECK_EQ(LC_STAGE_STDIO, error_stage(result));
    CHECK_EQ(LC_CALL_DUP, error_call(result));
}
