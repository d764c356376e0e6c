package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Effort.Pace;
import io.github.lastcall.benchmarks.Section.Row;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Many running children at once: what they cost while they run, and how long it takes to stop all of them. Each round
 * has fresh workers. Threads and memory are measured at the first use, because what it has needed stays. The time is
 * measured at the last use, after as many children as warm up the other rows of the same effort.
 */
final class ManyTrial implements Ratios {

    private static final int THREADS = 0;
    private static final int MEMORY = 1;
    private static final int TIME = 2;

    private final Section section;
    private final int children;
    private final Map<String, List<long[]>> rounds = new HashMap<>();

    private ManyTrial(Section section, int children) {
        this.section = section;
        this.children = children;
    }

    /**
     * Measures.
     *
     * @param like creates fresh workers
     */
    static ManyTrial run(Section section, Pace pace, int children, int rounds, Workers like) throws IOException {
        ManyTrial trial = new ManyTrial(section, children);
        Random random = new Random(Trial.SEED);
        List<Row> order = new ArrayList<>(section.rows());
        for (int round = 0; round < rounds; round++) {
            Collections.shuffle(order, random);
            for (Row row : order) {
                try (Workers workers = like.fresh()) {
                    long[] seen = trial.measure(row, pace, workers);
                    trial.rounds.computeIfAbsent(row.label(), label -> new ArrayList<>()).add(seen);
                }
            }
        }
        return trial;
    }

    private long[] measure(Row row, Pace pace, Workers workers) throws IOException {
        long[] seen = workers.ask(row.worker(), section.descriptors(), section.request(row, children));
        int warmUp = row.warmUp(pace);
        for (int done = children; done <= warmUp; done += children) {
            seen[TIME] = workers.ask(row.worker(), section.descriptors(), section.request(row, children))[TIME];
        }
        return seen;
    }

    @Override
    public Section section() {
        return section;
    }

    int children() {
        return children;
    }

    int rounds() {
        return rounds.get(section.floor().label()).size();
    }

    /** The highest value of all rounds. */
    long threads(Row row) {
        return rounds.get(row.label()).stream().mapToLong(seen -> seen[THREADS]).max().orElseThrow();
    }

    double kilobytes(Row row) {
        return median(row, MEMORY);
    }

    double nanos(Row row) {
        return median(row, TIME);
    }

    private double median(Row row, int what) {
        return Spread.of(rounds.get(row.label()).stream()
                        .mapToDouble(seen -> seen[what])
                        .toArray())
                .median();
    }

    @Override
    public Spread toFloor(Row row) {
        return ratio(row.label(), section.floor().label());
    }

    @Override
    public Spread toJdk(Row row) {
        return ratio(row.label(), row.jdk());
    }

    private Spread ratio(String label, String base) {
        return Spread.ofRatios(rounds.get(label), rounds.get(base), round -> round[TIME]);
    }
}
