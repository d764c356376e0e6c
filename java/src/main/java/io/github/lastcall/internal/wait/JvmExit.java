package io.github.lastcall.internal.wait;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Whether the JVM is exiting, for those who wait in native code: HotSpot lets the exit wait up to 300 ms for each of
 * them to leave it.
 */
final class JvmExit {

    /** How long to park between looks from then on: 2 ms. */
    static final long PAUSE = 2_000_000;

    private final Queue<Runnable> wakeUps = new ConcurrentLinkedQueue<>();
    private volatile boolean begun;

    /** Adds what ends one native wait. It is kept for ever. */
    void whenBegun(Runnable wakeUp) {
        wakeUps.add(wakeUp);
    }

    boolean hasBegun() {
        return begun;
    }

    /** Set before the wake-ups: who sees none of both has been woken already when it begins to wait. */
    void begin() {
        begun = true;
        wakeUps.forEach(Runnable::run);
    }
}
