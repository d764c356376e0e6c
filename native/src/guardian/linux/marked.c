/*
 * marked.c - the members of marked processes. The pidfd of a leader reaches its group alone: who is outside of it is
 * sent a signal when a look finds it, until one finds nobody new.
 */
#include <asm/signal.h>

#include "guard.h"

enum { MOST_FOUND = 4096 };

static struct lc_member found[MOST_FOUND];
static lc_u32 found_got[MOST_FOUND];

/* Who was found before, and the number of the last signal that it got. */
static struct lc_member held[MOST_FOUND];
static lc_u32 held_got[MOST_FOUND];
static lc_i64 held_count;

static long look_at;

static int is_due(const struct guarded *one) {
    return one->part == STOPPING && one->mark != 0 && (one->exited || !one->is_searched);
}

long next_look(void) {
    for (lc_u32 i = 0; i < used; i++) {
        if (is_due(&table[i])) {
            return look_at;
        }
    }
    return LC_FOREVER;
}

void search_for(struct guarded *one, int signal) {
    one->signal = signal;
    one->sent++;
    one->is_searched = 0;
    look_at = 0;
}

static lc_u32 last_got(const struct lc_member *member) {
    for (lc_i64 i = 0; i < held_count; i++) {
        if (held[i].pid == member->pid && held[i].started == member->started && held[i].leader == member->leader) {
            return held_got[i];
        }
    }
    return 0;
}

/* Returns whether it was sent the signal now. */
static int send_if_outside(const struct guarded *one, const struct lc_member *member, lc_u32 *got) {
    *got = last_got(member);
    if (member->group == one->pid || member->pid == one->pid || member->handle < 0 || *got == one->sent) {
        return 0;
    }
    *got = one->sent;
    sys_pidfd_send_signal(member->handle, one->signal, 0);
    if (one->signal != SIGKILL) {
        sys_pidfd_send_signal(member->handle, SIGCONT, 0);
    }
    return 1;
}

static struct guarded *process_of(const struct lc_member *member, const struct look *look) {
    for (int i = 0; i < look->count; i++) {
        if (look->leaders[i].pid == member->leader) {
            return &table[look->indexes[i]];
        }
    }
    return NULL;
}

/* Takes the place of what was held for these. */
static void hold_found(const struct look *look, lc_i64 found_count) {
    lc_i64 kept = 0;
    for (lc_i64 i = 0; i < held_count; i++) {
        if (process_of(&held[i], look) == NULL) {
            held[kept] = held[i];
            held_got[kept++] = held_got[i];
        }
    }
    for (lc_i64 i = 0; i < found_count && kept < MOST_FOUND; i++) {
        held[kept] = found[i];
        held_got[kept++] = found_got[i];
    }
    held_count = kept;
}

/* Returns whether somebody was sent a signal: then another look has to find nobody new. */
static int take_found(const struct look *look) {
    lc_i64 at = 0;
    int sent = 0;
    for (int i = 0; i < look->count; i++) {
        table[look->indexes[i]].is_searched = 1;
    }
    for (; at < MOST_FOUND && found[at].pid != 0; at++) {
        struct guarded *one = process_of(&found[at], look);
        if (send_if_outside(one, &found[at], &found_got[at])) {
            one->is_searched = 0;
            sent = 1;
        }
        if (found[at].handle >= 0) {
            sys_close(found[at].handle);
        }
    }
    hold_found(look, at);
    return sent;
}

static int look_at_some(struct look *look) {
    struct lc_scan scan = scan_for(look);
    scan.members = (lc_u64) found;
    scan.capacity = scan.most_handles = MOST_FOUND;
    scan.held = (lc_u64) held;
    scan.held_count = held_count;
    for (int i = 0; i < MOST_FOUND; i++) {
        found[i].size = sizeof found[i];
    }
    int sent = 0;
    if (lc_members_of(&scan, memory->group, memory->session) >= 0) {
        sent = take_found(look);
        take_in_groups(look);
    }
    look->count = 0;
    return sent;
}

void look_at_marked(void) {
    static struct look look;
    int sent = 0;
    long begun = lc_deadline_after(0);
    if (next_look() > begun) {
        return;
    }
    for (lc_u32 i = 0; i < used; i++) {
        if (is_due(&table[i]) && add_to_look(&look, i)) {
            sent |= look_at_some(&look);
        }
    }
    if (look.count > 0) {
        sent |= look_at_some(&look);
    }
    look_at = sent ? 0 : pause_after_look(begun);
}
