package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Section.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How much something may cost at most. These are aims of the project; CI compares with {@link Reference}.
 *
 * @param what its name in the report
 * @param section the id of its section
 * @param row the label of its row
 * @param figure which figure of that row
 * @param most the budget
 */
record Budget(String what, String section, String row, Figure figure, double most) {

    /** What a budget is about. */
    enum Figure {
        TO_FLOOR,
        P99_TO_FLOOR,
        TO_JDK,
        THREADS,
        MILLIS,
        MICROS_MORE,
        BYTES
    }

    private static final String TERMINATE = "Lastcall terminate()";
    private static final String TERMINATE_ASYNC = "Lastcall terminateAsync()";
    private static final String WAIT_FOR = "Lastcall waitFor()";
    private static final String ON_EXIT = "Lastcall onExit()";
    private static final String START = "Lastcall start()";
    private static final String SCOPE = "Lastcall ProcessScope.terminateAll()";
    private static final String VIRTUAL = ", virtual thread";

    static List<Budget> all() {
        List<Budget> all = new ArrayList<>(withDescriptors("", ""));
        all.addAll(withDescriptors(", 2,000 descriptors open", "-2000"));
        all.add(toFloor("1,000 children of a megabyte stopped in one scope", "many-heavy", SCOPE, 1.3));
        all.add(new Budget(
                "first start and stop of a JVM, to the smallest FFM program",
                "first-use", "Lastcall start(), terminate()", Figure.TO_FLOOR, 1.4));
        all.add(new Budget("heap of a start with three pipes", "heap-start", START, Figure.BYTES, 4096));
        all.add(new Budget("heap of a stop", "heap-stop", TERMINATE, Figure.BYTES, 1024));
        all.add(guarded("start", 15));
        all.add(guarded("stop", 1));
        all.add(exit("System.exit()"));
        all.add(exit("return from main"));
        return all;
    }

    private static Budget guarded(String what, double micros) {
        return new Budget(
                "a " + what + " registered with the guardian: more",
                "guarded-" + what, Sections.GUARDED, Figure.MICROS_MORE, micros);
    }

    private static Budget exit(String how) {
        return new Budget(
                "exit of the JVM after onExit(), " + how, "jvm-exit", "Lastcall onExit(), " + how, Figure.MILLIS, 20);
    }

    private static List<Budget> withDescriptors(String with, String suffix) {
        return Stream.of(
                        toFloor("terminate(), p50", "signal", TERMINATE, 1.1),
                        new Budget("terminate(), p99", "signal", TERMINATE, Figure.P99_TO_FLOOR, 1.3),
                        toFloor("terminate(), virtual thread", "signal", TERMINATE + VIRTUAL, 1.25),
                        toFloor("terminate(), the first 30 of a JVM", "first-stops", TERMINATE, 1.6),
                        toFloor("natural exit, waitFor()", "natural", WAIT_FOR, 1.1),
                        toJdk("natural exit, waitFor()", "natural", WAIT_FOR),
                        toFloor("natural exit, waitFor(), virtual thread", "natural", WAIT_FOR + VIRTUAL, 1.45),
                        toJdk("natural exit, waitFor(), virtual thread", "natural", WAIT_FOR + VIRTUAL),
                        toFloor("natural exit, onExit()", "natural", ON_EXIT, 1.6),
                        toJdk("natural exit, onExit()", "natural", ON_EXIT),
                        toFloor("terminateAsync()", "signal", TERMINATE_ASYNC, 1.6),
                        toJdk("terminateAsync(); destroy() and onExit()", "signal", TERMINATE_ASYNC),
                        toFloor("start with three pipes", "start", START, 1.3),
                        toFloor("start with three pipes, virtual thread", "start", START + VIRTUAL, 1.4),
                        toFloor("1,000 stopped in one scope", "many", SCOPE, 1.3),
                        new Budget("1,000 live in one scope: threads", "many", SCOPE, Figure.THREADS, 2))
                .map(one -> new Budget(one.what + with, one.section + suffix, one.row, one.figure, one.most))
                .toList();
    }

    private static Budget toFloor(String what, String section, String row, double most) {
        return new Budget(what, section, row, Figure.TO_FLOOR, most);
    }

    private static Budget toJdk(String what, String section, String row) {
        return new Budget(what + ", to the JDK's", section, row, Figure.TO_JDK, 1);
    }

    /** The sections that have a budget, with the rows that are needed for it. */
    static List<Section> sections() {
        Set<String> ids = all().stream().map(Budget::section).collect(Collectors.toSet());
        return Sections.all().stream()
                .filter(section -> ids.contains(section.id()))
                .map(Budget::needed)
                .toList();
    }

    /** The rows with a budget, the rows of the JDK that they are compared with, and the floor again for the noise. */
    private static Section needed(Section section) {
        Set<String> labels = all().stream()
                .filter(budget -> budget.section.equals(section.id()))
                .map(budget -> section.row(budget.row))
                .flatMap(row -> Stream.of(row.label(), row.jdk(), Sections.SAME_AGAIN))
                .collect(Collectors.toSet());
        return section.only(row -> labels.contains(row.label()));
    }

    /** The cells of a table: the name, what it is compared with, the result, the budget, whether it is kept. */
    String[] cells(Ratios measured) {
        Row mine = measured.section().row(row);
        String floor = measured.section().floor().label();
        return switch (figure) {
            case TO_FLOOR -> ratio(floor, measured.toFloor(mine));
            case P99_TO_FLOOR -> ratio(floor, ((Trial) measured).p99ToFloor(mine));
            case TO_JDK -> ratio(mine.jdk(), measured.toJdk(mine));
            case THREADS -> cells("", Long.toString(((ManyTrial) measured).threads(mine)), "%.0f",
                    ((ManyTrial) measured).threads(mine));
            case MILLIS -> {
                ProgramTrial trial = (ProgramTrial) measured;
                String jdk = Spread.time(trial.values(measured.section().row(mine.jdk())).median());
                yield cells(mine.jdk() + ": " + jdk, trial.values(mine).times(), "%.0f ms",
                        trial.values(mine).median() / 1e6);
            }
            case MICROS_MORE -> {
                Spread more = ((Trial) measured).moreThanFloor(mine);
                yield cells(floor, more.times(), "%.0f µs", more.median() / 1e3);
            }
            case BYTES -> {
                Spread bytes = ((ProgramTrial) measured).values(mine);
                yield cells("", bytes.toString(), "%.0f B", bytes.median());
            }
        };
    }

    private String[] ratio(String base, Spread ratio) {
        return cells(base, ratio.toString(), "%.2f", ratio.median());
    }

    private String[] cells(String base, String seen, String format, double value) {
        return new String[] {
            what, base, seen, String.format(Locale.ROOT, format, most), value <= most ? "kept" : "missed"
        };
    }
}
