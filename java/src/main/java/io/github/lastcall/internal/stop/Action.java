package io.github.lastcall.internal.stop;

import io.github.lastcall.TerminationAction;
import io.github.lastcall.internal.Quoted;
import java.util.List;

/** What a phase does before it waits. */
public sealed interface Action {

    /** Its name in reports and in the log. */
    String name();

    /** The action for the report. */
    TerminationAction recorded();

    /** The number of the signal, which this room does not interpret; 0: not a signal. */
    default int signal() {
        return 0;
    }

    /** Whether it is code of this JVM, which the guardian cannot run. */
    default boolean isCode() {
        return false;
    }

    /** The text for the log after it was done. */
    default String done() {
        return "done: " + name();
    }

    /** The text for the log after it has failed, without the reason. */
    default String failed() {
        return name() + " failed";
    }

    /** The error for an action that has begun and has no result when its time is up. */
    String unanswered();

    /**
     * Sends a signal, or the OS's replacement for one.
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
     * @param command the program and its arguments, unmodifiable
     */
    record Run(List<String> command) implements Action {

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
            return Quoted.visible(command.get(0));
        }
    }

    /**
     * Calls code of the user.
     *
     * @param of the name that the user has given it
     * @param code what is called
     */
    record Call(String of, Code code) implements Action {

        /** Escapes invisible characters of the name. */
        public Call {
            of = Quoted.visible(of);
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

        /** Users' code that gets a handle. */
        @FunctionalInterface
        public interface Code {
            /** Runs it. */
            void on(Object handle) throws Exception;
        }
    }
}
