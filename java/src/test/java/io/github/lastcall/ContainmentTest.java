package io.github.lastcall;

import static io.github.lastcall.testing.Programs.awaitGone;
import static io.github.lastcall.testing.Programs.child;
import static io.github.lastcall.testing.Programs.isRunning;
import static io.github.lastcall.testing.Programs.readLine;
import static io.github.lastcall.testing.Programs.signal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.LeaksNothing;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Who belongs to a process by its containment, and is stopped and named with it. */
@ExtendWith(LeaksNothing.class)
class ContainmentTest {

    private static final GracefulShutdown SIGTERM = GracefulShutdown.of(Duration.ofSeconds(10));

    private static long pidIn(String ids) {
        return Long.parseLong(ids.split(" ")[0]);
    }

    private static List<Long> pids(List<Survivor> processes) {
        return processes.stream().map(Survivor::pid).toList();
    }

    private static void end(long pid) {
        signal(pid, "KILL");
        awaitGone(pid);
    }

    @Test
    void aChildOutsideOfTheGroupIsNamedThoughTheLeaderDiesAtOnce() throws Exception {
        for (int i = 0; i < 50; i++) {
            ManagedProcess process = ManagedProcess.builder(
                    child("fork", "setsid", "name", "escapee", "print-ids", "pause", "end", "pause")).start();
            long escapee = pidIn(readLine(process.getInputStream()));
            TerminationReport report = process.terminate(SIGTERM);
            assertTrue(isRunning(escapee));
            assertEquals(List.of(escapee), pids(report.escaped()), "round " + i);
            assertEquals("escapee", report.escaped().get(0).command());
            assertTrue(report.toString().contains("; had left the group: " + escapee + " (escapee, "));
            assertEquals(Containment.GROUP, process.containment());
            end(escapee);
        }
    }

    @Test
    void whoHasEndedSinceOrIsInTheGroupIsNotNamed() throws Exception {
        try (ManagedProcess process = ManagedProcess.builder(child(
                "handle", "SIGTERM", "say:stopping", "fork", "setsid", "print-ids", "pause", "end", "fork", "print-ids",
                "pause", "end", "print-ids", "await", "SIGUSR1")).start()) {
            long[] pids = LongStream.range(0, 3).map(i -> pidIn(readLine(process.getInputStream()))).toArray();
            long escapee = LongStream.of(pids).filter(pid -> isLeaderOfSession(pid)).findFirst().orElseThrow();
            var stop = process.terminateAsync(SIGTERM);
            assertEquals("stopping", readLine(process.getInputStream()));
            end(escapee);
            process.sendSignal(UnixSignal.SIGUSR1);
            TerminationReport report = stop.join();
            assertEquals(List.of(), report.escaped());
        }
    }

    private static boolean isLeaderOfSession(long pid) {
        return ProcessHandle.of(pid).isPresent() && session(pid) == pid;
    }

    private static long session(long pid) {
        try {
            String stat = java.nio.file.Files.readString(java.nio.file.Path.of("/proc/" + pid + "/stat"));
            return Long.parseLong(stat.substring(stat.lastIndexOf(')') + 2).split(" ")[3]);
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void theKillModeOfTheLeaderAloneGoesWithTheGroupAlone() {
        ManagedProcess.Builder builder = ManagedProcess.builder(child("pause")).killMode(KillMode.LEADER);
        for (Containment containment : List.of(Containment.MARKED, Containment.CGROUP, Containment.STRICTEST)) {
            SpawnException refused =
                    assertThrows(SpawnException.class, () -> builder.containment(containment).start());
            assertTrue(refused.getMessage().contains("no containment " + containment + ": "), refused.getMessage());
        }
    }

    @Test
    void theGroupIsAlwaysAvailableAndTheRestHasAReason() {
        Containment.Availability availability = Containment.available();
        assertTrue(availability.available().containsAll(List.of(Containment.GROUP, Containment.STRICTEST)));
        for (Containment containment : Containment.values()) {
            assertEquals(
                    availability.available().contains(containment), availability.reason(containment).isEmpty());
        }
        assertFalse(availability.toString().isBlank());
        assertEquals(Containment.available(), availability);
    }
}
