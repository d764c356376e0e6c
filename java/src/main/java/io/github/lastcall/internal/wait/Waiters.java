package io.github.lastcall.internal.wait;

import io.github.lastcall.internal.os.OsPort;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Where threads wait. Those for virtual threads are made when wanted. Those for platform threads are pooled, and their
 * handles never closed, because an interrupt of the last user can still be on its way to one: on a closed number it
 * would hit a stranger's descriptor. So the pool holds as many descriptors as there ever were platform threads that
 * waited at the same time.
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

    /** Sees to it that one is there. Called by every start, so that the first wait needs no descriptor any more. */
    public void prepare() {
        Optional<NativeWaiter> known = takeIdle();
        give(known.isPresent() ? known.get() : create());
    }

    /** Takes one for the calling thread. The last given is the first taken: its handle is the warmest. */
    public Waiter take() {
        return take(false);
    }

    /**
     * Takes one for the calling thread.
     *
     * @param hasSignalled whether the thread has just sent a signal to what it is going to wait for
     */
    public Waiter take(boolean hasSignalled) {
        if (Thread.currentThread().isVirtual()) {
            return new ParkedWaiter(loop, hasSignalled);
        }
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

    /** Gives one back. One without a handle is not worth keeping. */
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
