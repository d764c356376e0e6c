/*
 * members.c - who is in a group: one look through all processes.
 *
 * Nearly all processes are somebody else's, so each is first asked for the number of its group, which takes no file
 * and a tenth of the time that its stat file takes. Of those that are left, the stat file is opened before the pidfd
 * and read after it. If the read succeeds the process was not reaped before it, so its number was nobody else's, and
 * file and pidfd are of the same process. The order also leaves the scan the descriptor that it needs: a pidfd never
 * takes the last one.
 */
#include "procfs.h"

#include <linux/wait.h>

struct scan {
    const struct lc_process *leaders;
    struct lc_group *groups;
    lc_i64 count;
    lc_i32 flags;
    struct lc_member *members;
    lc_i64 capacity;
    lc_i64 filled;
    lc_u64 features;
    lc_i64 self;
};

int lc_member_gone(const struct lc_member *member) {
    if (member->handle >= 0) {
        return lc_pidfd_fired(member->handle);
    }
    struct lc_stat stat;
    long result = lc_stat_of(member->pid, &stat);
    return result < 0 ? lc_proc_gone(result) : stat.started != member->started || lc_looks_dead(&stat);
}

/* -1: it belongs to none of them. */
static lc_i64 group_of(const struct scan *scan, lc_i64 pid, lc_i64 group) {
    for (lc_i64 i = 0; i < scan->count; i++) {
        const struct lc_process *leader = &scan->leaders[i];
        if (leader->pid == pid || (leader->group != 0 && leader->group == group)) {
            return i;
        }
    }
    return -1;
}

/* Facts */

/* What a thread that has ended blocked blocks nothing any more. */
static lc_u64 blocked_by(const struct lc_status *thread) {
    return thread->state == 'Z' || thread->state == 'X' ? ~0ULL : thread->blocked;
}

/* A signal for the process goes to any thread that does not block it, and in most the first one looked at does not. */
static lc_u64 blocked_by_all(const struct lc_status *process) {
    struct lc_listing threads;
    lc_u64 blocked = blocked_by(process);
    lc_i64 thread = 1;
    lc_list(&threads, process->pid);
    while (blocked != 0 && (thread = lc_list_next(&threads)) > 0) {
        struct lc_status status;
        if (lc_status_of(thread, &status) == 0 && status.pid == process->pid) {
            blocked &= blocked_by(&status);
        }
    }
    return thread < 0 ? 0 : blocked;
}

static int is_refused(const struct lc_member *member) {
    long result = member->handle >= 0 ? LC_SYS(__NR_pidfd_send_signal, member->handle, 0, 0, 0)
                                      : LC_SYS(__NR_kill, member->pid, 0);
    return result == -EPERM;
}

/* Read by number, and so of this member only if it still lives afterwards. */
static void add_facts(struct lc_member *member) {
    struct lc_status status;
    if (lc_status_of(member->pid, &status) < 0) {
        return;
    }
    member->ignored = status.ignored;
    member->blocked = blocked_by_all(&status);
    member->caught = status.caught;
    member->refused = is_refused(member);
    member->facts = !lc_member_gone(member);
}

/* One process */

static lc_u64 eight_bytes(const char *text) {
    union {
        char bytes[8];
        lc_u64 word;
    } copy;
    for (int i = 0; i < 8; i++) {
        copy.bytes[i] = text[i];
    }
    return copy.word;
}

static void add_member(struct scan *scan, const struct lc_member *found, const struct lc_stat *stat) {
    struct lc_member *member = &scan->members[scan->filled++];
    *member = *found;
    member->state = stat->state;
    member->started = stat->started;
    member->command_head = eight_bytes(stat->command);
    member->command_tail = eight_bytes(stat->command + 8);
    if ((scan->flags & LC_MEMBERS_FACTS) != 0) {
        add_facts(member);
    }
}

/* By number it is safe too: a zombie that is our child keeps its number until we reap it. */
static int reap(const struct lc_member *member) {
    struct lc_siginfo info;
    int by_pidfd = member->handle >= 0;
    return lc_waitid(by_pidfd ? P_PIDFD : P_PID, by_pidfd ? member->handle : member->pid, &info,
                     WEXITED | WNOHANG) == 0
           && info.pid != 0;
}

static void count_dead(struct scan *scan, lc_i64 index, const struct lc_member *found, const struct lc_stat *stat) {
    if (found->pid == scan->leaders[index].pid) {
        return;
    }
    int is_ours = (scan->flags & LC_MEMBERS_REAP) != 0 && stat->parent == scan->self;
    if (!is_ours || !reap(found)) {
        scan->groups[index].zombies++;
    }
}

static int is_dead(lc_i64 handle, const struct lc_stat *stat) {
    if (stat->state != 'Z' && stat->state != 'X') {
        return 0;
    }
    return handle >= 0 ? lc_pidfd_fired(handle) : lc_looks_dead(stat);
}

/* Returns whether the handle was given to the caller. */
static int count_one(struct scan *scan, struct lc_member *found, const struct lc_stat *stat) {
    lc_i64 index = group_of(scan, found->pid, stat->group);
    if (index < 0) {
        return 0;
    }
    if (is_dead(found->handle, stat)) {
        count_dead(scan, index, found, stat);
        return 0;
    }
    found->leader = scan->leaders[index].pid;
    scan->groups[index].live++;
    if (scan->filled == scan->capacity) {
        return 0;
    }
    add_member(scan, found, stat);
    return 1;
}

static lc_i64 open_pidfd(const struct scan *scan, lc_i64 pid) {
    long result = (scan->features & LC_FEATURE_PIDFD) != 0 ? LC_SYS(__NR_pidfd_open, pid, 0) : -1;
    return result < 0 ? -1 : result;
}

/* A process of the group that cannot be read could be anything: nothing is known then of the group. */
static lc_i64 unreadable(int call, long result) {
    if (lc_proc_gone(result)) {
        return 0;
    }
    return result == -EACCES || result == -EPERM
               ? lc_error_word(LC_STAGE_NONE, call, LC_ERR_UNSUPPORTED, (int) -result)
               : lc_failure(call, result);
}

static lc_i64 look_at(struct scan *scan, lc_i64 pid) {
    long file = lc_proc_open(pid, "stat");
    if (file < 0) {
        return unreadable(LC_CALL_OPEN, file);
    }
    struct lc_stat stat;
    struct lc_member found = {.size = sizeof found, .pid = pid, .handle = open_pidfd(scan, pid)};
    long result = lc_read_stat(file, &stat);
    LC_SYS(__NR_close, file);
    int taken = result == 0 && count_one(scan, &found, &stat);
    if (!taken && found.handle >= 0) {
        LC_SYS(__NR_close, found.handle);
    }
    return result < 0 ? unreadable(LC_CALL_READ, result) : 0;
}

/* A security module may refuse to name the group: then the file must tell. */
static int is_candidate(const struct scan *scan, lc_i64 pid) {
    long group = LC_SYS(__NR_getpgid, pid);
    return group < 0 ? group != -ESRCH : group_of(scan, pid, group) >= 0;
}

static lc_i64 look_through(struct scan *scan) {
    struct lc_listing processes;
    lc_i64 pid;
    lc_list(&processes, LC_PROC_SELF);
    while ((pid = lc_list_next(&processes)) > 0) {
        lc_i64 error = is_candidate(scan, pid) ? look_at(scan, pid) : 0;
        if (error < 0) {
            return error;
        }
    }
    return pid;
}

/* Whose number was it? */

/*
 * Asked after the scan, because a number that is the group's now was so all the time: an unreaped leader holds it, and
 * after the leader's reap its other members do, until the group is empty for good. The pidfd knows that very group.
 * Signal 0 by number harms nobody, and if it finds nobody then ours is not there either.
 */
static lc_i32 state_of(const struct lc_process *leader) {
    long look = lc_look(leader);
    if (look >= 0) {
        return LC_GROUP_PRESENT;
    }
    if (look != -ECHILD) {
        return LC_GROUP_UNKNOWN;
    }
    if (leader->group == 0) {
        return LC_GROUP_EMPTY;
    }
    int by_pidfd = lc_group_by_pidfd(leader);
    int call;
    long result = by_pidfd ? lc_send_to_group(leader, 0, &call) : LC_SYS(__NR_kill, -leader->group, 0);
    if (result == -ESRCH) {
        return LC_GROUP_EMPTY;
    }
    return by_pidfd && (result == 0 || result == -EPERM) ? LC_GROUP_PRESENT : LC_GROUP_UNKNOWN;
}

/* Closes and takes out the members of this leader, or all for 0. No number of a closed handle is left to be read. */
static void drop_members(struct scan *scan, lc_i64 leader) {
    lc_i64 kept = 0;
    for (lc_i64 i = 0; i < scan->filled; i++) {
        const struct lc_member *member = &scan->members[i];
        if (leader != 0 && member->leader != leader) {
            scan->members[kept++] = *member;
        } else if (member->handle >= 0) {
            LC_SYS(__NR_close, member->handle);
        }
    }
    for (lc_i64 i = kept; i < scan->filled; i++) {
        scan->members[i] = (struct lc_member){.size = sizeof *scan->members, .handle = -1};
    }
    scan->filled = kept;
}

/* What capacity left no room for in a group that is taken out again leaves room that nobody fills: pid 0 marks it. */
static void clear_members(const struct scan *scan) {
    for (lc_i64 i = 0; i < scan->capacity; i++) {
        scan->members[i] = (struct lc_member){.size = sizeof *scan->members, .handle = -1};
    }
}

static lc_i64 settle(struct scan *scan) {
    lc_i64 live = 0;
    for (lc_i64 i = 0; i < scan->count; i++) {
        struct lc_group *group = &scan->groups[i];
        group->state = state_of(&scan->leaders[i]);
        if (group->state != LC_GROUP_PRESENT) {
            drop_members(scan, scan->leaders[i].pid);
            group->live = 0;
            group->zombies = 0;
        }
        live += group->live;
    }
    return live;
}

lc_i64 lc_members(const struct lc_process *leaders, struct lc_group *groups, lc_i64 count, lc_i32 flags,
                  struct lc_member *members, lc_i64 capacity) {
    struct scan scan = {
        .leaders = leaders,
        .groups = groups,
        .count = count,
        .flags = flags,
        .members = members,
        .capacity = capacity,
        .features = lc_features(),
        .self = LC_SYS(__NR_getpid),
    };
    if (!lc_are_members_arguments(leaders, groups, count, flags, members, capacity)) {
        return lc_invalid();
    }
    for (lc_i64 i = 0; i < count; i++) {
        groups[i] = (struct lc_group){.size = sizeof *groups};
    }
    clear_members(&scan);
    lc_i64 error = lc_proc_trusted();
    if (error == 0) {
        error = look_through(&scan);
    }
    if (error < 0) {
        drop_members(&scan, 0);
        return error;
    }
    return settle(&scan);
}
