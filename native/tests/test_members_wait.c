/* test_members_wait.c - waiting for members, and doing without the descriptors that a scan or a wait would like. */
#include "members.h"

#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

TEST(wait_ends_with_the_last_of_them) {
    struct child child;
    long ids[3];
    START(&child, "fork", "print-ids", "pause", "end", "pause");
    read_numbers(&child, 3, ids);
    struct look *look = look_once(&child, 0);
    CHECK_EQ(2, look->live);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(NULL, 0, -1, -1));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(look->members, 0, -1, -1));
    for (long long timeout = 0; timeout <= 60 * MS; timeout += 20 * MS) {
        long long begin = now_ns();
        CHECK_EQ(0, lc_wait_members(look->members, 2, -1, timeout));
        CHECK(now_ns() - begin >= timeout);
        CHECK(now_ns() - begin < timeout + 5000 * MS);
    }
    CHECK_EQ(0, kill((pid_t) ids[0], SIGKILL));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(member_of(look, ids[0]), 1, -1, -1));
    const struct lc_member dead_first[] = {*member_of(look, ids[0]), *member_of(look, (long) child.process.pid)};
    const struct lc_member dead_last[] = {dead_first[1], dead_first[0]};
    CHECK_EQ(0, lc_wait_members(dead_first, 2, -1, 30 * MS));
    CHECK_EQ(0, lc_wait_members(dead_last, 2, -1, 30 * MS));
    CHECK_EQ(0, kill((pid_t) child.process.pid, SIGKILL));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(look->members, 2, -1, -1));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(look->members, 2, -1, 0));
    expect_signaled(&child, SIGKILL);
    reap_orphan((pid_t) ids[0]);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(look->members, 2, -1, 0)); /* reaped ones have exited too */
    close_members(look, MOST);
}

TEST(cancel_ends_the_wait) {
    struct child child;
    lc_i64 cancel = lc_cancel_open();
    START(&child, "pause");
    struct look *look = look_once(&child, 0);
    CHECK_EQ(1, look->live);
    CHECK_OK(lc_cancel_fire(cancel));
    CHECK_EQ(LC_WAIT_CANCELLED, lc_wait_members(look->members, 1, cancel, -1));
    CHECK_EQ(0, kill((pid_t) child.process.pid, SIGKILL));
    await_exit(&child);
    CHECK_EQ(LC_WAIT_EXITED | LC_WAIT_CANCELLED, lc_wait_members(look->members, 1, cancel, -1));
    CHECK_OK(lc_cancel_drain(cancel));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(look->members, 1, cancel, -1));
    close_members(look, MOST);
    expect_signaled(&child, SIGKILL);
    CHECK_OK(lc_close(cancel));
}

struct waiter {
    const struct look *look;
    lc_i64 cancel;
    lc_i64 result;
    pid_t tid;
};

static void *wait_in_thread(void *argument) {
    struct waiter *waiter = argument;
    __atomic_store_n(&waiter->tid, (pid_t) syscall(SYS_gettid), __ATOMIC_RELEASE);
    waiter->result = lc_wait_members(waiter->look->members, waiter->look->live, waiter->cancel, -1);
    return NULL;
}

static pthread_t start_waiter(struct waiter *waiter) {
    pthread_t thread;
    CHECK_EQ(0, pthread_create(&thread, NULL, wait_in_thread, waiter));
    while (__atomic_load_n(&waiter->tid, __ATOMIC_ACQUIRE) == 0) {
        sched_yield();
    }
    await_sleep(waiter->tid);
    return thread;
}

TEST(cancel_and_exit_during_the_wait) {
    struct child child;
    lc_i64 cancel = lc_cancel_open();
    START(&child, "forks", "3", "pause", "end", "ready", "pause");
    EXPECT_LINE("ready", &child);
    struct look *look = look_once(&child, 0);
    CHECK_EQ(4, look->live);
    struct waiter waiters[2] = {{.look = look, .cancel = cancel}, {.look = look, .cancel = -1}};
    pthread_t cancelled = start_waiter(&waiters[0]);
    pthread_t patient = start_waiter(&waiters[1]);
    CHECK_OK(lc_cancel_fire(cancel));
    CHECK_EQ(0, pthread_join(cancelled, NULL));
    CHECK_EQ(LC_WAIT_CANCELLED, waiters[0].result);
    CHECK_OK(lc_signal(&child.process, LC_SCOPE_GROUP, LC_SIGKILL));
    CHECK_EQ(0, pthread_join(patient, NULL));
    CHECK_EQ(LC_WAIT_EXITED, waiters[1].result);
    close_members(look, MOST);
    expect_signaled(&child, SIGKILL);
    for (int i = 0; i < 3; i++) {
        CHECK(waitpid(-1, NULL, 0) > 0);
    }
    CHECK_OK(lc_close(cancel));
}

/* At the descriptor limit */

static int spare_fds[256], spares;

/* Leaves just so many descriptors to be had. */
static void leave_descriptors(int count) {
    struct rlimit limit;
    CHECK_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = 128;
    CHECK_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
    for (spares = 0; (spare_fds[spares] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0; spares++) {
    }
    CHECK_EQ(EMFILE, errno);
    for (; count > 0; count--) {
        close(spare_fds[--spares]);
    }
}

static void release_descriptors(void) {
    while (spares > 0) {
        close(spare_fds[--spares]);
    }
}

TEST(one_spare_descriptor_is_enough) {
    struct child child;
    static struct look look;
    START(&child, "forks", "3", "block", "SIGHUP", "pause", "end", "ready", "pause");
    EXPECT_LINE("ready", &child);
    bool pidfds = (features() & LC_FEATURE_PIDFD) != 0;
    for (int count = 0; count <= 6; count++) {
        leave_descriptors(count);
        look_at(&look, &child.process, 1, LC_MEMBERS_FACTS, MOST);
        if (count == 0) {
            CHECK_ERROR(LC_ERR_RESOURCES, EMFILE, look.live);
        } else {
            CHECK_EQ(4, look.live);
            int handles = 0;
            for (int i = 0; i < 4; i++) {
                handles += look.members[i].handle >= 0;
                CHECK_EQ(1, look.members[i].facts);
            }
            CHECK_EQ(pidfds ? (count > 5 ? 4 : count - 1) : 0, handles);
            CHECK_EQ(0, lc_wait_members(look.members, 4, -1, 30 * MS));
            close_members(&look, MOST);
        }
        release_descriptors();
    }
    leave_descriptors(1);
    look_at(&look, &child.process, 1, 0, MOST);
    CHECK_EQ(4, look.live);
    CHECK_OK(lc_signal(&child.process, LC_SCOPE_GROUP, LC_SIGKILL));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(look.members, 4, -1, PATIENCE_NS));
    release_descriptors();
    expect_signaled(&child, SIGKILL);
    for (int i = 0; i < 3; i++) {
        CHECK(waitpid(-1, NULL, 0) > 0);
    }
}

/* Not being able to look is no exit. */
TEST(no_descriptor_is_no_exit) {
    struct child child;
    static struct look look;
    START(&child, "pause");
    leave_descriptors(1);
    look_at(&look, &child.process, 1, 0, MOST);
    CHECK_EQ(1, look.live);
    CHECK_EQ(-1, look.members[0].handle);
    release_descriptors();
    leave_descriptors(0);
    CHECK_EQ(0, kill((pid_t) child.process.pid, SIGKILL));
    await_exit(&child);
    CHECK_EQ(0, lc_wait_members(look.members, 1, -1, 50 * MS));
    release_descriptors();
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(look.members, 1, -1, PATIENCE_NS));
    expect_signaled(&child, SIGKILL);
}
