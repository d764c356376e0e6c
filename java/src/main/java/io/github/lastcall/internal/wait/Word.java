package io.github.lastcall.internal.wait;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * One word that guards a short piece of work: idle, busy, again. It is no lock with a queue: the head of a queue can be
 * a virtual thread that gets no carrier, and everybody behind it waits with it.
 *
 * <p>Who wants something to be done, and needs no answer, calls {@link #enter()}: if it is busy the holder goes round
 * once more. Who needs an answer calls {@link #acquire()}, which spins and then sleeps in short steps. While one holds
 * it one calls nothing that waits longer than a {@link BriefWait}: no other lock, no log, no unpark, no users' code.
 */
public final class Word {

    private static final int IDLE = 0;
    private static final int BUSY = 1;
    private static final int AGAIN = 2;

    /** How often to look before sleeping: a holder on the other processor is done by then. */
    private static final int SPINS = 200;

    private static final long FIRST_NAP = 10_000;
    private static final long LONGEST_NAP = 1_000_000;

    private final AtomicInteger state = new AtomicInteger();

    /** Returns whether the caller holds it now. If not, whoever does goes round once more. */
    public boolean enter() {
        while (true) {
            if (state.compareAndSet(IDLE, BUSY)) {
                return true;
            }
            if (state.get() == AGAIN || state.compareAndSet(BUSY, AGAIN)) {
                return false;
            }
        }
    }

    /** Returns whether the caller holds it now; asks nobody to go round. */
    public boolean tryAcquire() {
        return state.compareAndSet(IDLE, BUSY);
    }

    /** Waits until the caller holds it. An interrupt does not end that, and stays set. */
    public void acquire() {
        if (!tryAcquire()) {
            spin();
        }
    }

    private void spin() {
        for (int i = 0; i < SPINS; i++) {
            Thread.onSpinWait();
            if (tryAcquire()) {
                return;
            }
        }
        long nap = FIRST_NAP;
        while (!tryAcquire()) {
            LockSupport.parkNanos(this, nap);
            // With an interrupt set no park waits.
            Thread.yield();
            nap = Math.min(2 * nap, LONGEST_NAP);
        }
    }

    /** Returns whether the caller has left it; false: somebody wants it done once more, by the caller. */
    public boolean leave() {
        if (state.compareAndSet(BUSY, IDLE)) {
            return true;
        }
        state.set(BUSY);
        return false;
    }

    /** Leaves it where nobody calls {@link #enter()}. */
    public void release() {
        state.set(IDLE);
    }
}
