package io.github.lastcall.internal.wait;

import io.github.lastcall.internal.os.OsPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The waiters. A virtual thread gets a new one. Those of platform threads are pooled and their handles are never
 * closed, because a late interrupt of the last user may still write to one: after a close it would hit another
 * descriptor with the same number. So the pool holds as many descriptors as platform threads have ever waited at the
 * same time.
 */
public final class Waiters {

    private final OsPort os;
    private final Loop loop;
    private final JvmExit exit;

    /** Guards {@link #idle}. */
    private final Word word = new Word();

    private final List<NativeWaiter> idle = new ArrayList<>();

    /** Creates an empty pool. */
    Waiters(OsPort os, Loop loop, JvmExit exit) {
        this.os = os;
        this.loop = loop;
        this.exit = exit;
    }

    /** Makes sure that a waiter exists. Called by every start, so that the first wait needs no new descriptor. */
    void prepare() {
        give(takeIdleOrNew());
    }

    /** Takes a waiter for the calling thread. */
    public Waiter take() {
        return take(false);
    }

    /**
     * Takes a waiter for the calling thread. The last one given back is taken first, because its memory is in the
     * cache.
     *
     * @param hasSignalled whether the thread has just sent a signal to the process that it will wait for
     */
    public Waiter take(boolean hasSignalled) {
        if (Thread.currentThread().isVirtual()) {
            return new ParkedWaiter(loop, hasSignalled);
        }
        return takeIdleOrNew();
    }

    private NativeWaiter takeIdleOrNew() {
        Optional<NativeWaiter> known = takeIdle();
        return known.isPresent() ? known.get() : create();
    }

    private Optional<NativeWaiter> takeIdle() {
        word.acquire();
        try {
            return idle.isEmpty() ? Optional.empty() : Optional.of(idle.remove(idle.size() - 1));
        } finally {
            word.release();
        }
    }

    private NativeWaiter create() {
        NativeWaiter waiter = new NativeWaiter(os, exit);
        if (waiter.canBeWoken()) {
            exit.whenBegun(waiter::wake);
        }
        return waiter;
    }

    /** Gives a waiter back. One without a handle is not kept. */
    public void give(Waiter waiter) {
        if (waiter instanceof NativeWaiter pooled && pooled.canBeWoken()) {
            word.acquire();
            try {
                idle.add(pooled);
            } finally {
                word.release();
            }
        }
    }
}
