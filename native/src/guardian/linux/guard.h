/*
 * guard.h - what the files of the guardian's program share.
 *
 * The guardian has no heap and no libc. Its tables are static, and only pages that were written take memory. It uses
 * the files of the library where it can.
 */
#ifndef LASTCALL_GUARD_H
#define LASTCALL_GUARD_H

#include <asm/poll.h>

#include "../slots.h"
#include "guardian.h"

enum {
    MOST_SLOTS = LC_MOST_SLOTS,
    STREAMS = 2,  /* standard output and standard error */
    AT_ONCE = 64, /* leaders in one look */
    NONE = -1
};

#pragma GCC visibility push(hidden)

/* A process registered by the owner. */
struct guarded {
    int pidfd; /* 0: none */
    lc_u32 generation;
    lc_i64 pid;
    lc_u64 inodes[STREAMS]; /* of its pipes to the owner, 0: none */
    int held[STREAMS];      /* what stands for them and reads nothing, NONE */

    /* Of its stop. */
    enum part part;
    int exited;  /* the leader */
    int is_dead; /* no process of the group runs, though zombies are left */
    int step;    /* the next one */
    int pipes[STREAMS]; /* their reading ends, NONE */
    int command;        /* the pidfd of the command that runs for it, NONE */
    lc_i64 command_pid;
    int cgroup;         /* the directory of its cgroup, 0: it has none */
    lc_u64 mark;        /* 0: it has none */
    int signal;         /* the last one to all of its members */
    lc_u32 sent;        /* how many there were */
    lc_u32 leader_got;  /* which of them the leader got, if a look sends it */
    int is_lost;        /* the number of its group may be reused */
    int is_searched;    /* a scan found no member without the signal */
    long deadline;
};

/* table.c. The processes, by slot. Elements from `used` on have never been used. */
extern struct guarded table[MOST_SLOTS];
extern lc_u32 used;

/* table.c. How many registrations were received. */
extern lc_u64 received;

/* table.c. The memory that the owner writes until its end. */
extern const struct lc_guarded *memory;

/*
 * table.c. Returns the slot of a process that has to be stopped, NULL: it is reused, or the process must not be
 * stopped.
 */
const struct lc_slot *slot_to_stop(lc_u32 index);

/* table.c. Receives registrations. Returns whether more may come. */
int receive(void);

/* table.c. Closes its pidfd, and those of its members. */
void forget(struct guarded *one);

/* group.c. Opens its cgroup if it has one. */
void open_group(struct guarded *one, const struct lc_slot *slot);

/* group.c. Is its group known only by its number, as before Linux 6.9? */
int is_by_number(const struct guarded *one);

/* group.c. Does the pid still belong to this process or its zombie? */
int is_unreaped(lc_i64 pidfd);

/*
 * group.c. Sends to all of its group, which is not known by its number. Returns the kernel's result, or an error of the
 * contract.
 */
lc_i64 send_to_group(const struct guarded *one, int signal);

/* group.c. Does the kernel say that no process is left? Zombies count, but not in a cgroup. */
int is_group_empty(const struct guarded *one);

/* group.c. Removes its cgroup. */
void close_group(struct guarded *one, const struct lc_slot *slot);

/*
 * group.c. Removes the empty cgroups of the owner: of a start that it has not finished, or of a process that was gone.
 * Their names differ only in the number at the end.
 */
void remove_empty_groups(void);

/* group.c. Returns the process as a leader for lc_members_of(). */
struct lc_process as_leader(const struct guarded *one);

/* Some processes whose members are looked for in one pass through all processes. */
struct look {
    int count;
    lc_u32 indexes[AT_ONCE]; /* in the table */
    struct lc_process leaders[AT_ONCE];
    struct lc_group groups[AT_ONCE]; /* what is seen */
};

/* group.c. Adds a process. Returns whether there is no room for another one. */
int add_to_look(struct look *look, lc_u32 index);

/* group.c. Returns the parameters for lc_members(). */
struct lc_scan scan_for(const struct look *look);

/* group.c. Evaluates the groups of a look. */
void evaluate_groups(const struct look *look);

/* search.c. A process that keeps the number of the group from being given to another one, NONE: there is none. */
lc_i64 pin_of(const struct guarded *one);

/* search.c. Closes the pidfds of its members. */
void close_members(const struct guarded *one);

/* search.c. Sends the signal to the members that send_to_group() does not reach, from the next look on. */
void search_for(struct guarded *one, int signal);

/* search.c. When to look again, LC_FOREVER: there is nothing to look for. */
long next_look(void);

/* search.c. Scans for those members if it is time to. */
void search(void);

/* search.c. Scans for the members of these, and sends them the signals that they have not got. */
int search_some(struct look *look);

/* leaders.c. Adds the leaders to watch before the owner has ended. Returns how many. */
int add_leaders(struct pollfd *entries);

/* leaders.c. When to look for the members of those that have ended, LC_FOREVER: there are none. */
long next_look_at_leaders(void);

/* leaders.c. Records which leaders have ended; scans if it is time to. */
void watch_leaders(const struct pollfd *entries);

/* stop.c. When to scan again after a scan that began at this time. */
long pause_after_look(long begun);

/* pipes.c. Takes hold of its pipes while the owner lives, by the owner's ends. */
void hold_pipes(struct guarded *one, const struct lc_registration *registration);

/* pipes.c. Closes what it holds of them. */
void close_held_pipes(struct guarded *one);

/* pipes.c. Opens its pipes to the owner for reading, from any member that holds them. */
void open_pipes(struct guarded *one, int has_group);

/* pipes.c. Reads the pipe empty; closes it at its end. */
void drain(int *pipe);

/* run.c. Sets the environment for commands. */
void commands_begin(const char *const *environment);

/* run.c. Runs a command for a process, and sets one->command. Returns 0, or an error of the contract. */
lc_i64 run(struct guarded *one, const char *command);

/* run.c. Reaps a command that has ended. Returns whether it has failed. */
int reap_command(struct guarded *one);

/* run.c. Ends the command if it runs. */
void end_command(struct guarded *one);

/* stop.c. Stops all processes, and returns when none is left or the time is up. */
void stop_all(void);

/* message.c. Writes one line and closes standard error; never blocks. */
void write_message_and_close(lc_i64 owner, int count);

#pragma GCC visibility pop

#endif
