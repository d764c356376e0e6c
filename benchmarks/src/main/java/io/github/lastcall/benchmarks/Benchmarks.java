package io.github.lastcall.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.runner.RunnerException;

/** Runs all benchmarks and writes the results, or compares a part of them with the reference. */
final class Benchmarks {

    private static final String COMMAND = "mvn -B -Pbenchmark verify";

    private static final int ROUNDS_OF_OUTPUT = 5;

    private static final String REFERENCE = "reference.txt";

    private final Path folder;
    private final Path nativeFolder;
    private final Path page;

    private Benchmarks(Path folder, Path nativeFolder, Path page) {
        this.folder = folder;
        this.nativeFolder = nativeFolder;
        this.page = page;
    }

    /**
     * Arguments: all, quick, budgets, budgets-briefly, output, check or reference; the folder of the results; the
     * folder of the C programs.
     */
    public static void main(String[] args) throws Exception {
        Path page = Files.createTempFile("lastcall-benchmarks", ".page");
        int failures;
        try {
            new Page(page);
            Benchmarks benchmarks = new Benchmarks(Path.of(args[1]), Path.of(args[2]), page);
            failures = benchmarks.run(args[0]);
        } finally {
            Files.delete(page);
        }
        System.exit(failures == 0 ? 0 : 1);
    }

    private int run(String mode) throws Exception {
        try (Workers like = new Workers(nativeFolder, page)) {
            switch (mode) {
                case "all" -> measure(Effort.ALL, folder, like);
                case "quick" -> measure(Effort.QUICK, nativeFolder, like);
                case "budgets" -> budgets(mode, Effort.BUDGETS, folder, like);
                case "budgets-briefly" -> budgets(mode, Effort.BUDGETS_BRIEFLY, nativeFolder, like);
                case "output" -> OutputThroughput.run(ROUNDS_OF_OUTPUT);
                case "reference" -> Reference.write(folder.resolve(REFERENCE), Check.measure(Sections.checked(), like));
                case "check" -> {
                    return check(like);
                }
                default -> throw new IllegalArgumentException(mode);
            }
        }
        return 0;
    }

    private int check(Workers like) throws IOException, InterruptedException {
        Reference reference = Reference.read(folder.resolve(REFERENCE));
        List<String> failures = Check.run(reference, Sections.checked(), like);
        failures.forEach(failure -> System.out.println(
                "FAILED: more than " + Check.MOST + " times the reference, or more threads: " + failure));
        return failures.size();
    }

    private void budgets(String mode, Effort effort, Path results, Workers like)
            throws IOException, InterruptedException {
        Report report = Report.budgets(COMMAND + " -Dbenchmark.mode=" + mode);
        Map<String, Ratios> measured = new LinkedHashMap<>();
        for (Section section : Budget.sections()) {
            say(section.title());
            measured.put(section.id(), effort.measure(section, like));
        }
        report.addBudgets(effort, measured);
        report.write(results.resolve("BUDGETS.md"));
        System.out.println(report);
    }

    private void measure(Effort effort, Path results, Workers like)
            throws IOException, InterruptedException, RunnerException {
        Report report = Report.full(COMMAND, effort);
        List<Trial> plotted = new ArrayList<>();
        for (Section section : Sections.all()) {
            say(section.title());
            Ratios measured = effort.measure(section, like);
            report.add(measured);
            if (measured instanceof Trial trial && isPlotted(section)) {
                plotted.add(trial);
            }
        }
        say("The first stops of a JVM, step by step");
        report.addWarmingUp(WarmingUp.run(Sections.warmingUp(), like));
        say("Stubborn trees");
        report.addTrees(trees(like));
        say("JMH");
        report.addJmh(JmhRun.run(nativeFolder));
        report.write(results.resolve("RESULTS.md"));
        Plot.write(results.resolve("RESULTS.svg"), plotted);
    }

    private static boolean isPlotted(Section section) {
        return section.kind() == Section.Kind.WARM && !section.operation().equals("spawn");
    }

    private static Map<String, String> trees(Workers workers) throws IOException, InterruptedException {
        Map<String, String> outcomes = new LinkedHashMap<>();
        for (int i = 0; i < StubbornTree.WAYS.size(); i++) {
            outcomes.put(
                    StubbornTree.WAYS.get(i),
                    workers.run(StubbornTree.class, Integer.toString(i)).line());
        }
        return outcomes;
    }

    private static void say(String what) {
        System.out.println("== " + what);
    }
}
