/*
 * scan.c - one scan of all processes.
 *
 * Nearly all processes are not members, so first only the number of the group is read, which needs no file and takes a
 * tenth of the time of the stat file. For the others the stat file is opened before the pidfd and read after it. If the
 * read succeeds, the process was not reaped before, so its pid was not reused, and file and pidfd belong to the same
 * process. This order also leaves the scan the descriptor that it needs: a pidfd never takes the last one.
 *
 * /proc lists pids in ascending order. A child may get a pid below the position of the scan, from a parent above it
 * that has exited when the scan reaches it. So the pids that were assigned during the scan are looked at in their
 * order, until no new one is assigned. A parent that was seen dead had forked before; a parent that was seen alive is a
 * live member. In both cases a live group does not count as gone.
 *
 * Results are the contract's.
 */
#include <linux/fcntl.h>
#include <linux/wait.h>

#include "scan.h"

enum {
    NONE = -1, /* not a leader, or in none of the groups */
    MOST_TRIES = 4,
    AGAIN = 1
};

/* Whose it is: the index of the leader that it is, and of the one whose group it is in. */
struct place {
    lc_i64 as_leader;
    lc_i64 in_group;
};

static struct place place_of(const struct lc_look *look, lc_i64 pid, lc_i64 group) {
    struct place place = {NONE, NONE};
    for (lc_i64 i = 0; i < look->count; i++) {
        if (look->leaders[i].cgroup != 0) {
            continue;
        }
        if (look->leaders[i].pid == pid) {
            place.as_leader = i;
        }
        if (look->leaders[i].group == group && group != 0) {
            place.in_group = i;
        }
    }
    return place;
}

/* Those that were counted already */

static int is_in_window(const struct lc_look *look, lc_i64 pid) {
    return pid > look->first && pid <= look->first + LC_SCAN_WINDOW;
}

static void note_counted(struct lc_look *look, lc_i64 pid) {
    if (is_in_window(look, pid)) {
        lc_i64 bit = pid - look->first - 1;
        look->counted[bit / 8] |= (unsigned char) (1 << bit % 8);
    }
}

static int was_counted(const struct lc_look *look, lc_i64 pid) {
    lc_i64 bit = pid - look->first - 1;
    return (look->counted[bit / 8] >> bit % 8 & 1) != 0;
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

void lc_describe_member(struct lc_member *member, const struct lc_stat *stat) {
    member->state = stat->state;
    member->group = stat->group;
    member->started = stat->started;
    member->command_head = eight_bytes(stat->command);
    member->command_tail = eight_bytes(stat->command + 8);
}

static void fill_member(struct lc_look *look, const struct lc_member *found, const struct lc_stat *stat) {
    struct lc_member *member = &look->members[look->filled++];
    *member = *found;
    lc_describe_member(member, stat);
    look->handles += member->handle >= 0;
    if ((look->flags & LC_MEMBERS_SIGNAL_STATE) != 0) {
        lc_add_signal_state(member);
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

static int is_dead(lc_i64 handle, const struct lc_stat *stat) {
    if (stat->state != 'Z' && stat->state != 'X') {
        return 0;
    }
    return handle >= 0 ? lc_pidfd_readable(handle) : lc_looks_dead(stat);
}

/*
 * A leader does not count as a zombie of its group, and only its caller reaps it, even if it has moved to another
 * group. The children of this process are in its own group.
 */
static void count_dead(struct lc_look *look, struct place place, const struct lc_member *found,
                       const struct lc_stat *stat) {
    if (place.in_group == NONE || place.in_group == place.as_leader) {
        return;
    }
    int is_ours = (look->flags & LC_MEMBERS_REAP) != 0 && place.as_leader == NONE && stat->parent == look->self
                  && stat->group != look->own_group;
    if (!is_ours || !reap(found)) {
        look->groups[place.in_group].zombies++;
    }
}

/* Returns whether the handle was given to the caller. */
static int count_live(struct lc_look *look, lc_i64 index, const struct lc_member *found, const struct lc_stat *stat) {
    if (index == NONE) {
        return 0;
    }
    look->groups[index].live++;
    if (look->filled == look->capacity) {
        return 0;
    }
    struct lc_member member = *found;
    member.leader = look->leaders[index].pid;
    fill_member(look, &member, stat);
    return member.handle >= 0;
}

static lc_i64 open_pidfd(const struct lc_look *look, lc_i64 pid) {
    int may = (look->features & LC_FEATURE_PIDFD) != 0 && look->handles < look->most_handles;
    long result = may ? sys_pidfd_open(pid, 0) : -1;
    return result < 0 ? -1 : result;
}

static lc_i64 second_handle(const struct lc_look *look, lc_i64 handle) {
    int may = handle >= 0 && look->handles < look->most_handles;
    long result = may ? sys_fcntl(handle, F_DUPFD_CLOEXEC, 0) : -1;
    return result < 0 ? -1 : result;
}

static void close_unless(int is_taken, lc_i64 handle) {
    if (!is_taken) {
        sys_close_if_open(handle);
    }
}

/* Returns whether the handle was given to the caller now or before, when it takes another one. */
static int count_in_group(struct lc_look *look, lc_i64 index, const struct lc_member *found,
                          const struct lc_stat *stat, int is_taken) {
    struct lc_member again = *found;
    if (is_taken) {
        again.handle = second_handle(look, found->handle);
    }
    int is_taken_again = count_live(look, index, &again, stat);
    if (is_taken) {
        close_unless(is_taken_again, again.handle);
    }
    return is_taken || is_taken_again;
}

/* A leader that has moved to the group of another leader is live in both groups. */
static void count_one(struct lc_look *look, const struct lc_member *found, const struct lc_stat *stat) {
    struct place place = place_of(look, found->pid, stat->group);
    if (is_dead(found->handle, stat)) {
        count_dead(look, place, found, stat);
        sys_close_if_open(found->handle);
        return;
    }
    note_counted(look, found->pid);
    int is_taken = count_live(look, place.as_leader, found, stat);
    if (place.in_group != place.as_leader) {
        is_taken = count_in_group(look, place.in_group, found, stat, is_taken);
    }
    close_unless(is_taken, found->handle);
}

/* A process of the group that cannot be read may run: the state of the group is unknown then. */
static lc_i64 unless_gone(lc_i64 error) {
    if (lc_proc_gone(error)) {
        return 0;
    }
    int code = lc_error_code(error);
    return code == EACCES || code == EPERM
               ? lc_error_word(LC_STAGE_NONE, lc_error_call(error), LC_ERR_UNSUPPORTED, code)
               : error;
}

lc_i64 lc_read_member(const struct lc_look *look, lc_i64 pid, struct lc_member *found, struct lc_stat *stat) {
    lc_i64 file = lc_proc_open(pid, "stat");
    if (file < 0) {
        return file;
    }
    *found = (struct lc_member){.size = sizeof *found, .pid = pid, .handle = open_pidfd(look, pid)};
    lc_i64 error = lc_read_stat(file, stat);
    sys_close(file);
    if (error < 0) {
        sys_close_if_open(found->handle);
    }
    return error;
}

static lc_i64 look_at(struct lc_look *look, lc_i64 pid) {
    struct lc_member found;
    struct lc_stat stat;
    lc_i64 error = lc_read_member(look, pid, &found, &stat);
    if (error < 0) {
        return unless_gone(error);
    }
    count_one(look, &found, &stat);
    return 0;
}

void lc_count_member(struct lc_look *look, lc_i64 index, const struct lc_member *found, const struct lc_stat *stat,
                     int belongs) {
    close_unless(belongs && count_live(look, index, found, stat), found->handle);
}

lc_i64 lc_look_at_member(struct lc_look *look, lc_i64 index, lc_i64 pid) {
    struct lc_member found;
    struct lc_stat stat;
    lc_i64 error = lc_read_member(look, pid, &found, &stat);
    if (error < 0) {
        return unless_gone(error);
    }
    lc_count_member(look, index, &found, &stat, !is_dead(found.handle, &stat));
    return 0;
}

/* A security module may refuse getpgid(): then the stat file has the group. */
static int is_candidate(const struct lc_look *look, lc_i64 pid) {
    long group = sys_getpgid(pid);
    if (group < 0) {
        return group != -ESRCH;
    }
    struct place place = place_of(look, pid, group);
    return place.as_leader != NONE || place.in_group != NONE;
}

/* All of them */

static lc_i64 look_at_all(struct lc_look *look) {
    struct lc_listing processes;
    lc_i64 pid;
    lc_list_processes(&processes);
    while ((pid = lc_list_next(&processes)) > 0) {
        lc_i64 error = is_candidate(look, pid) ? look_at(look, pid) : 0;
        if (error < 0) {
            return error;
        }
    }
    return pid;
}

/* Threads have numbers of the same sequence. Their files can be opened although they are not listed. */
static int is_process(lc_i64 pid) {
    struct lc_status status;
    return lc_status_of(pid, &status) == 0 && status.pid == pid;
}

static lc_i64 look_at_numbers(struct lc_look *look, lc_i64 after, lc_i64 last) {
    for (lc_i64 pid = after + 1; pid <= last; pid++) {
        if (was_counted(look, pid) || !is_candidate(look, pid) || !is_process(pid)) {
            continue;
        }
        lc_i64 error = look_at(look, pid);
        if (error < 0) {
            return error;
        }
    }
    return 0;
}

/* The sequence starts again after the highest pid. In that case, or after too many new pids, the scan is repeated. */
static lc_i64 look_at_new(struct lc_look *look) {
    lc_i64 seen = look->first;
    for (;;) {
        lc_i64 last = lc_last_pid();
        if (last < 0 || last == seen) {
            return last < 0 ? last : 0;
        }
        if (last < seen || !is_in_window(look, last)) {
            return AGAIN;
        }
        lc_i64 error = look_at_numbers(look, seen, last);
        if (error < 0) {
            return error;
        }
        seen = last;
    }
}

static int has_empty_group(const struct lc_look *look) {
    for (lc_i64 i = 0; i < look->count; i++) {
        if (look->leaders[i].cgroup == 0 && look->groups[i].live == 0) {
            return 1;
        }
    }
    return 0;
}

/* If the last pid cannot be read, a second scan is made instead. */
static lc_i64 look_through_once(struct lc_look *look, int tries) {
    look->first = lc_last_pid();
    int has_last_pid = look->first >= 0;
    if (!has_last_pid && lc_error_category(look->first) == LC_ERR_RESOURCES) {
        return look->first;
    }
    lc_i64 error = look_at_all(look);
    if (error < 0) {
        return error;
    }
    if (!has_last_pid) {
        return tries == 0 && has_empty_group(look) ? AGAIN : 0;
    }
    return look_at_new(look);
}

/* The removed elements are cleared, so that the caller finds no number of a closed handle. */
lc_i64 lc_drop_members(struct lc_look *look, lc_i64 leader, lc_i64 group) {
    lc_i64 kept = 0;
    for (lc_i64 i = 0; i < look->filled; i++) {
        const struct lc_member *member = &look->members[i];
        if ((leader != 0 && member->leader != leader) || (group >= 0 && member->group != group)) {
            look->members[kept++] = *member;
        } else {
            look->handles -= member->handle >= 0;
            sys_close_if_open(member->handle);
        }
    }
    for (lc_i64 i = kept; i < look->filled; i++) {
        look->members[i] = (struct lc_member){.size = sizeof *look->members, .handle = -1};
    }
    lc_i64 dropped = look->filled - kept;
    look->filled = kept;
    return dropped;
}

static void begin(struct lc_look *look) {
    look->unreadable = 0;
    lc_drop_members(look, 0, -1);
    for (lc_i64 i = 0; i < look->count; i++) {
        look->groups[i] = (struct lc_group){.size = sizeof *look->groups};
    }
    for (int i = 0; i < (int) sizeof look->counted; i++) {
        look->counted[i] = 0;
    }
}

/* The members of a cgroup are read from the cgroup. */
static lc_i64 look_into_cgroups(struct lc_look *look) {
    for (lc_i64 i = 0; i < look->count; i++) {
        lc_i64 error = look->leaders[i].cgroup != 0 ? lc_cgroup_look(look, i) : 0;
        if (error < 0) {
            return error;
        }
    }
    return 0;
}

static int are_all_in_cgroups(const struct lc_look *look) {
    for (lc_i64 i = 0; i < look->count; i++) {
        if (look->leaders[i].cgroup == 0) {
            return 0;
        }
    }
    return look->count > 0;
}

static lc_i64 look_through_processes(struct lc_look *look) {
    for (int tries = 0; tries < MOST_TRIES; tries++) {
        begin(look);
        lc_i64 result = look_through_once(look, tries);
        if (result != AGAIN) {
            return result;
        }
    }
    return lc_failure(LC_CALL_NONE, -EAGAIN);
}

lc_i64 lc_look_through(struct lc_look *look) {
    begin(look);
    lc_i64 error = are_all_in_cgroups(look) ? 0 : look_through_processes(look);
    if (error == 0) {
        error = look_into_cgroups(look);
    }
    return error < 0 ? error : lc_look_for_marks(look);
}
