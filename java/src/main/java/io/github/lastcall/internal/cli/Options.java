package io.github.lastcall.internal.cli;

import io.github.lastcall.Containment;
import io.github.lastcall.UnixGracefulPhase;
import io.github.lastcall.UnixSignal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The parsed command line.
 *
 * @param limit when to stop the command; zero: never
 * @param killAfter how long after the first signal to kill it; zero: never
 * @param signal the signal to stop it with; empty: signal 0, which has no effect
 * @param steps the steps before the signal, in order
 * @param phases the phases to stop it with instead of the signal, before SIGKILL; empty: the signal is used
 * @param containment how its members are recognised
 * @param foreground whether it stays in the process group of this program
 * @param preserveStatus whether to exit with its status also after the limit
 * @param verbose whether to print which signals are sent
 * @param report how to print the report of a stop
 * @param name its name
 * @param command the program and its arguments
 */
record Options(
        Duration limit,
        Duration killAfter,
        Optional<UnixSignal> signal,
        List<Step> steps,
        List<UnixGracefulPhase> phases,
        Containment containment,
        boolean foreground,
        boolean preserveStatus,
        boolean verbose,
        Report report,
        Optional<String> name,
        List<String> command) {

    /** How to print the report of a stop. */
    enum Report { NONE, TEXT, JSON }

    /**
     * A step of a stop that is not a signal.
     *
     * @param command what to run; empty: its standard input is closed
     * @param timeout how long to wait for the end after it
     */
    record Step(List<String> command, Duration timeout) {}

    /** The signals that a policy refuses, because they end no process. */
    private static final Set<UnixSignal> NO_PHASES =
            Set.of(UnixSignal.SIGKILL, UnixSignal.SIGSTOP, UnixSignal.SIGTSTP);

    /** Whether a policy can express the requested stop. */
    boolean isPolicy() {
        return !phases.isEmpty() || signal.isPresent() && !NO_PHASES.contains(signal.get());
    }

    /** The program, for a message. */
    String program() {
        return Texts.quoted(command.get(0));
    }

    boolean closesInput() {
        return steps.stream().anyMatch(step -> step.command().isEmpty());
    }
}
