#include "test.h"

#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static struct lc_process peek(const struct child *child) {
    struct lc_process found = acted(&child->process, LC_ACT_LOOK);
    CHECK_OK(found.looked);
    return found;
}

/* Of a copy. */
static struct lc_process reap_now(const struct child *child) {
    struct lc_process found = acted(&child->process, LC_ACT_REAP);
    CHECK_OK(found.looked);
    return found;
}

static void check_running(const struct child *child) {
    CHECK_EQ(LC_EXIT_RUNNING, peek(child).kind);
    CHECK_EQ(LC_EXIT_RUNNING, reap_now(child).kind);
}

TEST(every_exit_code) {
    for (int code = 0; code < 256; code++) {
        char text[8];
        struct child child;
        snprintf(text, sizeof text, "%d", code);
        START(&child, "exit", text);
        struct lc_process exit = reap(&child);
        close_child(&child);
        CHECK_EQ(LC_EXIT_EXITED, exit.kind);
        CHECK_EQ(code, exit.code);
        CHECK_EQ(0, exit.exit_signal);
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

TEST(look_leaves_it_and_reap_takes_it) {
    struct child child;
    START(&child, "exit", "11");
    await_exit(&child);
    for (int i = 0; i < 3; i++) {
        struct lc_process found = peek(&child);
        CHECK_EQ(LC_EXIT_EXITED, found.kind);
        CHECK_EQ(11, found.code);
        CHECK_EQ(0, found.reaped);
    }
    CHECK_EQ(0, kill((pid_t) child.process.pid, 0)); /* a zombie is still on the table */
    struct lc_process found = reap_now(&child);
    CHECK_EQ(LC_EXIT_EXITED, found.kind);
    CHECK_EQ(11, found.code);
    CHECK_EQ(1, found.reaped);
    CHECK_EQ(-1, kill((pid_t) child.process.pid, 0));
    close_child(&child);
}

TEST(one_that_was_looked_at_is_reaped_later) {
    struct child child;
    START(&child, "exit", "12");
    await_exit(&child);
    child.process = peek(&child);
    CHECK_EQ(0, child.process.reaped);
    child.process = reap_now(&child);
    CHECK_EQ(1, child.process.reaped);
    CHECK_EQ(12, child.process.code);
    CHECK_EQ(-1, kill((pid_t) child.process.pid, 0));
    child.process = reap_now(&child); /* asks nothing */
    CHECK_EQ(LC_EXIT_EXITED, child.process.kind);
    CHECK_EQ(12, child.process.code);
    close_child(&child);
}

static void die_by(int number, int name) {
    struct child child;
    START(&child, "ready", "pause");
    EXPECT_LINE("ready", &child);
    CHECK_EQ(0, kill((pid_t) child.process.pid, number));
    struct lc_process exit = reap(&child);
    close_child(&child);
    CHECK_EQ(LC_EXIT_SIGNALED, exit.kind);
    CHECK_EQ(number, exit.code);
    CHECK_EQ(name, exit.exit_signal);
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
    die_by(SIGSEGV, LC_SIGSEGV);
    die_by(SIGPIPE, LC_SIGPIPE);
    die_by(SIGSYS, LC_SIGSYS);
    die_by(40, 40);
    if (!test_emulated()) { /* an emulator keeps some real-time signals for itself, and moves the others */
        die_by(64, LC_SIGRTMAX);
        die_by(33, 0); /* the C library keeps it for itself, and the contract has no name for it */
    }
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
    await_exit(&child);
    struct lc_process peeked = peek(&child);
    struct lc_process exit = reap(&child);
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
    steal(child);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child->process, -1, -1, 0, -1));
    struct lc_process peeked = peek(child), reaped = reap_now(child);
    CHECK_EQ(1, peeked.reaped); /* by another waiter */
    CHECK_EQ(1, reaped.reaped);
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
    START(&child, "exit", "207");
    check_stolen(&child, LC_EXIT_EXITED, 207);
    START(&child, "raise", "SIGKILL");
    check_stolen(&child, LC_EXIT_SIGNALED, SIGKILL);
}

TEST(stolen_after_a_look) {
    struct child child;
    START(&child, "exit", "7");
    await_exit(&child);
    child.process = peek(&child);
    steal(&child);
    child.process = reap_now(&child);
    CHECK_EQ(1, child.process.reaped);
    CHECK_EQ(7, child.process.code);
    close_child(&child);
}

TEST(stolen_from_a_killed_child_is_not_a_success) {
    struct child child;
    START(&child, "raise", "SIGTERM");
    steal(&child);
    struct lc_process exit = reap(&child);
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
        CHECK_EQ(LC_EXIT_HELD, peek(&child).kind);
        CHECK_EQ(0, peek(&child).reaped);
        CHECK_EQ(LC_EXIT_HELD, reap_now(&child).kind);
        CHECK_OK(acted(&child.process, LC_ACT_REAP | LC_ACT_SIGNAL).sent); /* a signal harms no zombie */
        child.process = peek(&child);
        child.process = acted(&child.process, LC_ACT_REAP | LC_ACT_PROBE | LC_ACT_RELEASE);
        CHECK_EQ(LC_EXIT_HELD, child.process.kind);
        CHECK(child.process.handle >= 0);
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

TEST(any_exit) {
    CHECK_EQ(0, lc_any_exit()); /* there is no child at all */
    struct child child;
    START(&child, "read-line", "exit", "0");
    CHECK_EQ(0, lc_any_exit());
    fflush(stdout);
    pid_t other = fork(); /* of another part of the program */
    CHECK(other >= 0);
    if (other == 0) {
        _exit(0);
    }
    siginfo_t info;
    CHECK_EQ(0, waitid(P_PID, (id_t) other, &info, WEXITED | WNOWAIT));
    CHECK_EQ(1, lc_any_exit());
    CHECK_EQ(other, waitpid(other, NULL, 0));
    CHECK_EQ(0, lc_any_exit());
    tell(&child, "\n");
    await_exit(&child);
    CHECK_EQ(1, lc_any_exit());
    expect_exit(&child, 0);
    CHECK_EQ(0, lc_any_exit());
}

/* A member of a group is the child of another process: while it runs, no exit is reported, if that is known. */
TEST(look_at_who_is_no_child) {
    struct child child;
    long ids[3];
    START(&child, "fork", "print-ids", "pause", "end", "pause");
    read_numbers(&child, 3, ids);
    if (features() & LC_FEATURE_PIDFD) {
        int pidfd = (int) syscall(SYS_pidfd_open, (pid_t) ids[0], 0);
        struct lc_process member = {
            .size = sizeof member, .pid = ids[0], .handle = pidfd, .in = -1, .out = -1, .err = -1};
        CHECK(pidfd >= 0);
        struct lc_process found = acted(&member, LC_ACT_LOOK);
        CHECK_OK(found.looked);
        CHECK_EQ(LC_EXIT_RUNNING, found.kind);
        CHECK_EQ(0, found.reaped);
        close(pidfd);
    }
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGKILL));
    reap(&child);
    close_child(&child);
    reap_orphan((pid_t) ids[0]);
}
