/*
 * failures.h - in place of the library's syscall.c: one that fails the n-th call. The child of a spawn shares our
 * memory until its exec, so its calls are counted and failed as well.
 */
#ifndef LASTCALL_FAILURES_H
#define LASTCALL_FAILURES_H

#include "test.h"

/* In memory that the child of a fork shares as well. */
extern struct failure_plan {
    int at;    /* which call fails, from 1 on; 0: none does */
    int error; /* and how */
    int count; /* calls so far */
    bool reached;
    long failed;     /* its number */
    bool in_child;   /* the one that failed was made by the child */
    long only;       /* counts this call alone, -1: every one */
    bool counts_all; /* those of the parent, also what cannot fail */
    bool forks;      /* a child gets a copy of our memory, as under qemu-user */
    int bystander;   /* 1: fork a process in front of the next clone, which becomes its pid: it holds all descriptors */
    const struct lc_process *started; /* what the child of the start finds of it in our memory */
    lc_i64 early_pid, early_handle;
    void (*before_poll)(void); /* what happens right before the next ppoll, once */
    pid_t parent;
} *failure_plan;

#define plan (*failure_plan)

/* Lets the call with that number fail, from 1 on. */
void arm(int at, int error);

/* Returns whether the call to be failed was reached. */
bool disarm(void);

#endif
