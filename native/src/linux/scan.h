/* scan.h - one look through all processes, for lc_members(). */
#ifndef LASTCALL_LINUX_SCAN_H
#define LASTCALL_LINUX_SCAN_H

#include "procfs.h"

enum {
    /* How many pids may be assigned during one scan; with more the scan is repeated. */
    LC_SCAN_WINDOW = 16 * 1024
};

#pragma GCC visibility push(hidden)

struct lc_look {
    const struct lc_process *leaders;
    struct lc_group *groups;
    lc_i64 count;
    lc_i32 flags; /* LC_MEMBERS_* */
    struct lc_member *members;
    lc_i64 capacity;
    lc_i64 filled;
    lc_i64 handles; /* of the members that are filled in */
    lc_i64 most_handles;
    lc_u64 features;
    lc_i64 self;
    lc_i64 own_group;
    lc_i64 own_session;
    const struct lc_member *held;
    lc_i64 held_count;
    lc_i64 unreadable; /* those that may carry a mark */

    lc_i64 first;                            /* the last pid assigned before the scan */
    unsigned char counted[LC_SCAN_WINDOW / 8]; /* live members with a number after it, a bit for each */
};

/* scan.c. Counts and fills in what there is of every group. Returns 0, or an error of the contract. */
lc_i64 lc_look_through(struct lc_look *look);

/* scan.c. Counts a process that belongs to this leader, if it lives. Returns 0, or an error of the contract. */
lc_i64 lc_look_at_member(struct lc_look *look, lc_i64 index, lc_i64 pid);

/* scan.c. Reads the stat file of a process with its pidfd. Returns 0, or an error: then there is no pidfd. */
lc_i64 lc_read_member(const struct lc_look *look, lc_i64 pid, struct lc_member *found, struct lc_stat *stat);

/* scan.c. Counts one that was read and lives, or closes its pidfd if it does not belong. */
void lc_count_member(struct lc_look *look, lc_i64 index, const struct lc_member *found, const struct lc_stat *stat,
                     int belongs);

/* escaped.c. Calls for each child of a process, of all its threads. */
void lc_each_child(lc_i64 pid, void (*take)(void *context, lc_i64 pid), void *context);

/* marks.c. Adds the members of marked leaders to those of their groups. Returns 0, or an error of the contract. */
lc_i64 lc_look_for_marks(struct lc_look *look);

/* cgroup.c. Counts and fills in all processes in the cgroup of this leader. Returns 0, or an error of the contract. */
lc_i64 lc_cgroup_look(struct lc_look *look, lc_i64 index);

/* scan.c. Fills in a member from its stat file. */
void lc_describe_member(struct lc_member *member, const struct lc_stat *stat);

/*
 * scan.c. Closes and removes the members of this leader (0: of all) that are in this group (-1: in any). Returns how
 * many.
 */
lc_i64 lc_drop_members(struct lc_look *look, lc_i64 leader, lc_i64 group);

/* signal_state.c. Fills in why the member may not have followed a signal. */
void lc_add_signal_state(struct lc_member *member);

#pragma GCC visibility pop

#endif
