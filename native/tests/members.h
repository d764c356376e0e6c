/* members.h - what the tests of lc_members() share: one scan, the checks of it, and the cleaning up. */
#ifndef LASTCALL_TEST_MEMBERS_H
#define LASTCALL_TEST_MEMBERS_H

#include "test.h"

static const long long MS = 1000000;
static const long long PATIENCE_NS = PATIENCE_S * 1000000000LL;

enum { NOBODY = 65534, MOST = 800 };

/* One scan for one leader, or several. */
struct look {
    struct lc_group groups[4];
    struct lc_member members[MOST];
    lc_i64 live; /* what lc_members() has returned */
};

/* One call of lc_members(), with as many handles as there is room for members. */
lc_i64 scan(const struct lc_process *leaders, struct lc_group *groups, lc_i64 count, lc_i32 flags,
            struct lc_member *members, lc_i64 capacity);
void look_at(struct look *look, const struct lc_process *leaders, int count, lc_i32 flags, lc_i64 capacity);
/* Most tests: one group, room for all. The next call overwrites what this one has returned. */
struct look *look_once(const struct child *child, lc_i32 flags);
/* Looks once, and checks what that says of the group. */
void expect(const struct child *child, lc_i32 flags, int state, lc_i64 live, lc_i64 zombies);
/* The number of members that the library has written. */
lc_i64 filled(const struct look *look, lc_i64 capacity);
const struct lc_member *member_of(const struct look *look, long pid);
void close_members(const struct look *look, lc_i64 capacity);

/* Waits for the end of all of them, by handle or by what /proc says. Returns whether it came in time. */
bool await_members(const struct lc_member *members, lc_i64 count, lc_i64 timeout_ns);

/* Whether a scan can tell anything after the leader's reap. */
bool outlives_the_reap(void);
void kill_orphan(long pid);

#endif
