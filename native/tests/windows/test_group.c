#include "harness.h"

static struct lc_member members[128];

static lc_i64 look(const struct lc_process *leader, struct lc_group *group, lc_i64 capacity) {
    for (int i = 0; i < 128; i++) {
        members[i] = (struct lc_member){.size = sizeof members[i]};
    }
    *group = (struct lc_group){.size = sizeof *group};
    return lc_members(leader, group, 1, 0, members, capacity);
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
    struct child child;
    struct lc_group group;
    START(&child, L"grow", L"3");
    close_members(await_members(&child.process, 3, &group));
    CHECK_EQ(LC_GROUP_PRESENT, group.state);
    CHECK_EQ(3, group.live);

    CHECK_OK(lc_signal(&child.process, LC_SCOPE_LEADER, LC_SIGKILL));
    CHECK_EQ(1, reap(&child).code);
    lc_i64 count = await_members(&child.process, 2, &group);
    CHECK_EQ(LC_GROUP_PRESENT, lc_group_state(&child.process));
    CHECK_EQ(2, group.live);
    for (lc_i64 i = 0; i < count; i++) {
        char command[16];
        memcpy(command, &members[i].command_head, 8);
        memcpy(command + 8, &members[i].command_tail, 8);
        CHECK_TEXT("child.exe", command);
        CHECK_EQ('R', members[i].state);
        CHECK_EQ(child.process.pid, members[i].leader);
        CHECK(members[i].pid != child.process.pid);
        CHECK(members[i].started != 0);
    }
    CHECK_EQ(0, lc_wait_members(members, count, -1, 20 * MS));

    CHECK_OK(lc_signal(&child.process, LC_SCOPE_GROUP, LC_SIGKILL));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(members, count, -1, PATIENCE));
    close_members(count);
    await_empty(&child.process);
    CHECK_EQ(0, look(&child.process, &group, 128));
    CHECK_EQ(LC_GROUP_EMPTY, group.state);
    CHECK_EQ(LC_ERR_GONE, error_category(lc_signal(&child.process, LC_SCOPE_GROUP, LC_SIGKILL)));
    close_child(&child);
}

TEST(a_group_ends_by_itself_after_its_leader) {
    struct child child;
    struct lc_group group;
    START(&child, L"start", L"pause 300", L"exit", L"5");
    long long pid = read_number(&child);
    CHECK_EQ(5, reap(&child).code);
    lc_i64 count = look(&child.process, &group, 128);
    CHECK_EQ(1, count);
    CHECK_EQ(pid, members[0].pid);
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(members, count, -1, PATIENCE));
    close_members(count);
    await_empty(&child.process);
    close_child(&child);
}

TEST(seventy_processes_at_once) {
    static struct child children[70];
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
        CHECK_EQ(i, reap(&children[i]).code);
        await_empty(&children[i].process);
        close_child(&children[i]);
    }
}

TEST(seventy_members_of_one_group_are_waited_for) {
    struct child child;
    struct lc_group group;
    START(&child, L"grow", L"70");
    lc_i64 count = await_members(&child.process, 70, &group);
    CHECK_OK(lc_signal(&child.process, LC_SCOPE_GROUP, LC_SIGKILL));
    CHECK_EQ(LC_WAIT_EXITED, lc_wait_members(members, count, -1, PATIENCE));
    close_members(count);
    finish(&child);
}

TEST(more_members_than_there_is_room_for_are_counted) {
    struct child child;
    struct lc_group group;
    START(&child, L"grow", L"3");
    close_members(await_members(&child.process, 3, &group));
    CHECK_EQ(3, look(&child.process, &group, 1));
    CHECK(members[0].pid != 0);
    close_members(1);
    CHECK_EQ(3, look(&child.process, &group, 0));
    finish(&child);
}

TEST(several_groups_are_told_apart) {
    struct child children[3];
    struct lc_process leaders[3];
    struct lc_group groups[3];
    for (int i = 0; i < 3; i++) {
        START(&children[i], L"grow", (const WCHAR *const[]){L"1", L"2", L"3"}[i]);
        close_members(await_members(&children[i].process, i + 1, &groups[i]));
        leaders[i] = children[i].process;
    }
    finish(&children[2]);
    START(&children[2], L"ready", L"exit", L"0");
    EXPECT_LINE("ready", &children[2]);
    reap(&children[2]);
    await_empty(&children[2].process);
    leaders[2] = children[2].process;
    CHECK_EQ(3, lc_members(leaders, groups, 3, 0, members, 128));
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

TEST(a_stubborn_child_is_forced) {
    struct child child;
    START(&child, L"ignore-events", L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    lc_i64 result = lc_signal(&child.process, LC_SCOPE_GROUP, LC_EVENT_CTRL_BREAK);
    CHECK(result == 0 || error_category(result) == LC_ERR_UNSUPPORTED);
    CHECK_EQ(0, lc_wait(&child.process, -1, -1, 0, 100 * MS));
    CHECK_OK(lc_signal(&child.process, LC_SCOPE_GROUP, LC_SIGKILL));
    CHECK_EQ(1, reap(&child).code);
    await_empty(&child.process);
    close_child(&child);
}

TEST(ctrl_break_reaches_the_group) {
    if (is_wine()) {
        SKIP("Wine 8 does not deliver CTRL_BREAK: GenerateConsoleCtrlEvent fails with ERROR_INVALID_HANDLE");
    }
    struct child child;
    DWORD one;
    START(&child, L"exit-on-event", L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    lc_i64 result = lc_signal(&child.process, LC_SCOPE_GROUP, LC_EVENT_CTRL_BREAK);
    if (GetConsoleProcessList(&one, 1) == 0) {
        CHECK_EQ(LC_ERR_UNSUPPORTED, error_category(result));
        finish(&child);
        SKIP("there is no console that an event could go through");
    }
    CHECK_OK(result);
    expect_exit(&child, 40 + CTRL_BREAK_EVENT);
}

TEST(without_a_console_no_event_can_be_sent) {
    DWORD one;
    if (GetConsoleProcessList(&one, 1) > 0) {
        FreeConsole();
    }
    struct child child;
    START(&child, L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    CHECK_EQ(LC_ERR_UNSUPPORTED, error_category(lc_signal(&child.process, LC_SCOPE_GROUP, LC_EVENT_CTRL_BREAK)));
    finish(&child);
}

/* Runs event.exe as the library's caller does, and returns what it exits with. */
static unsigned send_event(const struct child *to, int event) {
    static struct setup setup;
    struct child sender;
    WCHAR program[MAX_PATH], pid[16], number[16];
    wcscpy(program, child_program());
    wcscpy(wcsrchr(program, L'\\') + 1, L"event.exe");
    snwprintf(pid, 16, L"%lld", to->process.pid);
    snwprintf(number, 16, L"%d", event);
    SET_UP(&setup, pid, number);
    SET_CANDIDATES(&setup, program);
    setup.argv[1] = L"event 1 2";
    setup.request.flags = 0;
    start(&sender, &setup);
    struct lc_exit exit = reap(&sender);
    close_child(&sender);
    return (unsigned) exit.code;
}

/* Ctrl-C and not Ctrl-Break, because Wine 8 delivers it. */
TEST(the_event_program_reaches_the_hidden_console_of_a_child_and_its_tree) {
    DWORD one;
    if (GetConsoleProcessList(&one, 1) > 0) {
        FreeConsole();
    }
    struct child child, other;
    START(&child, L"exit-on-event", L"start", L"exit-on-event ready sleep", L"ready", L"sleep");
    CHECK(read_number(&child) > 0);
    EXPECT_LINE("ready", &child);
    EXPECT_LINE("ready", &child);
    START(&other, L"exit-on-event", L"ready", L"sleep");
    EXPECT_LINE("ready", &other);
    CHECK_EQ(0, send_event(&child, CTRL_C_EVENT));
    CHECK_EQ(40, reap(&child).code);
    await_empty(&child.process);
    close_child(&child);
    CHECK_EQ(0, lc_wait(&other.process, -1, -1, 0, 50 * MS));
    finish(&other);
}

TEST(the_event_program_sends_ctrl_break) {
    DWORD one;
    if (GetConsoleProcessList(&one, 1) > 0) {
        FreeConsole();
    }
    struct child child;
    START(&child, L"exit-on-event", L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    unsigned code = send_event(&child, CTRL_BREAK_EVENT);
    if (is_wine() && code == ERROR_INVALID_HANDLE) {
        finish(&child);
        SKIP("Wine 8 does not deliver CTRL_BREAK: GenerateConsoleCtrlEvent fails with ERROR_INVALID_HANDLE");
    }
    CHECK_EQ(0, code);
    expect_exit(&child, 40 + CTRL_BREAK_EVENT);
}

TEST(the_event_program_tells_why_it_could_not) {
    struct child child;
    START(&child, L"exit", L"0");
    reap(&child);
    await_empty(&child.process);
    CHECK(send_event(&child, CTRL_C_EVENT) != 0);
    CHECK_EQ(ERROR_BAD_ARGUMENTS, send_event(&child, 7));
    close_child(&child);
}

TEST(signals_of_unix_are_unsupported) {
    struct child child;
    START(&child, L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    const int signals[] = {LC_SIGTERM, LC_SIGINT, LC_SIGCONT, LC_SIGHUP, 77};
    for (int i = 0; i < 5; i++) {
        CHECK_EQ(LC_ERR_UNSUPPORTED, error_category(lc_signal(&child.process, LC_SCOPE_GROUP, signals[i])));
    }
    CHECK_OK(lc_signal(&child.process, LC_SCOPE_GROUP, 0));
    CHECK_OK(lc_signal(&child.process, LC_SCOPE_LEADER, 0));
    CHECK_EQ(LC_ERR_INVALID, error_category(lc_signal(&child.process, 9, 0)));
    finish(&child);
}

TEST(nobody_there_is_told) {
    struct child child;
    START(&child, L"exit", L"0");
    CHECK_EQ(0, reap(&child).code);
    await_empty(&child.process);
    const int signals[] = {0, LC_SIGKILL, LC_EVENT_CTRL_BREAK};
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(LC_ERR_GONE, error_category(lc_signal(&child.process, LC_SCOPE_GROUP, signals[i])));
        CHECK_EQ(LC_ERR_GONE, error_category(lc_signal(&child.process, LC_SCOPE_LEADER, signals[i])));
    }
    close_child(&child);
}

static DWORD WINAPI kill_slowly(void *process) {
    give_time();
    lc_signal(process, LC_SCOPE_LEADER, LC_SIGKILL);
    return 0;
}

/* Whoever comes second, while the process is ending or after it, is told of success or of nobody, never refused. */
TEST(killing_what_is_ending_is_no_error) {
    for (int round = 0; round < 20; round++) {
        struct child child;
        START(&child, L"ready", L"sleep");
        EXPECT_LINE("ready", &child);
        HANDLE thread = CreateThread(NULL, 0, kill_slowly, &child.process, 0, NULL);
        lc_i64 result = 0;
        while (lc_wait(&child.process, -1, -1, 0, 0) == 0) {
            result = lc_signal(&child.process, LC_SCOPE_LEADER, 0);
            if (result != 0) {
                break;
            }
        }
        CHECK(result == 0 || error_category(result) == LC_ERR_GONE);
        result = lc_signal(&child.process, LC_SCOPE_LEADER, LC_SIGKILL);
        CHECK(result == 0 || error_category(result) == LC_ERR_GONE);
        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
        finish(&child);
    }
}

TEST(wrong_arguments_are_invalid) {
    struct lc_process process = {.size = sizeof process, .pid = 1, .handle = -1};
    struct lc_group group = {.size = sizeof group};
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_group_state(NULL));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_group_state(&process));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_release(&process));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_members(&process, &group, 1, 0, members, 0));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_members(NULL, NULL, 1, 0, NULL, 0));
    CHECK_EQ(0, lc_members(NULL, NULL, 0, 0, NULL, 0));
}
