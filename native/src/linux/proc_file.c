/*
 * proc_file.c - files of /proc: their paths, their lines, and the words and numbers in them.
 *
 * Results are the contract's.
 */
#include <linux/fcntl.h>

#include "procfs.h"

enum { LONGEST_PATH = 64 };

char *lc_append(char *end, const char *text) {
    while (*text != '\0') {
        *end++ = *text++;
    }
    *end = '\0';
    return end;
}

char *lc_append_number(char *end, lc_i64 number) {
    char digits[20];
    int count = 0;
    do {
        digits[count++] = (char) ('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0) {
        *end++ = digits[--count];
    }
    *end = '\0';
    return end;
}

lc_i64 lc_proc_open(lc_i64 pid, const char *name) {
    char path[LONGEST_PATH];
    char *end = lc_append(path, "/proc/");
    end = pid == LC_PROC_SELF ? lc_append(end, "self") : lc_append_number(end, pid);
    lc_append(lc_append(end, "/"), name);
    long file = lc_open_file(path, O_RDONLY);
    return file < 0 ? lc_failure(LC_CALL_OPEN, file) : file;
}

int lc_proc_gone(lc_i64 error) {
    return error < 0 && (lc_error_code(error) == ENOENT || lc_error_code(error) == ESRCH);
}

lc_i64 lc_proc_unusable(lc_i64 error) {
    return lc_error_category(error) == LC_ERR_RESOURCES
               ? error
               : lc_error_word(LC_STAGE_NONE, lc_error_call(error), LC_ERR_UNSUPPORTED, lc_error_code(error));
}

/* Lines */

lc_i64 lc_open_lines(struct lc_lines *lines, lc_i64 pid, const char *name) {
    lines->file = lc_proc_open(pid, name);
    lines->at = 0;
    lines->bytes = 0;
    return lines->file;
}

/* 0: the file has ended. */
static lc_i64 next_byte(struct lc_lines *lines, char *byte) {
    if (lines->at == lines->bytes) {
        long bytes = lc_read_some(lines->file, lines->block, sizeof lines->block);
        if (bytes <= 0) {
            return bytes < 0 ? lc_failure(LC_CALL_READ, bytes) : 0;
        }
        lines->at = 0;
        lines->bytes = bytes;
    }
    *byte = lines->block[lines->at++];
    return 1;
}

lc_i64 lc_next_line(struct lc_lines *lines) {
    long length = 0;
    for (;;) {
        char byte = '\0';
        lc_i64 result = next_byte(lines, &byte);
        if (result <= 0) {
            return result;
        }
        if (byte == '\n') {
            lines->line[length] = '\0';
            return 1;
        }
        if (length < (long) sizeof lines->line - 1) {
            lines->line[length++] = byte;
        }
    }
}

void lc_close_lines(const struct lc_lines *lines) {
    sys_close(lines->file);
}

/* Words and numbers */

const char *lc_after(const char *text, const char *beginning) {
    while (*beginning != '\0') {
        if (*text++ != *beginning++) {
            return NULL;
        }
    }
    return text;
}

const char *lc_skip_words(const char *text, int count) {
    for (; count > 0; count--) {
        while (*text != ' ' && *text != '\0') {
            text++;
        }
        while (*text == ' ') {
            text++;
        }
    }
    return text;
}

lc_u64 lc_decimal(const char *text) {
    lc_u64 number = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        number = number * 10 + (lc_u64) (*text - '0');
    }
    return number;
}
