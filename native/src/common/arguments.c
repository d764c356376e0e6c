/* arguments.c - checks the arguments before anything is done, on every system in the same way. */
#include "internal.h"

enum {
    EVERY_ACT = LC_ACT_LOOK | LC_ACT_REAP | LC_ACT_SIGNAL | LC_ACT_WAIT | LC_ACT_ESCAPED | LC_ACT_FOLLOW
                | LC_ACT_PROBE | LC_ACT_PIPES | LC_ACT_RELEASE | LC_ACT_MOVED
};

static int is_stdio(lc_i64 source) {
    return source == LC_STDIO_INHERIT || source == LC_STDIO_PIPE || lc_is_handle(source);
}

/* Checks only that strings are there: each system has its own characters. */
int lc_is_spawn_request(const struct lc_spawn_request *request) {
    if (request == NULL || request->size != sizeof *request || (request->flags & ~(lc_u32) LC_SPAWN_NEW_GROUP) != 0
        || request->candidates == 0 || request->argv == 0 || request->envp == 0) {
        return 0;
    }
    if (request->kept_count < 0 || (request->kept_count > 0 && request->kept == 0)) {
        return 0;
    }
    const void *const *candidates = (const void *const *) request->candidates;
    const void *const *argv = (const void *const *) request->argv;
    return candidates[0] != NULL && argv[1] != NULL && is_stdio(request->in) && is_stdio(request->out)
           && (request->guardian == 0 || lc_is_handle(request->guardian))
           && (request->err == LC_STDIO_TO_STDOUT || is_stdio(request->err))
           && (request->cgroup == 0 || lc_is_handle(request->cgroup));
}

/* Each system checks the handles itself. */
int lc_is_act(const struct lc_process *process) {
    return lc_is_process(process) && (process->act & ~(lc_u32) EVERY_ACT) == 0
           && (process->scope == LC_SCOPE_LEADER || process->scope == LC_SCOPE_GROUP)
           && process->escaped_room >= 0 && (process->escaped_room == 0 || process->escaped != 0);
}

int lc_is_scan(const struct lc_scan *scan) {
    if (scan == NULL || scan->size != sizeof *scan || (scan->flags & ~(LC_MEMBERS_SIGNAL_STATE | LC_MEMBERS_REAP)) != 0
        || scan->count < 0 || scan->capacity < 0 || scan->most_handles < 0
        || (scan->count > 0 && (scan->leaders == 0 || scan->groups == 0))
        || (scan->capacity > 0 && scan->members == 0)
        || scan->held_count < 0 || (scan->held_count > 0 && scan->held == 0)) {
        return 0;
    }
    const struct lc_process *leaders = (const struct lc_process *) scan->leaders;
    const struct lc_group *groups = (const struct lc_group *) scan->groups;
    for (lc_i64 i = 0; i < scan->count; i++) {
        if (!lc_is_process(&leaders[i]) || leaders[i].pid == 0 || groups[i].size != sizeof groups[i]) {
            return 0;
        }
    }
    const struct lc_member *members = (const struct lc_member *) scan->members;
    for (lc_i64 i = 0; i < scan->capacity; i++) {
        if (members[i].size != sizeof members[i]) {
            return 0;
        }
    }
    return 1;
}

int lc_is_guardian(const struct lc_guardian *guardian) {
    return guardian != NULL && guardian->size == sizeof *guardian && guardian->slots > 0
           && guardian->slots <= LC_MOST_SLOTS && guardian->path != 0 && guardian->environment != 0
           && (guardian->memory == -1) == (guardian->address == 0) && lc_is_handle_or_absent(guardian->memory);
}
