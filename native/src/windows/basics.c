/* basics.c - memory, text and time. */
#include "internal.h"

enum { NS_PER_S = 1000000000, NS_PER_MS = 1000000, LONGEST_WAIT_MS = 0x7fffffff };

void *lc_allocate(SIZE_T bytes) {
    return HeapAlloc(GetProcessHeap(), 0, bytes);
}

void lc_free(void *memory) {
    if (memory != NULL) {
        HeapFree(GetProcessHeap(), 0, memory);
    }
}

SIZE_T lc_length(const WCHAR *text) {
    SIZE_T length = 0;
    while (text[length] != 0) {
        length++;
    }
    return length;
}

WCHAR *lc_append(WCHAR *end, const WCHAR *text) {
    while (*text != 0) {
        *end++ = *text++;
    }
    *end = 0;
    return end;
}

/* In two parts: the counter times a billion overflows 64 bits after a few minutes. */
lc_i64 lc_now(void) {
    LARGE_INTEGER count, frequency;
    QueryPerformanceCounter(&count);
    QueryPerformanceFrequency(&frequency);
    lc_i64 seconds = count.QuadPart / frequency.QuadPart;
    lc_i64 rest = count.QuadPart % frequency.QuadPart;
    return seconds * NS_PER_S + rest * NS_PER_S / frequency.QuadPart;
}

lc_i64 lc_deadline_after(lc_i64 timeout_ns) {
    if (timeout_ns < 0) {
        return LC_FOREVER;
    }
    lc_i64 start = lc_now();
    return timeout_ns < LC_FOREVER - start ? start + timeout_ns : LC_FOREVER;
}

lc_i64 lc_time_left(lc_i64 deadline) {
    if (deadline == LC_FOREVER) {
        return LC_FOREVER;
    }
    lc_i64 at = lc_now();
    return at < deadline ? deadline - at : 0;
}

DWORD lc_milliseconds(lc_i64 left) {
    if (left == LC_FOREVER) {
        return INFINITE;
    }
    lc_i64 whole = left / NS_PER_MS + (left % NS_PER_MS != 0);
    return whole < LONGEST_WAIT_MS ? (DWORD) whole : LONGEST_WAIT_MS;
}
