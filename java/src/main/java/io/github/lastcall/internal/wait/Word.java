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
 *
 * <p>A holder whose stack overflows may never leave it: the call that leaves it needs stack too. (Only the JDK's own
 * code can use the reserved stack of JEP 270, as its locks do.) So no thread waits for ever. A word that is busy for 30
 * s is lost, and every call that needs it fails; the exit of the JVM goes on without it.
 */
public final class Word {

    private static final int IDLE = 0;
    private static final int BUSY = 1;
    private static final int AGAIN = 2;

    /** No thread has left it for {@link #LIMIT}. If its holder leaves it after all, it is idle again. */
    private static final int LOST = 3;

    /** How often to look before sleeping. A holder that runs on another processor is done by then. */
    private static final int SPINS = 200;

    private static final long FIRST_NAP = 10_000;
    private static final long LONGEST_NAP = 1_000_000;

    /** After how long a holder has failed: 30 s. A busy machine delays a holder by far less. */
    private static final long LIMIT = 30_000_000_000L;

    /** What a nap counts at most, because this JVM may be stopped: 10 ms. */
    private static final long LONGEST_COUNTED = 10_000_000;

    private final AtomicInteger state = new AtomicInteger();

    /** Returns whether the caller holds it now. If not, its holder does one more round. */
    public boolean enter() {
        while (true) {
            if (state.compareAndSet(IDLE, BUSY)) {
                return true;
            }
            int now = state.get();
            if (now == AGAIN || now == LOST || state.compareAndSet(BUSY, AGAIN)) {
                return false;
            }
        }
    }

    /** Returns whether the caller holds it now. If not, nothing has changed. */
    public boolean tryAcquire() {
        return state.compareAndSet(IDLE, BUSY);
    }

    /**
     * Waits until the caller holds it. An interrupt does not end the wait, and its flag stays set.
     *
     * @throws IllegalStateException the word is lost, see above
     */
    public void acquire() {
        if (!tryAcquire()) {
            spin(LIMIT);
        }
    }

    void spin(long limit) {
        for (int i = 0; i < SPINS; i++) {
            Thread.onSpinWait();
            if (tryAcquire()) {
                return;
            }
        }
        sleep(limit);
    }

    private void sleep(long limit) {
        long nap = FIRST_NAP;
        long left = limit;
        long before = System.nanoTime();
        while (!tryAcquire()) {
            requireHolder(left);
            LockSupport.parkNanos(this, nap);
            // While the interrupt flag is set, no park waits.
            Thread.yield();
            nap = Math.min(2 * nap, LONGEST_NAP);
            long now = System.nanoTime();
            left -= Math.min(now - before, LONGEST_COUNTED);
            before = now;
        }
    }

    private void requireHolder(long left) {
        if (left <= 0 && !state.compareAndSet(BUSY, LOST)) {
            state.compareAndSet(AGAIN, LOST);
        }
        if (state.get() == LOST) {
            throw new IllegalStateException("the thread that held it has failed, perhaps with a StackOverflowError");
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
