package io.github.lastcall.internal.wait;

import java.util.concurrent.Semaphore;

/**
 * The right to wait some milliseconds in the OS, for a thread that has just sent a signal: most processes exit in that
 * time. A virtual thread pins its carrier during the wait, so only one virtual thread may wait at a time: a thousand
 * such waits would stop all virtual threads of the JVM for seconds. For any thread.
 */
public final class BriefWait {

    /**
     * The longest wait of a platform thread: 5 ms, more than a tick of most Linux kernels (4 ms at CONFIG_HZ=250). If a
     * timer is due before the next tick, the kernel sets the timer of the processor when the thread sleeps and again
     * when it wakes. In a virtual machine that took 12 us, with an exit seen after 62 us.
     */
    private static final long PLATFORM = 5_000_000;

    /** The longest wait of a virtual thread: 1 ms. */
    private static final long VIRTUAL = 1_000_000;

    private static final Semaphore ONE = new Semaphore(1);

    private BriefWait() {}

    /** Returns whether the calling thread may wait; then {@link #end} has to follow. */
    public static boolean begin() {
        return !Thread.currentThread().isVirtual() || ONE.tryAcquire();
    }

    /** The longest wait of the calling thread, in nanoseconds. */
    public static long nanos() {
        return Thread.currentThread().isVirtual() ? VIRTUAL : PLATFORM;
    }

    /** Ends the wait of the calling thread. */
    public static void end() {
        if (Thread.currentThread().isVirtual()) {
            ONE.release();
        }
    }
}
