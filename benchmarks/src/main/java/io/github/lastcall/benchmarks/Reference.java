package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Section.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/** The last results of Lastcall that CI compares with: lines "VALUE SECTION LABEL". */
record Reference(Map<String, Double> values) {

    private static final String HEAD =
            """
            # The ratio of Lastcall to the first row of each section (mostly C), the highest of three medians; for many
            # children also the threads. Written by mvn -B -Pbenchmark verify -Dbenchmark.mode=reference. CI fails at
            # more than 1.5 times a ratio and at one more thread.
            """;

    static Reference read(Path file) throws IOException {
        Map<String, Double> values = new HashMap<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.startsWith("#")) {
                String[] words = line.split(" ", 2);
                values.put(words[1], Double.valueOf(words[0]));
            }
        }
        return new Reference(values);
    }

    /**
     * Writes the results of each section, which was measured several times. The highest counts: rows that wake more
     * threads than C have two speeds, because a processor wakes fast or slowly, and CI has to pass with both.
     */
    static void write(Path file, List<List<Ratios>> measured) throws IOException {
        StringBuilder text = new StringBuilder(HEAD);
        for (List<Ratios> same : measured) {
            Section section = same.get(0).section();
            for (Row row : section.rows()) {
                if (row.isComparable()) {
                    String key = key(section, row);
                    line(text, most(same, row), key);
                    mostThreads(same, row).ifPresent(threads -> line(text, threads, threads(key)));
                }
            }
        }
        Files.writeString(file, text);
    }

    private static double most(List<Ratios> same, Row row) {
        return same.stream()
                .mapToDouble(measured -> measured.toFloor(row).median())
                .max()
                .orElseThrow();
    }

    private static OptionalLong mostThreads(List<Ratios> same, Row row) {
        return same.stream()
                .filter(ManyTrial.class::isInstance)
                .mapToLong(measured -> ((ManyTrial) measured).threads(row))
                .max();
    }

    private static void line(StringBuilder text, double value, String key) {
        text.append(String.format(Locale.ROOT, "%.2f %s%n", value, key));
    }

    double ratio(Section section, Row row) {
        return value(key(section, row));
    }

    double threads(Section section, Row row) {
        return value(threads(key(section, row)));
    }

    private double value(String key) {
        Double value = values.get(key);
        if (value == null) {
            throw new IllegalStateException(
                    "reference.txt has no \"" + key + "\": write it with -Dbenchmark.mode=reference and commit it");
        }
        return value;
    }

    private static String key(Section section, Row row) {
        return section.id() + " " + row.label();
    }

    private static String threads(String key) {
        return key + ", threads";
    }
}
