/*
 * members.c - the members of a group. The kernel lists only the processes of that group.
 *
 * There are no subreapers, and a JVM is not pid 1: it inherits no orphans, so LC_MEMBERS_REAP does nothing.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <sys/proc.h>

#include "internal.h"

/*
 * A process that is forked while the kernel writes the list is not in it, and its parent may be dead when it is looked
 * at. So a list without a live process counts only if the next list has no new process. In a group that forks and exits
 * all the time each list has a new one: after this many lists the result is unknown.
 */
enum { MOST_LISTS = 64 };

struct scan {
    const struct lc_process *leaders;
    struct lc_group *groups;
    lc_i64 count;
    lc_i32 flags;
    struct lc_member *members;
    lc_i64 capacity;
    lc_i64 filled;
};

/* The processes of a group, to be freed. */
struct list {
    struct kinfo_proc *processes;
    long count;
};

/* The letters of proc(5). The kernel does not distinguish sleeping from running: 'R' only says that it is alive. */
static lc_i32 state_letter(const struct kinfo_proc *found) {
    switch (found->kp_proc.p_stat) {
    case SSTOP:
        return 'T';
    case SZOMB:
        return 'Z';
    case SSLEEP:
        return 'S';
    default:
        return 'R';
    }
}

static void set_command(struct lc_member *member, const char *name) {
    char command[sizeof member->command_head + sizeof member->command_tail] = {0};
    memcpy(command, name, strnlen(name, sizeof command));
    memcpy(&member->command_head, command, sizeof member->command_head);
    memcpy(&member->command_tail, command + sizeof member->command_head, sizeof member->command_tail);
}

/* Each thread has its own blocked signals, which are not known. */
static void set_signal_state(struct lc_member *member, const struct kinfo_proc *found) {
    member->signal_state = 1;
    member->refused = kill(found->kp_proc.p_pid, 0) < 0 && errno == EPERM;
    member->ignored = lc_contract_signals(found->kp_proc.p_sigignore);
    member->caught = lc_contract_signals(found->kp_proc.p_sigcatch);
}

static void count_one(struct scan *scan, lc_i64 index, const struct kinfo_proc *found) {
    lc_i64 leader = scan->leaders[index].pid;
    if (lc_is_dead(found)) {
        scan->groups[index].zombies += found->kp_proc.p_pid != leader;
        return;
    }
    scan->groups[index].live++;
    if (scan->filled == scan->capacity) {
        return;
    }
    struct lc_member *member = &scan->members[scan->filled++];
    member->state = state_letter(found);
    member->pid = found->kp_proc.p_pid;
    member->leader = leader;
    member->group = found->kp_eproc.e_pgid;
    member->started = lc_started(found);
    set_command(member, found->kp_proc.p_comm);
    if ((scan->flags & LC_MEMBERS_SIGNAL_STATE) != 0) {
        set_signal_state(member, found);
    }
}

/* A leader counts while it is alive, whatever group it has moved to. */
static long count_leader(struct scan *scan, lc_i64 index) {
    struct kinfo_proc found;
    long result = lc_process_of(scan->leaders[index].pid, &found);
    if (result == 1) {
        count_one(scan, index, &found);
    }
    return result;
}

static int contains(const struct list *list, pid_t pid) {
    for (long i = 0; i < list->count; i++) {
        if (list->processes[i].kp_proc.p_pid == pid) {
            return 1;
        }
    }
    return 0;
}

static int has_new(const struct list *list, const struct list *before) {
    for (long i = 0; i < list->count; i++) {
        if (!contains(before, list->processes[i].kp_proc.p_pid)) {
            return 1;
        }
    }
    return 0;
}

static int has_live(const struct list *list) {
    for (long i = 0; i < list->count; i++) {
        if (!lc_is_dead(&list->processes[i])) {
            return 1;
        }
    }
    return 0;
}

/* Returns 0, or -EAGAIN if each list had a new process. */
static long list_group(lc_i64 group, struct list *list) {
    struct list before = {NULL, 0};
    long result = -EAGAIN;
    for (int i = 0; i < MOST_LISTS && result == -EAGAIN; i++) {
        list->count = lc_processes_of(group, &list->processes);
        if (list->count < 0) {
            result = list->count;
        } else if (has_live(list) || (i > 0 && !has_new(list, &before))) {
            result = 0;
        }
        free(before.processes);
        before = *list;
    }
    if (result < 0) {
        free(before.processes);
    }
    return result;
}

static long count_others(struct scan *scan, lc_i64 index) {
    const struct lc_process *leader = &scan->leaders[index];
    struct list list;
    long result = leader->group == 0 ? 0 : list_group(leader->group, &list);
    if (leader->group == 0 || result < 0) {
        return result;
    }
    for (long i = 0; i < list.count; i++) {
        if (list.processes[i].kp_proc.p_pid != leader->pid) {
            count_one(scan, index, &list.processes[i]);
        }
    }
    free(list.processes);
    return 0;
}

/*
 * To be called after the scan: if the number belongs to the group now, it did so during the whole scan, because an
 * unreaped leader keeps it. Signal 0 has no effect; if no group has the number, ours does not exist.
 */
static lc_i32 state_of(const struct lc_process *leader) {
    long exited = lc_has_exited(leader);
    if (exited >= 0) {
        return LC_GROUP_PRESENT;
    }
    if (exited != -ECHILD) {
        return LC_GROUP_UNKNOWN;
    }
    if (leader->group == 0 || (kill((pid_t) -leader->group, 0) < 0 && errno == ESRCH)) {
        return LC_GROUP_EMPTY;
    }
    return LC_GROUP_UNKNOWN;
}

static void clear(struct scan *scan, lc_i64 from) {
    for (lc_i64 i = from; i < scan->capacity; i++) {
        scan->members[i] = (struct lc_member){.size = sizeof *scan->members, .handle = -1};
    }
}

/* Drops the members of a number that may have been reused. */
static long look_through(struct scan *scan, lc_i64 index) {
    struct lc_group *group = &scan->groups[index];
    *group = (struct lc_group){.size = sizeof *group};
    lc_i64 before = scan->filled;
    long result = count_leader(scan, index);
    if (result >= 0) {
        result = count_others(scan, index);
    }
    group->state = result == -EAGAIN ? LC_GROUP_UNKNOWN : state_of(&scan->leaders[index]);
    if (result < 0 || group->state != LC_GROUP_PRESENT) {
        scan->filled = before;
        clear(scan, before);
        group->live = 0;
        group->zombies = 0;
    }
    return result == -EAGAIN ? 0 : result;
}

lc_i64 lc_members(const struct lc_scan *request) {
    if (!lc_is_scan(request)) {
        return lc_invalid();
    }
    struct scan scan = {
        .leaders = (const struct lc_process *) request->leaders,
        .groups = (struct lc_group *) request->groups,
        .count = request->count,
        .flags = request->flags,
        .members = (struct lc_member *) request->members,
        .capacity = request->capacity,
    };
    clear(&scan, 0);
    lc_i64 live = 0;
    for (lc_i64 i = 0; i < scan.count; i++) {
        long result = look_through(&scan, i);
        if (result < 0) {
            clear(&scan, 0);
            return lc_failure(LC_CALL_SYSCTL, result);
        }
        live += scan.groups[i].live;
    }
    return live;
}
