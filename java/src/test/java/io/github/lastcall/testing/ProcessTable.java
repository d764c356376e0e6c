package io.github.lastcall.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * All processes in /proc, by a look that does not go through the library under test. Where /proc is that of another pid
 * namespace it finds those of our own in it, by our own numbers.
 */
public final class ProcessTable {

    private static final Path PROC = Path.of("/proc");

    private ProcessTable() {}

    /**
     * A process. Pid and start time together name it for as long as the machine runs.
     *
     * @param pid its number in our namespace
     * @param started in clock ticks since boot
     * @param group its process group
     * @param state the letter of proc(5)
     * @param threads how many threads it has
     */
    public record Seen(long pid, long started, long group, char state, long threads) {

        /** Zombies are dead, but one whose main thread alone has ended looks like one. */
        public boolean isAlive() {
            return state != 'X' && (state != 'Z' || threads > 1);
        }

        /** Whether it was the same process as that one. */
        public boolean is(Seen other) {
            return pid == other.pid && started == other.started;
        }
    }

    /** Every process that can be seen. */
    public static List<Seen> look() {
        int namespaces = numbers(status(PROC.resolve("self")).get("NSpid")).length;
        List<Seen> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            entries.forEach(entry -> seen(entry, namespaces).ifPresent(found::add));
        } catch (IOException e) {
            throw new AssertionError("cannot look into /proc", e);
        }
        return found;
    }

    private static Optional<Seen> seen(Path entry, int namespaces) {
        Map<String, String> status = status(entry);
        if (!status.containsKey("NSpid") || numbers(status.get("NSpid")).length != namespaces) {
            return Optional.empty();
        }
        return started(entry).map(started -> new Seen(
                last(status.get("NSpid")),
                started,
                last(status.get("NSpgid")),
                status.get("State").charAt(0),
                last(status.get("Threads"))));
    }

    private static Map<String, String> status(Path entry) {
        return read(entry.resolve("status"))
                .lines()
                .map(line -> line.split(":\\s*", 2))
                .filter(parts -> parts.length == 2)
                .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1], (first, second) -> first));
    }

    private static Optional<Long> started(Path entry) {
        String stat = read(entry.resolve("stat"));
        return stat.isEmpty()
                ? Optional.empty()
                : Optional.of(Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[19]));
    }

    /** Empty: it is gone, or not for us to see. */
    private static String read(Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }

    private static String[] numbers(String field) {
        return field.split("\\s+");
    }

    private static long last(String field) {
        String[] numbers = numbers(field);
        return Long.parseLong(numbers[numbers.length - 1]);
    }
}
