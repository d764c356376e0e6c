package io.github.lastcall.internal.process;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Who uses the handle of a process: the native waits and the scans, which run without its word. It is closed when there
 * is none of them, and there can be none after that.
 */
final class Users {

    /** The handle is being closed, or is not: whoever looks waits for a moment. */
    private static final int CLAIMED = -1;

    /** The handle is closed. */
    private static final int RELEASED = Integer.MIN_VALUE;

    private final AtomicInteger count = new AtomicInteger();

    /** Keeps the handle open until {@link #unpin}; false: it is closed already. */
    boolean pin() {
        while (true) {
            int now = count.get();
            if (now == RELEASED) {
                return false;
            }
            if (now >= 0 && count.compareAndSet(now, now + 1)) {
                return true;
            }
            Thread.onSpinWait();
        }
    }

    /** Returns whether that was the last one. */
    boolean unpin() {
        return count.decrementAndGet() == 0;
    }

    /** Whether there are none. */
    boolean areNone() {
        return count.get() == 0;
    }

    /** Keeps everybody out until {@link #unclaim}, if there is nobody. */
    boolean claim() {
        return count.compareAndSet(0, CLAIMED);
    }

    /** Ends a claim. From a handle that is closed everybody is kept out. */
    void unclaim(boolean closed) {
        count.set(closed ? RELEASED : 0);
    }
}
