package io.github.lastcall.internal.process;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.stop.Outcome;
import io.github.lastcall.internal.stop.Plan;
import io.github.lastcall.internal.wait.Awaited;
import io.github.lastcall.internal.wait.Waiter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Several processes that one thread stops at the same time. It sends the first signals, and the loop does the rest: it
 * sees the exits and sends what becomes due. The thread sleeps meanwhile; if the loop is late it does it. No thread is
 * needed for a member.
 *
 * <p>Used by one thread. The results come in the order of the processes.
 */
public final class Batch {

    /** How many a virtual thread signals itself: each takes tens of microseconds, and pins its carrier. */
    private static final int FEW = 8;

    /** Of how many at most the children are looked at before the first signal: that takes up to 20 us each. */
    private static final int MANY = 64;

    /** How late the loop may be until the thread does its work: 50 ms. */
    private static final long LATE_NANOS = 50_000_000;

    private final Services services;
    private final List<Child> children;
    private final List<Ticket> tickets = new ArrayList<>();
    private final AtomicInteger left;
    private final Waiter waiter;

    private Batch(List<Child> children) {
        // Of a scope the first ones may be from before a release.
        this.services = children.getLast().services();
        this.children = children;
        this.left = new AtomicInteger(children.size());
        this.waiter = services.threads().waiters().take();
    }

    /**
     * Begins to stop them, each by its plan. {@link #close} has to follow.
     *
     * @param children one at least
     * @param plan what is to be done with each
     */
    public static Batch begin(List<Child> children, Function<Child, Plan> plan) {
        Batch batch = new Batch(children);
        boolean begun = false;
        try {
            batch.beginAll(plan);
            begun = true;
        } finally {
            if (!begun) {
                batch.close();
            }
        }
        return batch;
    }

    private void beginAll(Function<Child, Plan> plan) {
        boolean virtual = Thread.currentThread().isVirtual();
        for (Child child : children) {
            Ticket ticket = new Ticket(plan.apply(child), this::oneIsOver);
            tickets.add(ticket);
            if (children.size() > MANY) {
                ticket.ofMany();
            }
        }
        for (int i = 0; i < tickets.size(); i++) {
            if (virtual && i >= FEW) {
                children.get(i).beginOnLoop(tickets.get(i));
            } else {
                children.get(i).signal(tickets.get(i));
            }
        }
        for (int i = 0; i < tickets.size(); i++) {
            children.get(i).attendIfNotOver(tickets.get(i));
        }
    }

    private void oneIsOver() {
        if (left.decrementAndGet() <= 0) {
            waiter.wake();
        }
    }

    /**
     * Waits until all have ended, one way or the other.
     *
     * @throws InterruptedException this thread was interrupted; the stops go on
     */
    public void await() throws InterruptedException {
        while (!areAllOver()) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            Deadline late = nextAt();
            try {
                waiter.drain();
                if (!areAllOver()) {
                    waiter.await(services.threads().os(), Awaited.NOTHING, late, true);
                }
            } catch (OsException e) {
                Thread.sleep(LATE_NANOS / 1_000_000);
            }
            if (late.hasCome()) {
                advanceLate();
            }
        }
    }

    /** As {@link #await()}, through interrupts; returns whether there was one. */
    public boolean awaitThroughInterrupts() {
        boolean interrupted = false;
        while (!areAllOver()) {
            try {
                await();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        return interrupted;
    }

    /** By the tickets: where memory runs out, what wakes this thread can be lost. */
    private boolean areAllOver() {
        for (int i = 0; i < tickets.size(); i++) {
            if (!tickets.get(i).isOver()) {
                return false;
            }
        }
        return true;
    }

    private Deadline nextAt() {
        Deadline next = Deadline.NEVER;
        for (int i = 0; i < tickets.size(); i++) {
            if (!tickets.get(i).isOver()) {
                next = next.earlier(children.get(i).nextAt());
            }
        }
        return next.later(LATE_NANOS);
    }

    private void advanceLate() {
        for (int i = 0; i < tickets.size(); i++) {
            Child child = children.get(i);
            if (!tickets.get(i).isOver() && child.nextAt().hasCome()) {
                child.advance();
            }
        }
    }

    /** Nobody waits any more for who is not gone: a stop goes on only if somebody else wants it. */
    public void withdraw() {
        for (int i = 0; i < tickets.size(); i++) {
            if (!tickets.get(i).isOver()) {
                children.get(i).leave(tickets.get(i));
            }
        }
    }

    /** Whether there is an outcome for one. */
    public boolean isOver(int index) {
        return tickets.get(index).isOver();
    }

    /** What came of one. */
    public Outcome outcome(int index) {
        return tickets.get(index).outcome();
    }

    /** Ends the use of this. */
    public void close() {
        services.threads().waiters().give(waiter);
    }
}
