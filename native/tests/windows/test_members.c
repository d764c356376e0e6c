#include "harness.h"

static struct lc_member members[128];

static lc_i64 scan(const struct lc_process *leaders, struct lc_group *groups, lc_i64 count, lc_i64 capacity,
                   lc_i64 most_handles) {
    for (int i = 0; i < 128; i++) {
        members[i] = (struct lc_member){.size = sizeof members[i]};
    }
    for (int i = 0; i < count; i++) {
        groups[i] = (struct lc_group){.size = sizeof groups[i]};
    }
    const struct lc_scan scan = {
        .size = sizeof scan,
        .leaders = (uintptr_t) leaders,
        .groups = (uintptr_t) groups,
        .count = count,
        .members = (uintptr_t) members,
        .capacity = capacity,
        .most_handles = most_handles,
    };
    return lc_members(&scan);
}

static lc_i64 look_with_handles(const struct lc_process *leader, struct lc_group *group, lc_i64 capacity, lc_i64 most) {
    return scan(leader, group, 1, capacity, most);
}

static lc_i64 look(const struct lc_process *leader, struct lc_group *group, lc_i64 capacity) {
    return look_with_handles(leader, group, capacity, 128);
}

/* Waits for each member as for a process that leads no group. */
static lc_i64 await_exits(lc_i64 count, lc_i64 timeout_ns) {
    lc_i64 seen = LC_WAIT_EXITED;
    for (lc_i64 i = 0; i < count && seen == LC_WAIT_EXITED; i++) {
        struct lc_process process = {
            .size = sizeof process,
            .pid = members[i].pid,
            .handle = members[i].handle,
        };
        seen = lc_wait(&process, -1, -1, 0, timeout_ns);
    }
    return seen;
}

static void close_members(lc_i64 count) {
    for (lc_i64 i = 0; i < count; i++) {
        if (members[i].handle >= 0) {
            CHECK_OK(lc_close(members[i].handle));
        }
    }
}

/* Under Wine a process that is being created has no name yet, and the host of its console is taken for a member. */
static bool are_named(lc_i64 count) {
    for (lc_i64 i = 0; i < count; i++) {
        if (members[i].command_head == 0) {
            return false;
        }
    }
    return true;
}

/* Waits until a group has grown to that many. */
static lc_i64 await_members(const struct lc_process *leader, lc_i64 wanted, struct lc_group *group) {
    long long end = now_ns() + PATIENCE;
    for (;;) {
        lc_i64 count = look(leader, group, 128);
        CHECK(count >= 0);
        if (count == wanted && are_named(count)) {
            return count;
        }
        close_members(count);
        if (now_ns() > end) {
            FAIL("the group has %lld members, not %lld", count, wanted);
        }
        Sleep(1);
    }
}

TEST(a_tree_of_three_levels_is_gone_after_its_leader_was_killed_first) {
    struct lc_process child;
    struct lc_group group;
    START(&child, L"grow", L"3");
    close_members(await_members(&child, 3, &group));
    CHECK_EQ(LC_GROUP_PRESENT, group.state);
    CHECK_EQ(3, group.live);

    CHECK_OK(send_signal(&child, LC_SCOPE_LEADER, LC_SIGKILL));
    reap(&child);
    CHECK_EQ(1, child.code);
    lc_i64 count = await_members(&child, 2, &group);
    act(&child, LC_ACT_PROBE);
    CHECK_EQ(LC_GROUP_PRESENT, child.group_state);
    CHECK_EQ(2, group.live);
    for (lc_i64 i = 0; i < count; i++) {
        char command[16];
        memcpy(command, &members[i].command_head, 8);
        memcpy(command + 8, &members[i].command_tail, 8);
        CHECK_TEXT("child.exe", command);
        CHECK_EQ('R', members[i].state);
        CHECK_EQ(child.pid, members[i].leader);
        CHECK(members[i].pid != child.pid);
        CHECK(members[i].started != 0);
    }
    CHECK_EQ(0, await_exits(count, 20 * MS));

    CHECK_OK(send_signal(&child, LC_SCOPE_GROUP, LC_SIGKILL));
    CHECK_EQ(LC_WAIT_EXITED, await_exits(count, PATIENCE));
    close_members(count);
    await_empty(&child);
    CHECK_EQ(0, look(&child, &group, 128));
    CHECK_EQ(LC_GROUP_EMPTY, group.state);
    CHECK_EQ(LC_ERR_GONE, error_category(send_signal(&child, LC_SCOPE_GROUP, LC_SIGKILL)));
    close_child(&child);
}

TEST(a_group_ends_by_itself_after_its_leader) {
    struct lc_process child;
    struct lc_group group;
    START(&child, L"start", L"pause 300", L"exit", L"5");
    long long pid = read_number(&child);
    reap(&child);
    CHECK_EQ(5, child.code);
    lc_i64 count = look(&child, &group, 128);
    CHECK_EQ(1, count);
    CHECK_EQ(pid, members[0].pid);
    CHECK_EQ(LC_WAIT_EXITED, await_exits(count, PATIENCE));
    close_members(count);
    await_empty(&child);
    close_child(&child);
}

TEST(seventy_processes_at_once) {
    static struct lc_process children[70];
    for (int i = 0; i < 70; i++) {
        WCHAR code[8];
        snwprintf(code, 8, L"%d", i);
        START(&children[i], L"ready", L"read-line", L"exit", code);
    }
    for (int i = 0; i < 70; i++) {
        EXPECT_LINE("ready", &children[i]);
    }
    for (int i = 69; i >= 0; i--) {
        write_fully(children[i].in, "\n", 1);
    }
    for (int i = 0; i < 70; i++) {
        reap(&children[i]);
        CHECK_EQ(i, children[i].code);
        await_empty(&children[i]);
        close_child(&children[i]);
    }
}

TEST(seventy_members_of_one_group_are_waited_for) {
    struct lc_process child;
    struct lc_group group;
    START(&child, L"grow", L"70");
    lc_i64 count = await_members(&child, 70, &group);
    CHECK_OK(send_signal(&child, LC_SCOPE_GROUP, LC_SIGKILL));
    CHECK_EQ(LC_WAIT_EXITED, await_exits(count, PATIENCE));
    close_members(count);
    finish(&child);
}

TEST(more_members_than_there_is_room_for_are_counted) {
    struct lc_process child;
    struct lc_group group;
    START(&child, L"grow", L"3");
    close_members(await_members(&child, 3, &group));
    CHECK_EQ(3, look(&child, &group, 1));
    CHECK(members[0].pid != 0);
    close_members(1);
    CHECK_EQ(3, look(&child, &group, 0));
    finish(&child);
}

TEST(several_groups_are_told_apart) {
    struct lc_process children[3];
    struct lc_process leaders[3];
    struct lc_group groups[3];
    for (int i = 0; i < 3; i++) {
        START(&children[i], L"grow", (const WCHAR *const[]){L"1", L"2", L"3"}[i]);
        close_members(await_members(&children[i], i + 1, &groups[i]));
        leaders[i] = children[i];
    }
    finish(&children[2]);
    START(&children[2], L"ready", L"exit", L"0");
    EXPECT_LINE("ready", &children[2]);
    reap(&children[2]);
    await_empty(&children[2]);
    leaders[2] = children[2];
    CHECK_EQ(3, scan(leaders, groups, 3, 128, 128));
    close_members(3);
    for (int i = 0; i < 2; i++) {
        CHECK_EQ(i + 1, groups[i].live);
        CHECK_EQ(LC_GROUP_PRESENT, groups[i].state);
    }
    CHECK_EQ(0, groups[2].live);
    CHECK_EQ(LC_GROUP_EMPTY, groups[2].state);
    close_child(&children[2]);
    finish(&children[1]);
    finish(&children[0]);
}

/* Those without a handle are members all the same, and can be waited for. */
TEST(no_more_handles_are_opened_than_allowed) {
    struct lc_process child;
    struct lc_group group;
    START(&child, L"grow", L"3");
    close_members(await_members(&child, 3, &group));
    for (lc_i64 most = 0; most <= 3; most++) {
        int with_handle = 0;
        CHECK_EQ(3, look_with_handles(&child, &group, 128, most));
        for (int i = 0; i < 3; i++) {
            with_handle += members[i].handle != -1;
            CHECK(members[i].pid != 0);
            CHECK(members[i].command_head != 0);
            CHECK(members[i].started != 0);
        }
        CHECK_EQ(most, with_handle);
        close_members(3);
    }
    CHECK_EQ(3, look_with_handles(&child, &group, 128, 0));
    CHECK_EQ(0, await_exits(3, 20 * MS));
    CHECK_OK(send_signal(&child, LC_SCOPE_GROUP, LC_SIGKILL));
    CHECK_EQ(LC_WAIT_EXITED, await_exits(3, PATIENCE));
    finish(&child);
}

TEST(a_member_that_may_not_be_opened_counts_while_it_is_alive) {
    struct lc_process child;
    struct lc_group group;
    START(&child, L"start", L"deny-access ready sleep", L"exit", L"0");
    long long pid = read_number(&child);
    EXPECT_LINE("ready", &child);
    reap(&child);
    CHECK_EQ(1, look(&child, &group, 128));
    if (members[0].handle != -1) {
        close_members(1);
        finish(&child);
        SKIP("this user may open every process");
    }
    CHECK_EQ(pid, members[0].pid);
    CHECK_EQ(1, group.live);
    CHECK_EQ(LC_GROUP_PRESENT, group.state);
    CHECK_EQ(0, await_exits(1, 20 * MS));
    CHECK_OK(send_signal(&child, LC_SCOPE_GROUP, LC_SIGKILL));
    CHECK_EQ(LC_WAIT_EXITED, await_exits(1, PATIENCE));
    CHECK_EQ(0, look(&child, &group, 128));
    CHECK_EQ(0, group.live);
    close_child(&child);
}

TEST(a_leader_without_a_group_is_its_only_member) {
    static struct setup setup;
    struct lc_process child;
    struct lc_group group;
    SET_UP(&setup, L"start", L"read-line", L"read-line");
    setup.request.flags = 0;
    start(&child, &setup);
    CHECK(read_number(&child) > 0);
    CHECK_EQ(1, look(&child, &group, 128));
    CHECK_EQ(child.pid, members[0].pid);
    CHECK_EQ(LC_GROUP_PRESENT, group.state);
    close_members(1);
    write_fully(child.in, "\n\n", 2);
    reap(&child);
    CHECK_EQ(0, look(&child, &group, 128));
    CHECK_EQ(LC_GROUP_EMPTY, group.state);
    close_child(&child);
    CHECK_EQ(0, look(&child, &group, 128));
    CHECK_EQ(LC_GROUP_EMPTY, group.state);
}

TEST(wrong_arguments_are_invalid) {
    struct lc_process process = {.size = sizeof process, .pid = 1, .handle = -2};
    struct lc_group group = {.size = sizeof group};
    struct lc_scan scan = {.size = sizeof scan};
    CHECK_EQ(0, lc_members(&scan));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_members(NULL));
    scan.count = 1;
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_members(&scan));
    scan.leaders = (uintptr_t) &process;
    scan.groups = (uintptr_t) &group;
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_members(&scan));
    process.handle = -1;
    CHECK_EQ(0, lc_members(&scan));
    scan.most_handles = -1;
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_members(&scan));
    scan.most_handles = 0;
    scan.flags = 8;
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_members(&scan));
}
