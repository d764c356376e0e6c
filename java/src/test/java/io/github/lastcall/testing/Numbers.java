package io.github.lastcall.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * What this JVM holds of the machine, by looks that do not go through the library under test.
 *
 * @param threads platform threads, those of the JVM itself included, as the kernel counts them
 * @param descriptors open descriptors
 * @param wakeUps those of them that are eventfds: the library keeps its own for good
 * @param children living children
 * @param zombies children that have exited and were not reaped
 * @param residentKiB memory, in KiB
 */
public record Numbers(long threads, long descriptors, long wakeUps, long children, long zombies, long residentKiB) {

    private static final long OURSELVES = ProcessHandle.current().pid();

    /** Looks. */
    public static Numbers look() {
        return new Numbers(
                threadsNow(), descriptors(""), descriptors("anon_inode:[eventfd]"), children(false), children(true),
                status("VmRSS"));
    }

    /** Platform threads, as the kernel counts them. */
    public static long threadsNow() {
        return status("Threads");
    }

    /** Bytes of the heap that are in use after a collection, and after the threads that it has woken have run. */
    public static long heapBytes() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
            try {
                Thread.sleep(100);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return least;
    }

    private static long descriptors(String target) {
        try (Stream<Path> entries = Files.list(Path.of("/proc/self/fd"))) {
            return entries.filter(entry -> target(entry).startsWith(target)).count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException gone) {
            return "";
        }
    }

    private static long children(boolean zombies) {
        try (Stream<Path> entries = Files.list(Path.of("/proc"))) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> Character.isDigit(name.charAt(0)))
                    .map(Long::valueOf)
                    .filter(pid -> Programs.parent(pid).orElse(0L) == OURSELVES)
                    .filter(pid -> Programs.isRunning(pid) != zombies)
                    .count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long status(String field) {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith(field + ":"))
                    .mapToLong(line -> Long.parseLong(line.split("\\s+")[1]))
                    .findFirst()
                    .orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
