package io.github.lastcall.internal.process;

import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.jfr.BegunStop;
import io.github.lastcall.internal.jfr.Events;
import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.stop.Outcome;
import io.github.lastcall.internal.stop.Plan;
import java.util.Optional;

/**
 * One caller's part in a stop: its bound and its outcome. Several callers may share a stop; a failure belongs to one
 * caller.
 */
public final class Ticket {

    private final Plan plan;
    private final Runnable whenOver;
    private final boolean detailed = Log.isDebug();
    private final Optional<BegunStop> begun = Events.stopBegins();

    private volatile boolean unattended;
    private final boolean ofMany;

    /** Guarded by the word of the process. */
    private Deadline bound = Deadline.NEVER;

    private volatile Optional<Outcome> outcome = Optional.empty();

    /**
     * Creates a ticket.
     *
     * @param plan the plan of the caller
     * @param whenOver called on any thread when there is an outcome, and again if it throws; must return at once
     */
    public Ticket(Plan plan, Runnable whenOver) {
        this(plan, whenOver, false);
    }

    /**
     * As the other one.
     *
     * @param ofMany whether it is part of a large batch: work before its first signal would delay the other processes
     */
    Ticket(Plan plan, Runnable whenOver, boolean ofMany) {
        this.plan = plan;
        this.whenOver = whenOver;
        this.ofMany = ofMany;
    }

    Plan plan() {
        return plan;
    }

    /** Whether every step is logged. */
    boolean isDetailed() {
        return detailed;
    }

    /** The Flight Recorder event, if this ticket begins the stop. */
    Optional<BegunStop> begun() {
        return begun;
    }

    /** Records that no thread waits for it. */
    void unattended() {
        unattended = true;
    }

    boolean isUnattended() {
        return unattended;
    }

    boolean isOfMany() {
        return ofMany;
    }

    void begin(long now) {
        bound = Deadline.after(now, plan.boundNanos());
    }

    Deadline bound() {
        return bound;
    }

    void end(Outcome outcome) {
        this.outcome = Optional.of(outcome);
    }

    Runnable whenOver() {
        return whenOver;
    }

    /** Whether there is an outcome. */
    boolean isOver() {
        return outcome.isPresent();
    }

    /** The outcome. */
    public Outcome outcome() {
        return outcome.orElseThrow();
    }
}
