/*
 * signal_state.c - why a member may not have followed a signal: it ignores or blocks it, or this caller may not send
 * it.
 *
 * Results are the contract's.
 */
#include "scan.h"

/* 0 also if it is not known. */
static int has_ended(const struct lc_member *member) {
    if (member->handle >= 0) {
        return lc_pidfd_readable(member->handle);
    }
    struct lc_stat stat;
    lc_i64 error = lc_stat_of(member->pid, &stat);
    return error < 0 ? lc_proc_gone(error) : stat.started != member->started || lc_looks_dead(&stat);
}

/* The mask of a thread that has ended does not count. */
static lc_u64 blocked_by(const struct lc_status *thread) {
    return thread->state == 'Z' || thread->state == 'X' ? ~0ULL : thread->blocked;
}

/* Returns whether the thread could be read or has ended. */
static int take_blocked_by(lc_i64 thread, lc_i64 pid, lc_u64 *blocked) {
    struct lc_status status;
    lc_i64 error = lc_status_of(thread, &status);
    if (error == 0 && status.pid == pid) {
        *blocked &= blocked_by(&status);
    }
    return error == 0 || lc_proc_gone(error);
}

/*
 * A signal for the process goes to any thread that does not block it, and in most processes the first thread does not.
 * If threads end meanwhile, the kernel may skip others in the list: then no signal is known to be blocked by all
 * threads.
 */
static lc_u64 blocked_by_all(const struct lc_status *process) {
    struct lc_listing threads;
    lc_u64 blocked = blocked_by(process);
    lc_i64 looked_at = 0;
    lc_i64 thread = 1;
    if (lc_list_threads(&threads, process->pid) < 0) {
        return 0;
    }
    while (blocked != 0 && (thread = lc_list_next(&threads)) > 0) {
        looked_at += take_blocked_by(thread, process->pid, &blocked);
    }
    lc_list_end(&threads);
    return thread >= 0 && (blocked == 0 || looked_at >= process->threads) ? blocked : 0;
}

static int is_refused(const struct lc_member *member) {
    long result = member->handle >= 0 ? sys_pidfd_send_signal(member->handle, 0, 0) : sys_kill(member->pid, 0);
    return result == -EPERM;
}

/* The file is read by pid, so it belongs to this member only if it still runs afterwards. */
void lc_add_signal_state(struct lc_member *member) {
    struct lc_status status;
    if (lc_status_of(member->pid, &status) < 0) {
        return;
    }
    member->ignored = status.ignored;
    member->blocked = blocked_by_all(&status);
    member->caught = status.caught;
    member->refused = is_refused(member);
    member->signal_state = !has_ended(member);
}
