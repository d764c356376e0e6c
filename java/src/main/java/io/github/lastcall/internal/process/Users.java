package io.github.lastcall.internal.process;

import io.github.lastcall.internal.wait.BriefWait;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Counts the users of a handle: native waits and scans, which run without the word of the process. The handle can be
 * closed when the count is zero; after that it cannot be used again.
 */
final class Users {

    /** A thread may be closing the handle. Others wait for its decision, for as long as a {@link BriefWait}. */
    private static final int CLAIMED = -1;

    /** The handle is closed. */
    private static final int RELEASED = Integer.MIN_VALUE;

    /** How often to look before sleeping, and how long to sleep: 20 us. */
    private static final int SPINS = 200;

    private static final long NAP = 20_000;

    private final AtomicInteger count = new AtomicInteger();

    /** Keeps the handle open until {@link #unpin}; false: it is closed. */
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

    /** Ends a use; returns whether it was the last. */
    boolean unpin() {
        return count.decrementAndGet() == 0;
    }

    /** Whether there is no user. */
    boolean areNone() {
        return count.get() == 0;
    }

    /** Claims the handle if there is no user: nobody can use it until {@link #unclaim}. */
    boolean claim() {
        return count.compareAndSet(0, CLAIMED);
    }

    /** Ends a claim. A closed handle cannot be used again. */
    void unclaim(boolean closed) {
        count.set(closed ? RELEASED : 0);
    }
}
