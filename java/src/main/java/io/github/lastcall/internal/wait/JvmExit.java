package io.github.lastcall.internal.wait;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Whether the exit of the JVM has begun, for threads that wait in native code: HotSpot delays the exit by up to 300 ms
 * until they have left it.
 */
final class JvmExit {

    /** How long to park between looks after the exit has begun: 2 ms. */
    static final long PAUSE = 2_000_000;

    private final Queue<Runnable> wakeUps = new ConcurrentLinkedQueue<>();
    private volatile boolean begun;

    /** Adds an action that ends one native wait. It is never removed. */
    void whenBegun(Runnable wakeUp) {
        wakeUps.add(wakeUp);
    }

    boolean hasBegun() {
        return begun;
    }

    /**
     * Sets the flag before the wake-ups: a thread that has not seen the flag gets its wake-up, which ends its next wait
     * at once.
     */
    void begin() {
        begun = true;
        wakeUps.forEach(Runnable::run);
    }
}
