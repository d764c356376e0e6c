package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Section.Pace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.openjdk.jmh.runner.RunnerException;

/** Runs all and writes the results, or compares a part with the reference. */
final class Benchmarks {

    /**
     * How much to measure.
     *
     * @param pace for most sections
     * @param slowPace with many descriptors open, where a child of the JDK takes 20 ms
     * @param children how many at once
     * @param childrenRounds how often that
     * @param slowChildrenRounds how often that with many descriptors open
     * @param firstUses how many fresh JVMs of each kind
     */
    private record Effort(
            Pace pace, Pace slowPace, int children, int childrenRounds, int slowChildrenRounds, int firstUses) {}

    private static final Effort ALL =
            new Effort(new Pace(2000, 14, 20), new Pace(500, 10, 8), 1000, 5, 3, 11);

    /** Shows that everything runs, measures nothing worth quoting; what it writes goes to the C programs. */
    private static final Effort QUICK = new Effort(new Pace(50, 5, 10), new Pace(5, 3, 5), 100, 1, 1, 3);

    private static final String COMMAND = "mvn -B -Pbenchmark verify";

    private static final String REFERENCE = "reference.txt";

    private final Path folder;
    private final Path nativeFolder;
    private final Path page;

    private Benchmarks(Path folder, Path nativeFolder, Path page) {
        this.folder = folder;
        this.nativeFolder = nativeFolder;
        this.page = page;
    }

    /** Arguments: all, quick, check or reference, the folder of the results, the folder of the C programs. */
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

    private int run(String mode) throws IOException, InterruptedException, RunnerException {
        switch (mode) {
            case "all" -> {
                measure(ALL, folder);
                writeReference();
            }
            case "quick" -> measure(QUICK, nativeFolder);
            case "reference" -> writeReference();
            case "check" -> {
                return check();
            }
            default -> throw new IllegalArgumentException(mode);
        }
        return 0;
    }

    private void writeReference() throws IOException {
        say("Reference");
        try (Workers workers = new Workers(nativeFolder, page)) {
            Reference.write(folder.resolve(REFERENCE), Check.measure(Sections.checked(), workers));
        }
    }

    private int check() throws IOException {
        Reference reference = Reference.read(folder.resolve(REFERENCE));
        try (Workers workers = new Workers(nativeFolder, page)) {
            List<String> failures = Check.run(reference, Sections.checked(), workers);
            failures.forEach(failure -> System.out.println(
                    "FAILED: more than " + Check.MOST + " times the reference: " + failure));
            return failures.size();
        }
    }

    private void measure(Effort effort, Path results) throws IOException, InterruptedException, RunnerException {
        Report report = new Report(COMMAND, effort.pace(), effort.slowPace());
        List<Trial> trials = new ArrayList<>();
        for (Section section : Sections.all()) {
            say(section.title());
            // For each section fresh ones: what one leaves behind is not the next one's.
            try (Workers workers = new Workers(nativeFolder, page)) {
                Pace pace = section.descriptors() > 0 ? effort.slowPace() : effort.pace();
                trials.add(Trial.run(section, pace, workers));
            }
        }
        trials.forEach(report::add);
        say("Many live children");
        try (Workers like = new Workers(nativeFolder, page)) {
            int children = effort.children();
            report.add(ManyTrial.run(Sections.many(), children, effort.childrenRounds(), like));
            report.add(ManyTrial.run(Sections.manyWithDescriptors(), children, effort.slowChildrenRounds(), like));
        }
        say("First use");
        addFirstUse(report, effort.firstUses());
        try (Workers like = new Workers(nativeFolder, page)) {
            report.addWarmingUp(WarmingUp.run(Sections.first(), like));
        }
        say("Stubborn trees");
        report.addTrees(trees());
        say("JMH");
        report.addJmh(JmhRun.run(nativeFolder));
        report.write(results.resolve("RESULTS.md"));
        Plot.write(
                results.resolve("RESULTS.svg"),
                trials.stream().filter(Benchmarks::isPlotted).toList());
    }

    private static boolean isPlotted(Trial trial) {
        return !trial.section().operation().equals("spawn");
    }

    private void addFirstUse(Report report, int count) throws IOException, InterruptedException {
        double[] jdk = new double[count];
        double[] lastcall = new double[count];
        double[] ratio = new double[count];
        try (Workers workers = new Workers(nativeFolder, page)) {
            for (int i = 0; i < count; i++) {
                jdk[i] = Long.parseLong(workers.run(FirstUse.class, "jdk"));
                lastcall[i] = Long.parseLong(workers.run(FirstUse.class, "lastcall"));
                ratio[i] = lastcall[i] / jdk[i];
            }
        }
        report.addFirstUse(Spread.of(jdk), Spread.of(lastcall), Spread.of(ratio));
    }

    private Map<String, String> trees() throws IOException, InterruptedException {
        Map<String, String> outcomes = new LinkedHashMap<>();
        try (Workers workers = new Workers(nativeFolder, page)) {
            for (int i = 0; i < StubbornTree.WAYS.size(); i++) {
                outcomes.put(StubbornTree.WAYS.get(i), workers.run(StubbornTree.class, Integer.toString(i)));
            }
        }
        return outcomes;
    }

    private static void say(String what) {
        System.out.println("== " + what);
    }
}
