#include "test.h"

/* A process that is the child of a child: the parent waits for it. */
struct stranger {
    struct child parent;
    lc_i64 pid;
};

static void await_stranger(struct stranger *stranger) {
    long ids[3];
    read_numbers(&stranger->parent, 3, ids);
    stranger->pid = ids[0];
}

#define START_STRANGER(stranger, ...)                                                      \
    do {                                                                                   \
        START(&(stranger)->parent, "fork", __VA_ARGS__, "end", "wait", "read-line");       \
        await_stranger(stranger);                                                          \
    } while (0)

static lc_i64 attach(lc_i64 pid, lc_i32 scope, struct lc_process *process) {
    *process = (struct lc_process){.size = sizeof *process};
    return lc_attach(pid, scope, process);
}

static void require_pidfds(void) {
    if ((features() & LC_FEATURE_PIDFD) == 0) {
        SKIP("needs pidfds");
    }
}

static void act_on(struct lc_process *process, lc_u32 act, lc_i32 signal) {
    process->act = act;
    process->signal = signal;
    CHECK_OK(lc_act(process));
}

static void await_attached(const struct lc_process *process) {
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(process, -1, -1, 0, PATIENCE_S * 1000000000LL));
}

static void end(struct stranger *stranger, struct lc_process *process) {
    lc_close(process->handle);
    tell(&stranger->parent, "\n");
    expect_exit(&stranger->parent, 0);
}

TEST(exit_of_a_stranger_is_seen_and_its_status_where_it_is_told) {
    require_pidfds();
    struct stranger stranger;
    struct lc_process process;
    START_STRANGER(&stranger, "print-ids", "read-line", "exit", "7");
    CHECK_OK(attach(stranger.pid, LC_SCOPE_LEADER, &process));
    CHECK_EQ(stranger.pid, process.pid);
    CHECK_EQ(0, process.group);
    act_on(&process, LC_ACT_LOOK, 0);
    CHECK_EQ(LC_EXIT_RUNNING, process.kind);
    tell(&stranger.parent, "\n");
    await_attached(&process);
    do {
        act_on(&process, LC_ACT_LOOK, 0);
        CHECK_OK(process.looked);
    } while (process.kind == LC_EXIT_HELD);
    bool told = (features() & LC_FEATURE_PIDFD_INFO) != 0;
    CHECK_EQ(told ? LC_EXIT_EXITED : LC_EXIT_LOST, process.kind);
    CHECK_EQ(told ? 7 : 0, process.code);
    end(&stranger, &process);
}

TEST(signal_reaches_it_and_nobody_after_it) {
    require_pidfds();
    struct stranger stranger;
    struct lc_process process;
    START_STRANGER(&stranger, "handle", "SIGTERM", "exit:3", "print-ids", "pause");
    CHECK_OK(attach(stranger.pid, LC_SCOPE_LEADER, &process));
    act_on(&process, LC_ACT_LOOK | LC_ACT_SIGNAL, LC_SIGTERM);
    CHECK_OK(process.sent);
    await_attached(&process);
    do {
        act_on(&process, LC_ACT_SIGNAL, LC_SIGKILL);
    } while (process.sent == 0); /* until its parent has reaped it */
    CHECK_ERROR(LC_ERR_GONE, ESRCH, process.sent);
    end(&stranger, &process);
}

TEST(group_is_known_by_its_leader) {
    struct stranger stranger;
    struct lc_process process;
    if ((features() & LC_FEATURE_PIDFD_GROUP) == 0) {
        SKIP("needs pidfds of groups");
    }
    START_STRANGER(&stranger, "new-group", "fork", "pause", "end", "print-ids", "wait");
    CHECK_OK(attach(stranger.pid, LC_SCOPE_GROUP, &process));
    CHECK_EQ(stranger.pid, process.group);
    process.scope = LC_SCOPE_GROUP;
    act_on(&process, LC_ACT_SIGNAL, LC_SIGKILL);
    CHECK_OK(process.sent);
    await_attached(&process);
    do {
        waitpid(-1, NULL, WNOHANG); /* the other member may be an orphan now, and ours to reap */
        act_on(&process, LC_ACT_LOOK | LC_ACT_PROBE, 0);
    } while (process.kind == LC_EXIT_HELD || process.group_state != LC_GROUP_EMPTY);
    end(&stranger, &process);
}

static void attach_to_own_group(void *unused) {
    struct lc_process process;
    (void) unused;
    lc_i64 result = attach(getppid(), LC_SCOPE_GROUP, &process);
    if ((features() & LC_FEATURE_PIDFD_GROUP) != 0) {
        CHECK_ERROR(LC_ERR_INVALID, 0, result);
    } else {
        CHECK_ERROR(LC_ERR_UNSUPPORTED, 0, result);
    }
}

static void lead_group(void *unused) {
    (void) unused;
    CHECK_EQ(0, setpgid(0, 0));
    run_in_a_child(attach_to_own_group, NULL);
}

TEST(own_group_is_refused) {
    run_in_a_child(lead_group, NULL);
}

TEST(what_cannot_be_attached_to_is_refused_and_leaves_nothing) {
    require_pidfds();
    struct lc_process process;
    struct child child;
    CHECK_ERROR(LC_ERR_INVALID, 0, attach(0, LC_SCOPE_LEADER, &process));
    CHECK_ERROR(LC_ERR_INVALID, 0, attach(1, LC_SCOPE_LEADER, &process));
    CHECK_ERROR(LC_ERR_INVALID, 0, attach(-5, LC_SCOPE_LEADER, &process));
    CHECK_ERROR(LC_ERR_INVALID, 0, attach(1LL << 32 | 7, LC_SCOPE_LEADER, &process));
    CHECK_ERROR(LC_ERR_INVALID, 0, attach(getpid(), LC_SCOPE_LEADER, &process));
    START(&child, "exit", "0");
    lc_i64 pid = child.process.pid;
    reap(&child);
    close_child(&child);
    CHECK_ERROR(LC_ERR_GONE, ESRCH, attach(pid, LC_SCOPE_LEADER, &process));
}

TEST(one_that_leads_no_group_is_refused_as_a_group) {
    struct stranger stranger;
    struct lc_process process;
    if ((features() & LC_FEATURE_PIDFD_GROUP) == 0) {
        SKIP("needs pidfds of groups");
    }
    START_STRANGER(&stranger, "print-ids", "read-line");
    CHECK_ERROR(LC_ERR_GONE, ESRCH, attach(stranger.pid, LC_SCOPE_GROUP, &process));
    CHECK_EQ(-1, process.handle);
    tell(&stranger.parent, "\n");
    end(&stranger, &process);
}
