package io.github.lastcall.benchmarks;

import java.io.IOException;

/**
 * How much to measure.
 *
 * @param pace for most sections
 * @param slowPace for sections with many descriptors open, where a child of the JDK takes 20 ms
 * @param children how many children at once
 * @param childrenRounds how many rounds with that many children
 * @param slowChildrenRounds the same with many descriptors open
 * @param freshRounds how many rounds with fresh JVMs
 */
record Effort(
        Pace pace, Pace slowPace, int children, int childrenRounds, int slowChildrenRounds, int freshRounds) {

    /** For RESULTS.md. */
    static final Effort ALL = new Effort(new Pace(2000, 2000, 1, 14, 40), new Pace(500, 500, 1, 10, 8), 1000, 5, 3, 11);

    /** For the budgets. Each run of the pace has fresh JVMs, because not all JVMs compile the same. */
    static final Effort BUDGETS =
            new Effort(new Pace(10_000, 2000, 5, 5, 40), new Pace(5000, 100, 5, 5, 16), 1000, 5, 3, 11);

    /** For an estimate of the budgets, also on a busy machine. */
    static final Effort BUDGETS_BRIEFLY =
            new Effort(new Pace(2000, 2000, 2, 5, 40), new Pace(1000, 200, 1, 5, 16), 1000, 5, 3, 9);

    /** For what CI compares. */
    static final Effort CHECK = new Effort(new Pace(500, 500, 1, 5, 16), new Pace(500, 500, 1, 5, 16), 100, 5, 5, 5);

    /** Only shows that everything runs. The results mean nothing. */
    static final Effort QUICK = new Effort(new Pace(50, 50, 1, 5, 10), new Pace(5, 5, 1, 3, 5), 100, 1, 1, 3);

    /**
     * How much to measure if one child follows the other.
     *
     * @param warmUp how many children of each row of Lastcall come first and do not count: Java code is compiled only
     *     after many calls, see {@link WarmingUp}
     * @param otherWarmUp the same for the other rows, which run mostly C code; with many descriptors open a child of
     *     the JDK takes 20 ms
     * @param runs how often to repeat all of this, each time with fresh workers
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
     * @param like creates fresh workers, so that no section is affected by the one before
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
