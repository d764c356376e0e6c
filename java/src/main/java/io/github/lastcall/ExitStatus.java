package io.github.lastcall;

import java.util.Objects;
import java.util.Optional;

/**
 * How a process ended, as the OS reports it: with a code of its own, by a signal, or in a way that could not be learnt.
 */
public sealed interface ExitStatus {

    /**
     * Returns whether the process exited with code 0.
     *
     * @return true for {@code Exited(0)} alone
     */
    boolean success();

    /**
     * Returns the number that {@link Process#exitValue()} has for this end: the code of a process that exited, 128 plus
     * the signal's number for one that was killed, and -1 for an unknown end. The number cannot distinguish {@code
     * exit(143)} from a SIGTERM; this type can.
     *
     * @return the number
     */
    int toExitValue();

    /**
     * The process exited by itself.
     *
     * @param code what it passed to exit: 0 to 255 on Unix, 32 bits as a signed number on Windows
     */
    record Exited(int code) implements ExitStatus {

        @Override
        public boolean success() {
            return code == 0;
        }

        @Override
        public int toExitValue() {
            return code;
        }

        /**
         * Returns the end in words.
         *
         * @return for example {@code exited with code 0}
         */
        @Override
        public String toString() {
            return "exited with code " + code;
        }
    }

    /**
     * A signal ended the process (Unix).
     *
     * @param signal the OS's number of the signal
     * @param name the signal, empty if {@link UnixSignal} has no name for it
     * @param coreDumped whether a core was dumped
     */
    record Signaled(int signal, Optional<UnixSignal> name, boolean coreDumped) implements ExitStatus {

        /**
         * Checks the components.
         *
         * @throws IllegalArgumentException if the signal is not positive
         * @throws NullPointerException if the name is null
         */
        public Signaled {
            if (signal <= 0) {
                throw new IllegalArgumentException("signal is not positive: " + signal);
            }
            Objects.requireNonNull(name, "name");
        }

        @Override
        public boolean success() {
            return false;
        }

        @Override
        public int toExitValue() {
            return 128 + signal;
        }

        /**
         * Returns the end in words.
         *
         * @return for example {@code killed by SIGTERM} or {@code killed by signal 33 (core dumped)}
         */
        @Override
        public String toString() {
            String by = name.isPresent() ? name.get().toString() : "signal " + signal;
            return "killed by " + by + (coreDumped ? " (core dumped)" : "");
        }
    }

    /**
     * The process is gone, but its status is not known: another waiter took it, or a tracer holds it.
     *
     * @param reason why it is not known
     */
    record Unknown(String reason) implements ExitStatus {

        /**
         * Checks the component.
         *
         * @throws NullPointerException if the reason is null
         */
        public Unknown {
            Objects.requireNonNull(reason, "reason");
        }

        @Override
        public boolean success() {
            return false;
        }

        @Override
        public int toExitValue() {
            return -1;
        }

        /**
         * Returns the end in words.
         *
         * @return for example {@code unknown: held by a tracer}
         */
        @Override
        public String toString() {
            return "unknown: " + reason;
        }
    }
}
