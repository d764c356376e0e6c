/*
 * The guardian. Its owners are processes of their own, which the tests kill. An owner, its guardian, its children and
 * their commands are in one job: so the test sees when all of them have ended.
 */
#include "harness.h"

enum { SLOTS = 32 };

static const WCHAR *guardian_program(void) {
    static WCHAR path[MAX_PATH];
    GetModuleFileNameW(NULL, path, MAX_PATH);
    wcscpy(wcsrchr(path, L'\\') + 1, L"lastcall-guardian.exe");
    return path;
}

static struct lc_guardian fresh_guardian(void) {
    static struct setup environment;
    SET_UP(&environment, L"exit", L"0");
    return (struct lc_guardian){.size = sizeof(struct lc_guardian),
                                .slots = SLOTS,
                                .path = (uintptr_t) guardian_program(),
                                .environment = (uintptr_t) environment.envp,
                                .memory = -1,
                                .socket = -1};
}

static struct lc_slot *slot_of(const struct lc_guardian *guardian, lc_u32 index) {
    return (struct lc_slot *) (uintptr_t) (guardian->address + (lc_u64) (1 + index) * LC_SLOT_BYTES);
}

/* A slot with this step and a kill. */
static void fill_slot(struct lc_slot *slot, struct lc_step step) {
    struct lc_step *steps = (struct lc_step *) (slot + 1);
    *slot = (struct lc_slot){.state = LC_SLOT_ARMED, .generation = 1, .mode = LC_SLOT_GROUP, .count = 2};
    steps[0] = step;
    steps[1] = (struct lc_step){.kind = LC_STEP_KILL, .timeout_ns = PATIENCE};
}

static struct lc_step break_for(long long timeout_ns) {
    return (struct lc_step){.kind = LC_STEP_SIGNAL, .what = LC_EVENT_CTRL_BREAK, .timeout_ns = timeout_ns};
}

static struct lc_step wait_for(long long timeout_ns) {
    return (struct lc_step){.kind = LC_STEP_WAIT, .timeout_ns = timeout_ns};
}

/* Writes the command into the slot, which has two steps. */
static struct lc_step run_of(struct lc_slot *slot, const WCHAR *const command[]) {
    lc_i32 at = sizeof *slot + 2 * sizeof(struct lc_step), count = 0;
    WCHAR *end = (WCHAR *) ((char *) slot + at + sizeof count);
    for (; command[count] != NULL; count++) {
        wcscpy(end, command[count]);
        end += wcslen(end) + 1;
    }
    *(lc_i32 *) ((char *) slot + at) = count;
    return (struct lc_step){.kind = LC_STEP_RUN, .what = at, .timeout_ns = PATIENCE};
}

static lc_i64 try_start(struct lc_process *child, const struct lc_guardian *guardian, lc_u32 slot,
                        const WCHAR *const steps[]) {
    static struct setup setup;
    set_up(&setup, steps);
    setup.request.out = LC_STDIO_PIPE;
    setup.request.guardian = guardian->socket;
    setup.request.slot = slot;
    setup.request.generation = 1;
    *child = (struct lc_process){.size = sizeof *child};
    return lc_start(&setup.request, child);
}

#define TRY_START(child, guardian, slot, ...) \
    try_start(child, guardian, slot, (const WCHAR *const[]){__VA_ARGS__, NULL})

static HANDLE process_of(const struct lc_guardian *guardian) {
    ULONG pid = 0;
    CHECK(GetNamedPipeClientProcessId((HANDLE) (LONG_PTR) guardian->socket, &pid));
    HANDLE process = OpenProcess(PROCESS_ALL_ACCESS, FALSE, pid);
    CHECK(process != NULL);
    return process;
}

static void await_end(HANDLE process, DWORD expected) {
    DWORD code = 0;
    CHECK_EQ(WAIT_OBJECT_0, WaitForSingleObject(process, PATIENCE_S * 1000));
    CHECK(GetExitCodeProcess(process, &code));
    CHECK_EQ(expected, code);
    CloseHandle(process);
}

/* Owners */

/* Tells the test the pid of a child, and returns when the child is ready. */
static void report(struct lc_process *child) {
    EXPECT_LINE("ready", child);
    printf("%lld\n", child->pid);
}

static _Noreturn void await_death(void) {
    printf("ready\n");
    Sleep(INFINITE);
    abort();
}

static void open_guardian(struct lc_guardian *guardian) {
    *guardian = fresh_guardian();
    CHECK_EQ(SLOTS, lc_guardian_open(guardian));
}

/* The kinds of children, of which there are as many. */
enum kind { POLITE, STUBBORN, WITH_MEMBERS, SPARED, COMMANDED, KINDS };
enum { EACH = 4, CHILDREN = KINDS * EACH };

static void start_kind(struct lc_process *child, const struct lc_guardian *guardian, lc_u32 index) {
    struct lc_slot *slot = slot_of(guardian, index);
    const WCHAR *const command[] = {child_program(), L"set-event-of-stopped", NULL};
    switch (index % KINDS) {
    case POLITE:
        fill_slot(slot, break_for(PATIENCE));
        CHECK_OK(TRY_START(child, guardian, index, L"exit-on-event", L"ready", L"sleep"));
        break;
    case STUBBORN:
        fill_slot(slot, break_for(100 * MS));
        CHECK_OK(TRY_START(child, guardian, index, L"ignore-events", L"ready", L"sleep"));
        break;
    case WITH_MEMBERS:
        fill_slot(slot, wait_for(0));
        CHECK_OK(TRY_START(child, guardian, index, L"start", L"sleep", L"ready", L"sleep"));
        CHECK(read_number(child) > 0);
        break;
    case SPARED:
        fill_slot(slot, wait_for(0));
        slot->state = LC_SLOT_SPARED;
        CHECK_OK(TRY_START(child, guardian, index, L"ready", L"sleep"));
        break;
    default:
        fill_slot(slot, run_of(slot, command));
        CHECK_OK(TRY_START(child, guardian, index, L"await-own-event", L"exit", L"7"));
    }
}

ROLE(owner_of_many) {
    static struct lc_process children[CHILDREN];
    struct lc_guardian guardian;
    open_guardian(&guardian);
    for (lc_u32 i = 0; i < CHILDREN; i++) {
        start_kind(&children[i], &guardian, i);
        report(&children[i]);
    }
    await_death();
}

/* The leader is stopped alone, and another process has its slot by then. */
ROLE(owner_of_a_leader_and_of_a_slot_in_use_again) {
    struct lc_process leader, earlier;
    struct lc_guardian guardian;
    open_guardian(&guardian);
    fill_slot(slot_of(&guardian, 0), wait_for(0));
    slot_of(&guardian, 0)->mode = LC_SLOT_LEADER;
    CHECK_OK(TRY_START(&leader, &guardian, 0, L"start", L"sleep", L"ready", L"sleep"));
    printf("%lld\n", read_number(&leader));
    report(&leader);
    fill_slot(slot_of(&guardian, 1), wait_for(0));
    CHECK_OK(TRY_START(&earlier, &guardian, 1, L"ready", L"sleep"));
    report(&earlier);
    slot_of(&guardian, 1)->generation = 2;
    await_death();
}

ROLE(owner_whose_guardian_was_killed) {
    struct lc_process child;
    struct lc_guardian guardian;
    open_guardian(&guardian);
    fill_slot(slot_of(&guardian, 0), wait_for(0));
    CHECK_OK(TRY_START(&child, &guardian, 0, L"ready", L"sleep"));
    report(&child);
    HANDLE process = process_of(&guardian);
    CHECK(TerminateProcess(process, 9));
    await_end(process, 9);
    CHECK_OK(lc_close(guardian.socket));
    CHECK_EQ(SLOTS, lc_guardian_open(&guardian));
    CHECK_OK(lc_guardian_add(guardian.socket, &child, 0, 1));
    await_death();
}

static void start_owner(struct lc_process *owner, const WCHAR *role) {
    static struct setup setup;
    set_up_role(&setup, role);
    setup.request.out = setup.request.err = LC_STDIO_PIPE;
    *owner = (struct lc_process){.size = sizeof *owner};
    CHECK_OK(lc_start(&setup.request, owner));
}

static HANDLE next_child(struct lc_process *owner) {
    HANDLE child = OpenProcess(SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_TERMINATE, FALSE,
                               (DWORD) read_number(owner));
    CHECK(child != NULL);
    return child;
}

static void kill_owner(struct lc_process *owner) {
    EXPECT_LINE("ready", owner);
    CHECK_OK(send_signal(owner, LC_SCOPE_LEADER, LC_SIGKILL));
    reap(owner);
}

static void expect_alive_and_end(HANDLE child) {
    CHECK_EQ(WAIT_TIMEOUT, WaitForSingleObject(child, 0));
    CHECK(TerminateProcess(child, 5));
    await_end(child, 5);
}

static DWORD expected_end(lc_u32 index) {
    switch (index % KINDS) {
    case POLITE:
        return is_wine() ? 1 : 40 + CTRL_BREAK_EVENT; /* Wine does not deliver it */
    case COMMANDED:
        return 7;
    default:
        return 1;
    }
}

TEST(what_a_dead_owner_has_left_is_stopped) {
    struct lc_process owner;
    HANDLE children[CHILDREN];
    char line[256], expected[256];
    start_owner(&owner, L"owner_of_many");
    for (int i = 0; i < CHILDREN; i++) {
        children[i] = next_child(&owner);
    }
    kill_owner(&owner);
    snprintf(expected, sizeof expected,
             "io.github.lastcall: the JVM (pid %lld) has ended and left %d processes, which are being stopped",
             owner.pid, CHILDREN - EACH);
    CHECK(read_line(owner.err, line, sizeof line));
    CHECK_TEXT(expected, line);
    for (lc_u32 i = 0; i < CHILDREN; i++) {
        if (i % KINDS != SPARED) {
            await_end(children[i], expected_end(i));
        }
    }
    for (lc_u32 i = SPARED; i < CHILDREN; i += KINDS) {
        expect_alive_and_end(children[i]);
    }
    close_child(&owner);
}

TEST(only_what_a_slot_says_is_stopped) {
    struct lc_process owner;
    start_owner(&owner, L"owner_of_a_leader_and_of_a_slot_in_use_again");
    HANDLE member = next_child(&owner), leader = next_child(&owner), earlier = next_child(&owner);
    kill_owner(&owner);
    await_end(leader, 1);
    expect_alive_and_end(member);
    expect_alive_and_end(earlier);
    close_child(&owner);
}

TEST(another_guardian_knows_what_was_registered_again) {
    struct lc_process owner;
    start_owner(&owner, L"owner_whose_guardian_was_killed");
    HANDLE child = next_child(&owner);
    kill_owner(&owner);
    await_end(child, 1);
    close_child(&owner);
}

/* In this process */

TEST(a_guardian_ends_with_its_socket) {
    struct lc_guardian guardian;
    open_guardian(&guardian);
    HANDLE process = process_of(&guardian);
    CHECK_OK(lc_guardian_close(&guardian));
    CHECK_EQ(-1, guardian.socket);
    CHECK_EQ(-1, guardian.memory);
    await_end(process, 0);
}

/* Its job has no limit any more. The limit cannot be asked for: Wine 8 never shows one. */
TEST(a_registered_process_outlives_the_handles_of_its_job) {
    struct lc_guardian guardian;
    struct lc_process child;
    open_guardian(&guardian);
    HANDLE process = process_of(&guardian);
    CHECK_OK(TRY_START(&child, &guardian, 0, L"ready", L"sleep"));
    EXPECT_LINE("ready", &child);
    CHECK_OK(lc_guardian_close(&guardian));
    await_end(process, 0);
    CHECK_OK(lc_close(child.group));
    child.group = 0;
    CHECK_EQ(0, lc_wait(&child, -1, -1, 0, 50 * MS));
    finish(&child);
}

TEST(a_killed_guardian_hangs_up) {
    struct lc_guardian guardian;
    struct lc_process child;
    lc_u64 token = 0;
    open_guardian(&guardian);
    lc_i64 monitor = lc_monitor_open();
    CHECK_OK(lc_monitor_set(monitor, NULL, guardian.socket, LC_PIPE_READABLE, 7));
    CHECK_OK(TRY_START(&child, &guardian, 0, L"ready", L"sleep")); /* while the other thread reads */
    EXPECT_LINE("ready", &child);
    CHECK_EQ(0, lc_monitor_wait(monitor, &token, 1, 10 * MS));
    HANDLE process = process_of(&guardian);
    CHECK(TerminateProcess(process, 9));
    CHECK_EQ(1, lc_monitor_wait(monitor, &token, 1, PATIENCE));
    CHECK_EQ(7, token);
    await_end(process, 9);
    CHECK_OK(lc_close(monitor));

    struct lc_process refused;
    lc_i64 result = TRY_START(&refused, &guardian, 1, L"sleep");
    CHECK_STAGE(LC_STAGE_GUARDIAN, LC_ERR_BROKEN_PIPE, ERROR_BROKEN_PIPE, result);
    CHECK_EQ(LC_CALL_SENDMSG, error_call(result));
    CHECK(refused.handle == -1 && refused.group == 0 && refused.out == -1);
    CHECK_EQ(LC_CALL_SENDMSG, error_call(lc_guardian_add(guardian.socket, &child, 0, 1)));
    CHECK_OK(lc_close(guardian.socket));
    CHECK_EQ(SLOTS, lc_guardian_open(&guardian)); /* with the same memory */
    CHECK_OK(lc_guardian_add(guardian.socket, &child, 0, 1));
    process = process_of(&guardian);
    CHECK_OK(lc_guardian_close(&guardian));
    await_end(process, 0);
    finish(&child);
}

typedef LONG NTAPI freeze(HANDLE);

/* It reads nothing. A start does not wait for it, and leaves nothing. */
TEST(a_full_socket_refuses_the_next_process) {
    struct lc_guardian guardian;
    struct lc_process child, refused;
    HMODULE ntdll = GetModuleHandleW(L"ntdll.dll");
    freeze *suspend = (freeze *) (uintptr_t) GetProcAddress(ntdll, "NtSuspendProcess");
    freeze *resume = (freeze *) (uintptr_t) GetProcAddress(ntdll, "NtResumeProcess");
    open_guardian(&guardian);
    HANDLE process = process_of(&guardian);
    CHECK_EQ(0, suspend(process));
    START(&child, L"ready", L"sleep");
    EXPECT_LINE("ready", &child);
    lc_i64 result = 0;
    int count = 0;
    for (; result == 0 && count < 100000; count++) {
        result = lc_guardian_add(guardian.socket, &child, 0, 1);
    }
    CHECK_STAGE(LC_STAGE_GUARDIAN, LC_ERR_AGAIN, -1, result);
    CHECK_EQ(LC_CALL_SENDMSG, error_call(result));
    CHECK(count > 100);
    CHECK_STAGE(LC_STAGE_GUARDIAN, LC_ERR_AGAIN, -1, TRY_START(&refused, &guardian, 1, L"sleep"));
    CHECK_EQ(0, resume(process));
    for (long long end = now_ns() + PATIENCE; result != 0 && now_ns() < end;) {
        result = lc_guardian_add(guardian.socket, &child, 0, 1);
    }
    CHECK_OK(result);
    CHECK_OK(lc_guardian_close(&guardian));
    await_end(process, 0);
    finish(&child);
}

/* More than once: the harness does not see one handle that is left if a thread of the pool ends meanwhile. */
enum { FAILURES = 4 };

TEST(a_missing_program_is_an_error) {
    for (int i = 0; i < FAILURES; i++) {
        struct lc_guardian guardian = fresh_guardian();
        guardian.path = (uintptr_t) L"C:\\there-is-none.exe";
        CHECK_STAGE(LC_STAGE_GUARDIAN, LC_ERR_NOT_FOUND, ERROR_FILE_NOT_FOUND, lc_guardian_open(&guardian));
        CHECK_EQ(-1, guardian.memory);
        CHECK_EQ(0, guardian.address);
        CHECK_EQ(-1, guardian.socket);
    }
}

/* Another program in its place, which ends without a word. */
TEST(a_program_that_is_no_guardian_is_an_error) {
    for (int i = 0; i < FAILURES; i++) {
        struct lc_guardian guardian = fresh_guardian();
        guardian.path = (uintptr_t) child_program();
        lc_i64 result = lc_guardian_open(&guardian);
        CHECK_STAGE(LC_STAGE_GUARDIAN, LC_ERR_BROKEN_PIPE, -1, result);
        CHECK_EQ(-1, guardian.memory);
        CHECK_EQ(-1, guardian.socket);
    }
}
