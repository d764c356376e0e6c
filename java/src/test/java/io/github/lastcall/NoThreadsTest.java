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
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A JVM that the system gives no thread more, because its limit of processes is reached, as children that multiply
 * reach it: it must be able to stop them. Root has no such limit, so the JVM is another user's.
 */
@ExtendWith(LeaksNothing.class)
@Timeout(120)
class NoThreadsTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"scope", "carriers", "exit"})
    void childrenAreStoppedNonetheless(String way) throws Exception {
        boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        Assumptions.assumeTrue(root, "only root can do this");
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")), "there is no /usr/bin/prlimit");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path helper = Files.copy(Path.of(Programs.helper("child")), folder.resolve("child"));
        JavaProgram.Result result = new JavaProgram(StopsWithoutThreads.class, way, helper.toString())
                .options("-XX:+UseSerialGC", "-XX:-UseDynamicNumberOfCompilerThreads")
                .asNobody(folder)
                .launcher("/usr/bin/prlimit", "--nproc=150")
                .run();
        // The JVM itself complains there, too, of each thread that it cannot start.
        List<String> lines = result.out().lines().toList();
        List<Long> children = lines.stream()
                .filter(line -> line.startsWith("pid "))
                .map(line -> Long.valueOf(line.substring("pid ".length())))
                .toList();
        assertEquals(6, children.size(), result.out() + result.err());
        children.forEach(child -> assertFalse(Programs.isRunning(child), () -> child + " is still there"));
        assertTrue(way.equals("exit") || lines.contains("closed"), result.out() + result.err());
    }
}
