/*
 * message.c - the one line that the guardian writes, to the owner's standard error. It must not wait for a reader that
 * may never read, and a write to a stream of another program can only be cancelled by another thread.
 */
#include "guard.h"

enum { LIMIT_MS = 100 };

static char line[160];
static DWORD length;

static char *append(char *end, const char *text) {
    while (*text != '\0') {
        *end++ = *text++;
    }
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
    return end;
}

static DWORD WINAPI write_line(void *stream) {
    DWORD written;
    WriteFile(stream, line, length, &written, NULL);
    CloseHandle(stream);
    return 0;
}

void write_message_and_close(HANDLE stream, lc_i64 owner, lc_u32 count) {
    char *end = append(line, "io.github.lastcall: the JVM (pid ");
    end = append(append_number(end, owner), ") has ended and left ");
    end = append(append_number(end, count), count == 1 ? " process, which is" : " processes, which are");
    end = append(end, " being stopped\r\n");
    length = (DWORD) (end - line);
    HANDLE writer = stream == NULL ? NULL : CreateThread(NULL, 0, write_line, stream, 0, NULL);
    if (writer == NULL) {
        return;
    }
    if (WaitForSingleObject(writer, LIMIT_MS) != WAIT_OBJECT_0) {
        CancelSynchronousIo(writer);
    }
    CloseHandle(writer);
}
