package io.github.lastcall;

import static io.github.lastcall.testing.Programs.awaitGone;
import static io.github.lastcall.testing.Programs.child;
import static io.github.lastcall.testing.Programs.isRunning;
import static io.github.lastcall.testing.Programs.readLine;
import static io.github.lastcall.testing.Programs.signal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.ProcessTable;
import io.github.lastcall.testing.ProcessTable.Seen;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Which processes are signalled and waited for. */
@ExtendWith(LeaksNothing.class)
class KillModeTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(100);

    private final FaultyOs os = new FaultyOs();

    private ManagedProcess start(KillMode mode, String... steps) throws Exception {
        return ManagedProcess.builder(child(steps)).killMode(mode).os(os).start();
    }

    private static long readPid(Process process) {
        return Long.parseLong(readLine(process.getInputStream()).split(" ")[0]);
    }

    private static long group(long pid) {
        return ProcessTable.look().stream()
                .filter(seen -> seen.pid() == pid)
                .map(Seen::group)
                .findFirst()
                .orElseThrow();
    }

    @Test
    void groupIsTheDefault() throws Exception {
        try (ManagedProcess process = ManagedProcess.builder(
                        child("fork", "handle", "SIGTERM", "exit:0", "print-ids", "pause", "end", "pause"))
                .start()) {
            long worker = readPid(process);
            process.terminate(GracefulShutdown.of(LONG));
            assertFalse(isRunning(worker));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GROUP", "MIXED"})
    void theProcessLeadsAGroupOfItsOwn(KillMode mode) throws Exception {
        try (ManagedProcess process = start(mode, "print-ids", "pause")) {
            assertEquals(process.pid(), readPid(process));
            assertEquals(process.pid(), group(process.pid()));
            process.kill();
        }
    }

    @Test
    void underLeaderItStaysInTheGroupOfTheJvm() throws Exception {
        try (ManagedProcess process = start(KillMode.LEADER, "print-ids", "pause")) {
            readPid(process);
            assertEquals(group(ProcessHandle.current().pid()), group(process.pid()));
            assertNotEquals(process.pid(), group(process.pid()));
            process.kill();
        }
    }

    /** All ways to send a signal: none may reach the worker, or the JVM, which is in the same group. */
    @Test
    void underLeaderOnlyTheLeaderIsSignalled() throws Exception {
        try (ManagedProcess process = start(
                KillMode.LEADER,
                "fork", "handle", "SIGTERM", "exit:0", "print-ids", "pause", "end",
                "ignore", "SIGTERM", "say", "", "pause")) {
            long worker = Long.parseLong((readLine(process.getInputStream()) + readLine(process.getInputStream()))
                    .split(" ")[0]);
            process.sendTerminate();
            process.destroy();
            TerminationReport report = process.terminate(GracefulShutdown.of(SHORT));
            assertTrue(report.forced());
            assertEquals(Optional.of("SIGKILL"), report.endedBy());
            assertEquals(List.of(), report.stragglers());
            assertFalse(process.isArmed());
            assertTrue(isRunning(worker));
            signal(worker, "KILL");
            awaitGone(worker);
        }
    }

    @Test
    void underMixedThePhasesGoToTheLeaderAndTheRestIsKilledWhenItExits() throws Exception {
        try (ManagedProcess process = start(
                KillMode.MIXED,
                "fork", "handle", "SIGTERM", "say:worker-was-asked", "print-ids", "pause", "end",
                "handle", "SIGTERM", "exit:7", "say", "", "pause")) {
            long worker = Long.parseLong((readLine(process.getInputStream()) + readLine(process.getInputStream()))
                    .split(" ")[0]);
            TerminationReport report = process.terminate(GracefulShutdown.of(LONG));
            assertFalse(isRunning(worker));
            assertEquals(new ExitStatus.Exited(7), report.exitStatus());
            assertEquals(Optional.of("SIGTERM"), report.endedBy());
            assertFalse(report.forced());
            assertEquals(List.of(UnixSignal.SIGKILL), os.sentToGroup());
            assertTrue(report.elapsed().compareTo(LONG) < 0, "not only when the phase is over: " + report.elapsed());
            assertEquals("", readLine(process.getInputStream()));
        }
    }

    @Test
    void underMixedItIsForcedIfTheLeaderHadToBeKilled() throws Exception {
        try (ManagedProcess process = start(
                KillMode.MIXED, "fork", "pause", "end", "ignore", "SIGTERM", "print-ids", "pause")) {
            readPid(process);
            TerminationReport report = process.terminate(GracefulShutdown.of(SHORT));
            assertTrue(report.forced());
            assertEquals(Optional.of("SIGKILL"), report.endedBy());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"GROUP", "MIXED"})
    void killEndsTheWorkersToo(KillMode mode) throws Exception {
        try (ManagedProcess process = start(mode, "fork", "print-ids", "pause", "end", "pause")) {
            long worker = readPid(process);
            process.kill();
            assertFalse(isRunning(worker));
        }
    }
}
