package io.github.lastcall;

import static io.github.lastcall.testing.Programs.await;
import static io.github.lastcall.testing.Programs.awaitGone;
import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static io.github.lastcall.testing.Programs.isRunning;
import static io.github.lastcall.testing.Programs.readLine;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.LeaksNothing;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeaksNothing.class)
class KillTest {

    private static final ExitStatus KILLED = new ExitStatus.Signaled(9, Optional.of(UnixSignal.SIGKILL), false);
    private static final GracefulShutdown SHUTDOWN = GracefulShutdown.builder()
            .unixSigterm(Duration.ofMillis(50))
            .windowsCtrlBreak(Duration.ZERO)
            .build();

    private final FaultyOs os = new FaultyOs();

    private ManagedProcess start(String... steps) throws IOException {
        ManagedProcess process = ManagedProcess.builder(child(steps)).os(os).start();
        awaitReady(process);
        return process;
    }

    /** The ways to end a process by force. */
    enum Way {
        KILL,
        DESTROY_FORCIBLY,
        TERMINATE,
        CLOSE;

        void end(ManagedProcess process) throws Exception {
            switch (this) {
                case KILL -> process.kill();
                case DESTROY_FORCIBLY -> process.destroyForcibly().waitFor();
                case TERMINATE -> process.terminate(SHUTDOWN);
                case CLOSE -> assertThrows(ProcessLeakedException.class, process::close);
            }
        }
    }

    @Test
    void killEndsAChildThatIgnoresEverythingElse() throws Exception {
        try (ManagedProcess process = start("ignore", "SIGTERM", "ignore", "SIGINT", "ready", "pause")) {
            assertEquals(KILLED, process.kill());
            assertEquals(List.of(UnixSignal.SIGKILL), os.sent());
            assertFalse(process.isArmed());
            assertEquals(137, process.exitValue());
        }
    }

    /** Joins the group of another process, which ends with its input. A member stays, which gets all signals alone. */
    private ManagedProcess startAndMove() throws IOException {
        return start(
                "ignore", "SIGTERM", "fork", "pause", "end", "fork", "read-all", "end", "leave-group", "ready", "pause");
    }

    @ParameterizedTest
    @EnumSource
    void aLeaderThatHasLeftItsGroupIsEndedWithIt(Way way) throws Exception {
        ManagedProcess process = startAndMove();
        way.end(process);
        assertEquals(KILLED, process.exitStatus().orElseThrow());
        assertFalse(process.toHandle().isAlive());
        process.kill();
        process.close();
    }

    @Test
    void aSignalAlsoReachesALeaderThatHasLeftItsGroup() throws Exception {
        ManagedProcess process = startAndMove();
        process.sendSignal(UnixSignal.SIGUSR1);
        process.waitFor();
        assertEquals(Optional.of(UnixSignal.SIGUSR1), ((ExitStatus.Signaled) process.exitStatus().get()).name());
        process.kill();
        process.close();
    }

    @Test
    void killOfAChildThatHasExitedSendsNothing() throws Exception {
        try (ManagedProcess process = start("ready", "exit", "5")) {
            process.toHandle().onExit().join();
            assertEquals(new ExitStatus.Exited(5), process.kill());
            assertEquals(List.of(), os.sent());
        }
    }

    @ParameterizedTest
    @EnumSource
    void grandchildrenAreKilledToo(Way way) throws Exception {
        ManagedProcess process = ManagedProcess.builder(
                        child("ignore", "SIGTERM", "fork", "print-ids", "pause", "end", "pause"))
                .start();
        long grandchild = Long.parseLong(readLine(process.getInputStream()).split(" ")[0]);
        assertTrue(isRunning(grandchild));
        way.end(process);
        awaitGone(grandchild);
    }

    @ParameterizedTest
    @EnumSource
    void aWriterBlockedInAFullPipeDoesNotHoldUpTheEndAndGetsAnException(Way way) throws Exception {
        ManagedProcess process = start("ignore", "SIGTERM", "ready", "pause");
        FutureTask<Void> writing = new FutureTask<>(() -> {
            process.getOutputStream().write(new byte[1 << 20]);
            return null;
        });
        Thread writer = Thread.ofPlatform().start(writing);
        await("the pipe is full", () -> isIn(writer, "awaitReady"));
        way.end(process);
        ExecutionException failure =
                assertThrows(ExecutionException.class, () -> writing.get(20, TimeUnit.SECONDS));
        assertInstanceOf(IOException.class, failure.getCause());
    }

    private static boolean isIn(Thread thread, String method) {
        return Arrays.stream(thread.getStackTrace()).anyMatch(frame -> frame.getMethodName().equals(method));
    }

    @Test
    void destroySendsSigtermAndLeavesTheStreamsOpenAndTheProcessArmed() throws Exception {
        try (ManagedProcess process = start(
                "handle", "SIGTERM", "say:bye", "ready", "read-line", "say", "read-on", "exit", "3")) {
            process.destroy();
            assertEquals("bye", readLine(process.getInputStream()));
            assertTrue(process.isArmed());
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            assertEquals("read-on", readLine(process.getInputStream()));
            assertEquals(3, process.waitFor());
        }
    }

    @Test
    void destroyReachesAStoppedChild() throws Exception {
        try (ManagedProcess process = start("handle", "SIGTERM", "exit:6", "ready", "pause")) {
            process.sendSignal(UnixSignal.SIGSTOP);
            process.destroy();
            assertEquals(6, process.waitFor());
        }
    }

    @Test
    void destroyForciblyKillsAndReturnsTheSameProcess() throws Exception {
        try (ManagedProcess process = start("ignore", "SIGTERM", "ready", "pause")) {
            assertSame(process, process.destroyForcibly());
            assertThrows(IOException.class, () -> process.getOutputStream().write(1), "the input is closed");
            assertEquals(137, process.waitFor());
        }
    }

    @Test
    void aSignalIsSentOnceAndNoOtherWithIt() throws Exception {
        try (ManagedProcess process = start("handle", "SIGUSR1", "say:usr1", "ready", "pause")) {
            process.sendSignal(UnixSignal.SIGUSR1);
            assertEquals("usr1", readLine(process.getInputStream()));
            assertEquals(List.of(UnixSignal.SIGUSR1), os.sent());
            assertTrue(process.isArmed());
            process.kill();
        }
    }

    @Test
    void sendInterruptAndSendTerminateSendWhatTheySay() throws Exception {
        try (ManagedProcess process =
                start("handle", "SIGINT", "say:int", "handle", "SIGTERM", "say:term", "ready", "pause")) {
            process.sendInterrupt();
            assertEquals("int", readLine(process.getInputStream()));
            process.sendTerminate();
            assertEquals("term", readLine(process.getInputStream()));
            process.kill();
        }
    }

    @Test
    void sendCtrlBreakIsNotForUnix() throws Exception {
        try (ManagedProcess process = start("ready", "pause")) {
            assertThrows(UnsupportedOperationException.class, process::sendCtrlBreak);
            assertTrue(process.isAlive());
            process.kill();
        }
    }

    @Test
    void aSignalToAChildThatHasExitedIsNotSentAndIsNoError() throws Exception {
        try (ManagedProcess process = start("ready", "exit", "5")) {
            process.toHandle().onExit().join();
            process.sendSignal(UnixSignal.SIGTERM);
            process.waitFor();
            process.sendTerminate();
            process.sendInterrupt();
            process.destroy();
            process.destroyForcibly();
            assertEquals(List.of(), os.sent());
            assertEquals(5, process.exitValue());
        }
    }

    /** Three threads need two locks: one sees the exit, a future waits for it, and a flush runs. */
    @Test
    void droppingTheInputWhileTheExitIsSeenDoesNotDeadlock() throws Exception {
        ManagedProcess process = ManagedProcess.builder(child("fork", "print-ids", "pause", "end", "pause"))
                .os(os)
                .start();
        // It holds the other end of the pipe, so the pipe stays full when the leader is gone.
        long grandchild = Long.parseLong(readLine(process.getInputStream()).split(" ")[0]);
        CompletableFuture<Process> exit = process.onExit();
        process.getOutputStream().write(new byte[65_536]);
        process.getOutputStream().write(new byte[8_000]);
        FutureTask<ExitStatus> flushing = new FutureTask<>(process::waitForExit);
        Thread flusher = Thread.ofPlatform().daemon().start(flushing);
        await("the flush waits for room", () -> isIn(flusher, "flushWithin") && isIn(flusher, "awaitNative"));

        Thread dropper = Thread.ofPlatform().daemon().unstarted(process::destroyForcibly);
        os.beforeLook(() -> {
            if (dropper.getState() == Thread.State.NEW) {
                dropper.start();
                await("the input is being dropped", () -> isIn(dropper, "park"));
            }
        });
        process.toHandle().destroyForcibly();
        assertSame(process, exit.get(20, TimeUnit.SECONDS));
        assertEquals(KILLED, flushing.get(20, TimeUnit.SECONDS));
        dropper.join();
        process.kill();
        awaitGone(grandchild);
    }
}
