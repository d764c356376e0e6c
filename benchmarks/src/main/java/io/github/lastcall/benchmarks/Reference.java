package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Section.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/** The ratios of Lastcall to the floor that were measured last, as CI compares them: a line "RATIO SECTION LABEL". */
record Reference(Map<String, Double> ratios) {

    private static final String HEAD =
            """
            # Lastcall to the floor, medians. Written by a full run of the benchmarks, or by mvn -Pbenchmark verify
            # -Dbenchmark.mode=reference; CI fails when one doubles.
            """;

    static Reference read(Path file) throws IOException {
        Map<String, Double> ratios = new HashMap<>();
        for (String line : Files.readAllLines(file)) {
            if (!line.startsWith("#")) {
                String[] words = line.split(" ", 2);
                ratios.put(words[1], Double.valueOf(words[0]));
            }
        }
        return new Reference(ratios);
    }

    static void write(Path file, List<Ratios> measured) throws IOException {
        StringBuilder text = new StringBuilder(HEAD);
        for (Ratios some : measured) {
            for (Row row : some.section().rows()) {
                if (row.isComparable()) {
                    double ratio = some.toFloor(row).median();
                    text.append(String.format(Locale.ROOT, "%.2f %s%n", ratio, key(some.section(), row)));
                }
            }
        }
        Files.writeString(file, text);
    }

    double of(Section section, Row row) {
        String key = key(section, row);
        Double ratio = ratios.get(key);
        if (ratio == null) {
            throw new IllegalStateException("the reference has no \"" + key + "\": run all benchmarks and commit it");
        }
        return ratio;
    }

    /** Of a section the floor, and those that are compared with it and accepted. */
    static Section part(Section section, Predicate<Row> accepted) {
        List<Row> rows = new ArrayList<>(List.of(section.floor()));
        section.rows().stream().filter(Row::isComparable).filter(accepted).forEach(rows::add);
        return section.only(rows);
    }

    private static String key(Section section, Row row) {
        return section.id() + " " + row.label();
    }
}
