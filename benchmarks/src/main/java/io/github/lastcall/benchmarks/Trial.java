package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Effort.Pace;
import io.github.lastcall.benchmarks.Section.Row;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The results of a section. A ratio is the median, over the rounds, of the quotient of the medians of two rows in the
 * same round: what slows the machine down for a while slows both.
 */
final class Trial implements Ratios {

    /** Fixed, so that two runs have the same order. */
    static final long SEED = 20261123;

    private final Section section;

    private final int runs;

    /** By label, one array for each round; the rounds of all runs follow each other. */
    private final Map<String, List<long[]>> rounds = new HashMap<>();

    private Trial(Section section, int runs) {
        this.section = section;
        this.runs = runs;
    }

    /**
     * Measures.
     *
     * @param like creates fresh workers for each run
     */
    static Trial run(Section section, Pace pace, Workers like) throws IOException {
        Trial trial = new Trial(section, pace.runs());
        Random random = new Random(SEED);
        for (int run = 0; run < pace.runs(); run++) {
            try (Workers workers = like.fresh()) {
                trial.run(pace, random, workers);
            }
        }
        return trial;
    }

    /** Measures the first children of workers. Each row has its own fresh worker in each round. */
    static Trial runFresh(Section section, int rounds, int children, Workers like) throws IOException {
        Trial trial = new Trial(section, 1);
        Random random = new Random(SEED);
        for (int round = 0; round < rounds; round++) {
            for (Row row : trial.shuffled(random)) {
                try (Workers workers = like.fresh()) {
                    trial.add(row, children, workers);
                }
            }
        }
        return trial;
    }

    private void run(Pace pace, Random random, Workers workers) throws IOException {
        Section hasty = section.hasty();
        for (Row row : section.rows()) {
            int count = row.warmUp(pace);
            if (count > 0) {
                ask(hasty, row, count, workers);
            }
        }
        for (int round = 0; round < pace.rounds(); round++) {
            for (Row row : shuffled(random)) {
                add(row, row.perRound(pace), workers);
            }
        }
    }

    private List<Row> shuffled(Random random) {
        List<Row> order = new ArrayList<>(section.rows());
        Collections.shuffle(order, random);
        return order;
    }

    private void add(Row row, int count, Workers workers) throws IOException {
        rounds.computeIfAbsent(row.label(), label -> new ArrayList<>()).add(ask(section, row, count, workers));
    }

    private long[] ask(Section how, Row row, int count, Workers workers) throws IOException {
        return workers.ask(row.worker(), how.descriptors(), how.request(row, count));
    }

    @Override
    public Section section() {
        return section;
    }

    int count(Row row) {
        return pooled(rounds.get(row.label())).length;
    }

    double quantile(Row row, double quantile) {
        return Spread.quantile(pooled(rounds.get(row.label())), quantile);
    }

    @Override
    public Spread toFloor(Row row) {
        return ratio(row.label(), section.floor().label());
    }

    /** Compares whole runs: a round has too few children for a p99. */
    Spread p99ToFloor(Row row) {
        double[] quotients = new double[runs];
        for (int run = 0; run < runs; run++) {
            quotients[run] = p99(row, run) / p99(section.floor(), run);
        }
        return Spread.of(quotients);
    }

    private double p99(Row row, int run) {
        List<long[]> all = rounds.get(row.label());
        int length = all.size() / runs;
        return Spread.quantile(pooled(all.subList(run * length, (run + 1) * length)), 0.99);
    }

    @Override
    public Spread toJdk(Row row) {
        return ratio(row.label(), row.jdk());
    }

    /** How many nanoseconds more than the floor it takes. */
    Spread moreThanFloor(Row row) {
        return Spread.ofDifferences(
                rounds.get(row.label()), rounds.get(section.floor().label()), round -> Spread.quantile(round, 0.5));
    }

    private Spread ratio(String label, String base) {
        return Spread.ofRatios(rounds.get(label), rounds.get(base), round -> Spread.quantile(round, 0.5));
    }

    private static long[] pooled(List<long[]> some) {
        return some.stream().flatMapToLong(Arrays::stream).toArray();
    }
}
