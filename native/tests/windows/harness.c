#include "harness.h"

#include <stdarg.h>

enum { PASSED = 0, FAILED = 1, SKIPPED = 2, LIMIT_S = 120, CODE_BASE = 70 };

static struct test *tests, *roles;
static WCHAR directory[MAX_PATH];

/* At the front: this linker runs constructors from the last to the first. */
void test_register(struct test *test) {
    test->next = tests;
    tests = test;
}

void role_register(struct test *role) {
    role->next = roles;
    roles = role;
}

static _Noreturn void end_test(int result) {
    fflush(stdout);
    ExitProcess((UINT) (CODE_BASE + result));
}

void test_fail(const char *file, int line, const char *format, ...) {
    char message[2048];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    const char *base = strrchr(file, '/');
    printf("    %s:%d: %s\n", base == NULL ? file : base + 1, line, message);
    end_test(FAILED);
}

void test_skip(const char *reason) {
    printf("    skipped: %s\n", reason);
    end_test(SKIPPED);
}

void test_equal(const char *file, int line, const char *what, long long expected, long long actual) {
    if (expected != actual) {
        test_fail(file, line, "%s: expected %lld (%#llx), was %lld (%#llx)", what, expected,
                  (unsigned long long) expected, actual, (unsigned long long) actual);
    }
}

void test_equal_text(const char *file, int line, const char *what, const char *expected, const char *actual) {
    if (strcmp(expected, actual) != 0) {
        test_fail(file, line, "%s: expected \"%s\", was \"%s\"", what, expected, actual);
    }
}

static void describe(lc_i64 result, char *text, size_t size) {
    if (result >= 0) {
        snprintf(text, size, "%lld", result);
        return;
    }
    char call[33] = "", os[33] = "";
    lc_name(LC_NAME_CALL, error_call(result), call, sizeof call - 1);
    lc_name(LC_NAME_ERROR, error_os(result), os, sizeof os - 1);
    snprintf(text, size, "category %d, stage %d, call %d %s, OS code %d %s", error_category(result),
             error_stage(result), error_call(result), call, error_os(result), os);
}

void test_ok(const char *file, int line, const char *what, lc_i64 result) {
    if (result != 0) {
        char text[256];
        describe(result, text, sizeof text);
        test_fail(file, line, "%s: expected 0, was %s", what, text);
    }
}

void test_error(const char *file, int line, const char *what, int category, int os, int stage, lc_i64 result) {
    bool right = result < 0 && error_category(result) == category && (os < 0 || error_os(result) == os)
                 && (stage < 0 || error_stage(result) == stage);
    if (!right) {
        char text[256];
        describe(result, text, sizeof text);
        test_fail(file, line, "%s: expected category %d, OS code %d, stage %d, was %s", what, category, os, stage,
                  text);
    }
}

long long now_ns(void) {
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    return count.QuadPart / frequency.QuadPart * 1000000000
           + count.QuadPart % frequency.QuadPart * 1000000000 / frequency.QuadPart;
}

static int number_of(const char *variable, int otherwise) {
    const char *value = getenv(variable);
    return value == NULL ? otherwise : atoi(value);
}

void give_time(void) {
    Sleep(50);
}

int test_rounds(int otherwise) {
    return number_of("LASTCALL_TEST_ROUNDS", otherwise);
}

int test_seed(void) {
    return number_of("LASTCALL_TEST_SEED", 1);
}

bool is_wine(void) {
    return GetProcAddress(GetModuleHandleW(L"ntdll.dll"), "wine_get_version") != NULL;
}

/* Files */

/* One for each thread: it is written at each call. */
const WCHAR *child_program(void) {
    static __thread WCHAR path[MAX_PATH];
    GetModuleFileNameW(NULL, path, MAX_PATH);
    wcscpy(wcsrchr(path, L'\\') + 1, L"child.exe");
    return path;
}

const WCHAR *test_path(const WCHAR *name) {
    static WCHAR paths[8][MAX_PATH];
    static unsigned turn;
    WCHAR *path = paths[turn++ % 8];
    CHECK(CreateDirectoryW(directory, NULL) || GetLastError() == ERROR_ALREADY_EXISTS);
    snwprintf(path, MAX_PATH, L"%ls\\%ls", directory, name);
    return path;
}

void write_file(const WCHAR *path, const char *content) {
    DWORD written;
    HANDLE file = CreateFileW(path, GENERIC_WRITE, 0, NULL, CREATE_ALWAYS, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK(WriteFile(file, content, (DWORD) strlen(content), &written, NULL));
    CloseHandle(file);
}

void read_file(const WCHAR *path, char *content, size_t size) {
    DWORD got = 0;
    HANDLE file = CreateFileW(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    CHECK(ReadFile(file, content, (DWORD) size - 1, &got, NULL));
    content[got] = '\0';
    CloseHandle(file);
}

static void remove_directory(void) {
    WCHAR pattern[MAX_PATH + 2], path[2 * MAX_PATH];
    WIN32_FIND_DATAW entry;
    snwprintf(pattern, MAX_PATH + 2, L"%ls\\*", directory);
    HANDLE search = FindFirstFileW(pattern, &entry);
    if (search == INVALID_HANDLE_VALUE) {
        return; /* the test needed none */
    }
    do {
        snwprintf(path, 2 * MAX_PATH, L"%ls\\%ls", directory, entry.cFileName);
        if (!DeleteFileW(path) && entry.cFileName[0] != L'.') {
            RemoveDirectoryW(path);
        }
    } while (FindNextFileW(search, &entry));
    FindClose(search);
    RemoveDirectoryW(directory);
}

/* Children */

void set_candidates(struct setup *setup, const WCHAR *const candidates[]) {
    int count = 0;
    for (; candidates[count] != NULL; count++) {
        CHECK(count < 7);
        setup->candidates[count] = candidates[count];
    }
    setup->candidates[count] = NULL;
}

static void inherit_environment(struct setup *setup) {
    static WCHAR *block;
    if (block == NULL) {
        block = GetEnvironmentStringsW();
    }
    int count = 0;
    for (WCHAR *entry = block; *entry != 0 && count < ENVP_MAX - 1; entry += wcslen(entry) + 1) {
        setup->envp[count++] = entry;
    }
}

void set_up(struct setup *setup, const WCHAR *const steps[]) {
    memset(setup, 0, sizeof *setup);
    SET_CANDIDATES(setup, child_program());
    inherit_environment(setup);
    setup->argv[1] = L"child";
    for (int i = 0; steps[i] != NULL; i++) {
        CHECK(i < ARGV_MAX - 3);
        setup->argv[i + 2] = steps[i];
    }
    struct lc_spawn_request *request = &setup->request;
    request->size = sizeof *request;
    request->flags = LC_SPAWN_NEW_GROUP;
    request->candidates = (uintptr_t) setup->candidates;
    request->argv = (uintptr_t) setup->argv;
    request->envp = (uintptr_t) setup->envp;
    request->in = request->out = request->err = LC_STDIO_INHERIT;
}

void set_up_role(struct setup *setup, const WCHAR *name) {
    static WCHAR path[MAX_PATH];
    GetModuleFileNameW(NULL, path, MAX_PATH);
    SET_UP(setup, L"--role", name);
    SET_CANDIDATES(setup, path);
}

void start(struct lc_process *child, const struct setup *setup) {
    struct lc_spawn_request request = setup->request;
    if (request.in == LC_STDIO_INHERIT) {
        request.in = LC_STDIO_PIPE;
    }
    if (request.out == LC_STDIO_INHERIT) {
        request.out = LC_STDIO_PIPE;
    }
    *child = (struct lc_process){.size = sizeof *child};
    lc_i64 result = lc_start(&request, child);
    if (is_wine() && result < 0 && error_os(result) == ERROR_INTERNAL_ERROR) {
        result = lc_start(&request, child); /* its server has failed once in some thousand starts */
    }
    CHECK_OK(result);
}

void start_steps(struct lc_process *child, const WCHAR *const steps[]) {
    static struct setup setup;
    set_up(&setup, steps);
    start(child, &setup);
}

void act(struct lc_process *process, lc_u32 acts) {
    process->act = acts;
    CHECK_OK(lc_act(process));
}

lc_i64 send_signal(struct lc_process *process, lc_i32 scope, lc_i32 signal) {
    process->scope = scope;
    process->signal = signal;
    act(process, LC_ACT_SIGNAL);
    return process->sent;
}

/* The child says which handle its stream is, on a stream that is not looked at. */
static struct pipe_ends take_pipe(int stream) {
    static struct setup setup;
    struct lc_process child;
    HANDLE theirs, self = GetCurrentProcess();
    SET_UP(&setup, L"name-handle", stream == 0 ? L"0" : L"1", L"sleep");
    setup.request.err = LC_STDIO_PIPE;
    start(&child, &setup);
    char line[64];
    CHECK(read_line(child.err, line, sizeof line));
    HANDLE named = (HANDLE) (ULONG_PTR) strtoull(line, NULL, 0);
    CHECK(DuplicateHandle((HANDLE) (LONG_PTR) child.handle, named, self, &theirs, 0, FALSE, DUPLICATE_SAME_ACCESS));
    struct pipe_ends ends = {stream == 0 ? child.in : child.out, (lc_i64) (LONG_PTR) theirs};
    *(stream == 0 ? &child.in : &child.out) = -1;
    finish(&child);
    return ends;
}

struct pipe_ends pipe_from_child(void) {
    return take_pipe(1);
}

struct pipe_ends pipe_to_child(void) {
    return take_pipe(0);
}

void close_ends(const struct pipe_ends *ends) {
    CHECK_OK(lc_close(ends->ours));
    CHECK_OK(lc_close(ends->theirs));
}

static size_t read_some(lc_i64 pipe, void *buffer, size_t size) {
    for (;;) {
        lc_i64 got = lc_read(pipe, buffer, (lc_i64) size);
        if (got >= 0) {
            return (size_t) got;
        }
        CHECK_EQ(LC_ERR_AGAIN, error_category(got));
        CHECK_EQ(LC_WAIT_PIPE, lc_wait(NULL, -1, pipe, LC_PIPE_READABLE, PATIENCE));
    }
}

size_t read_fully(lc_i64 pipe, void *buffer, size_t size) {
    size_t used = 0, got;
    while (used < size && (got = read_some(pipe, (char *) buffer + used, size - used)) > 0) {
        used += got;
    }
    return used;
}

bool read_line(lc_i64 pipe, char *line, size_t size) {
    size_t used = 0;
    while (used < size - 1 && read_some(pipe, line + used, 1) > 0) {
        if (line[used] == '\n') {
            line[used] = '\0';
            return true;
        }
        used += line[used] != '\r';
    }
    line[used] = '\0';
    return used > 0;
}

long long read_number(struct lc_process *child) {
    char line[64];
    CHECK(read_line(child->out, line, sizeof line));
    return strtoll(line, NULL, 0);
}

void write_fully(lc_i64 pipe, const void *bytes, size_t size) {
    const char *from = bytes;
    while (size > 0) {
        lc_i64 count = lc_write(pipe, from, (lc_i64) size);
        if (count >= 0) {
            from += count;
            size -= (size_t) count;
        } else {
            CHECK_EQ(LC_ERR_AGAIN, error_category(count));
            CHECK_EQ(LC_WAIT_PIPE, lc_wait(NULL, -1, pipe, LC_PIPE_WRITABLE, PATIENCE));
        }
    }
}

void close_input(struct lc_process *child) {
    CHECK_OK(lc_close(child->in));
    child->in = -1;
}

void reap(struct lc_process *child) {
    CHECK_EQ(LC_WAIT_EXITED, lc_wait(child, -1, -1, 0, PATIENCE));
    act(child, LC_ACT_REAP);
    CHECK_OK(child->looked);
    CHECK_EQ(LC_EXIT_EXITED, child->kind);
    CHECK_EQ(1, child->reaped);
}

static void close_pipe(lc_i64 *pipe) {
    if (*pipe >= 0) {
        CHECK_OK(lc_close(*pipe));
        *pipe = -1;
    }
}

void close_child(struct lc_process *child) {
    close_pipe(&child->in);
    close_pipe(&child->out);
    close_pipe(&child->err);
    await_empty(child);
    act(child, LC_ACT_RELEASE);
    CHECK_EQ(-1, child->handle);
    CHECK_EQ(0, child->group);
}

void expect_exit(struct lc_process *child, unsigned code) {
    reap(child);
    CHECK_EQ(code, (unsigned) child->code);
    close_child(child);
}

void await_empty(struct lc_process *child) {
    long long end = now_ns() + PATIENCE;
    for (act(child, LC_ACT_PROBE); child->group_state != LC_GROUP_EMPTY; act(child, LC_ACT_PROBE)) {
        CHECK(now_ns() < end);
        Sleep(1);
    }
}

void finish(struct lc_process *child) {
    lc_i64 result = send_signal(child, LC_SCOPE_GROUP, LC_SIGKILL);
    CHECK(result == 0 || error_category(result) == LC_ERR_GONE);
    reap(child);
    close_child(child);
}

/* One test */

/* Handles are multiples of 4, and the lowest free one is given out. */
static DWORD count_handles_one_by_one(void) {
    const ULONG_PTR highest = 0x2000;
    DWORD count = 0, flags;
    for (ULONG_PTR number = 4; number <= highest; number += 4) {
        count += GetHandleInformation((HANDLE) number, &flags) != 0;
    }
    return count;
}

/* Wine 8 always says that there are none. */
static DWORD handles(void) {
    DWORD count = 0;
    CHECK(GetProcessHandleCount(GetCurrentProcess(), &count));
    return count > 0 ? count : count_handles_one_by_one();
}

/* Runs everything once that the system opens handles for when it is first used. */
static void warm_up(void) {
    struct pipe_ends ends = pipe_from_child();
    lc_wait(NULL, -1, ends.ours, LC_PIPE_READABLE, 1);
    lc_i64 monitor = lc_monitor_open();
    CHECK(monitor > 0);
    CHECK_OK(lc_monitor_set(monitor, NULL, ends.ours, LC_PIPE_READABLE, 1));
    CHECK_OK(lc_close(monitor));
    close_ends(&ends);
}

static void run_test(struct test *test) {
    const char *disable = getenv("LASTCALL_TEST_DISABLE");
    lc_init(disable == NULL ? 0 : strtoull(disable, NULL, 0));
    warm_up();
    DWORD before = handles();
    test->run();
    /* A thread of the test may not have ended yet, and one of the pool ends when it has been idle for seconds. */
    for (long long end = now_ns() + PATIENCE; handles() > before && now_ns() < end;) {
        Sleep(20);
    }
    DWORD after = handles();
    if (after > before) {
        FAIL("%lu handles were open before, %lu are now", before, after);
    }
    end_test(PASSED);
}

/* The runner chooses the name, so that it can remove the directory however the test ends. */
static void name_directory(const char *name) {
    WCHAR parent[MAX_PATH];
    GetTempPathW(MAX_PATH, parent);
    snwprintf(directory, MAX_PATH, L"%lslastcall-%hs-%lu", parent, name, GetCurrentProcessId());
    SetEnvironmentVariableW(L"LASTCALL_TEST_DIRECTORY", directory);
}

static DWORD active_in(HANDLE job) {
    JOBOBJECT_BASIC_ACCOUNTING_INFORMATION counts = {0};
    CHECK(QueryInformationJobObject(job, JobObjectBasicAccountingInformation, &counts, sizeof counts, NULL));
    return counts.ActiveProcesses;
}

/* What has just ended may still be counted, and so may the host of its console. */
static bool is_left_empty(HANDLE job) {
    for (int i = 0; i < 250 && active_in(job) > 0; i++) {
        Sleep(20);
    }
    return active_in(job) == 0;
}

static int run_alone(struct test *test) {
    static const char *const words[] = {"ok", "FAILED", "skipped"};
    WCHAR program[MAX_PATH], line[2 * MAX_PATH];
    STARTUPINFOW info = {.cb = sizeof info};
    PROCESS_INFORMATION born;
    JOBOBJECT_EXTENDED_LIMIT_INFORMATION limits = {
        .BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE};
    name_directory(test->name);
    GetModuleFileNameW(NULL, program, MAX_PATH);
    snwprintf(line, 2 * MAX_PATH, L"\"%ls\" --alone %hs", program, test->name);
    HANDLE job = CreateJobObjectW(NULL, NULL);
    SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, sizeof limits);
    fflush(stdout);
    long long begin = now_ns();
    CHECK(CreateProcessW(program, line, NULL, NULL, TRUE, CREATE_SUSPENDED, NULL, NULL, &info, &born));
    CHECK(AssignProcessToJobObject(job, born.hProcess));
    ResumeThread(born.hThread);
    DWORD limit = LIMIT_S + (DWORD) test_rounds(0);
    if (WaitForSingleObject(born.hProcess, limit * 1000) != WAIT_OBJECT_0) {
        printf("    still running after %lu s\n", limit);
    }
    DWORD code = 0;
    GetExitCodeProcess(born.hProcess, &code);
    if (code == CODE_BASE + PASSED && !is_left_empty(job)) {
        printf("    %lu processes are left\n", active_in(job));
        code = CODE_BASE + FAILED;
    }
    TerminateJobObject(job, 1);
    WaitForSingleObject(born.hProcess, INFINITE);
    CloseHandle(born.hThread);
    CloseHandle(born.hProcess);
    CloseHandle(job);
    remove_directory();
    int result = code >= CODE_BASE && code <= CODE_BASE + SKIPPED ? (int) code - CODE_BASE : FAILED;
    if (result == FAILED && code != CODE_BASE + FAILED) {
        printf("    ended with code %#lx\n", code);
    }
    printf("%-8s%s (%lld ms)\n", words[result], test->name, (now_ns() - begin) / 1000000);
    return result;
}

static struct test *find(struct test *test, const char *name) {
    while (test != NULL && strcmp(test->name, name) != 0) {
        test = test->next;
    }
    return test;
}

int main(int argc, char **argv) {
    int counts[3] = {0};
    setvbuf(stdout, NULL, _IONBF, 0);
    if (argc == 3 && strcmp(argv[1], "--alone") == 0) {
        GetEnvironmentVariableW(L"LASTCALL_TEST_DIRECTORY", directory, MAX_PATH);
        run_test(find(tests, argv[2]));
    }
    if (argc == 3 && strcmp(argv[1], "--role") == 0) {
        find(roles, argv[2])->run();
        return 0;
    }
    for (struct test *test = tests; test != NULL; test = test->next) {
        if (argc < 2 || strcmp(argv[1], test->name) == 0) {
            counts[run_alone(test)]++;
        }
    }
    printf("%d passed, %d failed, %d skipped\n", counts[PASSED], counts[FAILED], counts[SKIPPED]);
    return counts[FAILED] > 0 || counts[PASSED] + counts[SKIPPED] == 0;
}
