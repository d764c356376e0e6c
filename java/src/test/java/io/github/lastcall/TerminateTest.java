package io.github.lastcall;

import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.TerminationAction.SendSignal;
import io.github.lastcall.TerminationAction.WaitForExit;
import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.LeaksNothing;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeaksNothing.class)
class TerminateTest {

    /** Far longer than each of these tests, and far shorter than the timeouts that must not be waited for. */
    private static final Duration SOON = Duration.ofSeconds(5);

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(50);

    private final FaultyOs os = new FaultyOs();

    private ManagedProcess start(String... steps) throws IOException {
        ManagedProcess process =
                ManagedProcess.builder(child(steps)).name("app").os(os).start();
        awaitReady(process);
        return process;
    }

    private static GracefulShutdown phases(UnixGracefulPhase... phases) {
        return GracefulShutdown.builder()
                .unix(UnixGracefulShutdown.fromPhases(phases))
                .windowsCtrlBreak(LONG)
                .build();
    }

    private static List<TerminationAction> actions(TerminationReport report) {
        return report.attempts().stream().map(TerminationAttempt::action).toList();
    }

    @Test
    void aChildWithoutHandlersEndsLongBeforeTheTimeout() throws Exception {
        try (ManagedProcess process = start("ready", "pause")) {
            TerminationReport report = process.terminate(GracefulShutdown.of(LONG));
            assertTrue(report.elapsed().compareTo(SOON) < 0, report.toString());
            assertEquals(
                    new ExitStatus.Signaled(15, Optional.of(UnixSignal.SIGTERM), false), report.exitStatus());
            assertFalse(report.forced());
            assertEquals(Optional.of("SIGTERM"), report.endedBy());
        }
    }

    @Test
    void theReportSaysWhatWasDoneAndWhen() throws Exception {
        try (ManagedProcess process = start("handle", "SIGTERM", "exit:0", "ready", "pause")) {
            TerminationReport report = process.terminate(GracefulShutdown.of(LONG));
            assertEquals("app", report.processName());
            assertEquals(process.pid(), report.pid());
            assertEquals(List.of(new SendSignal("SIGTERM"), new WaitForExit(LONG)), actions(report));
            TerminationAttempt send = report.attempts().get(0);
            TerminationAttempt wait = report.attempts().get(1);
            assertTrue(wait.after().compareTo(send.after().plus(send.took())) >= 0, report.attempts().toString());
            assertTrue(report.elapsed().compareTo(wait.after().plus(wait.took())) >= 0, report.toString());
            assertTrue(report.attempts().stream().allMatch(attempt -> attempt.error().isEmpty()));
            assertEquals(List.of(), report.stragglers());
            assertTrue(report.toString().startsWith("app (pid " + process.pid() + ") ended by SIGTERM after "));
            assertTrue(report.toString().endsWith(": exited with code 0"), report.toString());
        }
    }

    @Test
    void aHandlerThatExitsWithOneIsReportedAsCodeOneAndNotForced() throws Exception {
        try (ManagedProcess process = start("handle", "SIGTERM", "exit:1", "ready", "pause")) {
            TerminationReport report = process.terminate(GracefulShutdown.of(LONG));
            assertEquals(new ExitStatus.Exited(1), report.exitStatus());
            assertFalse(report.forced());
            assertEquals(Optional.of("SIGTERM"), report.endedBy());
        }
    }

    @Test
    void aChildThatIgnoresEverythingIsKilledAndTheReportSaysSo() throws Exception {
        try (ManagedProcess process = start("ignore", "SIGTERM", "ignore", "SIGINT", "ready", "pause")) {
            TerminationReport report =
                    process.terminate(phases(UnixGracefulPhase.interrupt(SHORT), UnixGracefulPhase.terminate(SHORT)));
            assertTrue(report.forced());
            assertEquals(Optional.of("SIGKILL"), report.endedBy());
            assertEquals(new ExitStatus.Signaled(9, Optional.of(UnixSignal.SIGKILL), false), report.exitStatus());
            assertEquals(
                    List.of(
                            new SendSignal("SIGINT"),
                            new WaitForExit(SHORT),
                            new SendSignal("SIGTERM"),
                            new WaitForExit(SHORT),
                            new SendSignal("SIGKILL"),
                            new WaitForExit(Duration.ofSeconds(3))),
                    actions(report));
            assertTrue(report.attempts().get(1).error().orElseThrow().getMessage().contains("timed out after 50 ms"));
            assertTrue(report.elapsed().compareTo(SHORT.multipliedBy(2)) >= 0, report.toString());
            assertTrue(report.toString().contains("killed after"), report.toString());
        }
    }

    @Test
    void theSecondPhaseIsNotSentWhenTheFirstEndedIt() throws Exception {
        try (ManagedProcess process = start("handle", "SIGINT", "exit:7", "ready", "pause")) {
            TerminationReport report =
                    process.terminate(phases(UnixGracefulPhase.interrupt(LONG), UnixGracefulPhase.terminate(LONG)));
            assertEquals(new ExitStatus.Exited(7), report.exitStatus());
            assertEquals(Optional.of("SIGINT"), report.endedBy());
            assertFalse(os.sent().contains(UnixSignal.SIGTERM), os.sent().toString());
        }
    }

    @Test
    void theSecondPhaseEndsWhatTheFirstDidNot() throws Exception {
        try (ManagedProcess process = start("ignore", "SIGINT", "handle", "SIGTERM", "exit:7", "ready", "pause")) {
            TerminationReport report =
                    process.terminate(phases(UnixGracefulPhase.interrupt(SHORT), UnixGracefulPhase.terminate(LONG)));
            assertEquals(new ExitStatus.Exited(7), report.exitStatus());
            assertEquals(Optional.of("SIGTERM"), report.endedBy());
            assertFalse(report.forced());
        }
    }

    @Test
    void aZeroTimeoutSendsAndDoesNotWait() throws Exception {
        try (ManagedProcess process = start("ignore", "SIGUSR1", "handle", "SIGTERM", "exit:3", "ready", "pause")) {
            TerminationReport report = process.terminate(phases(
                    UnixGracefulPhase.signal(UnixSignal.SIGUSR1, Duration.ZERO), UnixGracefulPhase.terminate(LONG)));
            assertEquals(new ExitStatus.Exited(3), report.exitStatus());
            assertEquals(UnixSignal.SIGUSR1, os.sent().get(0));
            assertTrue(report.attempts().get(2).after().compareTo(SOON) < 0, report.attempts().toString());
        }
    }

    @Test
    void aChildThatHasExitedIsSentNothingAndItsCodeIsReturned() throws Exception {
        try (ManagedProcess process = start("ready", "exit", "5")) {
            process.waitFor();
            TerminationReport report = process.terminate(GracefulShutdown.of(LONG));
            assertEquals(new ExitStatus.Exited(5), report.exitStatus());
            assertEquals(List.of(), report.attempts());
            assertEquals(Optional.empty(), report.endedBy());
            assertFalse(report.forced());
            assertEquals(List.of(), os.sent());
            assertTrue(report.toString().contains("had already exited"), report.toString());
        }
    }

    @Test
    void nothingIsSentToAChildThatExitedUnseen() throws Exception {
        try (ManagedProcess process = start("ready", "exit", "5")) {
            process.toHandle().onExit().join();
            assertEquals(new ExitStatus.Exited(5), process.terminate(GracefulShutdown.of(LONG)).exitStatus());
            assertEquals(List.of(), os.sent());
        }
    }

    @Test
    void theFirstSignalComesWithTheEndOfItsInput() throws Exception {
        try (ManagedProcess process = start("ignore", "SIGTERM", "ready", "read-all", "exit", "4")) {
            process.getOutputStream().write("not flushed".getBytes());
            TerminationReport report = process.terminate(GracefulShutdown.of(LONG));
            assertEquals(new ExitStatus.Exited(4), report.exitStatus());
            assertEquals("11\n", new String(process.getInputStream().readAllBytes()));
            assertThrows(IOException.class, () -> process.getOutputStream().write(new byte[100_000]));
        }
    }

    @Test
    void aStoppedChildReactsToTheSignalBecauseItIsContinued() throws Exception {
        try (ManagedProcess process = start("handle", "SIGTERM", "exit:6", "ready", "pause")) {
            process.sendSignal(UnixSignal.SIGSTOP);
            TerminationReport report = process.terminate(GracefulShutdown.of(LONG));
            assertEquals(new ExitStatus.Exited(6), report.exitStatus());
            assertTrue(report.elapsed().compareTo(SOON) < 0, report.toString());
            assertEquals(2, report.attempts().size(), "SIGCONT is no attempt of its own");
        }
    }

    @Test
    void theOutputOfAnEndingChildCanBeRead() throws Exception {
        try (ManagedProcess process =
                start("handle", "SIGTERM", "say:bye", "handle", "SIGINT", "exit:0", "ready", "pause")) {
            process.terminate(phases(UnixGracefulPhase.terminate(SHORT), UnixGracefulPhase.interrupt(LONG)));
            assertEquals("bye\n", new String(process.getInputStream().readAllBytes()));
        }
    }

    @Test
    void waitForExitOrTerminateLeavesAChildInPeaceThatExitsInTime() throws Exception {
        try (ManagedProcess process = start("ready", "read-line", "exit", "2")) {
            WaitOutcome outcome = process.waitForExitOrTerminate(LONG, GracefulShutdown.of(LONG));
            assertEquals(new WaitOutcome.Completed(new ExitStatus.Exited(2)), outcome);
            assertEquals(List.of(), os.sent());
            assertFalse(process.isArmed());
        }
    }

    @Test
    void waitForExitOrTerminateStopsAChildThatDoesNot() throws Exception {
        try (ManagedProcess process = start("handle", "SIGTERM", "exit:2", "ready", "pause")) {
            WaitOutcome outcome = process.waitForExitOrTerminate(SHORT, GracefulShutdown.of(LONG));
            TerminationReport report = assertInstanceOf(WaitOutcome.TerminatedAfterTimeout.class, outcome).report();
            assertEquals(new ExitStatus.Exited(2), report.exitStatus());
            assertEquals(Optional.of("SIGTERM"), report.endedBy());
            assertFalse(process.isArmed());
        }
    }

    @Test
    void aMissingPolicyIsRefusedBeforeAnythingIsDone() throws Exception {
        try (ManagedProcess process = start("ready", "pause")) {
            assertThrows(NullPointerException.class, () -> process.terminate(null));
            assertThrows(NullPointerException.class, () -> process.waitForExitOrTerminate(Duration.ZERO, null));
            assertThrows(NullPointerException.class, () -> process.sendSignal(null));
            assertTrue(process.isAlive());
            process.kill();
        }
    }
}
