package io.github.lastcall;

import static io.github.lastcall.testing.Programs.await;
import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static io.github.lastcall.testing.Programs.isRunning;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.LeaksNothing;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeaksNothing.class)
class CloseTest {

    private static final ExitStatus KILLED = new ExitStatus.Signaled(9, Optional.of(UnixSignal.SIGKILL), false);
    private static final GracefulShutdown TEN_MINUTES = GracefulShutdown.of(Duration.ofMinutes(10));

    private final FaultyOs os = new FaultyOs();

    private ManagedProcess start(String... steps) throws IOException {
        ManagedProcess process = ManagedProcess.builder(child(steps)).os(os).start();
        awaitReady(process);
        return process;
    }

    private ManagedProcess startWithPolicy(String... steps) throws IOException {
        ManagedProcess process = ManagedProcess.builder(child(steps))
                .terminateOnClose(TEN_MINUTES)
                .os(os)
                .start();
        awaitReady(process);
        return process;
    }

    @Test
    void withAPolicyItTerminatesAndIsSilent() throws Exception {
        ManagedProcess process = startWithPolicy("handle", "SIGTERM", "exit:3", "ready", "pause");
        process.close();
        assertEquals(Optional.of(new ExitStatus.Exited(3)), process.exitStatus());
        assertFalse(process.isArmed());
    }

    @Test
    void withoutAPolicyItKillsAndSaysWhereTheProcessWasStarted() throws Exception {
        ManagedProcess process = start("ready", "pause");
        ProcessLeakedException leak = assertThrows(ProcessLeakedException.class, process::close);
        assertFalse(isRunning(process.pid()));
        assertEquals(Optional.of(KILLED), process.exitStatus());
        assertFalse(process.isArmed());
        assertTrue(leak.getMessage().contains("child"), leak.getMessage());
        assertTrue(
                Arrays.stream(leak.getCause().getStackTrace())
                        .anyMatch(frame -> frame.getClassName().equals(CloseTest.class.getName())
                                && frame.getMethodName().equals("start")),
                "the cause is the place of the start");
    }

    @Test
    void aSecondCloseDoesNothing() throws Exception {
        ManagedProcess process = start("ready", "pause");
        assertThrows(ProcessLeakedException.class, process::close);
        process.close();
        assertEquals(List.of(UnixSignal.SIGKILL), os.sent());
    }

    @Test
    void aChildThatExitsByItselfIsNeverLoud() throws Exception {
        try (ManagedProcess process = start("ready", "exit", "5")) {
            process.toHandle().onExit().join();
        }
        assertEquals(List.of(), os.sent());
    }

    @Test
    void aChildThatExitsByItselfJustAfterTheLookIsNotLoudEither() throws Exception {
        ManagedProcess process = start("ready", "exit", "5");
        process.toHandle().onExit().join();
        os.stale(1);
        process.close();
        assertEquals(List.of(), os.sent());
        assertFalse(process.isArmed());
    }

    @Test
    void aDisarmedChildGoesOnAndItsStreamsAreClosed() throws Exception {
        ManagedProcess process = start("ready", "pause");
        process.mustNotBeTerminated();
        process.close();
        assertTrue(process.isAlive());
        assertThrows(IOException.class, () -> process.getInputStream().read());
        assertThrows(IOException.class, () -> process.getErrorStream().read());
        assertThrows(IOException.class, () -> process.getOutputStream().write(new byte[10_000]));
        process.kill();
    }

    @Test
    void aReaderBlockedInAStreamGetsAnException() throws Exception {
        ManagedProcess process = start("ready", "pause");
        FutureTask<Integer> reading = new FutureTask<>(() -> process.getErrorStream().read());
        Thread reader = Thread.ofPlatform().start(reading);
        await("it waits", () -> Arrays.stream(reader.getStackTrace())
                .anyMatch(frame -> frame.getMethodName().equals("awaitNative")));
        process.mustNotBeTerminated();
        process.close();
        ExecutionException failure = assertThrows(ExecutionException.class, () -> reading.get(20, TimeUnit.SECONDS));
        assertInstanceOf(IOException.class, failure.getCause());
        process.kill();
    }

    @Test
    void underAnInterruptItSkipsThePolicyKillsAndKeepsTheFlag() throws Exception {
        ManagedProcess process = startWithPolicy("ignore", "SIGTERM", "ready", "pause");
        Thread.currentThread().interrupt();
        process.close();
        assertTrue(Thread.interrupted());
        assertEquals(Optional.of(KILLED), process.exitStatus());
        assertEquals(List.of(UnixSignal.SIGKILL), os.sent());
        assertFalse(process.isArmed());
    }

    @Test
    void underAnInterruptWithoutAPolicyItIsLoudAndKeepsTheFlag() throws Exception {
        ManagedProcess process = start("ready", "pause");
        Thread.currentThread().interrupt();
        assertThrows(ProcessLeakedException.class, process::close);
        assertTrue(Thread.interrupted());
        assertEquals(Optional.of(KILLED), process.exitStatus());
    }

    @Test
    void anInterruptWhileItTerminatesKillsAtOnceAndKeepsTheFlag() throws Exception {
        ManagedProcess process = startWithPolicy("ignore", "SIGTERM", "ready", "pause");
        FutureTask<Boolean> closing = new FutureTask<>(() -> {
            process.close();
            return Thread.currentThread().isInterrupted();
        });
        Thread closer = Thread.ofPlatform().start(closing);
        await("SIGTERM was sent", () -> os.sent().contains(UnixSignal.SIGTERM));
        closer.interrupt();
        assertTrue(closing.get(20, TimeUnit.SECONDS));
        assertEquals(Optional.of(KILLED), process.exitStatus());
    }

    @Test
    void aStopThatFailsIsAnUncheckedExceptionWithTheReasonAndLeavesItArmed() throws Exception {
        ManagedProcess process = start("ready", "pause");
        os.refuseAll();
        UncheckedIOException failure = assertThrows(UncheckedIOException.class, process::close);
        assertInstanceOf(TerminationFailedException.class, failure.getCause());
        assertTrue(process.isArmed());
        assertTrue(process.isAlive());
        os.refuse();
        assertThrows(ProcessLeakedException.class, process::close);
        assertFalse(process.isAlive());
    }

    @Test
    void theStatusStaysReadableAfterwards() throws Exception {
        ManagedProcess process = startWithPolicy("handle", "SIGTERM", "exit:3", "ready", "pause");
        process.close();
        assertEquals(3, process.exitValue());
        assertEquals(3, process.waitFor());
        assertEquals(new ExitStatus.Exited(3), process.waitForExit());
        assertEquals(new ExitStatus.Exited(3), process.terminate(TEN_MINUTES).exitStatus());
    }

    /** A thread that stops a process must not take it for gone if it is released while it runs. */
    @Test
    void aStopOfWhatTheLeaderHasLeftBehindGoesOnWhenTheHandleIsClosed() throws Exception {
        ManagedProcess process = start("fork", "ignore", "SIGTERM", "ready", "pause", "end", "exit", "0");
        process.waitFor();
        Thread closing = Thread.ofPlatform().start(() -> {
            await("the stop has begun", () -> os.sent().contains(UnixSignal.SIGCONT));
            process.close();
        });
        TerminationReport report = process.terminate(GracefulShutdown.builder()
                .unixSigterm(Duration.ofMillis(300))
                .windowsCtrlBreak(Duration.ZERO)
                .build());
        closing.join();
        assertTrue(report.forced(), report.toString());
    }
}
