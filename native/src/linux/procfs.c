/* procfs.c - reading /proc, and whether what it shows is all there is. */
#include "procfs.h"

#include <linux/capability.h>
#include <linux/fcntl.h>
#include <linux/fs.h>

enum {
    LONGEST_PATH = 64,

    /* Lines are read as far as this; what is looked for stands at their beginning. */
    LONGEST_LINE = 1024
};

/* Paths */

static char *append(char *end, const char *text) {
    while (*text != '\0') {
        *end++ = *text++;
    }
    *end = '\0';
    return end;
}

static char *append_number(char *end, lc_i64 number) {
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

static long open_path(const char *path, int flags) {
    long result;
    do {
        result = LC_SYS(__NR_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | flags);
    } while (result == -EINTR);
    return result;
}

long lc_proc_open(lc_i64 pid, const char *name) {
    char path[LONGEST_PATH];
    char *end = append(path, "/proc/");
    end = pid == LC_PROC_SELF ? append(end, "self") : append_number(end, pid);
    append(append(end, "/"), name);
    return open_path(path, 0);
}

static long open_directory(lc_i64 pid) {
    char path[LONGEST_PATH];
    char *end = append(path, "/proc");
    if (pid != LC_PROC_SELF) {
        append(append_number(append(end, "/"), pid), "/task");
    }
    return open_path(path, O_DIRECTORY);
}

/* Lists */

void lc_list(struct lc_listing *listing, lc_i64 pid) {
    listing->pid = pid;
    listing->position = 0;
    listing->at = 0;
    listing->bytes = 0;
}

/* Positions in these directories are made of the numbers themselves, and hold in another descriptor as well. */
static lc_i64 read_entries(struct lc_listing *listing, long directory) {
    long result = LC_SYS(__NR_lseek, directory, listing->position, SEEK_SET);
    if (result < 0) {
        return lc_failure(LC_CALL_LSEEK, result);
    }
    result = LC_SYS(__NR_getdents64, directory, listing->entries, sizeof listing->entries);
    return result < 0 ? lc_failure(LC_CALL_GETDENTS, result) : result;
}

static lc_i64 list_more(struct lc_listing *listing) {
    long directory = open_directory(listing->pid);
    if (directory < 0) {
        return lc_failure(LC_CALL_OPEN, directory);
    }
    lc_i64 bytes = read_entries(listing, directory);
    LC_SYS(__NR_close, directory);
    listing->at = 0;
    listing->bytes = bytes < 0 ? 0 : (long) bytes;
    return bytes;
}

lc_i64 lc_list_next(struct lc_listing *listing) {
    for (;;) {
        if (listing->at == listing->bytes) {
            lc_i64 bytes = list_more(listing);
            if (bytes <= 0) {
                return bytes;
            }
        }
        const struct lc_directory_entry *entry = (const void *) (listing->entries + listing->at);
        listing->at += entry->length;
        listing->position = entry->next;
        long number = lc_number_of(entry->name);
        if (number > 0) {
            return number;
        }
    }
}

/* Files */

long lc_read_some(lc_i64 handle, char *buffer, lc_i64 length) {
    long result;
    do {
        result = LC_SYS(__NR_read, handle, buffer, length);
    } while (result == -EINTR);
    return result;
}

static const char *skip_fields(const char *text, int count) {
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

static lc_u64 decimal(const char *text) {
    lc_u64 number = 0;
    for (; *text >= '0' && *text <= '9'; text++) {
        number = number * 10 + (lc_u64) (*text - '0');
    }
    return number;
}

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

/* The command may hold blanks and parentheses itself; nothing after it does, so its end is the last one. */
static long parse_stat(const char *text, long length, struct lc_stat *stat) {
    long begin = 0;
    long end = length - 1;
    while (begin < length && text[begin] != '(') {
        begin++;
    }
    while (end > begin && text[end] != ')') {
        end--;
    }
    if (end <= begin) {
        return -EIO;
    }
    for (long i = 0; i < (long) sizeof stat->command; i++) {
        stat->command[i] = begin + 1 + i < end ? text[begin + 1 + i] : '\0';
    }
    const char *fields = skip_fields(text + end, 1); /* field 3 of proc(5) and what follows */
    stat->state = fields[0];
    stat->parent = (lc_i64) decimal(skip_fields(fields, 1));
    stat->group = (lc_i64) decimal(skip_fields(fields, 2));
    stat->threads = (lc_i64) decimal(skip_fields(fields, 17));
    stat->started = decimal(skip_fields(fields, 19));
    return 0;
}

/* The first 22 fields fit: a command of up to 64 bytes (a kernel thread's) and numbers of up to 20 digits. */
long lc_read_stat(long file, struct lc_stat *stat) {
    char text[544];
    long length = lc_read_some(file, text, sizeof text - 1);
    if (length < 0) {
        return length;
    }
    text[length] = '\0';
    return parse_stat(text, length, stat);
}

long lc_stat_of(lc_i64 pid, struct lc_stat *stat) {
    long file = lc_proc_open(pid, "stat");
    if (file < 0) {
        return file;
    }
    long result = lc_read_stat(file, stat);
    LC_SYS(__NR_close, file);
    return result;
}

/* A file, line by line; one that is too long is cut off. */
struct lines {
    long file;
    long at;
    long bytes;
    char block[1024];
    char line[LONGEST_LINE];
};

/* 0: the file has ended. */
static long next_byte(struct lines *lines, char *byte) {
    if (lines->at == lines->bytes) {
        long bytes = lc_read_some(lines->file, lines->block, sizeof lines->block);
        if (bytes <= 0) {
            return bytes;
        }
        lines->at = 0;
        lines->bytes = bytes;
    }
    *byte = lines->block[lines->at++];
    return 1;
}

/* 1: there was a line, 0: the file has ended. */
static long next_line(struct lines *lines) {
    long length = 0;
    for (;;) {
        char byte;
        long result = next_byte(lines, &byte);
        if (result <= 0) {
            return result;
        }
        if (byte == '\n') {
            lines->line[length] = '\0';
            return 1;
        }
        if (length < LONGEST_LINE - 1) {
            lines->line[length++] = byte;
        }
    }
}

static long open_lines(struct lines *lines, lc_i64 pid, const char *name) {
    lines->file = lc_proc_open(pid, name);
    lines->at = 0;
    lines->bytes = 0;
    return lines->file;
}

/* What follows `beginning`, NULL if the text does not begin so. */
static const char *after(const char *text, const char *beginning) {
    while (*beginning != '\0') {
        if (*text++ != *beginning++) {
            return NULL;
        }
    }
    return text;
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
    if ((value = after(line, "State:\t")) != NULL) {
        status->state = *value;
    } else if ((value = after(line, "Tgid:\t")) != NULL) {
        status->pid = (lc_i64) decimal(value);
    } else if ((value = after(line, "NSpid:\t")) != NULL) {
        status->namespaces = count_numbers(value);
    } else if ((value = after(line, "SigIgn:\t")) != NULL) {
        status->ignored = hexadecimal(value);
    } else if ((value = after(line, "SigBlk:\t")) != NULL) {
        status->blocked = hexadecimal(value);
    } else if ((value = after(line, "SigCgt:\t")) != NULL) {
        status->caught = hexadecimal(value);
    } else if ((value = after(line, "CapEff:\t")) != NULL) {
        status->capabilities = hexadecimal(value);
    }
}

long lc_status_of(lc_i64 pid, struct lc_status *status) {
    struct lines lines;
    long result = open_lines(&lines, pid, "status");
    if (result < 0) {
        return result;
    }
    *status = (struct lc_status){0};
    while ((result = next_line(&lines)) > 0) {
        parse_status_line(lines.line, status);
    }
    LC_SYS(__NR_close, lines.file);
    return result;
}

/* Trust */

static lc_i64 untrusted(int call, long result) {
    return lc_error_word(LC_STAGE_NONE, call, LC_ERR_UNSUPPORTED, (int) -result);
}

/* Out of descriptors says nothing about /proc; everything else does. */
static lc_i64 unreadable(int call, long result) {
    return result == -EMFILE || result == -ENFILE || result == -ENOMEM ? lc_failure(call, result)
                                                                       : untrusted(call, result);
}

/* The options of a line of mountinfo if it is a procfs that is mounted at /proc, NULL otherwise. */
static const char *options_of_proc(const char *line) {
    const char *rest = after(skip_fields(line, 4), "/proc ");
    while (rest != NULL && *rest != '\0') {
        const char *type = after(rest, "- ");
        if (type != NULL) {
            return after(type, "proc ");
        }
        rest = skip_fields(rest, 1);
    }
    return NULL;
}

/* hidepid=0 and, since Linux 5.8, hidepid=off hide nothing; without the option nothing is hidden either. */
static int hides_processes(const char *options) {
    for (; *options != '\0'; options++) {
        const char *value = after(options, "hidepid=");
        if (value != NULL) {
            return *value != '0' && after(value, "off") == NULL;
        }
    }
    return 0;
}

/* Of several mounts on /proc one that hides is enough: which of them lies on top is not worth finding out. */
static lc_i64 check_options(void) {
    struct lines lines;
    long result = open_lines(&lines, LC_PROC_SELF, "mountinfo");
    if (result < 0) {
        return unreadable(LC_CALL_OPEN, result);
    }
    int found = 0;
    int hides = 0;
    while ((result = next_line(&lines)) > 0) {
        const char *options = options_of_proc(lines.line);
        found |= options != NULL;
        hides |= options != NULL && hides_processes(options);
    }
    LC_SYS(__NR_close, lines.file);
    if (result < 0) {
        return unreadable(LC_CALL_READ, result);
    }
    return found && !hides ? 0 : untrusted(LC_CALL_NONE, 0);
}

/*
 * In a /proc of another pid namespace /proc/self is missing, or names us by another number, or, if the two numbers
 * happen to be the same, by more than one.
 */
lc_i64 lc_proc_trusted(void) {
    struct lc_status self;
    long result = lc_status_of(LC_PROC_SELF, &self);
    if (result < 0) {
        return unreadable(LC_CALL_OPEN, result);
    }
    if (self.pid != LC_SYS(__NR_getpid) || self.namespaces > 1) {
        return untrusted(LC_CALL_NONE, 0);
    }
    return (self.capabilities >> CAP_SYS_PTRACE & 1) != 0 ? 0 : check_options();
}
