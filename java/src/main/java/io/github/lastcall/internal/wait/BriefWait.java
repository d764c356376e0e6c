package io.github.lastcall.internal.wait;

import java.util.concurrent.Semaphore;

/**
 * Waits of a millisecond in the OS, for threads that have just sent a signal: most processes exit in it. A virtual
 * thread pins its carrier meanwhile, so of those one waits at a time: a thousand such waits, one after the other on
 * every core, would stop all virtual threads of the JVM for a second. For any thread.
 */
public final class BriefWait {

    /** How long one is at most: 1 ms. */
    public static final long NANOS = 1_000_000;

    private static final Semaphore VIRTUAL = new Semaphore(1);

    private BriefWait() {}

    /** Returns whether the calling thread may make one; then {@link #end} has to follow. */
    public static boolean begin() {
        return !Thread.currentThread().isVirtual() || VIRTUAL.tryAcquire();
    }

    /** The calling thread has made one. */
    public static void end() {
        if (Thread.currentThread().isVirtual()) {
            VIRTUAL.release();
        }
    }
}
