package io.github.lastcall.internal.stop;

import java.util.List;

/**
 * What one caller wants done: the graceful phases in order, then the forceful one.
 *
 * @param phases the graceful phases; none for a kill
 * @param forceful the last phase
 * @param gracefulNanos how long the graceful phases take at the most, in nanoseconds
 */
public record Plan(List<Phase> phases, Phase forceful, long gracefulNanos) {

    /** How long an exit may take that raced with an action that failed: 100 ms. */
    static final long GRACE_NANOS = 100_000_000;

    /** Creates one. */
    public Plan(List<Phase> phases, Phase forceful) {
        this(List.copyOf(phases), forceful, gracefulNanos(phases));
    }

    /** Returns the same with another limit after the forceful signal, in nanoseconds. */
    public Plan within(long forcefulNanos) {
        return new Plan(phases, new Phase(forceful.action(), forcefulNanos));
    }

    private static long gracefulNanos(List<Phase> phases) {
        long sum = 0;
        for (Phase phase : phases) {
            sum = sum(sum, Math.max(phase.timeoutNanos(), GRACE_NANOS));
        }
        return sum;
    }

    /** After how many nanoseconds the forceful signal is due; the first look can take as long as the grace. */
    long forcefulAfterNanos() {
        return sum(GRACE_NANOS, gracefulNanos);
    }

    /** After how many nanoseconds the caller gives up. */
    public long boundNanos() {
        return sum(forcefulAfterNanos(), forceful.timeoutNanos());
    }

    private static long sum(long left, long right) {
        return right > Long.MAX_VALUE - left ? Long.MAX_VALUE : left + right;
    }
}
