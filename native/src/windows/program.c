/*
 * program.c - finds the file of a program like CreateProcess, and so ProcessBuilder, does. A bare name is searched in
 * the folder of the running program (the JVM), the working directory, the folders of the system, and PATH, all of this
 * process; ".exe" is added to a name without an extension. A name with a folder is exactly that file.
 *
 * CreateProcess gets the whole path, because otherwise "C:\my tools\x" would run C:\my.exe if it exists, and because a
 * batch file must be recognised before it is run.
 */
#include "internal.h"

static int has_folder(const WCHAR *name) {
    for (; *name != 0; name++) {
        if (*name == L'\\' || *name == L'/' || *name == L':') {
            return 1;
        }
    }
    return 0;
}

static int has_extension(const WCHAR *name) {
    int seen = 0;
    for (; *name != 0; name++) {
        if (*name == L'\\' || *name == L'/') {
            seen = 0;
        } else if (*name == L'.') {
            seen = 1;
        }
    }
    return seen;
}

static DWORD look_at(const WCHAR *path) {
    DWORD attributes = GetFileAttributesW(path);
    if (attributes == INVALID_FILE_ATTRIBUTES) {
        return GetLastError();
    }
    return (attributes & FILE_ATTRIBUTE_DIRECTORY) != 0 ? ERROR_ACCESS_DENIED : 0;
}

/* The result of a call that writes a path: its length, the room that it would need, or 0. */
static DWORD code_of(DWORD length, DWORD capacity) {
    if (length == 0) {
        return GetLastError();
    }
    return length < capacity ? 0 : ERROR_FILENAME_EXCED_RANGE;
}

static DWORD find_file(const WCHAR *name, WCHAR path[LC_LONGEST]) {
    const DWORD room = LC_LONGEST - sizeof ".exe";
    DWORD code = code_of(GetFullPathNameW(name, room, path, NULL), room);
    if (code != 0) {
        return code;
    }
    SIZE_T length = lc_length(path);
    if (!has_extension(name)) {
        lc_append(path + length, L".exe");
        if (look_at(path) == 0) {
            return 0;
        }
        path[length] = 0;
    }
    return look_at(path);
}

DWORD lc_find_program(const WCHAR *name, WCHAR path[LC_LONGEST]) {
    if (*name == 0) {
        return ERROR_FILE_NOT_FOUND;
    }
    return has_folder(name) ? find_file(name, path)
                            : code_of(SearchPathW(NULL, name, L".exe", LC_LONGEST, path, NULL), LC_LONGEST);
}

/* Not the program in %ComSpec%, because the command line is written for cmd.exe. */
DWORD lc_find_cmd(WCHAR path[LC_LONGEST]) {
    const DWORD room = LC_LONGEST - sizeof "\\cmd.exe";
    DWORD code = code_of(GetSystemDirectoryW(path, room), room);
    if (code == 0) {
        lc_append(path + lc_length(path), L"\\cmd.exe");
    }
    return code;
}
