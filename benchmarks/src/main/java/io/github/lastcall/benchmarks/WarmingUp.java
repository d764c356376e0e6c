package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Section.Row;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * The first stops of a JVM one after the other, from interpreted to compiled code. Most programs stop only a few
 * processes, so the other tables, which measure compiled code, are not for them.
 */
final class WarmingUp {

    /** The last stop of each step. */
    static final List<Integer> STEPS = List.of(10, 100, 300, 1000, 2000);

    private static final int ROUNDS = 2;

    private WarmingUp() {}

    /** Returns for each row the median of each step, in nanoseconds. */
    static Map<Row, List<Double>> run(Section section, Workers like) throws IOException {
        Map<Row, List<List<long[]>>> seen = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (Row row : section.rows()) {
                try (Workers workers = like.fresh()) {
                    seen.computeIfAbsent(row, key -> new ArrayList<>()).add(steps(section, row, workers));
                }
            }
        }
        Map<Row, List<Double>> medians = new LinkedHashMap<>();
        seen.forEach((row, rounds) -> medians.put(row, medians(rounds)));
        return medians;
    }

    private static List<long[]> steps(Section section, Row row, Workers workers) throws IOException {
        List<long[]> steps = new ArrayList<>();
        int done = 0;
        for (int end : STEPS) {
            steps.add(workers.ask(row.worker(), section.descriptors(), section.request(row, end - done)));
            done = end;
        }
        return steps;
    }

    private static List<Double> medians(List<List<long[]>> rounds) {
        List<Double> medians = new ArrayList<>();
        for (int step = 0; step < STEPS.size(); step++) {
            int index = step;
            LongStream all = rounds.stream().flatMapToLong(steps -> Arrays.stream(steps.get(index)));
            medians.add(Spread.quantile(all.toArray(), 0.5));
        }
        return medians;
    }
}
