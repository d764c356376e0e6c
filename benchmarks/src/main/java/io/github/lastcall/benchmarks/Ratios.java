package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Section.Row;

/** What was measured of a section. */
sealed interface Ratios permits Trial, ManyTrial, ProgramTrial {

    Section section();

    /** The quotient of a row and the floor over the rounds. */
    Spread toFloor(Row row);

    /** The quotient of a row and that of the JDK over the rounds. */
    Spread toJdk(Row row);
}
