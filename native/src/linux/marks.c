/*
 * marks.c - finds the processes with the mark of a leader: an entry LASTCALL_<number>=... in the environment that the
 * leader was started with. Children inherit it even after setsid or a double fork.
 *
 * /proc shows the environment from the memory of the process, which can overwrite it. So a process that was found once
 * stays a member, known by its pid and start time. Its children are members too, and so are the processes of a group
 * that it leads or that is in another session than ours: only a descendant of the leader can have created that group.
 *
 * A process is read again after its pidfd was opened. If the result is the same, and the process has not exited since,
 * the pid was not reused in between. During an exec a process shows no environment for a moment, so if no member was
 * found there is a second pass.
 *
 * Results are the contract's.
 */
#include <linux/fcntl.h>

#include "scan.h"

enum {
    BLOCK_BYTES = 4096,
    NUMBER_DIGITS = 16,
    MOST_MARKS = 16, /* of one process: one for each level of nesting */
    MOST_PASSES = 16,
    KERNEL_THREADS = 2 /* the pid of their parent */
};

static const char prefix[] = "LASTCALL_";

/* The marks of a process */

struct marks {
    lc_u64 numbers[MOST_MARKS];
    int count;

    /* State of the entry that is being read. */
    int at;
    int may_match;
    lc_u64 number;
};

static int digit_of(char byte) {
    if (byte >= '0' && byte <= '9') {
        return byte - '0';
    }
    return byte >= 'a' && byte <= 'f' ? byte - 'a' + 10 : -1;
}

static void begin_entry(struct marks *marks) {
    marks->at = 0;
    marks->may_match = 1;
    marks->number = 0;
}

static void take_byte(struct marks *marks, char byte) {
    int in_number = marks->at - (int) (sizeof prefix - 1);
    if (in_number < 0) {
        marks->may_match = byte == prefix[marks->at];
    } else if (in_number < NUMBER_DIGITS) {
        marks->may_match = digit_of(byte) >= 0;
        marks->number = marks->number << 4 | (lc_u64) digit_of(byte);
    } else {
        if (byte == '=' && marks->count < MOST_MARKS) {
            marks->numbers[marks->count++] = marks->number;
        }
        marks->may_match = 0;
    }
    marks->at++;
}

/* Returns the number of bytes of the environment, or an error. */
static lc_i64 read_marks(lc_i64 file, struct marks *marks) {
    char block[BLOCK_BYTES];
    lc_i64 bytes = 0;
    long length;
    begin_entry(marks);
    while ((length = lc_read_some(file, block, sizeof block)) > 0) {
        bytes += length;
        for (long i = 0; i < length; i++) {
            if (block[i] == '\0') {
                begin_entry(marks);
            } else if (marks->may_match) {
                take_byte(marks, block[i]);
            }
        }
    }
    return length < 0 ? lc_failure(LC_CALL_READ, length) : bytes;
}

/* Returns an error if there may be marks that cannot be read. A process that is gone has none. */
static lc_i64 marks_in(lc_i64 pid, const char *name, struct marks *marks) {
    marks->count = 0;
    lc_i64 file = lc_proc_open(pid, name);
    lc_i64 result = file < 0 ? file : read_marks(file, marks);
    sys_close_if_open(file);
    return lc_proc_gone(result) ? 0 : result;
}

/* The environment is empty if the main thread has ended, in kernel threads (group 0), and rarely in other processes. */
static int lives_in_other_threads(lc_i64 pid) {
    struct lc_stat stat;
    return sys_getpgid(pid) > 0 && lc_stat_of(pid, &stat) == 0 && stat.state == 'Z' && !lc_looks_dead(&stat);
}

/* Threads that have ended are not listed, except the main thread. */
static lc_i64 marks_of_another_thread(lc_i64 pid, struct marks *marks) {
    struct lc_listing threads;
    lc_i64 thread = lc_list_threads(&threads, pid);
    if (thread < 0) {
        return lc_proc_gone(thread) ? 0 : thread;
    }
    do {
        thread = lc_list_next(&threads);
    } while (thread == pid);
    lc_list_end(&threads);
    if (thread <= 0) {
        return lc_proc_gone(thread) ? 0 : thread;
    }
    char name[64];
    lc_append(lc_append_number(lc_append(name, "task/"), thread), "/environ");
    return marks_in(pid, name, marks);
}

/* Returns 0, or an error if there may be marks that cannot be read. */
static lc_i64 marks_of(lc_i64 pid, struct marks *marks) {
    lc_i64 result = marks_in(pid, "environ", marks);
    if (result == 0 && lives_in_other_threads(pid)) {
        result = marks_of_another_thread(pid, marks);
    }
    return result < 0 ? result : 0;
}

static int has_mark(const struct marks *marks, lc_u64 number) {
    for (int i = 0; i < marks->count; i++) {
        if (marks->numbers[i] == number) {
            return 1;
        }
    }
    return 0;
}

/* Members that were found before */

static const struct lc_member *found_member(const struct lc_look *look, lc_i64 index, lc_i64 pid) {
    for (lc_i64 i = 0; i < look->filled; i++) {
        if (look->members[i].pid == pid && look->members[i].leader == look->leaders[index].pid) {
            return &look->members[i];
        }
    }
    return NULL;
}

/* Until its pidfd is readable, neither its pid nor the number of its group can be reused. */
static int is_in_group(const struct lc_member *member, lc_i64 group) {
    return sys_getpgid(member->pid) == group && (member->handle < 0 || !lc_pidfd_readable(member->handle));
}

/*
 * To be called after the group of the process in question was read. A member may have moved itself to our own group or
 * to the shell's: the other processes there are not members.
 */
static int is_group_of_members(const struct lc_look *look, lc_i64 index, lc_i64 group) {
    for (lc_i64 i = 0; i < look->filled; i++) {
        const struct lc_member *member = &look->members[i];
        if (member->group == group && member->leader == look->leaders[index].pid && group != look->own_group
            && member->state != LC_MEMBER_UNREADABLE
            && (member->pid == group || sys_getsid(member->pid) != look->own_session)
            && is_in_group(member, group)) {
            return 1;
        }
    }
    return 0;
}

/* Why a process may be a member. */
struct claim {
    lc_i64 index;                   /* of the leader */
    const struct lc_member *parent; /* a member with a handle; NULL: by its mark or group */
    lc_u64 held;                    /* the start time of a member that was found before; 0: it was not */
};

static int is_member(const struct lc_look *look, const struct claim *claim, lc_i64 pid, const struct lc_stat *stat) {
    struct marks marks;
    if (claim->held != 0) {
        return stat->started == claim->held;
    }
    if (claim->parent != NULL) {
        return stat->parent == claim->parent->pid && !lc_pidfd_readable(claim->parent->handle);
    }
    return (marks_of(pid, &marks) == 0 && has_mark(&marks, look->leaders[claim->index].mark))
           || is_group_of_members(look, claim->index, stat->group);
}

/* Returns 1 if it is a new member, 0 if not, or an error. */
static lc_i64 add(struct lc_look *look, const struct claim *claim, lc_i64 pid) {
    if (pid == look->self || found_member(look, claim->index, pid) != NULL) {
        return 0;
    }
    struct lc_member found;
    struct lc_stat stat;
    lc_i64 error = lc_read_member(look, pid, &found, &stat);
    if (error < 0) {
        return lc_proc_gone(error) ? 0 : error;
    }
    int belongs = is_member(look, claim, pid, &stat)
                  && (found.handle >= 0 ? !lc_pidfd_readable(found.handle) : !lc_looks_dead(&stat));
    lc_count_member(look, claim->index, &found, &stat, belongs);
    return belongs;
}

/* A process that cannot be read and was started after the leader may be a member: it is listed, but not counted. */
static void add_unreadable(struct lc_look *look, lc_i64 index, lc_i64 pid) {
    struct lc_stat stat;
    lc_u64 begun = look->leaders[index].mark >> 32;
    if (pid == look->self || found_member(look, index, pid) != NULL || lc_stat_of(pid, &stat) < 0
        || (stat.started & 0xffffffff) < begun || stat.parent == KERNEL_THREADS || lc_looks_dead(&stat)) {
        return;
    }
    look->unreadable++;
    if (look->filled < look->capacity) {
        struct lc_member *member = &look->members[look->filled++];
        *member = (struct lc_member){
            .size = sizeof *member, .pid = pid, .leader = look->leaders[index].pid, .handle = -1};
        lc_describe_member(member, &stat);
        member->state = LC_MEMBER_UNREADABLE;
    }
}

/* A process that was only listed because it could not be read was not a member. */
static int was_member(const struct lc_look *look, lc_i64 index, const struct lc_member *held) {
    return held->leader == look->leaders[index].pid && held->state != LC_MEMBER_UNREADABLE;
}

/* Passes */

static lc_i64 look_at_one(struct lc_look *look, lc_i64 pid) {
    struct marks marks;
    lc_i64 readable = marks_of(pid, &marks);
    if (readable < 0 && lc_error_category(readable) == LC_ERR_RESOURCES) {
        return readable;
    }
    long group = sys_getpgid(pid);
    lc_i64 added = 0;
    for (lc_i64 i = 0; i < look->count; i++) {
        if (look->leaders[i].mark == 0) {
            continue;
        }
        struct claim claim = {.index = i};
        lc_i64 result = 0;
        if (has_mark(&marks, look->leaders[i].mark) || (group > 0 && is_group_of_members(look, i, group))) {
            result = add(look, &claim, pid);
        } else if (readable < 0) {
            add_unreadable(look, i, pid);
        }
        if (result < 0) {
            return result;
        }
        added += result;
    }
    return added;
}

static lc_i64 look_at_all(struct lc_look *look) {
    struct lc_listing processes;
    lc_i64 added = 0;
    lc_i64 pid;
    lc_list_processes(&processes);
    while ((pid = lc_list_next(&processes)) > 0) {
        lc_i64 result = look_at_one(look, pid);
        if (result < 0) {
            return result;
        }
        added += result;
    }
    return pid < 0 ? pid : added;
}

struct children {
    struct lc_look *look;
    struct claim claim;
    lc_i64 added;
};

static void take_child(void *context, lc_i64 pid) {
    struct children *children = context;
    lc_i64 result = add(children->look, &children->claim, pid);
    children->added += result > 0;
}

/* Includes the children of the members that it adds, because those are appended. */
static lc_i64 look_at_children(struct lc_look *look) {
    lc_i64 added = 0;
    for (lc_i64 i = 0; i < look->filled; i++) {
        struct lc_member member = look->members[i];
        lc_i64 index = 0;
        while (look->leaders[index].pid != member.leader) {
            index++;
        }
        if (look->leaders[index].mark == 0 || member.handle < 0) {
            continue;
        }
        struct children children = {.look = look, .claim = {.index = index, .parent = &member}};
        lc_each_child(member.pid, take_child, &children);
        added += children.added;
    }
    return added;
}

static lc_i64 look_at_held(struct lc_look *look) {
    for (lc_i64 i = 0; i < look->held_count; i++) {
        for (lc_i64 index = 0; index < look->count; index++) {
            struct claim claim = {.index = index, .held = look->held[i].started};
            lc_i64 result = was_member(look, index, &look->held[i]) ? add(look, &claim, look->held[i].pid) : 0;
            if (result < 0) {
                return result;
            }
        }
    }
    return 0;
}

static int is_marked(const struct lc_look *look) {
    for (lc_i64 i = 0; i < look->count; i++) {
        if (look->leaders[i].mark != 0) {
            return 1;
        }
    }
    return 0;
}

static int has_empty(const struct lc_look *look) {
    for (lc_i64 i = 0; i < look->count; i++) {
        if (look->leaders[i].mark != 0 && look->groups[i].live == 0) {
            return 1;
        }
    }
    return 0;
}

/* Until a pass finds no new member, or two passes if there is no member. If the array is full, the caller repeats. */
lc_i64 lc_look_for_marks(struct lc_look *look) {
    lc_i64 added = is_marked(look) ? look_at_held(look) : -1;
    if (added < 0) {
        return is_marked(look) ? added : 0;
    }
    int clean = 0;
    for (int passes = 0; passes < MOST_PASSES && clean < 1 + has_empty(look); passes++) {
        added = look_at_all(look);
        if (added < 0) {
            return added;
        }
        added += look_at_children(look);
        clean = added == 0 ? clean + 1 : 0;
        if (look->filled == look->capacity) {
            break;
        }
    }
    return 0;
}
