package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Section.Pace;
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
 * What came out of a section. A ratio is the median, over the rounds, of the quotient of two rows' medians in the same
 * round: what slows the machine down for a while slows both.
 */
final class Trial implements Ratios {

    /** Fixed, so that two runs have the same order. */
    static final long SEED = 20261123;

    private final Section section;

    /** By label, one array a round. */
    private final Map<String, List<long[]>> rounds = new HashMap<>();

    private Trial(Section section) {
        this.section = section;
    }

    static Trial run(Section section, Pace pace, Workers workers) throws IOException {
        Trial trial = new Trial(section);
        Section hasty = section.hasty();
        for (Row row : section.rows()) {
            trial.rounds.put(row.label(), new ArrayList<>());
            trial.ask(hasty, row, row.warmUp(pace), workers);
        }
        Random random = new Random(SEED);
        List<Row> order = new ArrayList<>(section.rows());
        for (int round = 0; round < pace.rounds(); round++) {
            Collections.shuffle(order, random);
            for (Row row : order) {
                trial.rounds.get(row.label()).add(trial.ask(section, row, row.perRound(pace), workers));
            }
        }
        return trial;
    }

    private long[] ask(Section how, Row row, int count, Workers workers) throws IOException {
        return workers.ask(row.worker(), how.descriptors(), how.request(row, count));
    }

    @Override
    public Section section() {
        return section;
    }

    int count(Row row) {
        return pooled(row.label()).length;
    }

    double quantile(Row row, double quantile) {
        return Spread.quantile(pooled(row.label()), quantile);
    }

    @Override
    public Spread toFloor(Row row) {
        return ratio(row.label(), section.floor().label());
    }

    double p99ToFloor(Row row) {
        return quantile(row, 0.99) / quantile(section.floor(), 0.99);
    }

    Spread toJdk(Row row) {
        return ratio(row.label(), row.jdk());
    }

    private Spread ratio(String label, String base) {
        List<long[]> mine = rounds.get(label);
        List<long[]> theirs = rounds.get(base);
        double[] quotients = new double[mine.size()];
        for (int i = 0; i < quotients.length; i++) {
            quotients[i] = Spread.quantile(mine.get(i), 0.5) / Spread.quantile(theirs.get(i), 0.5);
        }
        return Spread.of(quotients);
    }

    private long[] pooled(String label) {
        return rounds.get(label).stream().flatMapToLong(Arrays::stream).toArray();
    }
}
