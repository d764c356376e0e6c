package io.github.lastcall.internal.stop;

import io.github.lastcall.TerminationAction;
import java.util.List;
import java.util.Objects;

/** What a phase does before it waits. Its name is what reports and the log call it. */
public sealed interface Action {

    /** In the words of the OS, or of the policy. */
    String name();

    /** What is recorded of it. */
    TerminationAction recorded();

    /** The number of the signal, which only those know who send it; 0: this is no signal. */
    default int signal() {
        return 0;
    }

    /** Whether it is code of this JVM: where that has ended it is left out. */
    default boolean isCode() {
        return false;
    }

    /** How the log says that it was done. */
    default String done() {
        return "done: " + name();
    }

    /** How the log says that it was not, before the reason. */
    default String failed() {
        return name() + " failed";
    }

    /** What is known of one that was begun and has not answered when its time is up. */
    String unanswered();

    /**
     * Sends a signal, or what the OS has in place of one.
     *
     * @param name its name
     * @param signal its number
     */
    record Signal(String name, int signal) implements Action {

        @Override
        public TerminationAction recorded() {
            return new TerminationAction.SendSignal(name);
        }

        @Override
        public String done() {
            return "sent " + name;
        }

        @Override
        public String failed() {
            return "refused " + name;
        }

        @Override
        public String unanswered() {
            return "it is not known whether it was sent";
        }
    }

    /** Closes the standard input. */
    record CloseInput() implements Action {

        @Override
        public String name() {
            return "closeInput";
        }

        @Override
        public TerminationAction recorded() {
            return new TerminationAction.CloseInput();
        }

        @Override
        public String unanswered() {
            throw new IllegalStateException("it is done at once");
        }
    }

    /**
     * Runs a command.
     *
     * @param command the program and its arguments
     */
    record Run(List<String> command) implements Action {

        /** Copies it. */
        public Run {
            command = List.copyOf(command);
        }

        @Override
        public String name() {
            return "run:" + program();
        }

        @Override
        public TerminationAction recorded() {
            return new TerminationAction.RunCommand(program());
        }

        @Override
        public String unanswered() {
            return "it had not ended and was stopped";
        }

        private String program() {
            return command.get(0);
        }
    }

    /**
     * Calls code of the user.
     *
     * @param of the user's name for it
     * @param code what is called
     */
    record Call(String of, Code code) implements Action {

        /** Checks them. */
        public Call {
            Objects.requireNonNull(of, "of");
            Objects.requireNonNull(code, "code");
        }

        @Override
        public String name() {
            return "call:" + of;
        }

        @Override
        public boolean isCode() {
            return true;
        }

        @Override
        public TerminationAction recorded() {
            return new TerminationAction.Call(of);
        }

        @Override
        public String unanswered() {
            return "it had not returned and was interrupted";
        }

        /** Code of the user, for a handle of his. */
        @FunctionalInterface
        public interface Code {
            /** Runs it. */
            void on(Object handle) throws Exception;
        }
    }
}
