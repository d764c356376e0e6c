package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Section.Pace;
import io.github.lastcall.benchmarks.Section.Row;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What CI runs: fails when a ratio of Lastcall to the floor has doubled.
 *
 * <p>Machines differ and are busy. So nothing is compared but ratios of medians that were measured in turns in the same
 * run; half as much again is no failure; and what seems to have doubled is measured again, up to {@value #TRIES} times
 * in all, of which the smallest counts: noise comes and goes, and a slower library is slower every time.
 */
final class Check {

    static final double MOST = 2;
    private static final int TRIES = 3;
    private static final Pace PACE = new Pace(500, 7, 16);

    /** Of what is measured with many children at once. */
    private static final int CHILDREN = 100;

    private static final int ROUNDS = 5;

    private final Reference reference;
    private final Workers workers;
    private final List<String> failures = new ArrayList<>();

    private Check(Reference reference, Workers workers) {
        this.reference = reference;
        this.workers = workers;
    }

    /** Measures what a later check compares with. At its pace: with less warming up ratios are higher. */
    static List<Ratios> measure(List<Section> sections, Workers workers) throws IOException {
        List<Ratios> measured = new ArrayList<>();
        for (Section section : sections) {
            measured.add(measure(Reference.part(section, row -> true), workers));
        }
        return measured;
    }

    private static Ratios measure(Section section, Workers workers) throws IOException {
        return section.isMany()
                ? ManyTrial.run(section, CHILDREN, ROUNDS, workers)
                : Trial.run(section, PACE, workers);
    }

    /** Returns what has doubled. */
    static List<String> run(Reference reference, List<Section> sections, Workers workers) throws IOException {
        Check check = new Check(reference, workers);
        for (Section section : sections) {
            check.check(section);
        }
        return check.failures;
    }

    private void check(Section section) throws IOException {
        Section left = Reference.part(section, row -> true);
        for (int tries = 1; tries <= TRIES && left.rows().size() > 1; tries++) {
            Ratios measured = measure(left, workers);
            left = Reference.part(left, row -> hasDoubled(measured, row));
        }
        left.rows().stream()
                .filter(Row::isComparable)
                .map(row -> section.title() + ": " + row.label())
                .forEach(failures::add);
    }

    private boolean hasDoubled(Ratios measured, Row row) {
        // Faster than C is luck.
        double known = Math.max(1, reference.of(measured.section(), row));
        Spread ratio = measured.toFloor(row);
        boolean doubled = ratio.median() > MOST * known;
        System.out.printf(
                "%-9s %s, %s: %s of C, reference %s%n",
                doubled ? "DOUBLED" : "ok", measured.section().title(), row.label(), ratio, Spread.number(known));
        return doubled;
    }
}
