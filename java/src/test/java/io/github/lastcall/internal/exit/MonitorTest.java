package io.github.lastcall.internal.exit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.NativeOs;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.os.PipeEnds;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.OnWindows;
import io.github.lastcall.testing.Programs;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@OnWindows
@ExtendWith(LeaksNothing.class)
class MonitorTest {

    private static final long LONG = 20_000_000_000L;

    private final OsPort os = NativeOs.instance();
    private final AtomicInteger monitors = new AtomicInteger();
    private final Set<Thread> earlier = threads();
    private PipeEnds pipe;
    private Watched readable;

    @BeforeEach
    void openPipe() throws Exception {
        pipe = os.pipe(OsPort.Direction.FROM_CHILD);
        readable = new Watched(Optional.empty(), pipe.ours(), OsPort.READABLE);
    }

    @AfterEach
    void closePipe() {
        os.close(pipe.ours());
        os.close(pipe.theirs());
    }

    /** An OS of which one call is another. */
    private interface Call {
        Object make(Object[] arguments) throws Throwable;
    }

    private OsPort with(String name, Call call) {
        return (OsPort) Proxy.newProxyInstance(
                OsPort.class.getClassLoader(), new Class<?>[] {OsPort.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals(name)) {
                        return call.make(arguments);
                    }
                    try {
                        return method.invoke(os, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    private OsPort counting() {
        return with("openMonitor", arguments -> {
            monitors.incrementAndGet();
            return os.openMonitor();
        });
    }

    private void write() throws OsException {
        os.write(pipe.theirs(), new byte[1], 0, 1);
    }

    @Test
    void everybodyWhoWatchesTheSameIsTold() throws Exception {
        Monitor monitor = new Monitor(os, 1_000_000);
        CountDownLatch told = new CountDownLatch(2);
        assertTrue(monitor.watch(readable, told::countDown));
        assertTrue(monitor.watch(readable, told::countDown));
        write();
        assertTrue(told.await(20, TimeUnit.SECONDS));
        awaitEnd();
    }

    @Test
    void whoUnwatchesIsNotToldAndTheOtherIs() throws Exception {
        Monitor monitor = new Monitor(os, 1_000_000);
        CountDownLatch told = new CountDownLatch(1);
        AtomicInteger untold = new AtomicInteger();
        Runnable gone = untold::incrementAndGet;
        monitor.watch(readable, gone);
        monitor.watch(readable, told::countDown);
        monitor.unwatch(readable, gone);
        write();
        assertTrue(told.await(20, TimeUnit.SECONDS));
        assertEquals(0, untold.get());
        awaitEnd();
    }

    @Test
    void itEndsWhenIdleAndBeginsAnew() throws Exception {
        Monitor monitor = new Monitor(counting(), 1_000_000);
        for (int round = 1; round <= 3; round++) {
            CountDownLatch told = new CountDownLatch(1);
            assertTrue(monitor.watch(readable, told::countDown));
            write();
            assertTrue(told.await(20, TimeUnit.SECONDS));
            os.read(pipe.ours(), new byte[1], 0, 1);
            awaitEnd();
            assertEquals(round, monitors.get());
        }
    }

    @Test
    void itDoesNotEndWhileSomebodyWatches() throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        AtomicInteger looks = new AtomicInteger();
        Monitor monitor = new Monitor(
                with("awaitMonitor", arguments -> {
                    looks.incrementAndGet();
                    return os.awaitMonitor((long) arguments[0], (long) arguments[1]);
                }),
                1_000_000);
        monitor.watch(readable, told::countDown);
        Programs.await("it was idle a few times", () -> looks.get() > 5);
        write();
        assertTrue(told.await(20, TimeUnit.SECONDS));
        awaitEnd();
    }

    /** What is parked when the OS fails must not be so for ever, and waits after that look by themselves. */
    @Test
    void aFailureTellsEverybodyAndIsForEver() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        Monitor monitor = new Monitor(
                with("awaitMonitor", arguments -> {
                    begun.await();
                    throw new OsException(5, "EIO", "epoll_wait");
                }),
                LONG);
        CountDownLatch told = new CountDownLatch(1);
        assertTrue(monitor.watch(readable, told::countDown));
        begun.countDown();
        assertTrue(told.await(20, TimeUnit.SECONDS));
        assertFalse(monitor.watch(readable, told::countDown));
        assertReadyAfterWrite(monitor);
        awaitEnd();
    }

    @Test
    void withoutADescriptorForItWaitsLookByThemselves() throws Exception {
        Monitor monitor = new Monitor(
                with("openMonitor", arguments -> {
                    throw new OsException(24, "EMFILE", "epoll_create");
                }),
                LONG);
        assertReadyAfterWrite(monitor);
    }

    private void assertReadyAfterWrite(Monitor monitor) throws Exception {
        CountDownLatch waits = new CountDownLatch(1);
        FutureTask<Integer> wait = new FutureTask<>(() -> {
            ParkedWaiter waiter = new ParkedWaiter(monitor, false);
            waits.countDown();
            int seen = 0;
            while (seen == 0) {
                seen = waiter.await(os, Awaited.pipe(pipe.ours(), OsPort.READABLE), Deadline.in(LONG), true);
            }
            return seen;
        });
        Thread.ofVirtual().start(wait);
        waits.await();
        write();
        assertEquals(OsPort.PIPE, wait.get(20, TimeUnit.SECONDS));
    }

    /** Not that of the tests before, which stays for a while. */
    private void awaitEnd() {
        Programs.await("the monitor's thread has ended", () -> earlier.containsAll(threads()));
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("lastcall-monitor"))
                .collect(Collectors.toSet());
    }
}
