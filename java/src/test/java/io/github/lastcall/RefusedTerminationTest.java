package io.github.lastcall;

import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static io.github.lastcall.testing.Programs.signal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.TerminationAction.CheckStatus;
import io.github.lastcall.TerminationAction.SendSignal;
import io.github.lastcall.TerminationAction.WaitForExit;
import io.github.lastcall.testing.CapturedLog;
import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeaksNothing.class)
class RefusedTerminationTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration FORCEFUL = Duration.ofMillis(300);
    private static final Duration GRACE = Duration.ofMillis(100);

    private static final GracefulShutdown TERM_THEN_INT = GracefulShutdown.builder()
            .unix(UnixGracefulShutdown.fromPhases(UnixGracefulPhase.terminate(LONG), UnixGracefulPhase.interrupt(LONG)))
            .windowsCtrlBreak(LONG)
            .forceKillTimeout(FORCEFUL)
            .build();

    private final FaultyOs os = new FaultyOs();

    private ManagedProcess start(String... steps) throws IOException {
        ManagedProcess process =
                ManagedProcess.builder(child(steps)).name("app").os(os).start();
        awaitReady(process);
        return process;
    }

    private static List<TerminationAction> actions(List<TerminationAttempt> attempts) {
        return attempts.stream().map(TerminationAttempt::action).toList();
    }

    private static OsException error(TerminationAttempt attempt) {
        return assertInstanceOf(OsException.class, attempt.error().orElseThrow());
    }

    @Test
    void refusedSignalsEscalateToTheKillAndAreInTheReport() throws Exception {
        try (ManagedProcess process = start("ready", "pause")) {
            os.refuse(UnixSignal.SIGTERM, UnixSignal.SIGINT);
            TerminationReport report = process.terminate(TERM_THEN_INT);
            assertTrue(report.forced());
            assertEquals(
                    List.of(
                            new SendSignal("SIGTERM"),
                            new SendSignal("SIGINT"),
                            new SendSignal("SIGKILL"),
                            new WaitForExit(FORCEFUL)),
                    actions(report.attempts()));
            assertEquals("EPERM", error(report.attempts().get(0)).symbol());
            assertEquals("EPERM", error(report.attempts().get(1)).symbol());
            assertEquals(List.of(UnixSignal.SIGKILL), os.sent(), "no SIGCONT after a signal that was refused");
        }
    }

    @Test
    void aRefusedSignalIsGivenTheGraceAndNotTheTimeoutOfItsPhase() throws Exception {
        try (ManagedProcess process = start("ready", "pause")) {
            os.refuse(UnixSignal.SIGTERM, UnixSignal.SIGINT);
            TerminationReport report = process.terminate(TERM_THEN_INT);
            Duration second = report.attempts().get(1).after();
            assertTrue(second.compareTo(GRACE) >= 0 && second.compareTo(GRACE.multipliedBy(20)) < 0, second.toString());
        }
    }

    @Test
    void theNextPhaseIsSentAfterARefusedOne() throws Exception {
        try (ManagedProcess process = start("handle", "SIGINT", "exit:3", "ready", "pause")) {
            os.refuse(UnixSignal.SIGTERM);
            TerminationReport report = process.terminate(TERM_THEN_INT);
            assertEquals(new ExitStatus.Exited(3), report.exitStatus());
            assertEquals(Optional.of("SIGINT"), report.endedBy());
            assertFalse(report.forced());
        }
    }

    @Test
    void aSignalRefusedBecauseTheChildHasJustExitedIsANaturalExit() throws Exception {
        try (ManagedProcess process = start("handle", "SIGUSR1", "exit:8", "ready", "pause")) {
            os.refuse(UnixSignal.SIGTERM).beforeSignal(() -> {
                signal(process.pid(), "USR1");
                ProcessHandle.of(process.pid()).orElseThrow().onExit().join();
            });
            TerminationReport report = process.terminate(TERM_THEN_INT);
            assertEquals(new ExitStatus.Exited(8), report.exitStatus());
            assertEquals(List.of(), actions(report.attempts()));
            assertEquals(Optional.empty(), report.endedBy());
            assertFalse(report.forced());
            assertTrue(report.toString().contains("had already exited"), report.toString());
        }
    }

    @Test
    void aChildThatExitsBetweenTheLookAndTheSignalIsGoneAtOnce() throws Exception {
        try (ManagedProcess process = start("ready", "exit", "8")) {
            process.toHandle().onExit().join();
            os.stale(1);
            TerminationReport report = process.terminate(TERM_THEN_INT);
            assertEquals(new ExitStatus.Exited(8), report.exitStatus());
            assertFalse(report.forced());
            // If the loop has published the exit before, nothing is sent. Else the kernel accepts it for a zombie.
            assertTrue(List.of(List.of(), List.of(UnixSignal.SIGTERM)).contains(os.sent()), report.toString());
            assertTrue(report.elapsed().compareTo(LONG) < 0, report.toString());
        }
    }

    @Test
    void aStatusThatCannotBeReadAtFirstDoesNotStopTheEscalation() throws Exception {
        try (ManagedProcess process = start("handle", "SIGTERM", "exit:1", "ready", "pause")) {
            os.unreadable(1);
            TerminationReport report = process.terminate(TERM_THEN_INT);
            assertEquals(new ExitStatus.Exited(1), report.exitStatus());
            assertEquals(
                    List.of(new CheckStatus(), new SendSignal("SIGTERM"), new WaitForExit(LONG)),
                    actions(report.attempts()));
            assertEquals("EIO", error(report.attempts().get(0)).symbol());
        }
    }

    @Test
    void anUnreadableStatusIsNoReasonNotToSend() throws Exception {
        try (ManagedProcess process = start("handle", "SIGTERM", "exit:1", "ready", "pause")) {
            os.unreadable(2);
            TerminationReport report = process.terminate(TERM_THEN_INT);
            assertEquals(new ExitStatus.Exited(1), report.exitStatus());
            assertEquals(Optional.of("SIGTERM"), report.endedBy());
        }
    }

    @Test
    void aRefusedKillFailsWithEveryAttemptInOrderAndLeavesTheHandleArmed() throws Exception {
        try (ManagedProcess process = start("ready", "pause")) {
            os.refuseAll();
            TerminationFailedException failure =
                    assertThrows(TerminationFailedException.class, () -> process.terminate(TERM_THEN_INT));
            assertEquals(
                    List.of(new SendSignal("SIGTERM"), new SendSignal("SIGINT"), new SendSignal("SIGKILL")),
                    actions(failure.attempts()));
            assertEquals(failure.attempts(), failure.attemptErrors());
            assertEquals("app", failure.processName());
            assertEquals(process.pid(), failure.pid());
            assertSame(error(failure.attempts().get(0)), failure.getCause());
            assertTrue(
                    failure.getMessage().contains("[3] send signal SIGKILL failed: EPERM (1)"), failure.getMessage());
            assertTrue(process.isArmed());
            assertTrue(process.isAlive());

            os.refuse();
            process.kill();
            assertFalse(process.isArmed());
        }
    }

    @Test
    void waitsThatFailAndARefusedKillAreAllInTheAttempts() throws Exception {
        try (ManagedProcess process = start("ignore", "SIGTERM", "ready", "pause")) {
            os.refuse(UnixSignal.SIGKILL).failWaits(1_000_000);
            Duration phase = Duration.ofMillis(300);
            TerminationFailedException failure =
                    assertThrows(TerminationFailedException.class, () -> process.terminate(GracefulShutdown.of(phase)));
            assertEquals(
                    List.of(
                            new SendSignal("SIGTERM"),
                            new WaitForExit(phase),
                            new SendSignal("SIGKILL")),
                    actions(failure.attempts()));
            assertEquals("EIO", error(failure.attemptErrors().get(0)).symbol());
            assertEquals("EPERM", error(failure.attemptErrors().get(1)).symbol());
            assertTrue(process.isArmed());

            os.refuse().failWaits(0);
            process.kill();
        }
    }

    /** The scan for marked processes after SIGTERM has seen it. */
    @Test
    void theExceptionNamesTheCommandOfALeaderThatRuns() throws Exception {
        Programs.assumeAvailable(Containment.MARKED);
        try (ManagedProcess process = ManagedProcess.builder(child("ignore", "SIGTERM", "ready", "pause"))
                .containment(Containment.MARKED)
                .os(os)
                .start()) {
            awaitReady(process);
            os.refuse(UnixSignal.SIGKILL);
            TerminationFailedException failure =
                    assertThrows(TerminationFailedException.class, () -> process.terminate(GracefulShutdown.of(GRACE)));
            assertEquals(List.of("child"), failure.survivors().stream().map(Survivor::command).toList());
            os.refuse();
            process.kill();
        }
    }

    /** Its bound passes together with the refusal, so the round that records the refusal is the last one. */
    @Test
    void aKillThatIsRefusedAfterItsBoundIsLogged() throws Exception {
        try (ManagedProcess process = start("ready", "pause")) {
            os.refuse(UnixSignal.SIGKILL).beforeSignal(() -> LockSupport.parkNanos(GRACE.multipliedBy(3).toNanos()));
            assertThrows(TerminationFailedException.class, () -> process.kill(Duration.ofMillis(1)));
            CapturedLog.await(process.pid(), line -> line.text().contains("refused SIGKILL: EPERM"));
            os.refuse().beforeSignal(() -> {});
            process.kill();
        }
    }

    @Test
    void aRefusedKillEndsWithinTheUpperBound() throws Exception {
        GracefulShutdown shutdown = GracefulShutdown.builder()
                .unix(UnixGracefulShutdown.fromPhases(
                        UnixGracefulPhase.terminate(Duration.ZERO), UnixGracefulPhase.interrupt(Duration.ZERO)))
                .windowsCtrlBreak(LONG)
                .forceKillTimeout(Duration.ofSeconds(2))
                .build();
        try (ManagedProcess process = start("ready", "pause")) {
            os.refuseAll();
            long begun = System.nanoTime();
            assertThrows(TerminationFailedException.class, () -> process.terminate(shutdown));
            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            assertTrue(took.compareTo(shutdown.upperBound()) < 0, took + " of " + shutdown.upperBound());
            assertTrue(took.compareTo(GRACE.multipliedBy(3)) >= 0, took.toString());
            os.refuse();
            process.kill();
        }
    }

    @Test
    void aRefusedSignalOfASingleSendIsAnExceptionWithItsName() throws Exception {
        try (ManagedProcess process = start("ready", "pause")) {
            os.refuse(UnixSignal.SIGTERM);
            SignalFailedException failure = assertThrows(SignalFailedException.class, process::sendTerminate);
            assertEquals(List.of(new SendSignal("SIGTERM")), actions(failure.attempts()));
            assertEquals("EPERM", error(failure.attempts().get(0)).symbol());
            assertTrue(failure.getMessage().contains("SIGTERM"), failure.getMessage());
            assertTrue(process.isArmed());
            process.kill();
        }
    }

    @Test
    void destroyCanOnlyLogThatItWasRefused() throws Exception {
        try (ManagedProcess process = start("ready", "pause")) {
            os.refuseAll();
            process.destroy();
            process.destroyForcibly();
            assertTrue(process.isAlive());
            assertTrue(process.isArmed());
            os.refuse();
            process.kill();
        }
    }
}
