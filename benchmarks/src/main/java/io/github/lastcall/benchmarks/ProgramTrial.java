package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Section.Row;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/** Programs that run once, each in its own JVM, in turns. */
final class ProgramTrial implements Ratios {

    private final Section section;

    /** By label, the nanoseconds of each round, or the bytes of heap. */
    private final Map<String, List<Long>> rounds = new HashMap<>();

    private ProgramTrial(Section section) {
        this.section = section;
    }

    static ProgramTrial run(Section section, int count, Workers workers) throws IOException, InterruptedException {
        ProgramTrial trial = new ProgramTrial(section);
        Random random = new Random(Trial.SEED);
        List<Row> order = new ArrayList<>(section.rows());
        for (int round = 0; round < count; round++) {
            Collections.shuffle(order, random);
            for (Row row : order) {
                long nanos = measure(section.operation(), row.variant(), workers);
                trial.rounds.computeIfAbsent(row.label(), label -> new ArrayList<>()).add(nanos);
            }
        }
        return trial;
    }

    private static long measure(String operation, String variant, Workers workers)
            throws IOException, InterruptedException {
        return switch (operation) {
            case "first-use" -> Long.parseLong(workers.run(FirstUse.class, variant).line());
            case "heap" -> Long.parseLong(workers.run(HeapUse.class, variant).line());
            case "jvm-exit" -> {
                Workers.Ran ran = workers.run(JvmExit.class, variant);
                yield ran.ended() - Long.parseLong(ran.line());
            }
            default -> throw new IllegalArgumentException(operation);
        };
    }

    @Override
    public Section section() {
        return section;
    }

    /** A value as text. */
    String text(double value) {
        return section.operation().equals("heap") ? String.format(Locale.ROOT, "%.0f B", value) : Spread.time(value);
    }

    Spread values(Row row) {
        return Spread.of(rounds.get(row.label()).stream().mapToDouble(nanos -> nanos).toArray());
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
        return Spread.ofRatios(rounds.get(label), rounds.get(base), nanos -> nanos);
    }
}
