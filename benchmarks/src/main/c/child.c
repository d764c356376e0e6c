/*
 * child.c - the program that every contender starts and stops.
 *
 *     child PAGE wait          says that it is ready and waits for a signal
 *     child PAGE heavy         the same, with a megabyte of memory in use: its exit takes longer
 *     child PAGE stamp MICROS  says that it is ready, sleeps, stamps the time and exits
 *     child PAGE exit          exits
 *     child PAGE tree          starts a grandchild that ignores SIGTERM and holds its pipes, then as `wait`
 *
 * It reports in shared memory and not in a pipe: that wakes no thread, and how a contender reads streams is not
 * measured. The alarm ends a child whose parent was killed.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "page.h"

enum { LONGEST_LIFE_SECONDS = 120, HEAVY_BYTES = 1 << 20 };

static struct page *map(const char *path) {
    int file = open(path, O_RDWR | O_CLOEXEC);
    void *memory = mmap(NULL, PAGE_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    if (memory == MAP_FAILED) {
        _exit(101);
    }
    close(file);
    return memory;
}

static void wait_for_signal(struct page *page) {
    page->ready++;
    for (;;) {
        pause();
    }
}

static void use_memory(void) {
    volatile char *memory = malloc(HEAVY_BYTES);
    for (long i = 0; memory != NULL && i < HEAVY_BYTES; i += PAGE_SIZE) {
        memory[i] = 1;
    }
}

static void stamp_and_exit(struct page *page, long micros) {
    struct timespec delay = {.tv_sec = micros / 1000000, .tv_nsec = micros % 1000000 * 1000};
    struct timespec now;
    page->ready++;
    nanosleep(&delay, NULL);
    clock_gettime(CLOCK_MONOTONIC, &now);
    page->stamp = (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
    _exit(0);
}

static void grow_tree(struct page *page) {
    if (fork() == 0) {
        signal(SIGTERM, SIG_IGN);
        alarm(LONGEST_LIFE_SECONDS);
        page->grandchild = getpid();
        wait_for_signal(page);
    }
    wait_for_signal(page);
}

int main(int argc, char **argv) {
    if (argc < 3) {
        return 100;
    }
    if (strcmp(argv[2], "exit") == 0) {
        _exit(0);
    }
    alarm(LONGEST_LIFE_SECONDS);
    struct page *page = map(argv[1]);
    if (strcmp(argv[2], "stamp") == 0 && argc == 4) {
        stamp_and_exit(page, strtol(argv[3], NULL, 10));
    }
    if (strcmp(argv[2], "heavy") == 0) {
        use_memory();
    }
    if (strcmp(argv[2], "tree") == 0) {
        grow_tree(page);
    }
    wait_for_signal(page);
}
