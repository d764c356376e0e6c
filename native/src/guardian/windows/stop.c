/*
 * stop.c - stops the processes that the owner has left, as their slots say: with the steps and times of the owner, all
 * at the same time.
 *
 * The system has an event for the end of a process, but a thread can wait for 64 at most, and none that always comes
 * for the end of a job. So the processes are looked at from time to time.
 */
#include "guard.h"

/* The pause between two looks, doubled each time, as in lc_wait(). */
static const lc_i64 first_pause_ns = 1000000;
static const lc_i64 longest_pause_ns = 20000000;

struct lc_process as_process(const struct guarded *one) {
    return (struct lc_process){
        .size = sizeof(struct lc_process),
        .pid = one->pid,
        .group = one->job == NULL ? 0 : lc_number(one->job),
        .handle = lc_number(one->process),
        .in = -1,
        .out = -1,
        .err = -1,
    };
}

/* One process */

/* A job that cannot be queried is not gone. */
static int is_gone(struct guarded *one, const struct lc_slot *slot) {
    DWORD active = 0;
    one->exited = one->exited || lc_has_exited(one->process);
    if (!one->exited || slot->mode == LC_SLOT_LEADER || one->job == NULL) {
        return one->exited;
    }
    return lc_count_active(lc_number(one->job), &active) == 0 && active == 0;
}

static void end(struct guarded *one) {
    one->part = OVER;
    end_command(one);
    forget(one);
}

static void begin(struct guarded *one, const struct lc_slot *slot) {
    one->part = STOPPING;
    one->step = first_step_of(slot);
    one->deadline = 0;
    if (is_gone(one, slot)) {
        end(one);
    }
}

static lc_i64 kill(const struct guarded *one, const struct lc_slot *slot) {
    struct lc_process process = as_process(one);
    process.signal = LC_SIGKILL;
    process.scope = slot->mode == LC_SLOT_LEADER ? LC_SCOPE_LEADER : LC_SCOPE_GROUP;
    return lc_send(&process);
}

/* Returns less than 0 if it has failed. */
static lc_i64 act(struct guarded *one, const struct lc_slot *slot, const struct lc_step *step) {
    switch (step->kind) {
    case LC_STEP_WAIT:
        return 0;
    case LC_STEP_RUN:
        return one->exited ? 0 : run(one, (const char *) slot + step->what);
    case LC_STEP_SIGNAL:
        return step->what == LC_EVENT_CTRL_BREAK ? send_break(one) : lc_unsupported();
    default:
        return kill(one, slot);
    }
}

/* Begins the next step, and ends the command of the step before. */
static void take_step(struct guarded *one, const struct lc_slot *slot) {
    const struct lc_step *step = step_of(slot, one->step++);
    end_command(one);
    lc_i64 result = act(one, slot, step);
    lc_i64 timeout = result < 0 ? lc_shorter(step->timeout_ns, GRACE_NS) : step->timeout_ns;
    one->deadline = timeout <= 0 ? 0 : lc_deadline_after(timeout);
}

/* After a command that has failed the process gets no more time than after any failed action. */
static void look_at_command(struct guarded *one) {
    if (one->command != NULL && lc_has_exited(one->command) && end_command(one)) {
        one->deadline = lc_shorter(one->deadline, lc_deadline_after(GRACE_NS));
    }
}

/* Under LC_SLOT_MIXED the members that outlive the leader are killed at once. */
static int is_rest(const struct guarded *one, const struct lc_slot *slot) {
    return slot->mode == LC_SLOT_MIXED && one->exited && one->step < count_of(slot);
}

static void advance(struct guarded *one, const struct lc_slot *slot) {
    if (is_gone(one, slot)) {
        end(one);
        return;
    }
    look_at_command(one);
    if (is_rest(one, slot)) {
        one->step = count_of(slot) - 1;
        one->deadline = 0;
    }
    while (one->deadline <= lc_now()) {
        if (one->step >= count_of(slot)) {
            end(one);
            return;
        }
        take_step(one, slot);
    }
}

/* All of them */

static lc_u32 begin_all(void) {
    lc_u32 count = 0;
    for (lc_u32 i = 0; i < used; i++) {
        const struct lc_slot *slot = slot_to_stop(i);
        if (slot != NULL) {
            begin(&table[i], slot);
            count += table[i].part == STOPPING;
        }
    }
    return count;
}

static int advance_all(void) {
    int left = 0;
    for (lc_u32 i = 0; i < used; i++) {
        if (table[i].part == STOPPING) {
            advance(&table[i], slot_at(memory, i));
            left |= table[i].part == STOPPING;
        }
    }
    return left;
}

void stop_all(void) {
    lc_u32 count = begin_all();
    if (count == 0) {
        return;
    }
    write_message_and_close(error_stream, (lc_u32) memory->owner, count);
    commands_begin();
    for (lc_i64 pause = first_pause_ns; advance_all(); pause = lc_shorter(2 * pause, longest_pause_ns)) {
        Sleep(lc_milliseconds(pause));
    }
}
