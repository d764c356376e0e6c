package io.github.lastcall.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The processes that measure, one for each contender, so that none changes the threads, compiled code or signal
 * handlers of another. One works at a time. The name of a worker is "floor", the name of a contender of {@link Worker},
 * or "lastcall:" and the features that are disabled.
 */
final class Workers implements AutoCloseable {

    private final Path nativeFolder;
    private final Path page;
    private final Map<String, Talk> running = new HashMap<>();

    private record Talk(Process process, BufferedReader answers) {}

    Workers(Path nativeFolder, Path page) {
        this.nativeFolder = nativeFolder;
        this.page = page;
    }

    /** Returns workers of the same kind that are not started yet. */
    Workers fresh() {
        return new Workers(nativeFolder, page);
    }

    /** Requests a measurement. Starts the worker if it does not run. */
    long[] ask(String worker, int descriptors, String request) throws IOException {
        Talk talk = running.computeIfAbsent(worker + " " + descriptors, key -> start(worker, descriptors));
        talk.process().outputWriter().append(request).append('\n').flush();
        String answer = talk.answers().readLine();
        if (answer == null || answer.startsWith("error")) {
            throw new IOException(worker + " to \"" + request + "\": " + answer);
        }
        return Arrays.stream(answer.trim().split(" ")).mapToLong(Long::parseLong).toArray();
    }

    private Talk start(String worker, int descriptors) {
        String[] name = worker.split(":");
        List<String> command = new ArrayList<>();
        if (worker.equals("floor")) {
            command.add(nativeFolder.resolve("floor").toString());
        } else {
            command.addAll(java());
            if (name.length > 1) {
                command.add("-Dio.github.lastcall.disable=" + name[1]);
            }
            command.addAll(List.of(Worker.class.getName(), name[0]));
        }
        command.addAll(List.of(child(), page.toString(), Integer.toString(descriptors)));
        try {
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            return new Talk(process, process.inputReader());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The result of a program.
     *
     * @param line the line that it has printed
     * @param ended CLOCK_MONOTONIC in nanoseconds when its exit was seen
     */
    record Ran(String line, long ended) {}

    /** Runs a program of the benchmarks in its own JVM. */
    Ran run(Class<?> program, String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(java());
        command.add(program.getName());
        command.addAll(List.of(arguments));
        command.addAll(List.of(child(), page.toString()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (BufferedReader lines = process.inputReader()) {
            String line = lines.readLine();
            int code = process.waitFor();
            long ended = System.nanoTime();
            if (code != 0 || line == null) {
                throw new IOException(command + " failed");
            }
            return new Ran(line, ended);
        }
    }

    private String child() {
        return nativeFolder.resolve("child").toString();
    }

    /** The option for SLF4J prevents its message that there is no back end. */
    private static List<String> java() {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx512m",
                "-Dslf4j.internal.verbosity=ERROR",
                "-cp",
                System.getProperty("java.class.path"));
    }

    /** Ends all. A worker ends at the end of its input. */
    @Override
    public void close() throws IOException {
        for (Talk talk : running.values()) {
            talk.process().outputWriter().close();
        }
        for (Talk talk : running.values()) {
            try {
                talk.process().waitFor();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        running.clear();
    }
}
