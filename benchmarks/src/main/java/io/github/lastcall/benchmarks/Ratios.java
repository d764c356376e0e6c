package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Section.Row;

/** The results of a section. */
sealed interface Ratios permits Trial, ManyTrial, ProgramTrial {

    Section section();

    /** The quotient of a row and the floor over the rounds. */
    Spread toFloor(Row row);

    /** The quotient of a row and its row of the JDK over the rounds. */
    Spread toJdk(Row row);
}
