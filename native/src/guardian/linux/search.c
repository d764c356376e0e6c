/*
 * search.c - the members that no signal to the group reaches. They get the signal when a scan of all processes finds
 * them, until a scan finds no new member. Members of a marked process can be outside of its group.
 *
 * Before Linux 6.9 these are all members except the leader. There a group is known only by its number, which belongs to
 * the group while a process that was in it exists and has not left it: the leader, or a member that the scan before has
 * found. A pidfd shows whether such a process exists, also as a zombie. A scan is valid if one of them has existed
 * during the whole scan. If no known process is left, the number may belong to another group, and nothing more is sent.
 */
#include <asm/signal.h>

#include "guard.h"

enum {
    MOST_FOUND = 4096,    /* by one scan */
    MOST_HELD = 32 * 1024 /* of all processes; a group without one of these may be lost */
};

static struct lc_member found[MOST_FOUND];
static lc_u32 found_got[MOST_FOUND];

/* The members found before, and the number of the last signal that each got. With a pidfd if it pins a number. */
static struct lc_member held[MOST_HELD];
static lc_u32 held_got[MOST_HELD];
static lc_i64 held_count;

static long look_at;

/* What pins a number */

/* The order matters: the number belongs to the group if the process exists afterwards. */
static int pins(const struct lc_member *member, const struct guarded *one) {
    return member->leader == one->pid && member->handle >= 0 && sys_getpgid(member->pid) == one->pid
           && is_unreaped(member->handle);
}

lc_i64 pin_of(const struct guarded *one) {
    if (one->is_lost) {
        return NONE;
    }
    if (is_unreaped(one->pidfd)) {
        return one->pidfd;
    }
    for (lc_i64 i = 0; i < held_count; i++) {
        if (pins(&held[i], one)) {
            return held[i].handle;
        }
    }
    return NONE;
}

static void close_handle(struct lc_member *member) {
    if (member->handle >= 0) {
        sys_close(member->handle);
        member->handle = NONE;
    }
}

void close_members(const struct guarded *one) {
    for (lc_i64 i = 0; i < held_count; i++) {
        if (held[i].leader == one->pid) {
            close_handle(&held[i]);
        }
    }
}

/* Signals */

static int is_searched_for(const struct guarded *one) {
    return one->mark != 0 || (is_by_number(one) && !one->is_lost);
}

static int is_due(const struct guarded *one) {
    /* By number a scan is always due: pinning members may end, and new members may come. */
    return one->part == STOPPING && is_searched_for(one)
           && (one->exited || !one->is_searched || is_by_number(one));
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

static void send_to(const struct guarded *one, lc_i64 pidfd) {
    sys_pidfd_send_signal(pidfd, one->signal, 0);
    if (one->signal != SIGKILL) {
        sys_pidfd_send_signal(pidfd, SIGCONT, 0);
    }
}

/*
 * After a scan, because it finds the others only while their leader exists; also if it has failed. Before the others: a
 * shell whose command ends first may start another one, which no scan finds if all that were found have ended.
 */
static void send_to_leaders(const struct look *look) {
    for (int i = 0; i < look->count; i++) {
        struct guarded *one = &table[look->indexes[i]];
        if (is_by_number(one) && one->leader_got != one->sent) {
            one->leader_got = one->sent;
            send_to(one, one->pidfd);
        }
    }
}

static lc_u32 last_got(const struct lc_member *member) {
    for (lc_i64 i = 0; i < held_count; i++) {
        if (held[i].pid == member->pid && held[i].started == member->started && held[i].leader == member->leader) {
            return held_got[i];
        }
    }
    return 0;
}

static int is_reached_without(const struct guarded *one, const struct lc_member *member) {
    return member->pid == one->pid || (member->group == one->pid && !is_by_number(one));
}

/* Returns whether it was sent the signal now. */
static int send_if_new(const struct guarded *one, const struct lc_member *member, lc_u32 *got) {
    *got = last_got(member);
    if (is_reached_without(one, member) || member->handle < 0 || *got == one->sent) {
        return 0;
    }
    *got = one->sent;
    send_to(one, member->handle);
    return 1;
}

/* The result of a scan */

static struct guarded *process_of(const struct lc_member *member, const struct look *look) {
    for (int i = 0; i < look->count; i++) {
        if (look->leaders[i].pid == member->leader) {
            return &table[look->indexes[i]];
        }
    }
    return NULL;
}

/* Replaces the held members of these processes. */
static void hold_found(const struct look *look, lc_i64 found_count) {
    lc_i64 kept = 0;
    for (lc_i64 i = 0; i < held_count; i++) {
        if (process_of(&held[i], look) != NULL) {
            close_handle(&held[i]);
        } else {
            held[kept] = held[i];
            held_got[kept++] = held_got[i];
        }
    }
    for (lc_i64 i = 0; i < found_count; i++) {
        if (kept == MOST_HELD) {
            close_handle(&found[i]);
        } else {
            held[kept] = found[i];
            held_got[kept++] = found_got[i];
        }
    }
    held_count = kept;
}

/* Was it found by a number that was not pinned during the whole scan? */
static int may_be_stranger(const struct guarded *one, const struct lc_member *member) {
    return is_by_number(one) && one->is_lost && member->group == one->pid;
}

static void check_pins(const struct look *look) {
    for (int i = 0; i < look->count; i++) {
        struct guarded *one = &table[look->indexes[i]];
        one->is_lost = is_by_number(one) && pin_of(one) == NONE;
    }
}

/* Returns whether a signal was sent: then another scan has to find no new member. */
static int take_found(const struct look *look) {
    lc_i64 at = 0;
    int sent = 0;
    for (int i = 0; i < look->count; i++) {
        table[look->indexes[i]].is_searched = 1;
    }
    for (; at < MOST_FOUND && found[at].pid != 0; at++) {
        struct guarded *one = process_of(&found[at], look);
        if (!may_be_stranger(one, &found[at]) && send_if_new(one, &found[at], &found_got[at])) {
            one->is_searched = 0;
            sent = 1;
        }
        if (!is_by_number(one) || found[at].group != one->pid || one->is_lost) {
            close_handle(&found[at]);
        }
    }
    hold_found(look, at);
    return sent;
}

int search_some(struct look *look) {
    struct lc_scan scan = scan_for(look);
    scan.members = (lc_u64) found;
    scan.capacity = scan.most_handles = MOST_FOUND;
    scan.held = (lc_u64) held;
    scan.held_count = held_count;
    for (int i = 0; i < MOST_FOUND; i++) {
        found[i].size = sizeof found[i];
    }
    int sent = 0;
    int is_valid = lc_members_of(&scan, memory->group, memory->session) >= 0;
    if (is_valid) {
        check_pins(look);
    }
    send_to_leaders(look);
    if (is_valid) {
        sent = take_found(look);
        evaluate_groups(look);
    }
    look->count = 0;
    return sent;
}

void search(void) {
    static struct look look;
    int sent = 0;
    long begun = lc_deadline_after(0);
    if (next_look() > begun) {
        return;
    }
    for (lc_u32 i = 0; i < used; i++) {
        if (is_due(&table[i]) && add_to_look(&look, i)) {
            sent |= search_some(&look);
        }
    }
    if (look.count > 0) {
        sent |= search_some(&look);
    }
    look_at = sent ? 0 : pause_after_look(begun);
}
