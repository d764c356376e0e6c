package io.github.lastcall.internal.process;

import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.stop.Outcome;
import io.github.lastcall.internal.stop.Plan;
import io.github.lastcall.internal.wait.Advanceable;
import io.github.lastcall.internal.wait.Word;
import java.util.Optional;

/**
 * The stop of a process that has not exited at the end of a wait. The thread that waits begins it. If that thread is
 * virtual and has no carrier then, the loop begins it: the process must not run until a carrier is free.
 *
 * <p>Used by the thread that waits, and by the loop.
 */
public final class StopAfterWait implements Advanceable {

    /** How late the thread may be before the loop begins the stop: 50 ms. */
    private static final long LATE_NANOS = 50_000_000;

    private final Child child;
    private final Plan plan;
    private final boolean virtual = Thread.currentThread().isVirtual();
    private final Word word = new Word();

    /** Whether the wait is over: then the loop does not begin the stop. Guarded by the word, as is the next field. */
    private boolean waited;

    /** The stop that the loop has begun. */
    private Optional<Ticket> begun = Optional.empty();

    /** Set before the thread withdraws the stop. The loop may only begin it after that, and withdraws it then. */
    private volatile boolean withdrawn;

    /** Creates the stop for the calling thread. */
    public StopAfterWait(Child child, Plan plan) {
        this.child = child;
        this.plan = plan;
    }

    /** Records when the wait ends. {@link #hasBegun} or {@link #withdraw} has to follow. */
    public void arm(Deadline end) {
        if (virtual) {
            child.services().threads().loop().arm(this, end.later(LATE_NANOS));
        }
    }

    /** On the loop. Is called again if it fails, for example because memory is full. */
    @Override
    public Deadline advance() {
        // It may have exited in time, and the thread has not seen it.
        child.sweep();
        Optional<Ticket> ticket = take();
        if (ticket.isPresent() && !ticket.get().isOver()) {
            try {
                child.begin(ticket.get());
            } finally {
                if (withdrawn) {
                    child.leave(ticket.get());
                }
            }
        }
        return Deadline.NEVER;
    }

    private Optional<Ticket> take() {
        word.acquire();
        try {
            if (!waited && begun.isEmpty() && child.known().isEmpty()) {
                begun = Optional.of(new Ticket(plan, Child.NOTHING));
            }
            return withdrawn ? Optional.empty() : begun;
        } finally {
            word.release();
        }
    }

    /** Ends the wait. Returns whether the loop has begun the stop. */
    public boolean hasBegun() {
        return end().isPresent();
    }

    /** Ends the wait, and withdraws the stop if the loop has begun it. */
    public void withdraw() {
        withdrawn = true;
        Optional<Ticket> ticket = end();
        if (ticket.isPresent()) {
            child.leave(ticket.get());
        }
    }

    /** Ends the wait, and stops the process, together with other callers. */
    public Outcome stop() throws InterruptedException {
        Optional<Ticket> ticket = end();
        return ticket.isPresent() ? child.await(ticket.get()) : child.stop(plan);
    }

    private Optional<Ticket> end() {
        if (!virtual) {
            return Optional.empty();
        }
        child.services().threads().loop().disarm(this);
        word.acquire();
        try {
            waited = true;
            return begun;
        } finally {
            word.release();
        }
    }
}
