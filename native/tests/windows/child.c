/*
 * child.c - what the tests start: does one step after the other, as its arguments say. Knows nothing of the library.
 */
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

static void write_bytes(const void *bytes, DWORD size) {
    const char *from = bytes;
    HANDLE out = GetStdHandle(STD_OUTPUT_HANDLE);
    for (DWORD written; size > 0 && WriteFile(out, from, size, &written, NULL); size -= written) {
        from += written;
    }
}

static void say(const char *format, long long number) {
    char line[128];
    int length = snprintf(line, sizeof line, format, number);
    write_bytes(line, (DWORD) length);
}

/* On the error stream: the others may be what is asked about. */
static void name_handle(DWORD stream) {
    char line[32];
    DWORD written;
    unsigned long long number = (ULONG_PTR) GetStdHandle(STD_INPUT_HANDLE - stream);
    int length = snprintf(line, sizeof line, "%llu\n", number);
    WriteFile(GetStdHandle(STD_ERROR_HANDLE), line, (DWORD) length, &written, NULL);
}

static void write_wide(const WCHAR *text) {
    write_bytes(text, (DWORD) ((wcslen(text) + 1) * sizeof *text));
}

static void write_environment(void) {
    WCHAR *block = GetEnvironmentStringsW();
    for (WCHAR *entry = block; *entry != 0; entry += wcslen(entry) + 1) {
        write_wide(entry);
    }
}

static void write_directory(void) {
    WCHAR path[MAX_PATH];
    GetCurrentDirectoryW(MAX_PATH, path);
    write_wide(path);
}

/* A plain start, as any program makes one: what is inheritable is inherited. Returns the code of its failure. */
static DWORD run(const WCHAR *steps, DWORD flags, PROCESS_INFORMATION *born) {
    WCHAR program[MAX_PATH], line[2 * MAX_PATH];
    STARTUPINFOW info = {.cb = sizeof info};
    GetModuleFileNameW(NULL, program, MAX_PATH);
    swprintf(line, 2 * MAX_PATH, L"\"%ls\" %ls", program, steps);
    return CreateProcessW(program, line, NULL, NULL, TRUE, flags, NULL, NULL, &info, born) ? 0 : GetLastError();
}

/* Starts a process with these steps and writes its number. */
static void start_another(const WCHAR *steps) {
    PROCESS_INFORMATION born = {0};
    DWORD code = run(steps, 0, &born);
    say("%lld\n", code == 0 ? (long long) born.dwProcessId : -(long long) code);
}

/* A chain of that many, the last of which sleeps; the others wait for the one below and then sleep too. */
static void grow(int levels) {
    WCHAR steps[64];
    if (levels > 1) {
        swprintf(steps, 64, L"grow %d", levels - 1);
        PROCESS_INFORMATION born;
        if (run(steps, 0, &born) != 0) {
            ExitProcess(99);
        }
    }
    Sleep(INFINITE);
}

static BOOL WINAPI ignore(DWORD event) {
    (void) event;
    return TRUE;
}

static BOOL WINAPI leave(DWORD event) {
    ExitProcess(40 + event);
    return TRUE;
}

static char buffer[1 << 16];

static void read_line(void) {
    char one;
    DWORD got;
    while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), &one, 1, &got, NULL) && got == 1 && one != '\n') {
    }
}

static void copy_input(void) {
    DWORD got;
    while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), buffer, sizeof buffer, &got, NULL) && got > 0) {
        write_bytes(buffer, got);
    }
}

static void count_input(void) {
    DWORD got;
    long long sum = 0;
    while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), buffer, sizeof buffer, &got, NULL) && got > 0) {
        sum += got;
    }
    say("%lld\n", sum);
}

static void fill(long long count) {
    memset(buffer, 'x', sizeof buffer);
    while (count > 0) {
        DWORD size = count < (long long) sizeof buffer ? (DWORD) count : sizeof buffer;
        write_bytes(buffer, size);
        count -= size;
    }
}

/* An event that both sides know by the number of its handle: which process a handle is of cannot be asked. */
static void set_event(unsigned long long number) {
    say("%lld\n", SetEvent((HANDLE) (ULONG_PTR) number));
}

/* The event of a process. */
static HANDLE event_of(const WCHAR *pid) {
    WCHAR name[64];
    swprintf(name, 64, L"lastcall-test-%ls", pid);
    return CreateEventW(NULL, TRUE, FALSE, name);
}

static void await_own_event(void) {
    WCHAR pid[16];
    swprintf(pid, 16, L"%lu", GetCurrentProcessId());
    HANDLE event = event_of(pid);
    write_bytes("ready\n", 6);
    WaitForSingleObject(event, INFINITE);
}

/* As a command of a step, for the process that is being stopped. */
static void set_event_of_stopped(void) {
    WCHAR pid[16] = L"";
    GetEnvironmentVariableW(L"LASTCALL_PID", pid, 16);
    SetEvent(event_of(pid));
}

/* From now on no other process may open this one. */
static void deny_access(void) {
    union {
        ACL list;
        char room[64];
    } nobody;
    SECURITY_DESCRIPTOR descriptor;
    InitializeAcl(&nobody.list, sizeof nobody, ACL_REVISION);
    InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION);
    SetSecurityDescriptorDacl(&descriptor, TRUE, &nobody.list, FALSE);
    SetKernelObjectSecurity(GetCurrentProcess(), DACL_SECURITY_INFORMATION, &descriptor);
}

static int is(const WCHAR *step, const WCHAR *name) {
    return wcscmp(step, name) == 0;
}

/* Steps with an argument return 2, others 1. */
static int with_argument(const WCHAR *step, const WCHAR *argument) {
    unsigned long long number = wcstoull(argument, NULL, 0);
    if (is(step, L"exit")) {
        ExitProcess((UINT) number);
    } else if (is(step, L"pause")) {
        Sleep((DWORD) number);
    } else if (is(step, L"grow")) {
        grow((int) number);
    } else if (is(step, L"start")) {
        start_another(argument);
    } else if (is(step, L"fill")) {
        fill((long long) number);
    } else if (is(step, L"set-event")) {
        set_event(number);
    } else if (is(step, L"name-handle")) {
        name_handle((DWORD) number);
    } else {
        return 0;
    }
    return 2;
}

static int without_argument(const WCHAR *step) {
    if (is(step, L"ready")) {
        write_bytes("ready\n", 6);
    } else if (is(step, L"sleep")) {
        Sleep(INFINITE);
    } else if (is(step, L"env")) {
        write_environment();
    } else if (is(step, L"directory")) {
        write_directory();
    } else if (is(step, L"ignore-events")) {
        SetConsoleCtrlHandler(ignore, TRUE);
    } else if (is(step, L"exit-on-event")) {
        SetConsoleCtrlHandler(leave, TRUE);
    } else if (is(step, L"read-line")) {
        read_line();
    } else if (is(step, L"copy-input")) {
        copy_input();
    } else if (is(step, L"count-input")) {
        count_input();
    } else if (is(step, L"to-stderr")) {
        SetStdHandle(STD_OUTPUT_HANDLE, GetStdHandle(STD_ERROR_HANDLE));
    } else if (is(step, L"await-own-event")) {
        await_own_event();
    } else if (is(step, L"set-event-of-stopped")) {
        set_event_of_stopped();
    } else if (is(step, L"deny-access")) {
        deny_access();
    } else if (is(step, L"in-job")) {
        BOOL inside = FALSE;
        IsProcessInJob(GetCurrentProcess(), NULL, &inside);
        say("%lld\n", inside);
    } else if (is(step, L"break-away")) {
        PROCESS_INFORMATION born;
        say("%lld\n", run(L"exit 0", CREATE_BREAKAWAY_FROM_JOB, &born));
    } else if (is(step, L"streams")) {
        for (DWORD i = 0; i < 3; i++) {
            say("%lld\n", GetFileType(GetStdHandle(STD_INPUT_HANDLE - i)));
        }
    } else {
        return 0;
    }
    return 1;
}

int wmain(int argc, WCHAR **argv) {
    for (int i = 1; i < argc;) {
        if (is(argv[i], L"args")) {
            for (int k = i + 1; k < argc; k++) {
                write_wide(argv[k]);
            }
            return 0;
        }
        int used = without_argument(argv[i]);
        if (used == 0 && i + 1 < argc) {
            used = with_argument(argv[i], argv[i + 1]);
        }
        if (used == 0) {
            return 98;
        }
        i += used;
    }
    return 0;
}
