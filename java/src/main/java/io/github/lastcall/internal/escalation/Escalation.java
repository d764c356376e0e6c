package io.github.lastcall.internal.escalation;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.TerminationAction;
import io.github.lastcall.TerminationAction.CheckStatus;
import io.github.lastcall.TerminationAction.SendSignal;
import io.github.lastcall.TerminationAction.Skipped;
import io.github.lastcall.TerminationAction.WaitForExit;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.Durations;
import io.github.lastcall.internal.log.Log;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One stop, step by step: look, the graceful phases, the forceful one. It knows no OS, and no caller: {@link
 * SharedStop} lends it one thread after another.
 *
 * <p>{@link #run()} is called by one thread at a time (the driver), each of which sees what the last one left, because
 * the driver's place is handed on under the lock of {@link SharedStop}. A driver that is interrupted leaves the phase
 * under way as it is, with its limit, and the next one goes on waiting there. {@link #hasten} is called by other
 * threads meanwhile; what it changes is volatile and asked for anew at each step and each wake-up.
 */
final class Escalation {

    /** How long an exit may take that raced with a refused send, or that follows a late forceful one: 100 ms. */
    static final long GRACE_NANOS = 100_000_000;

    private final Target target;
    private final Plan plan;
    private final long begun = System.nanoTime();
    private final List<Attempt> attempts = new ArrayList<>();

    /**
     * When the graceful phases are over, whatever is left of them. Only ever earlier. Written under SharedStop's lock.
     */
    private volatile Deadline forcefulAt = Deadline.NEVER;

    /**
     * When a further caller's time is up, forceful phase included. Only ever earlier. Written under SharedStop's lock.
     */
    private volatile Deadline giveUpAt = Deadline.NEVER;

    /** How many callers want it. Guarded by SharedStop's lock. */
    int callers;

    private boolean looked;
    private int next;
    private Optional<Step> underWay = Optional.empty();
    private Optional<String> lastAsked = Optional.empty();

    private boolean killed;

    private volatile boolean begunToKill;

    /** Somebody has sent the forceful signal beside this stop. */
    private volatile boolean killedBeside;

    private volatile Optional<Outcome> outcome = Optional.empty();

    /** A phase whose signal was sent or refused, and the wait after it. */
    private record Step(Phase phase, boolean refused, long sinceNanos, Deadline limit) {}

    Escalation(Plan plan, Target target) {
        this.plan = plan;
        this.target = target;
    }

    /** How it ended; empty: it has not. */
    Optional<Outcome> outcome() {
        return outcome;
    }

    /** Whether the forceful signal was sent, or refused. */
    boolean hasBegunToKill() {
        return begunToKill;
    }

    /** Takes in what a further caller wants: the earliest deadlines win, the phases stay as they are. */
    void hasten(Plan other) {
        forcefulAt = forcefulAt.earlier(Deadline.in(other.gracefulNanos()));
        giveUpAt = giveUpAt.earlier(Deadline.in(other.totalNanos()));
        target.wake();
    }

    /** Takes in that somebody sends the forceful signal beside this stop, or that this was refused. */
    void killedBeside(boolean sent) {
        killedBeside = sent;
        forcefulAt = Deadline.in(0);
        target.wake();
    }

    /** Goes on until there is an outcome. */
    Outcome run() throws InterruptedException {
        lookFirst();
        while (outcome.isEmpty()) {
            step();
        }
        return outcome.get();
    }

    private void lookFirst() {
        if (looked) {
            return;
        }
        looked = true;
        long since = System.nanoTime();
        try {
            goneIf(target.look());
        } catch (IOException e) {
            record(new CheckStatus(), since, e);
            Log.warn(target.subject(), () -> "its status cannot be read: " + e.getMessage(), e);
        }
    }

    private void step() throws InterruptedException {
        if (underWay.isPresent()) {
            await(underWay.get());
        } else if (next == plan.phases().size()) {
            begin(plan.forceful());
        } else if (target.isToBeKilled()) {
            next = plan.phases().size();
        } else if (forcefulAt.hasCome()) {
            skip(plan.phases().get(next++));
        } else {
            begin(plan.phases().get(next));
        }
    }

    private void skip(Phase phase) {
        record(new Skipped(phase.signalName() + ", because another caller wants it gone sooner"), System.nanoTime());
    }

    private boolean isForceful(Phase phase) {
        return next == plan.phases().size() && phase == plan.forceful();
    }

    private void begin(Phase phase) {
        long since = System.nanoTime();
        try {
            boolean sent = send(phase);
            if (sent) {
                record(new SendSignal(phase.signalName()), since);
                noteSent(phase);
                logSent(phase);
            }
            enter(phase, !sent);
        } catch (CannotAskException e) {
            record(new Skipped(phase.signalName() + ", because " + e.getMessage()), since);
            Log.warn(
                    target.subject(),
                    () -> "cannot be sent " + phase.signalName() + ": " + e.getMessage(),
                    null,
                    "signal", phase.signalName(),
                    "phase", next + 1);
            next++;
        } catch (IOException e) {
            record(new SendSignal(phase.signalName()), since, e);
            Log.warn(
                    target.subject(),
                    () -> "refused " + phase.signalName() + ": " + e.getMessage(),
                    e,
                    "signal", phase.signalName(),
                    "phase", next + 1);
            enter(phase, true);
        }
    }

    private void logSent(Phase phase) {
        if (Log.isDebug()) {
            Log.debug(
                    target.subject(),
                    "sent " + phase.signalName(),
                    "signal", phase.signalName(),
                    "phase", next + 1);
        }
    }

    private void noteSent(Phase phase) {
        if (isForceful(phase)) {
            killed = true;
        } else {
            lastAsked = Optional.of(phase.signalName());
        }
    }

    /**
     * A child that waits for input should see its end no later than the signal; before the kill nobody cares any more.
     */
    private boolean send(Phase phase) throws IOException {
        if (isForceful(phase)) {
            target.dropInput();
            return target.kill();
        }
        try {
            return target.ask(phase.signalName());
        } finally {
            target.dropInput();
        }
    }

    private void enter(Phase phase, boolean refused) {
        begunToKill = isForceful(phase);
        long now = System.nanoTime();
        long nanos = refused ? GRACE_NANOS : phase.timeoutNanos();
        underWay = Optional.of(new Step(phase, refused, now, Deadline.in(nanos)));
    }

    private void await(Step step) throws InterruptedException {
        Phase phase = step.phase();
        try {
            Optional<ExitStatus> status = target.awaitGone(() -> limit(step));
            if (status.isPresent()) {
                recordWait(step, Optional.empty());
                gone(status.get());
                return;
            }
            if (target.isToBeKilled()) {
                recordWait(step, Optional.empty());
            } else if (!step.refused()) {
                recordTimeout(step);
            }
        } catch (IOException e) {
            recordWait(step, Optional.of(e));
            Log.warn(target.subject(), () -> "cannot be waited for: " + e.getMessage(), e, "phase", next + 1);
        }
        underWay = Optional.empty();
        if (isForceful(phase)) {
            lookLast();
        } else {
            next++;
        }
    }

    private Deadline limit(Step step) {
        if (!isForceful(step.phase())) {
            return step.limit().earlier(forcefulAt);
        }
        // A machine under load may send it when a further caller's time is up: it still needs a moment to act.
        Deadline grace = new Deadline(step.sinceNanos() + GRACE_NANOS, false);
        return step.refused() ? step.limit() : step.limit().earlier(giveUpAt.later(grace));
    }

    /**
     * Asked at once, while whoever did not go is still as it was. Not if another caller wants it gone sooner: to look
     * at all members can take seconds on a machine under load, and the next signal is due.
     */
    private void recordTimeout(Step step) {
        String text = timeoutText(step);
        List<String> facts = step.limit().hasCome() ? target.explain(step.phase().signalName()) : List.of();
        long took = System.nanoTime() - step.sinceNanos();
        attempts.add(new Attempt(
                new WaitForExit(limitOf(step)),
                step.sinceNanos() - begun,
                took,
                Optional.of(new IOException(text)),
                facts));
        Log.warn(
                target.subject(),
                () -> "not gone after " + step.phase().signalName() + ": " + text
                        + (facts.isEmpty() ? "" : "; " + String.join(", ", facts)),
                null,
                "signal", step.phase().signalName(),
                "phase", next + 1);
    }

    private String timeoutText(Step step) {
        Duration waited = Duration.ofNanos(System.nanoTime() - step.sinceNanos());
        return step.limit().hasCome()
                ? "timed out after " + Durations.text(limitOf(step))
                : "cut short after " + Durations.text(waited) + " by another caller";
    }

    private Duration limitOf(Step step) {
        return Duration.ofNanos(step.phase().timeoutNanos());
    }

    /** The grace after a refused send is no attempt of its own. */
    private void recordWait(Step step, Optional<IOException> error) {
        if (!step.refused() || error.isPresent()) {
            Duration limit = step.refused() ? Duration.ofNanos(GRACE_NANOS) : limitOf(step);
            add(new WaitForExit(limit), step.sinceNanos(), error);
        }
    }

    private void record(TerminationAction action, long since) {
        add(action, since, Optional.empty());
    }

    private void record(TerminationAction action, long since, IOException error) {
        add(action, since, Optional.of(error));
    }

    private void add(TerminationAction action, long since, Optional<IOException> error) {
        attempts.add(new Attempt(action, since - begun, System.nanoTime() - since, error, List.of()));
    }

    private void goneIf(Optional<ExitStatus> status) {
        if (status.isPresent()) {
            gone(status.get());
        }
    }

    private void gone(ExitStatus status) {
        String forceful = plan.forceful().signalName();
        if (killedBeside && !killed) {
            killed = true;
            attempts.add(new Attempt(
                    new SendSignal(forceful),
                    System.nanoTime() - begun,
                    0,
                    Optional.empty(),
                    List.of("by another caller")));
        }
        boolean forced = killed && target.isForced(status);
        Optional<String> endedBy = forced || killed && lastAsked.isEmpty() ? Optional.of(forceful) : lastAsked;
        end(Optional.of(status), forced, endedBy, List.of());
        logEnd(endedBy, status);
    }

    private void logEnd(Optional<String> endedBy, ExitStatus status) {
        if (Log.isDebug()) {
            Log.debug(
                    target.subject(),
                    (endedBy.isPresent() ? "ended by " + endedBy.get() : "ended without a signal") + ": " + status,
                    "signal",
                    endedBy.orElse("none"));
        }
    }

    /** A wait that failed has not seen what a look may see. */
    private void lookLast() {
        try {
            goneIf(target.look());
        } catch (IOException e) {
            // The wait before it has told as much.
        }
        if (outcome.isEmpty()) {
            notStopped();
        }
    }

    private void notStopped() {
        List<LiveProcess> survivors = target.survivors();
        end(Optional.empty(), killed, Optional.empty(), survivors);
        Log.error(target.subject(), () -> "could not be stopped: " + attempts + " survivors: " + survivors, null);
    }

    private void end(
            Optional<ExitStatus> status, boolean forced, Optional<String> endedBy, List<LiveProcess> survivors) {
        long elapsed = System.nanoTime() - begun;
        outcome = Optional.of(new Outcome(
                status, forced, endedBy, elapsed, List.copyOf(attempts), target.stragglers(), survivors));
    }
}
