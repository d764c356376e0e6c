/*
 * act.c - the steps of lc_act(), in the order of LC_ACT_*. LC_ACT_FOLLOW does nothing here, because no signal stops a
 * process; LC_ACT_ESCAPED does nothing, because no process leaves a job.
 */
#include "internal.h"

static int is_exit_known(const struct lc_process *process) {
    return process->kind != LC_EXIT_RUNNING;
}

/* Without a handle no look is needed: it was released, and its exit is known. */
static int is_valid(const struct lc_process *process) {
    return lc_is_act(process) && (process->handle != -1 || is_exit_known(process));
}

static int is_gone(const struct lc_process *process) {
    return is_exit_known(process) && process->group_state == LC_GROUP_EMPTY;
}

static void look(struct lc_process *process) {
    process->looked = is_exit_known(process) ? 0 : lc_fill_exit(process);
    process->reaped |= (process->act & LC_ACT_REAP) != 0 && is_exit_known(process);
}

static void close_pipe(lc_i64 *pipe) {
    if (lc_is_handle(*pipe)) {
        lc_close(*pipe);
        *pipe = -1;
    }
}

/* If the number of bytes cannot be read, the pipe stays open. */
static void close_if_drained(lc_i64 *pipe) {
    if (lc_is_handle(*pipe) && lc_query(*pipe, LC_QUERY_AVAILABLE) == 0) {
        close_pipe(pipe);
    }
}

static void close_pipes(struct lc_process *process) {
    close_pipe(&process->in);
    close_if_drained(&process->out);
    close_if_drained(&process->err);
}

/* The job ends with its last handle, and no process is left in it. */
static void release(struct lc_process *process) {
    if (process->handle != -1) {
        CloseHandle(lc_handle(process->handle));
        process->handle = -1;
    }
    if (process->group != 0) {
        CloseHandle(lc_handle(process->group));
        process->group = 0;
    }
}

/* Most processes that end by an event or a kill do so at once: then the caller needs no other call. */
static void await_briefly(struct lc_process *process) {
    int runs = process->looked == 0 && process->sent == 0 && !is_exit_known(process);
    if (runs && lc_wait(process, -1, -1, 0, process->wait_ns) == LC_WAIT_EXITED) {
        look(process);
    }
}

static void act(struct lc_process *process) {
    int was_known = is_exit_known(process);
    if ((process->act & (LC_ACT_LOOK | LC_ACT_REAP)) != 0) {
        look(process);
    }
    if ((process->act & LC_ACT_ESCAPED) != 0) {
        process->escaped_count = 0;
    }
    if ((process->act & LC_ACT_SIGNAL) != 0) {
        process->sent = !was_known && is_exit_known(process) ? LC_NOT_SENT : lc_send(process);
        if ((process->act & LC_ACT_WAIT) != 0) {
            await_briefly(process);
        }
    }
    if ((process->act & LC_ACT_PROBE) != 0 && is_exit_known(process)) {
        lc_probe_group(process);
    }
    if ((process->act & LC_ACT_PIPES) != 0 && is_gone(process)) {
        close_pipes(process);
    }
    if ((process->act & LC_ACT_RELEASE) != 0 && is_gone(process) && process->reaped) {
        release(process);
    }
}

lc_i64 lc_act(struct lc_process *process) {
    if (!is_valid(process)) {
        return lc_invalid();
    }
    act(process);
    return 0;
}

/* There is no table of children: each process has to be looked at. */
lc_i64 lc_any_exit(void) {
    return 1;
}
