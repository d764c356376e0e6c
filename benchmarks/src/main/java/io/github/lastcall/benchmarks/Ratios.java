package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Section.Row;

/** What was measured, as CI compares it. */
interface Ratios {

    Section section();

    /** The quotient of a row and the floor over the rounds. */
    Spread toFloor(Row row);
}
