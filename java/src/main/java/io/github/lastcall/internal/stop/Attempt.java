package io.github.lastcall.internal.stop;

import io.github.lastcall.TerminationAction;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * One thing that was tried.
 *
 * @param action what
 * @param afterNanos when, since the stop began
 * @param tookNanos how long it took
 * @param error why it failed; empty: it did not
 * @param notes facts that explain it
 */
public record Attempt(
        TerminationAction action, long afterNanos, long tookNanos, Optional<IOException> error, List<String> notes) {

    /** Returns the same with other notes. */
    Attempt with(List<String> others) {
        return new Attempt(action, afterNanos, tookNanos, error, others);
    }
}
