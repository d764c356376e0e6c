package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Section.Row;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What CI runs: fails when a ratio of Lastcall to the floor is half over its reference.
 *
 * <p>Machines differ and are busy. So nothing is compared but medians of ratios that were measured in turns in the same
 * run, and what is over is measured once more with fresh workers, of which the smaller one counts: noise comes and
 * goes, a slower library stays. Two equal things were seen to differ by a fifth.
 */
final class Check {

    static final double MOST = 1.5;
    private static final int TRIES = 2;

    /** How often the reference is measured. */
    private static final int REFERENCES = 3;

    private final Reference reference;
    private final Workers like;
    private final List<String> failures = new ArrayList<>();

    private Check(Reference reference, Workers like) {
        this.reference = reference;
        this.like = like;
    }

    /** Measures what a later check compares with. As it does: with less warming up ratios are higher. */
    static List<List<Ratios>> measure(List<Section> sections, Workers like) throws IOException, InterruptedException {
        List<List<Ratios>> measured = new ArrayList<>();
        for (Section section : sections) {
            List<Ratios> same = new ArrayList<>();
            for (int i = 0; i < REFERENCES; i++) {
                same.add(Effort.CHECK.measure(section.only(Row::isComparable), like));
            }
            measured.add(same);
        }
        return measured;
    }

    /** Returns what is over. */
    static List<String> run(Reference reference, List<Section> sections, Workers like)
            throws IOException, InterruptedException {
        Check check = new Check(reference, like);
        for (Section section : sections) {
            check.check(section);
        }
        return check.failures;
    }

    private void check(Section section) throws IOException, InterruptedException {
        Section left = section.only(Row::isComparable);
        for (int tries = 1; tries <= TRIES && left.rows().size() > 1; tries++) {
            Ratios measured = Effort.CHECK.measure(left, like);
            left = left.only(row -> isOver(measured, row));
        }
        left.rows().stream()
                .filter(Row::isComparable)
                .map(row -> section.title() + ": " + row.label())
                .forEach(failures::add);
    }

    private boolean isOver(Ratios measured, Row row) {
        // Faster than C is luck.
        double known = Math.max(1, reference.ratio(measured.section(), row));
        Spread ratio = measured.toFloor(row);
        boolean over = ratio.median() > MOST * known;
        String threads = "";
        if (measured instanceof ManyTrial many) {
            double most = reference.threads(measured.section(), row);
            over |= many.threads(row) > most;
            threads = ", " + many.threads(row) + " threads, reference " + Spread.number(most);
        }
        System.out.printf(
                "%-5s %s, %s: %s, reference %s%s%n",
                over ? "OVER" : "ok", measured.section().title(), row.label(), ratio, Spread.number(known), threads);
        return over;
    }
}
