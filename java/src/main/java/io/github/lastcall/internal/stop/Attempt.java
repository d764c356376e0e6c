package io.github.lastcall.internal.stop;

import io.github.lastcall.TerminationAction;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * One attempt of a stop.
 *
 * @param action the action
 * @param afterNanos when it began, since the begin of the stop
 * @param tookNanos how long it took
 * @param error why it failed; empty: it succeeded
 * @param notes explanations
 */
public record Attempt(
        TerminationAction action, long afterNanos, long tookNanos, Optional<IOException> error, List<String> notes) {

    /** Returns a copy with other notes. */
    Attempt with(List<String> others) {
        return new Attempt(action, afterNanos, tookNanos, error, others);
    }
}
