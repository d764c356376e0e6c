/*
 * guard.h - what the files of the guardian's program share.
 *
 * It acts on no number alone. A process is the one with its unique number (identity.h), and a signal goes to its pid
 * together with its version: the kernel compares both while it sends (proc_signal_with_audittoken, macOS 14).
 */
#ifndef LASTCALL_GUARD_H
#define LASTCALL_GUARD_H

#include "../slots.h"
#include "guardian.h"

enum { MOST_PIDS = 100 * 1000 /* PID_MAX + 1 */ };

#pragma GCC visibility push(hidden)

/* A process registered by the owner. */
struct guarded {
    lc_i64 pid; /* 0: none */
    lc_u64 unique;
    lc_u32 generation;
    enum part part;
    int exited;    /* the leader */
    int live;      /* how many other members of its group were found alive */
    int empty;     /* how many looks in a row have found that it has exited and no member is alive */
    int is_pinned; /* during a look: the number of the group is still that of this group */

    /* Of its stop. */
    int step; /* the next one */
    lc_i64 deadline;
    int signal;   /* the last one, */
    int whole;    /* whether the members get it too, */
    int follows;  /* whether SIGCONT follows it, */
    lc_u32 sent;  /* and its number */
    lc_u32 got;   /* the number of the last one that the leader got */
    lc_i64 command; /* the pid of the command that runs for it, 0: none */
};

/* main.c. The processes, by slot. Elements from `used` on have never been used. */
extern struct guarded table[LC_MOST_SLOTS];
extern lc_u32 used;

/* main.c. The memory that the owner writes until its end. */
extern const struct lc_guarded *memory;

/* main.c. Returns the slot of a process that has to be stopped, NULL: it is reused, or the process must not be. */
const struct lc_slot *slot_to_stop(lc_u32 index);

/*
 * members.c. Looks for the members of those that are being stopped, and of leaders that have ended. Returns whether
 * another look has to follow at once: there was a new member, or a group was found empty for the first time.
 */
int look(void);

/* members.c. Is it one that look() is for? */
int is_sought(lc_u32 index);

/* members.c. Forgets the members of the process that had this place. */
void forget_members(lc_u32 index);

/* members.c. Sends the signal of a process to all that have not got it. Returns 0, or -errno if no one got it. */
long deliver(lc_u32 index);

/* members.c. Whether this system can send a signal to a process and not to a number. */
int can_signal(void);

/* run.c. Runs a command for a process, and sets one->command. Returns 0, or -errno. */
long run(struct guarded *one, const char *command);

/* run.c. Returns whether a command has ended and has failed. */
int has_command_failed(struct guarded *one);

/* run.c. Ends the command if it runs. */
void end_command(struct guarded *one);

/* stop.c. Stops all processes, and returns when none is left or the time is up. */
void stop_all(void);

#pragma GCC visibility pop

#endif
