/* test_marks.c - lc_members() of a process that is known by a mark. */
#include "test.h"

enum { ROOM = 8 };

/* The mark of this test: other tests run at the same time. With this start time no later process can be unreadable. */
static lc_u64 own_mark(void) {
    return 0xffffffffULL << 32 | (lc_u64) getpid();
}

static const char *entry_of_mark(const char *before) {
    static char entry[64];
    snprintf(entry, sizeof entry, "%sLASTCALL_%016llx=1", before, own_mark());
    return entry;
}

struct found {
    struct lc_group group;
    struct lc_member members[ROOM];
    lc_i64 count;
};

static struct lc_process start_marked(const char *entry, const char *const steps[]) {
    struct lc_process process = {.size = sizeof process};
    struct setup setup;
    if ((features() & LC_FEATURE_PIDFD) == 0) {
        SKIP("no pidfds");
    }
    set_up(&setup, steps);
    setup.envp[0] = "A=1";
    setup.envp[1] = entry;
    setup.envp[2] = "B=2";
    setup.envp[3] = NULL;
    setup.request.envp = (uintptr_t) setup.envp;
    setup.request.out = LC_STDIO_PIPE;
    CHECK_OK(lc_start(&setup.request, &process));
    process.mark = own_mark();
    return process;
}

#define START_MARKED(...) start_marked(entry_of_mark(""), (const char *const[]){__VA_ARGS__, NULL})

static void look(const struct lc_process *leader, const struct lc_member *held, int held_count, struct found *found) {
    memset(found, 0, sizeof *found);
    found->group.size = sizeof found->group;
    for (int i = 0; i < ROOM; i++) {
        found->members[i].size = sizeof found->members[i];
    }
    struct lc_scan scan = {.size = sizeof scan, .leaders = (lc_u64) leader, .groups = (lc_u64) &found->group, .count = 1,
                           .members = (lc_u64) found->members, .capacity = ROOM, .most_handles = ROOM,
                           .held = (lc_u64) held, .held_count = held_count};
    found->count = lc_members(&scan);
    CHECK(found->count >= 0);
    CHECK_EQ(found->group.live, found->count); /* we may read all */
}

static void drop(struct found *found) {
    for (int i = 0; i < ROOM; i++) {
        if (found->members[i].pid != 0 && found->members[i].handle >= 0) {
            lc_close(found->members[i].handle);
        }
    }
}

static lc_i64 read_pid(const struct lc_process *process) {
    char line[64];
    CHECK(read_line((int) process->out, line, sizeof line));
    return atoi(line);
}

static bool contains(const struct found *found, lc_i64 pid) {
    for (int i = 0; i < ROOM; i++) {
        if (found->members[i].pid == pid) {
            return true;
        }
    }
    return false;
}

static void await_count(const struct lc_process *leader, lc_i64 count, struct found *found) {
    long long end = now_ns() + PATIENCE_S * 1000000000LL;
    for (look(leader, NULL, 0, found); found->count != count; look(leader, NULL, 0, found)) {
        drop(found);
        CHECK(now_ns() < end);
    }
}

static void end_all(struct lc_process *process, const lc_i64 *others, int count) {
    for (int i = 0; i < count; i++) {
        CHECK_EQ(0, kill((pid_t) others[i], SIGKILL));
    }
    process->act = LC_ACT_SIGNAL;
    process->scope = LC_SCOPE_GROUP;
    process->signal = LC_SIGKILL;
    CHECK_OK(lc_act(process));
    while (waitpid(-1, NULL, 0) > 0 || errno == EINTR) {
    }
    struct found found;
    look(process, NULL, 0, &found);
    CHECK_EQ(0, found.count);
    CHECK(found.group.state == LC_GROUP_EMPTY);
    CHECK_OK(lc_close(process->handle));
    CHECK_OK(lc_close(process->out));
}

TEST(wherever_it_went) {
    struct lc_process process = START_MARKED("fork", "fork", "setsid", "print-ids", "pause", "end", "end", "pause");
    lc_i64 daemon = read_pid(&process);
    struct found found;
    await_count(&process, 2, &found); /* and the parent in between has exited */
    CHECK(contains(&found, process.pid));
    CHECK(contains(&found, daemon));
    CHECK_EQ(LC_GROUP_PRESENT, found.group.state);
    drop(&found);
    process.act = LC_ACT_LOOK | LC_ACT_PROBE;
    CHECK_OK(lc_act(&process));
    end_all(&process, &daemon, 1);
}

TEST(whose_main_thread_has_ended) {
    struct lc_process process = START_MARKED("fork", "fork", "setsid", "print-ids", "leave-main-thread", "pause", "end",
                                             "end", "pause");
    lc_i64 daemon = read_pid(&process);
    struct found found;
    await_end_of_main_thread(daemon);
    await_count(&process, 2, &found);
    CHECK(contains(&found, daemon));
    drop(&found);
    end_all(&process, &daemon, 1);
}

TEST(of_another_mark_it_is_a_stranger) {
    struct lc_process process = START_MARKED("fork", "fork", "setsid", "print-ids", "pause", "end", "end", "pause");
    lc_i64 daemon = read_pid(&process);
    struct found found;
    process.mark ^= 1ULL << 31;
    await_count(&process, 1, &found);
    CHECK(contains(&found, process.pid));
    drop(&found);
    process.mark ^= 1ULL << 31;
    end_all(&process, &daemon, 1);
}

TEST(a_number_inside_of_a_value_is_no_mark) {
    struct lc_process process = start_marked(entry_of_mark("C="), (const char *const[]){
        "fork", "fork", "setsid", "print-ids", "pause", "end", "end", "pause", NULL});
    lc_i64 daemon = read_pid(&process);
    struct found found;
    await_count(&process, 1, &found);
    drop(&found);
    end_all(&process, &daemon, 1);
}

/* Without a mark: the leader is its parent, and it leads the group of its child. */
TEST(children_and_groups_of_members) {
    struct lc_process process = start_marked("A=2", (const char *const[]){
        "fork", "setsid", "print-ids", "fork", "print-ids", "pause", "end", "pause", "end", "pause", NULL});
    lc_i64 others[] = {read_pid(&process), read_pid(&process)};
    struct found found;
    look(&process, NULL, 0, &found);
    CHECK_EQ(3, found.count);
    CHECK(contains(&found, others[0]) && contains(&found, others[1]));
    drop(&found);
    end_all(&process, others, 2);
}

TEST(who_was_found_before_is_a_member_as_long_as_it_lives) {
    struct lc_process process = START_MARKED("fork", "fork", "setsid", "print-ids", "pause", "end", "end", "pause");
    lc_i64 daemon = read_pid(&process);
    struct found found, again;
    await_count(&process, 2, &found);
    process.mark ^= 1ULL << 31; /* as if it had written over its environment */
    look(&process, found.members, 2, &again);
    CHECK_EQ(2, again.count);
    CHECK(contains(&again, daemon));
    drop(&again);
    for (int i = 0; i < 2; i++) {
        found.members[i].started++; /* another one of that number */
    }
    look(&process, found.members, 2, &again);
    CHECK_EQ(1, again.count);
    drop(&again);
    for (int i = 0; i < 2; i++) {
        found.members[i].started--;
        found.members[i].state = LC_MEMBER_UNREADABLE; /* it was listed only because it could not be read */
    }
    look(&process, found.members, 2, &again);
    CHECK_EQ(1, again.count);
    drop(&again);
    drop(&found);
    process.mark ^= 1ULL << 31;
    end_all(&process, &daemon, 1);
}
