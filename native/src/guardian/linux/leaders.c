/*
 * leaders.c - before Linux 6.9: the leaders that end before their owner and leave members behind.
 *
 * While the owner lives it leaves such a leader unreaped. At the end of the owner the leader is reaped, and the number
 * of the group could be reused before a scan has found its members. So the scan is made before, and again each second.
 */
#include "guard.h"

/* Most leaders leave no member, and their owner soon frees their slot. */
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

/*
 * Scans for the members of leaders that have ended. If a slot is not armed any more, the group is gone or may outlive
 * the owner.
 */
static void look(void) {
    static struct look look;
    look_at = LC_FOREVER;
    for (lc_u32 i = 0; i < used; i++) {
        if (!table[i].exited) {
            continue;
        }
        if (slot_to_stop(i) == NULL) {
            close_members(&table[i]);
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
