#include "test.h"

#include <limits.h>
#include <sys/syscall.h>
#include <sys/time.h>

static const long long MS = 1000000;

/* A lc_wait() in another thread. */
struct waiter {
    pthread_t thread;
    const struct lc_process *process;
    lc_i64 cancel;
    lc_i64 pipe;
    lc_i32 events;
    lc_i64 timeout;
    lc_i64 result;
    pid_t tid;
};

static void *wait_in_thread(void *argument) {
    struct waiter *waiter = argument;
    __atomic_store_n(&waiter->tid, (pid_t) syscall(SYS_gettid), __ATOMIC_RELEASE);
    waiter->result = lc_wait(waiter->process, waiter->cancel, waiter->pipe, waiter->events, waiter->timeout);
    return NULL;
}

/* Returns when the thread is in the wait. */
static void start_waiter(struct waiter *waiter) {
    int error = pthread_create(&waiter->thread, NULL, wait_in_thread, waiter);
    if (error == EPERM) {
        SKIP("a filter keeps the C library from making threads");
    }
    CHECK_EQ(0, error);
    while (__atomic_load_n(&waiter->tid, __ATOMIC_ACQUIRE) == 0) {
        sched_yield();
    }
    await_sleep(waiter->tid);
}

static lc_i64 end_waiter(struct waiter *waiter) {
    CHECK_EQ(0, pthread_join(waiter->thread, NULL));
    return waiter->result;
}

TEST(exit_ends_the_wait) {
    struct child child;
    START(&child, "read-line", "exit", "3");
    CHECK_EQ(0, lc_wait(&child.process, -1, -1, 0, 0));
    struct waiter waiter = {.process = &child.process, .cancel = -1, .pipe = -1, .timeout = -1};
    start_waiter(&waiter);
    tell(&child, "\n");
    CHECK_EQ(LC_WAIT_EXITED, end_waiter(&waiter));
    expect_exit(&child, 3);
}

TEST(already_exited_and_nothing_consumed) {
    struct child child;
    START(&child, "exit", "4");
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child.process, -1, -1, 0, PATIENCE_S * 1000 * MS));
    }
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child.process, -1, -1, 0, 0));
    expect_exit(&child, 4);
}

TEST(reaped_counts_as_exited) {
    struct child child;
    START(&child, "exit", "4");
    reap(&child);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child.process, -1, -1, 0, PATIENCE_S * 1000 * MS));
    close_child(&child);
}

TEST(timeout_ends_the_wait) {
    struct child child;
    START(&child, "pause");
    for (long long timeout = 0; timeout <= 60 * MS; timeout += 20 * MS) {
        long long begin = now_ns();
        CHECK_EQ(0, lc_wait(&child.process, -1, -1, 0, timeout));
        long long took = now_ns() - begin;
        CHECK(took >= timeout);
        CHECK(took < timeout + 5000 * MS);
    }
    finish(&child);
}

TEST(timeout_without_anything_to_wait_for) {
    long long begin = now_ns();
    CHECK_EQ(0, lc_wait(NULL, -1, -1, 0, 30 * MS));
    CHECK(now_ns() - begin >= 30 * MS);
}

TEST(huge_and_negative_timeouts) {
    static const long long timeouts[] = {LLONG_MAX, LLONG_MAX - 1, LLONG_MIN, -1, 1000000000LL * 1000000000LL};
    for (size_t i = 0; i < sizeof timeouts / sizeof *timeouts; i++) {
        struct child child;
        START(&child, "read-line", "exit", "1");
        struct waiter waiter = {.process = &child.process, .cancel = -1, .pipe = -1, .timeout = timeouts[i]};
        start_waiter(&waiter);
        tell(&child, "\n");
        CHECK_EQ(LC_WAIT_EXITED, end_waiter(&waiter));
        expect_exit(&child, 1);
    }
}

TEST(stopping_is_no_exit) {
    struct child child;
    int status;
    START(&child, "raise", "SIGSTOP", "exit", "5");
    CHECK_EQ(child.process.pid, waitpid((pid_t) child.process.pid, &status, WUNTRACED));
    CHECK_EQ(0, lc_wait(&child.process, -1, -1, 0, 30 * MS));
    CHECK_EQ(0, kill((pid_t) child.process.pid, SIGCONT));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child.process, -1, -1, 0, -1));
    expect_exit(&child, 5);
}

/* Such a process looks like a zombie from outside while its other threads run. */
TEST(end_of_the_main_thread_is_no_exit) {
    struct child child;
    START(&child, "leave-main-thread", "ready", "read-line", "exit", "6");
    EXPECT_LINE("ready", &child);
    CHECK_EQ(0, lc_wait(&child.process, -1, -1, 0, 30 * MS));
    tell(&child, "\n");
    expect_exit(&child, 6);
}

/* Cancelling */

TEST(cancel_before_the_wait_stays_until_drained) {
    struct child child;
    lc_i64 cancel = lc_cancel_open();
    CHECK(cancel >= 0);
    CHECK_EQ(FD_CLOEXEC, fcntl((int) cancel, F_GETFD));
    START(&child, "pause");
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_FIRE));
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_FIRE));
    CHECK_EQ(LC_WAIT_CANCELLED, lc_wait(&child.process, cancel, -1, 0, -1));
    CHECK_EQ(LC_WAIT_CANCELLED, lc_wait(&child.process, cancel, -1, 0, 0));
    CHECK_EQ(LC_WAIT_CANCELLED, lc_wait(NULL, cancel, -1, 0, -1));
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_DRAIN));
    CHECK_EQ(0, lc_wait(&child.process, cancel, -1, 0, 10 * MS));
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_DRAIN)); /* and it does not block when there is nothing to drain */
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_FIRE));
    CHECK_EQ(LC_WAIT_CANCELLED, lc_wait(&child.process, cancel, -1, 0, -1));
    finish(&child);
    CHECK_OK(lc_close(cancel));
}

TEST(cancel_during_the_wait) {
    struct child child;
    lc_i64 cancel = lc_cancel_open();
    CHECK(cancel >= 0);
    START(&child, "pause");
    struct waiter waiter = {.process = &child.process, .cancel = cancel, .pipe = -1, .timeout = -1};
    start_waiter(&waiter);
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_FIRE));
    CHECK_EQ(LC_WAIT_CANCELLED, end_waiter(&waiter));
    finish(&child);
    CHECK_OK(lc_close(cancel));
}

TEST(cancel_fired_very_often_does_not_block) {
    lc_i64 cancel = lc_cancel_open();
    for (int i = 0; i < 100000; i++) {
        CHECK_OK(lc_cancel(cancel, LC_CANCEL_FIRE));
    }
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_DRAIN));
    CHECK_EQ(0, lc_wait(NULL, cancel, -1, 0, 0));
    CHECK_OK(lc_close(cancel));
}

TEST(exited_and_cancelled_are_both_seen) {
    struct child child;
    lc_i64 cancel = lc_cancel_open();
    START(&child, "exit", "1");
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(&child.process, cancel, -1, 0, -1));
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_FIRE));
    CHECK_EQ(LC_WAIT_EXITED | LC_WAIT_CANCELLED, lc_wait(&child.process, cancel, -1, 0, -1));
    expect_exit(&child, 1);
    CHECK_OK(lc_close(cancel));
}

TEST(two_waiters_at_once) {
    struct child child;
    START(&child, "read-line", "exit", "2");
    struct waiter waiters[2];
    for (int i = 0; i < 2; i++) {
        waiters[i] = (struct waiter){.process = &child.process, .cancel = -1, .pipe = -1, .timeout = -1};
        start_waiter(&waiters[i]);
    }
    tell(&child, "\n");
    CHECK_EQ(LC_WAIT_EXITED, end_waiter(&waiters[0]));
    CHECK_EQ(LC_WAIT_EXITED, end_waiter(&waiters[1]));
    expect_exit(&child, 2);
}

/* Pipes */

TEST(readable_pipe_and_hang_up) {
    struct pipe_ends ends = make_pipe(FROM_CHILD);
    CHECK_EQ(0, lc_wait(NULL, -1, ends.ours, LC_PIPE_READABLE, 10 * MS));
    CHECK_EQ(1, write(ends.theirs, "x", 1));
    CHECK_EQ(LC_WAIT_PIPE, lc_wait(NULL, -1, ends.ours, LC_PIPE_READABLE, -1));
    char byte;
    CHECK_EQ(1, read(ends.ours, &byte, 1));
    CHECK_EQ(0, lc_wait(NULL, -1, ends.ours, LC_PIPE_READABLE, 0));
    CHECK_OK(lc_close(ends.theirs));
    CHECK_EQ(LC_WAIT_PIPE, lc_wait(NULL, -1, ends.ours, LC_PIPE_READABLE, -1));
    CHECK_OK(lc_close(ends.ours));
}

TEST(writable_pipe_and_failure) {
    static char block[65536];
    struct pipe_ends ends = make_pipe(TO_CHILD);
    CHECK_EQ(LC_WAIT_PIPE, lc_wait(NULL, -1, ends.ours, LC_PIPE_WRITABLE, 0));
    while (write(ends.ours, block, sizeof block) > 0) {
    }
    CHECK_EQ(EAGAIN, errno);
    CHECK_EQ(0, lc_wait(NULL, -1, ends.ours, LC_PIPE_WRITABLE, 10 * MS));
    CHECK(read(ends.theirs, block, sizeof block) > 0);
    CHECK_EQ(LC_WAIT_PIPE, lc_wait(NULL, -1, ends.ours, LC_PIPE_WRITABLE, -1));
    while (write(ends.ours, block, sizeof block) > 0) {
    }
    CHECK_OK(lc_close(ends.theirs));
    CHECK_EQ(LC_WAIT_PIPE, lc_wait(NULL, -1, ends.ours, LC_PIPE_WRITABLE, -1));
    CHECK_OK(lc_close(ends.ours));
}

TEST(pipe_becomes_readable_during_the_wait) {
    struct child child;
    START(&child, "read-line", "say", "hello", "read-line");
    struct waiter waiter = {
        .process = &child.process, .cancel = -1, .pipe = child.out, .events = LC_PIPE_READABLE, .timeout = -1};
    start_waiter(&waiter);
    tell(&child, "\n");
    CHECK_EQ(LC_WAIT_PIPE, end_waiter(&waiter));
    EXPECT_LINE("hello", &child);
    tell(&child, "\n");
    expect_exit(&child, 0);
}

TEST(cancel_ends_the_wait_for_a_pipe) {
    lc_i64 cancel = lc_cancel_open();
    struct pipe_ends ends = make_pipe(FROM_CHILD);
    struct waiter waiter = {.cancel = cancel, .pipe = ends.ours, .events = LC_PIPE_READABLE, .timeout = -1};
    start_waiter(&waiter);
    CHECK_OK(lc_cancel(cancel, LC_CANCEL_FIRE));
    CHECK_EQ(LC_WAIT_CANCELLED, end_waiter(&waiter));
    CHECK_OK(lc_close(ends.ours));
    CHECK_OK(lc_close(ends.theirs));
    CHECK_OK(lc_close(cancel));
}

/* Interrupted system calls */

static volatile sig_atomic_t alarms;

static void count_alarm(int signal) {
    (void) signal;
    alarms = alarms + 1;
}

static void storm(long microseconds) {
    struct sigaction action = {.sa_handler = count_alarm}; /* no SA_RESTART */
    sigaction(SIGALRM, &action, NULL);
    struct itimerval timer = {{0, microseconds}, {0, microseconds}};
    CHECK_EQ(0, setitimer(ITIMER_REAL, &timer, NULL));
}

TEST(signal_storm_keeps_the_deadline) {
    struct child child;
    START(&child, "pause");
    storm(1000);
    long long begin = now_ns();
    lc_i64 result = lc_wait(&child.process, -1, -1, 0, 200 * MS);
    long long took = now_ns() - begin;
    storm(0);
    CHECK_EQ(0, result);
    CHECK(took >= 200 * MS);
    CHECK(took < 5000 * MS);
    CHECK(alarms > 10);
    finish(&child);
}

TEST(signal_storm_does_not_end_an_endless_wait) {
    struct child child;
    START(&child, "sleep", "100", "exit", "8");
    storm(1000);
    lc_i64 result = lc_wait(&child.process, -1, -1, 0, -1);
    storm(0);
    CHECK_EQ(LC_WAIT_EXITED, result);
    CHECK(alarms > (test_emulated() ? 0 : 5));
    expect_exit(&child, 8);
}

TEST(wrong_arguments) {
    struct child child;
    START(&child, "read-line");
    CHECK_EQ(EBADF, error_os(lc_wait(NULL, 4000, -1, 0, 0)));
    CHECK_EQ(LC_WAIT_PIPE, lc_wait(NULL, -1, 4000, LC_PIPE_READABLE, 0)); /* the next read tells */
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_wait(NULL, -2, -1, 0, 0)));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_wait(NULL, -1, -1, 64, 0)));
    child.process.size--;
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_wait(&child.process, -1, -1, 0, 0)));
    child.process.size++;
    tell(&child, "\n");
    expect_exit(&child, 0);
}
