package io.github.lastcall.internal.stop;

import io.github.lastcall.internal.Durations;
import java.util.List;

/**
 * How one caller wants the process to be stopped: the graceful phases in order, then the forceful phase.
 *
 * @param phases the graceful phases; empty for a kill
 * @param forceful the last phase
 * @param gracefulNanos how long the graceful phases take at most, in nanoseconds
 */
public record Plan(List<Phase> phases, Phase forceful, long gracefulNanos) {

    /** How long to wait after an action that has failed, because the process may just have exited: 100 ms. */
    static final long GRACE_NANOS = 100_000_000;

    /** Creates a plan. */
    public Plan(List<Phase> phases, Phase forceful) {
        this(List.copyOf(phases), forceful, gracefulNanos(phases));
    }

    /** Returns a copy with another timeout of the forceful phase, in nanoseconds. */
    public Plan within(long forcefulNanos) {
        return new Plan(phases, new Phase(forceful.action(), forcefulNanos));
    }

    private static long gracefulNanos(List<Phase> phases) {
        long sum = 0;
        for (Phase phase : phases) {
            sum = Durations.sum(sum, Math.max(phase.timeoutNanos(), GRACE_NANOS));
        }
        return sum;
    }

    /** After how many nanoseconds the forceful signal is due. The first look may take {@link #GRACE_NANOS}. */
    long forcefulAfterNanos() {
        return Durations.sum(GRACE_NANOS, gracefulNanos);
    }

    /** After how many nanoseconds the caller gives up. */
    public long boundNanos() {
        return Durations.sum(forcefulAfterNanos(), forceful.timeoutNanos());
    }
}
