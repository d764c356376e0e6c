package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Section.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Many live children at once: what they cost while they live, and the time to stop all of them. Each round starts with
 * fresh workers, because threads and memory of the one before would still be there.
 */
final class ManyTrial {

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

    static ManyTrial run(Section section, int children, int rounds, Path nativeFolder, Path page) throws IOException {
        ManyTrial trial = new ManyTrial(section, children);
        for (int round = 0; round < rounds; round++) {
            for (Row row : section.rows()) {
                try (Workers workers = new Workers(nativeFolder, page)) {
                    long[] seen = workers.ask(row.worker(), section.descriptors(), section.request(row, children));
                    trial.rounds.computeIfAbsent(row.label(), label -> new ArrayList<>()).add(seen);
                }
            }
        }
        return trial;
    }

    Section section() {
        return section;
    }

    int children() {
        return children;
    }

    /** The most that any round saw. */
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

    Spread toFloor(Row row) {
        List<long[]> mine = rounds.get(row.label());
        List<long[]> floor = rounds.get(section.floor().label());
        double[] quotients = new double[mine.size()];
        for (int i = 0; i < quotients.length; i++) {
            quotients[i] = (double) mine.get(i)[TIME] / floor.get(i)[TIME];
        }
        return Spread.of(quotients);
    }
}
