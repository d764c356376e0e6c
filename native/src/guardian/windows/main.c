/*
 * main.c - the guardian: waits until its owner has ended, and stops the processes that the owner has left.
 *
 * The owner has ended when its handle is signalled, and not before. When it only closes the pipe it has another
 * guardian, or needs none; then this one ends and does nothing.
 */
#include "guard.h"

/* After a registration it looks again after this time: a wake-up for each of many starts would cost too much. */
enum { BURST_MS = 20 };

/*
 * A process that ends closes its handles before its own is signalled, and its exit code says that it is ending. Unless
 * it is this code:
 */
enum { STILL_ACTIVE_CODE = 259, BRIEFLY_MS = 1000 };

static const lc_i64 greeting_limit_ns = 5000000000;

HANDLE error_stream;

static HANDLE owner;

static _Noreturn void leave(UINT code) {
    for (;;) {
        ExitProcess(code);
    }
}

/* The name of the pipe has no blanks. */
static const WCHAR *last_word(const WCHAR *line) {
    const WCHAR *word = line;
    for (; *line != 0; line++) {
        word = *line == L' ' ? line + 1 : word;
    }
    return word;
}

static lc_i64 connect(void) {
    HANDLE pipe = CreateFileW(last_word(GetCommandLineW()), GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING,
                              FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS, NULL);
    return pipe == INVALID_HANDLE_VALUE ? -1 : lc_number(pipe);
}

static int is_greeted(lc_i64 pipe, struct lc_greeting *greeting) {
    return lc_wait(NULL, -1, pipe, LC_PIPE_READABLE, greeting_limit_ns) == LC_WAIT_PIPE
           && lc_read(pipe, greeting, sizeof *greeting) == sizeof *greeting;
}

static lc_u32 accept(const struct lc_greeting *greeting) {
    if (greeting->abi != LC_ABI) {
        return 0;
    }
    owner = (HANDLE) greeting->owner;
    error_stream = (HANDLE) greeting->error;
    memory = MapViewOfFile((HANDLE) greeting->memory, FILE_MAP_READ, 0, 0, 0);
    return memory != NULL && memory->abi == LC_ABI && memory->slots <= LC_MOST_SLOTS ? memory->slots : 0;
}

static int has_ended(void) {
    DWORD code = STILL_ACTIVE_CODE;
    GetExitCodeProcess(owner, &code);
    return WaitForSingleObject(owner, code == STILL_ACTIVE_CODE ? BRIEFLY_MS : INFINITE) == WAIT_OBJECT_0;
}

/* Returns whether the owner has ended; else it needs no guardian any more. */
static int watch(lc_i64 pipe) {
    const struct lc_process waited = {
        .size = sizeof waited, .pid = memory->owner, .handle = lc_number(owner), .in = -1, .out = -1, .err = -1};
    for (;;) {
        lc_i64 seen = lc_wait(&waited, -1, pipe, LC_PIPE_READABLE, -1);
        if (seen < 0 || !receive(pipe)) {
            return has_ended();
        }
        if ((seen & LC_WAIT_EXITED) != 0) {
            return 1;
        }
        forget_those_gone();
        WaitForSingleObject(owner, BURST_MS);
    }
}

void WINAPI lc_guardian_main(void);

void WINAPI lc_guardian_main(void) {
    struct lc_greeting greeting;
    lc_i64 pipe = connect();
    if (pipe < 0 || !is_greeted(pipe, &greeting)) {
        leave(1);
    }
    lc_u32 slots = accept(&greeting);
    lc_i64 answer = (lc_i64) LC_ABI << 32 | slots;
    DWORD bytes;
    if (lc_write_now(lc_handle(pipe), &answer, sizeof answer, &bytes) != 0 || slots == 0) {
        leave(1);
    }
    if (watch(pipe)) {
        receive(pipe);
        stop_all();
    }
    leave(0);
}
