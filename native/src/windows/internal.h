/*
 * internal.h - what the Windows files share.
 *
 * Only kernel32 and one call of ntdll. Without a C runtime the library needs nothing that Windows 10 lacks, and adds no
 * second heap, locale or exception handling to the JVM.
 *
 * Inside the library a code is the result of GetLastError(), called immediately, because the next call may change it.
 * An lc_i64 is the contract's.
 */
#ifndef LASTCALL_WINDOWS_INTERNAL_H
#define LASTCALL_WINDOWS_INTERNAL_H

/* Windows 10. Some compilers define it themselves. */
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

    /* The exit code of a terminated process: 1, as in the JDK. */
    LC_TERMINATED = 1
};

/* codes.c. The contract's error for a failed call, in a spawn and elsewhere. */
lc_i64 lc_failure_at(int stage, int call, DWORD code);
lc_i64 lc_failure(int call, DWORD code);

/* init.c. The features in use. */
lc_u64 lc_features(void);

/* basics.c. Memory from the heap of the process, only during a call; NULL: no memory. */
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

/* commandline.c. Would cmd.exe interpret this? */
int lc_is_interpreted(const WCHAR *script, const WCHAR *const *arguments);

/* program.c. Finds the file of a program and writes its absolute path; 0 or a code. */
DWORD lc_find_program(const WCHAR *name, WCHAR path[LC_LONGEST]);

/* program.c. Writes the path of cmd.exe; 0 or a code. */
DWORD lc_find_cmd(WCHAR path[LC_LONGEST]);

/* environment.c. The block for CreateProcess, from the heap; NULL: no memory. */
WCHAR *lc_environment_block(const WCHAR *const *entries);

/* signal.c. Does this process have a console? */
int lc_has_console(void);

/* signal.c. LC_ACT_SIGNAL; 0 or the contract's error. */
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
/* For WaitForMultipleObjects: rounded up, and limited, so that it does not overflow. */
DWORD lc_milliseconds(lc_i64 left);

#define LC_FOREVER 0x7fffffffffffffffLL

static inline lc_i64 lc_shorter(lc_i64 one, lc_i64 other) {
    return one < other ? one : other;
}

/* stdio.c. The direction of a pipe. */
enum lc_direction { LC_FROM_CHILD, LC_TO_CHILD };

/* stdio.c. Creates a pipe; the child's end is inheritable. 0, or a code: then there is no pipe. */
DWORD lc_make_pipe(enum lc_direction direction, HANDLE *ours, HANDLE *theirs);

/* Enough units for the name of a pipe. */
enum { LC_PIPE_NAME = 64 };

/* stdio.c. Creates our end of a pipe in both directions, and writes the name under which its other end is opened. */
DWORD lc_make_link(WCHAR name[LC_PIPE_NAME], HANDLE *ours);

/* stdio.c. Writes without waiting; 0 or a code. ERROR_OPERATION_ABORTED: there is no room, and nothing was written. */
DWORD lc_write_now(HANDLE handle, const void *buffer, DWORD length, DWORD *bytes);

/* stdio.c. A zero-byte read, which ends when there is something to read, or at the end of the pipe. */
struct lc_pending {
    OVERLAPPED io;
    int pending;
    char nothing;
};

/* Starts it; 0, or a code: then the pipe cannot be waited for. The caller owns io.hEvent. */
DWORD lc_start_reading(HANDLE pipe, struct lc_pending *read);
/* Ends it in any state. */
void lc_stop_reading(HANDLE pipe, struct lc_pending *read);
/* Is it certain that the pipe has room? */
int lc_has_room(HANDLE pipe);

/*
 * guardian.c. Registers a process with the guardian at this end of a pipe; `job` may be NULL. 0 or the contract's
 * error.
 */
lc_i64 lc_register(lc_i64 socket, lc_u32 slot, lc_u32 generation, DWORD pid, HANDLE process, HANDLE job);

/* monitor.c. The handle of a monitor is its address with the lowest bit set, which no HANDLE has. */
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

/* Checks only what lc_wait() may read. While a process is being started, its handle may be all that is known. */
static inline int lc_is_waitable(const struct lc_process *process) {
    return process->size == sizeof *process && process->pid >= 0 && process->pid <= 0xffffffffLL
           && lc_is_handle_or_absent(process->handle) && (process->pid != 0 || process->handle != -1);
}

static inline int lc_is_process(const struct lc_process *process) {
    return process != NULL && lc_is_waitable(process) && (process->group == 0 || lc_is_handle(process->group));
}

#endif
