package io.github.lastcall.internal.stop;

import java.io.IOException;
import java.util.Optional;

/**
 * A line for the log, to be written when no signal is due.
 *
 * @param text the line
 * @param cause what went wrong; empty: nothing was thrown
 * @param action the name of the action that it is about, a signal mostly
 * @param phase the number of the phase, from 1 on
 * @param level how much it matters
 */
public record Line(String text, Optional<IOException> cause, String action, int phase, Level level) {

    /** Returns the same with another text. */
    Line with(String other) {
        return new Line(other, cause, action, phase, level);
    }

    /** How much a line matters. */
    public enum Level {
        /** A step that was taken. */
        DETAIL,
        /** A step that did not help. */
        WARNING,
        /** It could not be stopped. */
        FAILURE
    }
}
