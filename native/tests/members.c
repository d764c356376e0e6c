/* members.c - see members.h. */
#include "members.h"

void look_at(struct look *look, const struct lc_process *leaders, int count, lc_i32 flags, lc_i64 capacity) {
    memset(look, 0x5a, sizeof *look); /* what the library does not write shows */
    for (int i = 0; i < 4; i++) {
        look->groups[i].size = sizeof look->groups[i];
    }
    for (int i = 0; i < MOST; i++) {
        look->members[i].size = sizeof look->members[i];
    }
    look->live = lc_members(leaders, look->groups, count, flags, look->members, capacity);
}

lc_i64 filled(const struct look *look, lc_i64 capacity) {
    return look->live < capacity ? look->live : capacity;
}

void close_members(const struct look *look, lc_i64 capacity) {
    for (lc_i64 i = 0; i < filled(look, capacity); i++) {
        if (look->members[i].handle >= 0) {
            CHECK_EQ(FD_CLOEXEC, fcntl((int) look->members[i].handle, F_GETFD));
            CHECK_OK(lc_close(look->members[i].handle));
        }
    }
}

struct look *look_once(const struct child *child, lc_i32 flags) {
    static struct look look;
    look_at(&look, &child->process, 1, flags, MOST);
    CHECK(look.live >= 0);
    CHECK_EQ(look.live, look.groups[0].live);
    for (lc_i64 i = 0; i < look.live; i++) {
        CHECK_EQ(child->process.pid, look.members[i].leader);
        CHECK_EQ((features() & LC_FEATURE_PIDFD) != 0, look.members[i].handle >= 0);
    }
    return &look;
}

void expect(const struct child *child, lc_i32 flags, int state, lc_i64 live, lc_i64 zombies) {
    struct look *look = look_once(child, flags);
    CHECK_EQ(state, look->groups[0].state);
    CHECK_EQ(live, look->groups[0].live);
    CHECK_EQ(zombies, look->groups[0].zombies);
    close_members(look, MOST);
}

const struct lc_member *member_of(const struct look *look, long pid) {
    for (lc_i64 i = 0; i < look->live; i++) {
        if (look->members[i].pid == pid) {
            return &look->members[i];
        }
    }
    FAIL("%ld is not among the members", pid);
}

bool outlives_the_reap(void) {
    return (features() & LC_FEATURE_PIDFD_GROUP) != 0;
}

void kill_orphan(long pid) {
    CHECK_EQ(0, kill((pid_t) pid, SIGKILL));
    reap_orphan((pid_t) pid);
}
