/*
 * child.c - the child between clone and exec: one short function for each step.
 *
 * It runs in the memory of its parent, whose other threads continue to run. So this code does not allocate or lock,
 * writes only to its own stack, its struct lc_child and the spare element of argv, and is never built with a sanitizer.
 * All signals are blocked until the step before the last: a handler of the parent must not run here, with the parent's
 * memory but another pid.
 */
#include "child.h"

#include <asm/signal.h>
#include <linux/close_range.h>
#include <linux/fcntl.h>
#include <linux/resource.h>

enum {
    FIRST_UNWANTED = 3,

    /* The default of fs.nr_open, the largest limit unless the administrator raises it (some set it to 2^30). */
    MOST_DESCRIPTORS = 1 << 20
};

static const char shell[] = "/bin/sh";

/* If descriptor 0, 1 or 2 is closed in the parent, the pipe may have that number, which the child's stdio needs. */
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

/* "0" is the process that writes it. No other thread runs in the child, so nothing interrupts it. */
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
 * Both exec and CLONE_CLEAR_SIGHAND (Linux 5.5) reset handlers, but not SIG_IGN: without this, `java &` in a script
 * would start children that ignore SIGINT. It includes 32 and 33, which libc uses itself and hides from its callers.
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

/* A source that is 0, 1 or 2 could be overwritten before it is placed, so it is moved first. */
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

/* EBADF: the descriptor is not open, so the program does not get it. */
static long close_on_exec(long descriptor) {
    long result = sys_fcntl(descriptor, F_SETFD, FD_CLOEXEC);
    return result == -EBADF ? 0 : result;
}

/* Linux 5.9 and 5.10 can only close immediately. The report, if there is one, is needed until the exec. */
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

/* Setting the flag is faster than closing: 2 us and not 770 us for 5,000 descriptors. */
static long hide_range(const struct lc_child *child) {
    if ((child->features & LC_FEATURE_CLOSE_RANGE) == 0) {
        return -ENOSYS;
    }
    long result = sys_close_range(FIRST_UNWANTED, ~0U, CLOSE_RANGE_CLOEXEC);
    return result == -EINVAL && child->kept_count == 0 ? close_around(child->report) : result;
}

/* For the result of one getdents64. Sets `seen` if it includes `own`. */
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

/* If the list does not include its own descriptor, /proc is another namespace's or not a procfs. */
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

/* The last resort: it misses a descriptor that was opened before the limit was lowered below it. */
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

/* The exec closes the pipe to the parent even if `kept` has its number: that tells the parent about the exec. */
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

/* All actions are the default now, so a signal can end the child, but not run code of the parent. */
static lc_i64 unblock_signals(void) {
    const lc_u64 none = 0;
    long result = sys_rt_sigprocmask(&none, NULL);
    return result < 0 ? lc_failure_at(LC_STAGE_SIGNALS, LC_CALL_SIGPROCMASK, result) : 0;
}

/*
 * Like execvp(3), for a file without a magic number. The arguments start at element 1: the name of the shell goes
 * before them, and the path replaces the name of the program, which is restored for the next candidate. ENOENT would be
 * about the shell, but read as if the program were missing.
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

/* As in the JDK and glibc, and a path that is too long for the kernel (they do not try such a path). */
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
