/* act.c - looks, signals, probes and releases, in one call. */
#include "internal.h"

static int is_valid(const struct lc_process *process) {
    return lc_is_act(process)
           && lc_is_handle_or_absent(process->in)
           && lc_is_handle_or_absent(process->out)
           && lc_is_handle_or_absent(process->err);
}

/* Returns whether this look has found the exit. */
static int look(struct lc_process *process) {
    int known = lc_exit_is_known(process);
    process->looked = lc_look(process);
    return !known && lc_exit_is_known(process);
}

/* It is closed whatever close(2) returns. */
static void close_and_clear(lc_i64 *handle) {
    if (*handle >= 0) {
        sys_close(*handle);
        *handle = -1;
    }
}

/* If the number of bytes cannot be read, the pipe stays open. */
static void close_unless_it_holds_bytes(lc_i64 *pipe) {
    if (*pipe >= 0 && lc_bytes_in_pipe(*pipe) == 0) {
        close_and_clear(pipe);
    }
}

static void close_pipes(struct lc_process *process) {
    close_and_clear(&process->in);
    if (lc_may_hold_bytes(process->out, process->err)) {
        close_unless_it_holds_bytes(&process->out);
        close_unless_it_holds_bytes(&process->err);
    } else {
        close_and_clear(&process->out);
        close_and_clear(&process->err);
    }
}

static void settle(struct lc_process *process) {
    if ((process->act & LC_ACT_PROBE) != 0) {
        lc_probe_group(process);
    }
    if (process->group_state != LC_GROUP_EMPTY) {
        return;
    }
    if ((process->act & LC_ACT_PIPES) != 0) {
        close_pipes(process);
    }
    if ((process->act & LC_ACT_RELEASE) != 0 && process->reaped) {
        close_and_clear(&process->handle);
        if (process->cgroup != 0) {
            sys_close(process->cgroup);
            process->cgroup = 0;
        }
    }
}

/* Most processes that a signal ends do so at once: then the caller needs no other call. */
static void await_briefly(struct lc_process *process) {
    int runs = process->looked == 0 && process->sent == 0 && !lc_exit_is_known(process);
    if (runs && lc_wait(process, -1, -1, 0, process->wait_ns) == LC_WAIT_EXITED) {
        look(process);
    }
}

static void act(struct lc_process *process) {
    lc_u32 acts = process->act;
    int is_over = (acts & (LC_ACT_LOOK | LC_ACT_REAP)) != 0 && look(process);
    if ((acts & LC_ACT_ESCAPED) != 0) {
        lc_find_escaped(process);
    }
    if ((acts & LC_ACT_SIGNAL) != 0) {
        process->sent = is_over ? LC_NOT_SENT : lc_send(process);
        if ((acts & LC_ACT_WAIT) != 0) {
            await_briefly(process);
        }
    }
    if ((acts & LC_ACT_FOLLOW) != 0 && !((acts & LC_ACT_SIGNAL) != 0 && is_over)) {
        lc_follow(process);
    }
    if (lc_exit_is_known(process)) {
        settle(process);
    }
}

lc_i64 lc_act(struct lc_process *process) {
    if (!is_valid(process)) {
        return lc_invalid();
    }
    act(process);
    return 0;
}
