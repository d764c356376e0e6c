/*
 * stdio.c - the pipes and files for a child's standard streams, and our ends of them.
 *
 * An anonymous pipe cannot be waited for, or read without blocking, so the pipes are named: our end, the server, has
 * overlapped calls, and the child's end is a plain blocking handle. A wait must not consume anything:
 *
 *     to read     a zero-byte overlapped read ends when there is something to read, and consumes nothing. Then the
 *                 available bytes are counted (PeekNamedPipe), and only those are read, which does not block.
 *     to write    there is no event for room: the child would read a zero-byte write as an end of file, and a pending
 *                 write that is cancelled does not say how much of it was read. So this end has the mode
 *                 PIPE_NOWAIT: a write without room does nothing, and lc_wait() looks again.
 *
 * A DWORD result is 0 or a code; an lc_i64 is the contract's.
 */
#include "internal.h"

#include <winternl.h>

enum {
    PIPE_BYTES = 65536,
    NAME_ATTEMPTS = 16,

    /* Longer names need \\?\, as in the JDK; a folder may have 12 units fewer than MAX_PATH. */
    LONGEST_PLAIN_PATH = MAX_PATH - 13
};

static lc_i64 bad_handle(int call) {
    return lc_failure(call, ERROR_INVALID_HANDLE);
}

static WCHAR *append_hex(WCHAR *end, lc_u64 number) {
    for (int shift = 60; shift >= 0; shift -= 4) {
        *end++ = L"0123456789abcdef"[number >> shift & 15];
    }
    *end = 0;
    return end;
}

/*
 * A unique name of process, thread and time. If another program guesses it and creates the pipe first, or opens its
 * other end, the call fails and another name is tried.
 */
static void write_name(WCHAR name[LC_PIPE_NAME]) {
    LARGE_INTEGER moment;
    QueryPerformanceCounter(&moment);
    WCHAR *end = lc_append(name, L"\\\\.\\pipe\\lastcall-");
    end = append_hex(end, (lc_u64) GetCurrentProcessId() << 32 | GetCurrentThreadId());
    *end++ = L'-';
    append_hex(end, (lc_u64) moment.QuadPart);
}

/* Our end to write has both directions so that it can be queried; the child's end can only read. */
static HANDLE make_our_end(enum lc_direction direction, const WCHAR *name) {
    DWORD access = direction == LC_FROM_CHILD ? PIPE_ACCESS_INBOUND : PIPE_ACCESS_DUPLEX;
    DWORD blocking = direction == LC_FROM_CHILD ? PIPE_WAIT : PIPE_NOWAIT;
    return CreateNamedPipeW(name, access | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                            PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_REJECT_REMOTE_CLIENTS | blocking, 1, PIPE_BYTES,
                            PIPE_BYTES, 0, NULL);
}

static HANDLE open_their_end(enum lc_direction direction, const WCHAR *name) {
    SECURITY_ATTRIBUTES inheritable = {.nLength = sizeof inheritable, .bInheritHandle = TRUE};
    DWORD access = direction == LC_FROM_CHILD ? GENERIC_WRITE | FILE_READ_ATTRIBUTES
                                              : GENERIC_READ | FILE_WRITE_ATTRIBUTES;
    return CreateFileW(name, access, 0, &inheritable, OPEN_EXISTING, SECURITY_SQOS_PRESENT | SECURITY_ANONYMOUS, NULL);
}

static DWORD make_named_pipe(enum lc_direction direction, HANDLE *ours, HANDLE *theirs) {
    WCHAR name[LC_PIPE_NAME];
    write_name(name);
    *ours = make_our_end(direction, name);
    if (*ours == INVALID_HANDLE_VALUE) {
        return GetLastError();
    }
    *theirs = open_their_end(direction, name);
    if (*theirs == INVALID_HANDLE_VALUE) {
        DWORD code = GetLastError();
        CloseHandle(*ours);
        return code;
    }
    return 0;
}

static int is_taken(DWORD code) {
    return code == ERROR_ACCESS_DENIED || code == ERROR_PIPE_BUSY || code == ERROR_ALREADY_EXISTS;
}

DWORD lc_make_pipe(enum lc_direction direction, HANDLE *ours, HANDLE *theirs) {
    DWORD code = make_named_pipe(direction, ours, theirs);
    for (int attempt = 1; attempt < NAME_ATTEMPTS && is_taken(code); attempt++) {
        code = make_named_pipe(direction, ours, theirs);
    }
    return code;
}

/* In messages, so that a write that does not fit and is cancelled has left nothing. */
DWORD lc_make_link(WCHAR name[LC_PIPE_NAME], HANDLE *ours) {
    DWORD code = ERROR_PIPE_BUSY;
    for (int attempt = 0; attempt < NAME_ATTEMPTS && is_taken(code); attempt++) {
        write_name(name);
        *ours = CreateNamedPipeW(name, PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED | FILE_FLAG_FIRST_PIPE_INSTANCE,
                                 PIPE_TYPE_MESSAGE | PIPE_READMODE_BYTE | PIPE_REJECT_REMOTE_CLIENTS, 1, PIPE_BYTES,
                                 PIPE_BYTES, 0, NULL);
        code = *ours == INVALID_HANDLE_VALUE ? GetLastError() : 0;
    }
    return code;
}

static int open_how(lc_i32 mode, DWORD *access, DWORD *disposition) {
    switch (mode) {
    case LC_OPEN_READ:
        *access = GENERIC_READ;
        *disposition = OPEN_EXISTING;
        return 1;
    case LC_OPEN_TRUNCATE:
        *access = GENERIC_WRITE;
        *disposition = CREATE_ALWAYS;
        return 1;
    case LC_OPEN_APPEND:
        /* Without the right to write elsewhere every write is appended, even if other processes write too. */
        *access = FILE_GENERIC_WRITE & ~(DWORD) FILE_WRITE_DATA;
        *disposition = OPEN_ALWAYS;
        return 1;
    default:
        return 0;
    }
}

static HANDLE create_file(const WCHAR *path, DWORD access, DWORD disposition) {
    return CreateFileW(path, access, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, disposition, FILE_ATTRIBUTE_NORMAL,
                       NULL);
}

/* As a whole path, which \\?\ needs; \\server\share becomes \\?\UNC\server\share. */
static HANDLE create_far_file(const WCHAR *path, DWORD access, DWORD disposition) {
    static const WCHAR local[] = L"\\\\?\\", share[] = L"\\\\?\\UNC";
    WCHAR *whole = lc_allocate(2 * LC_LONGEST * sizeof *whole);
    if (whole == NULL) {
        SetLastError(ERROR_NOT_ENOUGH_MEMORY);
        return INVALID_HANDLE_VALUE;
    }
    WCHAR *full = whole + LC_LONGEST;
    DWORD length = GetFullPathNameW(path, LC_LONGEST, full, NULL);
    HANDLE file = INVALID_HANDLE_VALUE;
    DWORD code = length == 0 ? GetLastError() : ERROR_FILENAME_EXCED_RANGE;
    if (length > 0 && length < LC_LONGEST - sizeof share) {
        int is_share = full[0] == L'\\' && full[1] == L'\\';
        lc_append(lc_append(whole, is_share ? share : local), is_share ? full + 1 : full);
        file = create_file(whole, access, disposition);
        code = GetLastError();
    }
    lc_free(whole);
    SetLastError(code);
    return file;
}

static int is_device_path(const WCHAR *path) {
    return path[0] == L'\\' && path[1] == L'\\' && (path[2] == L'?' || path[2] == L'.') && path[3] == L'\\';
}

/*
 * An anonymous pipe is enough: this process waits for neither end. CreatePipe creates a named one itself, hence the
 * call.
 */
lc_i64 lc_pipe(lc_i64 *input, lc_i64 *output) {
    HANDLE ends[2];
    if (input == NULL || output == NULL) {
        return lc_invalid();
    }
    if (!CreatePipe(&ends[0], &ends[1], NULL, PIPE_BYTES)) {
        return lc_failure(LC_CALL_CREATE_NAMED_PIPE, GetLastError());
    }
    *input = lc_number(ends[0]);
    *output = lc_number(ends[1]);
    return 0;
}

/* The size of a pipe cannot change after its creation. */
lc_i64 lc_pipe_enlarge(lc_i64 pipe) {
    (void) pipe;
    return lc_unsupported();
}

lc_i64 lc_open(const char *path, lc_i32 mode) {
    const WCHAR *wide = (const WCHAR *) (const void *) path;
    DWORD access, disposition;
    if (path == NULL || !open_how(mode, &access, &disposition)) {
        return lc_invalid();
    }
    HANDLE file = lc_length(wide) <= LONGEST_PLAIN_PATH || is_device_path(wide)
                      ? create_file(wide, access, disposition)
                      : create_far_file(wide, access, disposition);
    return file == INVALID_HANDLE_VALUE ? lc_failure(LC_CALL_CREATE_FILE, GetLastError()) : lc_number(file);
}

/* The other end is closed. ERROR_NO_DATA: for a write. */
static int is_broken(DWORD code) {
    return code == ERROR_BROKEN_PIPE || code == ERROR_NO_DATA || code == ERROR_PIPE_NOT_CONNECTED;
}

/*
 * Completes an overlapped call. It does not block: the bytes to read are available, and a write does not wait. If it
 * would still block (another thread was faster), it is cancelled.
 */
static DWORD complete(HANDLE handle, BOOL done, DWORD code, OVERLAPPED *io, DWORD *bytes) {
    if (!done && code != ERROR_IO_PENDING) {
        return code;
    }
    if (!done && !GetOverlappedResult(handle, io, bytes, FALSE) && GetLastError() == ERROR_IO_INCOMPLETE) {
        CancelIoEx(handle, io);
    }
    return GetOverlappedResult(handle, io, bytes, TRUE) ? 0 : GetLastError();
}

static DWORD read_now(HANDLE handle, void *buffer, DWORD length, DWORD *bytes) {
    OVERLAPPED io = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    if (io.hEvent == NULL) {
        return GetLastError();
    }
    BOOL done = ReadFile(handle, buffer, length, NULL, &io);
    DWORD code = complete(handle, done, GetLastError(), &io, bytes);
    CloseHandle(io.hEvent);
    return code;
}

DWORD lc_write_now(HANDLE handle, const void *buffer, DWORD length, DWORD *bytes) {
    OVERLAPPED io = {.hEvent = CreateEventW(NULL, TRUE, FALSE, NULL)};
    if (io.hEvent == NULL) {
        return GetLastError();
    }
    BOOL done = WriteFile(handle, buffer, length, NULL, &io);
    DWORD code = complete(handle, done, GetLastError(), &io, bytes);
    CloseHandle(io.hEvent);
    return code;
}

static lc_i64 again(int call, DWORD code) {
    return lc_error_word(LC_STAGE_NONE, call, LC_ERR_AGAIN, (int) code);
}

static lc_i64 result_of_read(DWORD code, DWORD bytes) {
    if (code == ERROR_OPERATION_ABORTED || code == ERROR_NO_DATA) {
        return again(LC_CALL_READ_FILE, code);
    }
    return code == 0 || is_broken(code) ? bytes : lc_failure(LC_CALL_READ_FILE, code);
}

lc_i64 lc_read(lc_i64 handle, void *buffer, lc_i64 length) {
    if (length < 0) {
        return lc_invalid();
    }
    if (!lc_is_handle(handle)) {
        return bad_handle(LC_CALL_READ_FILE);
    }
    DWORD there = 0, bytes = 0;
    if (!PeekNamedPipe(lc_handle(handle), NULL, 0, NULL, &there, NULL)) {
        DWORD code = GetLastError();
        return is_broken(code) ? 0 : lc_failure(LC_CALL_PEEK_NAMED_PIPE, code);
    }
    if (there == 0 || length == 0) {
        return length == 0 ? 0 : again(LC_CALL_READ_FILE, ERROR_NO_DATA);
    }
    DWORD wanted = length < (lc_i64) there ? (DWORD) length : there;
    DWORD code = read_now(lc_handle(handle), buffer, wanted, &bytes);
    return result_of_read(code, bytes);
}

/*
 * A pipe without room for all of a write accepts nothing of it, so smaller sizes are tried, by halves. All of it is
 * tried first, because a reader that waits accepts a write of any size.
 */
lc_i64 lc_write(lc_i64 handle, const void *buffer, lc_i64 length) {
    if (length < 0) {
        return lc_invalid();
    }
    if (!lc_is_handle(handle)) {
        return bad_handle(LC_CALL_WRITE_FILE);
    }
    for (DWORD size = length < PIPE_BYTES ? (DWORD) length : PIPE_BYTES; size > 0; size /= 2) {
        DWORD bytes = 0;
        DWORD code = lc_write_now(lc_handle(handle), buffer, size, &bytes);
        if (code == 0 && bytes > 0) {
            return bytes;
        }
        if (code != 0 && code != ERROR_OPERATION_ABORTED) {
            return lc_failure(LC_CALL_WRITE_FILE, code);
        }
    }
    return length == 0 ? 0 : again(LC_CALL_WRITE_FILE, 0);
}

DWORD lc_start_reading(HANDLE pipe, struct lc_pending *read) {
    DWORD there = 0;
    ResetEvent(read->io.hEvent);
    read->pending = 0;
    if (!PeekNamedPipe(pipe, NULL, 0, NULL, &there, NULL)) {
        return GetLastError();
    }
    if (there > 0 || ReadFile(pipe, &read->nothing, 0, NULL, &read->io)) {
        SetEvent(read->io.hEvent);
        return 0;
    }
    DWORD code = GetLastError();
    read->pending = code == ERROR_IO_PENDING;
    return read->pending ? 0 : code;
}

void lc_stop_reading(HANDLE pipe, struct lc_pending *read) {
    DWORD bytes;
    if (read->pending) {
        CancelIoEx(pipe, &read->io);
        GetOverlappedResult(pipe, &read->io, &bytes, TRUE);
        read->pending = 0;
    }
}

/* 0 also if a reader waits for as much as the pipe holds, so a caller must not wait only for this. */
int lc_has_room(HANDLE pipe) {
    FILE_PIPE_LOCAL_INFORMATION pipe_now;
    IO_STATUS_BLOCK status;
    return NtQueryInformationFile(pipe, &status, &pipe_now, sizeof pipe_now, FilePipeLocalInformation) >= 0
           && pipe_now.WriteQuotaAvailable > 0;
}

static lc_i64 available(lc_i64 handle) {
    if (!lc_is_handle(handle)) {
        return bad_handle(LC_CALL_PEEK_NAMED_PIPE);
    }
    DWORD there = 0;
    if (PeekNamedPipe(lc_handle(handle), NULL, 0, NULL, &there, NULL)) {
        return there;
    }
    DWORD code = GetLastError();
    return is_broken(code) ? 0 : lc_failure(LC_CALL_PEEK_NAMED_PIPE, code);
}

static HANDLE own_stream(lc_i64 number) {
    switch (number) {
    case 0:
        return GetStdHandle(STD_INPUT_HANDLE);
    case 1:
        return GetStdHandle(STD_OUTPUT_HANDLE);
    case 2:
        return GetStdHandle(STD_ERROR_HANDLE);
    default:
        return lc_is_handle(number) ? lc_handle(number) : NULL;
    }
}

static int is_terminal(lc_i64 handle) {
    DWORD mode;
    HANDLE stream = own_stream(handle);
    return stream != NULL && stream != INVALID_HANDLE_VALUE && GetConsoleMode(stream, &mode);
}

lc_i64 lc_query(lc_i64 handle, lc_i32 what) {
    switch (what) {
    case LC_QUERY_AVAILABLE:
        return available(handle);
    case LC_QUERY_TERMINAL:
        return is_terminal(handle);
    default:
        return lc_invalid();
    }
}

lc_i64 lc_close(lc_i64 handle) {
    if (lc_is_monitor(handle)) {
        lc_monitor_close(handle);
        return 0;
    }
    if (!lc_is_handle(handle)) {
        return bad_handle(LC_CALL_CLOSE_HANDLE);
    }
    return CloseHandle(lc_handle(handle)) ? 0 : lc_failure(LC_CALL_CLOSE_HANDLE, GetLastError());
}
