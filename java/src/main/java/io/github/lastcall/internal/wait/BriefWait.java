package io.github.lastcall.internal.wait;

import io.github.lastcall.internal.os.OsPort;
import java.util.concurrent.Semaphore;

/**
 * The right to wait a millisecond in the OS, for a thread that has just sent a signal: most processes exit in that
 * time. A virtual thread pins its carrier during the wait, so only one virtual thread may wait at a time: a thousand
 * such waits would stop all virtual threads of the JVM for a second. For any thread.
 */
public final class BriefWait {

    /** The longest wait: 1 ms. */
    public static final long NANOS = OsPort.BRIEF_WAIT_NANOS;

    private static final Semaphore VIRTUAL = new Semaphore(1);

    private BriefWait() {}

    /** Returns whether the calling thread may wait; then {@link #end} has to follow. */
    public static boolean begin() {
        return !Thread.currentThread().isVirtual() || VIRTUAL.tryAcquire();
    }

    /** Ends the wait of the calling thread. */
    public static void end() {
        if (Thread.currentThread().isVirtual()) {
            VIRTUAL.release();
        }
    }
}
