/*
 * escaped.c - which children of a leader are in another group than its own.
 *
 * This comes before the first signal, because a leader that has ended has no children. (Right after the signal, one
 * leader in five had ended.) /proc lists the children of a thread, and the first open of that list takes 12 us for a
 * process. So the last pid that was assigned is read first: while it is that of the leader, no process was forked since
 * its start. A /proc of another pid namespace has other pids, so there the list is opened.
 *
 * Results are the contract's.
 */
#include "scan.h"

enum {
    MOST_THREADS = 4,
    MOST_TIME_NS = 50000,

    /* About 160 children. */
    LIST_BYTES = 1024
};

void lc_add_if_escaped(struct lc_process *process, lc_i64 pid) {
    long group = process->escaped_count < process->escaped_room ? sys_getpgid(pid) : process->group;
    if (group < 0 || group == process->group) {
        return;
    }
    if (process->escaped_count == 0 && !lc_proc_is_ours()) {
        return; /* another pid namespace has another process of that number */
    }
    lc_i64 file = lc_proc_open(pid, "stat");
    if (file < 0) {
        return;
    }
    struct lc_stat stat;
    struct lc_member member = {.size = sizeof member, .pid = pid, .leader = process->pid, .handle = -1};
    long handle = (lc_features() & LC_FEATURE_PIDFD) != 0 ? sys_pidfd_open(pid, 0) : -1;
    member.handle = handle < 0 ? -1 : handle;
    int is_read = lc_read_stat(file, &stat) == 0;
    sys_close(file);
    if (is_read && stat.group != process->group && !lc_looks_dead(&stat)) {
        lc_describe_member(&member, &stat);
        ((struct lc_member *) process->escaped)[process->escaped_count++] = member;
    } else {
        sys_close_if_open(member.handle);
    }
}

/* Called for each child. */
typedef void taker(void *context, lc_i64 pid);

static void take_escaped(void *context, lc_i64 pid) {
    lc_add_if_escaped(context, pid);
}

/* A blank follows each pid, but not one that is cut off. */
static void take_listed(const char *list, taker *take, void *context) {
    while (*list != '\0') {
        const char *next = lc_skip_words(list, 1);
        lc_i64 pid = (lc_i64) lc_decimal(list);
        if (next[-1] == ' ' && lc_is_pid(pid)) {
            take(context, pid);
        }
        list = next;
    }
}

static void take_children(lc_i64 pid, lc_i64 thread, taker *take, void *context) {
    char name[64];
    lc_append(lc_append_number(lc_append(name, "task/"), thread), "/children");
    lc_i64 file = lc_proc_open(pid, name);
    if (file < 0) {
        return;
    }
    char list[LIST_BYTES];
    long length = lc_read_some(file, list, sizeof list - 1);
    sys_close(file);
    if (length > 0) {
        list[length] = '\0';
        take_listed(list, take, context);
    }
}

/*
 * A directory of procfs has a link for each directory in it, in addition to two: this takes one call, a list takes
 * four.
 */
static int has_other_threads(lc_i64 pid) {
    char path[64];
    struct stat found;
    lc_append(lc_append_number(lc_append(path, "/proc/"), pid), "/task");
    return sys_stat(path, &found) < 0 || found.st_nlink != 3;
}

static void look_at_other_threads(struct lc_process *process) {
    long deadline = lc_deadline_after(MOST_TIME_NS);
    struct lc_listing threads;
    if (lc_list_threads(&threads, process->pid) < 0) {
        return;
    }
    lc_i64 thread;
    for (int count = 1; count < MOST_THREADS && lc_time_left(deadline) > 0
                        && (thread = lc_list_next(&threads)) > 0;) {
        if (thread != process->pid) {
            take_children(process->pid, thread, take_escaped, process);
            count++;
        }
    }
    lc_list_end(&threads);
}

void lc_each_child(lc_i64 pid, taker *take, void *context) {
    struct lc_listing threads;
    lc_i64 thread;
    if (lc_list_threads(&threads, pid) < 0) {
        return;
    }
    while ((thread = lc_list_next(&threads)) > 0) {
        take_children(pid, thread, take, context);
    }
    lc_list_end(&threads);
}

static int is_last_forked(const struct lc_process *process) {
    return process->last_pid != 0 && lc_last_pid_in(process->last_pid) == process->pid;
}

void lc_find_escaped(struct lc_process *process) {
    process->escaped_count = 0;
    if (process->cgroup != 0) {
        lc_cgroup_find_escaped(process);
        return;
    }
    if (process->group == 0 || process->reaped || process->escaped_room == 0 || is_last_forked(process)) {
        return;
    }
    take_children(process->pid, process->pid, take_escaped, process);
    if (has_other_threads(process->pid)) {
        look_at_other_threads(process);
    }
}
