package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Section.Row;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What CI runs: fails when a ratio of Lastcall to the floor is half over its reference.
 *
 * <p>Machines differ and are busy. So nothing is compared but medians of ratios that were measured in turns in the same
 * run, and what is over is measured once more with fresh workers, of which the smaller one counts: noise comes and
 * goes, a slower library stays. It is measured again at the end: a processor that is slow to wake can stay so for
 * minutes, and then each thread that a row wakes and C does not costs more. Two equal things were seen to differ by a
 * fifth.
 */
final class Check {

    static final double MOST = 1.5;
    private static final int TRIES = 2;

    /** How often the reference is measured. */
    private static final int REFERENCES = 3;

    private final Reference reference;
    private final Workers like;

    private Check(Reference reference, Workers like) {
        this.reference = reference;
        this.like = like;
    }

    /**
     * Measures what a later check compares with. As it does: with less warming up ratios are higher.
     *
     * @return for each section what was measured of it, as far apart as this allows
     */
    static List<List<Ratios>> measure(List<Section> sections, Workers like) throws IOException, InterruptedException {
        List<List<Ratios>> measured = new ArrayList<>();
        sections.forEach(section -> measured.add(new ArrayList<>()));
        for (int i = 0; i < REFERENCES; i++) {
            for (int j = 0; j < sections.size(); j++) {
                measured.get(j).add(Effort.CHECK.measure(sections.get(j).only(Row::isComparable), like));
            }
        }
        return measured;
    }

    /** Returns what is over. */
    static List<String> run(Reference reference, List<Section> sections, Workers like)
            throws IOException, InterruptedException {
        Check check = new Check(reference, like);
        List<Section> left = sections.stream()
                .map(section -> section.only(Row::isComparable))
                .toList();
        for (int tries = 1; tries <= TRIES; tries++) {
            left = check.over(left);
        }
        return left.stream().flatMap(Check::failures).toList();
    }

    private static Stream<String> failures(Section section) {
        return section.rows().stream().filter(Row::isComparable).map(row -> section.title() + ": " + row.label());
    }

    /** Measures sections and returns what is left of them: the floor and the rows that are over. */
    private List<Section> over(List<Section> sections) throws IOException, InterruptedException {
        List<Section> over = new ArrayList<>();
        for (Section section : sections) {
            Ratios measured = Effort.CHECK.measure(section, like);
            Section left = section.only(row -> isOver(measured, row));
            if (left.rows().size() > 1) {
                over.add(left);
            }
        }
        return over;
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
