/*
 * proc_trust.c - whether /proc shows all processes, and those of our pid namespace.
 *
 * Results are the contract's.
 */
#include <asm/statfs.h>
#include <linux/capability.h>
#include <linux/fcntl.h>
#include <linux/magic.h>

#include "procfs.h"

/* The options of a line of mountinfo if it is a procfs that is mounted at /proc, NULL otherwise. */
static const char *options_of_proc(const char *line) {
    const char *rest = lc_after(lc_skip_words(line, 4), "/proc ");
    while (rest != NULL && *rest != '\0') {
        const char *type = lc_after(rest, "- ");
        if (type != NULL) {
            return lc_after(type, "proc ");
        }
        rest = lc_skip_words(rest, 1);
    }
    return NULL;
}

/* The kernel shows the option only if it is not 0, which hides nothing. */
static int hides_processes(const char *options) {
    while (*options != '\0' && lc_after(options, "hidepid=") == NULL) {
        options++;
    }
    return *options != '\0';
}

/* If there are several mounts on /proc, it is enough that one of them hides processes. */
static lc_i64 check_options(void) {
    struct lc_lines lines;
    lc_i64 result = lc_open_lines(&lines, LC_PROC_SELF, "mountinfo");
    if (result < 0) {
        return lc_proc_unusable(result);
    }
    int found = 0;
    int hides = 0;
    while ((result = lc_next_line(&lines)) > 0) {
        const char *options = options_of_proc(lines.line);
        found |= options != NULL;
        hides |= options != NULL && hides_processes(options);
    }
    lc_close_lines(&lines);
    if (result < 0) {
        return lc_proc_unusable(result);
    }
    return found && !hides ? 0 : lc_unsupported();
}

/*
 * In a /proc of another pid namespace, /proc/self is missing or has another pid. If the pids happen to be the same, the
 * status file shows more than one pid.
 */
static int names_us(const struct lc_status *self) {
    return self->pid == sys_getpid() && self->namespaces <= 1;
}

int lc_proc_is_ours(void) {
    struct lc_status self;
    return lc_status_of(LC_PROC_SELF, &self) == 0 && names_us(&self);
}

lc_i64 lc_proc_trusted(void) {
    struct lc_status self;
    lc_i64 error = lc_status_of(LC_PROC_SELF, &self);
    if (error < 0) {
        return lc_proc_unusable(error);
    }
    if (!names_us(&self)) {
        return lc_unsupported();
    }
    return (self.capabilities >> CAP_SYS_PTRACE & 1) != 0 ? 0 : check_options();
}

/* Some container managers mount their own file here, with the pids of another namespace. */
static lc_i64 check_filesystem(lc_i64 file) {
    struct statfs found;
    long result = sys_fstatfs(file, &found);
    if (result < 0) {
        return lc_proc_unusable(lc_failure(LC_CALL_OPEN, result));
    }
    return found.f_type == PROC_SUPER_MAGIC ? 0 : lc_unsupported();
}

/* It is the last of five words. */
lc_i64 lc_last_pid_in(lc_i64 file) {
    char text[128];
    long length = sys_pread64(file, text, sizeof text - 1, 0);
    if (length < 0) {
        return lc_proc_unusable(lc_failure(LC_CALL_READ, length));
    }
    text[length] = '\0';
    const char *word = lc_skip_words(text, 4);
    return *word >= '0' && *word <= '9' ? (lc_i64) lc_decimal(word) : lc_unsupported();
}

lc_i64 lc_last_pid(void) {
    long file = lc_open_file("/proc/loadavg", O_RDONLY);
    if (file < 0) {
        return lc_proc_unusable(lc_failure(LC_CALL_OPEN, file));
    }
    lc_i64 result = check_filesystem(file);
    if (result == 0) {
        result = lc_last_pid_in(file);
    }
    sys_close(file);
    return result;
}
