package io.github.lastcall.internal.cli;

import io.github.lastcall.UnixGracefulPhase;
import io.github.lastcall.UnixSignal;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What the command line asks for.
 *
 * @param limit when to stop the command; zero: never
 * @param killAfter how long after the first signal to kill it; zero: never
 * @param signal what to stop it with; empty: signal 0, which reaches nobody
 * @param phases what to stop it with instead, one after the other, and then SIGKILL; empty: the signal
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
        List<UnixGracefulPhase> phases,
        boolean foreground,
        boolean preserveStatus,
        boolean verbose,
        Report report,
        Optional<String> name,
        List<String> command) {

    /** How to say what came of a stop. */
    enum Report { NONE, TEXT, JSON }
}
