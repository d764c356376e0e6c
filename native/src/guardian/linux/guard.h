/*
 * guard.h - what the files of the guardian's program share.
 *
 * The guardian has no heap and no libc: its tables are static, and of their pages only those exist that were written.
 * What the library's own files can do it does by them.
 */
#ifndef LASTCALL_GUARD_H
#define LASTCALL_GUARD_H

#include <asm/poll.h>

#include "guardian.h"

enum {
    MOST_SLOTS = 16 * 1024,
    STREAMS = 2,  /* standard output and standard error */
    AT_ONCE = 64, /* leaders in one look */
    NONE = -1
};

#pragma GCC visibility push(hidden)

enum part {
    WATCHED,  /* its owner lives, or it is not to be stopped */
    STOPPING,
    OVER      /* gone, or given up */
};

/* A process that the owner has registered. */
struct guarded {
    int pidfd; /* 0: nobody */
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
    int is_lost;        /* the number of its group may be another's */
    int is_searched;    /* a look found nobody who had not got it */
    long deadline;
};

/* table.c. By slot. Those from `used` on have never been used. */
extern struct guarded table[MOST_SLOTS];
extern lc_u32 used;

/* table.c. How many registrations have come. */
extern lc_u64 received;

/* table.c. What the owner has written, and writes no more once it has ended. */
extern const struct lc_guarded *memory;

/* table.c. The slot of a process that is to be stopped, NULL: it is another's by now, or is not to be. */
const struct lc_slot *slot_to_stop(lc_u32 index);

/* table.c. Takes in what has come. Returns whether more may come. */
int receive(void);

/* table.c. Closes its pidfd, and those of its members. */
void forget(struct guarded *one);

/* group.c. Opens its cgroup if it has one. */
void open_group(struct guarded *one, const struct lc_slot *slot);

/* group.c. Is its group known by its number alone, as before Linux 6.9? */
int is_by_number(const struct guarded *one);

/* group.c. Does the number of this process belong to it still, as a zombie too? */
int is_unreaped(lc_i64 pidfd);

/*
 * group.c. Sends to all of its group, which is not known by its number. Returns the kernel's result, or an error of the
 * contract.
 */
lc_i64 send_to_group(const struct guarded *one, int signal);

/* group.c. Does the kernel say that nobody is left? Zombies count, but not in a cgroup. */
int is_group_empty(const struct guarded *one);

/* group.c. Removes its cgroup. */
void close_group(struct guarded *one, const struct lc_slot *slot);

/* group.c. The process as lc_members_of() takes it. */
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

/* group.c. As lc_members() takes it. */
struct lc_scan scan_for(const struct look *look);

/* group.c. Takes in what has been seen of the groups. */
void take_in_groups(const struct look *look);

/* search.c. A process that keeps the number of the group from being given to another one, NONE: there is none. */
lc_i64 pin_of(const struct guarded *one);

/* search.c. Closes the pidfds of its members. */
void let_members_go(const struct guarded *one);

/* search.c. Sends the signal to the members that send_to_group() does not reach, from the next look on. */
void search_for(struct guarded *one, int signal);

/* search.c. When to look again, LC_FOREVER: there is nobody to look for. */
long next_look(void);

/* search.c. Looks through all processes for those members, if it is time to. */
void search(void);

/* search.c. Looks through all processes for the members of these, and sends them what they have not got. */
int search_some(struct look *look);

/* leaders.c. Adds the leaders whose ends matter before the owner's. Returns how many. */
int add_leaders(struct pollfd *entries);

/* leaders.c. When to look for the members of those that have ended, LC_FOREVER: there are none. */
long next_look_at_leaders(void);

/* leaders.c. Takes in which have ended; looks if it is time to. */
void watch_leaders(const struct pollfd *entries);

/* stop.c. When to look again through all processes, after a look that began then. */
long pause_after_look(long begun);

/* pipes.c. Takes hold of its pipes while the owner lives, by the owner's ends. */
void hold_pipes(struct guarded *one, const struct lc_registration *registration);

/* pipes.c. Lets go of them. */
void let_pipes_go(struct guarded *one);

/* pipes.c. Opens its pipes to the owner for reading, wherever in the group they are held. */
void open_pipes(struct guarded *one, int has_group);

/* pipes.c. Takes out what is in it; closes it at its end. */
void drain(int *pipe);

/* run.c. Takes in the environment for commands. */
void commands_begin(const char *const *environment);

/* run.c. Runs a command for a process, and sets one->command. Returns 0, or an error of the contract. */
lc_i64 run(struct guarded *one, const char *command);

/* run.c. Has it failed? Asked when it has ended: it is reaped, and forgotten. */
int reap_command(struct guarded *one);

/* run.c. Ends it if it runs. */
void end_command(struct guarded *one);

/* stop.c. Stops all that are to be stopped, and returns when nobody is left, or was given up. */
void stop_all(void);

/* say.c. Writes one line and lets standard error go; never blocks. */
void say_and_close(lc_i64 owner, int count);

#pragma GCC visibility pop

#endif
