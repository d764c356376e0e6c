#include "test.h"

#include <dirent.h>
#include <poll.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

enum { PASSED = 0, FAILED = 1, SKIPPED = 2, LIMIT_S = 40 };

const char *const child_program = TEST_CHILD;

static struct test *tests, **last = &tests;
static char directory[128];
static char *program;

void test_register(struct test *test) {
    *last = test;
    last = &test->next;
}

void test_fail(const char *file, int line, const char *format, ...) {
    char message[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    const char *base = strrchr(file, '/');
    printf("    %s:%d: %s\n", base == NULL ? file : base + 1, line, message);
    fflush(stdout);
    _exit(FAILED);
}

void test_skip(const char *reason) {
    printf("    skipped: %s\n", reason);
    fflush(stdout);
    _exit(SKIPPED);
}

void test_equal(const char *file, int line, const char *what, long long expected, long long actual) {
    if (expected != actual) {
        test_fail(file, line, "%s: expected %lld (%#llx), was %lld (%#llx)", what, expected, expected, actual, actual);
    }
}

void test_equal_text(const char *file, int line, const char *what, const char *expected, const char *actual) {
    if (strcmp(expected, actual) != 0) {
        test_fail(file, line, "%s: expected \"%s\", was \"%s\"", what, expected, actual);
    }
}

static void describe(lc_i64 result, char *text, size_t size) {
    if (result >= 0) {
        snprintf(text, size, "%lld", result);
        return;
    }
    char call[25] = "", os[25] = "";
    lc_name(LC_NAME_CALL, error_call(result), call, sizeof call - 1);
    lc_name(LC_NAME_ERROR, error_os(result), os, sizeof os - 1);
    snprintf(text, size, "category %d, stage %d, call %d %s, OS code %d %s", error_category(result),
             error_stage(result), error_call(result), call, error_os(result), os);
}

void test_ok(const char *file, int line, const char *what, lc_i64 result) {
    if (result != 0) {
        char text[256];
        describe(result, text, sizeof text);
        test_fail(file, line, "%s: expected 0, was %s", what, text);
    }
}

void test_error(const char *file, int line, const char *what, int category, int os, int stage, lc_i64 result) {
    bool right = result < 0 && error_category(result) == category && error_os(result) == os &&
                 (stage < 0 || error_stage(result) == stage);
    if (!right) {
        char text[256];
        describe(result, text, sizeof text);
        test_fail(file, line, "%s: expected category %d, OS code %d, stage %d, was %s", what, category, os, stage,
                  text);
    }
}

static lc_u64 number_of(const char *variable) {
    const char *value = getenv(variable);
    return value == NULL ? 0 : strtoull(value, NULL, 0);
}

lc_u64 test_disable(void) {
    return number_of("LASTCALL_TEST_DISABLE");
}

lc_u64 test_absent(void) {
    return number_of("LASTCALL_TEST_ABSENT");
}

bool test_emulated(void) {
    return getenv("LASTCALL_TEST_ALONE") != NULL;
}

lc_u64 features(void) {
    return (lc_u32) lc_init(test_disable());
}

long long now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void nap(void) {
    nanosleep(&(struct timespec){0, 1000000}, NULL);
}

/* Files */

const char *test_directory(void) {
    CHECK(mkdir(directory, 0755) == 0 || errno == EEXIST);
    return directory;
}

const char *test_path(const char *name) {
    static char paths[8][256];
    static unsigned turn;
    char *path = paths[turn++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", test_directory(), name);
    return path;
}

void write_file(const char *path, const char *content, int mode) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK_EQ((long) strlen(content), write(fd, content, strlen(content)));
    CHECK_EQ(0, fchmod(fd, (mode_t) mode));
    close(fd);
}

static void remove_directory(void) {
    DIR *entries = opendir(directory);
    if (entries == NULL) {
        return; /* the test needed none */
    }
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        unlinkat(dirfd(entries), entry->d_name, 0);
        unlinkat(dirfd(entries), entry->d_name, AT_REMOVEDIR);
    }
    closedir(entries);
    rmdir(directory);
}

/* Children */

void set_candidates(struct setup *setup, const char *const candidates[]) {
    int count = 0;
    for (; candidates[count] != NULL; count++) {
        CHECK(count < 7);
        setup->candidates[count] = candidates[count];
    }
    setup->candidates[count] = NULL;
}

void set_up(struct setup *setup, const char *const steps[]) {
    memset(setup, 0, sizeof *setup);
    SET_CANDIDATES(setup, child_program);
    setup->argv[1] = "child";
    for (int i = 0; steps[i] != NULL; i++) {
        CHECK(i < ARGV_MAX - 3);
        setup->argv[i + 2] = steps[i];
    }
    setup->envp[0] = "A=1";
    struct lc_spawn_request *request = &setup->request;
    request->size = sizeof *request;
    request->flags = LC_SPAWN_NEW_GROUP;
    request->candidates = (uintptr_t) setup->candidates;
    request->argv = (uintptr_t) setup->argv;
    request->envp = (uintptr_t) setup->envp;
    request->in = request->out = request->err = LC_STDIO_INHERIT;
}

struct pipe_ends make_pipe(int direction) {
    int ends[2];
    CHECK_EQ(0, pipe2(ends, O_CLOEXEC));
    int ours = direction == FROM_CHILD ? 0 : 1;
    CHECK_EQ(0, fcntl(ends[ours], F_SETFL, O_NONBLOCK));
    return (struct pipe_ends){ends[ours], ends[1 - ours]};
}

void start(struct child *child, const struct setup *setup) {
    struct lc_spawn_request request = setup->request;
    if (request.in == LC_STDIO_INHERIT) {
        request.in = LC_STDIO_PIPE;
    }
    if (request.out == LC_STDIO_INHERIT) {
        request.out = LC_STDIO_PIPE;
    }
    memset(child, 0, sizeof *child);
    child->process.size = sizeof child->process;
    CHECK_OK(lc_start(&request, &child->process));
    child->in = (int) child->process.in;
    child->out = (int) child->process.out;
}

void run_in_a_child(void (*part)(void *), void *argument) {
    fflush(stdout);
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        part(argument);
        fflush(stdout);
        _exit(0);
    }
    int status;
    CHECK_EQ(pid, waitpid(pid, &status, 0));
    CHECK_EQ(0, status);
}

pid_t leave_zombie(void) {
    siginfo_t exit;
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        _exit(0);
    }
    CHECK_EQ(0, waitid(P_PID, (id_t) pid, &exit, WEXITED | WNOWAIT));
    return pid;
}

void skip_unless_root(void) {
    if (geteuid() != 0) {
        SKIP("only root can become another user");
    }
}

lc_i64 fail_to_start(const struct setup *setup) {
    struct lc_process process = {.size = sizeof process};
    lc_i64 result = lc_start(&setup->request, &process);
    if (result == 0) {
        kill((pid_t) process.pid, SIGKILL);
        waitpid((pid_t) process.pid, NULL, 0);
        FAIL("it was started");
    }
    return result;
}

void start_steps(struct child *child, const char *const steps[]) {
    struct setup setup;
    set_up(&setup, steps);
    start(child, &setup);
}

/* Returns false at the end of the stream. */
static bool read_byte(int fd, char *byte) {
    struct pollfd ready = {.fd = fd, .events = POLLIN};
    for (;;) {
        ssize_t got = read(fd, byte, 1);
        if (got >= 0) {
            return got == 1;
        }
        if (errno != EINTR && errno != EAGAIN) {
            FAIL("read: %s", strerror(errno));
        }
        if (poll(&ready, 1, PATIENCE_S * 1000) == 0) {
            FAIL("nothing to read after %d s", PATIENCE_S);
        }
    }
}

bool read_line(int fd, char *line, size_t size) {
    for (size_t used = 0; used < size; used++) {
        if (!read_byte(fd, line + used)) {
            line[used] = '\0';
            return false;
        }
        if (line[used] == '\n') {
            line[used] = '\0';
            return true;
        }
    }
    FAIL("a line of more than %zu bytes", size);
}

void expect_end(struct child *child) {
    char byte;
    if (read_byte(child->out, &byte)) {
        FAIL("expected the end of the stream, was '%c'", byte);
    }
}

void read_numbers(struct child *child, int count, long numbers[]) {
    char line[256], *rest = line;
    CHECK(read_line(child->out, line, sizeof line));
    for (int i = 0; i < count; i++) {
        char *start = rest;
        numbers[i] = strtol(start, &rest, 10);
        CHECK(rest != start);
    }
}

void tell(struct child *child, const char *text) {
    CHECK_EQ((long) strlen(text), write(child->in, text, strlen(text)));
}

void await_exit(const struct child *child) {
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child->process, -1, -1, 0, PATIENCE_S * 1000000000LL));
}

struct lc_process reap(struct child *child) {
    await_exit(child);
    child->process.act = LC_ACT_REAP;
    CHECK_OK(lc_act(&child->process));
    CHECK_OK(child->process.looked);
    CHECK(child->process.kind != LC_EXIT_RUNNING && child->process.kind != LC_EXIT_HELD);
    return child->process;
}

struct lc_process acted(const struct lc_process *process, lc_u32 what) {
    struct lc_process copy = *process;
    copy.act = what;
    CHECK_OK(lc_act(&copy));
    return copy;
}

lc_i64 send_signal(const struct lc_process *process, lc_i32 scope, lc_i32 signal) {
    struct lc_process copy = *process;
    copy.act = LC_ACT_SIGNAL;
    copy.scope = scope;
    copy.signal = signal;
    lc_i64 error = lc_act(&copy);
    return error < 0 ? error : copy.sent;
}

int group_state(const struct lc_process *process) {
    struct lc_process found = acted(process, LC_ACT_LOOK | LC_ACT_PROBE);
    CHECK_OK(found.looked);
    return found.group_state;
}

static void close_if_open(lc_i64 handle) {
    if (handle >= 0) {
        CHECK_OK(lc_close(handle));
    }
}

void close_child(struct child *child) {
    close_if_open(child->in);
    close_if_open(child->out);
    close_if_open(child->process.handle);
    child->in = child->out = -1;
    child->process.in = child->process.out = child->process.handle = -1;
}

void expect_exit(struct child *child, int code) {
    struct lc_process exit = reap(child);
    close_child(child);
    CHECK_EQ(LC_EXIT_EXITED, exit.kind);
    CHECK_EQ(code, exit.code);
}

void expect_signaled(struct child *child, int signal) {
    struct lc_process exit = reap(child);
    close_child(child);
    CHECK_EQ(LC_EXIT_SIGNALED, exit.kind);
    CHECK_EQ(signal, exit.code);
}

void finish(struct child *child) {
    CHECK_EQ(0, kill((pid_t) child->process.pid, SIGKILL));
    reap(child);
    close_child(child);
}

int reap_orphan(pid_t pid) {
    int status = 0;
    /* An orphan becomes our child when its parent has become a zombie, which the parent's exit need not wait for. */
    for (long long end = now_ns() + PATIENCE_S * 1000000000LL; now_ns() < end; nap()) {
        pid_t reaped = waitpid(pid, &status, WNOHANG);
        if (reaped == pid) {
            return status;
        }
        CHECK(reaped == 0 || errno == ECHILD);
    }
    FAIL("process %d did not end", pid);
}

/* This process */

static bool read_small_file(const char *path, char *text, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return false;
    }
    ssize_t length = read(fd, text, size - 1);
    close(fd);
    text[length < 0 ? 0 : length] = '\0';
    return length > 0;
}

static bool comes_to_state(const char *path, const char *state) {
    char text[512];
    for (long long end = now_ns() + PATIENCE_S * 1000000000LL; now_ns() < end; nap()) {
        CHECK(read_small_file(path, text, sizeof text));
        if (strstr(text, state) != NULL) {
            return true;
        }
    }
    return false;
}

void await_sleep(pid_t tid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
    if (!comes_to_state(path, ") S ")) {
        FAIL("thread %d does not sleep", tid);
    }
}

void await_end_of_main_thread(lc_i64 pid) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%lld/stat", pid);
    if (!comes_to_state(path, ") Z ")) {
        FAIL("the main thread of %lld does not end", pid);
    }
}

void list_fds(char *text, size_t size) {
    size_t used = 0;
    for (int fd = 0; fd < 4096 && used < size; fd++) {
        if (fcntl(fd, F_GETFD) >= 0) {
            used += (size_t) snprintf(text + used, size - used, "%d ", fd);
        }
    }
}

int count_mappings(void) {
    char block[4096];
    int lines = 0;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
    CHECK(fd >= 0);
    for (ssize_t got; (got = read(fd, block, sizeof block)) > 0;) {
        for (ssize_t i = 0; i < got; i++) {
            lines += block[i] == '\n';
        }
    }
    close(fd);
    return lines;
}

uint64_t signal_mask(void) {
    uint64_t mask = 0;
    CHECK_EQ(0, syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof mask));
    return mask;
}

/* One test */

static void check_children(void) {
    pid_t left = waitpid(-1, NULL, WNOHANG);
    if (left > 0) {
        FAIL("a zombie is left: %d", left);
    }
    if (left == 0 || errno != ECHILD) {
        FAIL("a child is left");
    }
}

static _Noreturn void run_test(struct test *test) {
    static char fds_before[16384], fds_after[16384];
    uint64_t mask = signal_mask();
    list_fds(fds_before, sizeof fds_before);
    if (test->initialised) {
        lc_init(test_disable());
    }
    test->run();
    list_fds(fds_after, sizeof fds_after);
    CHECK_TEXT(fds_before, fds_after);
    check_children();
    CHECK_EQ(mask, signal_mask());
    fflush(stdout);
    _exit(PASSED);
}

/*
 * qemu-user may not support subreapers. Then LASTCALL_TEST_ALONE is a command that runs a native program as a
 * subreaper, and the test continues after an exec of itself: a process remains a subreaper after an exec.
 */
static _Noreturn void run_again_alone(const struct test *test) {
    char *words[16], *rest = getenv("LASTCALL_TEST_ALONE");
    int count = 0;
    for (char *word; count < 12 && rest != NULL && (word = strtok_r(rest, " ", &rest)) != NULL;) {
        words[count++] = word;
    }
    if (count == 0) {
        FAIL("no subreaper is available, and LASTCALL_TEST_ALONE is not set");
    }
    words[count++] = program;
    words[count++] = "--alone";
    words[count++] = (char *) (uintptr_t) test->name;
    words[count] = NULL;
    setenv("LASTCALL_TEST_DIRECTORY", directory, 1);
    execv(words[0], words);
    FAIL("%s: %s", words[0], strerror(errno));
}

static void open_signals(void) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void run_in_child(struct test *test) {
    open_signals();
    if (prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
        run_again_alone(test);
    }
    run_test(test);
}

static _Noreturn void run_alone(const char *name) {
    const char *given = getenv("LASTCALL_TEST_DIRECTORY");
    snprintf(directory, sizeof directory, "%s", given == NULL ? "" : given);
    open_signals();
    for (struct test *test = tests; test != NULL; test = test->next) {
        if (strcmp(name, test->name) == 0) {
            run_test(test);
        }
    }
    FAIL("no test is named %s", name);
}

/* The runner chooses the name, so that it can remove the directory however the test ends. */
static void name_directory(void) {
    static int turn;
    const char *parent = getenv("TMPDIR");
    snprintf(directory, sizeof directory, "%s/lastcall-test-%d-%d", parent == NULL ? "/tmp" : parent, getpid(), turn++);
}

static pid_t parent_of(const char *pid) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%.16s/stat", pid);
    const char *end = read_small_file(path, text, sizeof text) ? strrchr(text, ')') : NULL;
    return end == NULL ? 0 : atoi(end + 4);
}

static void kill_children(void) {
    DIR *processes = opendir("/proc");
    for (struct dirent *entry; processes != NULL && (entry = readdir(processes)) != NULL;) {
        if (atoi(entry->d_name) > 0 && parent_of(entry->d_name) == getpid()) {
            kill(atoi(entry->d_name), SIGKILL);
        }
    }
    closedir(processes);
}

/* Kills what a failed test has left: its children are ours by now, and theirs follow when they have died. */
static void sweep(void) {
    for (pid_t pid; (pid = waitpid(-1, NULL, WNOHANG)) >= 0; nap()) {
        if (pid == 0) {
            kill_children();
        }
    }
}

static int await_test(pid_t pid) {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    int status = 0;
    long long limit_s = test_emulated() ? 5 * LIMIT_S : LIMIT_S;
    for (long long end = now_ns() + limit_s * 1000000000; waitpid(pid, &status, WNOHANG) != pid;) {
        if (now_ns() > end) {
            printf("    still running after %lld s\n", limit_s);
            kill(pid, SIGKILL);
        }
        sigtimedwait(&child, NULL, &(struct timespec){1, 0});
    }
    return status;
}

static int run_forked(struct test *test) {
    static const char *const words[] = {"ok", "FAILED", "skipped"};
    name_directory();
    fflush(stdout);
    long long begin = now_ns();
    pid_t pid = fork();
    CHECK(pid >= 0);
    if (pid == 0) {
        run_in_child(test);
    }
    int status = await_test(pid);
    sweep();
    remove_directory();
    int result = WIFEXITED(status) && WEXITSTATUS(status) <= SKIPPED ? WEXITSTATUS(status) : FAILED;
    if (WIFSIGNALED(status)) {
        printf("    killed by signal %d\n", WTERMSIG(status));
    }
    printf("%-8s%s (%lld ms)\n", words[result], test->name, (now_ns() - begin) / 1000000);
    return result;
}

int main(int argc, char **argv) {
    int counts[3] = {0};
    program = argv[0];
    if (argc == 3 && strcmp(argv[1], "--alone") == 0) {
        run_alone(argv[2]);
    }
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_BLOCK, &child, NULL);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    for (struct test *test = tests; test != NULL; test = test->next) {
        if (argc < 2 || strcmp(argv[1], test->name) == 0) {
            counts[run_forked(test)]++;
        }
    }
    printf("%d passed, %d failed, %d skipped\n", counts[PASSED], counts[FAILED], counts[SKIPPED]);
    return counts[FAILED] > 0 || counts[PASSED] + counts[SKIPPED] == 0;
}
