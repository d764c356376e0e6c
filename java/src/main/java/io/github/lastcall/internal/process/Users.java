package io.github.lastcall.internal.process;

import io.github.lastcall.internal.wait.BriefWait;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Who uses the handle of a process: the native waits and the scans, which run without its word. It is closed when there
 * is none of them, and there can be none after that.
 */
final class Users {

    /** The handle is being closed, or is not: whoever looks waits for that, which can be a {@link BriefWait}. */
    private static final int CLAIMED = -1;

    /** The handle is closed. */
    private static final int RELEASED = Integer.MIN_VALUE;

    /** How often to look before sleeping, and how long that is: 20 us. */
    private static final int SPINS = 200;

    private static final long NAP = 20_000;

    private final AtomicInteger count = new AtomicInteger();

    /** Keeps the handle open until {@link #unpin}; false: it is closed already. */
    boolean pin() {
        for (int looks = 0; ; looks++) {
            int now = count.get();
            if (now == RELEASED) {
                return false;
            }
            if (now >= 0 && count.compareAndSet(now, now + 1)) {
                return true;
            }
            pause(looks);
        }
    }

    private void pause(int looks) {
        if (looks < SPINS) {
            Thread.onSpinWait();
        } else {
            LockSupport.parkNanos(this, NAP);
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
