package io.github.lastcall;

import static io.github.lastcall.testing.LostProcesses.letTheGuardRun;
import static io.github.lastcall.testing.Programs.await;
import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static io.github.lastcall.testing.Programs.isRunning;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.internal.log.Log;
import io.github.lastcall.testing.CapturedLog;
import io.github.lastcall.testing.Carriers;
import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.StopsInVain;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.event.Level;

/** terminateAsync and killAsync. */
@ExtendWith(LeaksNothing.class)
class AsyncStopTest {

    private static final ExitStatus KILLED = new ExitStatus.Signaled(9, Optional.of(UnixSignal.SIGKILL), false);
    private static final GracefulShutdown TEN_MINUTES = GracefulShutdown.of(Duration.ofMinutes(10));
    private static final String[] STUBBORN =
            {"ignore", "SIGTERM", "ignore", "SIGINT", "handle", "SIGUSR1", "exit:4", "ready", "pause"};

    private final FaultyOs os = new FaultyOs();

    private ManagedProcess start(String... steps) throws IOException {
        ManagedProcess process = ManagedProcess.builder(child(steps)).os(os).start();
        awaitReady(process);
        return process;
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(20, TimeUnit.SECONDS);
    }

    private void awaitAsked() {
        await("SIGTERM was sent", () -> os.sent().contains(UnixSignal.SIGCONT));
    }

    @Test
    void aProcessIsTerminatedAndDisarmed() throws Exception {
        ManagedProcess process = start("handle", "SIGTERM", "exit:3", "ready", "pause");
        TerminationReport report = get(process.terminateAsync(TEN_MINUTES));
        assertEquals(new ExitStatus.Exited(3), report.exitStatus());
        assertEquals(Optional.of("SIGTERM"), report.endedBy());
        assertFalse(process.isArmed());
    }

    @Test
    void aProcessIsKilledAndDisarmed() throws Exception {
        ManagedProcess process = start(STUBBORN);
        assertEquals(KILLED, get(process.killAsync()));
        assertFalse(process.isArmed());
    }

    @Test
    void aProcessThatHasExitedIsSentNothing() throws Exception {
        ManagedProcess process = start("ready", "exit", "5");
        process.waitForExit();
        assertEquals(Optional.empty(), get(process.terminateAsync(TEN_MINUTES)).endedBy());
        assertEquals(new ExitStatus.Exited(5), get(process.killAsync()));
        assertEquals(List.of(), os.sent());
    }

    @Test
    void standardInputIsDropped() throws Exception {
        ManagedProcess process = start("ignore", "SIGTERM", "ready", "read-all", "exit", "6");
        assertEquals(new ExitStatus.Exited(6), get(process.terminateAsync(TEN_MINUTES)).exitStatus());
    }

    @Test
    void aKillCutsATerminationShort() throws Exception {
        ManagedProcess process = start(STUBBORN);
        CompletableFuture<TerminationReport> terminating = process.terminateAsync(TEN_MINUTES);
        awaitAsked();
        assertEquals(KILLED, get(process.killAsync()));
        TerminationReport report = get(terminating);
        assertTrue(report.forced());
        String cutShort = report.attempts().get(1).error().orElseThrow().getMessage();
        assertTrue(cutShort.startsWith("cut short after "), cutShort);
    }

    @ParameterizedTest
    @EnumSource
    void waitingCallersAndFuturesGetTheSameOutcome(ThreadKind kind) throws Exception {
        ManagedProcess process = start(STUBBORN);
        CompletableFuture<TerminationReport> first = process.terminateAsync(TEN_MINUTES);
        var waiting = kind.begin(() -> process.terminate(TEN_MINUTES));
        CompletableFuture<TerminationReport> last = process.terminateAsync(TEN_MINUTES);
        awaitAsked();
        process.sendSignal(UnixSignal.SIGUSR1);
        TerminationReport report = get(first);
        assertEquals(new ExitStatus.Exited(4), report.exitStatus());
        assertEquals(report.exitStatus(), waiting.result().exitStatus());
        assertEquals(report.exitStatus(), get(last).exitStatus());
        assertEquals(1, os.sent().stream().filter(UnixSignal.SIGTERM::equals).count());
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptedCallerLeavesTheFutureItsStop(ThreadKind kind) throws Exception {
        ManagedProcess process = start(STUBBORN);
        var waiting = kind.begin(() -> process.terminate(TEN_MINUTES));
        awaitAsked();
        CompletableFuture<TerminationReport> future =
                process.terminateAsync(GracefulShutdown.of(Duration.ofMillis(300)));
        waiting.interrupt();
        assertInstanceOf(
                InterruptedException.class, assertThrows(ExecutionException.class, waiting::result).getCause());
        assertEquals(KILLED, get(future).exitStatus());
    }

    @Test
    void cancellingOneLeavesTheOthersAndTheStop() throws Exception {
        ManagedProcess process = start(STUBBORN);
        CompletableFuture<TerminationReport> cancelled = process.terminateAsync(TEN_MINUTES);
        awaitAsked();
        CompletableFuture<TerminationReport> other = process.terminateAsync(TEN_MINUTES);
        assertTrue(cancelled.cancel(true));
        assertFalse(other.isDone());
        process.sendSignal(UnixSignal.SIGUSR1);
        TerminationReport report = get(other);
        assertEquals(new ExitStatus.Exited(4), report.exitStatus());
        assertEquals(0, os.sent().stream().filter(UnixSignal.SIGKILL::equals).count());
    }

    @Test
    void aStopWhoseOnlyFutureIsAbandonedGoesOn() throws Exception {
        ManagedProcess process = start(STUBBORN);
        CompletableFuture<TerminationReport> cancelled =
                process.terminateAsync(GracefulShutdown.of(Duration.ofMillis(300)));
        cancelled.cancel(true);
        await("it is stopped", () -> !process.isArmed());
        assertEquals(Optional.of(KILLED), process.exitStatus());
        CompletableFuture<ExitStatus> completed = process.killAsync();
        completed.complete(new ExitStatus.Exited(99));
        assertEquals(KILLED, get(process.killAsync()));
    }

    @Test
    void aFailureIsThatOfTheCallThatWaits() throws Exception {
        ManagedProcess process = start(STUBBORN);
        os.refuseAll();
        CompletableFuture<TerminationReport> future = process.terminateAsync(TEN_MINUTES);
        Throwable cause = assertThrows(ExecutionException.class, () -> get(future)).getCause();
        assertInstanceOf(TerminationFailedException.class, cause);
        assertSame(cause, assertThrows(CompletionException.class, future::join).getCause());
        assertInstanceOf(
                TerminationFailedException.class,
                assertThrows(ExecutionException.class, () -> get(process.killAsync())).getCause());
        assertTrue(process.isArmed());
        assertTrue(process.isAlive());
        os.refuse();
        get(process.killAsync());
    }

    @Test
    void anInterruptOfTheCallerDoesNotConcernTheStop() throws Exception {
        ManagedProcess process = start(STUBBORN);
        Thread.currentThread().interrupt();
        CompletableFuture<ExitStatus> killing = process.killAsync();
        assertTrue(Thread.interrupted());
        assertEquals(KILLED, get(killing));
    }

    @Test
    void withoutAPolicyNothingIsSent() throws Exception {
        ManagedProcess process = start(STUBBORN);
        assertThrows(NullPointerException.class, () -> process.terminateAsync(null));
        assertEquals(List.of(), os.sent());
        process.kill();
    }

    @Test
    void dependentsThatBlockHoldUpNoOtherStop() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        List<CompletableFuture<Void>> blocked = new ArrayList<>();
        for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors() + 1; i++) {
            // Registered before the stop can end, so that it runs on the thread that completes the future.
            ManagedProcess process = start(STUBBORN);
            blocked.add(process.terminateAsync(TEN_MINUTES).thenAccept(report -> await(over)));
            process.sendSignal(UnixSignal.SIGUSR1);
        }
        ManagedProcess other = start(STUBBORN);
        assertEquals(KILLED, get(other.killAsync()));
        assertTrue(blocked.stream().noneMatch(CompletableFuture::isDone));
        over.countDown();
        for (CompletableFuture<Void> dependent : blocked) {
            get(dependent);
        }
    }

    @Test
    void dependentsInheritNothingOfTheCallersThread() throws Exception {
        InheritableThreadLocal<String> local = new InheritableThreadLocal<>();
        local.set("the caller's");
        try {
            ManagedProcess process = start(STUBBORN);
            CompletableFuture<Optional<String>> seen =
                    process.terminateAsync(TEN_MINUTES).thenApply(report -> Optional.ofNullable(local.get()));
            process.sendSignal(UnixSignal.SIGUSR1);
            assertEquals(Optional.empty(), get(seen));
        } finally {
            local.remove();
        }
    }

    @Test
    void aThousandStopsThatWaitAreAllHastened() throws Exception {
        ManagedProcess process = start(STUBBORN);
        List<CompletableFuture<TerminationReport>> futures = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            futures.add(process.terminateAsync(TEN_MINUTES));
        }
        awaitAsked();
        process.kill();
        for (CompletableFuture<TerminationReport> future : futures) {
            assertEquals(KILLED, get(future).exitStatus());
        }
    }

    /** Started in a method of its own, so that no local variable keeps the handle or the future. */
    private long terminateAndLose() throws Exception {
        ManagedProcess process = start(STUBBORN);
        process.terminateAsync(TEN_MINUTES);
        return process.pid();
    }

    @Test
    void aProcessThatIsBeingStoppedIsNotLost() throws Exception {
        long pid = terminateAndLose();
        awaitAsked();
        letTheGuardRun();
        assertTrue(isRunning(pid));
        ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        CapturedLog.await(pid, line -> line.text().contains("ended by SIGTERM"));
        Log.flush();
        assertTrue(CapturedLog.about(pid).stream().noneMatch(line -> line.level() == Level.ERROR));
    }

    @Test
    void aStopThatWaitsDoesNotHoldUpTheExitOfTheJvm() {
        Process jvm = JavaProgram.start(new JavaProgram(StopsInVain.class).builder());
        long pid = Long.parseLong(Programs.readLine(jvm.getInputStream()));
        JavaProgram.Result result = JavaProgram.finish(jvm);
        assertEquals(0, result.exitValue(), result.err());
        assertFalse(isRunning(pid));
    }

    @Test
    void aCloseStopsTheMembersTogetherWithIt() throws Exception {
        ManagedProcess process = start("fork", "ready", "pause", "end", "exit", "0");
        assertEquals(0, process.waitFor());
        CompletableFuture<TerminationReport> stop;
        try (Carriers taken = Carriers.taken()) {
            stop = process.terminateAsync(TEN_MINUTES);
            process.close();
            // Neither of them needs a carrier.
            TerminationReport report = get(stop);
            assertTrue(report.endedBy().isPresent());
        }
    }

    @Test
    void aKillEndsAStopOfOthersAlsoWithoutACarrier() throws Exception {
        ManagedProcess process = start(STUBBORN);
        CompletableFuture<TerminationReport> stop = process.terminateAsync(TEN_MINUTES);
        awaitAsked();
        try (Carriers taken = Carriers.taken()) {
            assertEquals(KILLED, ThreadKind.PLATFORM.begin(process::kill).result());
        }
        TerminationReport report = get(stop);
        assertEquals(KILLED, report.exitStatus());
        assertTrue(report.forced());
        assertEquals(Optional.of("SIGKILL"), report.endedBy());
    }
}
