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
        return phases.stream().mapToLong(Phase::timeoutNanos).reduce(0, Plan::saturatedSum);
    }

    /** As {@link #gracefulNanos()}, with the forceful phase. */
    long totalNanos() {
        return saturatedSum(gracefulNanos(), forceful.timeoutNanos());
    }

    static long saturatedSum(long left, long right) {
        return right > Long.MAX_VALUE - left ? Long.MAX_VALUE : left + right;
    }
}
