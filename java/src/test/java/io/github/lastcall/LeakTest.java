package io.github.lastcall;

import static io.github.lastcall.testing.Programs.child;
import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.ThreadKind.Running;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import java.io.File;
import java.io.IOException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * What many starts leave. Every descriptor is counted here, those that the library keeps for its wake-ups too: they
 * must not grow with the number of processes.
 */
@ExtendWith(LeaksNothing.class)
class LeakTest {

    /** The threads that ever waited at the same time in a test have a wake-up each. */
    private static final int WAKE_UPS = 4;

    private static int descriptors() {
        return new File("/proc/self/fd").list().length;
    }

    private static long children() {
        return ProcessHandle.current().children().count();
    }

    private static long threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("lastcall-exit"))
                .count();
    }

    /** Creates what is created once, before anything is counted. */
    @BeforeEach
    void startOneOfEach() throws Exception {
        assertEquals("0\n", Starter.LASTCALL.outputOf(child("read-all")));
        assertEquals("0\n", Starter.JDK.outputOf(child("read-all")));
    }

    @Test
    void aHandleThatHasSeenTheExitCostsNoDescriptorUntilItIsClosed() throws Exception {
        int before = descriptors();
        List<ManagedProcess> handles = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            ManagedProcess process =
                    ManagedProcess.builder(child("write", "out", "10")).start();
            process.waitFor();
            handles.add(process);
        }
        assertTrue(descriptors() <= before + WAKE_UPS, before + " before, " + descriptors() + " after");
        assertEquals(0, children());
        for (ManagedProcess process : handles) {
            assertEquals(10, process.getInputStream().readAllBytes().length);
        }
    }

    @Test
    void twoThousandStartsAndStopsLeaveNothing() throws Exception {
        int descriptors = descriptors();
        ManagedProcess.Builder builder = ManagedProcess.builder(child("ready", "pause"));
        for (int i = 0; i < 2_000; i++) {
            try (ManagedProcess process = builder.start()) {
                if (i % 4 == 0) {
                    Programs.awaitReady(process);
                }
                assertEquals(137, process.kill().toExitValue());
            }
        }
        assertTrue(descriptors() <= descriptors + WAKE_UPS, descriptors + " before, " + descriptors() + " after");
        assertEquals(0, children());
        assertEquals(0, threads());
    }

    /** The loop would advance it at the end of its phase, ten minutes later. */
    @Test
    void aStopThatIsOverKeepsNothing() throws Exception {
        WeakReference<?> child = stopWithinTenMinutes();
        Programs.await("nothing refers to it", () -> {
            System.gc();
            return child.get() == null;
        });
    }

    private static WeakReference<?> stopWithinTenMinutes() throws Exception {
        try (ManagedProcess process = ManagedProcess.builder(
                        "sh", "-c", "trap 'sleep 0.3; exit 0' TERM; echo ready; while :; do sleep 0.02; done")
                .start()) {
            Programs.awaitReady(process);
            process.terminateAsync(GracefulShutdown.of(Duration.ofMinutes(10))).get();
            return new WeakReference<>(process.child());
        }
    }

    @Test
    void aProcessThatNobodyWaitsForIsReapedSoon() throws Exception {
        int before = descriptors();
        List<ManagedProcess> forgotten = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            forgotten.add(ManagedProcess.builder(child("exit", "0")).start());
        }
        for (ManagedProcess process : forgotten) {
            Programs.awaitGone(process.pid());
        }
        Programs.await("they are reaped", () -> children() == 0);
        assertTrue(descriptors() <= before + WAKE_UPS, before + " before, " + descriptors() + " after");
        for (ManagedProcess process : forgotten) {
            assertEquals(0, process.exitValue());
        }
    }

    /**
     * No zombie of this JVM shows the end of these: the groups that outlive their leaders, for which no thread waits
     * any more, and the processes that other native code of this JVM has reaped.
     */
    @Test
    void whatEndsWithoutAZombieKeepsNothing() throws Throwable {
        int before = descriptors();
        List<ManagedProcess> left = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            left.add(ManagedProcess.builder(child("fork", "print-ids", "pause", "end", "read-line", "exit", "0"))
                    .start());
        }
        for (ManagedProcess process : left) {
            String member = Programs.readLine(process.getInputStream()).split(" ")[0];
            process.outputWriter().append('\n').flush();
            assertEquals(0, process.waitFor());
            ProcessHandle.of(Long.parseLong(member)).orElseThrow().destroyForcibly();
        }
        for (int i = 0; i < 10; i++) {
            ManagedProcess process = ManagedProcess.builder(child("exit", "0")).start();
            reapElsewhere(process.pid());
            left.add(process);
        }
        Programs.await("their descriptors are closed", () -> descriptors() <= before + WAKE_UPS);
        left.forEach(ManagedProcess::close);
    }

    /** Waits for a child as a native library does that knows nothing of this one. */
    private static void reapElsewhere(long pid) throws Throwable {
        Linker linker = Linker.nativeLinker();
        MethodHandle waitpid = linker.downcallHandle(
                linker.defaultLookup().find("waitpid").orElseThrow(),
                FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
        int reaped = (int) waitpid.invokeExact((int) pid, MemorySegment.NULL, 0);
    }

    @Test
    void failedStartsLeaveNothing() throws Exception {
        int before = descriptors();
        File absent = new File("/absent/file");
        List<ProcessBuilder> commands = List.of(
                new ProcessBuilder("/absent/program"),
                new ProcessBuilder("nul\0"),
                child("exit", "0").directory(absent),
                child("exit", "0").redirectInput(absent),
                child("exit", "0").redirectOutput(absent),
                child("exit", "0").redirectError(absent),
                child("x".repeat(200_000)));
        for (int i = 0; i < 50; i++) {
            for (ProcessBuilder command : commands) {
                assertThrows(
                        SpawnException.class,
                        () -> ManagedProcess.builder(command).start());
            }
        }
        assertEquals(before, descriptors());
        assertEquals(0, children());
    }

    /**
     * A child that held the other end of another one's input would keep that one from ever reading to the end: each
     * start must keep its descriptors from every other, the JDK's too.
     */
    @Test
    void startsAtTheSameTimeKeepOutOfEachOthersWay() throws Exception {
        List<Running<Void>> threads = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            Starter starter = i < 8 ? Starter.LASTCALL : Starter.JDK;
            ThreadKind kind = i % 2 == 0 ? ThreadKind.PLATFORM : ThreadKind.VIRTUAL;
            int number = i;
            threads.add(kind.begin(() -> startMany(starter, number)));
        }
        for (Running<Void> thread : threads) {
            thread.result();
        }
        assertEquals(0, children());
    }

    private static Void startMany(Starter starter, int number) throws Exception {
        for (int i = 0; i < 40; i++) {
            Process process = starter.start(child("read-all", "exit", Integer.toString(number)));
            process.getOutputStream().write(new byte[i]);
            process.getOutputStream().close();
            assertEquals(i + "\n", Starter.text(process.getInputStream()));
            assertEquals(number, process.waitFor());
        }
        return null;
    }

    @Test
    void theLibrarysFileIsNotLeftBehind() throws IOException {
        try (var files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
            assertFalse(files.anyMatch(file -> file.getFileName().toString().matches("lastcall\\d+")));
        }
    }
}
