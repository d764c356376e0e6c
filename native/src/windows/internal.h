/*
 * internal.h - what the Windows files share.
 *
 * Only kernel32 and one call of ntdll: no C runtime, so that the library needs nothing that a Windows 10 lacks and
 * brings no second heap, locale or exception handling into the JVM.
 *
 * Inside the library a code is what GetLastError() gave, fetched at once: the next call may change it. An lc_i64 is
 * the contract's.
 */
#ifndef LASTCALL_WINDOWS_INTERNAL_H
#define LASTCALL_WINDOWS_INTERNAL_H

/* Windows 10. Some compilers say so themselves. */
#ifndef _WIN32_WINNT
#define _WIN32_WINNT 0x0A00
#endif
#define WIN32_LEAN_AND_MEAN
#include <windows.h>

#include "common.h"

_Static_assert(sizeof(void *) == 8, "a handle has 64 bits, of which Windows uses 32");
_Static_assert(sizeof(WCHAR) == 2, "strings are UTF-16");

enum {
    /* The longest path and the longest command line, in units, with the terminator. */
    LC_LONGEST = 32768,

    /* What a process ends with that was terminated: 1, as the JDK has it. */
    LC_TERMINATED = 1
};

/* codes.c. The contract's error for a failed call, in a spawn and elsewhere. */
lc_i64 lc_failure_at(int stage, int call, DWORD code);
lc_i64 lc_failure(int call, DWORD code);

/* init.c. The features in use. */
lc_u64 lc_features(void);

/* basics.c. Memory of the process's heap, for as long as a call takes; NULL: there is none. */
void *lc_allocate(SIZE_T bytes);
void lc_free(void *memory);

/* basics.c. Units before the terminator. */
SIZE_T lc_length(const WCHAR *text);
/* basics.c. Returns the new end. */
WCHAR *lc_append(WCHAR *end, const WCHAR *text);

/*
 * commandline.c. Writes the command line that a program parses into these arguments again, by the rules of Microsoft's
 * C runtime, and returns its length without the terminator; NULL instead of the line: only counts.
 */
SIZE_T lc_command_line(const WCHAR *const *arguments, WCHAR *line);

/* commandline.c. The same for a batch file, which cmd.exe runs. */
SIZE_T lc_batch_line(const WCHAR *script, const WCHAR *const *arguments, WCHAR *line);

/* commandline.c. Is this the path of a batch file? */
int lc_is_batch(const WCHAR *path);

/* commandline.c. Would cmd.exe find more in this than text? */
int lc_is_interpreted(const WCHAR *script, const WCHAR *const *arguments);

/* program.c. Finds the file of a program and writes its absolute path; 0, or the code that says why there is none. */
DWORD lc_find_program(const WCHAR *name, WCHAR path[LC_LONGEST]);

/* program.c. Writes the path of cmd.exe; 0 or a code. */
DWORD lc_find_cmd(WCHAR path[LC_LONGEST]);

/* environment.c. The block that CreateProcess takes, from the heap; NULL: no memory. */
WCHAR *lc_environment_block(const WCHAR *const *entries);

/* signal.c. Does this process have a console? */
int lc_has_console(void);

/* signal.c. Does what LC_ACT_SIGNAL stands for; 0 or the contract's error. */
lc_i64 lc_send(const struct lc_process *process);

/* group.c. How many processes of a job have not exited; 0 or a code. */
DWORD lc_count_active(lc_i64 job, DWORD *active);

/* group.c. Fills in group_state; 0 or the contract's error. */
lc_i64 lc_probe_group(struct lc_process *process);

/* exit.c. */
int lc_has_exited(HANDLE process);

/* exit.c. Fills in kind and code if the process has exited; 0 or the contract's error. */
lc_i64 lc_fill_exit(struct lc_process *process);

/* basics.c. Nanoseconds of a clock that is never set. */
lc_i64 lc_now(void);
lc_i64 lc_deadline_after(lc_i64 timeout_ns);
lc_i64 lc_time_left(lc_i64 deadline);
/* As WaitForMultipleObjects takes it: rounded up, and short enough to be asked again before it wraps. */
DWORD lc_milliseconds(lc_i64 left);

#define LC_FOREVER 0x7fffffffffffffffLL

static inline lc_i64 lc_shorter(lc_i64 one, lc_i64 other) {
    return one < other ? one : other;
}

/* stdio.c. Which way a pipe runs. */
enum lc_direction { LC_FROM_CHILD, LC_TO_CHILD };

/* stdio.c. Makes a pipe; the child's end is inheritable. 0, or a code, and then there is none. */
DWORD lc_make_pipe(enum lc_direction direction, HANDLE *ours, HANDLE *theirs);

/* stdio.c. A zero-byte read, which ends when there is something to read, or never will be. */
struct lc_pending {
    OVERLAPPED io;
    int pending;
    char nothing;
};

/* Starts it; 0, or the code of why it cannot be waited for. io.hEvent is the caller's. */
DWORD lc_start_reading(HANDLE pipe, struct lc_pending *read);
/* Ends it, in whatever state it is. */
void lc_stop_reading(HANDLE pipe, struct lc_pending *read);
/* Is there room in the pipe for certain? What is not known counts as no. */
int lc_has_room(HANDLE pipe);

/* monitor.c. A monitor travels as its address with the lowest bit set, which no HANDLE has. */
void lc_monitor_close(lc_i64 monitor);

static inline int lc_is_monitor(lc_i64 handle) {
    return handle > 0 && (handle & 1) != 0;
}

/* Pseudo handles are negative; -1 is also the invalid one. */
static inline int lc_is_handle(lc_i64 handle) {
    return handle > 0 && handle <= 0x7fffffff && (handle & 1) == 0;
}

static inline int lc_is_handle_or_absent(lc_i64 handle) {
    return handle == -1 || lc_is_handle(handle);
}

static inline HANDLE lc_handle(lc_i64 handle) {
    return (HANDLE) (LONG_PTR) handle;
}

static inline lc_i64 lc_number(HANDLE handle) {
    return (lc_i64) (LONG_PTR) handle;
}

/* Only of what lc_wait() may read. One that is still being started may be known by its handle alone. */
static inline int lc_is_waitable(const struct lc_process *process) {
    return process->size == sizeof *process && process->pid >= 0 && process->pid <= 0xffffffffLL
           && lc_is_handle_or_absent(process->handle) && (process->pid != 0 || process->handle != -1);
}

static inline int lc_is_process(const struct lc_process *process) {
    return process != NULL && lc_is_waitable(process) && (process->group == 0 || lc_is_handle(process->group));
}

#endif
