#include "test.h"

#include <sys/syscall.h>

static const long long MS = 1000000;

static lc_i64 open_monitor(void) {
    lc_i64 monitor = lc_monitor_open();
    CHECK(monitor >= 0);
    return monitor;
}

/* Returns the one token that is given, 0: none within the time. */
static lc_u64 next_token(lc_i64 monitor, lc_i64 timeout_ns) {
    lc_u64 tokens[8] = {0};
    lc_i64 count = lc_monitor_wait(monitor, tokens, 8, timeout_ns);
    CHECK(count >= 0);
    CHECK(count == 0 || (count == 1 && tokens[0] != 0));
    return tokens[0];
}

static void skip_without_pidfd(const struct child *child) {
    if (child->process.handle < 0) {
        lc_i64 monitor = open_monitor();
        CHECK_EQ(LC_ERR_UNSUPPORTED, error_category(lc_monitor_set(monitor, &child->process, -1, 0, 7)));
        CHECK_OK(lc_monitor_set(monitor, &child->process, -1, 0, 0));
        CHECK_OK(lc_close(monitor));
    }
}

TEST(exit_is_given_once) {
    struct child child;
    START(&child, "read-line", "exit", "3");
    skip_without_pidfd(&child);
    if (child.process.handle >= 0) {
        lc_i64 monitor = open_monitor();
        CHECK_OK(lc_monitor_set(monitor, &child.process, -1, 0, 7));
        CHECK_EQ(0, next_token(monitor, 0));
        tell(&child, "\n");
        CHECK_EQ(7, next_token(monitor, -1));
        CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child.process, -1, -1, 0, 0));
        CHECK_EQ(0, next_token(monitor, 0));
        CHECK_OK(lc_monitor_set(monitor, &child.process, -1, 0, 0));
        CHECK_OK(lc_close(monitor));
    } else {
        tell(&child, "\n");
    }
    expect_exit(&child, 3);
}

TEST(what_was_before_is_given_again_to_who_adds_again) {
    struct child child;
    START(&child, "exit", "4");
    skip_without_pidfd(&child);
    if (child.process.handle >= 0) {
        CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child.process, -1, -1, 0, -1));
        lc_i64 monitor = open_monitor();
        for (lc_u64 token = 1; token <= 3; token++) {
            CHECK_OK(lc_monitor_set(monitor, &child.process, -1, 0, token));
            CHECK_EQ(token, next_token(monitor, -1));
        }
        CHECK_OK(lc_close(monitor));
    }
    expect_exit(&child, 4);
}

TEST(a_watch_that_is_removed_tells_nothing) {
    struct pipe_ends ends = make_pipe(FROM_CHILD);
    lc_i64 monitor = open_monitor();
    CHECK_OK(lc_monitor_set(monitor, NULL, ends.ours, LC_PIPE_READABLE, 9));
    CHECK_OK(lc_monitor_set(monitor, NULL, ends.ours, 0, 0));
    CHECK_OK(lc_monitor_set(monitor, NULL, ends.ours, 0, 0));
    CHECK_EQ(1, lc_write(ends.theirs, "x", 1));
    CHECK_OK(lc_close(ends.theirs));
    CHECK_EQ(0, next_token(monitor, 0));
    CHECK_OK(lc_close(monitor));
    CHECK_OK(lc_close(ends.ours));
}

TEST(pipes_tell_what_they_were_asked) {
    struct pipe_ends from = make_pipe(FROM_CHILD), to = make_pipe(TO_CHILD);
    lc_i64 monitor = open_monitor();
    CHECK_OK(lc_monitor_set(monitor, NULL, from.ours, LC_PIPE_READABLE, 1));
    CHECK_EQ(0, next_token(monitor, 0));
    CHECK_OK(lc_monitor_set(monitor, NULL, to.ours, LC_PIPE_WRITABLE, 2));
    CHECK_EQ(2, next_token(monitor, 0));
    CHECK_EQ(1, lc_write(from.theirs, "x", 1));
    CHECK_EQ(1, next_token(monitor, 0));
    CHECK_OK(lc_close(from.theirs));
    CHECK_OK(lc_monitor_set(monitor, NULL, from.ours, LC_PIPE_READABLE, 3)); /* replaces; the end of the pipe is seen */
    CHECK_EQ(3, next_token(monitor, 0));
    CHECK_OK(lc_close(monitor));
    CHECK_OK(lc_close(from.ours));
    CHECK_OK(lc_close(to.ours));
    CHECK_OK(lc_close(to.theirs));
}

/* A lc_monitor_wait() in another thread. */
struct waiter {
    pthread_t thread;
    lc_i64 monitor;
    lc_u64 token;
    pid_t tid;
};

static void *wait_in_thread(void *argument) {
    struct waiter *waiter = argument;
    __atomic_store_n(&waiter->tid, (pid_t) syscall(SYS_gettid), __ATOMIC_RELEASE);
    waiter->token = next_token(waiter->monitor, -1);
    return NULL;
}

TEST(what_is_added_ends_a_wait_under_way) {
    struct pipe_ends ends = make_pipe(TO_CHILD);
    struct waiter waiter = {.monitor = open_monitor()};
    int error = pthread_create(&waiter.thread, NULL, wait_in_thread, &waiter);
    if (error == EPERM) {
        SKIP("a filter keeps the C library from making threads");
    }
    CHECK_EQ(0, error);
    while (__atomic_load_n(&waiter.tid, __ATOMIC_ACQUIRE) == 0) {
        sched_yield();
    }
    await_sleep(waiter.tid);
    CHECK_OK(lc_monitor_set(waiter.monitor, NULL, ends.ours, LC_PIPE_WRITABLE, 5));
    CHECK_EQ(0, pthread_join(waiter.thread, NULL));
    CHECK_EQ(5, waiter.token);
    CHECK_OK(lc_close(waiter.monitor));
    CHECK_OK(lc_close(ends.ours));
    CHECK_OK(lc_close(ends.theirs));
}

TEST(many_are_given_in_turn) {
    enum { PIPES = 200 };
    struct pipe_ends ends[PIPES];
    int given[PIPES] = {0};
    lc_i64 monitor = open_monitor();
    for (int i = 0; i < PIPES; i++) {
        ends[i] = make_pipe(TO_CHILD);
        CHECK_OK(lc_monitor_set(monitor, NULL, ends[i].ours, LC_PIPE_WRITABLE, (lc_u64) i + 1));
    }
    lc_u64 tokens[PIPES];
    for (int all = 0; all < PIPES;) {
        lc_i64 count = lc_monitor_wait(monitor, tokens, PIPES, 0);
        CHECK(count > 0);
        for (lc_i64 i = 0; i < count; i++) {
            CHECK(tokens[i] >= 1 && tokens[i] <= PIPES);
            given[tokens[i] - 1]++;
        }
        all += (int) count;
    }
    for (int i = 0; i < PIPES; i++) {
        CHECK_EQ(1, given[i]);
        CHECK_OK(lc_close(ends[i].ours));
        CHECK_OK(lc_close(ends[i].theirs));
    }
    CHECK_OK(lc_close(monitor));
}

TEST(the_wait_keeps_its_deadline) {
    lc_i64 monitor = open_monitor();
    long long begin = now_ns();
    CHECK_EQ(0, next_token(monitor, 50 * MS));
    CHECK(now_ns() - begin >= 50 * MS);
    CHECK_OK(lc_close(monitor));
}

TEST(wrong_arguments) {
    struct child child;
    START(&child, "read-line");
    lc_u64 token;
    lc_i64 monitor = open_monitor();
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_monitor_set(-1, &child.process, -1, 0, 1)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_monitor_set(monitor, NULL, -1, 0, 1)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_monitor_set(monitor, &child.process, 1, 0, 1)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_monitor_set(monitor, &child.process, -1, LC_PIPE_READABLE, 1)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_monitor_set(monitor, NULL, -1, 0, 0)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_monitor_set(monitor, NULL, child.in, 1 << 8, 1)));
    CHECK_EQ(LC_ERR_INVALID,
             error_category(lc_monitor_set(monitor, NULL, child.in, LC_CANCEL_FIRED | LC_PIPE_READABLE, 1)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_monitor_wait(monitor, &token, 0, 0)));
    CHECK_EQ(EBADF, error_os(lc_monitor_set(monitor, NULL, 4000, LC_PIPE_READABLE, 1)));
    CHECK_OK(lc_close(monitor));
    tell(&child, "\n");
    expect_exit(&child, 0);
}

/* A cancel handle may be fired before the watch is set, and after; it stays fired until it is drained. */
TEST(cancel_handles) {
    lc_i64 monitor = open_monitor(), cancel = lc_cancel_open();
    CHECK_OK(lc_monitor_set(monitor, NULL, cancel, LC_CANCEL_FIRED, 6));
    CHECK_EQ(0, next_token(monitor, 0));
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_FIRE));
    CHECK_EQ(6, next_token(monitor, -1));
    CHECK_EQ(0, next_token(monitor, 0));
    CHECK_OK(lc_monitor_set(monitor, NULL, cancel, LC_CANCEL_FIRED, 7));
    CHECK_EQ(7, next_token(monitor, 0));
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_DRAIN));
    CHECK_OK(lc_monitor_set(monitor, NULL, cancel, LC_CANCEL_FIRED, 8));
    CHECK_EQ(0, next_token(monitor, 0));
    CHECK_OK(lc_monitor_set(monitor, NULL, cancel, 0, 0));
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_FIRE));
    CHECK_EQ(0, next_token(monitor, 0));
    CHECK_OK(lc_close(monitor));
    CHECK_OK(lc_close(cancel));
}

/* Only a time that is set counts, the last one; an alarm fires once. */
TEST(alarms) {
    lc_i64 monitor = open_monitor(), alarm = lc_alarm_open();
    CHECK(alarm >= 0);
    CHECK_OK(lc_monitor_set(monitor, NULL, alarm, LC_CANCEL_FIRED, 6));
    CHECK_EQ(0, next_token(monitor, 0));
    CHECK_OK(lc_alarm_set(alarm, 600LL * 1000000000));
    CHECK_EQ(0, next_token(monitor, 0));
    CHECK_OK(lc_alarm_set(alarm, 1000000));
    CHECK_EQ(6, next_token(monitor, -1));
    CHECK_OK(lc_cancel(alarm, LC_CANCEL_DRAIN));
    CHECK_OK(lc_cancel(alarm, LC_CANCEL_DRAIN));
    CHECK_OK(lc_monitor_set(monitor, NULL, alarm, LC_CANCEL_FIRED, 7));
    CHECK_EQ(0, next_token(monitor, 2000000));
    CHECK_OK(lc_alarm_set(alarm, 0));
    CHECK_EQ(7, next_token(monitor, -1));
    CHECK_OK(lc_alarm_set(alarm, 0x7fffffffffffffff));
    CHECK_OK(lc_monitor_set(monitor, NULL, alarm, LC_CANCEL_FIRED, 8));
    CHECK_EQ(0, next_token(monitor, 0));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_alarm_set(alarm, -1)));
    CHECK_EQ(EBADF, error_os(lc_alarm_set(-1, 0)));
    CHECK_EQ(EBADF, error_os(lc_alarm_set(4000, 0)));
    CHECK_OK(lc_close(monitor));
    CHECK_OK(lc_close(alarm));
}
