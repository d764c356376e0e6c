package io.github.lastcall;

import java.io.IOException;
import java.util.Objects;

/**
 * What a look at a process found. It is the state of that moment: a process seen running may have ended since.
 */
public sealed interface RunningState {

    /** The process has not ended. */
    record Running() implements RunningState {

        /**
         * Returns the state in words.
         *
         * @return {@code running}
         */
        @Override
        public String toString() {
            return "running";
        }
    }

    /**
     * The process has ended, for good.
     *
     * @param status how
     */
    record Terminated(ExitStatus status) implements RunningState {

        /**
         * Checks the component.
         *
         * @throws NullPointerException if the status is null
         */
        public Terminated {
            Objects.requireNonNull(status, "status");
        }

        /**
         * Returns the state in words.
         *
         * @return for example {@code terminated: exited with code 0}
         */
        @Override
        public String toString() {
            return "terminated: " + status;
        }
    }

    /**
     * The look failed. {@link Process#isAlive()} counts this as alive.
     *
     * @param cause why
     */
    record Uncertain(IOException cause) implements RunningState {

        /**
         * Checks the component.
         *
         * @throws NullPointerException if the cause is null
         */
        public Uncertain {
            Objects.requireNonNull(cause, "cause");
        }

        /**
         * Returns the state in words.
         *
         * @return for example {@code uncertain: EPERM (1) in waitid}
         */
        @Override
        public String toString() {
            return "uncertain: " + TerminationAttempt.words(cause);
        }
    }
}
