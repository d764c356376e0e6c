package io.github.lastcall.internal.wait;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * One word that guards a short piece of work. Its states are idle, busy and again. It is not a lock with a queue: the
 * first thread of a queue can be a virtual thread without a carrier, and all threads behind it would wait too.
 *
 * <p>A thread that needs no answer calls {@link #enter()}: if the word is busy, its holder does one more round. A
 * thread that needs an answer calls {@link #acquire()}, which spins and then sleeps in short steps. The holder must not
 * call anything that waits longer than a {@link BriefWait}: no other lock, no log, no unpark, no users' code.
 */
public final class Word {

    private static final int IDLE = 0;
    private static final int BUSY = 1;
    private static final int AGAIN = 2;

    /** How often to look before sleeping. A holder that runs on another processor is done by then. */
    private static final int SPINS = 200;

    private static final long FIRST_NAP = 10_000;
    private static final long LONGEST_NAP = 1_000_000;

    private final AtomicInteger state = new AtomicInteger();

    /** Returns whether the caller holds it now. If not, its holder does one more round. */
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

    /** Returns whether the caller holds it now. If not, nothing has changed. */
    public boolean tryAcquire() {
        return state.compareAndSet(IDLE, BUSY);
    }

    /** Waits until the caller holds it. An interrupt does not end the wait, and its flag stays set. */
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
            // While the interrupt flag is set, no park waits.
            Thread.yield();
            nap = Math.min(2 * nap, LONGEST_NAP);
        }
    }

    /** Leaves the word; false: the caller still holds it and has to do one more round. */
    public boolean leave() {
        if (state.compareAndSet(BUSY, IDLE)) {
            return true;
        }
        state.set(BUSY);
        return false;
    }

    /** Leaves the word. Only where {@link #enter()} is not used, or one more round is not needed. */
    public void release() {
        state.set(IDLE);
    }
}
