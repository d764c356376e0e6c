package io.github.lastcall.benchmarks;

import com.sun.management.OperatingSystemMXBean;
import io.github.lastcall.ExitStatus;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.OutputLimit;
import io.github.lastcall.StandardStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How fast the output of children is read, compared with the JDK and a thread for each stream: bytes are counted, bytes
 * are kept, or lines are counted; of one child and of many. Each round runs every contender once.
 */
final class OutputThroughput {

    private static final String LINE = "2026-11-26T12:00:00.000Z INFO  request served in 12 ms, status 200, é\n";

    private static final int BUFFER = 65_536;

    private static final OperatingSystemMXBean PROCESSOR =
            (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();

    private final Path file;
    private final long size;
    private final int children;

    /** One way to read all output of the children; returns what it has counted. */
    private interface Contender {
        long run() throws Exception;
    }

    private OutputThroughput(Path file, long size, int children) {
        this.file = file;
        this.size = size;
        this.children = children;
    }

    /** Prints a table. */
    static void run(int rounds) throws Exception {
        System.out.println("| what | MB/s, JDK | MB/s, Lastcall | time / JDK | processor time of the JVM / JDK |");
        System.out.println("|---|---|---|---|---|");
        measure(1, 400_000_000, rounds);
        measure(100, 4_000_000, rounds);
        measure(100, 40_000, rounds);
    }

    private static void measure(int children, long size, int rounds) throws Exception {
        Path file = Files.createTempFile("lastcall-output", ".txt");
        try {
            long written = write(file, size);
            new OutputThroughput(file, written, children).measure(rounds);
        } finally {
            Files.delete(file);
        }
    }

    private static long write(Path file, long size) throws IOException {
        byte[] block = LINE.repeat(1000).getBytes(StandardCharsets.UTF_8);
        byte[] line = LINE.getBytes(StandardCharsets.UTF_8);
        try (var out = Files.newOutputStream(file)) {
            long left = size;
            for (; left >= block.length; left -= block.length) {
                out.write(block);
            }
            for (; left >= line.length; left -= line.length) {
                out.write(line);
            }
        }
        return Files.size(file);
    }

    private void measure(int rounds) throws Exception {
        long lines = size / LINE.getBytes(StandardCharsets.UTF_8).length * children;
        compare(rounds, "bytes, counted", size * children, () -> byJdk(this::count), () -> byLastcall(0));
        compare(rounds, "bytes, kept", size * children, () -> byJdk(this::keep), () -> byLastcall(size));
        compare(rounds, "lines, counted", lines, () -> byJdk(this::countLines), this::linesByLastcall);
    }

    private void compare(int rounds, String what, long expected, Contender jdk, Contender lastcall) throws Exception {
        List<Contender> contenders = List.of(jdk, lastcall);
        long[][] times = new long[contenders.size()][rounds];
        long[][] processorTimes = new long[contenders.size()][rounds];
        for (int round = -1; round < rounds; round++) {
            for (int i = 0; i < contenders.size(); i++) {
                long processorBegun = PROCESSOR.getProcessCpuTime();
                long begun = System.nanoTime();
                long counted = contenders.get(i).run();
                if (round >= 0) {
                    times[i][round] = System.nanoTime() - begun;
                    processorTimes[i][round] = PROCESSOR.getProcessCpuTime() - processorBegun;
                }
                if (counted != expected) {
                    throw new IllegalStateException(counted + " instead of " + expected);
                }
            }
        }
        double ofJdk = median(times[0]);
        double ofLastcall = median(times[1]);
        System.out.printf(
                Locale.ROOT,
                "| %d x %,d kB, %s | %.0f | %.0f | %.2f | %.2f |%n",
                children,
                size / 1000,
                what,
                1e3 * size * children / ofJdk,
                1e3 * size * children / ofLastcall,
                ofLastcall / ofJdk,
                median(processorTimes[1]) / median(processorTimes[0]));
    }

    private static double median(long[] times) {
        long[] sorted = times.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private String[] command() {
        return new String[] {"cat", file.toString()};
    }

    // The JDK

    /** Reads one stream. */
    private interface Reader {
        long read(InputStream stream) throws IOException;
    }

    private long byJdk(Reader reader) throws Exception {
        AtomicLong sum = new AtomicLong();
        List<Process> processes = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < children; i++) {
            Process process = new ProcessBuilder(command()).start();
            processes.add(process);
            threads.add(read(reader, process.getInputStream(), sum));
            threads.add(read(reader, process.getErrorStream(), sum));
        }
        for (Process process : processes) {
            process.waitFor();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        return sum.get();
    }

    private static Thread read(Reader reader, InputStream stream, AtomicLong sum) {
        return Thread.ofPlatform().start(() -> {
            try {
                sum.addAndGet(reader.read(stream));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private long count(InputStream stream) throws IOException {
        byte[] buffer = new byte[BUFFER];
        long total = 0;
        for (int count = stream.read(buffer); count >= 0; count = stream.read(buffer)) {
            total += count;
        }
        return total;
    }

    private long keep(InputStream stream) throws IOException {
        return stream.readAllBytes().length;
    }

    private long countLines(InputStream stream) throws IOException {
        BufferedReader reader = new BufferedReader(new InputStreamReader(stream, StandardCharsets.UTF_8));
        long lines = 0;
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            lines++;
        }
        return lines;
    }

    // Lastcall

    private long byLastcall(long kept) throws Exception {
        List<ManagedProcess> processes = start(
                ManagedProcess.builder(command()).capture(OutputLimit.first(kept)));
        long sum = 0;
        for (ManagedProcess process : processes) {
            sum += process.captured(StandardStream.STDOUT).total();
        }
        return sum;
    }

    private long linesByLastcall() throws Exception {
        AtomicLong[] lines = new AtomicLong[children];
        List<ManagedProcess> processes = new ArrayList<>();
        for (int i = 0; i < children; i++) {
            AtomicLong counter = new AtomicLong();
            lines[i] = counter;
            processes.add(ManagedProcess.builder(command())
                    .onLine(StandardStream.STDOUT, line -> counter.setPlain(counter.getPlain() + 1))
                    .onLine(StandardStream.STDERR, line -> counter.incrementAndGet())
                    .start());
        }
        await(processes);
        return Arrays.stream(lines).mapToLong(AtomicLong::get).sum();
    }

    private List<ManagedProcess> start(ManagedProcess.Builder builder) throws Exception {
        List<ManagedProcess> processes = new ArrayList<>();
        for (int i = 0; i < children; i++) {
            processes.add(builder.start());
        }
        await(processes);
        return processes;
    }

    private static void await(List<ManagedProcess> processes) throws Exception {
        for (ManagedProcess process : processes) {
            if (!process.waitForExit().equals(new ExitStatus.Exited(0))) {
                throw new IllegalStateException(process.toString());
            }
        }
    }
}
