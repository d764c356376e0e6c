/* codes.c - the category, the name and the text of this system's codes. */
#include "internal.h"

/* Not in every version of the headers. */
#ifndef ERROR_VIRUS_INFECTED
#define ERROR_VIRUS_INFECTED 225
#endif
#ifndef ERROR_ELEVATION_REQUIRED
#define ERROR_ELEVATION_REQUIRED 740
#endif

static int category_of(DWORD code) {
    switch (code) {
    case ERROR_FILE_NOT_FOUND:
    case ERROR_PATH_NOT_FOUND:
    case ERROR_INVALID_DRIVE:
    case ERROR_BAD_NETPATH:
    case ERROR_BAD_NET_NAME:
    case ERROR_INVALID_NAME:
    case ERROR_DIRECTORY:
    case ERROR_BAD_PATHNAME:
        return LC_ERR_NOT_FOUND;
    case ERROR_ACCESS_DENIED:
    case ERROR_SHARING_VIOLATION:
    case ERROR_LOCK_VIOLATION:
    case ERROR_WRITE_PROTECT:
    case ERROR_PRIVILEGE_NOT_HELD:
    case ERROR_ELEVATION_REQUIRED:
    case ERROR_ACCESS_DISABLED_BY_POLICY:
    case ERROR_VIRUS_INFECTED:
        return LC_ERR_DENIED;
    case ERROR_TOO_MANY_OPEN_FILES:
    case ERROR_NOT_ENOUGH_MEMORY:
    case ERROR_OUTOFMEMORY:
    case ERROR_NO_SYSTEM_RESOURCES:
    case ERROR_NOT_ENOUGH_QUOTA:
    case ERROR_COMMITMENT_LIMIT:
    case ERROR_DISK_FULL:
    case ERROR_HANDLE_DISK_FULL:
    case ERROR_PIPE_BUSY:
        return LC_ERR_RESOURCES;
    case ERROR_INVALID_HANDLE:
    case ERROR_INVALID_PARAMETER:
    case ERROR_BAD_ARGUMENTS:
        return LC_ERR_INVALID;
    case ERROR_BROKEN_PIPE:
    case ERROR_NO_DATA:
    case ERROR_PIPE_NOT_CONNECTED:
        return LC_ERR_BROKEN_PIPE;
    case ERROR_NOT_SUPPORTED:
    case ERROR_CALL_NOT_IMPLEMENTED:
    case ERROR_INVALID_FUNCTION:
        return LC_ERR_UNSUPPORTED;
    default:
        return LC_ERR_OTHER;
    }
}

lc_i64 lc_failure_at(int stage, int call, DWORD code) {
    return lc_error_word(stage, call, category_of(code), (int) code);
}

lc_i64 lc_failure(int call, DWORD code) {
    return lc_failure_at(LC_STAGE_NONE, call, code);
}

#define NAME(code) {code, #code}

/* The codes that the calls of this library are known to return; the system has 16,000. */
static const struct {
    DWORD code;
    char name[32];
} error_names[] = {
    NAME(ERROR_INVALID_FUNCTION),
    NAME(ERROR_FILE_NOT_FOUND),
    NAME(ERROR_PATH_NOT_FOUND),
    NAME(ERROR_TOO_MANY_OPEN_FILES),
    NAME(ERROR_ACCESS_DENIED),
    NAME(ERROR_INVALID_HANDLE),
    NAME(ERROR_NOT_ENOUGH_MEMORY),
    NAME(ERROR_BAD_ENVIRONMENT),
    NAME(ERROR_BAD_FORMAT),
    NAME(ERROR_INVALID_ACCESS),
    NAME(ERROR_INVALID_DATA),
    NAME(ERROR_OUTOFMEMORY),
    NAME(ERROR_INVALID_DRIVE),
    NAME(ERROR_NOT_READY),
    NAME(ERROR_WRITE_PROTECT),
    NAME(ERROR_GEN_FAILURE),
    NAME(ERROR_SHARING_VIOLATION),
    NAME(ERROR_LOCK_VIOLATION),
    NAME(ERROR_HANDLE_EOF),
    NAME(ERROR_HANDLE_DISK_FULL),
    NAME(ERROR_NOT_SUPPORTED),
    NAME(ERROR_BAD_NETPATH),
    NAME(ERROR_DEV_NOT_EXIST),
    NAME(ERROR_BAD_NET_NAME),
    NAME(ERROR_FILE_EXISTS),
    NAME(ERROR_CANNOT_MAKE),
    NAME(ERROR_INVALID_PARAMETER),
    NAME(ERROR_BROKEN_PIPE),
    NAME(ERROR_OPEN_FAILED),
    NAME(ERROR_BUFFER_OVERFLOW),
    NAME(ERROR_DISK_FULL),
    NAME(ERROR_CALL_NOT_IMPLEMENTED),
    NAME(ERROR_SEM_TIMEOUT),
    NAME(ERROR_INSUFFICIENT_BUFFER),
    NAME(ERROR_INVALID_NAME),
    NAME(ERROR_MOD_NOT_FOUND),
    NAME(ERROR_PROC_NOT_FOUND),
    NAME(ERROR_BAD_ARGUMENTS),
    NAME(ERROR_BAD_PATHNAME),
    NAME(ERROR_BUSY),
    NAME(ERROR_ALREADY_EXISTS),
    NAME(ERROR_BAD_EXE_FORMAT),
    NAME(ERROR_FILENAME_EXCED_RANGE),
    NAME(ERROR_EXE_MACHINE_TYPE_MISMATCH),
    NAME(ERROR_FILE_TOO_LARGE),
    NAME(ERROR_VIRUS_INFECTED),
    NAME(ERROR_BAD_PIPE),
    NAME(ERROR_PIPE_BUSY),
    NAME(ERROR_NO_DATA),
    NAME(ERROR_PIPE_NOT_CONNECTED),
    NAME(ERROR_MORE_DATA),
    NAME(ERROR_DIRECTORY),
    NAME(ERROR_PARTIAL_COPY),
    NAME(ERROR_INVALID_ADDRESS),
    NAME(ERROR_PIPE_CONNECTED),
    NAME(ERROR_PIPE_LISTENING),
    NAME(ERROR_ELEVATION_REQUIRED),
    NAME(ERROR_OPERATION_ABORTED),
    NAME(ERROR_IO_INCOMPLETE),
    NAME(ERROR_IO_PENDING),
    NAME(ERROR_NOACCESS),
    NAME(ERROR_DLL_INIT_FAILED),
    NAME(ERROR_CANCELLED),
    NAME(ERROR_ACCESS_DISABLED_BY_POLICY),
    NAME(ERROR_PRIVILEGE_NOT_HELD),
    NAME(ERROR_NO_SYSTEM_RESOURCES),
    NAME(ERROR_COMMITMENT_LIMIT),
    NAME(ERROR_TIMEOUT),
    NAME(ERROR_NOT_ENOUGH_QUOTA),
    NAME(ERROR_SXS_CANT_GEN_ACTCTX),
};

lc_i64 lc_error_name(lc_i32 code, char *buffer, lc_i64 length) {
    for (size_t i = 0; i < sizeof error_names / sizeof error_names[0]; i++) {
        if (error_names[i].code == (DWORD) code && code != 0) {
            return lc_copy_name(error_names[i].name, sizeof error_names[i].name, buffer, length);
        }
    }
    return 0;
}

enum { LONGEST_MESSAGE = 512, LONGEST_TEXT = 128 };

/* The text of the system ends with a full stop and a line break; on Unix with neither. */
static int trimmed(const WCHAR *message, DWORD length) {
    while (length > 0 && message[length - 1] <= L' ') {
        length--;
    }
    if (length > 0 && message[length - 1] == L'.') {
        length--;
    }
    return (int) length;
}

/* Writes as many whole characters as fit; returns the length in bytes. */
static int to_utf8(const WCHAR *message, int units, char text[LONGEST_TEXT]) {
    for (; units > 0; units--) {
        int bytes = IS_HIGH_SURROGATE(message[units - 1])
                        ? 0
                        : WideCharToMultiByte(CP_UTF8, 0, message, units, text, LONGEST_TEXT, NULL, NULL);
        if (bytes > 0) {
            return bytes;
        }
    }
    return 0;
}

/* MAX_WIDTH_MASK: blanks instead of line breaks in the text. */
lc_i64 lc_error_text(lc_i32 code, char *buffer, lc_i64 length) {
    WCHAR message[LONGEST_MESSAGE];
    char text[LONGEST_TEXT];
    if (code == 0) {
        return 0;
    }
    DWORD units = FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS
                                     | FORMAT_MESSAGE_MAX_WIDTH_MASK,
                                 NULL, (DWORD) code, 0, message, LONGEST_MESSAGE, NULL);
    int bytes = to_utf8(message, trimmed(message, units), text);
    return lc_copy_name(text, (size_t) bytes, buffer, length);
}
