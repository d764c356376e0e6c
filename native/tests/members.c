/* members.c - see members.h. */
#include "members.h"

#include <time.h>

lc_i64 scan(const struct lc_process *leaders, struct lc_group *groups, lc_i64 count, lc_i32 flags,
            struct lc_member *members, lc_i64 capacity) {
    struct lc_scan scan = {.size = sizeof scan,
                           .flags = flags,
                           .leaders = (uintptr_t) leaders,
                           .groups = (uintptr_t) groups,
                           .count = count,
                           .members = (uintptr_t) members,
                           .capacity = capacity,
                           .most_handles = capacity < 0 ? 0 : capacity};
    return lc_members(&scan);
}

void look_at(struct look *look, const struct lc_process *leaders, int count, lc_i32 flags, lc_i64 capacity) {
    memset(look, 0x5a, sizeof *look); /* what the library does not write shows */
    for (int i = 0; i < 4; i++) {
        look->groups[i].size = sizeof look->groups[i];
    }
    for (int i = 0; i < MOST; i++) {
        look->members[i].size = sizeof look->members[i];
    }
    look->live = scan(leaders, look->groups, count, flags, look->members, capacity);
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

/* Of its stat file field 3 is its state, 20 the number of its threads, and 22 when it was started. */
static bool has_ended_by_proc(const struct lc_member *member) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%lld/stat", member->pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    close(fd);
    if (length <= 0) {
        return true;
    }
    text[length] = '\0';
    char *field = strrchr(text, ')') + 2;
    char state = *field;
    long threads = 0;
    for (int i = 3; i < 22; i++) {
        field = strchr(field, ' ') + 1;
        threads = i == 19 ? atol(field) : threads;
    }
    bool is_dead = (state == 'Z' || state == 'X') && threads <= 1;
    return is_dead || strtoull(field, NULL, 10) != member->started;
}

static bool has_ended(const struct lc_member *member) {
    struct lc_process process = {.size = sizeof process, .pid = member->pid, .handle = member->handle};
    return member->handle >= 0 ? lc_wait(&process, -1, -1, 0, 0) == LC_WAIT_EXITED : has_ended_by_proc(member);
}

bool await_members(const struct lc_member *members, lc_i64 count, lc_i64 timeout_ns) {
    long long end = now_ns() + timeout_ns;
    lc_i64 ended = 0;
    while (ended < count) {
        if (has_ended(&members[ended])) {
            ended++;
        } else if (now_ns() >= end) {
            return false;
        } else {
            nanosleep(&(struct timespec){0, 1000000}, NULL);
        }
    }
    return true;
}

bool outlives_the_reap(void) {
    return (features() & LC_FEATURE_PIDFD_GROUP) != 0;
}

void kill_orphan(long pid) {
    CHECK_EQ(0, kill((pid_t) pid, SIGKILL));
    reap_orphan((pid_t) pid);
}
