package io.github.lastcall.benchmarks;

import java.io.IOException;

/**
 * How much to measure.
 *
 * @param pace for most sections
 * @param slowPace with many descriptors open, where a child of the JDK takes 20 ms
 * @param children how many at once
 * @param childrenRounds how often that
 * @param slowChildrenRounds how often that with many descriptors open
 * @param freshRounds how often in fresh JVMs
 */
record Effort(
        Pace pace, Pace slowPace, int children, int childrenRounds, int slowChildrenRounds, int freshRounds) {

    /** For RESULTS.md. */
    static final Effort ALL = new Effort(new Pace(2000, 2000, 1, 14, 40), new Pace(500, 500, 1, 10, 8), 1000, 5, 3, 11);

    /** For the budgets: each run of the pace has fresh JVMs, which do not all compile alike. */
    static final Effort BUDGETS =
            new Effort(new Pace(10_000, 2000, 5, 5, 40), new Pace(5000, 100, 5, 5, 16), 1000, 5, 3, 11);

    /** As the budgets, on a machine that others use: for an estimate. */
    static final Effort BUDGETS_BRIEFLY =
            new Effort(new Pace(2000, 2000, 2, 5, 40), new Pace(1000, 200, 1, 5, 16), 1000, 5, 3, 9);

    /** For what CI compares. */
    static final Effort CHECK = new Effort(new Pace(500, 500, 1, 5, 16), new Pace(500, 500, 1, 5, 16), 100, 5, 5, 5);

    /** Shows that everything runs, measures nothing worth quoting. */
    static final Effort QUICK = new Effort(new Pace(50, 50, 1, 5, 10), new Pace(5, 5, 1, 3, 5), 100, 1, 1, 3);

    /**
     * How long to measure where one child comes after the other.
     *
     * @param warmUp children of each of our rows that do not count: it takes many until what is Java is compiled, see
     *     {@link WarmingUp}
     * @param otherWarmUp the same for all others: most is C there, and with many descriptors open a child of the JDK
     *     takes 20 ms
     * @param runs how often all of this, each time with fresh workers
     * @param rounds how many rounds in a run
     * @param perRound children of each row in a round
     */
    record Pace(int warmUp, int otherWarmUp, int runs, int rounds, int perRound) {}

    Pace pace(Section section) {
        return section.descriptors() > 0 ? slowPace : pace;
    }

    /**
     * Measures a section.
     *
     * @param like where fresh workers are from: what one section leaves behind is not the next one's
     */
    Ratios measure(Section section, Workers like) throws IOException, InterruptedException {
        return switch (section.kind()) {
            case WARM -> Trial.run(section, pace(section), like);
            case FRESH -> Trial.runFresh(section, freshRounds, Sections.FIRST_STOPS, like);
            case MANY -> ManyTrial.run(
                    section,
                    pace(section),
                    children,
                    section.descriptors() > 0 ? slowChildrenRounds : childrenRounds,
                    like);
            case PROGRAM -> ProgramTrial.run(section, freshRounds, like);
        };
    }
}
