/*
 * memory.c - the two functions that a compiler calls by itself, to copy and to clear structs. There is no
 * libc to take them from. `volatile` keeps the compiler from seeing a memcpy or memset in these loops and calling it.
 * Part of the shared library only: programs that link the objects, such as the tests, have them from their libc.
 */
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t count);
void *memset(void *to, int value, size_t count);

void *memcpy(void *restrict to, const void *restrict from, size_t count) {
    volatile unsigned char *target = to;
    const unsigned char *source = from;
    for (size_t i = 0; i < count; i++) {
        target[i] = source[i];
    }
    return to;
}

void *memset(void *to, int value, size_t count) {
    volatile unsigned char *target = to;
    for (size_t i = 0; i < count; i++) {
        target[i] = (unsigned char) value;
    }
    return to;
}
