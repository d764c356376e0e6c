/*
 * guardian.c - the owner's side of a guardian.
 *
 * Nothing is inherited by the guardian: a process that other code starts at the same moment would inherit it as well,
 * and would keep the pipe open after the guardian's end. The guardian opens the pipe by its name, and handles are
 * duplicated into it.
 *
 * A process is registered by a message with handles of the guardian. The guardian is found through the pipe, which
 * knows the pid of its other end. That pid may belong to another process after the guardian's end, but not while the
 * pipe is connected.
 *
 * A DWORD result is 0 or a code; an lc_i64 is the contract's.
 */
#include "guardian.h"

static const lc_i64 answer_limit_ns = 5000000000;

static lc_i64 failure(int call, DWORD code) {
    return lc_failure_at(LC_STAGE_GUARDIAN, call, code);
}

/* Memory */

static void close_memory(struct lc_guardian *guardian) {
    if (guardian->address != 0) {
        UnmapViewOfFile((const void *) guardian->address);
        guardian->address = 0;
    }
    if (guardian->memory != -1) {
        CloseHandle(lc_handle(guardian->memory));
        guardian->memory = -1;
    }
}

static void fill_memory(struct lc_guarded *guarded, lc_u32 slots) {
    guarded->abi = LC_ABI;
    guarded->slots = slots;
    guarded->owner = GetCurrentProcessId();
    DWORD length = GetCurrentDirectoryW(LC_GUARDED_DIRECTORY, guarded->directory);
    if (length == 0 || length >= LC_GUARDED_DIRECTORY) {
        guarded->directory[0] = 0;
    }
}

static lc_i64 make_memory(struct lc_guardian *guardian) {
    DWORD bytes = (1 + guardian->slots) * LC_SLOT_BYTES;
    HANDLE memory = CreateFileMappingW(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, bytes, NULL);
    if (memory == NULL) {
        return failure(LC_CALL_MMAP, GetLastError());
    }
    guardian->memory = lc_number(memory);
    void *address = MapViewOfFile(memory, FILE_MAP_READ | FILE_MAP_WRITE, 0, 0, bytes);
    if (address == NULL) {
        DWORD code = GetLastError();
        close_memory(guardian);
        return failure(LC_CALL_MMAP, code);
    }
    guardian->address = (lc_u64) address;
    fill_memory(address, guardian->slots);
    return 0;
}

/* Starting one */

/* A guardian that is being started. */
struct opening {
    const struct lc_guardian *guardian;
    HANDLE pipe;
    HANDLE process;
    lc_i64 deadline;
};

static WCHAR *command_line(const struct lc_guardian *guardian, const WCHAR *pipe) {
    const WCHAR *const arguments[] = {(const WCHAR *) guardian->path, pipe, NULL};
    WCHAR *line = lc_allocate((lc_command_line(arguments, NULL) + 1) * sizeof *line);
    if (line != NULL) {
        lc_command_line(arguments, line);
    }
    return line;
}

/* Outside of the job of this process if that is allowed: the job may end with this process. */
static DWORD create_with(const struct lc_guardian *guardian, WCHAR *line, WCHAR *environment,
                         PROCESS_INFORMATION *created) {
    const DWORD flags = CREATE_UNICODE_ENVIRONMENT | DETACHED_PROCESS;
    STARTUPINFOW info = {.cb = sizeof info, .dwFlags = STARTF_FORCEOFFFEEDBACK};
    WCHAR folder[MAX_PATH];
    UINT length = GetSystemDirectoryW(folder, MAX_PATH); /* so that it keeps no other folder in use */
    const WCHAR *directory = length > 0 && length < MAX_PATH ? folder : NULL;
    const WCHAR *program = (const WCHAR *) guardian->path;
    if (CreateProcessW(program, line, NULL, NULL, FALSE, flags | CREATE_BREAKAWAY_FROM_JOB, environment, directory,
                       &info, created)) {
        return 0;
    }
    if (GetLastError() == ERROR_ACCESS_DENIED
        && CreateProcessW(program, line, NULL, NULL, FALSE, flags, environment, directory, &info, created)) {
        return 0;
    }
    return GetLastError();
}

static DWORD create(const struct lc_guardian *guardian, const WCHAR *pipe, HANDLE *process) {
    WCHAR *line = command_line(guardian, pipe);
    WCHAR *environment = lc_environment_block((const WCHAR *const *) guardian->environment);
    PROCESS_INFORMATION created;
    DWORD code = ERROR_NOT_ENOUGH_MEMORY;
    if (line != NULL && environment != NULL) {
        code = create_with(guardian, line, environment, &created);
    }
    lc_free(line);
    lc_free(environment);
    if (code == 0) {
        CloseHandle(created.hThread);
        *process = created.hProcess;
    }
    return code;
}

/* Waits for an overlapped call that has begun: until it is done, the guardian has ended, or the time is up. */
static DWORD complete(const struct opening *opening, OVERLAPPED *io, DWORD *bytes) {
    const HANDLE either[] = {io->hEvent, opening->process};
    DWORD waited = WaitForMultipleObjects(2, either, FALSE, lc_milliseconds(lc_time_left(opening->deadline)));
    if (waited != WAIT_OBJECT_0) {
        CancelIoEx(opening->pipe, io);
    }
    if (GetOverlappedResult(opening->pipe, io, bytes, TRUE)) {
        return 0;
    }
    DWORD code = GetLastError();
    if (code == ERROR_OPERATION_ABORTED) {
        return waited == WAIT_TIMEOUT ? WAIT_TIMEOUT : ERROR_BROKEN_PIPE;
    }
    return code;
}

static DWORD await_connection(const struct opening *opening, OVERLAPPED *io) {
    DWORD bytes = 0, code = ConnectNamedPipe(opening->pipe, io) ? 0 : GetLastError();
    if (code == ERROR_IO_PENDING) {
        code = complete(opening, io, &bytes);
    }
    if (code != 0 && code != ERROR_PIPE_CONNECTED) {
        return code;
    }
    ULONG pid = 0;
    if (!GetNamedPipeClientProcessId(opening->pipe, &pid)) {
        return GetLastError();
    }
    return pid == GetProcessId(opening->process) ? 0 : ERROR_ACCESS_DENIED;
}

/* The guardian's handle for the same object; 0: it cannot be duplicated. */
static lc_u64 give(HANDLE guardian, HANDLE handle, DWORD access) {
    HANDLE theirs = NULL;
    DWORD options = access == 0 ? DUPLICATE_SAME_ACCESS : 0;
    BOOL done = DuplicateHandle(GetCurrentProcess(), handle, guardian, &theirs, access, FALSE, options);
    return done ? (lc_u64) theirs : 0;
}

/* Not a console, which a program without one cannot write to. */
static HANDLE error_stream(void) {
    HANDLE stream = GetStdHandle(STD_ERROR_HANDLE);
    if (stream == NULL || stream == INVALID_HANDLE_VALUE) {
        return NULL;
    }
    DWORD type = GetFileType(stream);
    return type == FILE_TYPE_DISK || type == FILE_TYPE_PIPE ? stream : NULL;
}

static DWORD greet(const struct opening *opening) {
    HANDLE stream = error_stream();
    const struct lc_greeting greeting = {
        .abi = LC_ABI,
        .memory = give(opening->process, lc_handle(opening->guardian->memory), FILE_MAP_READ),
        .owner = give(opening->process, GetCurrentProcess(), SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION),
        .error = stream == NULL ? 0 : give(opening->process, stream, 0),
    };
    DWORD bytes;
    if (greeting.memory == 0 || greeting.owner == 0) {
        return ERROR_BROKEN_PIPE;
    }
    return lc_write_now(opening->pipe, &greeting, sizeof greeting, &bytes);
}

static DWORD read_answer(const struct opening *opening, OVERLAPPED *io, lc_i64 *answer) {
    DWORD bytes = 0, code = 0;
    if (!ReadFile(opening->pipe, answer, sizeof *answer, NULL, io)) {
        code = GetLastError();
    }
    if (code == 0 || code == ERROR_IO_PENDING) {
        code = complete(opening, io, &bytes);
    }
    return code == 0 && bytes != sizeof *answer ? ERROR_BROKEN_PIPE : code;
}

static lc_i64 speak(const struct opening *opening, OVERLAPPED *io) {
    lc_i64 answer = 0;
    DWORD code = await_connection(opening, io);
    if (code != 0) {
        return failure(LC_CALL_CREATE_NAMED_PIPE, code);
    }
    code = greet(opening);
    if (code != 0) {
        return failure(LC_CALL_WRITE_FILE, code);
    }
    code = read_answer(opening, io, &answer);
    if (code != 0) {
        return failure(LC_CALL_READ_FILE, code);
    }
    lc_u32 slots = (lc_u32) answer;
    return answer >> 32 == LC_ABI ? (lc_i64) slots
                                  : lc_error_word(LC_STAGE_GUARDIAN, LC_CALL_NONE, LC_ERR_INVALID, 0);
}

static lc_i64 answer_of(const struct opening *opening) {
    OVERLAPPED io = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    if (io.hEvent == NULL) {
        return failure(LC_CALL_CREATE_EVENT, GetLastError());
    }
    lc_i64 answer = speak(opening, &io);
    CloseHandle(io.hEvent);
    if (answer < 0) {
        TerminateProcess(opening->process, LC_TERMINATED);
    }
    return answer;
}

static lc_i64 start_guardian(struct lc_guardian *guardian) {
    WCHAR name[LC_PIPE_NAME];
    struct opening opening = {.guardian = guardian, .deadline = lc_deadline_after(answer_limit_ns)};
    DWORD code = lc_make_link(name, &opening.pipe);
    if (code != 0) {
        return failure(LC_CALL_CREATE_NAMED_PIPE, code);
    }
    code = create(guardian, name, &opening.process);
    lc_i64 answer = code == 0 ? answer_of(&opening) : failure(LC_CALL_CREATE_PROCESS, code);
    if (code == 0) {
        CloseHandle(opening.process);
    }
    if (answer < 0) {
        CloseHandle(opening.pipe);
        return answer;
    }
    guardian->socket = lc_number(opening.pipe);
    return answer;
}

lc_i64 lc_guardian_open(struct lc_guardian *guardian) {
    if (!lc_is_guardian(guardian) || guardian->program != 0) {
        return lc_invalid();
    }
    guardian->socket = -1;
    int made = guardian->memory == -1;
    lc_i64 answer = made ? make_memory(guardian) : 0;
    if (answer < 0) {
        return answer;
    }
    answer = start_guardian(guardian);
    if (answer < 0 && made) {
        close_memory(guardian);
    }
    return answer < guardian->slots ? answer : guardian->slots;
}

lc_i64 lc_guardian_close(struct lc_guardian *guardian) {
    if (!lc_is_guardian(guardian)) {
        return lc_invalid();
    }
    if (guardian->socket != -1) {
        CloseHandle(lc_handle(guardian->socket));
        guardian->socket = -1;
    }
    close_memory(guardian);
    return 0;
}

/* Registering */

/* Whatever prevents it, another guardian may accept the process. */
static lc_i64 not_sent(DWORD code) {
    int category = code == ERROR_OPERATION_ABORTED ? LC_ERR_AGAIN : LC_ERR_BROKEN_PIPE;
    return lc_error_word(LC_STAGE_GUARDIAN, LC_CALL_SENDMSG, category, (int) code);
}

/* The pipe is connected after the pid was opened: so it is the guardian. NULL: the guardian has ended. */
static HANDLE open_guardian(HANDLE pipe) {
    ULONG pid = 0;
    if (!GetNamedPipeClientProcessId(pipe, &pid)) {
        return NULL;
    }
    HANDLE guardian = OpenProcess(PROCESS_DUP_HANDLE, FALSE, pid);
    if (guardian != NULL && !PeekNamedPipe(pipe, NULL, 0, NULL, NULL, NULL)) {
        CloseHandle(guardian);
        return NULL;
    }
    return guardian;
}

static void take_back(HANDLE guardian, lc_u64 theirs) {
    if (theirs != 0) {
        DuplicateHandle(guardian, (HANDLE) theirs, NULL, NULL, 0, FALSE, DUPLICATE_CLOSE_SOURCE);
    }
}

static lc_i64 send(HANDLE pipe, HANDLE guardian, struct lc_registration *registration, HANDLE process, HANDLE job) {
    DWORD bytes, code = ERROR_BROKEN_PIPE; /* an ending process accepts no handle */
    registration->process = give(guardian, process, 0);
    registration->job = job == NULL ? 0 : give(guardian, job, 0);
    if (registration->process != 0 && (job == NULL || registration->job != 0)) {
        code = lc_write_now(pipe, registration, sizeof *registration, &bytes);
    }
    if (code == 0) {
        return 0;
    }
    take_back(guardian, registration->process);
    take_back(guardian, registration->job);
    return not_sent(code);
}

lc_i64 lc_register(lc_i64 socket, lc_u32 slot, lc_u32 generation, DWORD pid, HANDLE process, HANDLE job) {
    struct lc_registration registration = {
        .slot = slot,
        .generation = generation,
        .pid = pid,
        .shares_console = job != NULL && lc_has_console(),
    };
    HANDLE pipe = lc_handle(socket), guardian = open_guardian(pipe);
    if (guardian == NULL) {
        return not_sent(ERROR_BROKEN_PIPE);
    }
    lc_i64 error = send(pipe, guardian, &registration, process, job);
    CloseHandle(guardian);
    return error;
}

lc_i64 lc_guardian_add(lc_i64 socket, const struct lc_process *process, lc_u32 slot, lc_u32 generation) {
    if (!lc_is_handle(socket) || !lc_is_process(process) || process->handle == -1) {
        return lc_invalid();
    }
    HANDLE job = process->group == 0 ? NULL : lc_handle(process->group);
    return lc_register(socket, slot, generation, (DWORD) process->pid, lc_handle(process->handle), job);
}
