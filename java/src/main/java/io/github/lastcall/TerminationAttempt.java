package io.github.lastcall;

import io.github.lastcall.internal.Durations;
import java.io.IOException;
import java.io.Serial;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * One step of a termination: what was done, when, for how long, and with which result. Immutable. Two attempts are
 * equal if all of that is equal; errors are exceptions and equal only to themselves.
 */
public final class TerminationAttempt implements Serializable {

    @Serial
    private static final long serialVersionUID = 1L;

    private static final String TIMED_OUT = "timed out";

    /** What was done. */
    private final TerminationAction action;
    /** When. */
    private final Duration after;
    /** For how long. */
    private final Duration took;
    /** The error, or null. */
    private final IOException errorOrNull;
    /** What else was seen. */
    @SuppressWarnings("serial") // what List.copyOf returns is serializable
    private final List<String> notes;

    TerminationAttempt(TerminationAction action, Duration after, Duration took, Optional<IOException> error,
            List<String> notes) {
        this.action = action;
        this.after = after;
        this.took = took;
        this.errorOrNull = error.orElse(null);
        this.notes = List.copyOf(notes);
    }

    /**
     * Returns what was done.
     *
     * @return the action
     */
    public TerminationAction action() {
        return action;
    }

    /**
     * Returns when it was begun.
     *
     * @return the time since the termination began
     */
    public Duration after() {
        return after;
    }

    /**
     * Returns how long it took.
     *
     * @return the time from its begin to its end
     */
    public Duration took() {
        return took;
    }

    /**
     * Returns what went wrong: an {@link OsException} where the OS refused, or an exception that says "timed out after"
     * where a wait has seen no exit.
     *
     * @return the error, empty if the step did what it was to do
     */
    public Optional<IOException> error() {
        return Optional.ofNullable(errorOrNull);
    }

    /**
     * Returns what else was seen, such as {@code SIGTERM is ignored by 4712 (node)} after a wait that timed out. The
     * texts are for people and may change.
     *
     * @return the notes, unmodifiable, often empty
     */
    public List<String> notes() {
        return notes;
    }

    /** The step and its error in one clause, for the message of an exception. */
    String failure() {
        String error = words(errorOrNull);
        // The limit is in the error already: not "wait for exit (5 s) failed: timed out after 5 s".
        if (action instanceof TerminationAction.WaitForExit && error.startsWith(TIMED_OUT)) {
            return "wait for exit " + error;
        }
        return action + " failed: " + error;
    }

    /** An exception without a message has at least a class. */
    static String words(IOException error) {
        return error.getMessage() == null ? error.toString() : error.getMessage();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TerminationAttempt that && action.equals(that.action) && after.equals(that.after)
                && took.equals(that.took) && Objects.equals(errorOrNull, that.errorOrNull) && notes.equals(that.notes);
    }

    @Override
    public int hashCode() {
        return Objects.hash(action, after, took, errorOrNull, notes);
    }

    /**
     * Returns the attempt in one line: the action, when it was begun and how long it took, its error and its notes.
     *
     * @return for example {@code send signal SIGTERM [at 0 ms, took 40 us]: EPERM (1) in pidfd_send_signal}
     */
    @Override
    public String toString() {
        String times = " [at " + Durations.text(after) + ", took " + Durations.text(took) + "]";
        String error = errorOrNull == null ? "" : ": " + words(errorOrNull);
        return action + times + error + (notes.isEmpty() ? "" : " (" + String.join("; ", notes) + ")");
    }
}
