/* Walks the failing call over waits, looks, reaps and scans of the members. */
#include "failures.h"
#include <sys/syscall.h>

/* EINTR at any call of a wait, a look or a reap is no answer. */
TEST(interrupted_waits) {
    for (int at = 1;; at++) {
        struct child child;
        START(&child, "exit", "5");
        arm(at, EINTR);
        lc_i64 seen = lc_wait(&child.process, -1, -1, 0, -1);
        lc_i64 signalled = send_signal(&child.process, LC_SCOPE_GROUP, 0);
        struct lc_process exit = acted(&child.process, LC_ACT_REAP);
        bool reached = disarm();
        CHECK_EQ(LC_WAIT_EXITED, seen);
        CHECK_OK(signalled);
        CHECK_OK(exit.looked);
        CHECK_EQ(LC_EXIT_EXITED, exit.kind);
        CHECK_EQ(5, exit.code);
        close_child(&child);
        if (!reached) {
            CHECK(at > 2);
            break;
        }
    }
}

TEST(failed_wait_is_an_error) {
    struct child child;
    START(&child, "read-line");
    int at = 1, failures = 0;
    for (;; at++) {
        arm(at, ENOMEM);
        lc_i64 seen = lc_wait(&child.process, -1, -1, 0, 1);
        if (!disarm()) {
            CHECK_EQ(0, seen);
            break;
        }
        CHECK_ERROR(LC_ERR_RESOURCES, ENOMEM, seen);
        failures++;
    }
    CHECK(failures > 0);
    tell(&child, "\n");
    expect_exit(&child, 0);
}

/* Without timerfd an alarm fires at once; without a descriptor there is none. */
TEST(alarms_without_timerfd) {
    static const int refusals[] = {ENOSYS, EPERM};
    for (int i = 0; i < 2; i++) {
        arm(1, refusals[i]);
        lc_i64 alarm = lc_alarm_open();
        CHECK(disarm());
        CHECK(alarm >= 0);
        CHECK_EQ(0, lc_wait(NULL, alarm, -1, 0, 0));
        CHECK_OK(lc_alarm_set(alarm, 600LL * 1000000000));
        CHECK_EQ(LC_WAIT_CANCELLED, lc_wait(NULL, alarm, -1, 0, 0));
        CHECK_OK(lc_close(alarm));
    }
    arm(1, EMFILE);
    lc_i64 none = lc_alarm_open();
    CHECK(disarm());
    CHECK_ERROR(LC_ERR_RESOURCES, EMFILE, none);
}

enum { MEMBERS = 3, ROOM = 8 };

static void check_scan(const struct lc_process *leader, int error, const struct lc_group *group,
                       const struct lc_member *members, lc_i64 result, const char *when) {
    if (result < 0) {
        CHECK(error != EINTR);
        CHECK_EQ(error, error_os(result));
        CHECK(error_call(result) != LC_CALL_NONE);
        bool read = plan.failed == SYS_read || plan.failed == SYS_pread64;
        CHECK_EQ(read, error_call(result) == LC_CALL_READ);
        return;
    }
    if (result != MEMBERS || group->state != LC_GROUP_PRESENT) {
        FAIL("%s: %lld members, state %d", when, result, group->state);
    }
    for (int i = 0; i < MEMBERS; i++) {
        CHECK_EQ(leader->pid, members[i].leader);
        CHECK(error != EINTR || members[i].signal_state);
        if (members[i].handle >= 0) {
            close((int) members[i].handle);
        }
    }
}

/* If a call fails, either the scan fails too or it misses no process. */
static void walk_over_scan(int error) {
    static char before[4096], after[sizeof before];
    struct child child;
    START(&child, "forks", "2", "block", "SIGTERM", "pause", "end", "ready", "pause");
    EXPECT_LINE("ready", &child);
    int at = 1;
    for (bool reached = true; reached; at++) {
        char when[64];
        struct lc_group group = {.size = sizeof group};
        struct lc_member members[ROOM];
        for (int i = 0; i < ROOM; i++) {
            members[i] = (struct lc_member){.size = sizeof members[i]};
        }
        list_fds(before, sizeof before);
        arm(at, error);
        struct lc_scan scan = {.size = sizeof scan,
                               .flags = LC_MEMBERS_SIGNAL_STATE | LC_MEMBERS_REAP,
                               .leaders = (uintptr_t) &child.process,
                               .groups = (uintptr_t) &group,
                               .count = 1,
                               .members = (uintptr_t) members,
                               .capacity = ROOM,
                               .most_handles = ROOM};
        lc_i64 result = lc_members(&scan);
        reached = disarm();
        snprintf(when, sizeof when, "call %d, system call %ld, error %d", at, plan.failed, error);
        check_scan(&child.process, error, &group, members, result, when);
        list_fds(after, sizeof after);
        CHECK_TEXT(before, after);
    }
    CHECK(at > 20);
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGKILL));
    expect_signaled(&child, SIGKILL);
    CHECK(waitpid(-1, NULL, 0) > 0);
    CHECK(waitpid(-1, NULL, 0) > 0);
}

TEST(scan_without_descriptors) { walk_over_scan(EMFILE); }
TEST(scan_without_memory) { walk_over_scan(ENOMEM); }
TEST(scan_refused) { walk_over_scan(EPERM); }
TEST(scan_on_an_old_kernel) { walk_over_scan(ENOSYS); }
TEST(scan_of_a_broken_disk) { walk_over_scan(EIO); }
TEST(scan_interrupted) { walk_over_scan(EINTR); }
