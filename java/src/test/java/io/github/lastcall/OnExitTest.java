package io.github.lastcall;

import static io.github.lastcall.testing.Programs.child;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeaksNothing.class)
class OnExitTest {

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(20, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @EnumSource
    void everyFutureCompletesWithTheProcess(Starter starter) throws Exception {
        Process process = starter.start(child("read-line", "exit", "3"));
        CompletableFuture<Process> first = process.onExit();
        CompletableFuture<Process> second = process.onExit();
        CompletableFuture<Integer> dependent = first.thenApply(Process::exitValue);
        assertFalse(first.isDone());
        process.getOutputStream().close();
        assertEquals(3, get(dependent));
        assertSame(process, get(first));
        assertSame(process, get(second));
        assertSame(process, get(process.onExit()), "after the exit");
        process.waitFor();
    }

    /** There was not even memory to complete it with the failure. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFutureThatCouldNotBeCompletedIsCompletedLater(boolean waits) throws Exception {
        try (ManagedProcess process = ManagedProcess.builder(child("read-line")).start()) {
            AtomicInteger tries = new AtomicInteger();
            ChildFuture<Integer> future = new ChildFuture<>(process.child(), result -> {
                if (tries.incrementAndGet() == 1) {
                    throw new OutOfMemoryError("the first time");
                }
                result.complete(tries.get());
            });
            process.child().whenExited(future::resultIsKnown);
            CompletableFuture<Integer> result = waits ? future.published() : future.published().thenApply(n -> n);
            process.outputWriter().close();
            assertEquals(2, get(result));
        }
    }

    @ParameterizedTest
    @EnumSource
    void cancellingOneLeavesTheOthersAndTheProcess(Starter starter) throws Exception {
        Process process = starter.start(child("read-line", "exit", "3"));
        CompletableFuture<Process> cancelled = process.onExit();
        CompletableFuture<Process> other = process.onExit();
        assertTrue(cancelled.cancel(true));
        assertFalse(other.isDone());
        assertTrue(process.isAlive());
        process.getOutputStream().close();
        assertEquals(3, get(other).exitValue());
        assertTrue(cancelled.isCancelled());
    }

    /** A platform thread that waits for the future waits in the OS, which does not report these. */
    @ParameterizedTest
    @EnumSource
    void aCompletionByAnyThreadEndsTheWaits(ThreadKind kind) throws Exception {
        List<Consumer<CompletableFuture<Process>>> ways = List.of(
                future -> future.complete(null),
                future -> future.completeExceptionally(new IllegalStateException("by the test")),
                future -> future.cancel(false),
                future -> future.completeAsync(() -> null),
                future -> future.completeOnTimeout(null, 1, TimeUnit.MILLISECONDS),
                future -> future.orTimeout(1, TimeUnit.MILLISECONDS),
                future -> future.obtrudeValue(null));
        try (ManagedProcess process = ManagedProcess.builder(child("read-line", "exit", "0")).start()) {
            for (Consumer<CompletableFuture<Process>> way : ways) {
                CompletableFuture<Process> future = process.onExit();
                ThreadKind.Running<Object> getting = kind.begin(() -> {
                    try {
                        return future.get();
                    } catch (ExecutionException | CancellationException e) {
                        return e;
                    }
                });
                ThreadKind.Running<Object> joining = kind.begin(() -> {
                    try {
                        return future.join();
                    } catch (CompletionException | CancellationException e) {
                        return e;
                    }
                });
                awaitWaiting(kind, getting);
                awaitWaiting(kind, joining);
                way.accept(future);
                getting.result();
                joining.result();
            }
            assertTrue(process.isAlive());
            process.kill();
        }
    }

    /** A thread has waited for a future in the OS and left: the loop still sees the exit. */
    @Test
    void afterAnInterruptedJoinTheLoopSeesTheExit() throws Exception {
        long begun = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            try (ManagedProcess process = ManagedProcess.builder(child("read-line", "exit", "0")).start()) {
                CompletableFuture<Process> future = process.onExit();
                CompletableFuture<Integer> dependent = future.thenApply(Process::exitValue);
                assertThrows(TimeoutException.class, () -> future.get(1, TimeUnit.MILLISECONDS));
                process.getOutputStream().close();
                assertEquals(0, get(dependent));
            }
        }
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
        assertTrue(seconds < 5, "only the sweep, twice a second, saw the exits: " + seconds + " s");
    }

    /** A process that has exited counts as alive until it is reaped. */
    @Test
    void theHandleSeesTheExitWithoutTheSweep() throws Exception {
        long begun = System.nanoTime();
        for (int i = 0; i < 20; i++) {
            ManagedProcess process = ManagedProcess.builder(child("sleep", "50", "exit", "0")).start();
            ProcessHandle handle = process.toHandle();
            Programs.await("the handle sees it", () -> !handle.isAlive());
            process.close();
        }
        long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begun);
        assertTrue(seconds < 5, "only the sweep, twice a second, saw the exits: " + seconds + " s");
    }

    private static void awaitWaiting(ThreadKind kind, ThreadKind.Running<?> running) {
        if (kind == ThreadKind.PLATFORM) {
            running.awaitBlocked();
        } else {
            Programs.await("the thread waits", running::isWaiting);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aGetEndsByItsTimeAndByAnInterruptAndAJoinByNeither(ThreadKind kind) throws Exception {
        try (ManagedProcess process = ManagedProcess.builder(child("read-line", "exit", "3")).start()) {
            CompletableFuture<Process> future = process.onExit();
            assertThrows(TimeoutException.class, () -> future.get(1, TimeUnit.MILLISECONDS));
            ThreadKind.Running<Process> getting = kind.begin(future::get);
            ThreadKind.Running<Boolean> joining = kind.begin(() -> {
                Thread.currentThread().interrupt();
                future.join();
                return Thread.interrupted();
            });
            awaitWaiting(kind, getting);
            Programs.await("the thread waits", joining::isWaiting);
            getting.interrupt();
            joining.interrupt();
            ExecutionException interrupted = assertThrows(ExecutionException.class, getting::result);
            assertInstanceOf(InterruptedException.class, interrupted.getCause());
            process.getOutputStream().close();
            assertTrue(joining.result());
            assertEquals(3, get(future).exitValue());
        }
    }

    /** For example out of memory: a thread must not wait for the future without end. */
    @Test
    void anErrorCompletesItToo() throws Exception {
        FaultyOs os = new FaultyOs();
        ManagedProcess process = ManagedProcess.builder(child("pause")).os(os).start();
        os.beforeLook(() -> {
            throw new AssertionError("injected");
        });
        CompletableFuture<Process> exit = process.onExit();
        Programs.signal(process.pid(), "KILL");
        Throwable failure = assertThrows(ExecutionException.class, () -> get(exit)).getCause();
        assertEquals("injected", assertInstanceOf(AssertionError.class, failure).getMessage());
        os.beforeLook(() -> {});
        process.waitFor();
    }

    /** Perhaps no thread can be started. */
    @Test
    void ofOneThatIsGoneThereIsNothingToWaitFor() throws Exception {
        ManagedProcess process = ManagedProcess.builder(child("exit", "3")).start();
        process.waitFor();
        assertEquals(3, process.onExit().thenApply(Process::exitValue).getNow(-1));
        assertTrue(process.terminateAsync(GracefulShutdown.of(Duration.ofSeconds(1))).isDone());
        assertTrue(process.killAsync().isDone());
    }

    @Test
    void itDisarmsOnlyWhenItCompletes() throws Exception {
        ManagedProcess process = ManagedProcess.builder(child("read-line")).start();
        CompletableFuture<Process> exit = process.onExit();
        assertTrue(process.isArmed());
        process.getOutputStream().close();
        get(exit);
        assertFalse(process.isArmed());
    }

    /** No other thread waits: the future has to clear the zombie and the descriptors, which the extension looks for. */
    @Test
    void itClearsTheProcessAway() throws Exception {
        ManagedProcess process =
                ManagedProcess.builder(child("write", "out", "100")).start();
        get(process.onExit());
        assertEquals(100, process.getInputStream().readAllBytes().length);
        assertEquals(0, process.exitValue());
    }

    @Test
    void aFailedLookFailsIt() throws Exception {
        FaultyOs os = new FaultyOs();
        ManagedProcess process = ManagedProcess.builder(child("read-line")).os(os).start();
        CompletableFuture<Process> exit = process.onExit();
        os.unreadable(1_000_000);
        process.getOutputStream().close();
        ExecutionException failure = assertThrows(ExecutionException.class, () -> get(exit));
        assertInstanceOf(OsException.class, root(failure));
        os.unreadable(0);
        assertTrue(process.isArmed());
        Programs.await("it can be looked at again", () -> process.exitStatus().isPresent());
        assertEquals(0, get(process.onExit()).exitValue());
    }

    private static Throwable root(Throwable failure) {
        return failure.getCause() == null ? failure : root(failure.getCause());
    }


    private static OsPort beforeAvailable(OsPort os, Runnable hook) {
        return (OsPort) Proxy.newProxyInstance(
                OsPort.class.getClassLoader(), new Class<?>[] {OsPort.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("available")) {
                        hook.run();
                    }
                    try {
                        return method.invoke(os, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void everyWayToSeeTheExitAgreesAtTheSameTime() throws Exception {
        for (int round = 0; round < 200; round++) {
            ManagedProcess process =
                    ManagedProcess.builder(child("read-line", "exit", "7")).start();
            CompletableFuture<Process> exit = process.onExit();
            var virtual = ThreadKind.VIRTUAL.begin(process::waitFor);
            var platform = ThreadKind.PLATFORM.begin(process::waitForExit);
            var looking = ThreadKind.PLATFORM.begin(() -> {
                Programs.await("it has exited", () -> !process.isAlive());
                return process.exitValue();
            });
            assertEquals(7, get(exit).exitValue());
            assertEquals(7, virtual.result());
            assertEquals(new ExitStatus.Exited(7), platform.result());
            assertEquals(7, looking.result());
        }
    }

    @Test
    void theStartOfAProcessThatExitsAtOnceIsNoRace() throws Exception {
        for (int round = 0; round < 100; round++) {
            ManagedProcess process = ManagedProcess.builder("true").start();
            assertEquals(0, get(process.onExit()).exitValue());
            assertEquals(process.pid(), process.toHandle().pid());
        }
    }
}
