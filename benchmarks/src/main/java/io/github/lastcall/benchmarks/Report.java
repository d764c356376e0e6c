package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Effort.Pace;
import io.github.lastcall.benchmarks.Section.Row;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.openjdk.jmh.util.Statistics;

/** RESULTS.md. */
final class Report {

    private static final String METHOD =
            """
            The tables of exits, starts and many children have a *floor*: the same work written in C \
            (`src/main/c/floor.c`). To end a child it does what a library with the same promise must do: the signal \
            to the group, the wait, the status, the probe of the group, the look into two pipes, four closes; ten \
            system calls. It starts a child by `clone()` as vfork. Each contender has its own process and is warmed \
            up with %d children (%d with %d descriptors open; NuProcess, whose exits take a quarter of a second, \
            with 1/%d of that). So this is compiled code, but mostly by the first of HotSpot's compilers: the second \
            takes up to 20,000 stops. *The first 30 stops of a JVM* are for a JVM that stops only a few processes. \
            After that the contenders take turns with some children, round by round and in random order. Lastcall \
            starts by `ManagedProcess.builder(String...)`: a start from a `ProcessBuilder` takes some microseconds \
            longer, because its environment has to be copied. **To C** is the median over the rounds of the quotient \
            of the two medians of the same round, with the quartiles: what slows the machine down for a while slows \
            both. The C program is measured twice, which shows how far two equal programs differ here. p50 and p99 \
            are of all children, and **p99 to C** is the quotient of two of those. **To JDK** compares with the same \
            way of waiting in the JDK, on the same kind of thread.

            - *Exit seen after a signal*: the child is ready and has slept for 3 ms. The time is from before the call \
            that signals until its return, or the return of the wait. Each library is used in its usual way: the \
            JDK's `destroy()` also closes three streams, `terminate()` also proves that the group is gone, and both \
            drain the child's pipes.
            - *Natural exit*: the child stamps CLOCK_MONOTONIC right before `_exit`, in memory that it shares with \
            the caller, which is waiting.
            - *Start*: three pipes, a new process group, until the call returns. The children are small C programs.
            - If the exit is measured on a virtual thread, a platform thread starts the child and waits before the \
            stop.

            """;

    private static final String HEAP =
            "Bytes that the calling thread allocates, the median of many in a warm JVM. Each round has a new JVM.";

    private static final Map<String, String> PROGRAMS = Map.of(
            "heap-start",
            HEAP,
            "heap-stop",
            HEAP,
            "first-use",
            "From the first line of `main` to the return of the stop, without the start of the JVM. A program"
                    + " that makes a native call\nthrough FFM takes at least as long as the first one.",
            "jvm-exit",
            "From the last line of `main`, after `onExit().join()`, until the JVM that has started this one sees its"
                    + " exit.");

    private static final String BUDGETS =
            """
            The budgets of the project, and the results: the median with the quartiles. A ratio is the median over \
            the rounds of the quotient of two medians of the same round, for p99 over the runs. There were %d runs of \
            %d rounds with %d children each (with 2,000 descriptors %d of %d with %d). Each run had fresh JVMs, \
            warmed up with %d (%d; the JDK %d) children of each row: by then the second of HotSpot's compilers has \
            compiled most of the code, and the rows of the first 30 stops are for the time before. There were %d \
            rounds of %d children at once (%d with the descriptors), each in fresh JVMs that were warmed up in the \
            same way, and %d of fresh JVMs. RESULTS.md explains what is compared.

            """;

    private final StringBuilder text = new StringBuilder();

    /** The report of all sections. */
    static Report full(String command, Effort effort) throws IOException {
        Report report = new Report("What a start, a stop and a wait cost", command);
        report.text
                .append("![Exit seen, and start, compared with C](RESULTS.svg)\n\n")
                .append(method(effort.pace(), effort.slowPace()));
        return report;
    }

    /** The report of the budgets. */
    static Report budgets(String command) throws IOException {
        return new Report("Budgets", command);
    }

    private Report(String title, String command) throws IOException {
        text.append("# ").append(title).append("\n\n")
                .append("Written by `").append(command).append("` on ")
                .append(LocalDate.now(ZoneOffset.UTC)).append(".\n\n")
                .append("| | |\n|---|---|\n");
        machine().forEach(
                (key, value) -> text.append("| ").append(key).append(" | ").append(value).append(" |\n"));
        text.append('\n');
    }

    private static String method(Pace pace, Pace slowPace) {
        return String.format(
                Locale.ROOT, METHOD, pace.warmUp(), slowPace.warmUp(), Sections.MANY_DESCRIPTORS, Sections.SLOW);
    }

    private static Map<String, String> machine() throws IOException {
        String processor = Files.readAllLines(Path.of("/proc/cpuinfo")).stream()
                .filter(line -> line.startsWith("model name"))
                .map(line -> line.replaceFirst(".*: ", ""))
                .findFirst()
                .orElse("unknown");
        Map<String, String> facts = new LinkedHashMap<>();
        facts.put("processor", Runtime.getRuntime().availableProcessors() + " x " + processor);
        facts.put("system", System.getProperty("os.name") + " " + System.getProperty("os.version") + ", "
                + System.getProperty("os.arch"));
        facts.put("JVM", System.getProperty("java.vm.name") + " " + System.getProperty("java.runtime.version"));
        String load = Files.readString(Path.of("/proc/loadavg")).replaceAll("( \\S+){2}\\s*$", "");
        facts.put("load average at the start", load);
        facts.put("versions", System.getProperty("lastcall.benchmarks.versions"));
        return facts;
    }

    void addBudgets(Effort effort, Map<String, Ratios> measured) {
        Pace pace = effort.pace();
        Pace slow = effort.slowPace();
        text.append(String.format(Locale.ROOT, BUDGETS,
                pace.runs(), pace.rounds(), pace.perRound(), slow.runs(), slow.rounds(), slow.perRound(),
                pace.warmUp(), slow.warmUp(), slow.otherWarmUp(), effort.childrenRounds(), effort.children(),
                effort.slowChildrenRounds(), effort.freshRounds()));
        text.append("| what | to | measured | budget | |\n|---|---|--:|--:|---|\n");
        Budget.all().forEach(budget -> line(budget.cells(measured.get(budget.section()))));
        text.append("\nThe floor measured twice, to itself: how far two equal things differed here.\n\n")
                .append("| section | the same again |\n|---|--:|\n");
        measured.values().forEach(ratios -> ratios.section().rows().stream()
                .filter(row -> row.label().equals(Sections.SAME_AGAIN))
                .forEach(row -> line(ratios.section().title(), ratios.toFloor(row).toString())));
    }

    void add(Ratios measured) {
        switch (measured) {
            case Trial trial -> add(trial);
            case ManyTrial many -> add(many);
            case ProgramTrial programs -> add(programs);
        }
    }

    private void add(Trial trial) {
        text.append("## ").append(trial.section().title()).append("\n\n")
                .append("| contender | n | p50 | p99 | to C | p99 to C | to JDK |\n")
                .append("|---|--:|--:|--:|--:|--:|--:|\n");
        for (Row row : trial.section().rows()) {
            line(
                    row.label(),
                    Integer.toString(trial.count(row)),
                    Spread.time(trial.quantile(row, 0.5)),
                    Spread.time(trial.quantile(row, 0.99)),
                    trial.toFloor(row).toString(),
                    trial.p99ToFloor(row).toString(),
                    Spread.number(trial.toJdk(row).median()));
        }
        text.append('\n');
    }

    private void add(ManyTrial trial) {
        text.append("## ").append(trial.children()).append(' ').append(trial.section().title()).append("\n\n")
                .append("Threads: those that Java knows, without the carriers of virtual threads; the highest count of")
                .append(" all rounds. Memory:\nhow much the resident set of the caller has grown (median). Stopping:")
                .append(" all children get SIGTERM, then there is a\nwait for each, unless the row says otherwise;")
                .append(" after 15 times 20 other children. Medians of ")
                .append(trial.rounds()).append(" rounds, each with fresh processes.\n\n")
                .append("| contender | more threads | more memory | all stopped in | to C |\n")
                .append("|---|--:|--:|--:|--:|\n");
        for (Row row : trial.section().rows()) {
            line(
                    row.label(),
                    Long.toString(trial.threads(row)),
                    Spread.number(trial.kilobytes(row) / 1024) + " MB",
                    Spread.time(trial.nanos(row)),
                    trial.toFloor(row).toString());
        }
        text.append('\n');
    }

    private void add(ProgramTrial trial) {
        text.append("## ").append(trial.section().title()).append("\n\n")
                .append(PROGRAMS.get(trial.section().operation())).append("\n\n")
                .append("| program | p50 | quartiles | to the first | to JDK |\n|---|--:|--:|--:|--:|\n");
        for (Row row : trial.section().rows()) {
            Spread seen = trial.values(row);
            line(
                    row.label(),
                    trial.text(seen.median()),
                    trial.text(seen.first()) + " - " + trial.text(seen.third()),
                    trial.toFloor(row).toString(),
                    trial.toJdk(row).toString());
        }
        text.append('\n');
    }

    void addWarmingUp(Map<Row, List<Double>> medians) {
        text.append("## The first stops of a JVM, step by step\n\n")
                .append("Exit seen after a signal, p50 of the stops with these numbers, in a fresh JVM.\n\n")
                .append("| contender |");
        int first = 1;
        for (int last : WarmingUp.STEPS) {
            text.append(' ').append(first).append('-').append(last).append(" |");
            first = last + 1;
        }
        text.append("\n|---|").append("--:|".repeat(WarmingUp.STEPS.size())).append('\n');
        medians.forEach((row, steps) -> line(Stream.concat(
                        Stream.of(row.label()), steps.stream().map(Spread::time))
                .toArray(String[]::new)));
        text.append('\n');
    }

    void addJmh(Map<String, Statistics> results) {
        text.append("## The same by JMH\n\n")
                .append("Exit seen after a signal, platform thread. One JVM after the other, without a floor: good for")
                .append(" the distribution, not\nfor ratios.\n\n")
                .append("| contender | n | p50 | p90 | p99 |\n|---|--:|--:|--:|--:|\n");
        results.forEach((label, micros) -> line(
                label,
                Long.toString(micros.getN()),
                Spread.time(1e3 * micros.getPercentile(50)),
                Spread.time(1e3 * micros.getPercentile(90)),
                Spread.time(1e3 * micros.getPercentile(99))));
        text.append('\n');
    }

    void addTrees(Map<String, String> outcomes) {
        text.append("## Who leaves the grandchild alive\n\n")
                .append("The child ends on SIGTERM. Its own child ignores that, and holds the pipes.\n\n")
                .append("| stopped by | grandchild | exit seen |\n|---|---|---|\n");
        outcomes.forEach((way, outcome) -> line(way, outcome));
        text.append('\n');
    }

    private void line(String... cells) {
        text.append("| ").append(String.join(" | ", cells)).append(" |\n");
    }

    @Override
    public String toString() {
        return text.toString();
    }

    void write(Path file) throws IOException {
        Files.writeString(file, text);
    }
}
