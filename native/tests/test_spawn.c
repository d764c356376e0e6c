#include "test.h"

#include <limits.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static const char *no_program = "/nonexistent/program";

/* Which program runs, and the exact error when none does */

TEST(missing_program) {
    struct setup setup;
    SET_UP(&setup, "pause");
    SET_CANDIDATES(&setup, no_program);
    lc_i64 result = fail_to_start(&setup);
    CHECK_STAGE(LC_STAGE_EXEC, LC_ERR_NOT_FOUND, ENOENT, result);
    CHECK_EQ(LC_CALL_EXECVE, error_call(result));
}

TEST(not_executable) {
    struct setup setup;
    SET_UP(&setup, "pause");
    write_file(test_path("plain"), "text\n", 0644);
    SET_CANDIDATES(&setup, test_path("plain"));
    lc_i64 result = fail_to_start(&setup);
    CHECK_STAGE(LC_STAGE_EXEC, LC_ERR_DENIED, EACCES, result);
    CHECK_EQ(LC_CALL_EXECVE, error_call(result));
}

TEST(directory_as_program) {
    struct setup setup;
    SET_UP(&setup, "pause");
    SET_CANDIDATES(&setup, test_directory());
    CHECK_STAGE(LC_STAGE_EXEC, LC_ERR_DENIED, EACCES, fail_to_start(&setup));
}

TEST(refused_candidate_is_remembered) {
    struct setup setup;
    SET_UP(&setup, "pause");
    write_file(test_path("plain"), "text\n", 0644);
    SET_CANDIDATES(&setup, no_program, test_path("plain"), no_program);
    CHECK_STAGE(LC_STAGE_EXEC, LC_ERR_DENIED, EACCES, fail_to_start(&setup));
}

TEST(first_executable_candidate_runs) {
    struct setup setup;
    struct child child;
    SET_UP(&setup, "exit", "3");
    write_file(test_path("plain"), "text\n", 0644);
    SET_CANDIDATES(&setup, no_program, test_path("plain"), test_path("plain/below-a-file"), child_program,
                   "/bin/false");
    start(&child, &setup);
    expect_exit(&child, 3);
}

TEST(overlong_candidate_is_passed_over) {
    struct setup setup;
    struct child child;
    char name[PATH_MAX + 2];
    memset(name, 'n', sizeof name);
    name[sizeof name - 1] = '\0';
    SET_UP(&setup, "exit", "3");
    SET_CANDIDATES(&setup, name, child_program);
    start(&child, &setup);
    expect_exit(&child, 3);
    SET_CANDIDATES(&setup, name);
    CHECK_EQ(ENAMETOOLONG, error_os(fail_to_start(&setup)));
}

TEST(no_candidate) {
    struct setup setup;
    SET_UP(&setup, "pause");
    setup.candidates[0] = NULL;
    CHECK(fail_to_start(&setup) < 0);
}

TEST(directory_missing) {
    struct setup setup;
    SET_UP(&setup, "pause");
    setup.request.directory = (uintptr_t) "/nonexistent";
    lc_i64 result = fail_to_start(&setup);
    CHECK_STAGE(LC_STAGE_DIRECTORY, LC_ERR_NOT_FOUND, ENOENT, result);
    CHECK_EQ(LC_CALL_CHDIR, error_call(result));
}

TEST(directory_is_a_file) {
    struct setup setup;
    SET_UP(&setup, "pause");
    setup.request.directory = (uintptr_t) child_program;
    CHECK_EQ(ENOTDIR, error_os(fail_to_start(&setup)));
    CHECK_EQ(LC_STAGE_DIRECTORY, error_stage(fail_to_start(&setup)));
}

TEST(directory_is_entered) {
    struct setup setup;
    struct child child;
    char expected[PATH_MAX];
    SET_UP(&setup, "print-cwd");
    CHECK(realpath(test_directory(), expected) != NULL);
    setup.request.directory = (uintptr_t) test_directory();
    start(&child, &setup);
    EXPECT_LINE(expected, &child);
    expect_exit(&child, 0);
}

TEST(relative_candidate_is_looked_for_in_the_directory) {
    struct setup setup;
    struct child child;
    SET_UP(&setup, "exit", "4");
    CHECK_EQ(0, symlink(child_program, test_path("here")));
    setup.request.directory = (uintptr_t) test_directory();
    SET_CANDIDATES(&setup, "not-here", "./here");
    start(&child, &setup);
    expect_exit(&child, 4);
    SET_CANDIDATES(&setup, "./nor-here");
    CHECK_STAGE(LC_STAGE_EXEC, LC_ERR_NOT_FOUND, ENOENT, fail_to_start(&setup));
}

TEST(script_without_magic_runs_by_the_shell) {
    struct setup setup;
    struct child child;
    SET_UP(&setup, "two words", "", "last");
    write_file(test_path("script"), "echo \"$0|$1|$2|$3|$#\"\nexit 5\n", 0755);
    SET_CANDIDATES(&setup, no_program, test_path("script"));
    start(&child, &setup);
    char expected[512];
    snprintf(expected, sizeof expected, "%s|two words||last|3", test_path("script"));
    EXPECT_LINE(expected, &child);
    expect_exit(&child, 5);
    CHECK_TEXT("child", setup.argv[1]); /* only element 0 is the library's */
}

TEST(arguments_and_environment_arrive) {
    struct setup setup;
    struct child child;
    SET_UP(&setup, "print-args", "", "a b", "\"q\" $X *", "\xc3\xa4");
    start(&child, &setup);
    EXPECT_LINE("child", &child);
    EXPECT_LINE("", &child);
    EXPECT_LINE("a b", &child);
    EXPECT_LINE("\"q\" $X *", &child);
    EXPECT_LINE("\xc3\xa4", &child);
    expect_end(&child);
    expect_exit(&child, 0);

    SET_UP(&setup, "print-env");
    setup.envp[1] = "B=two words";
    start(&child, &setup);
    EXPECT_LINE("A=1", &child);
    EXPECT_LINE("B=two words", &child);
    expect_end(&child);
    expect_exit(&child, 0);

    SET_UP(&setup, "print-env");
    setup.envp[0] = NULL;
    start(&child, &setup);
    expect_end(&child);
    expect_exit(&child, 0);
}

TEST(long_arguments) {
    enum { COUNT = 2000, LENGTH = 100 };
    static char argument[LENGTH + 1];
    static const char *argv[COUNT + 4];
    struct setup setup;
    struct child child;
    memset(argument, 'a', LENGTH);
    SET_UP(&setup, "count-args");
    argv[1] = "child";
    argv[2] = "count-args";
    for (int i = 0; i < COUNT; i++) {
        argv[i + 3] = argument;
    }
    setup.request.argv = (uintptr_t) argv;
    start(&child, &setup);
    EXPECT_LINE("2000 200000", &child);
    expect_exit(&child, 0);
}

TEST(too_long_argument) {
    enum { LENGTH = 200000 }; /* Linux takes 128 KB in one */
    struct setup setup;
    char *argument = malloc(LENGTH + 1);
    memset(argument, 'a', LENGTH);
    argument[LENGTH] = '\0';
    SET_UP(&setup, "count-args", argument);
    lc_i64 result = fail_to_start(&setup);
    CHECK_EQ(E2BIG, error_os(result));
    CHECK_EQ(LC_STAGE_EXEC, error_stage(result));
    free(argument);
}

TEST(wrong_requests) {
    struct setup setup;
    struct lc_process process = {.size = sizeof process};
    SET_UP(&setup, "pause");
    setup.request.size--;
    CHECK_EQ(LC_ERR_INVALID, error_category(fail_to_start(&setup)));
    SET_UP(&setup, "pause");
    process.size++;
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_start(&setup.request, &process)));
    setup.request.out = LC_STDIO_TO_STDOUT;
    CHECK_EQ(LC_ERR_INVALID, error_category(fail_to_start(&setup)));
    SET_UP(&setup, "pause");
    setup.request.in = -7;
    CHECK_EQ(LC_ERR_INVALID, error_category(fail_to_start(&setup)));
    SET_UP(&setup, "pause");
    setup.request.flags = 1U << 31;
    CHECK_EQ(LC_ERR_INVALID, error_category(fail_to_start(&setup)));
}

TEST(process_is_filled_in) {
    struct child child;
    START(&child, "pause");
    CHECK_EQ(sizeof(struct lc_process), child.process.size);
    CHECK(child.process.pid > 1);
    CHECK_EQ(child.process.pid, child.process.group);
    if (features() & LC_FEATURE_PIDFD) {
        CHECK(child.process.handle >= 0);
        CHECK_EQ(FD_CLOEXEC, fcntl((int) child.process.handle, F_GETFD));
    } else {
        CHECK_EQ(-1, child.process.handle);
    }
    finish(&child);
}

/* The group */

TEST(leads_its_own_group) {
    struct child child;
    long ids[3];
    START(&child, "print-ids", "pause");
    read_numbers(&child, 3, ids);
    CHECK_EQ(child.process.pid, ids[0]);
    CHECK_EQ(child.process.pid, ids[1]);
    CHECK_EQ(getsid(0), ids[2]);
    finish(&child);
}

TEST(stays_in_our_group) {
    struct setup setup;
    struct child child;
    long ids[3];
    SET_UP(&setup, "print-ids", "pause");
    setup.request.flags = 0;
    start(&child, &setup);
    read_numbers(&child, 3, ids);
    CHECK_EQ(getpgrp(), ids[1]);
    CHECK_EQ(0, child.process.group);
    finish(&child);
}

TEST(is_our_child) {
    struct child child;
    long parent;
    START(&child, "print-parent");
    read_numbers(&child, 1, &parent);
    CHECK_EQ(getpid(), parent);
    expect_exit(&child, 0);
}

/* Signals */

/* Raw, because the C library keeps two of the 64 out of its sets. */
static uint64_t block_all(uint64_t set) {
    uint64_t before = 0;
    CHECK_EQ(0, syscall(SYS_rt_sigprocmask, SIG_SETMASK, &set, &before, sizeof set));
    return before;
}

static void expect_a_child_that_ignores_nothing(const int *ignored, size_t count) {
    struct child child;
    for (size_t i = 0; i < count; i++) {
        signal(ignored[i], SIG_IGN);
    }
    uint64_t before = block_all(~0ULL);
    START(&child, "print-signals", "read-line");
    uint64_t after = block_all(before);
    if (!test_emulated()) { /* an emulator keeps some signals for itself, and shows the mask that it was asked for */
        CHECK_EQ(~(1ULL << (SIGKILL - 1) | 1ULL << (SIGSTOP - 1)), after);
    }
    for (size_t i = 0; i < count; i++) {
        CHECK(signal(ignored[i], SIG_DFL) == SIG_IGN);
    }
    EXPECT_LINE("0000000000000000 0000000000000000", &child);
    tell(&child, "\n");
    expect_exit(&child, 0);
}

TEST(nothing_is_blocked_or_ignored) {
    static const int ignored[] = {SIGINT, SIGQUIT, SIGHUP, SIGTERM, SIGPIPE, SIGCHLD, SIGUSR1, SIGTTIN, SIGSYS};
    expect_a_child_that_ignores_nothing(ignored, sizeof ignored / sizeof *ignored);
}

TEST_BEFORE_INIT(what_we_were_started_with_is_not_ignored) {
    static const int ignored[] = {SIGHUP, 40, 64};
    expect_a_child_that_ignores_nothing(ignored, sizeof ignored / sizeof *ignored);
}

static volatile sig_atomic_t caught_here, caught_in_a_child;
static pid_t handler_owner;

static void catch(int signal) {
    (void) signal;
    if (getpid() == handler_owner) {
        caught_here = 1;
    } else {
        caught_in_a_child = 1; /* seen by us because it shares our memory */
    }
}

static pid_t start_storm(int signal) {
    pid_t sender = fork();
    CHECK(sender >= 0);
    if (sender == 0) {
        while (kill(0, signal) == 0) {
        }
        _exit(1);
    }
    return sender;
}

/*
 * A child that stays in our group gets the group's signals from its first instruction on, when its handlers are still
 * ours. SIGWINCH, because it does not end a program that has not asked for it.
 */
TEST(no_handler_of_ours_runs_in_the_child) {
    CHECK_EQ(0, setpgid(0, 0));
    handler_owner = getpid();
    pid_t sender = start_storm(SIGWINCH);
    sigaction(SIGWINCH, &(struct sigaction){.sa_handler = catch, .sa_flags = SA_RESTART}, NULL);
    while (!caught_here) {
        sched_yield();
    }
    for (int i = 0; i < 50; i++) {
        struct setup setup;
        struct child child;
        SET_UP(&setup, "exit", "1");
        setup.request.flags = 0;
        start(&child, &setup);
        expect_exit(&child, 1);
    }
    CHECK_EQ(0, kill(sender, SIGKILL));
    CHECK_EQ(sender, waitpid(sender, NULL, 0));
    CHECK_EQ(0, caught_in_a_child);
}

/* Many at once, and nothing left */

static void *spawn_many(void *failure) {
    for (int i = 0; i < 50; i++) {
        struct child child;
        START(&child, "print-fds", "exit", "9");
        char line[256];
        if (!read_line(child.out, line, sizeof line) || strcmp(line, "0 1 2") != 0) {
            snprintf(failure, 256, "%s", line);
        }
        expect_exit(&child, 9);
    }
    return NULL;
}

TEST(four_threads_start_children_at_once) {
    pthread_t threads[4];
    static char failures[4][256];
    for (int i = 0; i < 4; i++) {
        int error = pthread_create(&threads[i], NULL, spawn_many, failures[i]);
        if (error == EPERM) {
            SKIP("a filter keeps the C library from making threads");
        }
        CHECK_EQ(0, error);
    }
    for (int i = 0; i < 4; i++) {
        CHECK_EQ(0, pthread_join(threads[i], NULL));
        CHECK_TEXT("", failures[i]);
    }
}

TEST(failed_spawns_leave_nothing) {
    struct setup setup;
    SET_UP(&setup, "pause");
    SET_CANDIDATES(&setup, no_program);
    fail_to_start(&setup);
    int before = count_mappings();
    for (int i = 0; i < 50; i++) {
        fail_to_start(&setup);
    }
    CHECK_EQ(before, count_mappings());
}

TEST(no_descriptors_left_for_us) {
    struct setup setup;
    struct rlimit limit;
    CHECK_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
    SET_UP(&setup, "pause");
    int lowest = dup(0);
    close(lowest);
    CHECK_EQ(0, setrlimit(RLIMIT_NOFILE, &(struct rlimit){(rlim_t) lowest, limit.rlim_max}));
    lc_i64 result = fail_to_start(&setup);
    CHECK_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
    CHECK_STAGE(LC_STAGE_RESOURCES, LC_ERR_RESOURCES, EMFILE, result);
    CHECK_EQ(LC_CALL_PIPE, error_call(result));
}
