/*
 * Walks the failing call over whole starts and over lc_init(): whatever fails, nothing is left, and either the error
 * names what has failed or the operation has done all of its work in another way.
 */
#include "failures.h"

#include <sys/syscall.h>

/* What must be the same before and after. */
struct state {
    char fds[4096];
    int mappings;
    uint64_t mask;
};

static void note(struct state *state) {
    memset(state, 0, sizeof *state);
    list_fds(state->fds, sizeof state->fds);
    state->mappings = count_mappings();
    state->mask = signal_mask();
}

static void check_unchanged(const struct state *before, const char *when) {
    static struct state after;
    note(&after);
    if (strcmp(before->fds, after.fds) != 0) {
        FAIL("%s: descriptors were %s, are %s", when, before->fds, after.fds);
    }
    if (before->mappings != after.mappings) {
        FAIL("%s: there were %d mappings, are %d", when, before->mappings, after.mappings);
    }
    if (before->mask != after.mask) {
        FAIL("%s: another signal mask", when);
    }
    if (waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD) {
        FAIL("%s: a child is left", when);
    }
}

/* Which stage and call the error of a spawn must name. */
struct origin {
    int stage;
    int call;
};

static struct origin origin_of_failure(void) {
    switch (plan.failed) {
    case SYS_pipe2:
        return (struct origin){LC_STAGE_RESOURCES, LC_CALL_PIPE};
    case SYS_rt_sigprocmask:
        return (struct origin){plan.in_child ? LC_STAGE_SIGNALS : LC_STAGE_RESOURCES, LC_CALL_SIGPROCMASK};
    case __NR_clone3:
        return (struct origin){LC_STAGE_CLONE, LC_CALL_CLONE3};
    case SYS_clone:
        return (struct origin){LC_STAGE_CLONE, LC_CALL_CLONE};
    case SYS_setpgid:
        return (struct origin){LC_STAGE_GROUP, LC_CALL_SETPGID};
    case SYS_rt_sigaction:
        return (struct origin){LC_STAGE_SIGNALS, LC_CALL_SIGACTION};
    case SYS_chdir:
        return (struct origin){LC_STAGE_DIRECTORY, LC_CALL_CHDIR};
    case SYS_dup3:
        return (struct origin){LC_STAGE_STDIO, LC_CALL_DUP};
    case SYS_fcntl:
        return (struct origin){plan.in_child ? LC_STAGE_STDIO : LC_STAGE_RESOURCES, LC_CALL_FCNTL};
    case SYS_read:
        return (struct origin){LC_STAGE_EXEC, LC_CALL_READ};
    case SYS_execve:
        return (struct origin){LC_STAGE_EXEC, LC_CALL_EXECVE};
    default:
        return (struct origin){0, 0};
    }
}

static int category_of_error(int error) {
    switch (error) {
    case EMFILE:
    case ENOMEM:
    case EAGAIN:
        return LC_ERR_RESOURCES;
    case EPERM:
        return LC_ERR_DENIED;
    case ENOSYS:
        return LC_ERR_UNSUPPORTED;
    case EINVAL:
        return LC_ERR_INVALID;
    default:
        return LC_ERR_OTHER;
    }
}

static void check_error(lc_i64 result, const char *when) {
    struct origin origin = origin_of_failure();
    bool right = error_os(result) == plan.error && error_stage(result) == origin.stage &&
                 error_call(result) == origin.call;
    if (plan.error != EAGAIN || (plan.failed != SYS_read && plan.failed != SYS_write)) {
        right = right && error_category(result) == category_of_error(plan.error);
    }
    if (!right) {
        FAIL("%s: category %d, stage %d, call %d, OS code %d", when, error_category(result), error_stage(result),
             error_call(result), error_os(result));
    }
}

/* There is another way to do it, or it is only to be done again: then the failure must not be seen. */
static bool must_be_survived(void) {
    switch (plan.failed) {
    case __NR_clone3:
        return plan.error == ENOSYS || plan.error == EPERM || plan.error == EINVAL;
    case __NR_close_range:
    case SYS_pidfd_open:
    case SYS_close:
        return true;
    default:
        return plan.error == EINTR;
    }
}

static void expect_text(int fd, const char *expected, const char *when) {
    char line[256];
    if (!read_line(fd, line, sizeof line) || strcmp(expected, line) != 0) {
        FAIL("%s: the child says \"%s\" and not \"%s\"", when, line, expected);
    }
}

/* It was started although a call failed: then all that was asked for must be so. */
static void check_child(const struct lc_process *process, const char *when) {
    char ids[64];
    int status;
    snprintf(ids, sizeof ids, "%lld %lld %d", process->pid, process->pid, getsid(0));
    expect_text((int) process->out, "0 1 2", when);
    expect_text((int) process->out, "0000000000000000 0000000000000000", when);
    expect_text((int) process->out, "/", when);
    expect_text((int) process->out, ids, when);
    CHECK_EQ(process->pid, waitpid((pid_t) process->pid, &status, 0));
    CHECK_EQ(0, status);
    close((int) process->out);
    if (process->handle >= 0) {
        CHECK_EQ(FD_CLOEXEC, fcntl((int) process->handle, F_GETFD));
        close((int) process->handle);
    }
}

static void check_cleared(const struct lc_process *process) {
    CHECK_EQ(0, process->pid);
    CHECK_EQ(0, process->group);
    CHECK_EQ(-1, process->handle);
    CHECK_EQ(-1, process->in);
    CHECK_EQ(-1, process->out);
    CHECK_EQ(-1, process->err);
}

enum { NOT_REACHED = 1 };

/* One start with one failing call. Returns the library's result, or NOT_REACHED if there are fewer calls. */
static lc_i64 start_with_failure(struct setup *setup, int at, int error, bool forks) {
    static struct state before;
    char when[64];
    struct lc_process process = {.size = sizeof process};
    note(&before);
    arm(at, error);
    plan.forks = forks;
    lc_i64 result = lc_start(&setup->request, &process);
    bool reached = disarm();
    snprintf(when, sizeof when, "call %d, system call %ld, error %d", at, plan.failed, error);
    if (result == 0) {
        check_child(&process, when);
    } else {
        check_cleared(&process);
    }
    check_unchanged(&before, when);
    return reached ? result : NOT_REACHED;
}

static void set_up_speaker(struct setup *setup) {
    SET_UP(setup, "print-fds", "print-signals", "print-cwd", "print-ids");
    setup->request.directory = (uintptr_t) "/";
    setup->request.out = LC_STDIO_PIPE;
    setup->request.err = 2; /* stays where it is, which takes another call than a move */
}

static void walk(struct setup *setup, int error, bool forks) {
    char when[64];
    int at = 1;
    for (;; at++) {
        lc_i64 result = start_with_failure(setup, at, error, forks);
        if (result == NOT_REACHED) {
            break;
        }
        if (result != 0) {
            snprintf(when, sizeof when, "call %d, system call %ld, error %d", at, plan.failed, error);
            CHECK(!must_be_survived());
            check_error(result, when);
        }
    }
    CHECK(error == EINTR || at > 40);
}

static void skip_if_emulated(void) {
    if (test_emulated()) {
        SKIP("the emulator's vfork is a fork, which is walked over in any case");
    }
}

static void walk_over_start(int error, bool forks) {
    struct setup setup;
    int others[8];
    for (int i = 0; i < 8; i++) {
        others[i] = open("/dev/null", O_RDONLY); /* not closed on exec by themselves */
    }
    set_up_speaker(&setup);
    setup.request.in = others[0];
    walk(&setup, error, forks);
    for (int i = 0; i < 8; i++) {
        close(others[i]);
    }
}

TEST(start_without_descriptors) { walk_over_start(EMFILE, false); }
TEST(start_without_memory) { walk_over_start(ENOMEM, false); }
TEST(start_without_processes) { walk_over_start(EAGAIN, false); }
TEST(start_refused) { walk_over_start(EPERM, false); }
TEST(start_on_an_old_kernel) { walk_over_start(ENOSYS, false); }
TEST(start_with_flags_unknown) { walk_over_start(EINVAL, false); }
TEST(start_on_a_broken_disk) { walk_over_start(EIO, false); }
TEST(start_interrupted) { walk_over_start(EINTR, false); }

/* Where a child gets a copy of our memory, and its error comes through the pipe. */
TEST(forking_start_without_descriptors) { walk_over_start(EMFILE, true); }
TEST(forking_start_refused) { walk_over_start(EPERM, true); }
TEST(forking_start_on_an_old_kernel) { walk_over_start(ENOSYS, true); }
TEST(forking_start_interrupted) { walk_over_start(EINTR, true); }

/* A start with three pipes that fails by itself stays a failure, whatever fails besides. */
TEST(failing_start) {
    static const int errors[] = {EMFILE, ENOSYS, EINTR};
    static struct state before;
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        for (int at = 1;; at++) {
            char when[64];
            struct setup setup;
            struct lc_process process = {.size = sizeof process};
            SET_UP(&setup, "pause");
            SET_CANDIDATES(&setup, "/nonexistent/program");
            setup.request.in = setup.request.out = setup.request.err = LC_STDIO_PIPE;
            note(&before);
            arm(at, errors[i]);
            lc_i64 result = lc_start(&setup.request, &process);
            bool reached = disarm();
            snprintf(when, sizeof when, "call %d, system call %ld, error %d", at, plan.failed, errors[i]);
            check_unchanged(&before, when);
            check_cleared(&process);
            CHECK(result < 0);
            if (error_os(result) != ENOENT) {
                CHECK(!must_be_survived());
                check_error(result, when);
            }
            if (!reached) {
                break;
            }
        }
    }
}

/* It keeps a copy of all our descriptors. The first of the starts makes the pipe for the child's error as well. */
TEST(bystander_does_not_delay_a_start) {
    skip_if_emulated();
    for (int i = 0; i < 2; i++) {
        struct child child;
        arm(0, 0);
        plan.bystander = 1;
        START(&child, "ready", "read-line");
        int bystander = plan.bystander;
        CHECK(bystander > 1);
        CHECK_EQ(0, waitpid(bystander, NULL, WNOHANG));
        CHECK_EQ(0, kill(bystander, SIGKILL));
        CHECK_EQ(bystander, waitpid(bystander, NULL, 0));
        EXPECT_LINE("ready", &child);
        finish(&child);
    }
}

/* Before the program runs, for a caller that has to end a start that hangs. */
TEST(process_is_known_before_it_runs) {
    skip_if_emulated();
    struct setup setup;
    struct lc_process process = {.size = sizeof process};
    SET_UP(&setup, "pause");
    arm(0, 0);
    plan.started = &process;
    CHECK_OK(lc_start(&setup.request, &process));
    lc_u64 found = features();
    bool by_clone = (found & LC_FEATURE_CLONE3) == 0;
    CHECK(plan.started == NULL);
    CHECK_EQ(by_clone && (found & LC_FEATURE_CLONE_PIDFD) ? 0 : process.pid, plan.early_pid);
    CHECK_EQ(found & (LC_FEATURE_CLONE3 | LC_FEATURE_CLONE_PIDFD) ? process.handle : 0xffffffff, plan.early_handle);
    process.act = LC_ACT_SIGNAL;
    process.signal = LC_SIGKILL;
    CHECK_OK(lc_act(&process));
    CHECK_EQ(process.pid, waitpid((pid_t) process.pid, NULL, 0));
    CHECK(process.handle < 0 || close((int) process.handle) == 0);
}

static struct child exiting;

static void let_it_exit(void) {
    siginfo_t info;
    tell(&exiting, "\n");
    CHECK_EQ(0, waitid(P_PID, (id_t) exiting.process.pid, &info, WEXITED | WNOWAIT));
}

/* waitid() has reported nothing, and the pidfd is readable: but no tracer holds the status. */
TEST(exit_during_a_look_is_no_tracer) {
    for (lc_u32 act = LC_ACT_LOOK; act <= LC_ACT_REAP; act += LC_ACT_REAP - LC_ACT_LOOK) {
        START(&exiting, "ready", "read-line", "exit", "12");
        EXPECT_LINE("ready", &exiting);
        arm(0, 0);
        plan.before_poll = let_it_exit;
        struct lc_process seen = acted(&exiting.process, act);
        if (plan.before_poll == NULL) { /* without pidfds a look does not poll */
            CHECK_EQ(LC_EXIT_EXITED, seen.kind);
            CHECK_EQ(12, seen.code);
        } else {
            plan.before_poll = NULL;
            let_it_exit();
        }
        exiting.process = seen;
        expect_exit(&exiting, 12);
    }
}

/* How many system calls of ours an operation takes, where this kernel has everything. */
static void check_calls(int most) {
    lc_u64 needed = LC_FEATURE_CLONE3 | LC_FEATURE_PIDFD | LC_FEATURE_PIDFD_GROUP;
    if ((features() & needed) == needed) {
        CHECK_EQ(most, plan.count);
    }
}

static void count_calls(void) {
    arm(-1, EMFILE); /* a number that no call has */
    plan.counts_all = true;
}

TEST(system_calls) {
    skip_if_emulated();
    struct setup setup;
    struct lc_process process = {.size = sizeof process};
    SET_UP(&setup, "pause");
    setup.request.in = setup.request.out = setup.request.err = LC_STDIO_PIPE;
    for (int i = 0; i < 2; i++) {
        count_calls();
        CHECK_OK(lc_start(&setup.request, &process));
        check_calls(i == 0 ? 15 : 12); /* the first one makes and closes the pipe of the child's error too */
        process.act = LC_ACT_REAP | LC_ACT_SIGNAL;
        process.scope = LC_SCOPE_GROUP;
        process.signal = LC_SIGTERM;
        count_calls();
        CHECK_OK(lc_act(&process));
        CHECK_OK(process.sent);
        check_calls(2);
        count_calls();
        CHECK_EQ(LC_WAIT_EXITED, lc_wait(&process, -1, -1, 0, PATIENCE_S * 1000000000LL));
        check_calls(1);
        process.act = LC_ACT_REAP | LC_ACT_PROBE | LC_ACT_PIPES | LC_ACT_RELEASE;
        count_calls();
        CHECK_OK(lc_act(&process));
        check_calls(7);
        disarm();
        CHECK_EQ(1, process.reaped);
        if (process.handle >= 0) {
            close((int) process.handle);
        }
    }
}

/* Neither missing nor refused: the next candidate could be another program than the one that was meant. */
TEST(strange_error_ends_the_search) {
    skip_if_emulated();
    struct setup setup;
    set_up_speaker(&setup);
    SET_CANDIDATES(&setup, child_program, child_program);
    int at = 1;
    do {
        CHECK(start_with_failure(&setup, at++, EIO, false) != NOT_REACHED);
    } while (plan.failed != SYS_execve);
    lc_i64 result = start_with_failure(&setup, at - 1, EIO, false);
    CHECK_STAGE(LC_STAGE_EXEC, LC_ERR_OTHER, EIO, result);
    CHECK_EQ(0, start_with_failure(&setup, at - 1, ENOENT, false));
    CHECK_EQ(0, start_with_failure(&setup, at - 1, EACCES, false));
}

/* Whether the program runs is not known then. It would run for ever. */
TEST(unread_report_ends_the_child) {
    static struct state before;
    struct setup setup;
    struct lc_process process = {.size = sizeof process};
    note(&before);
    SET_UP(&setup, "pause");
    arm(1, EIO);
    plan.forks = true;
    plan.only = SYS_read;
    CHECK_STAGE(LC_STAGE_EXEC, LC_ERR_OTHER, EIO, lc_start(&setup.request, &process));
    CHECK(disarm());
    check_cleared(&process);
    check_unchanged(&before, "an unread report");
}

/* The first call decides, so each failing probe needs its own process. */
static int probe_with_failure(int at, int error) {
    fflush(stdout);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        static char before[4096], after[4096];
        list_fds(before, sizeof before);
        arm(at, error);
        lc_i64 found = lc_init(0);
        bool reached = disarm();
        list_fds(after, sizeof after);
        CHECK_TEXT(before, after);
        CHECK(found >= 0 || error == EMFILE);
        struct child child;
        START(&child, "print-fds", "exit", "4");
        EXPECT_LINE("0 1 2", &child);
        expect_exit(&child, 4);
        _exit(reached ? 0 : 10);
    }
    int status;
    CHECK_EQ(pid, waitpid(pid, &status, 0));
    CHECK(WIFEXITED(status));
    return WEXITSTATUS(status);
}

TEST_BEFORE_INIT(every_probe_may_fail) {
    static const int errors[] = {ENOSYS, EPERM, EINVAL, EMFILE};
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++) {
        int at = 1, status;
        while ((status = probe_with_failure(at, errors[i])) == 0) {
            at++;
        }
        CHECK_EQ(10, status);
        CHECK(at > 3);
    }
}

/* It says nothing of the system, and must not cost this process its pidfds for good. */
TEST_BEFORE_INIT(a_lack_of_descriptors_decides_nothing) {
    arm(1, EMFILE);
    plan.only = SYS_pidfd_open;
    lc_i64 found = lc_init(test_disable());
    bool asked = disarm();
    CHECK_EQ(asked, (test_disable() & LC_FEATURE_PIDFD) == 0);
    if (asked) {
        CHECK_ERROR(LC_ERR_RESOURCES, EMFILE, found);
        CHECK((lc_init(test_disable()) & LC_FEATURE_PIDFD) != 0 || (test_absent() & LC_FEATURE_PIDFD) != 0);
    }
}
