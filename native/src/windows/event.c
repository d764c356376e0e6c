/*
 * event.c - a program of its own: event.exe PID EVENT sends a console event to all programs of the console that the
 * process PID has, and exits with 0, or with the code of what failed. Numbers are decimal; EVENT is 0 for CTRL_C_EVENT
 * and 1 for CTRL_BREAK_EVENT.
 *
 * Lastcall starts it where the JVM has no console: its child has a hidden one then, of its own, and an event can be
 * sent only by a program of that console. A program has one console at a time, so the JVM cannot join that one without
 * leaving its own for all of its threads.
 *
 * It is no console program and so begins without one. The caller keeps a handle of the process, so that its number is
 * no other's.
 */
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

void WINAPI lc_event_main(void);

/* We are a program of that console too when the event comes. */
static BOOL WINAPI ignore(DWORD event) {
    (void) event;
    return TRUE;
}

/* Reads the last number of the line and cuts it off; nothing else is looked at, whatever the name of the program. */
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

static DWORD send(DWORD pid, DWORD event) {
    if (event > CTRL_BREAK_EVENT || pid == 0) {
        return ERROR_BAD_ARGUMENTS;
    }
    FreeConsole();
    if (!AttachConsole(pid) || !SetConsoleCtrlHandler(ignore, TRUE) || !GenerateConsoleCtrlEvent(event, 0)) {
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
    DWORD pid = take_last_number(line, &length);
    ExitProcess(send(pid, event));
}
