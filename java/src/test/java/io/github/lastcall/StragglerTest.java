package io.github.lastcall;

import static io.github.lastcall.testing.Programs.await;
import static io.github.lastcall.testing.Programs.awaitGone;
import static io.github.lastcall.testing.Programs.child;
import static io.github.lastcall.testing.Programs.isRunning;
import static io.github.lastcall.testing.Programs.readLine;
import static io.github.lastcall.testing.Programs.signal;
import static io.github.lastcall.testing.Programs.state;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.CapturedLog;
import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.LeaksNothing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.event.Level;

/** Members of the group that outlive its leader: which calls reach them, wait for them, and name them. */
@ExtendWith(LeaksNothing.class)
class StragglerTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(800);

    private final FaultyOs os = new FaultyOs();

    /** A leader that exits with 3 and leaves a worker. */
    private record Left(ManagedProcess process, long worker) {}

    private Left startAndLeave(String... workersSteps) throws Exception {
        String[] end = {"print-ids", "pause", "end", "name", "boss", "exit", "3"};
        String[] steps = new String[1 + workersSteps.length + end.length];
        steps[0] = "fork";
        System.arraycopy(workersSteps, 0, steps, 1, workersSteps.length);
        System.arraycopy(end, 0, steps, 1 + workersSteps.length, end.length);
        ManagedProcess process = ManagedProcess.builder(child(steps)).os(os).start();
        long worker = Long.parseLong(readLine(process.getInputStream()).split(" ")[0]);
        awaitGone(process.pid());
        return new Left(process, worker);
    }

    private static List<CapturedLog.Line> logged(ManagedProcess process) {
        return CapturedLog.about(process.pid()).stream().filter(line -> line.text().contains("left behind")).toList();
    }

    private static void end(long worker) {
        signal(worker, "KILL");
        awaitGone(worker);
    }

    /** The inherited ways to see the exit. */
    enum Inherited {
        WAIT_FOR,
        WAIT_FOR_TIMED,
        EXIT_VALUE,
        ON_EXIT;

        void see(ManagedProcess process) throws Exception {
            switch (this) {
                case WAIT_FOR -> assertEquals(3, process.waitFor());
                case WAIT_FOR_TIMED -> assertTrue(process.waitFor(30, TimeUnit.SECONDS));
                case EXIT_VALUE -> assertEquals(3, process.exitValue());
                case ON_EXIT -> process.onExit().get(30, TimeUnit.SECONDS);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInheritedWaitDisarmsAndTheMembersLeftAreLoggedOnce(Inherited way) throws Exception {
        // A process chooses its own name: a line feed in it would forge a line of the log.
        Left left = startAndLeave("name", "strag\ngler");
        try (ManagedProcess process = left.process()) {
            way.see(process);
            way.see(process);
            assertFalse(process.isArmed());
            String straggler = left.worker() + " (strag?gler)";
            CapturedLog.await(process.pid(), line -> line.level() == Level.WARN && line.text().contains(straggler));
            assertTrue(isRunning(left.worker()));
            assertEquals(List.of(), os.sent());
            assertEquals(1, logged(process).size());
        }
        assertFalse(isRunning(left.worker()));
    }

    @Test
    void aDescendantOutsideOfTheGroupIsReportedOutOfReach() throws Exception {
        ManagedProcess process = ManagedProcess.builder(
                        child("fork", "setsid", "print-ids", "pause", "end", "ignore", "SIGTERM", "print-ids", "pause"))
                .start();
        List<Long> pids = new ArrayList<>();
        pids.add(Long.parseLong(readLine(process.getInputStream()).split(" ")[0]));
        pids.add(Long.parseLong(readLine(process.getInputStream()).split(" ")[0]));
        pids.remove(process.pid());
        long escaped = pids.get(0);
        TerminationReport report = process.terminate(GracefulShutdown.of(SHORT));
        List<String> notes = report.attempts().stream().flatMap(attempt -> attempt.notes().stream()).toList();
        assertTrue(notes.stream().anyMatch(note -> note.startsWith(escaped + " (") && note.contains("out of reach")),
                notes.toString());
        assertTrue(isRunning(escaped));
        end(escaped);
    }

    @Test
    void afterCloseOfADisarmedHandleNoZombieIsKeptForTheStraggler() throws Exception {
        Left left = startAndLeave();
        left.process().waitFor();
        left.process().mustNotBeTerminated();
        left.process().close();
        assertFalse(Files.exists(Path.of("/proc/" + left.process().pid())));
        assertTrue(isRunning(left.worker()));
        // LeaksNothing looks at the descriptors.
        end(left.worker());
    }

    @Test
    void waitForExitKeepsTheHandleArmedWhileMembersLiveAndCloseIsLoud() throws Exception {
        Left left = startAndLeave();
        ManagedProcess process = left.process();
        assertEquals(new ExitStatus.Exited(3), process.waitForExit());
        assertTrue(process.isArmed());
        assertTrue(isRunning(left.worker()));
        assertThrows(ProcessLeakedException.class, process::close);
        assertFalse(isRunning(left.worker()));
        assertFalse(process.isArmed());
    }

    @Test
    void waitForExitDisarmsOnceTheyHaveEnded() throws Exception {
        Left left = startAndLeave();
        try (ManagedProcess process = left.process()) {
            process.waitForExit();
            end(left.worker());
            process.waitForExit();
            assertFalse(process.isArmed());
        }
        assertEquals(List.of(), os.sent());
    }

    @Test
    void killReachesStragglersAfterTheLeaderWasWaitedFor() throws Exception {
        Left left = startAndLeave("ignore", "SIGTERM");
        try (ManagedProcess process = left.process()) {
            process.waitFor();
            assertEquals(new ExitStatus.Exited(3), process.kill());
            assertFalse(isRunning(left.worker()));
        }
    }

    @Test
    void destroyReachesStragglersAfterTheLeaderWasWaitedFor() throws Exception {
        Left left = startAndLeave();
        try (ManagedProcess process = left.process()) {
            process.waitFor();
            process.destroy();
            awaitGone(left.worker());
        }
    }

    @Test
    void terminateWaitsForStragglersAndTheReportNamesThem() throws Exception {
        Left left = startAndLeave("name", "straggler", "handle", "SIGTERM", "exit:0");
        try (ManagedProcess process = left.process()) {
            TerminationReport report = process.terminate(GracefulShutdown.of(LONG));
            assertFalse(isRunning(left.worker()));
            assertFalse(report.forced());
            assertEquals(Optional.of("SIGTERM"), report.endedBy());
            assertEquals(new ExitStatus.Exited(3), report.exitStatus());
            assertEquals(1, report.stragglers().size());
            assertEquals(left.worker(), report.stragglers().get(0).pid());
            assertEquals("straggler", report.stragglers().get(0).command());
        }
    }

    @Test
    void aStragglerThatHadToBeKilledMakesItForced() throws Exception {
        Left left = startAndLeave("ignore", "SIGTERM");
        try (ManagedProcess process = left.process()) {
            TerminationReport report = process.terminate(GracefulShutdown.of(SHORT));
            assertTrue(report.forced());
            assertEquals(Optional.of("SIGKILL"), report.endedBy());
            assertEquals(new ExitStatus.Exited(3), report.exitStatus());
        }
    }

    @Test
    void theExceptionNamesProcessesThatCannotBeStopped() throws Exception {
        Left left = startAndLeave("name", "straggler");
        await("it sleeps", () -> state(left.worker()).equals(Optional.of('S')));
        try (ManagedProcess process = left.process()) {
            os.refuseAll();
            TerminationFailedException failure =
                    assertThrows(TerminationFailedException.class, () -> process.terminate(GracefulShutdown.of(LONG)));
            os.refuse();
            assertEquals(1, failure.survivors().size());
            Survivor survivor = failure.survivors().get(0);
            assertEquals(left.worker(), survivor.pid());
            assertEquals("straggler", survivor.command());
            assertEquals('S', survivor.state());
            assertTrue(failure.getMessage().contains(left.worker() + " (straggler"), failure.getMessage());
            assertTrue(process.isArmed());
            process.kill();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "ignore SIGTERM, SIGTERM is ignored by %d (straggler)",
        "block SIGTERM, SIGTERM is blocked by %d (straggler)",
        "handle SIGTERM ignored, SIGTERM is caught by %d (straggler)"
    })
    void theReasonsForASlowStopAreInTheAttemptAndInTheLog(String steps, String note) throws Exception {
        Left left = startAndLeave(("name straggler " + steps).split(" "));
        try (ManagedProcess process = left.process()) {
            TerminationReport report = process.terminate(GracefulShutdown.of(SHORT));
            String expected = note.formatted(left.worker());
            assertEquals(List.of(expected), report.attempts().get(1).notes());
            CapturedLog.await(process.pid(), line -> line.level() == Level.WARN && line.text().contains(expected));
        }
    }

    /** SIGCONT is refused here: otherwise a stopped process would be continued. */
    @Test
    void aStoppedMemberIsNoted() throws Exception {
        Left left = startAndLeave("name", "straggler");
        try (ManagedProcess process = left.process()) {
            signal(left.worker(), "STOP");
            await("it is stopped", () -> state(left.worker()).equals(Optional.of('T')));
            os.refuse(UnixSignal.SIGCONT);
            TerminationReport report = process.terminate(GracefulShutdown.of(SHORT));
            assertEquals(List.of(left.worker() + " (straggler) is stopped"), report.attempts().get(1).notes());
        }
    }

    @Test
    void aLostHandleTakesItsStragglersWithIt() throws Exception {
        long[] pids = startAndLose();
        await("the straggler is killed", () -> {
            System.gc();
            return !isRunning(pids[1]);
        });
        CapturedLog.await(pids[0], line -> line.level() == Level.ERROR && line.text().contains("leaked"));
        await("the leader is reaped", () -> !Files.exists(Path.of("/proc/" + pids[0])));
    }

    private long[] startAndLose() throws Exception {
        Left left = startAndLeave();
        return new long[] {left.process().pid(), left.worker()};
    }
}
