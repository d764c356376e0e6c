package io.github.lastcall.testing;

import io.github.lastcall.Containment;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Children for tests, and looks at processes that do not go through the library under test. */
public final class Programs {

    /** Far longer than every wait of the tests, also on a machine under load. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Programs() {}

    /** Prepares the helper program that runs the steps in its arguments; native/tests/helpers/child.c lists them. */
    public static ProcessBuilder child(String... steps) {
        List<String> command = new ArrayList<>();
        command.add(helper("child"));
        command.addAll(List.of(steps));
        return new ProcessBuilder(command);
    }

    /** Returns the path of a helper program. */
    public static String helper(String name) {
        String folder = System.getProperty("lastcall.native.helpers");
        if (folder == null) {
            throw new IllegalStateException("the system property lastcall.native.helpers names no directory");
        }
        return Path.of(folder, name).toAbsolutePath().toString();
    }

    /**
     * Prepares a command that runs in a terminal of its own, whose keyboard and screen are the standard input and
     * output of what is returned. Skips the test where there is no script(1).
     */
    public static ProcessBuilder inTerminal(List<String> command) {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/script")), "there is no /usr/bin/script");
        String line = command.stream()
                .map(word -> "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" ", "exec ", ""));
        return new ProcessBuilder("/usr/bin/script", "-qec", line, "/dev/null");
    }

    /** Sends a signal, by its name without SIG, through kill(1). */
    public static void signal(long pid, String name) {
        try {
            new ProcessBuilder("sh", "-c", "kill -" + name + " " + pid).inheritIO().start().waitFor();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException("cannot send " + name + " to " + pid, e);
        }
    }

    /** Reads the line "ready" from the output of a process. */
    public static void awaitReady(Process process) {
        String line = readLine(process.getInputStream());
        if (!line.equals("ready")) {
            throw new AssertionError("instead of \"ready\" the process " + process + " wrote \"" + line + "\"");
        }
    }

    /** Reads a line and nothing beyond it; at the end of the stream, what there is. */
    public static String readLine(InputStream stream) {
        StringBuilder line = new StringBuilder();
        try {
            for (int next = stream.read(); next >= 0 && next != '\n'; next = stream.read()) {
                line.append((char) next);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return line.toString();
    }

    /** Skips the test where there is no such containment. */
    public static void assumeAvailable(Containment containment) {
        Assumptions.assumeTrue(
                Containment.available().available().contains(containment), "no containment " + containment + " here");
    }

    /** Returns whether there is such a process and it is not a zombie. */
    public static boolean isRunning(long pid) {
        return state(pid).filter(state -> state != 'Z' && state != 'X').isPresent();
    }

    /** Waits until {@link #isRunning} does not hold. */
    public static void awaitGone(long pid) {
        await("process " + pid + " is gone", () -> !isRunning(pid));
    }

    /** Waits until a condition holds, and fails after the limit. */
    public static void await(String what, BooleanSupplier condition) {
        if (!await(PATIENCE, condition)) {
            throw new AssertionError("the limit has passed, waiting until " + what);
        }
    }

    /** Waits for a latch, where an interrupt would be an error. */
    public static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("a test was interrupted while it waited", e);
        }
    }

    /** Waits until a condition holds. Returns false if it does not hold within the limit. */
    static boolean await(Duration limit, BooleanSupplier condition) {
        long end = System.nanoTime() + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                return false;
            }
            nap();
        }
        return true;
    }

    /** Between two looks at a condition that no event announces. */
    private static void nap() {
        try {
            Thread.sleep(5);
        } catch (InterruptedException e) {
            throw new IllegalStateException("a test was interrupted while it waited", e);
        }
    }

    /** The letter that proc(5) gives for the state of a process; empty: there is none. */
    public static Optional<Character> state(long pid) {
        return stat(pid).map(fields -> fields[0].charAt(0));
    }

    /** The pid of its parent; empty: there is no such process. */
    static Optional<Long> parent(long pid) {
        return stat(pid).map(fields -> Long.parseLong(fields[1]));
    }

    /** What follows the command in /proc/PID/stat. The command may hold anything, also spaces and parentheses. */
    private static Optional<String[]> stat(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"), StandardCharsets.ISO_8859_1);
            return Optional.of(stat.substring(stat.lastIndexOf(')') + 2).split(" "));
        } catch (IOException gone) {
            return Optional.empty();
        }
    }

    /** Whether SIGHUP, SIGINT, SIGQUIT or SIGTERM is ignored, by the status file of a process. */
    static boolean ignoresSignals(Path status) {
        try (Stream<String> lines = Files.lines(status)) {
            long ignored = lines.filter(line -> line.startsWith("SigIgn:"))
                    .mapToLong(line -> Long.parseUnsignedLong(line.substring("SigIgn:".length()).strip(), 16))
                    .findFirst()
                    .orElse(0);
            return (ignored & 0x4007) != 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
