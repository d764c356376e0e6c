package io.github.lastcall;

import static io.github.lastcall.testing.Programs.readLine;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What must work on every Unix, with sh alone: for systems without /proc, which the other tests read. */
class SmokeTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    /** Far shorter than the timeouts that must not be waited for. */
    private static final Duration SOON = Duration.ofSeconds(15);

    private static final GracefulShutdown SIGTERM = GracefulShutdown.of(LONG);

    private static ManagedProcess start(String script) throws IOException {
        ManagedProcess process =
                ManagedProcess.builder("sh", "-c", script).name("app").start();
        assertEquals("ready", readLine(process.getInputStream()));
        return process;
    }

    @ParameterizedTest
    @EnumSource(ThreadKind.class)
    void theWholeGroupGetsTheSignal(ThreadKind kind) throws Exception {
        // The member prints ready: until its exec it has the trap of the shell, and would survive.
        try (ManagedProcess process = start("trap 'exit 7' TERM; sh -c 'echo ready; exec sleep 100' & wait")) {
            TerminationReport report = kind.begin(() -> process.terminate(SIGTERM)).result();
            assertEquals(new ExitStatus.Exited(7), report.exitStatus());
            assertEquals(Optional.of("SIGTERM"), report.endedBy());
            assertFalse(report.forced());
            assertTrue(report.elapsed().compareTo(SOON) < 0, report.toString());
        }
    }

    @Test
    void aMemberThatOutlivesTheLeaderIsEnded() throws Exception {
        try (ManagedProcess process = start("sh -c 'trap \"\" INT; echo ready; while :; do sleep 100; done' & wait")) {
            GracefulShutdown shutdown = GracefulShutdown.builder()
                    .unixSigint(Duration.ofMillis(200))
                    .windowsCtrlBreak(LONG)
                    .build();
            TerminationReport report = process.terminate(shutdown);
            assertEquals(
                    new ExitStatus.Signaled(2, Optional.of(UnixSignal.SIGINT), false), report.exitStatus());
            assertTrue(report.forced(), report.toString());
            assertFalse(report.stragglers().isEmpty(), report.toString());
        }
    }

    @Test
    void aStubbornOneIsForced() throws Exception {
        try (ManagedProcess process = start("trap '' TERM; echo ready; while :; do sleep 100; done")) {
            TerminationReport report = process.terminate(GracefulShutdown.builder()
                    .unixSigterm(Duration.ofMillis(100))
                    .windowsCtrlBreak(LONG)
                    .build());
            assertEquals(
                    new ExitStatus.Signaled(9, Optional.of(UnixSignal.SIGKILL), false), report.exitStatus());
            assertTrue(report.forced());
        }
    }

    @ParameterizedTest
    @EnumSource(ThreadKind.class)
    void anExitEndsEveryWait(ThreadKind kind) throws Exception {
        try (ManagedProcess process = start("echo ready; read line; exit 3")) {
            assertFalse(kind.begin(() -> process.waitFor(20, TimeUnit.MILLISECONDS)).result());
            ThreadKind.Running<Integer> waiting = kind.begin(process::waitFor);
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            assertEquals(3, waiting.result());
            assertEquals(3, process.onExit().get().exitValue());
        }
    }

    @Test
    void environmentAndDirectoryAreTheChildsOwn(@TempDir Path folder) throws Exception {
        ProcessBuilder builder = new ProcessBuilder("sh", "-c", "echo \"$LASTCALL_SMOKE\"; pwd -P");
        builder.environment().put("LASTCALL_SMOKE", "a b");
        builder.directory(folder.toFile());
        try (ManagedProcess process = ManagedProcess.builder(builder).start()) {
            assertEquals(
                    List.of("a b", folder.toRealPath().toString()),
                    List.of(readLine(process.getInputStream()), readLine(process.getInputStream())));
            assertEquals(0, process.waitFor());
        }
    }

    @Test
    void aMissingProgramIsNamed() {
        SpawnException e = assertThrows(
                SpawnException.class,
                () -> ManagedProcess.builder("lastcall-no-such-program").start());
        assertEquals(SpawnStage.EXEC, e.stage());
    }
}
