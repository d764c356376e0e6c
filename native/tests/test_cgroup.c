/* test_cgroup.c - lc_start(), lc_act() and lc_members() for a process with its own cgroup. */
#include "leaf.h"

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

static struct lc_process start_in(lc_i64 directory, const char *const steps[]) {
    struct lc_process process = {.size = sizeof process};
    struct setup setup;
    set_up(&setup, steps);
    setup.request.cgroup = directory;
    setup.request.out = LC_STDIO_PIPE;
    CHECK_OK(lc_start(&setup.request, &process));
    CHECK_EQ(directory, process.cgroup);
    return process;
}

#define START_IN(directory, ...) start_in(directory, (const char *const[]){__VA_ARGS__, NULL})

static void act(struct lc_process *process, lc_u32 what) {
    process->act = what;
    CHECK_OK(lc_act(process));
}

static void send(struct lc_process *process, lc_i32 signal) {
    process->scope = LC_SCOPE_GROUP;
    process->signal = signal;
    act(process, LC_ACT_LOOK | LC_ACT_SIGNAL);
}

static void await_line(const struct lc_process *process, const char *expected) {
    char line[256];
    CHECK(read_line((int) process->out, line, sizeof line));
    CHECK_TEXT(expected, line);
}

static void reap_others(void) {
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) {
    }
}

/* Zombies do not count, and ours are not reaped before. */
static void await_gone(struct lc_process *process) {
    long long end = now_ns() + PATIENCE_S * 1000000000LL;
    do {
        CHECK(now_ns() < end);
        act(process, LC_ACT_REAP | LC_ACT_PROBE);
    } while (process->group_state != LC_GROUP_EMPTY || process->kind == LC_EXIT_RUNNING);
    act(process, LC_ACT_PIPES | LC_ACT_RELEASE);
    CHECK_EQ(0, process->cgroup);
    CHECK_EQ(-1, process->handle);
    reap_others();
    remove_leaf();
}

TEST(everybody_in_it_is_signalled_wherever_he_went) {
    lc_i64 directory = make_leaf();
    struct lc_process process = START_IN(directory, "fork", "setsid", "ready", "pause", "end", "fork", "fork", "setsid",
                                         "ready", "pause", "end", "end", "fork", "new-group", "ready", "pause", "end",
                                         "ready", "pause");
    for (int i = 0; i < 4; i++) {
        await_line(&process, "ready");
    }
    send(&process, LC_SIGTERM);
    CHECK_OK(process.sent);
    await_gone(&process);
    CHECK_EQ(LC_EXIT_SIGNALED, process.kind);
    CHECK_EQ(LC_SIGTERM, process.code);
}

TEST(also_in_a_cgroup_below_it) {
    lc_i64 directory = make_leaf();
    struct lc_process process = START_IN(directory, "fork", "setsid", "print-ids", "pause", "end", "pause");
    char line[64];
    CHECK(read_line((int) process.out, line, sizeof line));
    CHECK_EQ(0, mkdir(below, 0755));
    move_into(below, atoi(line));
    send(&process, LC_SIGTERM);
    await_gone(&process);
}

TEST(it_lives_as_long_as_one_of_them) {
    lc_i64 directory = make_leaf();
    struct lc_process process = START_IN(directory, "fork", "setsid", "ignore", "SIGTERM", "name", "stays", "ready",
                                         "pause", "end", "pause");
    await_line(&process, "ready");
    send(&process, LC_SIGTERM);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&process, -1, -1, 0, PATIENCE_S * 1000000000LL));
    act(&process, LC_ACT_REAP | LC_ACT_PROBE | LC_ACT_RELEASE);
    CHECK_EQ(LC_GROUP_PRESENT, process.group_state);
    CHECK_EQ(directory, process.cgroup);
    struct lc_group group = {.size = sizeof group};
    struct lc_member members[4] = {{.size = sizeof *members}, {.size = sizeof *members}, {.size = sizeof *members},
                                   {.size = sizeof *members}};
    struct lc_scan scan = {.size = sizeof scan, .leaders = (lc_u64) &process, .groups = (lc_u64) &group, .count = 1,
                           .members = (lc_u64) members, .capacity = 4, .most_handles = 4};
    CHECK_EQ(1, lc_members(&scan));
    CHECK_EQ(LC_GROUP_PRESENT, group.state);
    CHECK_TEXT("stays", (const char *) &members[0].command_head);
    CHECK_EQ(members[0].pid, members[0].group);
    CHECK(members[0].handle >= 0);
    lc_close(members[0].handle);
    struct lc_member escaped;
    process.escaped = (lc_u64) &escaped;
    process.escaped_room = 1;
    act(&process, LC_ACT_ESCAPED);
    CHECK_EQ(1, process.escaped_count);
    CHECK_EQ(members[0].pid, escaped.pid);
    lc_close(escaped.handle);
    process.escaped_room = 0;
    send(&process, LC_SIGKILL);
    await_gone(&process);
}

TEST(inherited_member_is_reaped) {
    if (test_emulated()) {
        SKIP("the emulator does not say who is a subreaper");
    }
    lc_i64 directory = make_leaf();
    struct lc_process process = START_IN(directory, "fork", "print-ids", "pause", "end", "pause");
    char line[64];
    CHECK(read_line((int) process.out, line, sizeof line));
    pid_t member = atoi(line);
    send(&process, LC_SIGKILL);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&process, -1, -1, 0, PATIENCE_S * 1000000000LL));
    act(&process, LC_ACT_REAP);
    siginfo_t exit;
    CHECK_EQ(0, waitid(P_PID, (id_t) member, &exit, WEXITED | WNOWAIT));
    if ((features() & LC_FEATURE_PIDFD_GROUP) != 0) {
        act(&process, LC_ACT_PROBE);
        CHECK_EQ(LC_GROUP_EMPTY, process.group_state);
        CHECK_EQ(-1, waitpid(member, NULL, WNOHANG));
        CHECK_EQ(ECHILD, errno);
    }
    await_gone(&process);
}

/* As that of another pid namespace, where another process has the number. */
static void write_stat_of_a_stranger(const char *pid) {
    char path[64];
    CHECK_EQ(0, mount("tmpfs", "/proc", "tmpfs", 0, NULL));
    snprintf(path, sizeof path, "/proc/%s", pid);
    CHECK_EQ(0, mkdir(path, 0755));
    snprintf(path, sizeof path, "/proc/%s/stat", pid);
    FILE *file = fopen(path, "w");
    fprintf(file, "%s (stranger) S 2 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 5 0 0\n", pid);
    CHECK_EQ(0, fclose(file));
}

TEST(no_stranger_is_named_as_escaped) {
    if (geteuid() != 0 || unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        SKIP("mounting a /proc of its own takes a privilege");
    }
    lc_i64 directory = make_leaf();
    struct lc_process process = START_IN(directory, "fork", "setsid", "print-ids", "pause", "end", "pause");
    char line[64];
    CHECK(read_line((int) process.out, line, sizeof line));
    line[strcspn(line, " ")] = '\0';
    struct lc_member escaped;
    process.escaped = (lc_u64) &escaped;
    process.escaped_room = 1;
    write_stat_of_a_stranger(line);
    act(&process, LC_ACT_ESCAPED);
    CHECK_EQ(0, process.escaped_count);
    CHECK_EQ(0, umount2("/proc", MNT_DETACH));
    act(&process, LC_ACT_ESCAPED);
    CHECK_EQ(1, process.escaped_count);
    lc_close(escaped.handle);
    process.escaped_room = 0;
    send(&process, LC_SIGKILL);
    await_gone(&process);
}

/* Of the cgroup and of the one below it. */
TEST(a_process_whose_main_thread_has_ended_is_killed) {
    lc_i64 directory = make_leaf();
    struct lc_process process = START_IN(directory, "fork", "block", "SIGUSR1", "print-ids", "await",
                                         "SIGUSR1", "leave-main-thread", "pause", "end", "leave-main-thread", "pause");
    char line[64];
    CHECK(read_line((int) process.out, line, sizeof line));
    pid_t other = atoi(line);
    CHECK_EQ(0, mkdir(below, 0755));
    move_into(below, other);
    CHECK_EQ(0, kill(other, SIGUSR1));
    await_end_of_main_thread(other);
    await_end_of_main_thread(process.pid);
    send(&process, LC_SIGKILL);
    CHECK_OK(process.sent);
    await_gone(&process);
    CHECK_EQ(LC_SIGKILL, process.code);
}

TEST(a_signal_to_nobody) {
    lc_i64 directory = make_leaf();
    struct lc_process process = START_IN(directory, "exit", "0");
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&process, -1, -1, 0, PATIENCE_S * 1000000000LL));
    act(&process, LC_ACT_LOOK);
    send(&process, LC_SIGTERM);
    CHECK_ERROR(LC_ERR_GONE, ESRCH, process.sent);
    await_gone(&process);
}

/* Each one lives for microseconds and has forked its successor by then: only a frozen one can be caught. */
TEST(whoever_forks_faster_than_signals_are_sent) {
    lc_i64 directory = make_leaf();
    struct lc_process process = START_IN(directory, "ignore", "SIGCHLD", "fork", "setsid", "relay", "1000000", "0", "end", "fork",
                                         "setsid", "relay", "1000000", "0", "end", "ready", "pause");
    await_line(&process, "ready");
    send(&process, LC_SIGTERM);
    CHECK_OK(process.sent);
    await_gone(&process);
}

TEST(a_leader_that_moved_elsewhere) {
    lc_i64 directory = make_leaf();
    struct lc_process process = START_IN(directory, "ready", "pause");
    await_line(&process, "ready");
    char above[512];
    snprintf(above, sizeof above, "%s", leaf);
    *strrchr(above, '/') = '\0';
    move_into(above, process.pid);
    act(&process, LC_ACT_PROBE);
    send(&process, LC_SIGTERM);
    CHECK_OK(process.sent);
    await_gone(&process);
}

TEST(a_leader_that_moved_elsewhere_alone) {
    lc_i64 directory = make_leaf();
    struct lc_process process = START_IN(directory, "fork", "ignore", "SIGTERM", "ready", "pause", "end", "ready",
                                         "pause");
    await_line(&process, "ready");
    await_line(&process, "ready");
    char above[512];
    snprintf(above, sizeof above, "%s", leaf);
    *strrchr(above, '/') = '\0';
    move_into(above, process.pid);
    send(&process, LC_SIGTERM);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&process, -1, -1, 0, PATIENCE_S * 1000000000LL));
    act(&process, LC_ACT_LOOK);
    send(&process, LC_SIGKILL);
    await_gone(&process);
    CHECK_EQ(LC_SIGTERM, process.code);
}

/* It is in the cgroup, by which it has got the signal. */
TEST(a_leader_in_another_group_gets_no_second_signal) {
    lc_i64 directory = make_leaf();
    struct child host;
    char group[16];
    START(&host, "pause");
    snprintf(group, sizeof group, "%lld", host.process.pid);
    struct lc_process process = START_IN(directory, "handle", "SIGUSR1", "say:second", "handle", "SIGUSR2", "say:other",
                                         "join-group", group, "ready", "pause");
    await_line(&process, "ready");
    process.scope = LC_SCOPE_GROUP;
    process.signal = LC_SIGUSR1;
    act(&process, LC_ACT_FOLLOW);
    send(&process, LC_SIGUSR2);
    await_line(&process, "other");
    send(&process, LC_SIGKILL);
    finish(&host);
    await_gone(&process);
}

/* The kernel may report the start late, once. */
TEST(its_end_is_an_event) {
    lc_i64 directory = make_leaf();
    struct lc_process process = START_IN(directory, "pause");
    lc_u64 token = 0;
    char path[600], text[128];
    snprintf(path, sizeof path, "%s/cgroup.events", leaf);
    lc_i64 events = lc_open(path, LC_OPEN_READ);
    lc_i64 monitor = lc_monitor_open();
    int early = -1;
    do {
        CHECK(++early < 5);
        CHECK(pread((int) events, text, sizeof text, 0) > 0);
        CHECK_OK(lc_monitor_set(monitor, NULL, events, LC_CGROUP_CHANGED, 7));
    } while (lc_monitor_wait(monitor, &token, 1, 20000000) == 1);
    send(&process, LC_SIGKILL);
    CHECK_EQ(1, lc_monitor_wait(monitor, &token, 1, PATIENCE_S * 1000000000LL));
    CHECK_EQ(7, token);
    CHECK_OK(lc_close(monitor));
    CHECK_OK(lc_close(events));
    await_gone(&process);
}

TEST(a_cgroup_that_was_removed) {
    lc_i64 directory = make_leaf();
    remove_leaf();
    struct lc_process process = {.size = sizeof process};
    struct setup setup;
    SET_UP(&setup, "pause");
    setup.request.cgroup = directory;
    lc_i64 result = lc_start(&setup.request, &process);
    CHECK_EQ(LC_STAGE_CONTAINMENT, error_stage(result));
    CHECK(error_os(result) == ENODEV || error_os(result) == ENOENT);
    CHECK_EQ(0, process.cgroup);
    CHECK_OK(lc_close(directory));
}
