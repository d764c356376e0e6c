/* test_act.c - lc_start() with pipes, and lc_act(). */
#include "test.h"

#include <sys/resource.h>

/* All three streams are pipes that lc_start() makes. */
static struct lc_process start_piped(struct setup *setup) {
    struct lc_process process = {.size = sizeof process};
    setup->request.in = setup->request.out = setup->request.err = LC_STDIO_PIPE;
    CHECK_OK(lc_start(&setup->request, &process));
    CHECK(process.pid > 0 && process.in >= 0 && process.out >= 0 && process.err >= 0);
    CHECK_EQ(LC_EXIT_RUNNING, process.kind);
    CHECK_EQ((features() & LC_FEATURE_PIDFD) != 0, process.handle >= 0);
    return process;
}

#define START_PIPED(process, ...)                 \
    struct lc_process process;                    \
    do {                                          \
        struct setup setup_;                      \
        SET_UP(&setup_, __VA_ARGS__);             \
        process = start_piped(&setup_);           \
    } while (0)

static void act(struct lc_process *process, lc_u32 what) {
    process->act = what;
    CHECK_OK(lc_act(process));
}

static void begin(struct lc_process *process, lc_i32 scope, lc_i32 signal) {
    process->scope = scope;
    process->signal = signal;
    act(process, LC_ACT_REAP | LC_ACT_SIGNAL);
}

static void close_in(struct lc_process *process) {
    CHECK_OK(lc_close(process->in));
    process->in = -1;
}

static void await(const struct lc_process *process) {
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(process, -1, -1, 0, PATIENCE_S * 1000000000LL));
}

static void await_line(const struct lc_process *process, const char *expected) {
    char line[256];
    CHECK(read_line((int) process->out, line, sizeof line));
    CHECK_TEXT(expected, line);
}

static void settle(struct lc_process *process) {
    act(process, LC_ACT_REAP | LC_ACT_PROBE | LC_ACT_PIPES | LC_ACT_RELEASE);
    CHECK_OK(process->looked);
    CHECK_EQ(1, process->reaped);
}

static void check_all_closed(const struct lc_process *process) {
    CHECK_EQ(LC_GROUP_EMPTY, process->group_state);
    CHECK_EQ(-1, process->in);
    CHECK_EQ(-1, process->out);
    CHECK_EQ(-1, process->err);
    CHECK_EQ(-1, process->handle);
}

TEST(pipes_of_a_start) {
    START_PIPED(process, "read-line", "say", "out", "write", "out", "4", "write", "err", "3", "exit", "7");
    CHECK_EQ(FD_CLOEXEC, fcntl((int) process.in, F_GETFD));
    CHECK(fcntl((int) process.in, F_GETFL) & O_NONBLOCK);
    CHECK(fcntl((int) process.out, F_GETFL) & O_NONBLOCK);
    CHECK(fcntl((int) process.err, F_GETFL) & O_NONBLOCK);
    char text[8];
    CHECK_EQ(LC_ERR_AGAIN, error_category(lc_read(process.out, text, sizeof text)));
    CHECK_EQ(1, lc_write(process.in, "\n", 1));
    await_line(&process, "out");
    await(&process);
    CHECK_EQ(3, lc_query(process.err, LC_QUERY_AVAILABLE));
    settle(&process);
    CHECK_EQ(LC_EXIT_EXITED, process.kind);
    CHECK_EQ(7, process.code);
    CHECK_EQ(-1, process.in);
    CHECK_EQ(4, lc_read(process.out, text, sizeof text));
    act(&process, LC_ACT_PIPES);
    CHECK_EQ(-1, process.out);
    CHECK_EQ(3, lc_read(process.err, text, sizeof text));
    act(&process, LC_ACT_PIPES);
    check_all_closed(&process);
}

TEST(only_what_is_asked_for_is_a_pipe) {
    struct setup setup;
    struct lc_process process = {.size = sizeof process};
    SET_UP(&setup, "print-fds");
    setup.request.out = LC_STDIO_PIPE;
    setup.request.err = LC_STDIO_TO_STDOUT;
    CHECK_OK(lc_start(&setup.request, &process));
    CHECK_EQ(-1, process.in);
    CHECK_EQ(-1, process.err);
    await_line(&process, "0 1 2");
    await(&process);
    settle(&process);
    check_all_closed(&process);
}

TEST(begin_wait_settle) {
    START_PIPED(process, "ready", "pause");
    await_line(&process, "ready");
    begin(&process, LC_SCOPE_GROUP, LC_SIGTERM);
    CHECK_OK(process.looked);
    CHECK_OK(process.sent);
    await(&process);
    settle(&process);
    CHECK_EQ(LC_EXIT_SIGNALED, process.kind);
    CHECK_EQ(SIGTERM, process.code);
    CHECK_EQ(LC_SIGTERM, process.exit_signal);
    check_all_closed(&process);
}

/* A child that gets no processor in that time is not seen. */
static const lc_i64 brief_ns = 5000000;

TEST(signal_and_end_in_one_call) {
    int seen = 0;
    for (int i = 0; i < 100 && seen == 0; i++) {
        START_PIPED(process, "ready", "pause");
        await_line(&process, "ready");
        process.scope = LC_SCOPE_GROUP;
        process.signal = LC_SIGTERM;
        process.wait_ns = brief_ns;
        act(&process, LC_ACT_REAP | LC_ACT_SIGNAL | LC_ACT_WAIT | LC_ACT_PROBE | LC_ACT_PIPES | LC_ACT_RELEASE);
        CHECK_OK(process.sent);
        seen += process.kind != LC_EXIT_RUNNING;
        if (process.kind == LC_EXIT_RUNNING) {
            await(&process);
            settle(&process);
        }
        CHECK_EQ(SIGTERM, process.code);
        check_all_closed(&process);
    }
    CHECK_EQ(1, seen);
}

TEST(one_that_goes_on_is_waited_for_briefly) {
    START_PIPED(process, "ignore", "SIGTERM", "ready", "pause");
    await_line(&process, "ready");
    long long begun = now_ns();
    process.signal = LC_SIGTERM;
    process.wait_ns = brief_ns;
    act(&process, LC_ACT_REAP | LC_ACT_SIGNAL | LC_ACT_WAIT | LC_ACT_PROBE | LC_ACT_PIPES | LC_ACT_RELEASE);
    CHECK(now_ns() - begun >= brief_ns);
    CHECK_OK(process.sent);
    CHECK_EQ(LC_EXIT_RUNNING, process.kind);
    CHECK(process.in >= 0 && process.out >= 0 && process.err >= 0);
    begin(&process, LC_SCOPE_LEADER, LC_SIGKILL);
    await(&process);
    settle(&process);
    check_all_closed(&process);
}

TEST(nothing_is_sent_to_one_that_has_exited) {
    START_PIPED(process, "exit", "3");
    await(&process);
    begin(&process, LC_SCOPE_GROUP, LC_SIGKILL);
    CHECK_EQ(LC_NOT_SENT, process.sent);
    CHECK_EQ(LC_EXIT_EXITED, process.kind);
    CHECK_EQ(3, process.code);
    settle(&process);
    check_all_closed(&process);
}

TEST(the_childs_ends_block) {
    START_PIPED(process, "ready", "read-line");
    await_line(&process, "ready");
    for (int fd = 0; fd < 3; fd++) {
        char path[64], text[256] = "";
        snprintf(path, sizeof path, "/proc/%lld/fdinfo/%d", process.pid, fd);
        int file = open(path, O_RDONLY | O_CLOEXEC);
        CHECK(file >= 0);
        CHECK(read(file, text, sizeof text - 1) > 0);
        close(file);
        const char *flags = strstr(text, "flags:");
        CHECK(flags != NULL);
        CHECK_EQ(0, strtol(flags + 6, NULL, 8) & O_NONBLOCK);
    }
    close_in(&process);
    CHECK_EQ(-1, process.in);
    await(&process); /* it has read the end */
    settle(&process);
    check_all_closed(&process);
}

/* The pipes get the numbers of our own streams. */
TEST(pipes_where_our_streams_were) {
    for (int closed = 1; closed < 8; closed++) {
        struct setup setup;
        struct lc_process process = {.size = sizeof process};
        int saved[3];
        SET_UP(&setup, "print-fds", "read-all", "write", "err", "3");
        setup.request.in = setup.request.out = setup.request.err = LC_STDIO_PIPE;
        for (int i = 0; i < 3; i++) {
            saved[i] = fcntl(i, F_DUPFD_CLOEXEC, 100);
            if (closed & 1 << i) {
                close(i);
            }
        }
        lc_i64 result = lc_start(&setup.request, &process);
        lc_i64 *handles[] = {&process.in, &process.out, &process.err, &process.handle};
        for (int i = 0; i < 4; i++) {
            if (*handles[i] >= 0 && *handles[i] < 3) { /* out of the way of what comes back */
                int moved = fcntl((int) *handles[i], F_DUPFD_CLOEXEC, 3);
                close((int) *handles[i]);
                *handles[i] = moved;
            }
        }
        for (int i = 0; i < 3; i++) {
            dup3(saved[i], i, 0);
            close(saved[i]);
        }
        CHECK_OK(result);
        await_line(&process, "0 1 2");
        CHECK_EQ(4, lc_write(process.in, "abcd", 4));
        close_in(&process);
        await_line(&process, "4");
        await(&process);
        settle(&process);
        CHECK_EQ(3, lc_query(process.err, LC_QUERY_AVAILABLE));
        CHECK_OK(lc_close(process.err));
        CHECK_EQ(-1, process.handle);
    }
}

TEST(a_failed_start_leaves_nothing) {
    struct setup setup;
    SET_UP(&setup, "pause");
    setup.request.in = setup.request.out = setup.request.err = LC_STDIO_PIPE;
    setup.request.directory = (uintptr_t) "/nonexistent";
    for (int i = 0; i < 3; i++) {
        struct lc_process process = {.size = sizeof process, .pid = 77, .handle = 77, .in = 77, .out = 77, .err = 77};
        CHECK_STAGE(LC_STAGE_DIRECTORY, LC_ERR_NOT_FOUND, ENOENT, lc_start(&setup.request, &process));
        CHECK_EQ(0, process.pid);
        CHECK_EQ(0, process.group);
        CHECK_EQ(-1, process.handle);
        CHECK_EQ(-1, process.in);
        CHECK_EQ(-1, process.out);
        CHECK_EQ(-1, process.err);
        CHECK_EQ(-1, waitpid(-1, NULL, 0));
        setup.request.in = LC_STDIO_INHERIT;
    }
}

/* None of them is closed on exec. */
TEST(two_thousand_descriptors) {
    enum { MANY = 2000 };
    static int others[MANY];
    struct rlimit limit;
    CHECK_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
    if (limit.rlim_max < MANY + 50) {
        SKIP("the limit of descriptors is too low");
    }
    limit.rlim_cur = MANY + 50;
    CHECK_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
    for (int i = 0; i < MANY; i++) {
        others[i] = open("/dev/null", O_RDONLY);
        CHECK(others[i] >= 0);
    }
    for (int i = 0; i < 3; i++) {
        START_PIPED(process, "print-fds");
        await_line(&process, "0 1 2");
        await(&process);
        settle(&process);
        check_all_closed(&process);
    }
    for (int i = 0; i < MANY; i++) {
        close(others[i]);
    }
}

/* What a caller has of a process whose start hangs: its pidfd, and not yet its pid. */
TEST(known_by_its_pidfd_alone) {
    START_PIPED(process, "ready", "pause");
    await_line(&process, "ready");
    if (process.handle >= 0) {
        struct lc_process copy = {
            .size = sizeof copy, .act = LC_ACT_SIGNAL, .handle = process.handle, .in = -1, .out = -1, .err = -1};
        copy.signal = LC_SIGKILL;
        CHECK_OK(lc_act(&copy));
        CHECK_OK(copy.sent);
    } else {
        begin(&process, LC_SCOPE_LEADER, LC_SIGKILL);
    }
    await(&process);
    settle(&process);
    CHECK_EQ(SIGKILL, process.code);
    check_all_closed(&process);
}

/* While a member lives nothing is closed: its last words are to be read. */
TEST(nothing_is_closed_before_the_group_is_gone) {
    bool by_pidfd = (features() & LC_FEATURE_PIDFD_GROUP) != 0;
    START_PIPED(process, "fork", "print-ids", "pause", "end", "exit", "5");
    char line[64];
    CHECK(read_line((int) process.out, line, sizeof line));
    pid_t member = atoi(line);
    await(&process);
    act(&process, LC_ACT_LOOK | LC_ACT_PROBE | LC_ACT_PIPES | LC_ACT_RELEASE);
    CHECK_EQ(LC_GROUP_PRESENT, process.group_state);
    settle(&process);
    CHECK_EQ(by_pidfd ? LC_GROUP_PRESENT : LC_GROUP_UNKNOWN, process.group_state);
    CHECK(process.in >= 0 && process.out >= 0 && process.err >= 0);
    CHECK_EQ((features() & LC_FEATURE_PIDFD) != 0, process.handle >= 0);
    process.scope = LC_SCOPE_GROUP;
    process.signal = LC_SIGKILL;
    act(&process, LC_ACT_SIGNAL); /* the exit was known before, and the rest of the group is reached */
    if (by_pidfd) {
        CHECK_OK(process.sent);
    } else {
        CHECK_EQ(LC_ERR_GONE, error_category(process.sent)); /* the number may belong to another group */
        CHECK_EQ(0, kill(member, SIGKILL));
    }
    reap_orphan(member);
    settle(&process);
    CHECK_EQ(5, process.code);
    check_all_closed(&process);
}

/* The handles of an unreaped leader stay open. */
TEST(only_a_reaped_process_is_released) {
    struct setup setup;
    SET_UP(&setup, "exit", "0");
    setup.request.flags = 0; /* leads no group, so that there is none to wait for */
    struct lc_process process = start_piped(&setup);
    lc_i64 handle = process.handle;
    await(&process);
    act(&process, LC_ACT_LOOK | LC_ACT_PROBE | LC_ACT_PIPES | LC_ACT_RELEASE);
    CHECK_EQ(LC_GROUP_EMPTY, process.group_state);
    CHECK_EQ(-1, process.in);
    CHECK_EQ(-1, process.out);
    CHECK_EQ(0, process.reaped);
    CHECK_EQ(handle, process.handle);
    settle(&process);
    check_all_closed(&process);
}

TEST(pipes_stay_open_while_it_runs) {
    START_PIPED(process, "read-line");
    act(&process, LC_ACT_LOOK | LC_ACT_PROBE | LC_ACT_PIPES | LC_ACT_RELEASE);
    CHECK_EQ(LC_EXIT_RUNNING, process.kind);
    CHECK_EQ(LC_GROUP_PRESENT, process.group_state);
    CHECK(process.in >= 0 && process.out >= 0 && process.err >= 0);
    close_in(&process);
    await(&process);
    settle(&process);
    check_all_closed(&process);
}

/* There is no group whose end is to be waited for, but it runs. */
TEST(pipes_stay_open_while_it_runs_without_a_group) {
    struct setup setup;
    SET_UP(&setup, "read-line");
    setup.request.flags = 0;
    struct lc_process process = start_piped(&setup);
    CHECK_EQ(LC_GROUP_EMPTY, process.group_state);
    act(&process, LC_ACT_LOOK | LC_ACT_PROBE | LC_ACT_PIPES | LC_ACT_RELEASE);
    CHECK_EQ(LC_EXIT_RUNNING, process.kind);
    CHECK(process.in >= 0 && process.out >= 0 && process.err >= 0);
    close_in(&process);
    await(&process);
    settle(&process);
    check_all_closed(&process);
}

static void look_for_escaped(struct lc_process *process, struct lc_member *members, lc_i32 room) {
    process->escaped = (lc_u64) members;
    process->escaped_room = room;
    process->scope = LC_SCOPE_GROUP;
    process->signal = LC_SIGKILL;
    act(process, LC_ACT_LOOK | LC_ACT_ESCAPED | LC_ACT_SIGNAL);
    CHECK_OK(process->sent);
}

static void end_escaped(const struct lc_member *member) {
    CHECK_EQ(0, kill((pid_t) member->pid, SIGKILL));
    CHECK_EQ(member->pid, waitpid((pid_t) member->pid, NULL, 0));
    if (member->handle >= 0) {
        CHECK_OK(lc_close(member->handle));
    }
}

static void check_escaped(const struct lc_process *process, const char *command, const struct lc_member *member) {
    char found[16];
    memcpy(found, &member->command_head, sizeof found);
    CHECK_TEXT(command, found);
    CHECK_EQ(process->pid, member->leader);
    CHECK_EQ(member->pid, member->group);
    CHECK_EQ((features() & LC_FEATURE_PIDFD) != 0, member->handle >= 0);
}

static void reap_group(const struct lc_process *process) {
    while (waitpid(-(pid_t) process->pid, NULL, 0) > 0) {
    }
}

TEST(children_outside_of_the_group) {
    START_PIPED(process, "fork", "ready", "pause", "end", "fork", "setsid", "name", "outside", "ready", "pause", "end",
                "pause");
    await_line(&process, "ready");
    await_line(&process, "ready");
    struct lc_member members[4];
    look_for_escaped(&process, members, 4);
    CHECK_EQ(1, process.escaped_count);
    check_escaped(&process, "outside", &members[0]);
    await(&process);
    end_escaped(&members[0]); /* the leader's end has made it our child */
    settle(&process);
    reap_group(&process);
    settle(&process);
    check_all_closed(&process);
}

/* It is not begun with where the first thread has taken all the time, which is rare. */
TEST(children_of_another_thread) {
    for (int tries = 0, found = 0; !found; tries++) {
        CHECK(tries < 20);
        START_PIPED(process, "thread", "fork", "new-group", "name", "outside", "print-ids", "pause", "end", "pause",
                    "end", "pause");
        char line[64];
        CHECK(read_line((int) process.out, line, sizeof line));
        struct lc_member member = {.pid = atoi(line), .handle = -1};
        look_for_escaped(&process, &member, 1);
        found = process.escaped_count;
        if (found) {
            check_escaped(&process, "outside", &member);
        }
        await(&process);
        settle(&process);
        check_all_closed(&process);
        end_escaped(&member);
    }
}

TEST(no_more_children_than_there_is_room_for) {
    START_PIPED(process, "forks", "2", "setsid", "print-ids", "pause", "end", "pause");
    char line[64];
    struct lc_member children[2] = {{.handle = -1}, {.handle = -1}};
    for (int i = 0; i < 2; i++) {
        CHECK(read_line((int) process.out, line, sizeof line));
        children[i].pid = atoi(line);
    }
    struct lc_member one;
    look_for_escaped(&process, &one, 1);
    CHECK_EQ(1, process.escaped_count);
    children[one.pid == children[1].pid].handle = one.handle;
    await(&process);
    settle(&process);
    check_all_closed(&process);
    end_escaped(&children[0]);
    end_escaped(&children[1]);
}

TEST(wrong_arguments) {
    START_PIPED(process, "pause");
    struct lc_process copies[9];
    for (int i = 0; i < 9; i++) {
        copies[i] = process;
        copies[i].act = LC_ACT_SIGNAL;
    }
    copies[0].size++;
    copies[1].pid = 1;
    copies[2].group = 5;
    copies[3].handle = -2;
    copies[4].in = 1LL << 32;
    copies[5].act = LC_ACT_MOVED << 1;
    copies[6].scope = 2;
    copies[7].pid = 0;
    copies[7].handle = -1;
    copies[8].escaped_room = 1;
    for (int i = 0; i < 9; i++) {
        CHECK_EQ(LC_ERR_INVALID, error_category(lc_act(&copies[i])));
    }
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_act(NULL)));
    struct setup setup;
    SET_UP(&setup, "pause");
    copies[0].size -= 2;
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_start(&setup.request, &copies[0])));
    setup.request.out = -4;
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_start(&setup.request, &copies[1])));
    setup.request.out = LC_STDIO_TO_STDOUT;
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_start(&setup.request, &copies[1])));
    begin(&process, LC_SCOPE_GROUP, LC_SIGKILL);
    await(&process);
    settle(&process);
    check_all_closed(&process);
}
