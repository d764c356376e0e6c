package io.github.lastcall.internal.exit;

import io.github.lastcall.internal.os.OsPort;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * The pool of waiters. Their handles are never closed, because an interrupt of the last user can still be on its way to
 * one: on a closed number it would hit a stranger's descriptor. So the pool holds as many descriptors as there ever
 * were threads that waited at the same time.
 */
public final class Waiters {

    private final OsPort os;
    private final ConcurrentLinkedDeque<Waiter> idle = new ConcurrentLinkedDeque<>();

    /** Creates an empty pool. */
    public Waiters(OsPort os) {
        this.os = os;
    }

    /** Sees to it that one is there. Called by every start, so that the first wait needs no descriptor any more. */
    public void prepare() {
        if (idle.isEmpty()) {
            give(new Waiter(os));
        }
    }

    /** Takes one for the calling thread. The last given is the first taken: its handle is the warmest. */
    public Waiter take() {
        Waiter waiter = idle.pollFirst();
        return waiter == null ? new Waiter(os) : waiter;
    }

    /** Gives one back. One without a handle is not worth keeping. */
    public void give(Waiter waiter) {
        if (waiter.canBeWoken()) {
            idle.addFirst(waiter);
        }
    }
}
