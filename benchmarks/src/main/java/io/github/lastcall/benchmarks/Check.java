package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Section.Row;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What CI runs. It fails if a ratio of Lastcall to the floor is more than 1.5 times its reference.
 *
 * <p>Machines differ and are busy. So only medians of ratios are compared that were measured in turns in the same run.
 * A row that is over is measured again with fresh workers, and the smaller result counts: noise passes, a slower
 * library does not. It is measured again at the end of the run, because a processor can wake slowly for minutes; then
 * each thread that a row wakes and C does not costs more. Two equal rows have differed by a fifth.
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
     * Measures the reference for later checks, in the same way as a check: with less warming up, ratios are higher.
     *
     * @return for each section its results, which are as far apart in time as possible
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

    /** Returns the rows that are over. */
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

    /** Measures sections. Returns of each the floor and the rows that are over. */
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
        // A result below 1 is luck.
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
