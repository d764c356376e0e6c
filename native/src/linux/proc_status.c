/*
 * proc_status.c - /proc/<pid>/status: signals, threads and capabilities of a process, or of a thread.
 *
 * Results are the contract's.
 */
#include "procfs.h"

static lc_u64 hexadecimal(const char *text) {
    lc_u64 number = 0;
    for (;; text++) {
        char digit = *text;
        if (digit >= '0' && digit <= '9') {
            number = number << 4 | (lc_u64) (digit - '0');
        } else if (digit >= 'a' && digit <= 'f') {
            number = number << 4 | (lc_u64) (digit - 'a' + 10);
        } else {
            return number;
        }
    }
}

static lc_i64 count_numbers(const char *text) {
    lc_i64 count = 0;
    for (; *text != '\0'; text++) {
        count += *text != '\t' && (text[1] == '\t' || text[1] == '\0');
    }
    return count;
}

static void parse_status_line(const char *line, struct lc_status *status) {
    const char *value;
    if ((value = lc_after(line, "State:\t")) != NULL) {
        status->state = *value;
    } else if ((value = lc_after(line, "Tgid:\t")) != NULL) {
        status->pid = (lc_i64) lc_decimal(value);
    } else if ((value = lc_after(line, "NSpid:\t")) != NULL) {
        status->namespaces = count_numbers(value);
    } else if ((value = lc_after(line, "Threads:\t")) != NULL) {
        status->threads = (lc_i64) lc_decimal(value);
    } else if ((value = lc_after(line, "SigIgn:\t")) != NULL) {
        status->ignored = hexadecimal(value);
    } else if ((value = lc_after(line, "SigBlk:\t")) != NULL) {
        status->blocked = hexadecimal(value);
    } else if ((value = lc_after(line, "SigCgt:\t")) != NULL) {
        status->caught = hexadecimal(value);
    } else if ((value = lc_after(line, "CapEff:\t")) != NULL) {
        status->capabilities = hexadecimal(value);
    }
}

lc_i64 lc_status_of(lc_i64 pid, struct lc_status *status) {
    struct lc_lines lines;
    lc_i64 result = lc_open_lines(&lines, pid, "status");
    if (result < 0) {
        return result;
    }
    *status = (struct lc_status){0};
    while ((result = lc_next_line(&lines)) > 0) {
        parse_status_line(lines.line, status);
    }
    lc_close_lines(&lines);
    return result;
}
