/*
 * harness.h - the harness of the C tests on Windows; the words are those of ../test.h.
 *
 * A TEST runs in a process of its own, inside a job, and fails if afterwards a handle is open that was not before, or a
 * process is left in that job. A failed CHECK ends the test. The first argument of a test program, if there is one,
 * names the only test to run. A ROLE is what a process does that a test starts, as another user of the library.
 *
 * Environment: LASTCALL_TEST_DISABLE is the number that lc_init() is given, LASTCALL_TEST_ROUNDS how many random
 * argument lists make the journey through a child, and LASTCALL_TEST_SEED which ones.
 */
#ifndef LASTCALL_WINDOWS_HARNESS_H
#define LASTCALL_WINDOWS_HARNESS_H

#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "lastcall.h"

struct test {
    const char *name;
    void (*run)(void);
    struct test *next;
};

void test_register(struct test *test);

#define TEST(name)                                                        \
    static void name(void);                                               \
    static struct test test_of_##name = {#name, name, NULL};              \
    __attribute__((constructor)) static void register_##name(void) {      \
        test_register(&test_of_##name);                                   \
    }                                                                     \
    static void name(void)

void role_register(struct test *role);

#define ROLE(name)                                                        \
    static void name(void);                                               \
    static struct test role_of_##name = {#name, name, NULL};              \
    __attribute__((constructor)) static void register_##name(void) {      \
        role_register(&role_of_##name);                                   \
    }                                                                     \
    static void name(void)

_Noreturn void test_fail(const char *file, int line, const char *format, ...)
    __attribute__((format(gnu_printf, 3, 4)));
_Noreturn void test_skip(const char *reason);

#define FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)
#define SKIP(reason) test_skip(reason)
#define CHECK(condition) ((condition) ? (void) 0 : FAIL("%s (last error %lu)", #condition, GetLastError()))
#define CHECK_EQ(expected, actual) test_equal(__FILE__, __LINE__, #actual, (long long) (expected), (long long) (actual))
#define CHECK_TEXT(expected, actual) test_equal_text(__FILE__, __LINE__, #actual, expected, actual)
#define CHECK_WIDE(expected, actual) CHECK(wcscmp(expected, actual) == 0)
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

/* Seconds after which a wait that should have ended has failed: long, because a busy machine is no bug. */
enum { PATIENCE_S = 30 };

#define MS 1000000LL
#define PATIENCE (PATIENCE_S * 1000 * MS)

long long now_ns(void);
/*
 * Gives another thread, or the system, time to get to where a test wants it: into a wait, or to what ends a wait.
 * Win32 does not say where a thread is. So it is only made likely, and the test must hold as well if it is not there.
 */
void give_time(void);
int test_rounds(int otherwise);
int test_seed(void);
/* Is this Wine? For the reasons of skips, and for nothing that the library does. */
bool is_wine(void);

/* The program of child.c. */
const WCHAR *child_program(void);

/* A path in a new directory, which is removed with its files at the end of the test. Valid until the eighth call. */
const WCHAR *test_path(const WCHAR *name);
void write_file(const WCHAR *path, const char *content);
void read_file(const WCHAR *path, char *content, size_t size);

enum { ARGV_MAX = 1024, ENVP_MAX = 4096 };

/* A request under construction; fields may be changed before it is started. */
struct setup {
    struct lc_spawn_request request;
    const WCHAR *candidates[8];
    const WCHAR *argv[ARGV_MAX];
    const WCHAR *envp[ENVP_MAX];
};

/* Sets up the child program with these steps, a group of its own, inherited streams and this process's environment. */
void set_up(struct setup *setup, const WCHAR *const steps[]);
#define SET_UP(setup, ...) set_up(setup, (const WCHAR *const[]){__VA_ARGS__, NULL})
void set_candidates(struct setup *setup, const WCHAR *const candidates[]);
#define SET_CANDIDATES(setup, ...) set_candidates(setup, (const WCHAR *const[]){__VA_ARGS__, NULL})

/* Sets up a process with that role. */
void set_up_role(struct setup *setup, const WCHAR *name);

/* Starts what is set up, with pipes for the streams 0 and 1 if they are inherited so far. */
void start(struct lc_process *child, const struct setup *setup);
void start_steps(struct lc_process *child, const WCHAR *const steps[]);
#define START(child, ...) start_steps(child, (const WCHAR *const[]){__VA_ARGS__, NULL})

/* lc_act() with this process alone. */
void act(struct lc_process *process, lc_u32 acts);
/* Sends a signal and returns `sent`. */
lc_i64 send_signal(struct lc_process *process, lc_i32 scope, lc_i32 signal);

/* A pipe of the library whose other end, the one of a child that has ended, is this process's too. */
struct pipe_ends {
    lc_i64 ours;
    lc_i64 theirs;
};
struct pipe_ends pipe_from_child(void);
struct pipe_ends pipe_to_child(void);
void close_ends(const struct pipe_ends *ends);

/* Reads until the end or `size`; fails after PATIENCE_S. */
size_t read_fully(lc_i64 pipe, void *buffer, size_t size);
/* Reads one line without its end. Returns false at the end of the stream. */
bool read_line(lc_i64 pipe, char *line, size_t size);
#define EXPECT_LINE(expected, child)                         \
    do {                                                     \
        char line_[4096];                                    \
        CHECK(read_line((child)->out, line_, sizeof line_)); \
        CHECK_TEXT(expected, line_);                         \
    } while (0)
long long read_number(struct lc_process *child);
void write_fully(lc_i64 pipe, const void *bytes, size_t size);
void close_input(struct lc_process *child);

/* Waits for the exit and reaps. */
void reap(struct lc_process *child);
/* Waits until the group is empty, closes the pipes and releases. */
void close_child(struct lc_process *child);
/* Waits, reaps, closes, and checks the code. */
void expect_exit(struct lc_process *child, unsigned code);
/* Kills the group, waits until it is empty, and closes. */
void finish(struct lc_process *child);
/* Waits until no process is left in the job. The leader has to be reaped. */
void await_empty(struct lc_process *child);

#endif
