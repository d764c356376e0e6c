/*
 * pipes.c - the pipes that led to the owner.
 *
 * Their only reader was the owner: after its end a process that writes dies of SIGPIPE, also in a handler of SIGTERM
 * that writes before it cleans up. So before the first signal the guardian becomes a reader. The registration has the
 * inode of each pipe, and no other pipe is opened.
 *
 * While the owner lives the guardian only holds an O_PATH descriptor of the pipe, which is no reader: a process must
 * get EPIPE when its owner stops reading. If the owner has ended before the guardian had that descriptor, the pipe is
 * opened through /proc of a process that has the writing end, if /proc allows it.
 */
#include <linux/fcntl.h>

#include "guard.h"
#include "procfs.h"

enum {
    LONGEST_NAME = 32,
    BLOCK = 16 * 1024,
    MOST_READS = 64, /* of one pipe in a row: other pipes have to wait */
    MOST_MEMBERS = 256
};

static char block[BLOCK];

static int has_all(const struct guarded *one) {
    for (int i = 0; i < STREAMS; i++) {
        if (one->inodes[i] != 0 && one->pipes[i] == NONE) {
            return 0;
        }
    }
    return 1;
}

static int is_equal(const char *text, long length, const char *other) {
    for (long i = 0; i < length; i++) {
        if (text[i] != other[i]) {
            return 0;
        }
    }
    return other[length] == '\0';
}

/* Checked before the open, because opening another file can have an effect. */
static int is_link_to(lc_i64 directory, const char *name, lc_u64 inode) {
    char wanted[LONGEST_NAME], found[LONGEST_NAME];
    lc_append(lc_append_number(lc_append(wanted, "pipe:["), (lc_i64) inode), "]");
    long length = sys_readlinkat(directory, name, found, sizeof found);
    return length > 0 && length < LONGEST_NAME && is_equal(found, length, wanted);
}

static int unless_another(long pipe, lc_u64 inode) {
    if (pipe >= 0 && lc_pipe_inode(pipe) != inode) {
        sys_close(pipe);
        return NONE;
    }
    return pipe < 0 ? NONE : (int) pipe;
}

static int open_end(lc_i64 directory, const char *name, lc_u64 inode) {
    if (!is_link_to(directory, name, inode)) {
        return NONE;
    }
    return unless_another(sys_openat(directory, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC), inode);
}

static void try_one(struct guarded *one, lc_i64 directory, const char *name) {
    for (int i = 0; i < STREAMS; i++) {
        if (one->inodes[i] != 0 && one->pipes[i] == NONE) {
            one->pipes[i] = open_end(directory, name, one->inodes[i]);
        }
    }
}

/* `directory` is the process's /proc/<pid>/fd. */
static void try_all(struct guarded *one, lc_i64 directory) {
    try_one(one, directory, "1");
    try_one(one, directory, "2");
    _Alignas(8) static char entries[4096];
    long bytes = 0;
    while (!has_all(one) && (bytes = sys_getdents64(directory, entries, sizeof entries)) > 0) {
        for (long at = 0; at < bytes;) {
            const struct lc_directory_entry *entry = (const void *) (entries + at);
            if (lc_number_of(entry->name) > 2 || entry->name[0] == '0') {
                try_one(one, directory, entry->name);
            }
            at += entry->length;
        }
    }
}

/* An open directory of /proc belongs to one process. It is the right process if that runs after the open. */
static void try_process(struct guarded *one, lc_i64 pid, lc_i64 pidfd) {
    lc_i64 directory = lc_proc_open(pid, "fd");
    if (directory < 0) {
        return;
    }
    if (!lc_pidfd_readable(pidfd)) {
        try_all(one, directory);
    }
    sys_close(directory);
}

/* For a leader that has ended, or whose members alone have the pipe. */
static void try_members(struct guarded *one) {
    static struct lc_member members[MOST_MEMBERS];
    struct lc_process leader = as_leader(one);
    struct lc_group group = {.size = sizeof group};
    for (int i = 0; i < MOST_MEMBERS; i++) {
        members[i].size = sizeof members[i];
    }
    struct lc_scan scan = {
        .size = sizeof scan,
        .leaders = (lc_u64) &leader,
        .groups = (lc_u64) &group,
        .count = 1,
        .members = (lc_u64) members,
        .capacity = MOST_MEMBERS,
        .most_handles = MOST_MEMBERS,
    };
    if (lc_members_of(&scan, memory->group, memory->session) < 0) {
        return;
    }
    for (int i = 0; i < MOST_MEMBERS && members[i].pid != 0; i++) {
        if (members[i].handle >= 0) {
            if (!has_all(one)) {
                try_process(one, members[i].pid, members[i].handle);
            }
            sys_close(members[i].handle);
        }
    }
}

static int hold(lc_i64 end, lc_u64 inode) {
    char path[64];
    if (inode == 0 || end < 0) {
        return NONE;
    }
    lc_append_number(lc_append(lc_append_number(lc_append(path, "/proc/"), memory->owner), "/fd/"), end);
    return unless_another(sys_openat(AT_FDCWD, path, O_PATH | O_CLOEXEC), inode);
}

void hold_pipes(struct guarded *one, const struct lc_registration *registration) {
    one->held[0] = hold(registration->out_end, registration->out);
    one->held[1] = hold(registration->err_end, registration->err);
}

void close_held_pipes(struct guarded *one) {
    for (int i = 0; i < STREAMS; i++) {
        if (one->held[i] != NONE) {
            sys_close(one->held[i]);
            one->held[i] = NONE;
        }
    }
}

static void open_held(struct guarded *one) {
    char path[64];
    for (int i = 0; i < STREAMS; i++) {
        if (one->held[i] != NONE) {
            lc_append_number(lc_append(path, "/proc/self/fd/"), one->held[i]);
            long pipe = sys_openat(AT_FDCWD, path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
            one->pipes[i] = pipe < 0 ? NONE : (int) pipe;
        }
    }
    close_held_pipes(one);
}

void open_pipes(struct guarded *one, int has_group) {
    open_held(one);
    if (has_all(one)) {
        return;
    }
    try_process(one, one->pid, one->pidfd);
    if (!has_all(one) && has_group) {
        try_members(one);
    }
}

void drain(int *pipe) {
    for (int i = 0; i < MOST_READS; i++) {
        long bytes = lc_read_some(*pipe, block, sizeof block);
        if (bytes == -EAGAIN) {
            return;
        }
        if (bytes <= 0) {
            sys_close(*pipe);
            *pipe = NONE;
            return;
        }
    }
}
