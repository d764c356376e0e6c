/*
 * proc_stat.c - /proc/<pid>/stat: the state of a process, in one read.
 *
 * Results are the contract's.
 */
#include "procfs.h"

/* The command may hold blanks and parentheses itself; nothing after it does, so its end is the last one. */
static lc_i64 parse_stat(const char *text, long length, struct lc_stat *stat) {
    long begin = 0;
    long end = length - 1;
    while (begin < length && text[begin] != '(') {
        begin++;
    }
    while (end > begin && text[end] != ')') {
        end--;
    }
    if (end <= begin) {
        return lc_failure(LC_CALL_READ, -EIO);
    }
    for (long i = 0; i < (long) sizeof stat->command; i++) {
        stat->command[i] = begin + 1 + i < end ? text[begin + 1 + i] : '\0';
    }
    const char *fields = lc_skip_words(text + end, 1); /* field 3 of proc(5) and what follows */
    stat->state = fields[0];
    stat->parent = (lc_i64) lc_decimal(lc_skip_words(fields, 1));
    stat->group = (lc_i64) lc_decimal(lc_skip_words(fields, 2));
    stat->flags = lc_decimal(lc_skip_words(fields, 6));
    stat->threads = (lc_i64) lc_decimal(lc_skip_words(fields, 17));
    stat->started = lc_decimal(lc_skip_words(fields, 19));
    return 0;
}

/* The first 22 fields fit: a command of up to 64 bytes (a kernel thread's) and numbers of up to 20 digits. */
lc_i64 lc_read_stat(lc_i64 file, struct lc_stat *stat) {
    char text[544];
    long length = lc_read_some(file, text, sizeof text - 1);
    if (length < 0) {
        return lc_failure(LC_CALL_READ, length);
    }
    text[length] = '\0';
    return parse_stat(text, length, stat);
}

lc_i64 lc_stat_of(lc_i64 pid, struct lc_stat *stat) {
    lc_i64 file = lc_proc_open(pid, "stat");
    if (file < 0) {
        return file;
    }
    lc_i64 error = lc_read_stat(file, stat);
    sys_close(file);
    return error;
}
