/*
 * group.c - the members of a process: its process group, by the pidfd of the leader, or its cgroup. search.c finds the
 * members that are in neither.
 *
 * The owner may have died while the cgroup was frozen, and no other process would thaw it.
 */
#include <linux/fcntl.h>

#include "guard.h"
#include "procfs.h"

enum {
    DIRECTORY = 4, /* DT_DIR */
    MOST_DEPTH = 8
};

static void thaw(lc_i64 cgroup) {
    long file = sys_openat(cgroup, "cgroup.freeze", O_WRONLY | O_CLOEXEC);
    if (file >= 0) {
        sys_write(file, "0", 1);
        sys_close(file);
    }
}

static const char *path_of(const struct lc_slot *slot) {
    return (const char *) slot + slot->cgroup;
}

void open_group(struct guarded *one, const struct lc_slot *slot) {
    long cgroup = slot->cgroup == 0 ? 0 : lc_open_file(path_of(slot), O_RDONLY | O_DIRECTORY);
    if (cgroup > 0) {
        one->cgroup = (int) cgroup;
        thaw(cgroup);
    }
}

/* The processes may have created cgroups in their cgroup. */
static void remove_below(lc_i64 cgroup, int depth) {
    _Alignas(8) char entries[1024];
    long bytes;
    while (depth < MOST_DEPTH && (bytes = sys_getdents64(cgroup, entries, sizeof entries)) > 0) {
        for (long at = 0; at < bytes;) {
            const struct lc_directory_entry *entry = (const void *) (entries + at);
            at += entry->length;
            if (entry->type != DIRECTORY || entry->name[0] == '.') {
                continue;
            }
            long below = sys_openat(cgroup, entry->name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
            if (below >= 0) {
                remove_below(below, depth + 1);
                sys_close(below);
            }
            sys_rmdir_at(cgroup, entry->name);
        }
    }
}

void close_group(struct guarded *one, const struct lc_slot *slot) {
    if (one->cgroup != 0) {
        remove_below(one->cgroup, 0);
        sys_close(one->cgroup);
        one->cgroup = 0;
        sys_rmdir_at(AT_FDCWD, path_of(slot));
    }
}

/*
 * Takes the path of its cgroup without the number at the end, as a directory and a name. The owner may have ended while
 * it was writing the slot.
 */
static const char *take_name(const struct lc_slot *slot, char *path) {
    char *end = path, *name = path;
    const char *from = path_of(slot);
    if (slot->cgroup <= 0) {
        return NULL;
    }
    for (long length = 0; slot->cgroup + length < LC_SLOT_BYTES && from[length] != '\0'; length++) {
        path[length] = from[length];
        name = from[length] == '/' ? path + length + 1 : name;
        end = from[length] == '-' ? path + length + 1 : end;
    }
    if (name == path || end <= name) {
        return NULL;
    }
    name[-1] = '\0';
    *end = '\0';
    return lc_after(name, "lastcall-") == NULL ? NULL : name;
}

static void remove_named(lc_i64 directory, const char *name) {
    _Alignas(8) char entries[1024];
    long bytes;
    while ((bytes = sys_getdents64(directory, entries, sizeof entries)) > 0) {
        for (long at = 0; at < bytes;) {
            const struct lc_directory_entry *entry = (const void *) (entries + at);
            at += entry->length;
            if (entry->type == DIRECTORY && lc_after(entry->name, name) != NULL) {
                sys_rmdir_at(directory, entry->name);
            }
        }
    }
}

void remove_empty_groups(void) {
    static char path[LC_SLOT_BYTES + 1];
    for (lc_u32 i = 0; i < used; i++) {
        const char *name = take_name(slot_at(memory, i), path);
        long directory = name == NULL ? -1 : lc_open_file(path, O_RDONLY | O_DIRECTORY);
        if (directory >= 0) {
            remove_named(directory, name);
            sys_close(directory);
            return;
        }
    }
}

int is_by_number(const struct guarded *one) {
    return one->cgroup == 0 && (lc_features() & LC_FEATURE_PIDFD_GROUP) == 0;
}

int is_unreaped(lc_i64 pidfd) {
    return sys_pidfd_send_signal(pidfd, 0, 0) != -ESRCH;
}

/* The pid belongs to it as long as its pidfd is not readable, which is checked afterwards. */
static int leader_has_moved(const struct guarded *one) {
    long group = sys_getpgid(one->pid);
    return group >= 0 && group != one->pid && !lc_pidfd_readable(one->pidfd);
}

static lc_i64 send_to_cgroup(const struct guarded *one, int signal) {
    const struct lc_process process = as_leader(one);
    return lc_cgroup_send(&process, signal);
}

lc_i64 send_to_group(const struct guarded *one, int signal) {
    if (one->cgroup != 0) {
        return send_to_cgroup(one, signal);
    }
    long result = sys_pidfd_send_signal(one->pidfd, signal, LC_PIDFD_SIGNAL_PROCESS_GROUP);
    if (!one->exited && leader_has_moved(one)) {
        long other = sys_pidfd_send_signal(one->pidfd, signal, 0);
        return result == 0 ? result : other;
    }
    return result;
}

/* By number: if no group has the number, this group is empty. */
int is_group_empty(const struct guarded *one) {
    if (is_by_number(one)) {
        return one->is_lost || sys_kill(-one->pid, 0) == -ESRCH;
    }
    if (one->cgroup == 0) {
        return sys_pidfd_send_signal(one->pidfd, 0, LC_PIDFD_SIGNAL_PROCESS_GROUP) == -ESRCH;
    }
    struct lc_process process = {.size = sizeof process, .cgroup = one->cgroup};
    return lc_cgroup_probe(&process) == 0 && process.group_state == LC_GROUP_EMPTY;
}

/*
 * Before Linux 6.9 the handle is a process that pins the number of the group. Without one no process is known to be in
 * the group.
 */
struct lc_process as_leader(const struct guarded *one) {
    lc_i64 handle = is_by_number(one) ? pin_of(one) : one->pidfd;
    return (struct lc_process){.size = sizeof(struct lc_process),
                               .pid = one->pid,
                               .group = handle == NONE ? 0 : one->pid,
                               .handle = handle,
                               .cgroup = one->cgroup,
                               .mark = one->mark};
}

/* Is the leader an unreaped zombie? While its group exists its pid cannot be reused. */
static int is_zombie(lc_i64 leader) {
    struct lc_stat stat;
    return lc_stat_of(leader, &stat) == 0 && lc_looks_dead(&stat);
}

/* If the kernel says that the group exists, zombies must explain it: otherwise a process was overlooked. */
static void evaluate_group(struct guarded *one, const struct lc_group *group) {
    int is_explained = group->zombies > 0 || is_zombie(one->pid);
    one->is_dead = one->exited
                   && (group->state == LC_GROUP_EMPTY
                       || (group->state == LC_GROUP_PRESENT && group->live == 0 && is_explained));
}

int add_to_look(struct look *look, lc_u32 index) {
    look->indexes[look->count] = index;
    look->leaders[look->count] = as_leader(&table[index]);
    look->groups[look->count] = (struct lc_group){.size = sizeof(struct lc_group)};
    return ++look->count == AT_ONCE;
}

struct lc_scan scan_for(const struct look *look) {
    return (struct lc_scan){.size = sizeof(struct lc_scan),
                            .leaders = (lc_u64) look->leaders,
                            .groups = (lc_u64) look->groups,
                            .count = look->count};
}

void evaluate_groups(const struct look *look) {
    for (int i = 0; i < look->count; i++) {
        evaluate_group(&table[look->indexes[i]], &look->groups[i]);
    }
}
