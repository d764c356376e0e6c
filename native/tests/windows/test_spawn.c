#include "harness.h"

static struct setup setup;
static WCHAR received[1 << 17];

/* Reads strings that the child has written, to the end of the stream; returns how many. */
static int receive(struct lc_process *child) {
    size_t bytes = read_fully(child->out, received, sizeof received - sizeof *received);
    CHECK(bytes < sizeof received - sizeof *received);
    int count = 0;
    for (size_t i = 0; i < bytes / sizeof *received; i++) {
        count += received[i] == 0;
    }
    return count;
}

static const WCHAR *received_at(int index) {
    const WCHAR *at = received;
    while (index-- > 0) {
        at += wcslen(at) + 1;
    }
    return at;
}

static void expect_arguments(int count, const WCHAR *const arguments[]) {
    struct lc_process child;
    SET_UP(&setup, L"args");
    for (int i = 0; i < count; i++) {
        setup.argv[3 + i] = arguments[i];
    }
    start(&child, &setup);
    int got = receive(&child);
    if (got != count) {
        FAIL("%d arguments were sent, %d came", count, got);
    }
    for (int i = 0; i < count; i++) {
        if (wcscmp(arguments[i], received_at(i)) != 0) {
            FAIL("argument %d of %d: sent \"%ls\", came \"%ls\"", i, count, arguments[i], received_at(i));
        }
    }
    expect_exit(&child, 0);
}

TEST(arguments_arrive_as_they_are) {
    const WCHAR *const arguments[] = {
        L"", L" ", L"a b", L"\"", L"\\", L"\\\\", L"a\\", L"a b\\", L"a b\\\\", L"\\\"", L"\\\\\"", L"a\"b", L"\"a b\"",
        L"%PATH%", L"^&|<>()!", L"a\tb", L"a\nb", L"\v", L"*", L"?", L"@x", L"-", L"/?", L"'", L"'a b'", L"C:\\x\\",
        L"\u00e4\u00f6\u00fc\u00df", L"\u65e5\u672c\u8a9e", L"\U0001f600", L"\xd83d", L"\xde00\xd83d", L"\xffff",
    };
    expect_arguments(sizeof arguments / sizeof arguments[0], arguments);
}

static unsigned random_number(unsigned below) {
    static unsigned long long state;
    if (state == 0) {
        state = (unsigned long long) test_seed();
    }
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (unsigned) (state >> 33) % below;
}

/* Mostly of what matters to a parser. */
static void random_argument(WCHAR *argument, unsigned longest) {
    static const WCHAR units[] = L"\"\"\"\\\\\\\\  \t\nab=,;%^&*?'\u00e4\u65e5";
    unsigned length = random_number(longest + 1);
    for (unsigned i = 0; i < length; i++) {
        argument[i] = random_number(20) == 0 ? (WCHAR) (1 + random_number(0xffff))
                                             : units[random_number(sizeof units / sizeof *units - 1)];
    }
    argument[length] = 0;
}

TEST(random_arguments_arrive_as_they_are) {
    static WCHAR texts[12][16];
    const WCHAR *arguments[12];
    int rounds = test_rounds(100);
    for (int round = 0; round < rounds; round++) {
        int size = (int) random_number(13);
        for (int i = 0; i < size; i++) {
            random_argument(texts[i], 15);
            arguments[i] = texts[i];
        }
        expect_arguments(size, arguments);
    }
}

TEST(the_name_of_the_program_may_have_blanks) {
    struct lc_process child;
    const WCHAR *copy = test_path(L"a program.exe");
    CHECK(CopyFileW(child_program(), copy, FALSE));
    SET_UP(&setup, L"args", L"x");
    SET_CANDIDATES(&setup, copy);
    setup.argv[1] = copy;
    start(&child, &setup);
    CHECK_EQ(1, receive(&child));
    CHECK_WIDE(L"x", received_at(0));
    expect_exit(&child, 0);
}

TEST(an_argument_list_that_is_too_long_is_refused) {
    static WCHAR text[40000];
    wmemset(text, L'x', sizeof text / sizeof *text - 1);
    SET_UP(&setup, L"exit", L"0", text);
    struct lc_process process = {.size = sizeof process};
    lc_i64 result = lc_start(&setup.request, &process);
    if (result == 0 && is_wine()) {
        expect_exit(&process, 0);
        SKIP("Wine takes command lines of any length");
    }
    CHECK(result < 0);
    CHECK_EQ(LC_STAGE_EXEC, error_stage(result));
}

/* Batch files */

static const char print_arguments[] = "@echo off\r\n"
                                      ":next\r\n"
                                      "echo [%1]\r\n"
                                      "shift\r\n"
                                      "if not [%1]==[] goto next\r\n";

TEST(a_batch_file_gets_its_arguments) {
    struct lc_process child;
    const WCHAR *script = test_path(L"my script.Bat");
    write_file(script, print_arguments);
    SET_UP(&setup, L"b c", L"d;e=f,g", L"(x86)", L"C:\\dir\\");
    SET_CANDIDATES(&setup, script);
    setup.argv[1] = script;
    start(&child, &setup);
    EXPECT_LINE("[\"b c\"]", &child);
    EXPECT_LINE("[\"d;e=f,g\"]", &child);
    EXPECT_LINE("[\"(x86)\"]", &child);
    EXPECT_LINE("[\"C:\\dir\\\\\"]", &child);
    expect_exit(&child, 0);
}

TEST(what_cmd_would_interpret_is_refused) {
    const WCHAR *const bad[] = {L"\"&calc.exe", L"%PATH%", L"a^b", L"a&b", L"a|b", L"a<b", L"a>b", L"!x!", L"a\nb",
                                L"a\rb"};
    const WCHAR *const names[] = {L"x.bat", L"x.CMD", L"x.bat. .", L"x.cMd ", L"x.bat..."};
    struct lc_process process = {.size = sizeof process};
    write_file(test_path(L"x.bat"), "@echo ran>ran\r\n");
    write_file(test_path(L"x.cmd"), "@echo ran>ran\r\n");
    for (size_t name = 0; name < sizeof names / sizeof *names; name++) {
        for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
            SET_UP(&setup, L"harmless", bad[i]);
            SET_CANDIDATES(&setup, test_path(names[name]));
            lc_i64 result = lc_start(&setup.request, &process);
            /* Wine does not find "x.bat. ." */
            if (result >= 0 || error_category(result) != LC_ERR_NOT_FOUND) {
                CHECK_STAGE(LC_STAGE_EXEC, LC_ERR_INVALID, ERROR_BAD_ARGUMENTS, result);
            } else {
                CHECK(name >= 2 && is_wine());
            }
        }
    }
}

TEST(a_batch_file_of_a_name_that_cmd_would_expand_is_refused) {
    const WCHAR *script = test_path(L"%OS%.bat");
    write_file(script, "@echo off\r\n");
    struct lc_process process = {.size = sizeof process};
    SET_UP(&setup, L"x");
    SET_CANDIDATES(&setup, script);
    CHECK_STAGE(LC_STAGE_EXEC, LC_ERR_INVALID, ERROR_BAD_ARGUMENTS, lc_start(&setup.request, &process));
}

/* Environment and directory */

static bool has_received(int count, const WCHAR *entry) {
    for (int i = 0; i < count; i++) {
        if (wcscmp(entry, received_at(i)) == 0) {
            return true;
        }
    }
    return false;
}

TEST(the_environment_arrives_as_it_is) {
    struct lc_process child;
    const WCHAR *const entries[] = {L"Zebra=1", L"\u00c4rger=\u65e5\u672c \U0001f600", L"=Q:=Q:\\here", L"alpha=a=b=",
                                    L"EMPTY=", L"lone=\xd83d|", L"_X=1"};
    enum { COUNT = sizeof entries / sizeof *entries };
    SET_UP(&setup, L"env");
    memset(setup.envp, 0, sizeof setup.envp);
    for (int i = 0; i < COUNT; i++) {
        setup.envp[i] = entries[i];
    }
    start(&child, &setup);
    int count = receive(&child);
    for (int i = 0; i < COUNT; i++) {
        if (!has_received(count, entries[i])) {
            FAIL("%ls did not arrive", entries[i]);
        }
    }
    expect_exit(&child, 0);
}

/* Wine adds variables of its own to a block that lacks them, so the order is looked at among ours. */
TEST(the_environment_is_sorted_without_regard_to_case) {
    struct lc_process child;
    SET_UP(&setup, L"env");
    const WCHAR *const entries[] = {L"lc_c=3", L"LC_B=2", L"lc_A=1", L"LC_D=4"};
    memset(setup.envp, 0, sizeof setup.envp);
    for (int i = 0; i < 4; i++) {
        setup.envp[i] = entries[i];
    }
    start(&child, &setup);
    int count = receive(&child);
    WCHAR seen[8] = L"";
    for (int i = 0; i < count; i++) {
        const WCHAR *entry = received_at(i);
        if (_wcsnicmp(entry, L"lc_", 3) == 0) {
            wcsncat(seen, entry + 5, 1);
        }
    }
    CHECK_WIDE(L"1234", seen);
    expect_exit(&child, 0);
}

TEST(an_empty_environment_is_no_error) {
    struct lc_process child;
    SET_UP(&setup, L"env");
    memset(setup.envp, 0, sizeof setup.envp);
    start(&child, &setup);
    CHECK(!has_received(receive(&child), L"LASTCALL_TEST_ALONE=1"));
    expect_exit(&child, 0);
}

TEST(lc_environment_is_this_process_s) {
    static WCHAR block[1 << 16];
    SetEnvironmentVariableW(L"LASTCALL_SEEN", L"\u65e5\u672c");
    lc_i64 bytes = lc_environment((char *) block, sizeof block);
    CHECK(bytes > 0 && bytes < (lc_i64) sizeof block);
    CHECK_EQ(bytes, lc_environment(NULL, 0));
    bool found = false;
    for (WCHAR *entry = block; (char *) entry < (char *) block + bytes; entry += wcslen(entry) + 1) {
        found |= wcscmp(entry, L"LASTCALL_SEEN=\u65e5\u672c") == 0;
    }
    CHECK(found);
}

TEST(it_starts_in_its_directory) {
    struct lc_process child;
    const WCHAR *directory = test_path(L"\u65e5\u672c");
    CHECK(CreateDirectoryW(directory, NULL));
    SET_UP(&setup, L"directory");
    setup.request.directory = (uintptr_t) directory;
    start(&child, &setup);
    CHECK_EQ(1, receive(&child));
    CHECK_WIDE(wcsrchr(directory, L'\\'), wcsrchr(received_at(0), L'\\'));
    expect_exit(&child, 0);
}

TEST(a_directory_that_does_not_exist_is_an_error) {
    struct lc_process process = {.size = sizeof process};
    SET_UP(&setup, L"exit", L"0");
    setup.request.directory = (uintptr_t) test_path(L"nowhere");
    lc_i64 result = lc_start(&setup.request, &process);
    CHECK_STAGE(LC_STAGE_DIRECTORY, LC_ERR_NOT_FOUND, ERROR_DIRECTORY, result);
}

/* Programs */

TEST(a_program_that_does_not_exist_is_an_error) {
    struct lc_process process = {.size = sizeof process};
    SET_UP(&setup, L"exit", L"0");
    SET_CANDIDATES(&setup, test_path(L"nothing.exe"));
    CHECK_STAGE(LC_STAGE_EXEC, LC_ERR_NOT_FOUND, ERROR_FILE_NOT_FOUND, lc_start(&setup.request, &process));
    SET_CANDIDATES(&setup, L"lastcall-no-such-program");
    CHECK_STAGE(LC_STAGE_EXEC, LC_ERR_NOT_FOUND, ERROR_FILE_NOT_FOUND, lc_start(&setup.request, &process));
    SET_CANDIDATES(&setup, L"");
    CHECK_STAGE(LC_STAGE_EXEC, LC_ERR_NOT_FOUND, ERROR_FILE_NOT_FOUND, lc_start(&setup.request, &process));
}

TEST(what_is_no_program_is_an_error) {
    struct lc_process process = {.size = sizeof process};
    const WCHAR *text = test_path(L"text.exe");
    write_file(text, "this is no program, and it is longer than the header of one would have to be, is it not?");
    SET_UP(&setup, L"exit", L"0");
    SET_CANDIDATES(&setup, text, child_program());
    lc_i64 result = lc_start(&setup.request, &process);
    CHECK_STAGE(LC_STAGE_EXEC, LC_ERR_OTHER, ERROR_BAD_EXE_FORMAT, result);
    const WCHAR *directory = test_path(L"directory.exe");
    CHECK(CreateDirectoryW(directory, NULL));
    SET_CANDIDATES(&setup, directory);
    CHECK_STAGE(LC_STAGE_EXEC, LC_ERR_DENIED, ERROR_ACCESS_DENIED, lc_start(&setup.request, &process));
}

/* The harness counts the handles. */
TEST(a_failed_start_leaves_nothing) {
    struct lc_process process = {.size = sizeof process, .in = 7, .handle = 7, .pid = 7, .group = 7};
    SET_UP(&setup, L"exit", L"0");
    SET_CANDIDATES(&setup, test_path(L"nothing.exe"));
    setup.request.in = setup.request.out = setup.request.err = LC_STDIO_PIPE;
    for (int i = 0; i < 50; i++) {
        CHECK_STAGE(LC_STAGE_EXEC, LC_ERR_NOT_FOUND, ERROR_FILE_NOT_FOUND, lc_start(&setup.request, &process));
    }
    CHECK_EQ(0, process.pid);
    CHECK_EQ(0, process.group);
    CHECK_EQ(-1, process.handle);
    CHECK(process.in == -1 && process.out == -1 && process.err == -1);
}

TEST(candidates_are_tried_in_turn) {
    struct lc_process child;
    SET_UP(&setup, L"exit", L"3");
    SET_CANDIDATES(&setup, test_path(L"missing.exe"), test_path(L"no\\folder.exe"), child_program());
    start(&child, &setup);
    expect_exit(&child, 3);
}

TEST(exe_is_added_and_the_path_is_searched) {
    struct lc_process child;
    WCHAR without[MAX_PATH], folder[MAX_PATH], path[2 * MAX_PATH];
    wcscpy(without, test_path(L"found-by-path"));
    wcscpy(path, without);
    wcscat(path, L".exe");
    CHECK(CopyFileW(child_program(), path, FALSE));
    SET_UP(&setup, L"exit", L"4");
    SET_CANDIDATES(&setup, without);
    start(&child, &setup);
    expect_exit(&child, 4);
    wcscpy(folder, without);
    *wcsrchr(folder, L'\\') = 0;
    CHECK(SetEnvironmentVariableW(L"PATH", folder));
    SET_CANDIDATES(&setup, L"found-by-path");
    start(&child, &setup);
    expect_exit(&child, 4);
}

/* What reaches the child */

TEST(an_inheritable_handle_that_is_not_listed_is_not_inherited) {
    struct lc_process child;
    SECURITY_ATTRIBUTES inheritable = {sizeof inheritable, NULL, TRUE};
    HANDLE event = CreateEventW(&inheritable, TRUE, FALSE, NULL);
    WCHAR number[32];
    snwprintf(number, 32, L"%llu", (unsigned long long) (ULONG_PTR) event);
    START(&child, L"set-event", number);
    EXPECT_LINE("0", &child);
    CHECK_EQ(WAIT_TIMEOUT, WaitForSingleObject(event, 0));
    expect_exit(&child, 0);

    /* The check can fail: a start without a list hands it on. */
    WCHAR line[2 * MAX_PATH];
    STARTUPINFOW info = {.cb = sizeof info};
    PROCESS_INFORMATION born;
    snwprintf(line, 2 * MAX_PATH, L"\"%ls\" set-event %ls", child_program(), number);
    CHECK(CreateProcessW(child_program(), line, NULL, NULL, TRUE, 0, NULL, NULL, &info, &born));
    CHECK_EQ(WAIT_OBJECT_0, WaitForSingleObject(born.hProcess, PATIENCE_S * 1000));
    CHECK_EQ(WAIT_OBJECT_0, WaitForSingleObject(event, 0));
    CloseHandle(born.hThread);
    CloseHandle(born.hProcess);
    CloseHandle(event);
}

/* The end of one child's pipe must not be held open by another that is started at the same time. */
static DWORD WINAPI start_children(void *unused) {
    (void) unused;
    static __thread struct setup own;
    for (int i = 0; i < 20; i++) {
        struct lc_process child;
        set_up(&own, (const WCHAR *const[]){L"ready", L"copy-input", NULL});
        start(&child, &own);
        EXPECT_LINE("ready", &child);
        close_input(&child);
        char nothing[8];
        CHECK(!read_line(child.out, nothing, sizeof nothing));
        expect_exit(&child, 0);
    }
    return 0;
}

TEST(pipes_do_not_leak_into_children_started_beside) {
    HANDLE threads[4];
    for (int i = 0; i < 4; i++) {
        threads[i] = CreateThread(NULL, 0, start_children, NULL, 0, NULL);
    }
    CHECK_EQ(WAIT_OBJECT_0, WaitForMultipleObjects(4, threads, TRUE, 2 * PATIENCE_S * 1000));
    for (int i = 0; i < 4; i++) {
        CloseHandle(threads[i]);
    }
}

TEST(the_child_is_in_the_job_from_its_first_instruction_and_cannot_leave) {
    struct lc_process child;
    START(&child, L"in-job", L"break-away", L"start", L"sleep", L"sleep");
    EXPECT_LINE("1", &child);
    EXPECT_LINE("5", &child); /* ERROR_ACCESS_DENIED */
    CHECK(read_number(&child) > 0);
    BOOL inside = FALSE;
    CHECK(IsProcessInJob((HANDLE) (LONG_PTR) child.handle, (HANDLE) (LONG_PTR) child.group, &inside));
    CHECK(inside);
    CHECK_EQ(LC_GROUP_PRESENT, child.group_state);
    finish(&child);
}

TEST(without_a_group_there_is_no_job) {
    struct lc_process child;
    SET_UP(&setup, L"read-line", L"exit", L"6");
    setup.request.flags = 0;
    start(&child, &setup);
    CHECK_EQ(0, child.group);
    CHECK_EQ(LC_GROUP_EMPTY, child.group_state);
    CHECK_EQ(LC_ERR_UNSUPPORTED, error_category(send_signal(&child, LC_SCOPE_GROUP, LC_EVENT_CTRL_BREAK)));
    write_fully(child.in, "\n", 1);
    expect_exit(&child, 6);
}

TEST(wrong_requests_are_invalid) {
    struct lc_process process = {.size = sizeof process};
    SET_UP(&setup, L"exit", L"0");
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_start(NULL, &process));
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_start(&setup.request, NULL));
    setup.request.in = -7;
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_start(&setup.request, &process));
    SET_UP(&setup, L"exit", L"0");
    setup.request.out = LC_STDIO_TO_STDOUT;
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_start(&setup.request, &process));
    SET_UP(&setup, L"exit", L"0");
    setup.request.flags = 0x80;
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_start(&setup.request, &process));
    SET_UP(&setup, L"exit", L"0");
    process.size = 8;
    CHECK_ERROR(LC_ERR_INVALID, 0, lc_start(&setup.request, &process));
}
