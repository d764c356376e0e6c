/*
 * proc_list.c - lists the directories in /proc whose names are numbers.
 *
 * Results are the contract's.
 */
#include <linux/fcntl.h>
#include <linux/fs.h>

#include "procfs.h"

static lc_i64 open_directory(const char *path) {
    long directory = lc_open_file(path, O_RDONLY | O_DIRECTORY);
    return directory < 0 ? lc_failure(LC_CALL_OPEN, directory) : directory;
}

static void begin(struct lc_listing *listing, lc_i64 directory) {
    listing->directory = directory;
    listing->position = 0;
    listing->at = 0;
    listing->bytes = 0;
}

void lc_list_processes(struct lc_listing *listing) {
    begin(listing, -1);
}

/* In the list of threads a position is a count, so the directory stays open: then the kernel knows the thread. */
lc_i64 lc_list_threads(struct lc_listing *listing, lc_i64 pid) {
    char path[64];
    lc_append(lc_append_number(lc_append(path, "/proc/"), pid), "/task");
    lc_i64 directory = open_directory(path);
    if (directory < 0) {
        return directory;
    }
    begin(listing, directory);
    return 0;
}

void lc_list_end(const struct lc_listing *listing) {
    sys_close(listing->directory);
}

static lc_i64 read_part(struct lc_listing *listing, lc_i64 directory) {
    long bytes = sys_getdents64(directory, listing->entries, sizeof listing->entries);
    return bytes < 0 ? lc_failure(LC_CALL_GETDENTS, bytes) : bytes;
}

/* A position in /proc is derived from the pid, so it is also valid for another descriptor. */
static lc_i64 reopen_and_read(struct lc_listing *listing) {
    lc_i64 directory = open_directory("/proc");
    if (directory < 0) {
        return directory;
    }
    long position = sys_lseek(directory, listing->position, SEEK_SET);
    lc_i64 bytes = position < 0 ? lc_failure(LC_CALL_LSEEK, position) : read_part(listing, directory);
    sys_close(directory);
    return bytes;
}

lc_i64 lc_list_next(struct lc_listing *listing) {
    for (;;) {
        if (listing->at == listing->bytes) {
            lc_i64 bytes = listing->directory < 0 ? reopen_and_read(listing) : read_part(listing, listing->directory);
            if (bytes <= 0) {
                return bytes;
            }
            listing->at = 0;
            listing->bytes = bytes;
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
