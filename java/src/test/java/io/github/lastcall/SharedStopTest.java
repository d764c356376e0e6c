package io.github.lastcall;

import static io.github.lastcall.testing.Programs.await;
import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.TerminationAction.SendSignal;
import io.github.lastcall.TerminationAction.Skipped;
import io.github.lastcall.TerminationAction.WaitForExit;
import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.LeaksNothing;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeaksNothing.class)
class SharedStopTest {

    private static final Duration TEN_MINUTES = Duration.ofMinutes(10);
    private static final ExitStatus KILLED = new ExitStatus.Signaled(9, Optional.of(UnixSignal.SIGKILL), false);

    private final FaultyOs os = new FaultyOs();

    /** On which kind of thread the callers run. */
    enum Kind { PLATFORM, VIRTUAL }

    /** A call on a thread of its own. */
    private record Call<T>(Thread thread, FutureTask<T> result) {

        static <T> Call<T> start(Kind kind, Callable<T> work) {
            FutureTask<T> task = new FutureTask<>(work);
            Thread.Builder builder = kind == Kind.VIRTUAL ? Thread.ofVirtual() : Thread.ofPlatform();
            return new Call<>(builder.start(task), task);
        }

        T get() throws Exception {
            return result.get(20, TimeUnit.SECONDS);
        }

        Throwable failure() {
            return assertThrows(ExecutionException.class, this::get).getCause();
        }

        /** A caller that waits while another one advances the stop. */
        boolean hasJoined() {
            return Arrays.stream(thread.getStackTrace())
                    .anyMatch(frame -> frame.getClassName().endsWith("Waiter")
                            && frame.getMethodName().equals("await"));
        }
    }

    /** A child that exits with 4 at SIGUSR1, and that only SIGKILL ends otherwise. */
    private ManagedProcess startStubborn() throws IOException {
        ManagedProcess process = ManagedProcess.builder(
                        child("ignore", "SIGTERM", "ignore", "SIGINT", "handle", "SIGUSR1", "exit:4", "ready", "pause"))
                .os(os)
                .start();
        awaitReady(process);
        return process;
    }

    private Call<TerminationReport> terminating(Kind kind, ManagedProcess process, GracefulShutdown shutdown) {
        Call<TerminationReport> call = Call.start(kind, () -> process.terminate(shutdown));
        await("SIGTERM was sent", () -> os.sent().contains(UnixSignal.SIGCONT));
        return call;
    }

    private Call<TerminationReport> joining(Kind kind, ManagedProcess process, GracefulShutdown shutdown) {
        Call<TerminationReport> call = Call.start(kind, () -> process.terminate(shutdown));
        await("the second caller has joined", call::hasJoined);
        return call;
    }

    private long timesSent(UnixSignal signal) {
        return os.sent().stream().filter(signal::equals).count();
    }

    @ParameterizedTest
    @EnumSource
    void eightThreadsThatTerminateAtOnceGetTheSameOutcome(Kind kind) throws Exception {
        try (ManagedProcess process = startStubborn()) {
            List<Call<TerminationReport>> calls = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                calls.add(Call.start(kind, () -> process.terminate(GracefulShutdown.of(TEN_MINUTES))));
            }
            await("all have joined", () -> calls.stream().allMatch(Call::hasJoined));
            await("SIGTERM was sent", () -> os.sent().contains(UnixSignal.SIGTERM));
            process.sendSignal(UnixSignal.SIGUSR1);
            TerminationReport first = calls.get(0).get();
            assertEquals(new ExitStatus.Exited(4), first.exitStatus());
            for (Call<TerminationReport> call : calls) {
                assertEquals(first, call.get());
            }
            assertEquals(1, timesSent(UnixSignal.SIGTERM));
            assertFalse(process.isArmed());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aKillCutsTheTenMinutesOfAnotherThreadShort(Kind kind) throws Exception {
        try (ManagedProcess process = startStubborn()) {
            Call<TerminationReport> terminating = terminating(kind, process, GracefulShutdown.of(TEN_MINUTES));
            assertEquals(KILLED, Call.start(kind, process::kill).get());
            TerminationReport report = terminating.get();
            assertTrue(report.forced());
            assertEquals(KILLED, report.exitStatus());
            String cutShort = report.attempts().get(1).error().orElseThrow().getMessage();
            assertTrue(cutShort.startsWith("cut short after "), cutShort);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aKillLeavesOutThePhasesThatWereStillToCome(Kind kind) throws Exception {
        GracefulShutdown shutdown = GracefulShutdown.builder()
                .unix(UnixGracefulShutdown.fromPhases(
                        UnixGracefulPhase.terminate(TEN_MINUTES), UnixGracefulPhase.interrupt(TEN_MINUTES)))
                .windowsCtrlBreak(TEN_MINUTES)
                .build();
        try (ManagedProcess process = startStubborn()) {
            Call<TerminationReport> terminating = terminating(kind, process, shutdown);
            process.kill();
            List<TerminationAttempt> attempts = terminating.get().attempts();
            assertEquals(5, attempts.size(), attempts.toString());
            assertEquals(new SendSignal("SIGTERM"), attempts.get(0).action());
            assertTrue(assertInstanceOf(Skipped.class, attempts.get(2).action()).reason().contains("SIGINT"));
            assertEquals(new SendSignal("SIGKILL"), attempts.get(3).action());
            assertEquals(0, timesSent(UnixSignal.SIGINT));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLaterTerminateMakesAStopShorter(Kind kind) throws Exception {
        try (ManagedProcess process = startStubborn()) {
            Call<TerminationReport> first = terminating(kind, process, GracefulShutdown.of(TEN_MINUTES));
            Call<TerminationReport> second =
                    Call.start(kind, () -> process.terminate(GracefulShutdown.of(Duration.ofMillis(100))));
            assertEquals(KILLED, second.get().exitStatus());
            assertEquals(second.get(), first.get());
            assertEquals(1, timesSent(UnixSignal.SIGTERM));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLaterTerminateDoesNotMakeAStopLonger(Kind kind) throws Exception {
        try (ManagedProcess process = startStubborn()) {
            Call<TerminationReport> first = terminating(kind, process, GracefulShutdown.of(Duration.ofSeconds(1)));
            Call<TerminationReport> second = joining(kind, process, GracefulShutdown.of(TEN_MINUTES));
            assertEquals(KILLED, second.get().exitStatus());
            assertEquals(second.get(), first.get());
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptEndsTerminateAtOnceAndLeavesTheProcessArmedAndRunning(Kind kind) throws Exception {
        try (ManagedProcess process = startStubborn()) {
            Call<TerminationReport> terminating = terminating(kind, process, GracefulShutdown.of(TEN_MINUTES));
            terminating.thread().interrupt();
            assertInstanceOf(InterruptedException.class, terminating.failure());
            assertTrue(process.isArmed());
            assertTrue(process.isAlive());
            assertEquals(0, timesSent(UnixSignal.SIGKILL));
            process.kill();
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptBeforeTerminateSendsNothing(Kind kind) throws Exception {
        try (ManagedProcess process = startStubborn()) {
            Call<TerminationReport> terminating = Call.start(kind, () -> {
                Thread.currentThread().interrupt();
                return process.terminate(GracefulShutdown.of(TEN_MINUTES));
            });
            assertInstanceOf(InterruptedException.class, terminating.failure());
            assertEquals(List.of(), os.sent());
            assertTrue(process.isArmed());
            process.kill();
        }
    }

    @ParameterizedTest
    @EnumSource
    void anotherCallerFinishesTheStopOfOneThatWasInterrupted(Kind kind) throws Exception {
        try (ManagedProcess process = startStubborn()) {
            Call<TerminationReport> first = terminating(kind, process, GracefulShutdown.of(TEN_MINUTES));
            Call<TerminationReport> other = joining(kind, process, GracefulShutdown.of(TEN_MINUTES));
            first.thread().interrupt();
            assertInstanceOf(InterruptedException.class, first.failure());
            assertTrue(process.isArmed());
            process.sendSignal(UnixSignal.SIGUSR1);
            TerminationReport report = other.get();
            assertEquals(new ExitStatus.Exited(4), report.exitStatus());
            assertEquals(
                    List.of(new SendSignal("SIGTERM"), new WaitForExit(TEN_MINUTES)),
                    report.attempts().stream().map(TerminationAttempt::action).toList());
            assertEquals(1, timesSent(UnixSignal.SIGTERM), "the other caller goes on with the attempts so far");
            assertFalse(process.isArmed());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCallerThatJoinedCanBeInterruptedToo(Kind kind) throws Exception {
        try (ManagedProcess process = startStubborn()) {
            Call<TerminationReport> first = terminating(kind, process, GracefulShutdown.of(TEN_MINUTES));
            Call<TerminationReport> other = joining(kind, process, GracefulShutdown.of(TEN_MINUTES));
            other.thread().interrupt();
            assertInstanceOf(InterruptedException.class, other.failure());
            process.sendSignal(UnixSignal.SIGUSR1);
            assertEquals(new ExitStatus.Exited(4), first.get().exitStatus());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aStopThatAllCallersHaveLeftCanBeginAgain(Kind kind) throws Exception {
        try (ManagedProcess process = startStubborn()) {
            Call<TerminationReport> left = terminating(kind, process, GracefulShutdown.of(TEN_MINUTES));
            left.thread().interrupt();
            left.failure();
            TerminationReport report = process.terminate(GracefulShutdown.of(Duration.ofMillis(50)));
            assertTrue(report.forced());
            assertEquals(4, report.attempts().size(), report.attempts().toString());
            assertEquals(2, timesSent(UnixSignal.SIGTERM));
        }
    }

    @ParameterizedTest
    @EnumSource
    void destroyForciblyDuringATerminateEndsItAtOnce(Kind kind) throws Exception {
        try (ManagedProcess process = startStubborn()) {
            Call<TerminationReport> terminating = terminating(kind, process, GracefulShutdown.of(TEN_MINUTES));
            process.destroyForcibly();
            TerminationReport report = terminating.get();
            assertEquals(KILLED, report.exitStatus());
            assertTrue(report.forced());
            assertEquals(Optional.of("SIGKILL"), report.endedBy());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aCloseWithoutPolicyDuringATerminateKills(Kind kind) throws Exception {
        ManagedProcess process = startStubborn();
        Call<TerminationReport> terminating = terminating(kind, process, GracefulShutdown.of(TEN_MINUTES));
        assertThrows(ProcessLeakedException.class, process::close);
        assertEquals(KILLED, terminating.get().exitStatus());
    }
}
