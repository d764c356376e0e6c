/*
 * stop.c - stops the processes that the owner has left, as their slots say: with the steps, signals and times of the
 * owner, all at the same time.
 *
 * The owner read the output of its processes, and no process reads it any more. On macOS no other process can open the
 * pipe then. One that had opened it before would keep EPIPE from the writer while the owner lives.
 */
#include <signal.h>
#include <stdio.h>
#include <time.h>

#include "guard.h"
#include "queue.h"

/* The shortest pause between two looks, which take at most a part of the time. */
static const lc_i64 pause_ns = 20 * 1000000LL;

enum { LOOK_PART = 8 };

static void begin_all(void) {
    for (lc_u32 i = 0; i < used; i++) {
        const struct lc_slot *slot = slot_to_stop(i);
        if (slot != NULL && table[i].part == WATCHED) {
            table[i].part = STOPPING;
            table[i].empty = 0;
            table[i].step = first_step_of(slot);
        }
    }
}

static void end(struct guarded *one) {
    end_command(one);
    one->part = OVER;
}

static long send_signal(lc_u32 index, const struct lc_slot *slot, const struct lc_step *step) {
    struct guarded *one = &table[index];
    int is_kill = step->kind == LC_STEP_KILL;
    int signal_number = is_kill ? SIGKILL : lc_system_signal(step->what);
    if (signal_number < 0) {
        return -EINVAL;
    }
    one->signal = signal_number;
    one->whole = slot->mode == LC_SLOT_GROUP || (slot->mode == LC_SLOT_MIXED && is_kill);
    one->follows = !is_kill;
    one->sent++;
    return deliver(index);
}

static long act(lc_u32 index, const struct lc_slot *slot, const struct lc_step *step) {
    switch (step->kind) {
    case LC_STEP_WAIT:
        return 0;
    case LC_STEP_RUN:
        return table[index].exited ? 0 : run(&table[index], (const char *) slot + step->what);
    default:
        return send_signal(index, slot, step);
    }
}

/* Begins the next step, and ends the command of the step before. */
static void take_step(lc_u32 index, const struct lc_slot *slot) {
    struct guarded *one = &table[index];
    const struct lc_step *step = step_of(slot, one->step++);
    end_command(one);
    long result = act(index, slot, step);
    lc_i64 timeout = result < 0 ? lc_shorter(step->timeout_ns, GRACE_NS) : step->timeout_ns;
    one->deadline = timeout <= 0 ? 0 : lc_deadline_after(timeout);
}

static int is_gone(const struct guarded *one, const struct lc_slot *slot) {
    return one->exited && (slot->mode == LC_SLOT_LEADER || one->empty > 1);
}

/* Under LC_SLOT_MIXED the members that outlive the leader are killed at once. */
static int is_rest(const struct guarded *one, const struct lc_slot *slot) {
    return slot->mode == LC_SLOT_MIXED && one->exited && one->step < count_of(slot);
}

/* Returns whether it has taken a step, after which its members are looked for at once. */
static int advance(lc_u32 index) {
    struct guarded *one = &table[index];
    const struct lc_slot *slot = slot_at(memory, index);
    int before = one->step;
    if (is_gone(one, slot)) {
        end(one);
        return 0;
    }
    if (one->empty == 1) {
        return 0; /* the next look decides */
    }
    if (has_command_failed(one)) {
        one->deadline = lc_shorter(one->deadline, lc_deadline_after(GRACE_NS));
    }
    if (is_rest(one, slot)) {
        one->step = count_of(slot) - 1;
        one->deadline = 0;
    }
    while (lc_time_left(one->deadline) == 0) {
        if (one->step >= count_of(slot)) {
            end(one);
            return 0;
        }
        take_step(index, slot);
    }
    return one->step != before;
}

/* Returns how many are left. */
static int advance_all(int *again, lc_i64 *until) {
    int left = 0;
    for (lc_u32 i = 0; i < used; i++) {
        if (table[i].part == STOPPING) {
            deliver(i);
            *again |= advance(i);
            left += table[i].part == STOPPING;
            *until = lc_shorter(*until, table[i].deadline);
        }
    }
    return left;
}

/*
 * Writes one line to the owner's standard error and closes it. A write may wait for a reader that never reads, and
 * O_NONBLOCK would apply to all processes that share the open file. So another process writes, for a second at most.
 */
static void write_message_and_close(int count) {
    char line[160];
    int length = snprintf(line, sizeof line,
                          "io.github.lastcall: the JVM (pid %lld) has ended and left %d process%s being stopped\n",
                          memory->owner, count, count == 1 ? ", which is" : "es, which are");
    if (fork() == 0) {
        signal(SIGALRM, SIG_DFL);
        alarm(1);
        _exit(write(2, line, (size_t) length) < 0);
    }
    dup2(1, 2);
}

/* Those that had ended before are not counted. */
static int count_running(void) {
    int count = 0;
    for (lc_u32 i = 0; i < used; i++) {
        count += table[i].part == STOPPING && !is_gone(&table[i], slot_at(memory, i));
    }
    return count;
}

static void pause_until(lc_i64 until, lc_i64 begun) {
    lc_i64 took = lc_deadline_after(0) - begun;
    lc_i64 pause = took * LOOK_PART > pause_ns ? took * LOOK_PART : pause_ns;
    lc_i64 left = lc_shorter(lc_time_left(until), pause);
    const struct timespec time = {(time_t) (left / 1000000000), (long) (left % 1000000000)};
    nanosleep(&time, NULL);
}

void stop_all(void) {
    begin_all();
    look();
    look();
    int count = count_running();
    if (count > 0) {
        write_message_and_close(count);
    }
    for (;;) {
        lc_i64 begun = lc_deadline_after(0), until = LC_FOREVER;
        int again = look();
        if (advance_all(&again, &until) == 0) {
            return;
        }
        if (!again) {
            pause_until(until, begun);
        }
    }
}
