package io.github.lastcall.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
        int namespaces = field(read(PROC.resolve("self/status")), "NSpid").length;
        List<Seen> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            entries.forEach(entry -> seen(entry, namespaces).ifPresent(found::add));
        } catch (IOException e) {
            throw new AssertionError("cannot look into /proc", e);
        }
        return found;
    }

    private static Optional<Seen> seen(Path entry, int namespaces) {
        String status = read(entry.resolve("status"));
        String[] pids = field(status, "NSpid");
        if (pids.length != namespaces) {
            return Optional.empty();
        }
        return started(entry).map(started -> new Seen(
                last(pids),
                started,
                last(field(status, "NSpgid")),
                field(status, "State")[0].charAt(0),
                last(field(status, "Threads"))));
    }

    /** What follows a name in /proc/PID/status, for NSpid a number for each pid namespace; nothing: it is not there. */
    private static String[] field(String status, String name) {
        int line = status.indexOf('\n' + name + ":\t");
        if (line < 0) {
            return new String[0];
        }
        int start = line + name.length() + 3;
        return status.substring(start, status.indexOf('\n', start)).split("\t");
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

    private static long last(String[] numbers) {
        return Long.parseLong(numbers[numbers.length - 1]);
    }
}
