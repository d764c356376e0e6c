/*
 * child.c - the child between clone and exec: one short function for each of its steps.
 *
 * It runs in its parent's memory while the thread that made it stands still and all others go on. So nothing here
 * allocates, takes a lock or writes to anything but its own stack, its struct lc_child and the spare slot of argv, and
 * the file is never built with a sanitizer. Signals are all blocked until the step before the last: a handler of the
 * parent must not run here, with the parent's memory but another pid.
 */
#include "child.h"

#include <asm/signal.h>
#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/resource.h>

enum {
    FIRST_UNWANTED = 3,

    /* fs.nr_open's default, which no soft limit exceeds unless the administrator raised it; some set it to 2^30. */
    MOST_DESCRIPTORS = 1 << 20
};

static const char shell[] = "/bin/sh";

/* A parent whose own 0, 1 or 2 is closed gets that number for its pipe, where the child's stdio is about to go. */
static lc_i64 move_report(struct lc_child *child) {
    if (child->report < 0 || child->report >= FIRST_UNWANTED) {
        return 0;
    }
    long moved = sys_fcntl(child->report, F_DUPFD_CLOEXEC, FIRST_UNWANTED);
    if (moved < 0) {
        return lc_failure_at(LC_STAGE_RESOURCES, LC_CALL_FCNTL, moved);
    }
    child->report = (int) moved;
    return 0;
}

/* 0 is the writer. No other thread runs in the child, so nothing interrupts it. */
static lc_i64 enter_cgroup(const struct lc_child *child) {
    if (child->cgroup == 0) {
        return 0;
    }
    long list = sys_openat(child->cgroup, "cgroup.procs", O_WRONLY | O_CLOEXEC);
    if (list < 0) {
        return lc_failure_at(LC_STAGE_CONTAINMENT, LC_CALL_OPEN, list);
    }
    long written = sys_write(list, "0", 1);
    sys_close(list);
    return written < 0 ? lc_failure_at(LC_STAGE_CONTAINMENT, LC_CALL_WRITE, written) : 0;
}

static lc_i64 lead_group(const struct lc_child *child) {
    if ((child->flags & LC_SPAWN_NEW_GROUP) == 0) {
        return 0;
    }
    long result = sys_setpgid(0, 0);
    return result < 0 ? lc_failure_at(LC_STAGE_GROUP, LC_CALL_SETPGID, result) : 0;
}

/*
 * An exec resets handlers and keeps SIG_IGN, and so does CLONE_CLEAR_SIGHAND (Linux 5.5): `java &` in a script would
 * otherwise start children that ignore SIGINT. 32 and 33 are libc's own, and hidden by it alone.
 */
static lc_i64 reset_signals(const struct lc_child *child) {
    const struct sigaction fresh = {.sa_handler = SIG_DFL};
    for (int signal = 1; signal <= child->last_signal; signal++) {
        if (signal == SIGKILL || signal == SIGSTOP) {
            continue;
        }
        long result = sys_rt_sigaction(signal, &fresh, NULL);
        if (result < 0) {
            return lc_failure_at(LC_STAGE_SIGNALS, LC_CALL_SIGACTION, result);
        }
    }
    return 0;
}

static lc_i64 enter_directory(const struct lc_child *child) {
    if (child->directory == NULL) {
        return 0;
    }
    long result = sys_chdir(child->directory);
    return result < 0 ? lc_failure_at(LC_STAGE_DIRECTORY, LC_CALL_CHDIR, result) : 0;
}

/* A source among 0, 1 and 2 would be overwritten by the one before it, so it first moves out of their way. */
static lc_i64 move_sources(struct lc_child *child) {
    for (int target = 0; target < FIRST_UNWANTED; target++) {
        int source = child->stdio[target];
        if (source < 0 || source >= FIRST_UNWANTED || source == target) {
            continue;
        }
        long moved = sys_fcntl(source, F_DUPFD_CLOEXEC, FIRST_UNWANTED);
        if (moved < 0) {
            return lc_failure_at(LC_STAGE_STDIO, LC_CALL_FCNTL, moved);
        }
        child->stdio[target] = (int) moved;
    }
    return 0;
}

static lc_i64 place_one(int source, int target) {
    if (source == LC_STDIO_INHERIT) {
        return 0;
    }
    if (source == target) {
        long kept = sys_fcntl(target, F_SETFD, 0);
        return kept < 0 ? lc_failure_at(LC_STAGE_STDIO, LC_CALL_FCNTL, kept) : 0;
    }
    long placed = sys_dup3(source == LC_STDIO_TO_STDOUT ? 1 : source, target, 0);
    return placed < 0 ? lc_failure_at(LC_STAGE_STDIO, LC_CALL_DUP, placed) : 0;
}

static lc_i64 place_stdio(struct lc_child *child) {
    lc_i64 error = move_sources(child);
    for (int target = 0; target < FIRST_UNWANTED && error == 0; target++) {
        error = place_one(child->stdio[target], target);
    }
    return error;
}

/* The pidfd is opened here: our pid cannot be reused, and no other process can send it before the exec. */
static lc_i64 register_with_guardian(struct lc_child *child) {
    if (child->guardian == 0) {
        return 0;
    }
    child->registration.pid = sys_getpid();
    long self = sys_pidfd_open(child->registration.pid, 0);
    if (self < 0) {
        return lc_failure_at(LC_STAGE_GUARDIAN, LC_CALL_PIDFD_OPEN, self);
    }
    lc_i64 error = lc_register(child->guardian, self, &child->registration);
    sys_close(self);
    return error;
}

/* A descriptor that is not open is as good as one that the program does not get. */
static long close_on_exec(long descriptor) {
    long result = sys_fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    return result == -EBADF ? 0 : result;
}

/* Linux 5.9 and 5.10 can only close at once, and the report, if there is one, is needed until the exec. */
static long close_around(int report) {
    unsigned first = FIRST_UNWANTED;
    long result = 0;
    if (report > FIRST_UNWANTED) {
        result = sys_close_range(first, (unsigned) report - 1, 0);
    }
    if (report >= FIRST_UNWANTED) {
        first = (unsigned) report + 1;
    }
    return result < 0 ? result : sys_close_range(first, ~0U, 0);
}

/* By flag before by closing: it is one step in the kernel's bitmap (2 us against 770 us for 5,000 descriptors). */
static long hide_range(const struct lc_child *child) {
    if ((child->features & LC_FEATURE_CLOSE_RANGE) == 0) {
        return -ENOSYS;
    }
    long result = sys_close_range(FIRST_UNWANTED, ~0U, CLOSE_RANGE_CLOEXEC);
    return result == -EINVAL && child->kept_count == 0 ? close_around(child->report) : result;
}

/* Marks what one getdents64 has returned; `seen` becomes 1 when `own` is among it. */
static long hide_entries(const char *entries, long bytes, long own, int *seen) {
    for (long at = 0; at < bytes;) {
        const struct lc_directory_entry *entry = (const void *) (entries + at);
        long descriptor = lc_number_of(entry->name);
        long result = descriptor < FIRST_UNWANTED ? 0 : close_on_exec(descriptor);
        if (result < 0) {
            return result;
        }
        *seen |= descriptor == own;
        at += entry->length;
    }
    return 0;
}

/* A /proc that is not ours, or is no procfs, does not list the descriptor that it is read by. */
static long hide_listed(void) {
    long own = sys_open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (own < 0) {
        return own;
    }
    _Alignas(8) char entries[2048];
    int seen = 0;
    for (;;) {
        long bytes = sys_getdents64(own, entries, sizeof entries);
        if (bytes <= 0) {
            return bytes < 0 || seen ? bytes : -ENOENT;
        }
        long result = hide_entries(entries, bytes, own, &seen);
        if (result < 0) {
            return result;
        }
    }
}

/* A descriptor above a limit that was lowered later escapes this, the last resort. */
static long hide_counted(void) {
    struct rlimit64 limit = {.rlim_cur = MOST_DESCRIPTORS};
    sys_prlimit64(RLIMIT_NOFILE, &limit);
    long end = limit.rlim_cur < MOST_DESCRIPTORS ? (long) limit.rlim_cur : MOST_DESCRIPTORS;
    for (long descriptor = FIRST_UNWANTED; descriptor < end; descriptor++) {
        long result = close_on_exec(descriptor);
        if (result < 0) {
            return result;
        }
    }
    return 0;
}

static lc_i64 hide_descriptors(const struct lc_child *child) {
    if (hide_range(child) == 0 || hide_listed() == 0) {
        return 0;
    }
    long result = hide_counted();
    return result < 0 ? lc_failure_at(LC_STAGE_DESCRIPTORS, LC_CALL_FCNTL, result) : 0;
}

/* The pipe to the parent is closed even if `kept` has its number: its end shows the exec to the parent. */
static lc_i64 keep_descriptors(const struct lc_child *child) {
    for (lc_i64 i = 0; i < child->kept_count; i++) {
        if (child->kept[i] < FIRST_UNWANTED || child->kept[i] == child->report) {
            continue;
        }
        long result = sys_fcntl(child->kept[i], F_SETFD, 0);
        if (result < 0 && result != -EBADF) {
            return lc_failure_at(LC_STAGE_DESCRIPTORS, LC_CALL_FCNTL, result);
        }
    }
    return 0;
}

/* Only now, with every action at its default: what comes in here ends the child and runs nothing of the parent. */
static lc_i64 unblock_signals(void) {
    const lc_u64 none = 0;
    long result = sys_rt_sigprocmask(&none, NULL);
    return result < 0 ? lc_failure_at(LC_STAGE_SIGNALS, LC_CALL_SIGPROCMASK, result) : 0;
}

/*
 * What execvp(3) has always done with a file that has no magic. The arguments follow from element 1 on, so the shell's
 * name fits before them and the path takes the place of the program's own name, which is put back for the next try.
 * ENOENT here would be about the shell, and read as if the program were missing.
 */
static long execute_by_shell(const struct lc_child *child, const char *path) {
    char *name = child->argv[1];
    child->argv[0] = (char *) (unsigned long) shell;
    child->argv[1] = (char *) (unsigned long) path;
    long result = sys_execve(shell, child->argv, child->envp);
    child->argv[1] = name;
    return result == -ENOENT ? -ENOEXEC : result;
}

static long execute(const struct lc_child *child, const char *path) {
    long result = sys_execve(path, child->argv + 1, child->envp);
    return result == -ENOEXEC ? execute_by_shell(child, path) : result;
}

/* The JDK's list, which is glibc's, and a path too long for the kernel, which both keep from being tried at all. */
static int is_missing(long result) {
    switch (-result) {
    case ENOENT:
    case ENOTDIR:
    case ELOOP:
    case ESTALE:
    case ENODEV:
    case ETIMEDOUT:
    case ENAMETOOLONG:
        return 1;
    default:
        return 0;
    }
}

static lc_i64 execute_first(const struct lc_child *child) {
    long refused = 0;
    long result = -ENOENT;
    for (const char *const *candidate = child->candidates; *candidate != NULL; candidate++) {
        result = execute(child, *candidate);
        if (result == -EACCES) {
            refused = result;
        } else if (!is_missing(result)) {
            return lc_failure_at(LC_STAGE_EXEC, LC_CALL_EXECVE, result);
        }
    }
    return lc_failure_at(LC_STAGE_EXEC, LC_CALL_EXECVE, refused != 0 ? refused : result);
}

static lc_i64 prepare(struct lc_child *child) {
    lc_i64 error;
    if ((error = move_report(child)) != 0
        || (error = enter_cgroup(child)) != 0
        || (error = lead_group(child)) != 0
        || (error = reset_signals(child)) != 0
        || (error = enter_directory(child)) != 0
        || (error = place_stdio(child)) != 0
        || (error = register_with_guardian(child)) != 0
        || (error = hide_descriptors(child)) != 0
        || (error = keep_descriptors(child)) != 0) {
        return error;
    }
    return unblock_signals();
}

void lc_child_run(void *argument) {
    struct lc_child *child = argument;
    child->in_our_memory = 1;
    lc_i64 error = prepare(child);
    if (error == 0) {
        error = execute_first(child);
    }
    child->error = error;
    while (child->report >= 0 && sys_write(child->report, &error, sizeof error) == -EINTR) {
    }
    for (;;) {
        sys_exit_group(127);
    }
}
