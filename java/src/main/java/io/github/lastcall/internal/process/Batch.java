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
 * Several processes that one thread stops at the same time. The thread sends the first signals; the loop sees the exits
 * and sends the later signals. The thread sleeps, and does the work of the loop if the loop is late. No process needs a
 * thread of its own.
 *
 * <p>Used by one thread. The results come in the order of the processes.
 */
public final class Batch {

    /**
     * How many processes a virtual thread signals itself: each signal takes tens of microseconds and pins the carrier.
     */
    private static final int FEW = 8;

    /**
     * The largest batch in which each process is searched for escaped children before its first signal: that takes up
     * to 20 us each.
     */
    private static final int MANY = 64;

    /** How late the loop may be before the thread does its work: 50 ms. */
    private static final long LATE_NANOS = 50_000_000;

    private final Services services;
    private final List<Child> children;
    private final List<Ticket> tickets = new ArrayList<>();
    private final AtomicInteger left;
    private final Waiter waiter;

    private Batch(List<Child> children) {
        // The first processes of a scope may have been started before a release, which ends their services.
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
                batch.leaveToLoop();
                batch.close();
            }
        }
        return batch;
    }

    /** Lets the loop complete the stops that have begun, because this thread has failed. */
    private void leaveToLoop() {
        for (int i = 0; i < tickets.size(); i++) {
            if (!tickets.get(i).isOver()) {
                children.get(i).leaveToLoop(tickets.get(i));
            }
        }
    }

    private void beginAll(Function<Child, Plan> plan) {
        boolean virtual = Thread.currentThread().isVirtual();
        for (Child child : children) {
            tickets.add(new Ticket(plan.apply(child), this::oneIsOver, children.size() > MANY));
        }
        for (int i = 0; i < tickets.size(); i++) {
            if (virtual && i >= FEW) {
                children.get(i).beginOnLoop(tickets.get(i));
            } else {
                children.get(i).join(tickets.get(i), 0);
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
     * Waits until every stop has an outcome.
     *
     * @throws InterruptedException this thread was interrupted; the stops go on
     */
    public void await() throws InterruptedException {
        try {
            awaitAll();
        } catch (Error full) {
            leaveToLoop();
            throw full;
        }
    }

    private void awaitAll() throws InterruptedException {
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

    /** As {@link #await()}, but an interrupt does not end it. Returns whether there was one. */
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

    /** Looks at the tickets: the wake-up of this thread can be lost when memory is full. */
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

    /** Leaves the stops that are not over. Each continues only if another caller takes part in it. */
    public void withdraw() {
        for (int i = 0; i < tickets.size(); i++) {
            if (!tickets.get(i).isOver()) {
                children.get(i).leave(tickets.get(i));
            }
        }
    }

    /** Whether the stop of this process has an outcome. */
    public boolean isOver(int index) {
        return tickets.get(index).isOver();
    }

    /** How the stop of this process ended. */
    public Outcome outcome(int index) {
        return tickets.get(index).outcome();
    }

    /** Gives the waiter back. */
    public void close() {
        services.threads().waiters().give(waiter);
    }
}
