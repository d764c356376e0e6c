#include "test.h"

#include <sys/ptrace.h>
#include <sys/resource.h>

static void check_running(const struct child *child) {
    struct lc_exit exit = {.size = sizeof exit};
    CHECK_OK(lc_peek(&child->process, &exit));
    CHECK_EQ(LC_EXIT_RUNNING, exit.kind);
    CHECK_OK(lc_reap(&child->process, &exit));
    CHECK_EQ(LC_EXIT_RUNNING, exit.kind);
}

TEST(every_exit_code) {
    for (int code = 0; code < 256; code++) {
        char text[8];
        struct child child;
        snprintf(text, sizeof text, "%d", code);
        START(&child, "exit", text);
        struct lc_exit exit = reap(&child);
        close_child(&child);
        CHECK_EQ(LC_EXIT_EXITED, exit.kind);
        CHECK_EQ(code, exit.code);
        CHECK_EQ(0, exit.signal);
        CHECK_EQ(0, exit.core);
    }
}

TEST(running_is_neither_taken_nor_ended) {
    struct child child;
    START(&child, "read-line", "exit", "9");
    check_running(&child);
    check_running(&child);
    tell(&child, "\n");
    expect_exit(&child, 9);
}

TEST(peek_leaves_it_and_reap_takes_it) {
    struct child child;
    struct lc_exit peeked = {.size = sizeof peeked}, reaped = {.size = sizeof reaped};
    START(&child, "exit", "11");
    await_exit(&child);
    for (int i = 0; i < 3; i++) {
        CHECK_OK(lc_peek(&child.process, &peeked));
        CHECK_EQ(LC_EXIT_EXITED, peeked.kind);
        CHECK_EQ(11, peeked.code);
    }
    CHECK_EQ(0, kill((pid_t) child.process.pid, 0)); /* a zombie is still on the table */
    CHECK_OK(lc_reap(&child.process, &reaped));
    CHECK_EQ(LC_EXIT_EXITED, reaped.kind);
    CHECK_EQ(11, reaped.code);
    CHECK_EQ(-1, kill((pid_t) child.process.pid, 0));
    close_child(&child);
}

static void die_by(int number, int name) {
    struct child child;
    START(&child, "ready", "pause");
    EXPECT_LINE("ready", &child);
    CHECK_EQ(0, kill((pid_t) child.process.pid, number));
    struct lc_exit exit = reap(&child);
    close_child(&child);
    CHECK_EQ(LC_EXIT_SIGNALED, exit.kind);
    CHECK_EQ(number, exit.code);
    CHECK_EQ(name, exit.signal);
    CHECK_EQ(0, exit.core);
}

TEST(death_by_each_signal) {
    struct rlimit limit;
    CHECK_EQ(0, getrlimit(RLIMIT_CORE, &limit));
    CHECK_EQ(0, setrlimit(RLIMIT_CORE, &(struct rlimit){0, limit.rlim_max}));
    die_by(SIGHUP, LC_SIGHUP);
    die_by(SIGINT, LC_SIGINT);
    die_by(SIGQUIT, LC_SIGQUIT);
    die_by(SIGABRT, LC_SIGABRT);
    die_by(SIGKILL, LC_SIGKILL);
    die_by(SIGUSR1, LC_SIGUSR1);
    die_by(SIGUSR2, LC_SIGUSR2);
    die_by(SIGALRM, LC_SIGALRM);
    die_by(SIGTERM, LC_SIGTERM);
    die_by(SIGSEGV, 11);
    die_by(SIGPIPE, 13);
    die_by(40, 40);
    /* The C library's own has no name. */
    die_by(33, 0);
}

/* What the system says of the same death without the library: where cores go, and whether, is the machine's affair. */
static bool core_expected(void) {
    fflush(stdout);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        if (chdir(test_directory()) == 0) {
            execl(child_program, "child", "core", "SIGABRT", (char *) NULL);
        }
        _exit(1);
    }
    int status;
    CHECK_EQ(pid, waitpid(pid, &status, 0));
    CHECK(WIFSIGNALED(status));
    return WCOREDUMP(status);
}

TEST(core_is_told) {
    struct setup setup;
    struct child child;
    bool expected = core_expected();
    SET_UP(&setup, "core", "SIGABRT");
    setup.request.directory = (uintptr_t) test_directory();
    start(&child, &setup);
    struct lc_exit peeked = {.size = sizeof peeked};
    await_exit(&child);
    CHECK_OK(lc_peek(&child.process, &peeked));
    struct lc_exit exit = reap(&child);
    close_child(&child);
    CHECK_EQ(LC_EXIT_SIGNALED, exit.kind);
    CHECK_EQ(SIGABRT, exit.code);
    CHECK_EQ(expected, exit.core);
    CHECK_EQ(expected, peeked.core);
}

/* Somebody else in this process takes the status. */
static void steal(const struct child *child) {
    int status;
    CHECK_EQ(child->process.pid, waitpid((pid_t) child->process.pid, &status, 0));
}

static void check_stolen(struct child *child, int kind, int code) {
    struct lc_exit peeked = {.size = sizeof peeked}, reaped = {.size = sizeof reaped};
    steal(child);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child->process, -1, -1, 0, -1));
    CHECK_OK(lc_peek(&child->process, &peeked));
    CHECK_OK(lc_reap(&child->process, &reaped));
    close_child(child);
    if (features() & LC_FEATURE_PIDFD_INFO) {
        CHECK_EQ(kind, peeked.kind);
        CHECK_EQ(kind, reaped.kind);
        CHECK_EQ(code, peeked.code);
        CHECK_EQ(code, reaped.code);
    } else {
        CHECK_EQ(LC_EXIT_LOST, peeked.kind);
        CHECK_EQ(LC_EXIT_LOST, reaped.kind);
    }
}

TEST(stolen_status) {
    struct child child;
    START(&child, "exit", "7");
    check_stolen(&child, LC_EXIT_EXITED, 7);
    START(&child, "raise", "SIGKILL");
    check_stolen(&child, LC_EXIT_SIGNALED, SIGKILL);
}

TEST(stolen_from_a_killed_child_is_not_a_success) {
    struct child child;
    START(&child, "raise", "SIGTERM");
    steal(&child);
    struct lc_exit exit = reap(&child);
    close_child(&child);
    CHECK(exit.kind != LC_EXIT_EXITED);
}

/* Traces the process until the pipe ends; writes a byte when it does. */
static _Noreturn void trace(pid_t pid, int told, int until) {
    char byte = 'x';
    if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) < 0) {
        byte = '-';
    }
    if (write(told, &byte, 1) != 1 || read(until, &byte, 1) < 0) {
        _exit(1);
    }
    _exit(0);
}

TEST(held_by_a_tracer) {
    struct child child;
    struct lc_exit exit = {.size = sizeof exit};
    int told[2], until[2];
    char byte = 0;
    START(&child, "ready", "read-line", "exit", "12");
    EXPECT_LINE("ready", &child);
    CHECK_EQ(0, pipe2(told, O_CLOEXEC));
    CHECK_EQ(0, pipe2(until, O_CLOEXEC));
    pid_t tracer = fork();
    CHECK(tracer >= 0);
    if (tracer == 0) {
        close(until[1]);
        trace((pid_t) child.process.pid, told[1], until[0]);
    }
    CHECK_EQ(1, read(told[0], &byte, 1));
    bool traced = byte == 'x';
    tell(&child, "\n");
    if (traced && (features() & LC_FEATURE_PIDFD)) {
        await_exit(&child);
        CHECK_OK(lc_peek(&child.process, &exit));
        CHECK_EQ(LC_EXIT_HELD, exit.kind);
        CHECK_OK(lc_reap(&child.process, &exit));
        CHECK_EQ(LC_EXIT_HELD, exit.kind);
    }
    close(until[1]);
    CHECK_EQ(tracer, waitpid(tracer, NULL, 0));
    close(until[0]);
    close(told[0]);
    close(told[1]);
    expect_exit(&child, 12);
    if (!traced) {
        SKIP("this process may not trace its children");
    }
}

TEST(end_of_the_main_thread_is_no_exit) {
    struct child child;
    START(&child, "leave-main-thread", "ready", "read-line", "exit", "6");
    EXPECT_LINE("ready", &child);
    check_running(&child);
    tell(&child, "\n");
    expect_exit(&child, 6);
}

TEST(stopped_is_running) {
    struct child child;
    int status;
    START(&child, "raise", "SIGSTOP", "exit", "3");
    CHECK_EQ(child.process.pid, waitpid((pid_t) child.process.pid, &status, WUNTRACED));
    check_running(&child);
    CHECK_EQ(0, kill((pid_t) child.process.pid, SIGCONT));
    expect_exit(&child, 3);
}

TEST(wrong_arguments) {
    struct child child;
    struct lc_exit exit = {.size = sizeof exit - 1};
    START(&child, "exit", "0");
    await_exit(&child);
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_peek(&child.process, &exit)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_reap(&child.process, &exit)));
    expect_exit(&child, 0);
}
