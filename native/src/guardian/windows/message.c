/*
 * message.c - the one line that the guardian writes, to the owner's standard error. It must not wait for a reader that
 * may never read, and a write to a stream of another program can only be cancelled by another thread.
 */
#include "guard.h"

enum { LIMIT_MS = 100 };

static char line[160];
static DWORD length;

static DWORD WINAPI write_line(void *stream) {
    DWORD written;
    WriteFile(stream, line, length, &written, NULL);
    CloseHandle(stream);
    return 0;
}

void write_message_and_close(HANDLE stream, lc_u32 owner, lc_u32 count) {
    WCHAR wide[sizeof line];
    WCHAR *end = lc_append(wide, L"io.github.lastcall: the JVM (pid ");
    end = lc_append(append_number(end, owner), L") has ended and left ");
    end = lc_append(append_number(end, count), count == 1 ? L" process, which is" : L" processes, which are");
    end = lc_append(end, L" being stopped\r\n");
    for (length = 0; wide + length < end; length++) {
        line[length] = (char) wide[length];
    }
    HANDLE writer = stream == NULL ? NULL : CreateThread(NULL, 0, write_line, stream, 0, NULL);
    if (writer == NULL) {
        return;
    }
    if (WaitForSingleObject(writer, LIMIT_MS) != WAIT_OBJECT_0) {
        CancelSynchronousIo(writer);
    }
    CloseHandle(writer);
}
