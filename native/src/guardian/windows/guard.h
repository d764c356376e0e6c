/*
 * guard.h - what the files of the guardian's program share.
 *
 * The guardian has no C runtime. Its tables are static, and only pages that were written take memory. It uses the files
 * of the library where it can.
 */
#ifndef LASTCALL_GUARD_H
#define LASTCALL_GUARD_H

#include "../slots.h"
#include "guardian.h"

/* A process registered by the owner. */
struct guarded {
    HANDLE process; /* NULL: none */
    HANDLE job;     /* NULL: it has none */
    DWORD pid;
    int shares_console; /* as in struct lc_registration */
    lc_u32 generation;

    /* Of its stop. */
    enum part part;
    int exited;         /* the leader */
    int step;           /* the next one */
    lc_i64 deadline;
    HANDLE command;     /* what runs for it, NULL: nothing */
    HANDLE command_job;
    HANDLE receiver;    /* a member whose pid the command has, NULL: none, or the leader */
};

static inline void close_handle(HANDLE *handle) {
    if (*handle != NULL) {
        CloseHandle(*handle);
        *handle = NULL;
    }
}

/* table.c. The processes, by slot. Elements from `used` on have never been used. */
extern struct guarded table[LC_MOST_SLOTS];
extern lc_u32 used;

/* table.c. The memory that the owner writes until its end. */
extern const struct lc_guarded *memory;

/* table.c. Returns the slot of a process that has to be stopped, NULL: it must not be stopped. */
const struct lc_slot *slot_to_stop(lc_u32 index);

/* table.c. Receives registrations. Returns whether more may come. */
int receive(lc_i64 pipe);

/* table.c. Closes the handles of the process. */
void forget(struct guarded *one);

/* table.c. Closes the handles of processes that are gone. */
void forget_those_gone(void);

/* stop.c. Returns the process for functions of the library. */
struct lc_process as_process(const struct guarded *one);

/* stop.c. Stops all processes, and returns when none is left or the time is up. */
void stop_all(void);

/* run.c. Prepares for commands, in the owner's directory. */
void commands_begin(void);

/* run.c. Runs the command at that place of a slot. Returns 0, or an error of the contract. */
lc_i64 run(struct guarded *one, const void *command);

/* run.c. Begins to send CTRL_BREAK_EVENT. Returns 0, or an error of the contract. */
lc_i64 send_break(struct guarded *one);

/* run.c. Appends the digits and returns the new end. */
WCHAR *append_number(WCHAR *end, lc_u32 number);

/* run.c. Ends what runs for it. Returns whether it had ended by itself and has failed. */
int end_command(struct guarded *one);

/* message.c. Writes one line to this stream and closes it; NULL: there is none. */
void write_message_and_close(HANDLE stream, lc_u32 owner, lc_u32 count);

/* main.c. Where to write that line. */
extern HANDLE error_stream;

#endif
