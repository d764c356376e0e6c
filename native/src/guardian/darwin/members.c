/*
 * members.c - the members of the groups, and signals to them.
 *
 * A group is known only by its number. The kernel gives that number to no other group while its leader exists, as a
 * zombie too, or a process is in it (forkproc() in kern_fork.c skips the pids of processes, groups and sessions). So a
 * process found in the group is a member if afterwards the leader still exists or a member found before is still in the
 * group. Without either it is one if its parent was the leader or a member. The kernel keeps who has forked a process.
 * Others may belong to another group, and are not signalled.
 */
#include <dlfcn.h>
#include <libproc.h>
#include <signal.h>
#include <string.h>

#include <mach/message.h>

#include "guard.h"

enum {
    MOST_MEMBERS = 16 * 1024,
    MOST_TRIES = 16
};

struct member {
    lc_i64 pid;
    lc_u64 unique;
    lc_u32 index; /* of its leader in the table */
    lc_u32 got;   /* the number of the last signal that it got */
    int is_alive;
};

/* With those that have ended, because their children are known by them. */
static struct member members[MOST_MEMBERS];
static lc_u32 member_count;

/* What a look has found in the groups. */
static struct {
    lc_i64 pid;
    struct lc_identity identity;
    lc_u32 index;
    struct member *member; /* NULL: a new one */
} found[MOST_MEMBERS];

static lc_u32 index_of[MOST_PIDS]; /* 1 + the index of the leader with this pid */

/* Signals */

typedef int send_signal(audit_token_t *target, int signal);

static send_signal *signal_function(void) {
    send_signal *function;
    void *symbol = dlsym(RTLD_DEFAULT, "proc_signal_with_audittoken");
    memcpy(&function, &symbol, sizeof function);
    return function;
}

int can_signal(void) {
    return signal_function() != NULL;
}

/* The version changes with an exec, after which the signal is for the same process. */
static long send_to(lc_i64 pid, lc_u64 unique, int signal) {
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        struct lc_identity now;
        if (lc_identify(pid, 0, &now) < 0 || now.unique != unique) {
            return -ESRCH;
        }
        audit_token_t target = {.val = {[5] = (unsigned) pid, [7] = now.version}};
        int error = signal_function()(&target, signal);
        if (error != ESRCH) {
            return -(long) error;
        }
    }
    return -ESRCH;
}

/* A stopped process could not react. */
static long send_both(const struct guarded *one, lc_i64 pid, lc_u64 unique) {
    long result = send_to(pid, unique, one->signal);
    if (one->follows) {
        send_to(pid, unique, SIGCONT);
    }
    return result;
}

/* The leader first: a shell whose command ends first may start another one. */
long deliver(lc_u32 index) {
    struct guarded *one = &table[index];
    long result = -ESRCH;
    if (one->got != one->sent) {
        one->got = one->sent;
        result = send_both(one, one->pid, one->unique);
    }
    for (lc_u32 i = 0; one->whole && i < member_count; i++) {
        struct member *member = &members[i];
        if (member->index == index && member->is_alive && member->got != one->sent) {
            member->got = one->sent;
            long other = send_both(one, member->pid, member->unique);
            result = result == 0 || other == -ESRCH ? result : other;
        }
    }
    return result;
}

/* The members that are known */

static void keep_members(int (*is_kept)(const struct member *, lc_u32), lc_u32 index) {
    lc_u32 kept = 0;
    for (lc_u32 i = 0; i < member_count; i++) {
        if (is_kept(&members[i], index)) {
            members[kept++] = members[i];
        }
    }
    member_count = kept;
}

static int is_of_another(const struct member *member, lc_u32 index) {
    return member->index != index;
}

static int is_alive(const struct member *member, lc_u32 index) {
    (void) index;
    return member->is_alive;
}

void forget_members(lc_u32 index) {
    keep_members(is_of_another, index);
}

static struct member *member_with(lc_u64 unique, lc_u32 index) {
    for (lc_u32 i = 0; i < member_count; i++) {
        if (members[i].unique == unique && members[i].index == index) {
            return &members[i];
        }
    }
    return NULL;
}

/* A look */

int is_sought(lc_u32 index) {
    const struct guarded *one = &table[index];
    const struct lc_slot *slot = slot_to_stop(index);
    return one->part == STOPPING || (one->part == WATCHED && one->exited && slot != NULL);
}

/* Has it a group of its own? */
static int has_group(lc_u32 index) {
    return slot_at(memory, index)->mode != LC_SLOT_LEADER;
}

static int is_in_group(lc_i64 pid, lc_i64 group, struct lc_identity *identity) {
    return lc_identify(pid, 0, identity) == 0 && sys_getpgid(pid) == group && lc_runs(pid, identity->unique);
}

/* Returns whether there is something to look for. */
static int begin_look(void) {
    int count = 0;
    for (lc_u32 i = 0; i < used; i++) {
        struct guarded *one = &table[i];
        if (is_sought(i)) {
            count++;
            one->exited = !lc_runs(one->pid, one->unique);
            one->live = one->is_pinned = 0;
            index_of[one->pid] = has_group(i) ? 1 + i : 0;
        }
    }
    for (lc_u32 i = 0; i < member_count; i++) {
        members[i].is_alive = 0;
    }
    return count > 0;
}

/* Of all: the owner may have changed a slot meanwhile. */
static void end_look(void) {
    for (lc_u32 i = 0; i < used; i++) {
        index_of[table[i].pid] = 0;
    }
}

/* Returns how many processes it has found in the groups, less than 0 if it has failed. */
static int find(void) {
    static pid_t pids[MOST_PIDS];
    int bytes = proc_listpids(PROC_ALL_PIDS, 0, pids, sizeof pids);
    int count = 0;
    for (int i = 0; i < bytes / (int) sizeof *pids && count < MOST_MEMBERS; i++) {
        long group = sys_getpgid(pids[i]);
        if (group <= 0 || group >= MOST_PIDS || index_of[group] == 0 || group == pids[i]) {
            continue;
        }
        found[count].pid = pids[i];
        found[count].index = index_of[group] - 1;
        if (is_in_group(pids[i], group, &found[count].identity)) {
            count++;
        }
    }
    return bytes <= 0 ? -1 : count;
}

/* To be called after the list: which numbers still are those of their groups? */
static void find_pins(int count) {
    struct lc_identity now;
    for (lc_u32 i = 0; i < used; i++) {
        if (is_sought(i)) {
            table[i].is_pinned = lc_identify(table[i].pid, 1, &now) == 0 && now.unique == table[i].unique;
        }
    }
    for (int i = 0; i < count; i++) {
        struct guarded *one = &table[found[i].index];
        struct member *member = member_with(found[i].identity.unique, found[i].index);
        found[i].member = member;
        if (member != NULL) {
            member->is_alive = 1;
            one->live++;
            one->is_pinned |= is_in_group(member->pid, one->pid, &now) && now.unique == member->unique;
        }
    }
}

/* One that finds no room is counted, and gets its signals when there is room. */
static void enter(int at) {
    table[found[at].index].live++;
    if (member_count == MOST_MEMBERS) {
        keep_members(is_alive, 0);
    }
    if (member_count < MOST_MEMBERS) {
        members[member_count++] = (struct member){
            .pid = found[at].pid, .unique = found[at].identity.unique, .index = found[at].index, .is_alive = 1};
    }
}

static int is_member(int at) {
    const struct guarded *one = &table[found[at].index];
    lc_u64 parent = found[at].identity.parent;
    return one->is_pinned || parent == one->unique || member_with(parent, found[at].index) != NULL;
}

static int take_new(int count) {
    int is_new = 0;
    for (int i = 0; i < count; i++) {
        if (found[i].member == NULL && is_member(i)) {
            enter(i);
            is_new = 1;
        }
    }
    return is_new;
}

/* A process that was forked during the look may be left, so a second look has to find the group empty too. */
static int count_empty(void) {
    int is_first = 0;
    for (lc_u32 i = 0; i < used; i++) {
        struct guarded *one = &table[i];
        if (is_sought(i)) {
            one->empty = one->exited && one->live == 0 ? one->empty + 1 : 0;
            is_first |= one->empty == 1;
        }
    }
    return is_first;
}

int look(void) {
    int count = begin_look() ? find() : -1;
    end_look();
    if (count < 0) {
        return 0;
    }
    find_pins(count);
    int is_new = take_new(count);
    return count_empty() || is_new;
}
