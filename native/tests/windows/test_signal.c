#include "harness.h"

static bool has_console(void) {
    DWORD one;
    return GetConsoleProcessList(&one, 1) > 0;
}

/*
 * Wine does not deliver CTRL_BREAK as Windows does. Wine 8 refuses the event, with ERROR_INVALID_HANDLE. Wine 10 takes
 * it and ends the child with code 1: its handler does not run.
 */
static void skip_if_wine_refuses(struct lc_process *child, DWORD code) {
    if (is_wine() && code == ERROR_INVALID_HANDLE) {
        finish(child);
        SKIP("Wine 8 does not deliver CTRL_BREAK: GenerateConsoleCtrlEvent fails with ERROR_INVALID_HANDLE");
    }
}

static void skip_if_wine_ended(struct lc_process *child) {
    reap(child);
    if (is_wine() && child->code == 1) {
        close_child(child);
        SKIP("Wine 10 does not deliver CTRL_BREAK: the child ends with 1 and its handler does not run");
    }
}

static void expect_break_handled(struct lc_process *child) {
    skip_if_wine_ended(child);
    CHECK_EQ(40 + CTRL_BREAK_EVENT, child->code);
    close_child(child);
}

TEST(a_stubborn_child_is_forced) {
    struct lc_process child;
    START(&child, L"ignore-events", L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    lc_i64 result = send_signal(&child, LC_SCOPE_GROUP, LC_EVENT_CTRL_BREAK);
    CHECK(result == 0 || error_category(result) == LC_ERR_UNSUPPORTED);
    if (lc_wait(&child, -1, -1, 0, 100 * MS) != 0) {
        skip_if_wine_ended(&child);
        FAIL("the event ended it with code %d", child.code);
    }
    CHECK_OK(send_signal(&child, LC_SCOPE_GROUP, LC_SIGKILL));
    expect_exit(&child, 1);
}

TEST(ctrl_break_reaches_the_group) {
    struct lc_process child;
    START(&child, L"exit-on-event", L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    lc_i64 result = send_signal(&child, LC_SCOPE_GROUP, LC_EVENT_CTRL_BREAK);
    if (!has_console()) {
        CHECK_EQ(LC_ERR_UNSUPPORTED, error_category(result));
        finish(&child);
        SKIP("there is no console that an event could go through");
    }
    skip_if_wine_refuses(&child, (DWORD) error_os(result));
    CHECK_OK(result);
    expect_break_handled(&child);
}

TEST(without_a_console_no_event_can_be_sent) {
    if (has_console()) {
        FreeConsole();
    }
    struct lc_process child;
    START(&child, L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    CHECK_EQ(LC_ERR_UNSUPPORTED, error_category(send_signal(&child, LC_SCOPE_GROUP, LC_EVENT_CTRL_BREAK)));
    finish(&child);
}

/* Runs event.exe as the library's caller does, and returns what it exits with. */
static unsigned send_event(const struct lc_process *to, int event) {
    static struct setup setup;
    struct lc_process sender;
    WCHAR program[MAX_PATH], pid[16], number[16];
    wcscpy(program, child_program());
    wcscpy(wcsrchr(program, L'\\') + 1, L"event.exe");
    snwprintf(pid, 16, L"%lld", to->pid);
    snwprintf(number, 16, L"%d", event);
    SET_UP(&setup, pid, L"0", number);
    SET_CANDIDATES(&setup, program);
    setup.argv[1] = L"event 1 2 3";
    setup.request.flags = 0;
    start(&sender, &setup);
    reap(&sender);
    close_child(&sender);
    return (unsigned) sender.code;
}

/* Ctrl-C and not Ctrl-Break, because Wine 8 delivers it. */
TEST(the_event_program_reaches_the_hidden_console_of_a_child_and_its_tree) {
    if (has_console()) {
        FreeConsole();
    }
    struct lc_process child, other;
    START(&child, L"exit-on-event", L"start", L"exit-on-event ready sleep", L"ready", L"sleep");
    CHECK(read_number(&child) > 0);
    EXPECT_LINE("ready", &child);
    EXPECT_LINE("ready", &child);
    START(&other, L"exit-on-event", L"ready", L"sleep");
    EXPECT_LINE("ready", &other);
    CHECK_EQ(0, send_event(&child, CTRL_C_EVENT));
    expect_exit(&child, 40);
    CHECK_EQ(0, lc_wait(&other, -1, -1, 0, 50 * MS));
    finish(&other);
}

TEST(the_event_program_sends_ctrl_break) {
    if (has_console()) {
        FreeConsole();
    }
    struct lc_process child;
    START(&child, L"exit-on-event", L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    unsigned code = send_event(&child, CTRL_BREAK_EVENT);
    skip_if_wine_refuses(&child, code);
    CHECK_EQ(0, code);
    expect_break_handled(&child);
}

TEST(the_event_program_says_why_it_could_not) {
    struct lc_process child;
    START(&child, L"exit", L"0");
    reap(&child);
    await_empty(&child);
    CHECK(send_event(&child, CTRL_C_EVENT) != 0);
    CHECK_EQ(ERROR_BAD_ARGUMENTS, send_event(&child, 7));
    close_child(&child);
}

TEST(signals_of_unix_are_unsupported) {
    struct lc_process child;
    START(&child, L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    const int signals[] = {LC_SIGTERM, LC_SIGINT, LC_SIGCONT, LC_SIGHUP, LC_SIGRTMIN, 77};
    for (int i = 0; i < 6; i++) {
        CHECK_EQ(LC_ERR_UNSUPPORTED, error_category(send_signal(&child, LC_SCOPE_GROUP, signals[i])));
    }
    CHECK_OK(send_signal(&child, LC_SCOPE_GROUP, 0));
    CHECK_OK(send_signal(&child, LC_SCOPE_LEADER, 0));
    finish(&child);
}

TEST(a_signal_to_nobody_is_an_error) {
    struct lc_process child;
    START(&child, L"exit", L"0");
    reap(&child);
    await_empty(&child);
    const int signals[] = {0, LC_SIGKILL, LC_EVENT_CTRL_BREAK};
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(LC_ERR_GONE, error_category(send_signal(&child, LC_SCOPE_GROUP, signals[i])));
        CHECK_EQ(LC_ERR_GONE, error_category(send_signal(&child, LC_SCOPE_LEADER, signals[i])));
    }
    close_child(&child);
    for (int i = 0; i < 3; i++) {
        CHECK_EQ(LC_ERR_GONE, error_category(send_signal(&child, LC_SCOPE_GROUP, signals[i])));
        CHECK_EQ(LC_ERR_GONE, error_category(send_signal(&child, LC_SCOPE_LEADER, signals[i])));
    }
}

static DWORD WINAPI kill_slowly(void *process) {
    give_time();
    send_signal(process, LC_SCOPE_LEADER, LC_SIGKILL);
    return 0;
}

/* Who comes second, while the process is ending or after it, gets success or LC_ERR_GONE and is never refused. */
TEST(killing_what_is_ending_is_no_error) {
    for (int round = 0; round < 20; round++) {
        struct lc_process child;
        START(&child, L"ready", L"sleep");
        EXPECT_LINE("ready", &child);
        struct lc_process same = child;
        HANDLE thread = CreateThread(NULL, 0, kill_slowly, &same, 0, NULL);
        lc_i64 result = 0;
        while (lc_wait(&child, -1, -1, 0, 0) == 0) {
            result = send_signal(&child, LC_SCOPE_LEADER, 0);
            if (result != 0) {
                break;
            }
        }
        CHECK(result == 0 || error_category(result) == LC_ERR_GONE);
        result = send_signal(&child, LC_SCOPE_LEADER, LC_SIGKILL);
        CHECK(result == 0 || error_category(result) == LC_ERR_GONE);
        WaitForSingleObject(thread, INFINITE);
        CloseHandle(thread);
        finish(&child);
    }
}
