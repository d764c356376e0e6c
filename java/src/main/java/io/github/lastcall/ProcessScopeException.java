package io.github.lastcall;

import java.io.IOException;
import java.io.Serial;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Some processes of a {@link ProcessScope} could not be stopped. They may still be running, they are still armed, and
 * the scope still holds them. The first failure is the {@linkplain #getCause() cause}, the others are {@linkplain
 * #getSuppressed() suppressed}, and the message has them: {@code Failed to terminate 1 of 3 processes: (1) Failed to
 * terminate process 'api' (pid 4711). Attempt errors: [1] send signal SIGTERM failed: EPERM (1) in pidfd_send_signal}.
 */
public final class ProcessScopeException extends IOException {

    @Serial
    private static final long serialVersionUID = 1L;

    /** How many failures the message has: a scope may hold thousands. */
    private static final int SHOWN = 10;

    /** The reports, or null after deserialization. */
    private final transient List<TerminationReport> reports;
    /** The failures. */
    @SuppressWarnings("serial") // what List.copyOf returns is serializable
    private final List<TerminationException> failures;

    ProcessScopeException(List<TerminationReport> reports, List<TerminationException> failures) {
        super(message(reports.size() + failures.size(), failures), failures.get(0));
        this.reports = List.copyOf(reports);
        this.failures = List.copyOf(failures);
        failures.stream().skip(1).forEach(this::addSuppressed);
    }

    private static String message(int all, List<TerminationException> failures) {
        String shown = IntStream.range(0, Math.min(SHOWN, failures.size()))
                .mapToObj(i -> "(" + (i + 1) + ") " + failures.get(i).getMessage())
                .collect(Collectors.joining("; "));
        int others = failures.size() - SHOWN;
        return "Failed to terminate " + failures.size() + " of " + all + (all == 1 ? " process: " : " processes: ")
                + shown + (others > 0 ? "; and " + others + " more" : "");
    }

    /**
     * Returns the reports of the processes that were stopped.
     *
     * @return the reports in the order in which the starts of their processes returned, unmodifiable; empty after
     *     deserialization
     */
    public List<TerminationReport> reports() {
        return reports == null ? List.of() : reports;
    }

    /**
     * Returns what could not be stopped, and why.
     *
     * @return the failures in the order in which the starts of their processes returned, unmodifiable, never empty
     */
    public List<TerminationException> failures() {
        return failures;
    }
}
