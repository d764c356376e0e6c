package io.github.lastcall;

import io.github.lastcall.internal.Durations;
import java.io.Serializable;
import java.time.Duration;
import java.util.Objects;

/**
 * What one {@linkplain TerminationAttempt attempt} of a termination did. Later versions add kinds: a {@code switch}
 * over this type needs a {@code default}.
 */
public interface TerminationAction extends Serializable {

    /** Looked whether the process has ended. */
    record CheckStatus() implements TerminationAction {

        /**
         * Returns the action in words.
         *
         * @return {@code check status}
         */
        @Override
        public String toString() {
            return "check status";
        }
    }

    /**
     * Sent a signal, a console control event, or the OS's forceful kill.
     *
     * @param signalName its name with the OS, such as {@code SIGTERM}
     */
    record SendSignal(String signalName) implements TerminationAction {

        /**
         * Checks the component.
         *
         * @throws NullPointerException if the name is null
         */
        public SendSignal {
            Objects.requireNonNull(signalName, "signalName");
        }

        /**
         * Returns the action in words.
         *
         * @return for example {@code send signal SIGTERM}
         */
        @Override
        public String toString() {
            return "send signal " + signalName;
        }
    }

    /**
     * Waited for the process to end.
     *
     * @param limit how long at most
     */
    record WaitForExit(Duration limit) implements TerminationAction {

        /**
         * Checks the component.
         *
         * @throws NullPointerException if the limit is null
         * @throws IllegalArgumentException if it is negative
         */
        public WaitForExit {
            Durations.require(limit, "limit");
        }

        /**
         * Returns the action in words.
         *
         * @return for example {@code wait for exit (5 s)}
         */
        @Override
        public String toString() {
            return "wait for exit (" + Durations.text(limit) + ")";
        }
    }

    /** Flushed and closed the standard input of the process. */
    record CloseInput() implements TerminationAction {

        /**
         * Returns the action in words.
         *
         * @return {@code close input}
         */
        @Override
        public String toString() {
            return "close input";
        }
    }

    /**
     * Ran a command.
     *
     * @param program the program as the policy names it, without its arguments, which may hold secrets
     */
    record RunCommand(String program) implements TerminationAction {

        /**
         * Checks the component.
         *
         * @throws NullPointerException if the program is null
         */
        public RunCommand {
            Objects.requireNonNull(program, "program");
        }

        /**
         * Returns the action in words.
         *
         * @return for example {@code run redis-cli}
         */
        @Override
        public String toString() {
            return "run " + program;
        }
    }

    /**
     * Called a {@link StopAction}.
     *
     * @param name the name that the policy gives it
     */
    record Call(String name) implements TerminationAction {

        /**
         * Checks the component.
         *
         * @throws NullPointerException if the name is null
         */
        public Call {
            Objects.requireNonNull(name, "name");
        }

        /**
         * Returns the action in words.
         *
         * @return for example {@code call drain}
         */
        @Override
        public String toString() {
            return "call " + name;
        }
    }

    /**
     * Left a step out.
     *
     * @param reason why
     */
    record Skipped(String reason) implements TerminationAction {

        /**
         * Checks the component.
         *
         * @throws NullPointerException if the reason is null
         */
        public Skipped {
            Objects.requireNonNull(reason, "reason");
        }

        /**
         * Returns the action in words.
         *
         * @return {@code skipped: } and the reason
         */
        @Override
        public String toString() {
            return "skipped: " + reason;
        }
    }
}
