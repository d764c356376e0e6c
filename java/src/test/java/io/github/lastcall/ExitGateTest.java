package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.ExitsAfterOne;
import io.github.lastcall.testing.programs.Restarts;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A JVM that exits while its threads start children, or just after a child has exited. */
@ExtendWith(LeaksNothing.class)
@Timeout(600)
class ExitGateTest {

    /** How often: {@code -Dlastcall.exits=100} for more. */
    private static final int TIMES = Integer.getInteger("lastcall.exits", 10);

    /** More than ten times the normal duration of an exit. */
    private static final Duration BOUND = Duration.ofSeconds(10);

    @ParameterizedTest
    @CsvSource({"stay, 143", "exit, 0", "return, 0"})
    void nothingIsStartedOrLeftOnceTheExitHasBegun(String end, int exitValue) throws Exception {
        for (int i = 0; i < TIMES; i++) {
            String mark = UUID.randomUUID().toString();
            Process jvm = JavaProgram.start(new JavaProgram(Restarts.class, end, mark).builder());
            Programs.awaitReady(jvm);
            long begun = System.nanoTime();
            if (end.equals("stay")) {
                Programs.signal(jvm.pid(), "TERM");
            }
            JavaProgram.Result result = JavaProgram.finish(jvm);
            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            assertEquals(List.of(), marked(mark));
            assertEquals(exitValue, result.exitValue(), result.err());
            assertTrue(took.compareTo(BOUND) < 0, took.toString());
            assertTrue(result.out().contains("refused"), result.out() + result.err());
        }
    }

    /** The processes with that argument. */
    private static List<String> marked(String mark) throws IOException {
        List<String> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
            for (Path entry : entries) {
                if (commandLine(entry).contains(mark)) {
                    found.add(entry.getFileName() + " " + commandLine(entry).replace('\0', ' '));
                }
            }
        }
        return found;
    }

    private static String commandLine(Path entry) {
        try {
            return Files.readString(entry.resolve("cmdline"), StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }

    /** A thread in a native wait makes HotSpot wait up to 300 ms for it. */
    @Test
    void anExitIsNotHeldUpByTheLibrarysThreads() {
        long jdk = Long.MAX_VALUE;
        long ours = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            jdk = Math.min(jdk, millisToExit("jdk"));
            ours = Math.min(ours, millisToExit("async"));
        }
        assertTrue(ours < jdk + 200, ours + " ms, the JDK " + jdk);
    }

    private static long millisToExit(String how) {
        Process jvm = JavaProgram.start(new JavaProgram(ExitsAfterOne.class, how).builder());
        assertEquals("exiting", Programs.readLine(jvm.getInputStream()));
        long begun = System.nanoTime();
        JavaProgram.finish(jvm);
        return (System.nanoTime() - begun) / 1_000_000;
    }

    /** The first start needs threads and descriptors of its own. Refused by the exit, it must not leave them. */
    @Test
    void aFirstStartInAHookLeavesNothing() {
        JavaProgram.Result result = new JavaProgram(StartsInHook.class).run();
        assertEquals("Shutdown in progress\n", result.out(), result.err());
    }

    /** The program. */
    static final class StartsInHook {

        private StartsInHook() {}

        public static void main(String[] arguments) {
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                var refused = assertThrows(
                        IllegalStateException.class, () -> ManagedProcess.builder("true").start());
                Programs.await("its threads end", () -> Thread.getAllStackTraces().keySet().stream()
                        .noneMatch(thread -> thread.getName().startsWith("lastcall-")));
                System.out.println(refused.getMessage());
            }));
        }
    }

    /** After main has returned the handle is unreachable. A garbage collection then must not shorten the policy. */
    @Test
    void aHandleThatIsCollectedDuringTheExitIsNotLost(@TempDir Path folder) {
        JavaProgram.Result result =
                new JavaProgram(Collects.class, folder.resolve("asked").toString()).run();
        assertEquals("has ended in order\n", result.out(), result.err());
    }

    /** The program. */
    static final class Collects {

        private Collects() {}

        public static void main(String[] arguments) throws Exception {
            Path asked = Path.of(arguments[0]);
            String script = "trap '>\"$0\"; sleep 1.5; echo has ended in order; exit 0' TERM; echo ready >&2;"
                    + " while :; do sleep 0.02; done";
            ManagedProcess process = ManagedProcess.builder("sh", "-c", script, asked.toString())
                    .redirectOutput(ProcessBuilder.Redirect.INHERIT)
                    .terminateOnClose(GracefulShutdown.of(Duration.ofSeconds(30)))
                    .start();
            assertEquals("ready", Programs.readLine(process.getErrorStream()));
            Runtime.getRuntime().addShutdownHook(new Thread(() -> collectOnce(asked)));
        }

        private static void collectOnce(Path asked) {
            Programs.await("the child is asked", () -> Files.exists(asked));
            System.gc();
        }
    }

    @RepeatedTest(5)
    void aChildWhoseOutputWasReadToItsEndIsNotCalledRunning() {
        JavaProgram.Result result =
                new JavaProgram(ExitsAfterOne.class, "read").property("lastcall.test.log", "stderr").run();
        assertEquals("hello\n", result.out());
        assertEquals(List.of(), result.err().lines().filter(line -> !line.startsWith("DEBUG")).toList());
    }
}
