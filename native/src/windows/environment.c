/* environment.c - the environment of this process, and the environment block of a child. */
#include "internal.h"

static SIZE_T block_length(const WCHAR *block) {
    SIZE_T length = 0;
    while (block[length] != 0) {
        length += lc_length(block + length) + 1;
    }
    return length;
}

lc_i64 lc_environment(char *buffer, lc_i64 length) {
    if (length < 0 || (buffer == NULL && length > 0)) {
        return lc_invalid();
    }
    WCHAR *block = GetEnvironmentStringsW();
    if (block == NULL) {
        return lc_failure(LC_CALL_GET_ENVIRONMENT_STRINGS, GetLastError());
    }
    lc_i64 bytes = (lc_i64) (block_length(block) * sizeof(WCHAR));
    const char *from = (const char *) block;
    for (lc_i64 i = 0; i < bytes && i < length; i++) {
        buffer[i] = from[i];
    }
    FreeEnvironmentStringsW(block);
    return bytes;
}

/* The hidden variables of the drives have names that begin with "=". */
static int name_length(const WCHAR *entry) {
    int length = *entry != 0;
    while (entry[length] != 0 && entry[length] != L'=') {
        length++;
    }
    return length;
}

static int is_after(const WCHAR *one, const WCHAR *other) {
    return CompareStringOrdinal(one, name_length(one), other, name_length(other), TRUE) == CSTR_GREATER_THAN;
}

/*
 * CreateProcess needs the block sorted by name, independent of case and locale: in some versions
 * GetEnvironmentVariable relies on that. Insertion sort, because a large environment is usually sorted already, as
 * ProcessBuilder's is.
 */
static void sort(const WCHAR **entries, SIZE_T count) {
    for (SIZE_T i = 1; i < count; i++) {
        const WCHAR *entry = entries[i];
        SIZE_T to = i;
        for (; to > 0 && is_after(entries[to - 1], entry); to--) {
            entries[to] = entries[to - 1];
        }
        entries[to] = entry;
    }
}

static void write_block(WCHAR *block, const WCHAR *const *entries, SIZE_T count) {
    WCHAR *end = block;
    for (SIZE_T i = 0; i < count; i++) {
        end = lc_append(end, entries[i]) + 1;
    }
    if (count == 0) {
        *end++ = 0;
    }
    *end = 0;
}

WCHAR *lc_environment_block(const WCHAR *const *entries) {
    SIZE_T count = 0, units = 2;
    for (; entries[count] != NULL; count++) {
        units += lc_length(entries[count]) + 1;
    }
    const WCHAR **sorted = lc_allocate((count + 1) * sizeof *sorted);
    WCHAR *block = lc_allocate(units * sizeof *block);
    if (sorted != NULL && block != NULL) {
        for (SIZE_T i = 0; i < count; i++) {
            sorted[i] = entries[i];
        }
        sort(sorted, count);
        write_block(block, sorted, count);
    } else {
        lc_free(block);
        block = NULL;
    }
    lc_free(sorted);
    return block;
}
