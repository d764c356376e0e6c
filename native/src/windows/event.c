/*
 * event.c - a separate program: event.exe PID GROUP EVENT sends a console event to a process group in the console of
 * the process PID, and exits with 0 or with the code of the call that failed. Numbers are decimal; GROUP is 0 for all
 * programs of the console; EVENT is 0 for CTRL_C_EVENT and 1 for CTRL_BREAK_EVENT.
 *
 * Lastcall starts it if the JVM has no console. Then the child has a hidden console, and only a program of that console
 * can send an event to it. A program has one console for all its threads, so the JVM cannot attach to it itself. The
 * guardian, which has no console either, starts it for every child.
 *
 * It is not a console program, so it starts without a console. The caller keeps a handle of the process, so that its
 * pid is not reused.
 */
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

void WINAPI lc_event_main(void);

/* This program is attached to that console too, so it gets the event. */
static BOOL WINAPI ignore(DWORD event) {
    (void) event;
    return TRUE;
}

/* Reads the last number of the line and cuts it off. The rest of the line is ignored. */
static DWORD take_last_number(const WCHAR *line, int *length) {
    DWORD number = 0, power = 1;
    for (; *length > 0 && line[*length - 1] >= L'0' && line[*length - 1] <= L'9'; --*length) {
        number += power * (DWORD) (line[*length - 1] - L'0');
        power *= 10;
    }
    while (*length > 0 && line[*length - 1] == L' ') {
        --*length;
    }
    return number;
}

static DWORD send(DWORD pid, DWORD group, DWORD event) {
    if (event > CTRL_BREAK_EVENT || pid == 0) {
        return ERROR_BAD_ARGUMENTS;
    }
    FreeConsole();
    if (!AttachConsole(pid) || !SetConsoleCtrlHandler(ignore, TRUE) || !GenerateConsoleCtrlEvent(event, group)) {
        return GetLastError();
    }
    return 0;
}

void WINAPI lc_event_main(void) {
    const WCHAR *line = GetCommandLineW();
    int length = 0;
    while (line[length] != 0) {
        length++;
    }
    DWORD event = take_last_number(line, &length);
    DWORD group = take_last_number(line, &length);
    DWORD pid = take_last_number(line, &length);
    ExitProcess(send(pid, group, event));
}
