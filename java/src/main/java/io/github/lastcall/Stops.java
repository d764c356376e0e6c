package io.github.lastcall;

import io.github.lastcall.internal.Durations;
import io.github.lastcall.internal.stop.Attempt;
import io.github.lastcall.internal.stop.LiveProcess;
import io.github.lastcall.internal.stop.Outcome;
import io.github.lastcall.internal.stop.Phase;
import io.github.lastcall.internal.stop.Plan;
import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.Signals;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Between the public words of a stop and the stop's: policies go in, reports and exceptions come out. */
final class Stops {

    /** How long a kill may take: what the API promises of kill(). */
    static final Duration KILL_BOUND = Duration.ofSeconds(3);

    /** No graceful phase, and the forceful one. */
    static final Plan KILL_PLAN = new Plan(List.of(), kill(KILL_BOUND));

    private Stops() {}

    /** No graceful phase, and the forceful one with another timeout. */
    static Plan killPlan(Duration timeout) {
        return new Plan(List.of(), kill(timeout));
    }

    static Plan plan(GracefulShutdown shutdown) {
        List<Phase> phases = new ArrayList<>(shutdown.steps());
        phases.addAll(Family.WINDOWS ? phases(shutdown.windows()) : phases(shutdown.unix()));
        return new Plan(phases, kill(shutdown.forceKillTimeout()));
    }

    private static Phase kill(Duration timeout) {
        return new Phase(Family.KILL, Signals.number(UnixSignal.SIGKILL), Durations.nanos(timeout));
    }

    private static List<Phase> phases(UnixGracefulShutdown shutdown) {
        List<Phase> phases = new ArrayList<>();
        for (UnixGracefulPhase phase : shutdown.phases()) {
            phases.add(new Phase(
                    phase.signal().name(), Signals.number(phase.signal()), Durations.nanos(phase.timeout())));
        }
        return phases;
    }

    private static List<Phase> phases(WindowsGracefulShutdown shutdown) {
        return shutdown.isNone()
                ? List.of()
                : List.of(new Phase(Family.CTRL_BREAK, Signals.CTRL_BREAK, Durations.nanos(shutdown.timeout())));
    }

    /**
     * Returns the report of a stop.
     *
     * @throws TerminationFailedException it could not be stopped
     */
    static TerminationReport report(Log.Subject subject, Outcome outcome) throws TerminationFailedException {
        List<TerminationAttempt> attempts = attempts(outcome);
        if (outcome.status().isEmpty()) {
            throw new TerminationFailedException(
                    subject.name(), subject.pid(), attempts, survivors(outcome.survivors()));
        }
        return new TerminationReport(
                subject.name(),
                subject.pid(),
                outcome.status().get(),
                outcome.forced(),
                outcome.endedBy(),
                Duration.ofNanos(outcome.elapsedNanos()),
                attempts,
                survivors(outcome.stragglers()));
    }

    static List<Survivor> survivors(List<LiveProcess> processes) {
        List<Survivor> survivors = new ArrayList<>(processes.size());
        for (LiveProcess process : processes) {
            survivors.add(new Survivor(process.pid(), process.command(), process.state()));
        }
        return survivors;
    }

    private static List<TerminationAttempt> attempts(Outcome outcome) {
        List<TerminationAttempt> attempts = new ArrayList<>(outcome.attempts().size());
        for (Attempt attempt : outcome.attempts()) {
            attempts.add(attempt(attempt));
        }
        return attempts;
    }

    private static TerminationAttempt attempt(Attempt attempt) {
        return new TerminationAttempt(
                attempt.action(),
                Duration.ofNanos(attempt.afterNanos()),
                Duration.ofNanos(attempt.tookNanos()),
                attempt.error(),
                attempt.notes());
    }
}
