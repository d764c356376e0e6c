/* test_members_limits.c - watching members, and doing without the descriptors that a scan would like. */
#include "members.h"

#include <sys/resource.h>

/* Returns the token of the next one that has exited, 0: none within the time. */
static lc_u64 next_token(lc_i64 monitor, lc_i64 timeout_ns) {
    lc_u64 token = 0;
    lc_i64 count = lc_monitor_wait(monitor, &token, 1, timeout_ns);
    CHECK(count >= 0);
    return token;
}

/* A member is watched as a process that leads no group. */
TEST(members_are_watched) {
    struct child child;
    START(&child, "forks", "3", "pause", "end", "ready", "pause");
    EXPECT_LINE("ready", &child);
    struct look *look = look_once(&child, 0);
    lc_i64 monitor = lc_monitor_open();
    for (int i = 0; i < 4; i++) {
        struct lc_process member = {
            .size = sizeof member, .pid = look->members[i].pid, .handle = look->members[i].handle};
        lc_i64 result = lc_monitor_set(monitor, &member, -1, 0, (lc_u64) i + 1);
        CHECK_EQ(member.handle < 0 ? LC_ERR_UNSUPPORTED : 0, result < 0 ? error_category(result) : 0);
    }
    for (int i = 3; i >= 0 && look->members[i].handle >= 0; i--) {
        CHECK_EQ(0, next_token(monitor, 0));
        CHECK_EQ(0, kill((pid_t) look->members[i].pid, SIGKILL));
        CHECK_EQ(i + 1, next_token(monitor, PATIENCE_NS));
    }
    CHECK_OK(lc_close(monitor));
    close_members(look, MOST);
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGKILL));
    expect_signaled(&child, SIGKILL);
    for (int i = 0; i < 3; i++) {
        CHECK(waitpid(-1, NULL, 0) > 0);
    }
}

/* At the descriptor limit */

static int spare_fds[256], spares;

/* Leaves exactly so many descriptors available. */
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
        look_at(&look, &child.process, 1, LC_MEMBERS_SIGNAL_STATE, MOST);
        if (count == 0) {
            CHECK_ERROR(LC_ERR_RESOURCES, EMFILE, look.live);
        } else {
            CHECK_EQ(4, look.live);
            int handles = 0;
            for (int i = 0; i < 4; i++) {
                handles += look.members[i].handle >= 0;
                CHECK_EQ(1, look.members[i].signal_state);
                bool is_leader = look.members[i].pid == child.process.pid;
                lc_u64 blocked = look.members[i].blocked & 1ULL << (SIGHUP - 1);
                CHECK(count > 1 || blocked == 0); /* the list of its threads takes a second one */
                CHECK(count < 6 || (blocked != 0) == !is_leader);
            }
            CHECK_EQ(pidfds ? (count > 5 ? 4 : count - 1) : 0, handles);
            CHECK(!await_members(look.members, 4, 30 * MS));
            close_members(&look, MOST);
        }
        release_descriptors();
    }
    leave_descriptors(1);
    look_at(&look, &child.process, 1, 0, MOST);
    CHECK_EQ(4, look.live);
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGKILL));
    CHECK(await_members(look.members, 4, PATIENCE_NS));
    release_descriptors();
    expect_signaled(&child, SIGKILL);
    for (int i = 0; i < 3; i++) {
        CHECK(waitpid(-1, NULL, 0) > 0);
    }
}

/* 101 members, and a limit of 64 for the whole program: what it is allowed is all that it takes. */
TEST(no_more_handles_than_allowed) {
    enum { ALLOWED = 20 };
    struct child child;
    static struct look look;
    struct rlimit limit;
    START(&child, "forks", "100", "pause", "end", "ready", "pause");
    EXPECT_LINE("ready", &child);
    CHECK_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
    limit.rlim_cur = 64;
    CHECK_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
    for (int allowed = 0; allowed <= ALLOWED; allowed += ALLOWED / 2) {
        look_at(&look, NULL, 0, 0, MOST); /* fills in the sizes */
        struct lc_scan request = {.size = sizeof request,
                                  .flags = LC_MEMBERS_SIGNAL_STATE,
                                  .leaders = (uintptr_t) &child.process,
                                  .groups = (uintptr_t) look.groups,
                                  .count = 1,
                                  .members = (uintptr_t) look.members,
                                  .capacity = MOST,
                                  .most_handles = allowed};
        look.live = lc_members(&request);
        CHECK_EQ(101, look.live);
        int handles = 0;
        for (int i = 0; i < 101; i++) {
            handles += look.members[i].handle >= 0;
            CHECK_EQ(1, look.members[i].signal_state);
        }
        CHECK_EQ(features() & LC_FEATURE_PIDFD ? allowed : 0, handles);
        close_members(&look, MOST);
    }
    CHECK_OK(send_signal(&child.process, LC_SCOPE_GROUP, LC_SIGKILL));
    expect_signaled(&child, SIGKILL);
    for (int i = 0; i < 100; i++) {
        CHECK(waitpid(-1, NULL, 0) > 0);
    }
}
