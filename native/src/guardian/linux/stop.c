/*
 * stop.c - stops the processes that the owner has left, as their slots say: with the steps, signals and times of the
 * owner, all at the same time.
 *
 * A group is signalled through the pidfd of its leader, also after the reap of the leader. Members of a cgroup or with
 * a mark, and before Linux 6.9 all members, are signalled through their own pidfds: no signal is sent to a number. A
 * group is gone when the kernel says that it is empty, or when a scan of all processes finds only zombies, which the
 * process that adopts them may not reap soon.
 */
#include <asm/poll.h>
#include <asm/signal.h>

#include "guard.h"
#include "procfs.h"

enum { POLLED_EACH = 1 + STREAMS + 1 /* the leader, the pipes, the command */ };

static const lc_i64 ms = 1000000;

/* How long to receive the registrations of the owner's last children, which they have sent before their exec. */
static const lc_i64 reading_ns = 1000 * 1000000LL;

/* How often to probe groups whose leader has ended: the kernel has no event for an empty group. */
static const lc_i64 probe_pause_ns = 10 * 1000000LL;

/* The shortest pause between two scans of all processes, which take at most a part of the time. */
static const lc_i64 scan_pause_ns = 50 * 1000000LL;

enum { SCAN_PART = 8 };

static struct pollfd polled[1 + POLLED_EACH * MOST_SLOTS];
static int is_reading = 1;
static long read_until;
static long scan_at;
static int is_message_written;

static long now(void) {
    return lc_deadline_after(0);
}

/* Signals */

static lc_i64 send(struct guarded *one, const struct lc_slot *slot, const struct lc_step *step) {
    int whole = slot->mode == LC_SLOT_GROUP || (slot->mode == LC_SLOT_MIXED && step->kind == LC_STEP_KILL);
    int signal = step->kind == LC_STEP_KILL ? SIGKILL : step->what;
    if (whole) {
        search_for(one, signal);
    }
    /* The leader gets it after a scan: after its end a scan cannot find the members any more. */
    if (whole && is_by_number(one)) {
        return 0;
    }
    lc_i64 result = whole ? send_to_group(one, signal) : sys_pidfd_send_signal(one->pidfd, signal, 0);
    if (step->kind == LC_STEP_SIGNAL) {
        /* A stopped process could not react. */
        if (whole) {
            send_to_group(one, SIGCONT);
        } else {
            sys_pidfd_send_signal(one->pidfd, SIGCONT, 0);
        }
    }
    return result;
}

/* One process */

static int is_gone(const struct guarded *one, const struct lc_slot *slot) {
    if (!one->exited) {
        return 0;
    }
    return slot->mode == LC_SLOT_LEADER || one->is_dead || (one->mark == 0 && is_group_empty(one));
}

static void end(struct guarded *one, const struct lc_slot *slot) {
    one->part = OVER;
    end_command(one);
    close_group(one, slot);
    for (int i = 0; i < STREAMS; i++) {
        if (one->pipes[i] != NONE) {
            sys_close(one->pipes[i]);
            one->pipes[i] = NONE;
        }
    }
    forget(one);
}

static void begin(struct guarded *one, const struct lc_slot *slot) {
    one->part = STOPPING;
    one->step = first_step_of(slot);
    one->deadline = 0;
    one->exited = lc_pidfd_readable(one->pidfd);
    one->mark = slot->mark;
    one->is_dead = 0; /* leaders.c has looked for members in the group only */
    open_group(one, slot);
    if (is_gone(one, slot)) {
        end(one, slot);
    } else {
        open_pipes(one, slot->mode != LC_SLOT_LEADER);
    }
}

/* Returns less than 0 if it has failed. */
static lc_i64 act(struct guarded *one, const struct lc_slot *slot, const struct lc_step *step) {
    switch (step->kind) {
    case LC_STEP_WAIT:
        return 0;
    case LC_STEP_RUN:
        return one->exited ? 0 : run(one, (const char *) slot + step->what);
    default:
        return send(one, slot, step);
    }
}

/* Begins the next step, and ends the command of the step before. */
static void take_step(struct guarded *one, const struct lc_slot *slot) {
    const struct lc_step *step = step_of(slot, one->step++);
    end_command(one);
    lc_i64 result = act(one, slot, step);
    lc_i64 timeout = step->timeout_ns;
    if (result < 0 && timeout > GRACE_NS) {
        timeout = GRACE_NS;
    }
    one->deadline = timeout <= 0 ? 0 : lc_deadline_after(timeout);
}

/* After a command that has failed the process gets no more time than after any failed action. */
static void command_ended(struct guarded *one) {
    long grace = lc_deadline_after(GRACE_NS);
    if (reap_command(one) && grace < one->deadline) {
        one->deadline = grace;
    }
}

/* Under LC_SLOT_MIXED the members that outlive the leader are killed at once. */
static int is_rest(const struct guarded *one, const struct lc_slot *slot) {
    return slot->mode == LC_SLOT_MIXED && one->exited && one->step < count_of(slot);
}

static void advance(struct guarded *one, const struct lc_slot *slot) {
    if (is_gone(one, slot)) {
        end(one, slot);
        return;
    }
    if (is_rest(one, slot)) {
        one->step = count_of(slot) - 1;
        one->deadline = 0;
    }
    while (one->deadline <= now()) {
        if (one->step >= count_of(slot)) {
            end(one, slot);
            return;
        }
        take_step(one, slot);
    }
}

/* All of them */

static void begin_all(void) {
    for (lc_u32 i = 0; i < used; i++) {
        const struct lc_slot *slot = slot_to_stop(i);
        if (slot != NULL && table[i].part == WATCHED) {
            begin(&table[i], slot);
        }
    }
}

static int advance_all(void) {
    int left = 0;
    for (lc_u32 i = 0; i < used; i++) {
        if (table[i].part == STOPPING) {
            advance(&table[i], slot_at(memory, i));
            left += table[i].part == STOPPING;
        }
    }
    return left;
}

static int count_stopping(void) {
    int count = 0;
    for (lc_u32 i = 0; i < used; i++) {
        count += table[i].part == STOPPING;
    }
    return count;
}

static void read_on(void) {
    if (is_reading && (!receive() || now() >= read_until)) {
        sys_close(LC_GUARDIAN_SOCKET);
        is_reading = 0;
    }
}

long pause_after_look(long begun) {
    long took = now() - begun;
    return lc_deadline_after(took * SCAN_PART > scan_pause_ns ? took * SCAN_PART : scan_pause_ns);
}

/* Groups that may consist of zombies */

static void look_at_some(struct look *look) {
    const struct lc_scan scan = scan_for(look);
    if (lc_members(&scan) >= 0) {
        evaluate_groups(look);
    }
    look->count = 0;
}

/* Returns how many leaders have ended without their groups. */
static int look_at_groups(void) {
    static struct look look;
    int left = 0;
    long begun = now();
    int due = begun >= scan_at;
    for (lc_u32 i = 0; i < used; i++) {
        if (table[i].part != STOPPING || !table[i].exited || table[i].mark != 0) {
            continue;
        }
        left++;
        if (due && table[i].cgroup == 0 && !is_by_number(&table[i]) && add_to_look(&look, i)) {
            look_at_some(&look);
        }
    }
    if (look.count > 0) {
        look_at_some(&look);
    }
    if (due && left > 0) {
        scan_at = pause_after_look(begun);
    }
    return left;
}

/* Waiting */

/* What is not open has no entry: ppoll(2) takes no more entries than a process may have descriptors. */
static unsigned add(unsigned count, int handle) {
    if (handle == NONE) {
        return count;
    }
    polled[count] = (struct pollfd){.fd = handle, .events = POLLIN};
    return count + 1;
}

static int leader_to_poll(const struct guarded *one) {
    return one->exited ? NONE : one->pidfd;
}

static unsigned fill_polled(long *until) {
    unsigned count = add(0, is_reading ? LC_GUARDIAN_SOCKET : NONE);
    for (lc_u32 i = 0; i < used; i++) {
        const struct guarded *one = &table[i];
        if (one->part != STOPPING) {
            continue;
        }
        count = add(count, leader_to_poll(one));
        for (int stream = 0; stream < STREAMS; stream++) {
            count = add(count, one->pipes[stream]);
        }
        count = add(count, one->command);
        *until = one->deadline < *until ? one->deadline : *until;
    }
    return count;
}

/* In the order of fill_polled(). */
static int has_event(unsigned *at, int handle) {
    return handle != NONE && polled[(*at)++].revents != 0;
}

static void take_events(void) {
    unsigned at = is_reading ? 1 : 0;
    for (lc_u32 i = 0; i < used; i++) {
        struct guarded *one = &table[i];
        if (one->part != STOPPING) {
            continue;
        }
        one->exited |= has_event(&at, leader_to_poll(one));
        for (int stream = 0; stream < STREAMS; stream++) {
            if (has_event(&at, one->pipes[stream])) {
                drain(&one->pipes[stream]);
            }
        }
        if (has_event(&at, one->command)) {
            command_ended(one);
        }
    }
}

static void await(int groups) {
    long until = is_reading ? read_until : LC_FOREVER;
    until = next_look() < until ? next_look() : until;
    unsigned count = fill_polled(&until);
    if (groups > 0) {
        long probe_at = lc_deadline_after(probe_pause_ns);
        until = probe_at < until ? probe_at : until;
    }
    lc_i64 left = lc_time_left(until);
    /* Short waits, because the kernel's time stands still while we are stopped. */
    lc_poll(polled, count, left < 250 * ms ? left : 250 * ms);
    take_events();
}

void stop_all(void) {
    read_until = lc_deadline_after(reading_ns);
    for (;;) {
        read_on();
        begin_all();
        search();
        int begun = count_stopping();
        int left = advance_all();
        if (!is_message_written && begun > 0) {
            is_message_written = 1;
            write_message_and_close(memory->owner, begun);
        }
        if (left == 0 && !is_reading) {
            return;
        }
        await(look_at_groups());
    }
}
