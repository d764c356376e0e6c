package io.github.lastcall.testing;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Fails a test that leaves something behind: a child (a zombie too), an orphan of the helper program, a descriptor, a
 * thread, or a temporary file of the library. What is still on its way out has five seconds. Cleans up nothing.
 */
public final class LeaksNothing implements BeforeEachCallback, AfterEachCallback {

    private static final Namespace NAMESPACE = Namespace.create(LeaksNothing.class);
    private static final Duration TIME_TO_SETTLE = Duration.ofSeconds(5);

    private static final long OURSELVES = ProcessHandle.current().pid();

    /**
     * Threads that the JVM, JUnit and the build start and end, and those that the library keeps: its guard, and
     * its workers for a second.
     */
    private static final Pattern ANYBODYS_THREAD = Pattern.compile(
            "lastcall-loop|lastcall-scanner|lastcall-pool-\\d+|process reaper.*|ForkJoinPool.*"
            + "|VirtualThread-un(parker|blocker)|CompletableFutureDelayScheduler"
            + "|.*-Poller.*|Attach Listener|Signal Dispatcher|Common-Cleaner|Cleaner-\\d+|Finalizer|Reference Handler"
            + "|junit-.*|surefire.*|SIG\\w+ handler");

    /**
     * Descriptors that stay open by design: the wake-ups of the library's pool, the alarm and the monitor of its loop,
     * the file of the last pid, whatever classes are loaded from, the source of random names for temporary files, the
     * socket that the JDK keeps to close channels with (the library has none), and this look itself.
     */
    private static final Pattern ANYBODYS_DESCRIPTOR = Pattern.compile(
            "anon_inode:\\[(eventfd|eventpoll|timerfd)\\]|socket:.*|.*\\.jar|.*/lib/modules|/proc/loadavg|/dev/u?random"
                    + "|/proc/" + OURSELVES + "(/task/\\d+)?/fd");

    @Override
    public void beforeEach(ExtensionContext context) {
        context.getStore(NAMESPACE).put("before", look());
    }

    @Override
    @SuppressWarnings("unchecked")
    public void afterEach(ExtensionContext context) {
        requireNothingNewSince((Set<String>) context.getStore(NAMESPACE).remove("before"), TIME_TO_SETTLE);
    }

    /** Fails if something is there, now and until the limit has passed, that was not there before. */
    static void requireNothingNewSince(Set<String> before, Duration limit) {
        if (!Programs.await(limit, () -> before.containsAll(look()))) {
            Set<String> left = look();
            left.removeAll(before);
            if (!left.isEmpty()) {
                throw new AssertionError("The test has left " + left.size() + ": " + String.join("; ", left));
            }
        }
    }

    /** Everything there is, one description each. */
    static Set<String> look() {
        Set<String> found = new TreeSet<>();
        processes(found);
        descriptors(found);
        threads(found);
        files(found);
        return found;
    }

    private static void processes(Set<String> found) {
        for (Path entry : list(Path.of("/proc"), "[0-9]*")) {
            long pid = Long.parseLong(entry.getFileName().toString());
            long parent = Programs.parent(pid).orElse(0L);
            String program = target(entry.resolve("exe"));
            if (parent == OURSELVES || isOrphan(program, parent) && Programs.isRunning(pid)) {
                found.add("process " + pid + " (" + (program.isEmpty() ? "zombie" : program) + ")");
            }
        }
    }

    /** Another process adopts an orphan. It is ours if it runs the helper program, and not for another test's JVM. */
    private static boolean isOrphan(String program, long parent) {
        String parentProgram = target(Path.of("/proc/" + parent + "/exe"));
        return program.equals(helper()) && !parentProgram.equals(helper()) && !parentProgram.endsWith("/java");
    }

    private static String helper() {
        return System.getProperty("lastcall.native.helpers") == null ? "none" : Programs.helper("child");
    }

    private static void descriptors(Set<String> found) {
        for (Path entry : list(Path.of("/proc/self/fd"), "*")) {
            String target = target(entry);
            if (!target.isEmpty() && !ANYBODYS_DESCRIPTOR.matcher(target).matches()) {
                found.add("descriptor " + entry.getFileName() + " (" + target + ")");
            }
        }
    }

    /** The number is in it because names are not unique. */
    private static void threads(Set<String> found) {
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (!ANYBODYS_THREAD.matcher(thread.getName()).matches()) {
                found.add("thread " + thread.threadId() + " (" + thread.getName() + ")");
            }
        }
    }

    private static void files(Set<String> found) {
        for (Path file : list(Path.of(System.getProperty("java.io.tmpdir")), "lastcall[0-9]*")) {
            found.add("file " + file);
        }
    }

    /** Empty: it is gone, or does not count. */
    private static String target(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException gone) {
            return "";
        }
    }

    private static Set<Path> list(Path folder, String glob) {
        Set<Path> found = new TreeSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, glob)) {
            entries.forEach(found::add);
        } catch (IOException e) {
            throw new AssertionError("cannot look into " + folder, e);
        }
        return found;
    }
}
