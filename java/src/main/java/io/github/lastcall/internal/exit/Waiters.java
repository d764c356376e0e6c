package io.github.lastcall.internal.exit;

import io.github.lastcall.internal.os.OsPort;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * Where threads wait. Those for virtual threads are made when wanted. Those for platform threads are pooled, and their
 * handles never closed, because an interrupt of the last user can still be on its way to one: on a closed number it
 * would hit a stranger's descriptor. So the pool holds as many descriptors as there ever were platform threads that
 * waited at the same time.
 */
public final class Waiters {

    private final OsPort os;
    private final Monitor monitor;
    private final ConcurrentLinkedDeque<NativeWaiter> idle = new ConcurrentLinkedDeque<>();

    /** Creates an empty pool. */
    public Waiters(OsPort os) {
        this.os = os;
        this.monitor = new Monitor(os);
    }

    /** Sees to it that one is there. Called by every start, so that the first wait needs no descriptor any more. */
    public void prepare() {
        if (idle.isEmpty()) {
            give(new NativeWaiter(os));
        }
    }

    /** Takes one for the calling thread. */
    public Waiter take() {
        return take(false);
    }

    /**
     * Takes one for the calling thread. The last given is the first taken: its handle is the warmest.
     *
     * @param hasSignalled whether the thread has just sent a signal to what it is going to wait for
     */
    Waiter take(boolean hasSignalled) {
        if (Thread.currentThread().isVirtual()) {
            return new ParkedWaiter(monitor, hasSignalled && !VirtualThreads.isOurs());
        }
        NativeWaiter waiter = idle.pollFirst();
        return waiter == null ? new NativeWaiter(os) : waiter;
    }

    /** Gives one back. One without a handle is not worth keeping. */
    public void give(Waiter waiter) {
        if (waiter instanceof NativeWaiter pooled && pooled.canBeWoken()) {
            idle.addFirst(pooled);
        }
    }
}
