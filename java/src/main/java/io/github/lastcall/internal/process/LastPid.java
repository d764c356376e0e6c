package io.github.lastcall.internal.process;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.OsPort;
import java.nio.charset.StandardCharsets;

/**
 * The file that contains the last pid that Linux has assigned. It is open from the first start until a release, because
 * each stop reads it, and opening it each time would take three more system calls and 4 us.
 */
public final class LastPid {

    private static final byte[] FILE = "/proc/loadavg".getBytes(StandardCharsets.US_ASCII);

    private static final long NONE = 0;

    private final OsPort os;
    private final Users users = new Users();
    private volatile long handle = NONE;

    /** Creates it without opening the file. */
    public LastPid(OsPort os) {
        this.os = os;
    }

    /** Opens the file, once. Without the file, or without a descriptor for it, stops work without it. */
    public void open() {
        try {
            handle = Family.LINUX ? os.open(FILE, OsPort.OpenMode.READ) : NONE;
        } catch (OsException e) {
            // A stop reads the list of children instead.
        }
    }

    /** Returns the handle, which stays open until {@link #unpin}, or 0. */
    long pin() {
        return handle != NONE && users.pin() ? handle : NONE;
    }

    /** Ends the use of the handle that {@link #pin} has returned. */
    void unpin(long pinned) {
        if (pinned != NONE) {
            users.unpin();
        }
    }

    /** Closes the file when no thread uses it. A second call does nothing. */
    public void close() {
        if (handle == NONE) {
            return;
        }
        while (!users.claim()) {
            Thread.onSpinWait();
        }
        try {
            os.close(handle);
        } finally {
            users.unclaim(true);
            handle = NONE;
        }
    }
}
