package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.OneJar;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.FillsHeap;
import io.github.lastcall.testing.programs.KillsWithoutHeap;
import io.github.lastcall.testing.programs.LeavesRunning;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A JVM that exits when no class can be loaded, or with a full heap: its children are still killed. */
@ExtendWith(LeaksNothing.class)
@Timeout(600)
class LastResortTest {

    /** How often: {@code -Dlastcall.exits=20} for more. */
    private static final int TIMES = Integer.getInteger("lastcall.exits", 5);

    @TempDir
    private Path folder;

    private static List<Long> pids(String line) {
        return Arrays.stream(line.replace("pids", "").strip().split(" ")).map(Long::valueOf).toList();
    }

    /** The last resort sends the signal and does not wait: on a busy machine the child ends some time later. */
    private static void requireNoChild(List<Long> pids, JavaProgram.Result result) {
        pids.forEach(pid -> Programs.await(pid + " is gone: " + result, () -> !Programs.isRunning(pid)));
    }

    private static void requireLastResort(List<Long> pids, JavaProgram.Result result) {
        requireNoChild(pids, result);
        assertEquals(1, result.err().lines().filter(line -> line.startsWith("io.github.lastcall:")).count(), result.err());
    }

    @Test
    void aJarThatWasOverwrittenLeavesNoChild() throws Exception {
        for (int i = 0; i < TIMES; i++) {
            endWithoutJar();
        }
    }

    private void endWithoutJar() throws Exception {
        Path jar = folder.resolve("all.jar");
        Process jvm = JavaProgram.start(new JavaProgram(LeavesRunning.class, "stay", "kill", "2", "pause")
                .classPath(path -> OneJar.of(path, jar).toString())
                .builder());
        List<Long> pids = pids(Programs.readLine(jvm.getInputStream()));
        // The same file, without a class that could be loaded.
        Files.write(jar, new byte[(int) Files.size(jar)]);
        Programs.signal(jvm.pid(), "TERM");
        requireLastResort(pids, JavaProgram.finish(jvm));
    }

    @Test
    void aFullHeapLeavesNoChild() {
        for (int i = 0; i < TIMES; i++) {
            endWithoutHeap();
        }
    }

    /** Although other code fails with an OutOfMemoryError. */
    @Test
    void signalsAreSentWithAFullHeap() {
        JavaProgram.Result result = new JavaProgram(KillsWithoutHeap.class).run();
        assertEquals(
                List.of("kill", "killAsync", "destroyForcibly", "close", "terminate", "terminateAsync", "sendSignal",
                        "scope.close", "scope.terminateAll"),
                result.out().lines().toList(),
                result.err());
    }

    private static void endWithoutHeap() {
        Process jvm = JavaProgram.start(new JavaProgram(FillsHeap.class).builder());
        List<Long> pids = pids(Programs.readLine(jvm.getInputStream()));
        // With what the library has kept in reserve, or as a last resort.
        requireNoChild(pids, JavaProgram.finish(jvm));
    }
}
