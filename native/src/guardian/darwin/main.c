/*
 * main.c - the guardian: waits until its owner has ended, and stops the processes that the owner has left.
 *
 * The owner has ended when the kernel reports its exit (NOTE_EXIT), and not before: not while it is stopped, slow, or
 * dumps its core. The end of the socket alone says less. An exec closes it, and the owner continues as another program
 * that handles its children itself; an owner that has a new guardian closes it too. Then this guardian ends and does
 * nothing.
 */
#include <signal.h>

#include <sys/mman.h>

#include "guard.h"
#include "queue.h"

struct guarded table[LC_MOST_SLOTS];
lc_u32 used;
const struct lc_guarded *memory;

enum { EVENTS_AT_ONCE = 64 };

/* Most leaders leave no member, and their owner soon frees their slot. */
static const lc_i64 first_pause_ns = 100 * 1000000LL;

/* While such a leader is in the table, its members are looked for again: only they show later whose group it is. */
static const lc_i64 pause_ns = 1000 * 1000000LL;

static lc_i64 queue;
static lc_i64 look_at = LC_FOREVER;

/* The token of the owner and the socket. That of a leader has the generation in its upper half. */
static const lc_u64 no_leader = ~0ULL;

const struct lc_slot *slot_to_stop(lc_u32 index) {
    const struct lc_slot *slot = slot_at(memory, index);
    const struct guarded *one = &table[index];
    return one->pid != 0 && one->generation == slot->generation && slot->state == LC_SLOT_ARMED ? slot : NULL;
}

/* The leaders */

static void leader_has_ended(struct guarded *one) {
    one->exited = 1;
    look_at = lc_shorter(look_at, lc_deadline_after(first_pause_ns));
}

/* The look comes after the watch: if the leader runs then, the watch is for it. */
static void watch_leader(struct guarded *one, const struct lc_registration *record) {
    lc_queue_watch_exit(queue, record->pid, (lc_u64) record->generation << 32 | record->slot);
    if (!lc_runs(record->pid, record->unique)) {
        leader_has_ended(one);
    }
}

static void take_exit(lc_u64 token) {
    struct guarded *one = &table[(lc_u32) token];
    if (one->generation == token >> 32) {
        leader_has_ended(one);
    }
}

/* Registrations */

static void enter(const struct lc_registration *record) {
    if (record->slot >= memory->slots || record->slot >= LC_MOST_SLOTS || record->pid < 2
        || record->pid >= MOST_PIDS) {
        return;
    }
    struct guarded *one = &table[record->slot];
    forget_members(record->slot);
    *one = (struct guarded){.pid = record->pid, .unique = record->unique, .generation = record->generation};
    used = record->slot >= used ? record->slot + 1 : used;
    watch_leader(one, record);
}

/* Returns whether more may come. */
static int receive(void) {
    static struct lc_registration record;
    static long filled;
    for (;;) {
        long bytes = sys_read(LC_GUARDIAN_SOCKET, (char *) &record + filled, (lc_i64) sizeof record - filled);
        if (bytes <= 0 && bytes != -EINTR) {
            return bytes == -EAGAIN;
        }
        filled += bytes > 0 ? bytes : 0;
        if (filled == sizeof record) {
            enter(&record);
            filled = 0;
        }
    }
}

/* Watching */

/* An owner that exits gives up its identity before its files. */
static int socket_has_ended(void) {
    if (receive()) {
        return 0;
    }
    close(LC_GUARDIAN_SOCKET);
    return lc_runs(memory->owner, memory->unique);
}

static void look_for_members(void) {
    look();
    look_at = LC_FOREVER;
    for (lc_u32 i = 0; i < used; i++) {
        if (is_sought(i)) {
            look_at = lc_deadline_after(pause_ns);
        }
    }
}

/* Returns whether the owner has ended; 0: it lives, and does not need this guardian any more. */
static int watch(void) {
    struct kevent events[EVENTS_AT_ONCE];
    for (;;) {
        long count = lc_queue_take(queue, events, EVENTS_AT_ONCE, look_at);
        int has_ended = 0;
        for (long i = 0; i < count; i++) {
            lc_u64 token = (lc_u64) events[i].udata;
            if (token != no_leader) {
                take_exit(token);
            } else if (events[i].filter == EVFILT_PROC) {
                has_ended = 1;
            } else if (socket_has_ended()) {
                return 0;
            }
        }
        if (count < 0 || has_ended) {
            return has_ended;
        }
        if (lc_time_left(look_at) == 0) {
            look_for_members();
        }
    }
}

/* Start */

/*
 * Ignores the signals of a terminal and those that request an end: the guardian ends by itself when there is nothing to
 * do.
 */
static void settle_signals(void) {
    static const int ignored[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGUSR1, SIGUSR2,   SIGPIPE, SIGALRM, SIGTERM,
                                  SIGTSTP, SIGTTIN, SIGTTOU, SIGVTALRM, SIGPROF, SIGIO};
    signal(SIGCHLD, SIG_DFL);
    for (unsigned i = 0; i < sizeof ignored / sizeof *ignored; i++) {
        signal(ignored[i], SIG_IGN);
    }
}

static int map_memory(void) {
    void *address = mmap(NULL, LC_SLOT_BYTES, PROT_READ, MAP_SHARED, LC_GUARDIAN_MEMORY, 0);
    const struct lc_guarded *head = address;
    if (address == MAP_FAILED || head->abi != LC_ABI || head->slots > LC_MOST_SLOTS) {
        return 0;
    }
    lc_i64 bytes = (1 + (lc_i64) head->slots) * LC_SLOT_BYTES;
    memory = mmap(NULL, (size_t) bytes, PROT_READ, MAP_SHARED, LC_GUARDIAN_MEMORY, 0);
    return memory != MAP_FAILED;
}

/* The look comes after the watch: if the owner runs then, the watch is for it. */
static long watch_owner(void) {
    long result = lc_queue_watch_exit(queue, memory->owner, no_leader);
    if (result == 0) {
        result = lc_queue_edit(queue, LC_GUARDIAN_SOCKET, EVFILT_READ, EV_ADD, 0, no_leader);
    }
    return result == 0 && !lc_runs(memory->owner, memory->unique) ? -ESRCH : result;
}

static lc_i64 answer(void) {
    if (!can_signal()) {
        return lc_error_word(LC_STAGE_GUARDIAN, LC_CALL_NONE, LC_ERR_UNSUPPORTED, 0);
    }
    queue = lc_queue_open();
    if (queue < 0) {
        return lc_failure_at(LC_STAGE_GUARDIAN, LC_CALL_KQUEUE, queue);
    }
    long result = watch_owner();
    return result < 0 ? lc_failure_at(LC_STAGE_GUARDIAN, LC_CALL_KEVENT, result)
                      : (lc_i64) LC_ABI << 32 | memory->slots;
}

/* The first half ends at once, so that the guardian is no child of its owner. */
int main(void) {
    settle_signals();
    if (fork() != 0) {
        return 0;
    }
    fcntl(LC_GUARDIAN_SOCKET, F_SETFD, FD_CLOEXEC);
    fcntl(LC_GUARDIAN_MEMORY, F_SETFD, FD_CLOEXEC);
    if (chdir("/") < 0 || !map_memory()) {
        return 1;
    }
    lc_i64 ready = answer();
    sys_write(LC_GUARDIAN_SOCKET, &ready, sizeof ready);
    if (ready >= 0 && watch()) {
        receive();
        stop_all();
    }
    return 0;
}
