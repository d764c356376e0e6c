/*
 * cgroup.c - the processes in a cgroup and below it: listing them, signalling them, looking whether there is any.
 *
 * cgroup.procs lists pids, and a pid can be reused before its pidfd is opened. So the list is read once more: a process
 * whose pid is in it then, and that has not exited when the signal is sent, was in the cgroup all the time.
 *
 * A process that is forked while signals are sent is not in the list that was read, and inherits no signal. So there
 * are passes until a list has no new process. If the processes fork faster than that, the cgroup is frozen, and thawed
 * in the same call, because no other process would thaw it after our end.
 *
 * Results are the contract's.
 */
#include <asm/poll.h>
#include <linux/fcntl.h>
#include <linux/mman.h>

#include "scan.h"

enum {
    DIRECTORY = 4, /* DT_DIR */
    LIST_BYTES = 1024,
    MOST_DEPTH = 8,

    /* How many processes one pass handles: the list is read twice for each pass. */
    AT_ONCE = 128,
    MOST_PASSES = 3,

    /* PID_MAX_LIMIT of a 64-bit kernel. Pages of it that are not written to cost nothing. */
    MOST_PIDS = 4 * 1024 * 1024
};

static const long most_frozen_ns = 100000000;

static long open_at(lc_i64 directory, const char *name, int flags) {
    return sys_openat(directory, name, flags | O_CLOEXEC);
}

/* Reading the list */

/* Called for each pid; a result other than 0 ends the visit and is its result. */
typedef lc_i64 visitor(void *context, lc_i64 pid);

static lc_i64 visit_list(lc_i64 list, visitor *visit, void *context) {
    char text[LIST_BYTES];
    lc_i64 pid = 0;
    for (;;) {
        long length = lc_read_some(list, text, sizeof text);
        if (length <= 0) {
            /* A cgroup of threads (EOPNOTSUPP) has its processes in the list above it; ENODEV: it was removed. */
            return length == 0 || length == -EOPNOTSUPP || length == -ENODEV ? 0 : lc_failure(LC_CALL_READ, length);
        }
        for (long i = 0; i < length; i++) {
            if (text[i] != '\n') {
                pid = pid * 10 + (text[i] - '0');
                continue;
            }
            lc_i64 result = lc_is_pid(pid) ? visit(context, pid) : 0;
            if (result != 0) {
                return result;
            }
            pid = 0;
        }
    }
}

static lc_i64 visit_procs(lc_i64 directory, visitor *visit, void *context) {
    long list = open_at(directory, "cgroup.procs", O_RDONLY);
    if (list < 0) {
        return list == -ENOENT || list == -ENODEV ? 0 : lc_failure(LC_CALL_OPEN, list);
    }
    lc_i64 result = visit_list(list, visit, context);
    sys_close(list);
    return result;
}

static lc_i64 visit_all(lc_i64 directory, int depth, visitor *visit, void *context);

static lc_i64 visit_below(lc_i64 directory, const char *name, int depth, visitor *visit, void *context) {
    long below = open_at(directory, name, O_RDONLY | O_DIRECTORY);
    if (below < 0) {
        return below == -ENOENT || below == -ENODEV ? 0 : lc_failure(LC_CALL_OPEN, below);
    }
    lc_i64 result = visit_all(below, depth + 1, visit, context);
    sys_close(below);
    return result;
}

static lc_i64 visit_entries(lc_i64 directory, int depth, visitor *visit, void *context) {
    _Alignas(8) char entries[LIST_BYTES];
    long bytes;
    while ((bytes = sys_getdents64(directory, entries, sizeof entries)) > 0) {
        for (long at = 0; at < bytes;) {
            const struct lc_directory_entry *entry = (const void *) (entries + at);
            at += entry->length;
            lc_i64 result = entry->type == DIRECTORY && entry->name[0] != '.'
                                ? visit_below(directory, entry->name, depth, visit, context)
                                : 0;
            if (result != 0) {
                return result;
            }
        }
    }
    return bytes < 0 && bytes != -ENOENT ? lc_failure(LC_CALL_GETDENTS, bytes) : 0;
}

/* Opens a new descriptor, because all users of the given one share its position. */
static lc_i64 visit_all(lc_i64 directory, int depth, visitor *visit, void *context) {
    lc_i64 result = visit_procs(directory, visit, context);
    if (result != 0 || depth == MOST_DEPTH) {
        return result;
    }
    long own = open_at(directory, ".", O_RDONLY | O_DIRECTORY);
    if (own < 0) {
        return own == -ENOENT || own == -ENODEV ? 0 : lc_failure(LC_CALL_OPEN, own);
    }
    result = visit_entries(own, depth, visit, context);
    sys_close(own);
    return result;
}

/* cgroup.events */

static lc_i64 read_events(lc_i64 file, const char *wanted, int *value) {
    char text[128];
    long length = sys_lseek(file, 0, SEEK_SET);
    length = length < 0 ? length : lc_read_some(file, text, sizeof text - 1);
    if (length < 0) {
        return lc_failure(LC_CALL_READ, length);
    }
    text[length] = '\0';
    *value = 0;
    for (const char *line = text; *line != '\0'; line++) {
        const char *number = line == text || line[-1] == '\n' ? lc_after(line, wanted) : NULL;
        if (number != NULL) {
            *value = *number == '1';
        }
    }
    return 0;
}

lc_i64 lc_cgroup_probe(struct lc_process *process) {
    int populated = 0;
    long file = open_at(process->cgroup, "cgroup.events", O_RDONLY);
    lc_i64 error = file < 0 ? lc_failure(LC_CALL_OPEN, file) : read_events(file, "populated ", &populated);
    sys_close_if_open(file);
    if (error < 0 && (lc_error_code(error) == ENODEV || lc_error_code(error) == ENOENT)) {
        process->group_state = LC_GROUP_EMPTY; /* it was removed, which only an empty one can be */
        return 0;
    }
    process->group_state = error < 0 ? LC_GROUP_UNKNOWN : populated ? LC_GROUP_PRESENT : LC_GROUP_EMPTY;
    return error;
}

/* Signals */

struct send {
    const struct lc_process *process;
    lc_i32 signal;
    unsigned char *done; /* a bit for each pid that was signalled or could not be */
    lc_i64 pids[AT_ONCE];
    lc_i64 handles[AT_ONCE];
    int confirmed[AT_ONCE];
    int count;
    lc_i64 unseen; /* in the list and not signalled, also those without room */
    lc_i64 reached;
    lc_i64 error; /* of the first one that could not be signalled */
};

static int is_done(const struct send *send, lc_i64 pid) {
    return pid >= MOST_PIDS || (send->done[pid / 8] >> pid % 8 & 1) != 0;
}

static lc_i64 collect(void *context, lc_i64 pid) {
    struct send *send = context;
    if (is_done(send, pid)) {
        return 0;
    }
    send->unseen++;
    if (send->count == AT_ONCE) {
        return 0;
    }
    long handle = sys_pidfd_open(pid, 0);
    if (handle >= 0) {
        send->pids[send->count] = pid;
        send->handles[send->count] = handle;
        send->confirmed[send->count++] = 0;
    } else if (handle != -ESRCH && send->count == 0) {
        return lc_failure(LC_CALL_PIDFD_OPEN, handle); /* out of descriptors: fewer at a time are enough */
    }
    return 0;
}

static lc_i64 confirm(void *context, lc_i64 pid) {
    struct send *send = context;
    for (int i = 0; i < send->count; i++) {
        send->confirmed[i] |= send->pids[i] == pid;
    }
    return 0;
}

static void signal_one(struct send *send, int i) {
    if (send->confirmed[i]) {
        long result = sys_pidfd_send_signal(send->handles[i], send->signal, 0);
        send->done[send->pids[i] / 8] |= (unsigned char) (1 << send->pids[i] % 8);
        send->reached += result == 0;
        if (result < 0 && result != -ESRCH && send->error == 0) {
            send->error = lc_failure(LC_CALL_PIDFD_SEND_SIGNAL, result);
        }
    }
    sys_close(send->handles[i]);
}

/* One part of a pass: the next processes that are listed and not signalled. */
static lc_i64 signal_some(struct send *send) {
    send->count = 0;
    send->unseen = 0;
    lc_i64 error = visit_all(send->process->cgroup, 0, collect, send);
    if (error == 0 && send->count > 0) {
        error = visit_all(send->process->cgroup, 0, confirm, send);
    }
    for (int i = 0; i < send->count; i++) {
        signal_one(send, i);
    }
    return error;
}

/* How many parts three passes have: of those that are there at first, as many as it takes, and one for the new ones. */
static lc_i64 signal_in_passes(struct send *send) {
    lc_i64 error = signal_some(send);
    for (lc_i64 left = send->unseen / AT_ONCE + MOST_PASSES; error == 0 && send->unseen > 0 && left > 0; left--) {
        error = signal_some(send);
    }
    return error;
}

static long write_word(lc_i64 directory, const char *name, const char *word) {
    long file = open_at(directory, name, O_WRONLY);
    if (file < 0) {
        return file;
    }
    long result = sys_write(file, word, 1);
    sys_close(file);
    return result;
}

/* Processes that are not frozen at the deadline may fork, and are signalled while there is time. */
static void await_frozen(lc_i64 directory, long deadline) {
    long file = open_at(directory, "cgroup.events", O_RDONLY);
    int frozen = file < 0;
    while (!frozen && read_events(file, "frozen ", &frozen) == 0 && !frozen) {
        struct pollfd entry = {.fd = (int) file, .events = POLLPRI};
        if (lc_poll(&entry, 1, lc_time_left(deadline)) <= 0) {
            break;
        }
    }
    sys_close_if_open(file);
}

static lc_i64 signal_until(struct send *send, long deadline) {
    lc_i64 error;
    do {
        error = signal_some(send);
    } while (error == 0 && send->unseen > 0 && lc_time_left(deadline) > 0);
    return error;
}

/*
 * After the write a fork is restarted at the thaw, unless it is nearly complete. So most processes are signalled while
 * the kernel freezes them, which takes longer than the deadline with thousands of processes.
 */
static lc_i64 signal_frozen(struct send *send) {
    long deadline = lc_deadline_after(most_frozen_ns);
    long frozen = write_word(send->process->cgroup, "cgroup.freeze", "1");
    lc_i64 error = signal_until(send, deadline);
    if (frozen >= 0) {
        await_frozen(send->process->cgroup, deadline);
        error = error == 0 ? signal_until(send, deadline) : error;
        write_word(send->process->cgroup, "cgroup.freeze", "0");
    }
    return error;
}

/* The leader started in this cgroup and may have moved itself to another. */
static lc_i64 send_to_leader_that_left(const struct lc_process *process, lc_i32 signal) {
    int runs = !lc_exit_is_known(process) && lc_has_exited(process) == 0;
    return runs ? lc_send_to_leader(process, signal) : lc_failure(LC_CALL_PIDFD_SEND_SIGNAL, -ESRCH);
}

static lc_i64 send_to_each(const struct lc_process *process, lc_i32 signal, int was_killed) {
    struct send send = {.process = process, .signal = signal};
    long memory = sys_mmap(MOST_PIDS / 8, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
    if (memory < 0 && memory > -4096) {
        return lc_failure(LC_CALL_MMAP, memory);
    }
    send.done = (unsigned char *) memory;
    lc_i64 error = signal_in_passes(&send);
    if (error == 0 && send.unseen > 0 && !was_killed) {
        error = signal_frozen(&send);
    }
    int has_left = !is_done(&send, process->pid);
    sys_munmap((lc_u64) memory, MOST_PIDS / 8);
    lc_i64 left = has_left ? send_to_leader_that_left(process, signal) : lc_failure(LC_CALL_PIDFD_SEND_SIGNAL, -ESRCH);
    if (send.reached > 0 || left == 0) {
        return 0;
    }
    return error < 0 ? error : send.error < 0 ? send.error : left;
}

/*
 * cgroup.kill (Linux 5.14) also kills processes that fork, but it sends SIGKILL to main threads: a process whose main
 * thread has ended gets none and continues in its other threads. So each process that is still listed gets SIGKILL too.
 */
lc_i64 lc_cgroup_send(const struct lc_process *process, lc_i32 signal) {
    struct lc_process copy = *process;
    if (lc_cgroup_probe(&copy) == 0 && copy.group_state == LC_GROUP_EMPTY) {
        return send_to_leader_that_left(process, signal);
    }
    int was_killed = signal == LC_SIGKILL && write_word(process->cgroup, "cgroup.kill", "1") >= 0;
    lc_i64 error = send_to_each(process, signal, was_killed);
    return was_killed ? 0 : error;
}

/* Members */

struct listing {
    struct lc_look *look;
    lc_i64 index;
};

static lc_i64 count_member(void *context, lc_i64 pid) {
    const struct listing *listing = context;
    return lc_look_at_member(listing->look, listing->index, pid);
}

lc_i64 lc_cgroup_look(struct lc_look *look, lc_i64 index) {
    struct listing listing = {look, index};
    return visit_all(look->leaders[index].cgroup, 0, count_member, &listing);
}

static lc_i64 add_escaped(void *context, lc_i64 pid) {
    lc_add_if_escaped(context, pid);
    return 0;
}

void lc_cgroup_find_escaped(struct lc_process *process) {
    visit_all(process->cgroup, 0, add_escaped, process);
}
