package io.github.lastcall.internal.process;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.OsPort;
import java.nio.charset.StandardCharsets;

/**
 * The file in which Linux says which pid it gave out last, open from the first start until a release: each stop reads
 * it, and to open it for that takes three more system calls and 4 us.
 */
public final class LastPid {

    private static final byte[] FILE = "/proc/loadavg".getBytes(StandardCharsets.US_ASCII);

    private static final long NONE = 0;

    private final OsPort os;
    private final Users users = new Users();
    private volatile long handle = NONE;

    /** Creates it, not open. */
    public LastPid(OsPort os) {
        this.os = os;
    }

    /** Opens it, once. Where there is none, or no descriptor for it, stops do without. */
    public void open() {
        try {
            handle = Family.LINUX ? os.open(FILE, OsPort.OpenMode.READ) : NONE;
        } catch (OsException e) {
            // A stop looks at the list of children then.
        }
    }

    /** Returns its handle, to be used until {@link #unpin}, or 0. */
    long pin() {
        return handle != NONE && users.pin() ? handle : NONE;
    }

    /** Ends the use of what {@link #pin} has returned. */
    void unpin(long pinned) {
        if (pinned != NONE) {
            users.unpin();
        }
    }

    /** Closes it, once nobody uses it. A second call does nothing. */
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
