package io.github.lastcall;

import java.util.List;
import java.util.Objects;

/**
 * How a wait with a fallback ended: the process exited in time, or it was terminated at the timeout.
 */
public sealed interface WaitOutcome {

    /**
     * Returns how the process ended, whichever of the two it was.
     *
     * @return the exit status
     */
    ExitStatus exitStatus();

    /**
     * The process exited by itself within the timeout; nothing was sent to it.
     *
     * @param status how it ended
     * @param stragglers members of its group that still run, as far as the OS shows them; while there are any, the
     *     handle stays armed. Unmodifiable
     */
    record Completed(ExitStatus status, List<Survivor> stragglers) implements WaitOutcome {

        /**
         * Checks the components.
         *
         * @throws NullPointerException if one is null
         */
        public Completed {
            Objects.requireNonNull(status, "status");
            stragglers = List.copyOf(stragglers);
        }

        /**
         * Creates the outcome of a process that has left no members behind.
         *
         * @param status how it ended
         * @throws NullPointerException if it is null
         */
        public Completed(ExitStatus status) {
            this(status, List.of());
        }

        @Override
        public ExitStatus exitStatus() {
            return status;
        }

        /**
         * Returns the outcome in words.
         *
         * @return for example {@code completed: exited with code 0}, and the members that still run
         */
        @Override
        public String toString() {
            return "completed: " + status + (stragglers.isEmpty() ? "" : "; still running: " + stragglers);
        }
    }

    /**
     * The timeout passed and the process was terminated.
     *
     * @param report what the termination did
     */
    record TerminatedAfterTimeout(TerminationReport report) implements WaitOutcome {

        /**
         * Checks the component.
         *
         * @throws NullPointerException if the report is null
         */
        public TerminatedAfterTimeout {
            Objects.requireNonNull(report, "report");
        }

        @Override
        public ExitStatus exitStatus() {
            return report.exitStatus();
        }

        /**
         * Returns the outcome in words.
         *
         * @return for example
         *         {@code terminated after the timeout: api (pid 4711) ended by SIGTERM after 12 ms: exited with code 0}
         */
        @Override
        public String toString() {
            return "terminated after the timeout: " + report;
        }
    }
}
