package io.github.lastcall.internal.process;

import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.jfr.BegunStop;
import io.github.lastcall.internal.jfr.Events;
import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.stop.Outcome;
import io.github.lastcall.internal.stop.Plan;
import java.util.Optional;

/**
 * One caller's share in a stop: when he gives up, and what comes of it. He may share the stop with others; a failure is
 * his own.
 */
public final class Ticket {

    private final Plan plan;
    private final Runnable whenOver;
    private final boolean detailed = Log.isDebug();
    private final Optional<BegunStop> begun = Events.stopBegins();

    private volatile boolean unattended;
    private volatile boolean ofMany;

    /** Guarded by the word of the process. */
    private Deadline bound = Deadline.NEVER;

    private volatile Optional<Outcome> outcome = Optional.empty();

    /**
     * Creates one.
     *
     * @param plan what the caller wants done
     * @param whenOver called when there is an outcome, on whatever thread, and again if it throws; must return at once
     */
    public Ticket(Plan plan, Runnable whenOver) {
        this.plan = plan;
        this.whenOver = whenOver;
    }

    Plan plan() {
        return plan;
    }

    /** Whether the log wants every step. */
    boolean isDetailed() {
        return detailed;
    }

    /** The event of the stop, if that begins with this share. */
    Optional<BegunStop> begun() {
        return begun;
    }

    /** Takes in that no thread waits for it. */
    void unattended() {
        unattended = true;
    }

    boolean isUnattended() {
        return unattended;
    }

    /** Takes in that it is one of many: what can be left out before the first signal delays the others. */
    void ofMany() {
        ofMany = true;
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
    public boolean isOver() {
        return outcome.isPresent();
    }

    /** What came of it. */
    public Outcome outcome() {
        return outcome.orElseThrow();
    }
}
