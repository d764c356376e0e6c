package io.github.lastcall.internal.escalation;

import java.util.List;

/**
 * What one caller wants done: the graceful phases in order, then the forceful one.
 *
 * @param phases the graceful phases; none for a kill
 * @param forceful the last phase
 */
public record Plan(List<Phase> phases, Phase forceful) {

    /** Creates one. */
    public Plan {
        phases = List.copyOf(phases);
    }

    /** Returns the same with another bound after the forceful signal, in nanoseconds. */
    public Plan within(long forcefulNanos) {
        return new Plan(phases, new Phase(forceful.signalName(), forcefulNanos));
    }

    /** How long the graceful phases take at the most, in nanoseconds, if every signal can be sent. */
    long gracefulNanos() {
        long sum = 0;
        for (Phase phase : phases) {
            sum += phase.timeoutNanos();
            if (sum < 0) {
                return Long.MAX_VALUE;
            }
        }
        return sum;
    }
}
