package io.github.lastcall;

import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.ThreadKind.Running;
import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeaksNothing.class)
class WaitTest {

    private static final Duration SHORT = Duration.ofMillis(100);
    private static final Duration FOR_EVER = Duration.ofSeconds(Long.MAX_VALUE);

    private static ManagedProcess start(String... steps) throws IOException {
        return ManagedProcess.builder(child(steps)).start();
    }

    private static void release(Process process) throws Exception {
        process.getOutputStream().close();
        process.waitFor();
    }

    /** Waits for the exit without the help of the library. */
    private static void awaitZombie(Process process) {
        Programs.await("it has exited", () -> !Programs.isRunning(process.pid()));
    }

    @ParameterizedTest
    @EnumSource
    void tenThreadsCanWait(ThreadKind kind) throws Exception {
        ManagedProcess process = start("read-line", "exit", "3");
        List<Running<Integer>> waits = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            waits.add(kind.begin(() -> process.waitFor()));
        }
        for (Running<Integer> wait : waits) {
            wait.awaitBlocked();
        }
        process.getOutputStream().close();
        for (Running<Integer> wait : waits) {
            assertEquals(3, wait.result());
        }
        assertEquals(3, process.waitFor(), "once more");
    }

    @ParameterizedTest
    @EnumSource
    void aTimedWaitEndsAtItsTimeout(Starter starter) throws Exception {
        Process process = starter.start(child("read-line"));
        assertFalse(process.waitFor(0, TimeUnit.SECONDS));
        assertFalse(process.waitFor(-1, TimeUnit.SECONDS));
        assertFalse(process.waitFor(Long.MIN_VALUE, TimeUnit.NANOSECONDS));
        long begun = System.nanoTime();
        assertFalse(process.waitFor(SHORT.toMillis(), TimeUnit.MILLISECONDS));
        assertTrue(System.nanoTime() - begun >= SHORT.toNanos());
        assertTrue(process.isAlive());
        release(process);
    }

    @ParameterizedTest
    @EnumSource
    void aTimedWaitEndsWithTheExit(Starter starter) throws Exception {
        Process process = starter.start(child("read-line", "exit", "3"));
        Running<Boolean> wait = ThreadKind.PLATFORM.begin(() -> process.waitFor(Long.MAX_VALUE, TimeUnit.DAYS));
        process.getOutputStream().close();
        assertTrue(wait.result());
        assertTrue(process.waitFor(0, TimeUnit.SECONDS));
        assertTrue(process.waitFor(-1, TimeUnit.SECONDS));
        assertEquals(3, process.exitValue());
    }

    @Test
    void aWaitTakesADurationToo() throws Exception {
        ManagedProcess process = start("read-line");
        assertFalse(process.waitFor(Duration.ZERO));
        assertFalse(process.waitFor(Duration.ofSeconds(-1)));
        assertFalse(process.waitFor(SHORT));
        assertThrows(NullPointerException.class, () -> process.waitFor(null));
        process.getOutputStream().close();
        assertTrue(process.waitFor(FOR_EVER));
        assertTrue(process.waitFor(Duration.ZERO));
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptEndsTheWaitAndLeavesTheProcess(ThreadKind kind) throws Exception {
        for (Starter starter : Starter.values()) {
            Process process = starter.start(child("read-line"));
            Running<Integer> wait = kind.begin(() -> process.waitFor());
            if (starter == Starter.LASTCALL) {
                wait.awaitBlocked();
            }
            wait.interrupt();
            assertInstanceOf(
                    InterruptedException.class,
                    assertThrows(ExecutionException.class, wait::result).getCause());
            assertTrue(process.isAlive());
            release(process);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptThatIsPendingEndsTheWaitForARunningProcess(Starter starter) throws Exception {
        Process process = starter.start(child("read-line"));
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, process::waitFor);
        assertFalse(Thread.interrupted(), "the exception has taken the flag");
        Thread.currentThread().interrupt();
        assertThrows(InterruptedException.class, () -> process.waitFor(1, TimeUnit.MINUTES));
        assertFalse(Thread.interrupted());
        release(process);
    }

    /** As the JDK documents it: the wait "returns immediately if the process has already terminated". */
    @ParameterizedTest
    @EnumSource
    void anInterruptThatIsPendingDoesNotHideTheExit(Starter starter) throws Exception {
        Process process = starter.start(child("exit", "3"));
        awaitZombie(process);
        if (starter == Starter.JDK) {
            Programs.await("the JDK has seen it", () -> !process.isAlive());
        }
        Thread.currentThread().interrupt();
        assertEquals(3, process.waitFor());
        assertTrue(Thread.interrupted(), "nothing has taken the flag");
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptedWaitForExitLeavesTheProcessArmed(ThreadKind kind) throws Exception {
        ManagedProcess process = start("ready", "pause");
        awaitReady(process);
        Running<ExitStatus> wait = kind.begin(() -> process.waitForExit()).awaitBlocked();
        wait.interrupt();
        assertInstanceOf(
                InterruptedException.class,
                assertThrows(ExecutionException.class, wait::result).getCause());
        assertTrue(process.isAlive());
        assertTrue(process.isArmed());
        process.kill();
    }

    @Test
    void waitForExitClosesTheInputFirst() throws Exception {
        ManagedProcess process = start("read-line", "exit", "3");
        assertEquals(new ExitStatus.Exited(3), process.waitForExit());
        assertEquals(Optional.of(new ExitStatus.Exited(3)), process.waitForExit(Duration.ZERO));
        assertFalse(process.isArmed());
    }

    @Test
    void waitForExitCanBeLimited() throws Exception {
        ManagedProcess process = start("ready", "pause");
        assertEquals(Optional.empty(), process.waitForExit(Duration.ZERO));
        process.getOutputStream().write(1);
        assertEquals(Optional.empty(), process.waitForExit(SHORT));
        assertThrows(IOException.class, () -> process.getOutputStream().write(1), "the input is closed");
        assertTrue(process.isArmed());
        assertThrows(IllegalArgumentException.class, () -> process.waitForExit(Duration.ofNanos(-1)));
        assertThrows(NullPointerException.class, () -> process.waitForExit(null));
        process.kill();
    }

    @Test
    void anyWaitThatSeesTheExitDisarms() throws Exception {
        ManagedProcess untimed = start("exit", "0");
        untimed.waitFor();
        assertFalse(untimed.isArmed());
        ManagedProcess timed = start("exit", "0");
        assertTrue(timed.waitFor(1, TimeUnit.MINUTES));
        assertFalse(timed.isArmed());
        ManagedProcess running = start("read-line");
        running.waitFor(1, TimeUnit.MILLISECONDS);
        assertTrue(running.isArmed());
        release(running);
    }

    @Test
    void aWaitThatFailsSaysSoAndLeavesTheProcessArmed() throws Exception {
        FaultyOs os = new FaultyOs();
        ManagedProcess process = ManagedProcess.builder(child("read-line")).os(os).start();
        os.failWaits(1);
        UncheckedIOException unchecked = assertThrows(UncheckedIOException.class, process::waitFor);
        assertInstanceOf(OsException.class, unchecked.getCause());
        os.failWaits(1);
        assertThrows(OsException.class, process::waitForExit);
        assertTrue(process.isArmed());
        process.waitFor();
    }

    @Test
    void aStopThatFailsAfterAFailedWaitIsSuppressed() throws Exception {
        FaultyOs os = new FaultyOs();
        ManagedProcess process = ManagedProcess.builder(child("ready", "pause")).os(os).start();
        awaitReady(process);
        os.failWaits(1).refuseAll();
        OsException failed = assertThrows(
                OsException.class, () -> process.waitForExitOrTerminate(SHORT, GracefulShutdown.of(SHORT)));
        assertEquals(1, failed.getSuppressed().length);
        assertInstanceOf(TerminationFailedException.class, failed.getSuppressed()[0]);
        os.refuse();
        process.kill();
    }

    @Test
    void virtualWaitsDoNotHoldUpOtherVirtualThreads() throws Exception {
        ManagedProcess process = start("read-line");
        List<Running<Integer>> waits = new ArrayList<>();
        for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
            waits.add(ThreadKind.VIRTUAL.begin(() -> process.waitFor()).awaitBlocked());
        }
        assertEquals("ran", ThreadKind.VIRTUAL.begin(() -> "ran").result());
        process.getOutputStream().close();
        for (Running<Integer> wait : waits) {
            assertEquals(0, wait.result());
        }
    }
}
