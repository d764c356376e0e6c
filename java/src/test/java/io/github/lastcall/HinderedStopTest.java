package io.github.lastcall;

import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static io.github.lastcall.testing.Programs.isRunning;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.process.Ticket;
import io.github.lastcall.internal.wait.Pool;
import io.github.lastcall.testing.CapturedLog;
import io.github.lastcall.testing.Carriers;
import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.ExitsUnderLoad;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Stops that end in time although other threads, the log or /proc are busy, blocked or closed. */
@ExtendWith(LeaksNothing.class)
class HinderedStopTest {

    private static final GracefulShutdown SHORT = GracefulShutdown.of(Duration.ofMillis(200));
    private static final GracefulShutdown LONG = GracefulShutdown.of(Duration.ofMinutes(10));

    /** More than ten times the normal duration of these stops. */
    private static final Duration BOUND = Duration.ofSeconds(5);

    private final FaultyOs os = new FaultyOs();

    private ManagedProcess.Builder stubborn() {
        return ManagedProcess.builder(child("ignore", "SIGTERM", "ready", "pause")).os(os).terminateOnClose(SHORT);
    }

    private static ManagedProcess ready(ManagedProcess process) {
        awaitReady(process);
        return process;
    }

    private static <T> T inTime(CompletableFuture<T> future) throws Exception {
        return future.get(BOUND.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** On a platform thread, within the bound. */
    private static <T> T inTime(Callable<T> call) throws Exception {
        return ThreadKind.PLATFORM.begin(call).get(BOUND.toMillis(), TimeUnit.MILLISECONDS);
    }

    // No carrier

    @Test
    void futuresCompleteWithoutACarrier() throws Exception {
        try (ManagedProcess terminated = ready(stubborn().start());
                ManagedProcess killed = ready(stubborn().start());
                ManagedProcess exits = ManagedProcess.builder(child("sleep", "300", "exit", "7")).start();
                Carriers carriers = Carriers.taken()) {
            CompletableFuture<Process> exit = exits.onExit();
            CompletableFuture<TerminationReport> report = terminated.terminateAsync(SHORT);
            assertTrue(inTime(killed.killAsync()) instanceof ExitStatus.Signaled);
            assertTrue(inTime(report).forced());
            assertEquals(7, inTime(exit).exitValue());
        }
    }

    /** Usually that thread completes it. */
    @Test
    void aFutureThatAVirtualThreadWaitsForCompletesWithoutACarrier() throws Exception {
        try (ManagedProcess exits = ManagedProcess.builder(child("read-line")).start()) {
            CompletableFuture<Process> exit = exits.onExit();
            ThreadKind.Running<Process> waiting = ThreadKind.VIRTUAL.begin(exit::get).awaitBlocked();
            try (Carriers carriers = Carriers.taken()) {
                exits.getOutputStream().close();
                Programs.await("the future is complete", exit::isDone);
                assertFalse(waiting.isDone(), "a virtual thread had a carrier");
            }
            assertEquals(exits, waiting.result());
        }
    }

    @Test
    void aLineOfReadinessIsSeenWithoutACarrier() throws Exception {
        try (ManagedProcess process = ManagedProcess.builder(child("ready", "pause"))
                        .capture(OutputLimit.last(1000))
                        .terminateOnClose(SHORT)
                        .start();
                Carriers carriers = Carriers.taken()) {
            Readiness line = Readiness.line(StandardStream.STDOUT, Pattern.compile("ready"));
            assertTrue(inTime(() -> process.awaitReady(line, BOUND)));
        }
    }

    @Test
    void aScopeIsClosedWithoutACarrier() throws Exception {
        ProcessScope scope = ProcessScope.open(SHORT);
        for (int i = 0; i < 5; i++) {
            ready(scope.start(stubborn()));
        }
        try (Carriers carriers = Carriers.taken()) {
            inTime(() -> {
                scope.close();
                return null;
            });
        }
    }

    @Test
    void aPlatformThreadStopsWhatAVirtualOneWithoutACarrierIsStopping() throws Exception {
        try (ManagedProcess process = ready(stubborn().start())) {
            ThreadKind.Running<TerminationReport> other =
                    ThreadKind.VIRTUAL.begin(() -> process.terminate(LONG)).awaitBlocked();
            try (Carriers carriers = Carriers.taken()) {
                assertTrue(inTime(() -> process.terminate(SHORT)).forced());
            }
            assertTrue(other.result().forced());
        }
    }

    @Test
    void aProcessIsStoppedAtItsTimeoutWithoutACarrier() throws Exception {
        Duration timeout = Duration.ofMillis(100);
        GracefulShutdown shutdown = GracefulShutdown.of(Duration.ofMillis(50));
        try (ManagedProcess process = ready(stubborn().start())) {
            CompletableFuture<Process> exit = process.onExit();
            ThreadKind.Running<WaitOutcome> waiting =
                    ThreadKind.VIRTUAL.begin(() -> process.waitForExitOrTerminate(timeout, shutdown)).awaitBlocked();
            try (Carriers carriers = Carriers.taken()) {
                assertEquals(137, inTime(exit::get).exitValue());
            }
            WaitOutcome.TerminatedAfterTimeout over =
                    assertInstanceOf(WaitOutcome.TerminatedAfterTimeout.class, waiting.result());
            assertTrue(over.report().forced());
        }
    }

    // A log that blocks

    /** The caller of the stop. */
    enum Way {
        TERMINATE,
        TERMINATE_ASYNC,
        CLOSE,
        SCOPE;

        void stop(ManagedProcess process, ProcessScope scope) throws Exception {
            switch (this) {
                case TERMINATE -> process.terminate(SHORT);
                case TERMINATE_ASYNC -> process.terminateAsync(SHORT).get();
                case CLOSE -> process.close();
                case SCOPE -> scope.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aLogThatBlocksDelaysNoKill(Way way) throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try (ProcessScope scope = ProcessScope.open(SHORT)) {
            ManagedProcess process = ready(scope.start(stubborn()));
            try (AutoCloseable lines = CapturedLog.misbehave(line -> Programs.await(goOn));
                    AutoCloseable levels = CapturedLog.misbehaveWhenAsked(() -> Programs.await(goOn))) {
                inTime(() -> {
                    way.stop(process, scope);
                    return null;
                });
                assertFalse(isRunning(process.pid()));
            } finally {
                goOn.countDown();
            }
            CapturedLog.await(process.pid(), line -> line.text().contains("ended by SIGKILL"));
        }
    }

    /** No other thread waits for its message. */
    @Test
    void aLogThatBlocksHoldsUpNothingElse() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try (AutoCloseable restored = CapturedLog.misbehave(line -> Programs.await(goOn))) {
            inTime(() -> {
                ManagedProcess process = ManagedProcess.builder(child("pause")).start();
                process.sendSignal(UnixSignal.SIGCONT);
                process.sendSignal(UnixSignal.SIGKILL);
                process.waitFor();
                process.close();
                ManagedProcess.run(ManagedProcess.builder(child("fork", "pause", "end")), Duration.ofMinutes(1), SHORT);
                return null;
            });
        } finally {
            goOn.countDown();
        }
    }

    /** For example without memory: the SIGKILL that is due is still sent. */
    @Test
    void aStopWhoseCallerHasFailedGoesOn() throws Exception {
        try (ManagedProcess process = ready(stubborn().start())) {
            os.beforeWait(() -> {
                throw new OutOfMemoryError("injected");
            });
            assertThrows(OutOfMemoryError.class, () -> process.terminate(SHORT));
            Programs.awaitGone(process.pid());
            // Without pidfds close() may have to wait, for a scan of the group.
            os.beforeWait(() -> {});
        }
    }

    /** Stops continue while it blocks: their lines must not fill the memory. */
    @Test
    void aLogThatBlocksKeepsNoMoreThanItMay() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        CompletableFuture<String> dropped = new CompletableFuture<>();
        try (ManagedProcess process = ready(stubborn().start());
                AutoCloseable restored = CapturedLog.misbehave(line -> {
                    if (line.text().contains("were dropped")) {
                        dropped.complete(line.text());
                    }
                })) {
            Pool pool = process.child().services().threads().pool();
            Log.later(pool::execute, () -> Programs.await(goOn));
            for (int i = 0; i < 100_010; i++) {
                Log.later(pool::execute, () -> {});
            }
            goOn.countDown();
            assertTrue(inTime(dropped).matches("1[1-9] lines were dropped.*"), dropped.get());
        }
    }

    // A /proc that cannot be listed

    /** All at the same time: without a scan, a stop waits until the dead member of its group is reaped. */
    @Test
    void aScanThatFailsEndsNoStop() throws Exception {
        List<ProcessScope> scopes = new ArrayList<>();
        List<ManagedProcess> processes = new ArrayList<>();
        List<Callable<Void>> stops = new ArrayList<>();
        for (Way way : Way.values()) {
            ProcessScope scope = ProcessScope.open(SHORT);
            ManagedProcess process = ready(scope.start(ManagedProcess.builder(
                            child("ignore", "SIGTERM", "fork", "pause", "end", "ready", "pause"))
                    .os(os)));
            scopes.add(scope);
            processes.add(process);
            stops.add(() -> {
                way.stop(process, scope);
                return null;
            });
        }
        os.beforeScan(() -> {
            throw new IllegalStateException("/proc cannot be listed");
        });
        for (ThreadKind.Running<Void> stop : stops.stream().map(ThreadKind.PLATFORM::begin).toList()) {
            if (os.groupOutlivesReap(new NativeProcess(2, 2, 0))) {
                stop.get(BOUND.toMillis(), TimeUnit.MILLISECONDS);
            } else {
                requireFailedStop(assertThrows(
                        ExecutionException.class, () -> stop.get(BOUND.toMillis(), TimeUnit.MILLISECONDS)));
            }
        }
        processes.forEach(process -> assertFalse(isRunning(process.pid()), process.name()));
        assertTrue(Collections.frequency(os.sent(), UnixSignal.SIGKILL) >= processes.size());
        os.beforeScan(() -> {});
        for (ProcessScope scope : scopes) {
            scope.close();
        }
    }

    /** Before Linux 6.9 only a scan can see that the group is gone: there the stop fails after its SIGKILL. */
    private static void requireFailedStop(Throwable failure) {
        Throwable cause = failure;
        while (!(cause instanceof TerminationFailedException || cause instanceof ProcessScopeException)) {
            cause = cause.getCause();
            assertNotNull(cause, () -> "another failure: " + failure);
        }
    }

    /** The reasons why a phase was not enough are left out if the scan has not ended by then. */
    @Test
    void aScanThatIsLateDelaysNoPhase() throws Exception {
        UnixGracefulPhase[] phases = new UnixGracefulPhase[8];
        Arrays.fill(phases, UnixGracefulPhase.terminate(Duration.ofMillis(20)));
        GracefulShutdown eight = GracefulShutdown.builder()
                .unix(UnixGracefulShutdown.fromPhases(phases))
                .windowsCtrlBreak(Duration.ZERO)
                .build();
        try (ManagedProcess process = ready(stubborn().start())) {
            os.beforeScan(() ->
                    Programs.await("the phases are over", () -> os.sent().contains(UnixSignal.SIGKILL)));
            assertTrue(inTime(() -> process.terminate(eight)).forced());
            assertEquals(8, Collections.frequency(os.sent(), UnixSignal.SIGTERM));
        }
    }

    @Test
    void aScanWithoutAnAnswerIsFollowedByAnother() throws Exception {
        try (ManagedProcess process = ready(ManagedProcess.builder(
                        child("fork", "ignore", "SIGTERM", "ready", "pause", "end", "pause"))
                .os(os.loseScans(1))
                .start())) {
            CompletableFuture<TerminationReport> stop = process.terminateAsync(LONG);
            Programs.await("it is looked for again", () -> os.scans() > 1);
            process.kill();
            assertTrue(inTime(stop).forced());
        }
    }

    /** With a full heap the work after an exit can fail at any place; later there is memory again. */
    @ParameterizedTest
    @EnumSource
    void whatFollowsTheExitIsTriedAgain(ThreadKind kind) throws Exception {
        try (ManagedProcess process = ready(stubborn().start())) {
            Failing whenOver = new Failing();
            Failing whenExited = new Failing();
            process.child().whenExited(whenExited);
            ThreadKind.Running<Integer> waiting = kind.begin(process::waitFor);
            process.child().begin(new Ticket(Stops.KILL_PLAN, whenOver));
            assertTrue(whenOver.hasRun.await(BOUND.toMillis(), TimeUnit.MILLISECONDS), "a stop that is over");
            assertTrue(whenExited.hasRun.await(BOUND.toMillis(), TimeUnit.MILLISECONDS), "an exit");
            try {
                waiting.result();
            } catch (ExecutionException seen) {
                assertEquals("by the test", seen.getCause().getMessage());
            }
        }
    }

    /** Finds no memory at first. */
    private static final class Failing implements Runnable {
        final CountDownLatch hasRun = new CountDownLatch(1);
        private final AtomicInteger left = new AtomicInteger(3);

        @Override
        public void run() {
            if (left.getAndDecrement() > 0) {
                throw new OutOfMemoryError("by the test");
            }
            hasRun.countDown();
        }
    }

    // The exit of the JVM

    @ParameterizedTest
    @ValueSource(strings = {"carrier", "log"})
    void theExitOfTheJvmStopsItNonetheless(String hindrance) throws IOException {
        JavaProgram program = new JavaProgram(ExitsUnderLoad.class, hindrance)
                .options("-Djdk.virtualThreadScheduler.parallelism=1", "-Djdk.virtualThreadScheduler.maxPoolSize=1");
        Process jvm = JavaProgram.start(program.builder());
        long pid = Long.parseLong(Programs.readLine(jvm.getInputStream()));
        JavaProgram.finish(jvm, Duration.ofSeconds(10));
        assertFalse(isRunning(pid));
    }
}
