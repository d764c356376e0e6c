/*
 * processes.c - information about processes: sysctl(3) KERN_PROC. It includes zombies, needs no permission, and hides
 * no process.
 */
#include <stdlib.h>

#include <sys/proc.h>

#include "internal.h"

/* A group can grow between the two calls. */
enum { SLACK = 8 };

long lc_process_of(lc_i64 pid, struct kinfo_proc *found) {
    int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, (int) pid};
    size_t bytes = sizeof *found;
    long result = lc_result(sysctl(name, 4, found, &bytes, NULL, 0));
    return result < 0 ? result : bytes >= sizeof *found;
}

static long list(int *name, struct kinfo_proc *found, size_t *bytes) {
    return lc_result(sysctl(name, 4, found, bytes, NULL, 0));
}

long lc_processes_of(lc_i64 group, struct kinfo_proc **found) {
    int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PGRP, (int) group};
    long result;
    size_t bytes;
    *found = NULL;
    do {
        free(*found);
        result = list(name, NULL, &bytes);
        if (result < 0) {
            *found = NULL;
            return result;
        }
        bytes += SLACK * sizeof **found;
        *found = malloc(bytes);
        result = *found == NULL ? -ENOMEM : list(name, *found, &bytes);
    } while (result == -ENOMEM && *found != NULL);
    if (result < 0) {
        free(*found);
        *found = NULL;
        return result;
    }
    return (long) (bytes / sizeof **found);
}

int lc_is_dead(const struct kinfo_proc *process) {
    return process->kp_proc.p_stat == SZOMB;
}

lc_u64 lc_started(const struct kinfo_proc *process) {
    return (lc_u64) process->kp_proc.p_starttime.tv_sec * 1000000 + (lc_u64) process->kp_proc.p_starttime.tv_usec;
}
