package io.github.lastcall.internal.cli;

import io.github.lastcall.Survivor;
import io.github.lastcall.TerminationAction;
import io.github.lastcall.TerminationAttempt;
import io.github.lastcall.TerminationException;
import io.github.lastcall.TerminationReport;
import io.github.lastcall.internal.Durations;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Prints a stop for a person: one line for the outcome, one for each attempt. In UTF-8, in every locale: standard error
 * itself writes a byte for each character, see {@link Main}.
 */
final class Timeline {

    private Timeline() {}

    /** Prints a text of the library. */
    static void println(PrintStream err, String text) {
        utf8(err).println(text);
    }

    static void print(PrintStream err, TerminationReport report) {
        PrintStream out = utf8(err);
        out.println("lastcall: " + report);
        attempts(out, report.attempts());
        survivors(out, "outlived the leader", report.stragglers());
        survivors(out, "had left the group", report.escaped());
    }

    static void print(PrintStream err, TerminationException failure) {
        PrintStream out = utf8(err);
        out.println("lastcall: " + failure.getMessage());
        attempts(out, failure.attempts());
        survivors(out, "is still there", failure.survivors());
    }

    private static PrintStream utf8(PrintStream err) {
        return new PrintStream(err, true, StandardCharsets.UTF_8);
    }

    private static void attempts(PrintStream out, List<TerminationAttempt> attempts) {
        for (TerminationAttempt attempt : attempts) {
            out.printf("  %10s  %-28s %s%n", "+" + Durations.text(attempt.after()), attempt.action(), result(attempt));
            attempt.notes().forEach(note -> out.printf("  %10s    %s%n", "", note));
        }
    }

    /** The error of a wait says how long it was: "timed out after 3 s". */
    private static String result(TerminationAttempt attempt) {
        String result = attempt.error().map(Throwable::getMessage).orElse("ok");
        boolean saysHowLong = attempt.error().isPresent() && attempt.action() instanceof TerminationAction.WaitForExit;
        return saysHowLong ? result : result + " after " + Durations.text(attempt.took());
    }

    private static void survivors(PrintStream out, String what, List<Survivor> survivors) {
        survivors.forEach(survivor -> out.println("  " + survivor + " " + what));
    }
}
