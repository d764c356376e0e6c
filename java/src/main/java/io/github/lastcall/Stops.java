package io.github.lastcall;

import io.github.lastcall.internal.Durations;
import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.Signals;
import io.github.lastcall.internal.process.Child;
import io.github.lastcall.internal.stop.Attempt;
import io.github.lastcall.internal.stop.LiveProcess;
import io.github.lastcall.internal.stop.Outcome;
import io.github.lastcall.internal.stop.Phase;
import io.github.lastcall.internal.stop.Plan;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** Between the public words of a stop and the stop's: policies go in, reports and exceptions come out. */
final class Stops {

    /** No graceful phase, and the forceful one, with the 3 s that the API promises of kill(). */
    static final Plan KILL_PLAN = killPlan(Duration.ofSeconds(3));

    private Stops() {}

    /** No graceful phase, and the forceful one with another timeout. */
    static Plan killPlan(Duration timeout) {
        return new Plan(List.of(), kill(timeout));
    }

    static Plan plan(GracefulShutdown shutdown, boolean onWindows) {
        List<Phase> phases = new ArrayList<>(shutdown.steps());
        phases.addAll(onWindows ? phases(shutdown.windows()) : phases(shutdown.unix()));
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

    /** Returns the exception of a stop that has failed, with the last lines of the output. */
    static TerminationFailedException failure(Log.Subject subject, Outcome outcome, String lastLines) {
        return new TerminationFailedException(subject, attempts(outcome), survivors(outcome.survivors()), lastLines);
    }

    /** Returns the report of a stop that has succeeded. */
    static TerminationReport report(Log.Subject subject, Outcome outcome) {
        return new TerminationReport(
                subject.name(),
                subject.pid(),
                outcome.status().orElseThrow(),
                outcome.forced(),
                outcome.endedBy(),
                Duration.ofNanos(outcome.elapsedNanos()),
                attempts(outcome),
                survivors(outcome.stragglers()),
                survivors(outcome.escaped()));
    }

    /** Sends one signal. What takes memory comes after it. */
    static void send(Child child, UnixSignal signal) throws SignalFailedException {
        Objects.requireNonNull(signal, "signal");
        if (Family.WINDOWS) {
            throw new UnsupportedOperationException("signals exist on Unix only");
        }
        send(child, signal.name(), Signals.number(signal));
    }

    /** Sends what has this name, {@link Signals#CTRL_BREAK} as well. */
    static void send(Child child, String signal, int number) throws SignalFailedException {
        long begun = System.nanoTime();
        try {
            if (number == Signals.CTRL_BREAK ? child.sendBreak() : child.send(number, false)) {
                Log.debug(child, "sent " + signal, "signal", signal);
            }
        } catch (IOException refused) {
            TerminationAttempt attempt = new TerminationAttempt(
                    new TerminationAction.SendSignal(signal),
                    Duration.ZERO,
                    Duration.ofNanos(System.nanoTime() - begun),
                    Optional.of(refused),
                    List.of());
            throw new SignalFailedException(child.subject(), signal, attempt);
        }
    }

    static List<Survivor> survivors(List<LiveProcess> processes) {
        if (processes.isEmpty()) {
            return List.of();
        }
        List<Survivor> survivors = new ArrayList<>(processes.size());
        for (LiveProcess process : processes) {
            survivors.add(new Survivor(process.pid(), process.command(), process.state()));
        }
        return survivors;
    }

    private static List<TerminationAttempt> attempts(Outcome outcome) {
        TerminationAttempt[] attempts = new TerminationAttempt[outcome.attempts().size()];
        for (int i = 0; i < attempts.length; i++) {
            attempts[i] = attempt(outcome.attempts().get(i));
        }
        return List.of(attempts);
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
