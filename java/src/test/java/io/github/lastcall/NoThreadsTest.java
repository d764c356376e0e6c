package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.StopsWithoutThreads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A JVM that can start no more threads, because its user has reached the limit of processes, for example by children
 * that multiply. It must be able to stop them. Root has no such limit, so the JVM runs as another user.
 */
@ExtendWith(LeaksNothing.class)
@Timeout(120)
class NoThreadsTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"scope", "carriers", "exit"})
    void childrenAreStoppedNonetheless(String way) throws Exception {
        JavaProgram.Result result = JavaProgram.run(program(way, 6, 150).builder());
        requireNoneLeft(6, result);
        assertTrue(way.equals("exit") || result.out().lines().anyMatch("closed"::equals), result.out() + result.err());
    }

    /** A process that ends makes room for a thread, which may run all later steps. */
    @Test
    void stepsThatNeedAThreadArePassedOver() throws Exception {
        JavaProgram.Result result = JavaProgram.run(program("steps", 6, 150).builder());
        requireNoneLeft(6, result);
        assertTrue(result.out().contains(", because no thread could be started for it"), result.out());
    }

    /** One after the other they would take ten seconds. */
    @Test
    void fiftyChildrenAreStoppedAtTheSameTimeByTheExit() throws Exception {
        Process jvm = JavaProgram.start(program("exit", 50, 300).builder());
        StringBuilder out = new StringBuilder();
        String line;
        do {
            line = Programs.readLine(jvm.getInputStream());
            out.append(line).append('\n');
        } while (!line.equals("exiting") && !line.isEmpty());
        assertEquals("exiting", line, out.toString());
        long begun = System.nanoTime();
        JavaProgram.Result result = JavaProgram.finish(jvm);
        Duration took = Duration.ofNanos(System.nanoTime() - begun);
        requireNoneLeft(50, new JavaProgram.Result(result.exitValue(), out.toString(), result.err()));
        assertTrue(took.compareTo(Duration.ofSeconds(5)) < 0, took.toString());
    }

    private JavaProgram program(String way, int children, int limit) throws Exception {
        boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        Assumptions.assumeTrue(root, "only root can do this");
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")), "there is no /usr/bin/prlimit");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path helper = Files.copy(Path.of(Programs.helper("child")), folder.resolve("child"));
        return new JavaProgram(StopsWithoutThreads.class, way, helper.toString(), Integer.toString(children))
                .options("-XX:+UseSerialGC", "-XX:-UseDynamicNumberOfCompilerThreads")
                .asNobody(folder)
                .launcher("/usr/bin/prlimit", "--nproc=" + limit);
    }

    /** The JVM itself also prints a warning for each thread that it cannot start. */
    private static void requireNoneLeft(int count, JavaProgram.Result result) {
        List<Long> children = result.out().lines()
                .filter(line -> line.startsWith("pid "))
                .map(line -> Long.valueOf(line.substring("pid ".length())))
                .toList();
        assertEquals(count, children.size(), result.out() + result.err());
        children.forEach(child -> assertFalse(Programs.isRunning(child), () -> child + " is still there"));
    }
}
