package io.github.lastcall.internal.stop;

import java.io.IOException;
import java.util.Optional;

/**
 * A line for the log, which is written when no signal is due.
 *
 * @param text the line
 * @param cause the exception; empty: none
 * @param action the name of the action that it is about, usually a signal
 * @param phase the number of the phase, from 1 on
 * @param level its level
 */
public record Line(String text, Optional<IOException> cause, String action, int phase, Level level) {

    /** Returns a copy with another text. */
    Line with(String other) {
        return new Line(other, cause, action, phase, level);
    }

    /** The level of a line. */
    public enum Level {
        /** A step was done. */
        DETAIL,
        /** A step has failed or did not end the process. */
        WARNING,
        /** The process could not be stopped. */
        FAILURE
    }
}
