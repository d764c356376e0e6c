/*
 * leaders.c - before Linux 6.9: the leaders that end before their owner does, and leave members behind.
 *
 * As long as the owner lives it leaves such a leader unreaped. With the owner that ends at once, and the number of the
 * group could be another's before a look has found who is in it. So they are looked for before, and again each second.
 */
#include "guard.h"

/* Most leaders leave nobody, and their owner says so soon. */
static const lc_i64 first_pause_ns = 100 * 1000000LL;

static const lc_i64 pause_ns = 1000 * 1000000LL;

static long look_at = LC_FOREVER;

int add_leaders(struct pollfd *entries) {
    if ((lc_features() & LC_FEATURE_PIDFD_GROUP) != 0) {
        return 0;
    }
    for (lc_u32 i = 0; i < used; i++) {
        int is_watched = table[i].pidfd != 0 && !table[i].exited;
        entries[i] = (struct pollfd){.fd = is_watched ? table[i].pidfd : NONE, .events = POLLIN};
    }
    return (int) used;
}

long next_look_at_leaders(void) {
    return look_at;
}

/* A slot that is armed no more says that the group has gone, or may outlive the owner. */
static void look(void) {
    static struct look look;
    look_at = LC_FOREVER;
    for (lc_u32 i = 0; i < used; i++) {
        if (!table[i].exited) {
            continue;
        }
        if (slot_to_stop(i) == NULL) {
            let_members_go(&table[i]);
            continue;
        }
        look_at = lc_deadline_after(pause_ns);
        if (add_to_look(&look, i)) {
            search_some(&look);
        }
    }
    if (look.count > 0) {
        search_some(&look);
    }
}

void watch_leaders(const struct pollfd *entries) {
    for (lc_u32 i = 0; i < used; i++) {
        if (entries[i].revents != 0) {
            table[i].exited = 1;
            long soon = lc_deadline_after(first_pause_ns);
            look_at = soon < look_at ? soon : look_at;
        }
    }
    if (look_at <= lc_deadline_after(0)) {
        look();
    }
}
