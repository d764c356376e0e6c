package io.github.lastcall.internal.cli;

import io.github.lastcall.Containment;
import io.github.lastcall.UnixGracefulPhase;
import io.github.lastcall.UnixSignal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What the command line asks for.
 *
 * @param limit when to stop the command; zero: never
 * @param killAfter how long after the first signal to kill it; zero: never
 * @param signal what to stop it with; empty: signal 0, which reaches nobody
 * @param steps what to do before that, in this order
 * @param phases what to stop it with instead, one after the other, and then SIGKILL; empty: the signal
 * @param containment who belongs to it
 * @param foreground whether it stays in the process group of this program
 * @param preserveStatus whether its status is ours also after the limit
 * @param verbose whether to say which signals are sent
 * @param report how to say what came of a stop
 * @param name what to call it
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

    /** How to say what came of a stop. */
    enum Report { NONE, TEXT, JSON }

    /**
     * A step of a stop that is no signal.
     *
     * @param command what to run; empty: its standard input is closed
     * @param timeout how long to wait for the end after it
     */
    record Step(List<String> command, Duration timeout) {}

    /** Those that a policy refuses, because nothing ends of them by itself. */
    private static final Set<UnixSignal> NO_PHASES =
            Set.of(UnixSignal.SIGKILL, UnixSignal.SIGSTOP, UnixSignal.SIGTSTP);

    /** Whether a policy can stop it as is asked for. */
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
