/*
 * smoke LIBRARY [GUARDIAN] - loads the library as a JVM does, and starts, signals, waits for and reaps children with
 * it. Plain POSIX and sh: it is for systems that the rest of the C suite is not made for, macOS and another libc.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lastcall.h"

static const lc_i64 patience_ns = 20000000000;

static void *library;
static const char *guardian_program; /* NULL: not given */
static int passed;

#define FAIL(...) (printf("%s:%d: ", __func__, __LINE__), printf(__VA_ARGS__), printf("\n"), exit(1))
#define CHECK(condition) ((condition) ? (void) 0 : FAIL("%s", #condition))
#define CHECK_EQ(expected, actual) check_equal(__func__, __LINE__, #actual, (expected), (actual))
#define CHECK_OK(result) CHECK_EQ(0, result)
/* The function of the library, as the header declares it. */
#define LC(function) (*(__typeof__(&function)) symbol(#function))

static void *symbol(const char *name) {
    void *found = dlsym(library, name);
    if (found == NULL) {
        FAIL("%s: %s", name, dlerror());
    }
    return found;
}

static void check_equal(const char *function, int line, const char *what, lc_i64 expected, lc_i64 actual) {
    if (expected != actual) {
        printf("%s:%d: %s: expected %lld, was %lld (category %d, stage %d, call %d, OS code %d)\n", function, line,
               what, expected, actual, (int) (-actual >> 32 & 0xff), (int) (-actual >> 40 & 0xff),
               (int) (-actual >> 48 & 0x7fff), (int) (-actual & 0xffffffff));
        exit(1);
    }
}

static void check_failure(lc_i64 result, int stage, int category, int code) {
    CHECK(result < 0);
    CHECK_EQ(stage, -result >> 40 & 0xff);
    CHECK_EQ(category, -result >> 32 & 0xff);
    CHECK_EQ(code, -result & 0xffffffff);
}

static lc_i64 start_program(struct lc_process *child, const char *directory, const char *program,
                            const char *const arguments[]) {
    const char *argv[8] = {NULL, program};
    for (int i = 0; arguments[i] != NULL; i++) {
        argv[i + 2] = arguments[i];
    }
    const char *const candidates[] = {"/nonexistent/program", program, NULL};
    const char *const envp[] = {"PATH=/usr/bin:/bin", "A=1", NULL};
    const struct lc_spawn_request request = {
        .size = sizeof request,
        .flags = LC_SPAWN_NEW_GROUP,
        .candidates = (uintptr_t) candidates,
        .argv = (uintptr_t) argv,
        .envp = (uintptr_t) envp,
        .directory = (uintptr_t) directory,
        .in = LC_STDIO_PIPE,
        .out = LC_STDIO_PIPE,
        .err = LC_STDIO_INHERIT,
    };
    *child = (struct lc_process){.size = sizeof *child};
    return LC(lc_start)(&request, child);
}

static void start(struct lc_process *child, const char *script) {
    const char *const arguments[] = {"-c", script, NULL};
    CHECK_OK(start_program(child, NULL, "/bin/sh", arguments));
    CHECK(child->pid > 1);
    CHECK_EQ(child->pid, child->group);
}

/* Returns whether it is the expected line; 0: it is the other one. */
static int expect_one_of(const struct lc_process *child, const char *expected, const char *other) {
    char line[256];
    size_t used = 0;
    do {
        CHECK_EQ(LC_WAIT_PIPE, LC(lc_wait)(NULL, -1, child->out, LC_PIPE_READABLE, patience_ns));
        CHECK_EQ(1, LC(lc_read)(child->out, line + used, 1));
        CHECK(used < sizeof line - 1);
    } while (line[used++] != '\n');
    line[used - 1] = '\0';
    if (strcmp(expected, line) != 0 && strcmp(other, line) != 0) {
        FAIL("expected \"%s\", was \"%s\"", expected, line);
    }
    return strcmp(expected, line) == 0;
}

static void expect_line(const struct lc_process *child, const char *expected) {
    expect_one_of(child, expected, expected);
}

static void act(struct lc_process *process, lc_u32 what) {
    process->act = what;
    CHECK_OK(LC(lc_act)(process));
}

static lc_i64 send_signal(struct lc_process *process, lc_i32 scope, lc_i32 signal) {
    process->scope = scope;
    process->signal = signal;
    act(process, LC_ACT_SIGNAL);
    return process->sent;
}

static void await_exit(const struct lc_process *process) {
    CHECK_EQ(LC_WAIT_EXITED, LC(lc_wait)(process, -1, -1, 0, patience_ns));
}

/* Members may be left, so the pipes are closed here in any case. */
static void reap(struct lc_process *process, int kind, int code) {
    await_exit(process);
    await_exit(process);
    act(process, LC_ACT_LOOK);
    CHECK_OK(process->looked);
    CHECK_EQ(kind, process->kind);
    CHECK_EQ(code, process->code);
    CHECK_EQ(0, process->reaped);
    act(process, LC_ACT_REAP | LC_ACT_PROBE | LC_ACT_PIPES | LC_ACT_RELEASE);
    CHECK_EQ(1, process->reaped);
    CHECK_EQ(kind, process->kind);
    CHECK_EQ(code, process->code);
    CHECK(process->in < 0 || LC(lc_close)(process->in) == 0);
    CHECK(process->out < 0 || LC(lc_close)(process->out) == 0);
    CHECK(process->handle < 0 || LC(lc_close)(process->handle) == 0);
}

static lc_i64 count_live(const struct lc_process *child, struct lc_member *members, lc_i64 capacity) {
    struct lc_group group = {.size = sizeof group};
    for (lc_i64 i = 0; i < capacity; i++) {
        members[i].size = sizeof members[i];
    }
    const struct lc_scan scan = {
        .size = sizeof scan,
        .flags = LC_MEMBERS_SIGNAL_STATE,
        .leaders = (uintptr_t) child,
        .groups = (uintptr_t) &group,
        .count = 1,
        .members = (uintptr_t) members,
        .capacity = capacity,
        .most_handles = capacity,
    };
    lc_i64 live = LC(lc_members)(&scan);
    CHECK_EQ(live, group.live);
    return live;
}

enum { MOST_MEMBERS = 4 };

static int count_named(const struct lc_process *child, const char *command) {
    struct lc_member members[MOST_MEMBERS];
    lc_i64 live = count_live(child, members, MOST_MEMBERS);
    CHECK(live <= MOST_MEMBERS);
    int named = 0;
    for (lc_i64 i = 0; i < live; i++) {
        named += strcmp((const char *) &members[i].command_head, command) == 0;
        CHECK(members[i].handle == -1 || LC(lc_close)(members[i].handle) == 0);
    }
    return named;
}

/* A shell may say ready before its background jobs have become what they are to be. */
static void await_named(const struct lc_process *child, int count, const char *command) {
    const lc_i64 pause_ns = 5000000;
    for (lc_i64 left = patience_ns; count_named(child, command) != count; left -= pause_ns) {
        CHECK(left > 0);
        CHECK_EQ(0, LC(lc_wait)(NULL, -1, -1, 0, pause_ns));
    }
}

static void the_contract_is_the_same(void) {
    CHECK_EQ(LC_ABI, LC(lc_init)(0) >> 32);
    CHECK_EQ(LC_ABI, LC(lc_invoke)(LC_FUNCTION_INIT, 0, 0, 0, 0, 0, 0) >> 32);
}

static void a_signal_reaches_the_group(void) {
    struct lc_process child;
    start(&child, "trap 'exit 7' TERM; sleep 100 & echo ready; wait");
    expect_line(&child, "ready");
    await_named(&child, 1, "sleep");
    act(&child, LC_ACT_LOOK | LC_ACT_PROBE);
    CHECK_OK(child.looked);
    CHECK_EQ(LC_EXIT_RUNNING, child.kind);
    CHECK_EQ(LC_GROUP_PRESENT, child.group_state);
    CHECK_EQ(0, LC(lc_any_exit)());
    CHECK_EQ(0, LC(lc_wait)(&child, -1, -1, 0, 20000000));
    CHECK_OK(send_signal(&child, LC_SCOPE_GROUP, LC_SIGTERM));
    reap(&child, LC_EXIT_EXITED, 7);
}

static void a_kill_is_told_as_one(void) {
    struct lc_process child;
    start(&child, "trap '' TERM; echo ready; while :; do sleep 100; done");
    expect_line(&child, "ready");
    CHECK_OK(send_signal(&child, LC_SCOPE_LEADER, LC_SIGTERM));
    CHECK_OK(send_signal(&child, LC_SCOPE_GROUP, LC_SIGKILL));
    await_exit(&child);
    CHECK_EQ(1, LC(lc_any_exit)());
    act(&child, LC_ACT_LOOK);
    CHECK_EQ(LC_SIGKILL, child.exit_signal);
    reap(&child, LC_EXIT_SIGNALED, 9);
}

static void members_outlive_their_leader(void) {
    struct lc_process child;
    struct lc_member members[MOST_MEMBERS];
    start(&child, "sleep 100 & sleep 100 & echo ready; read line");
    expect_line(&child, "ready");
    await_named(&child, 2, "sleep");
    CHECK_EQ(1, LC(lc_write)(child.in, "\n", 1));
    CHECK_EQ(LC_WAIT_EXITED, LC(lc_wait)(&child, -1, -1, 0, patience_ns));
    CHECK_EQ(2, count_live(&child, members, MOST_MEMBERS));
    CHECK_EQ(child.pid, members[0].leader);
    CHECK_EQ(0, memcmp(&members[0].command_head, "sleep", 6));
    for (int i = 0; i < 2; i++) {
        CHECK(members[i].handle == -1 || LC(lc_close)(members[i].handle) == 0);
    }
    CHECK_OK(send_signal(&child, LC_SCOPE_GROUP, LC_SIGKILL));
    await_named(&child, 0, "sleep");
    CHECK_OK(send_signal(&child, LC_SCOPE_LEADER, 0));
    reap(&child, LC_EXIT_EXITED, 0);
}

static void a_wait_is_cancelled(void) {
    struct lc_process child;
    start(&child, "read line; exit 3");
    lc_i64 cancel = LC(lc_cancel_open)();
    CHECK(cancel >= 0);
    CHECK_EQ(0, LC(lc_wait)(&child, cancel, -1, 0, 0));
    CHECK_OK(LC(lc_cancel)(cancel, LC_CANCEL_FIRE));
    CHECK_OK(LC(lc_cancel)(cancel, LC_CANCEL_FIRE));
    CHECK_EQ(LC_WAIT_CANCELLED, LC(lc_wait)(&child, cancel, -1, 0, -1));
    CHECK_EQ(LC_WAIT_CANCELLED, LC(lc_wait)(NULL, cancel, -1, 0, -1));
    CHECK_OK(LC(lc_cancel)(cancel, LC_CANCEL_DRAIN));
    CHECK_OK(LC(lc_cancel)(cancel, LC_CANCEL_DRAIN));
    CHECK_EQ(LC_WAIT_PIPE, LC(lc_wait)(&child, cancel, child.in, LC_PIPE_WRITABLE, -1));
    CHECK_EQ(1, LC(lc_write)(child.in, "\n", 1));
    CHECK_EQ(LC_WAIT_EXITED, LC(lc_wait)(&child, cancel, -1, 0, patience_ns));
    CHECK_OK(LC(lc_close)(cancel));
    reap(&child, LC_EXIT_EXITED, 3);
}

static lc_i64 next_token(lc_i64 monitor, lc_i64 timeout_ns) {
    lc_u64 tokens[8] = {0};
    lc_i64 count = LC(lc_monitor_wait)(monitor, tokens, 8, timeout_ns);
    CHECK(count == 0 || count == 1);
    return (lc_i64) tokens[0];
}

/* It may fire at once. */
static void an_alarm_fires(void) {
    lc_i64 monitor = LC(lc_monitor_open)(), alarm = LC(lc_alarm_open)();
    CHECK(monitor >= 0 && alarm >= 0);
    CHECK_OK(LC(lc_monitor_set)(monitor, NULL, alarm, LC_CANCEL_FIRED, 3));
    CHECK_EQ(0, next_token(monitor, 0));
    CHECK_OK(LC(lc_alarm_set)(alarm, 1000000));
    CHECK_EQ(3, next_token(monitor, patience_ns));
    CHECK_OK(LC(lc_cancel)(alarm, LC_CANCEL_DRAIN));
    CHECK_OK(LC(lc_monitor_set)(monitor, NULL, alarm, LC_CANCEL_FIRED, 4));
    CHECK_EQ(0, next_token(monitor, 0));
    CHECK_OK(LC(lc_close)(monitor));
    CHECK_OK(LC(lc_close)(alarm));
}

static void a_monitor_tells_once(void) {
    struct lc_process child;
    start(&child, "read line; exit 4");
    lc_i64 monitor = LC(lc_monitor_open)();
    CHECK(monitor >= 0);
    lc_i64 added = LC(lc_monitor_set)(monitor, &child, -1, 0, 1);
    if (added < 0) {
        check_failure(added, LC_STAGE_NONE, LC_ERR_UNSUPPORTED, 0);
    }
    CHECK_OK(LC(lc_monitor_set)(monitor, NULL, child.in, LC_PIPE_WRITABLE, 2));
    CHECK_EQ(2, next_token(monitor, patience_ns));
    CHECK_EQ(0, next_token(monitor, 20000000));
    CHECK_EQ(1, LC(lc_write)(child.in, "\n", 1));
    for (int round = 0; added == 0 && round < 3; round++) {
        CHECK_EQ(1, next_token(monitor, patience_ns));
        CHECK_EQ(LC_WAIT_EXITED, LC(lc_wait)(&child, -1, -1, 0, 0));
        CHECK_EQ(0, next_token(monitor, 0));
        CHECK_OK(LC(lc_monitor_set)(monitor, &child, -1, 0, 1)); /* it had exited before, which is seen too */
    }
    CHECK_OK(LC(lc_monitor_set)(monitor, &child, -1, 0, 0));
    CHECK_OK(LC(lc_monitor_set)(monitor, NULL, child.in, 0, 0));
    CHECK_EQ(0, next_token(monitor, 0));
    CHECK_OK(LC(lc_close)(monitor));
    reap(&child, LC_EXIT_EXITED, 4);
}

static void failures_name_their_stage(void) {
    struct lc_process child;
    const char *const nothing[] = {NULL};
    check_failure(start_program(&child, NULL, "/nonexistent/other", nothing), LC_STAGE_EXEC, LC_ERR_NOT_FOUND, ENOENT);
    check_failure(start_program(&child, NULL, "/etc/passwd", nothing), LC_STAGE_EXEC, LC_ERR_DENIED, EACCES);
    const char *sh = "/bin/sh";
    check_failure(start_program(&child, "/nonexistent", sh, nothing), LC_STAGE_DIRECTORY, LC_ERR_NOT_FOUND, ENOENT);
    check_failure(start_program(&child, "/etc/passwd", sh, nothing), LC_STAGE_DIRECTORY, LC_ERR_NOT_FOUND, ENOTDIR);
}

/* A file without a magic, by a path that is relative to its directory. */
static void a_script_is_run_in_its_directory(void) {
    char folder[] = "/tmp/lastcall-smoke-XXXXXX", script[64];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(script, sizeof script, "%s/script", folder);
    int file = open(script, O_WRONLY | O_CREAT, 0700);
    const char content[] = "test -f script && echo \"$0 $1 $A\"; exit 5\n";
    CHECK(file >= 0 && write(file, content, sizeof content - 1) == (ssize_t) (sizeof content - 1));
    close(file);
    struct lc_process child;
    const char *const arguments[] = {"one", NULL};
    CHECK_OK(start_program(&child, folder, "./script", arguments));
    expect_line(&child, "./script one 1");
    reap(&child, LC_EXIT_EXITED, 5);
    unlink(script);
    rmdir(folder);
}

/* One of ours without CLOEXEC, which must not get there. */
static void no_other_descriptor_is_open(void) {
    int ours = dup(1);
    CHECK(ours > 2);
    char script[128];
    snprintf(script, sizeof script, "if (echo >&%d) 2>/dev/null; then echo open; else echo closed; fi", ours);
    struct lc_process child;
    start(&child, script);
    expect_line(&child, "closed");
    close(ours);
    reap(&child, LC_EXIT_EXITED, 0);
}

/* Arms a slot, SIGTERM and SIGKILL, and starts a shell with it. */
static void start_guarded(const struct lc_guardian *guardian, lc_u32 number, lc_i64 timeout_ns, const char *script,
                          int out) {
    struct lc_slot *slot = (struct lc_slot *) (uintptr_t) (guardian->address + (1 + number) * LC_SLOT_BYTES);
    struct lc_step *steps = (struct lc_step *) (slot + 1);
    steps[0] = (struct lc_step){.kind = LC_STEP_SIGNAL, .what = LC_SIGTERM, .timeout_ns = timeout_ns};
    steps[1] = (struct lc_step){.kind = LC_STEP_KILL, .timeout_ns = patience_ns};
    *slot = (struct lc_slot){.state = LC_SLOT_ARMED, .generation = 1, .mode = LC_SLOT_GROUP, .count = 2};
    const char *argv[] = {NULL, "sh", "-c", script, NULL};
    const char *const candidates[] = {"/bin/sh", NULL};
    const char *const envp[] = {"PATH=/usr/bin:/bin", NULL};
    const struct lc_spawn_request request = {
        .size = sizeof request,
        .flags = LC_SPAWN_NEW_GROUP,
        .candidates = (uintptr_t) candidates,
        .argv = (uintptr_t) argv,
        .envp = (uintptr_t) envp,
        .in = LC_STDIO_INHERIT,
        .out = out,
        .err = LC_STDIO_INHERIT,
        .guardian = guardian->socket,
        .slot = number,
        .generation = 1,
    };
    struct lc_process child = {.size = sizeof child};
    CHECK_OK(LC(lc_start)(&request, &child));
}

/* The process that will be killed. */
static void own(int out) {
    const char *const envp[] = {NULL};
    struct lc_guardian guardian = {
        .size = sizeof guardian,
        .slots = 2,
        .path = (uintptr_t) guardian_program,
        .environment = (uintptr_t) envp,
        .memory = -1,
        .socket = -1,
    };
    lc_i64 slots = LC(lc_guardian_open)(&guardian);
    if (slots < 0 && (-slots >> 32 & 0xff) == LC_ERR_UNSUPPORTED) {
        CHECK_EQ(12, write(out, "unsupported\n", 12));
        return;
    }
    CHECK_EQ(2, slots);
    start_guarded(&guardian, 0, patience_ns, "trap 'echo ended; exit' TERM; echo ready; while :; do sleep 0.1; done",
                  out);
    start_guarded(&guardian, 1, 1, "trap '' TERM; sleep 100 & while :; do sleep 100; done", out);
    for (;;) {
        pause();
    }
}

/* Their standard output is a pipe to this process, which ends when the last of them does. */
static void a_guardian_stops_what_is_left(void) {
    lc_i64 input, output;
    CHECK_OK(LC(lc_pipe)(&input, &output));
    pid_t owner = fork();
    if (owner == 0) {
        own((int) output);
        _exit(0);
    }
    CHECK(owner > 0);
    CHECK_OK(LC(lc_close)(output));
    const struct lc_process reader = {.size = sizeof reader, .out = input};
    char last;
    if (!expect_one_of(&reader, "ready", "unsupported")) {
        printf("  no guardian on this system\n");
    } else {
        CHECK_OK(kill(owner, SIGKILL));
        expect_line(&reader, "ended");
        CHECK_EQ(LC_WAIT_PIPE, LC(lc_wait)(NULL, -1, input, LC_PIPE_READABLE, patience_ns));
        CHECK_EQ(0, LC(lc_read)(input, &last, 1));
    }
    CHECK_EQ(owner, waitpid(owner, NULL, 0));
    CHECK_OK(LC(lc_close)(input));
}

static void run(const char *name, void (*test)(void)) {
    test();
    printf("ok %s\n", name);
    passed++;
}

#define RUN(test) run(#test, test)

int main(int argc, char **argv) {
    library = argc > 1 ? dlopen(argv[1], RTLD_NOW | RTLD_LOCAL) : NULL;
    if (library == NULL) {
        printf("%s\n", argc > 1 ? dlerror() : "usage: smoke LIBRARY [GUARDIAN]");
        return 1;
    }
    guardian_program = argv[2];
    setvbuf(stdout, NULL, _IOLBF, 0);
    RUN(the_contract_is_the_same);
    RUN(a_signal_reaches_the_group);
    RUN(a_kill_is_told_as_one);
    RUN(members_outlive_their_leader);
    RUN(a_wait_is_cancelled);
    RUN(an_alarm_fires);
    RUN(a_monitor_tells_once);
    RUN(failures_name_their_stage);
    RUN(a_script_is_run_in_its_directory);
    RUN(no_other_descriptor_is_open);
    if (guardian_program != NULL) {
        RUN(a_guardian_stops_what_is_left);
    }
    printf("%d passed, 0 failed\n", passed);
    return 0;
}
