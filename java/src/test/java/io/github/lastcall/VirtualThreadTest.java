package io.github.lastcall;

import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.ThreadKind.Running;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.TimedOs;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** No wait of a virtual thread holds a carrier that others need, and no wait needs a platform thread. */
@ExtendWith(LeaksNothing.class)
class VirtualThreadTest {

    /** For each carrier: if each wait held its carrier, all of them would take this many times as long. */
    private static final int WAITERS_A_CARRIER = 20;

    private static final int WAITERS = WAITERS_A_CARRIER * Runtime.getRuntime().availableProcessors();

    private static final Duration WAIT = Duration.ofMillis(500);

    private static final long AT_ONCE_MILLIS = 16 * WAIT.toMillis();

    /** What a virtual thread can wait in, for {@link #WAIT}, with a child that has not exited by then. */
    private enum Wait {
        WAIT_FOR {
            @Override
            void on(ManagedProcess process) throws Exception {
                process.waitFor(WAIT.toMillis(), TimeUnit.MILLISECONDS);
            }
        },
        WAIT_FOR_EXIT {
            @Override
            void on(ManagedProcess process) throws Exception {
                process.waitForExit(WAIT);
            }
        },
        TERMINATE {
            @Override
            void on(ManagedProcess process) throws Exception {
                GracefulShutdown shutdown = GracefulShutdown.of(WAIT);
                assertTrue(process.terminate(shutdown).forced());
            }
        };

        abstract void on(ManagedProcess process) throws Exception;
    }

    @ParameterizedTest
    @EnumSource
    void manyWaitsTakeTheTimeOfOne(Wait wait) throws Exception {
        List<ManagedProcess> processes = new ArrayList<>();
        for (int i = 0; i < WAITERS; i++) {
            processes.add(start("ignore", "SIGTERM", "ready", "pause"));
            awaitReady(processes.getLast());
        }
        long begun = System.nanoTime();
        List<Running<Void>> waits = new ArrayList<>();
        for (ManagedProcess process : processes) {
            waits.add(ThreadKind.VIRTUAL.begin(() -> {
                wait.on(process);
                return null;
            }));
        }
        for (Running<Void> running : waits) {
            running.result();
        }
        long tookMillis = (System.nanoTime() - begun) / 1_000_000;
        assertTrue(tookMillis >= WAIT.toMillis(), "no more than " + tookMillis + " ms");
        assertTrue(tookMillis < AT_ONCE_MILLIS, tookMillis + " ms");
        for (ManagedProcess process : processes) {
            process.kill();
        }
    }

    @Test
    void twoHundredBlockedReadersDelayNoOther() throws Exception {
        // Also during the starts, which run on the carriers.
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        int before = threads.getThreadCount();
        threads.resetPeakThreadCount();
        List<ManagedProcess> processes = new CopyOnWriteArrayList<>();
        List<Running<Integer>> readers = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            readers.add(ThreadKind.VIRTUAL.begin(() -> {
                ManagedProcess process = start("pause");
                processes.add(process);
                return process.getInputStream().read();
            }));
        }
        for (Running<Integer> reader : readers) {
            reader.awaitBlocked();
        }
        int most = threads.getPeakThreadCount();
        assertEquals(7, ThreadKind.VIRTUAL.begin(() -> 7).get(5, TimeUnit.SECONDS));
        assertTrue(most < before + 20, most + " platform threads, before " + before);
        for (ManagedProcess process : processes) {
            process.kill();
        }
        for (Running<Integer> reader : readers) {
            assertEquals(-1, reader.result());
        }
    }

    @Test
    void closeWakesAReader() throws Exception {
        ManagedProcess process = start("pause");
        InputStream output = process.getInputStream();
        Running<Integer> reader = ThreadKind.VIRTUAL.begin(output::read).awaitBlocked();
        process.kill();
        assertEquals(-1, reader.result());

        ManagedProcess other = start("pause");
        InputStream error = other.getErrorStream();
        Running<Integer> closed = ThreadKind.VIRTUAL.begin(error::read).awaitBlocked();
        error.close();
        assertThrows(IOException.class, () -> rethrowCause(closed));
        other.kill();
    }

    private static void rethrowCause(Running<?> running) throws Throwable {
        try {
            running.result();
        } catch (ExecutionException e) {
            throw e.getCause();
        }
    }

    /** Nothing is lost: the next read gets the output. */
    @Test
    void anInterruptWakesAReader() throws Exception {
        ManagedProcess process = start("read-line", "say", "hello");
        InputStream output = process.getInputStream();
        Running<String> reader = ThreadKind.VIRTUAL
                .begin(() -> {
                    assertThrows(InterruptedIOException.class, output::read);
                    assertTrue(Thread.currentThread().isInterrupted());
                    assertThrows(InterruptedIOException.class, output::read);
                    Thread.interrupted();
                    process.getOutputStream().close();
                    return Starter.text(output);
                })
                .awaitBlocked();
        reader.interrupt();
        assertEquals("hello\n", reader.result());
        process.waitFor();
    }

    @Test
    void whatIsThereIsReadInSpiteOfAnInterrupt() throws Exception {
        ManagedProcess process = start("say", "hello");
        process.waitFor();
        assertEquals("hello\n", ThreadKind.VIRTUAL
                .begin(() -> {
                    Thread.currentThread().interrupt();
                    return Starter.text(process.getInputStream());
                })
                .result());
    }

    /** Ten futures need only virtual threads. Each future and each waiter sees the same exit. */
    @Test
    void manyWaitersForOneProcessAllSeeItsExit() throws Exception {
        ManagedProcess process = start("read-line", "exit", "5");
        List<Running<Integer>> waiters = new ArrayList<>();
        List<CompletableFuture<Process>> futures = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            waiters.add(ThreadKind.VIRTUAL.begin(process::waitFor));
            futures.add(process.onExit());
        }
        for (Running<Integer> waiter : waiters) {
            waiter.awaitBlocked();
        }
        process.getOutputStream().close();
        for (Running<Integer> waiter : waiters) {
            assertEquals(5, waiter.result());
        }
        for (CompletableFuture<Process> future : futures) {
            assertEquals(5, future.get(20, TimeUnit.SECONDS).exitValue());
        }
    }

    /** The interrupt of one waiter must not end the watch that another waiter needs. */
    @Test
    void theInterruptOfOneWaiterLeavesTheOther() throws Exception {
        ManagedProcess process = start("read-line", "exit", "6");
        Running<Integer> first = ThreadKind.VIRTUAL.begin(process::waitFor).awaitBlocked();
        Running<Integer> second = ThreadKind.VIRTUAL.begin(process::waitFor).awaitBlocked();
        first.interrupt();
        assertThrows(InterruptedException.class, () -> rethrowCause(first));
        process.getOutputStream().close();
        assertEquals(6, second.result());
    }

    private static ManagedProcess start(String... steps) throws IOException {
        return ManagedProcess.builder(child(steps)).start();
    }

    /** The aim is 2 ms. The longest calls include the time of other threads on the same processor. */
    @Test
    void oneThatStopsAThousandHoldsItsCarrierForMoments() throws Exception {
        TimedOs os = new TimedOs();
        OsPort port = os.port();
        Duration patience = Duration.ofSeconds(60);
        GracefulShutdown shutdown = GracefulShutdown.of(patience);
        try (ProcessScope scope = ProcessScope.open(shutdown)) {
            for (int i = 0; i < 1000; i++) {
                scope.start(ManagedProcess.builder(child("pause"))
                        .redirectInput(Redirect.INHERIT)
                        .redirectOutput(Redirect.DISCARD)
                        .redirectError(Redirect.DISCARD)
                        .os(port));
            }
            assertEquals(1000, ThreadKind.VIRTUAL.begin(scope::terminateAll).result().size());
        }
        List<Long> calls = os.longestFirst();
        long mostTake = calls.get(calls.size() / 100);
        System.out.printf(
                "%d calls of a virtual thread: 99 %% take at most %d us, the longest %d us%n",
                calls.size(), mostTake / 1000, calls.get(0) / 1000);
        assertTrue(mostTake < 20_000_000, mostTake + " ns");
    }
}
