package io.github.lastcall.internal.wait;

import io.github.lastcall.internal.os.OsPort;
import java.util.ArrayList;
import java.util.List;

/**
 * The waiters. A virtual thread gets a new one. Those of platform threads are pooled until a release closes their
 * handles, so the pool holds as many descriptors as platform threads have ever waited at the same time.
 */
public final class Waiters {

    private final OsPort os;
    private final Loop loop;
    private final JvmExit exit;

    /** Guards the fields below. */
    private final Word word = new Word();

    private final List<NativeWaiter> idle = new ArrayList<>();

    private boolean ended;

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
        word.acquire();
        try {
            if (!idle.isEmpty()) {
                return idle.remove(idle.size() - 1);
            }
            if (ended) {
                return NativeWaiter.withoutHandle(os, exit);
            }
        } finally {
            word.release();
        }
        return create();
    }

    private NativeWaiter create() {
        NativeWaiter waiter = NativeWaiter.open(os, exit);
        if (waiter.canBeWoken()) {
            exit.whenBegun(waiter::wake);
        }
        return waiter;
    }

    /** Gives a waiter back. One without a handle is not kept. */
    public void give(Waiter waiter) {
        if (waiter instanceof NativeWaiter pooled && pooled.canBeWoken() && !keeps(pooled)) {
            pooled.closeHandle();
        }
    }

    private boolean keeps(NativeWaiter waiter) {
        word.acquire();
        try {
            return !ended && idle.add(waiter);
        } finally {
            word.release();
        }
    }

    /**
     * Closes the handles of the idle waiters; the others' are closed when they are given back. A waiter that is taken
     * after that has none: its thread looks at intervals. Can be called again after an OutOfMemoryError.
     */
    void end() {
        word.acquire();
        try {
            ended = true;
            idle.forEach(NativeWaiter::closeHandle);
            idle.clear();
        } finally {
            word.release();
        }
    }
}
