/* members.c - the members of a group, and whether it is still the same group. */
#include "scan.h"

/* Its pid cannot be reused until it is reaped. */
static int is_unreaped(const struct lc_process *leader) {
    long result = leader->handle < 0 ? -ESRCH : sys_pidfd_send_signal(leader->handle, 0, 0);
    return result == 0 || result == -EPERM;
}

/*
 * This comes after the scan: if the number belongs to the group now, it did so during the whole scan. An unreaped
 * leader keeps the number, and after the leader's reap the other members do, until the group is empty. The pidfd refers
 * to this group.
 */
static lc_i32 state_of(const struct lc_process *leader) {
    if (leader->cgroup != 0) {
        struct lc_process copy = *leader;
        lc_cgroup_probe(&copy);
        return copy.group_state;
    }
    long exited = lc_has_exited(leader);
    if (exited >= 0 || (exited == -ECHILD && is_unreaped(leader))) {
        return LC_GROUP_PRESENT;
    }
    struct lc_process copy = *leader;
    copy.act = 0; /* without a reap */
    copy.reaped = 1;
    copy.mark = 0; /* only whether the group exists */
    if (exited != -ECHILD || lc_probe_group(&copy) < 0) {
        return LC_GROUP_UNKNOWN;
    }
    return copy.group_state;
}

/* Unfilled elements have pid 0. */
static void clear_members(const struct lc_look *look) {
    for (lc_i64 i = 0; i < look->capacity; i++) {
        look->members[i] = (struct lc_member){.size = sizeof *look->members, .handle = -1};
    }
}

/*
 * The group of a marked leader is empty, so its number may have been reused. The other processes are members by their
 * mark.
 */
static void drop_by_number(struct lc_look *look, lc_i64 index) {
    struct lc_group *group = &look->groups[index];
    group->live -= lc_drop_members(look, look->leaders[index].pid, look->leaders[index].group);
    group->zombies = 0;
    group->state = group->live > 0 ? LC_GROUP_PRESENT : LC_GROUP_EMPTY;
}

/* Returns how many are alive in the groups that are known. */
static lc_i64 drop_unknown(struct lc_look *look) {
    lc_i64 live = 0;
    for (lc_i64 i = 0; i < look->count; i++) {
        struct lc_group *group = &look->groups[i];
        group->state = state_of(&look->leaders[i]);
        if (group->state == LC_GROUP_EMPTY && look->leaders[i].mark != 0) {
            drop_by_number(look, i);
        } else if (group->state != LC_GROUP_PRESENT) {
            lc_drop_members(look, look->leaders[i].pid, -1);
            group->live = 0;
            group->zombies = 0;
        }
        live += group->live;
    }
    return live + look->unreadable;
}

lc_i64 lc_members_of(const struct lc_scan *scan, lc_i64 group, lc_i64 session) {
    if (!lc_is_scan(scan)) {
        return lc_invalid();
    }
    struct lc_look look = {
        .leaders = (const struct lc_process *) scan->leaders,
        .groups = (struct lc_group *) scan->groups,
        .count = scan->count,
        .flags = scan->flags,
        .members = (struct lc_member *) scan->members,
        .capacity = scan->capacity,
        .most_handles = scan->most_handles,
        .features = lc_features(),
        .self = sys_getpid(),
        .own_group = group,
        .own_session = session,
        .held = (const struct lc_member *) scan->held,
        .held_count = scan->held_count,
    };
    clear_members(&look);
    lc_i64 error = lc_proc_trusted();
    if (error == 0) {
        error = lc_look_through(&look);
    }
    if (error < 0) {
        lc_drop_members(&look, 0, -1);
        return error;
    }
    return drop_unknown(&look);
}

lc_i64 lc_members(const struct lc_scan *scan) {
    return lc_members_of(scan, sys_getpgid(0), sys_getsid(0));
}
