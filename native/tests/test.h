/*
 * test.h - the harness of the C tests.
 *
 * A TEST runs in its own process, which is a subreaper, and fails if afterwards there is a new descriptor, a child or
 * an orphan, or if the signal mask has changed. A failed CHECK ends the test. The first argument of a test program, if
 * there is one, names the only test to run.
 *
 * Environment: LASTCALL_TEST_DISABLE is the argument of lc_init(), LASTCALL_TEST_ABSENT the features that a seccomp
 * filter around the test denies. LASTCALL_TEST_ALONE is set under qemu-user: the command that runs one of the tests as
 * a subreaper.
 */
#ifndef LASTCALL_TEST_H
#define LASTCALL_TEST_H

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lastcall.h"

struct test {
    const char *name;
    void (*run)(void);
    bool initialised; /* the harness calls lc_init() first */
    struct test *next;
};

void test_register(struct test *test);

#define TEST_DEFINE(name, initialised)                                                \
    static void name(void);                                                           \
    static struct test test_of_##name = {#name, name, initialised, NULL};             \
    __attribute__((constructor)) static void register_##name(void) {                  \
        test_register(&test_of_##name);                                               \
    }                                                                                 \
    static void name(void)

#define TEST(name) TEST_DEFINE(name, true)
#define TEST_BEFORE_INIT(name) TEST_DEFINE(name, false)

_Noreturn void test_fail(const char *file, int line, const char *format, ...) __attribute__((format(printf, 3, 4)));
_Noreturn void test_skip(const char *reason);

#define FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)
#define SKIP(reason) test_skip(reason)
#define CHECK(condition) ((condition) ? (void) 0 : FAIL("%s", #condition))
#define CHECK_EQ(expected, actual) test_equal(__FILE__, __LINE__, #actual, (long long) (expected), (long long) (actual))
#define CHECK_TEXT(expected, actual) test_equal_text(__FILE__, __LINE__, #actual, expected, actual)
/* A result of the library: 0, with the error spelled out otherwise. */
#define CHECK_OK(result) test_ok(__FILE__, __LINE__, #result, result)
#define CHECK_ERROR(category, os, result) test_error(__FILE__, __LINE__, #result, category, os, -1, result)
#define CHECK_STAGE(stage, category, os, result) test_error(__FILE__, __LINE__, #result, category, os, stage, result)

void test_equal(const char *file, int line, const char *what, long long expected, long long actual);
void test_equal_text(const char *file, int line, const char *what, const char *expected, const char *actual);
void test_ok(const char *file, int line, const char *what, lc_i64 result);
void test_error(const char *file, int line, const char *what, int category, int os, int stage, lc_i64 result);

static inline int error_os(lc_i64 result) { return (int) (-result & 0xffffffff); }
static inline int error_category(lc_i64 result) { return (int) (-result >> 32 & 0xff); }
static inline int error_stage(lc_i64 result) { return (int) (-result >> 40 & 0xff); }
static inline int error_call(lc_i64 result) { return (int) (-result >> 48 & 0x7fff); }

/* The features that lc_init() returns under the environment that this test runs in. */
lc_u64 features(void);
lc_u64 test_disable(void);
lc_u64 test_absent(void);

/* Does qemu-user run this? It has other limits and is much slower. */
bool test_emulated(void);

/* Seconds after which a wait that should have ended has failed: long, because a busy machine is no bug. */
enum { PATIENCE_S = 30 };

long long now_ns(void);

/* The program of helpers/child.c. */
extern const char *const child_program;

/* A new directory, removed with what is in it at the end of the test. */
const char *test_directory(void);
/* The path of `name` in that directory; it stays valid until the eighth call after it. */
const char *test_path(const char *name);
void write_file(const char *path, const char *content, int mode);

#define ARGV_MAX 32

/* A pipe as lc_start() makes it: our end does not block. */
struct pipe_ends {
    int ours;
    int theirs;
};

enum { FROM_CHILD, TO_CHILD };

struct pipe_ends make_pipe(int direction);

/* A request under construction; fields may be changed before it is started. */
struct setup {
    struct lc_spawn_request request;
    const char *candidates[8];
    const char *argv[ARGV_MAX];
    const char *envp[8];
};

/* Sets up the child program with these steps, its own group, inherited streams and the environment A=1. */
void set_up(struct setup *setup, const char *const steps[]);
#define SET_UP(setup, ...) set_up(setup, (const char *const[]){__VA_ARGS__, NULL})
void set_candidates(struct setup *setup, const char *const candidates[]);
#define SET_CANDIDATES(setup, ...) set_candidates(setup, (const char *const[]){__VA_ARGS__, NULL})

/* A started child with its standard input and output. */
struct child {
    struct lc_process process;
    int in;  /* our end */
    int out; /* our end */
};

/* Starts what is set up, with pipes for the streams 0 and 1 if they are inherited so far. lc_start() makes them. */
void start(struct child *child, const struct setup *setup);

/* Starts what cannot be started. Returns the error. */
lc_i64 fail_to_start(const struct setup *setup);

/* Runs a part of a test in a child of this process, because there is no way back from what it does. It must succeed. */
void run_in_a_child(void (*part)(void *), void *argument);

/* Forks a child of this process that exits at once, and leaves it unreaped. */
pid_t leave_zombie(void);

void skip_unless_root(void);
/* The same for the child program with these steps. */
void start_steps(struct child *child, const char *const steps[]);
#define START(child, ...) start_steps(child, (const char *const[]){__VA_ARGS__, NULL})

/* Reads one line without its end; fails after PATIENCE_S. Returns false at the end of the stream. */
bool read_line(int fd, char *line, size_t size);
#define EXPECT_LINE(expected, child)                       \
    do {                                                   \
        char line_[4096];                                  \
        CHECK(read_line((child)->out, line_, sizeof line_)); \
        CHECK_TEXT(expected, line_);                       \
    } while (0)
void expect_end(struct child *child);
/* Reads a line of numbers. */
void read_numbers(struct child *child, int count, long numbers[]);
void tell(struct child *child, const char *text);

/* Waits for the exit, and leaves it unreaped. */
void await_exit(const struct child *child);

/* Waits for the exit and reaps. The exit is in child->process too. */
struct lc_process reap(struct child *child);

/* What lc_act() finds of a copy, so that every call asks the system again. */
struct lc_process acted(const struct lc_process *process, lc_u32 what);
/* Sends by lc_act(), and returns `sent`, or its error. */
lc_i64 send_signal(const struct lc_process *process, lc_i32 scope, lc_i32 signal);
/* LC_GROUP_*, of a leader that has exited. */
int group_state(const struct lc_process *process);
void close_child(struct child *child);
/* Waits, reaps, closes, and checks that it exited with this code. */
void expect_exit(struct child *child, int code);
void expect_signaled(struct child *child, int signal);
/* Kills, reaps and closes. */
void finish(struct child *child);
/* Waits for one orphan that this process has inherited, and returns its status of waitpid(). */
int reap_orphan(pid_t pid);

/* Returns when the thread sleeps in the kernel. */
void await_sleep(pid_t tid);
/* Returns when the main thread of a process has ended. */
void await_end_of_main_thread(lc_i64 pid);

/* The descriptors of this process as a line, the number of its mappings, and its signal mask, bit 0 is signal 1. */
void list_fds(char *text, size_t size);
int count_mappings(void);
uint64_t signal_mask(void);

#endif
