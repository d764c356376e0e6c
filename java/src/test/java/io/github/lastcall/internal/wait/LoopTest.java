package io.github.lastcall.internal.wait;

import static io.github.lastcall.testing.Programs.child;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.NativeOs;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.OnWindows;
import io.github.lastcall.testing.Programs;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Handles that can be fired stand for pipes: the OS watches both alike. */
@OnWindows
@ExtendWith(LeaksNothing.class)
class LoopTest {

    private static final Deadline LONG = Deadline.in(600_000_000_000L);

    private final OsPort os = NativeOs.instance();
    private final List<Long> handles = new ArrayList<>();
    private final List<Loop> loops = new ArrayList<>();
    private final List<Thread> ours = new ArrayList<>();

    private Loop start(OsPort os) throws OsException {
        List<Thread> before = threads();
        Loop loop = new Loop(os, new JvmExit());
        loop.start();
        loops.add(loop);
        threads().stream().filter(thread -> !before.contains(thread)).forEach(ours::add);
        return loop;
    }

    private static List<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().equals("lastcall-loop"))
                .toList();
    }

    @AfterEach
    void endAll() {
        loops.forEach(Loop::end);
        Programs.await("the loops have ended", () -> ours.stream().noneMatch(Thread::isAlive));
        handles.forEach(os::close);
    }

    private Watched handle() throws OsException {
        long handle = os.openCancel();
        handles.add(handle);
        return new Watched(Optional.empty(), handle, OsPort.FIRED);
    }

    private void fire(Watched watched) throws OsException {
        os.fireCancel(watched.handle());
    }

    private static void assertDone(CountDownLatch latch) throws InterruptedException {
        assertTrue(latch.await(20, TimeUnit.SECONDS), latch.getCount() + " were not called");
    }

    /** An OS with one call replaced. */
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

    // Watches

    @Test
    void everyCallbackOfAWatchRunsOnce() throws Exception {
        Loop loop = start(os);
        Watched ready = handle();
        Watched other = handle();
        CountDownLatch called = new CountDownLatch(2);
        AtomicInteger times = new AtomicInteger();
        for (int i = 0; i < 2; i++) {
            assertTrue(loop.watch(ready, () -> {
                times.incrementAndGet();
                called.countDown();
            }));
        }
        fire(ready);
        assertDone(called);
        CountDownLatch later = new CountDownLatch(1);
        assertTrue(loop.watch(other, later::countDown));
        fire(other);
        assertDone(later);
        assertEquals(2, times.get(), "what is still ready is reported once");
    }

    @Test
    void unwatchRemovesOneCallbackAndKeepsTheOther() throws Exception {
        Loop loop = start(os);
        Watched ready = handle();
        CountDownLatch called = new CountDownLatch(1);
        AtomicInteger untold = new AtomicInteger();
        Runnable gone = untold::incrementAndGet;
        loop.watch(ready, gone);
        loop.watch(ready, called::countDown);
        loop.unwatch(ready, gone);
        fire(ready);
        assertDone(called);
        assertEquals(0, untold.get());
    }

    /** The next handle gets the same number, and is watched while the loop waits. */
    @Test
    void aNumberThatIsWatchedAnewIsTheNewOne() throws Exception {
        Loop loop = start(os);
        Watched ready = handle();
        AtomicInteger untold = new AtomicInteger();
        for (int i = 0; i < 100; i++) {
            Runnable old = untold::incrementAndGet;
            assertTrue(loop.watch(ready, old));
            loop.unwatch(ready, old);
        }
        CountDownLatch called = new CountDownLatch(1);
        assertTrue(loop.watch(ready, called::countDown));
        fire(ready);
        assertDone(called);
        assertEquals(0, untold.get());
    }

    @Test
    void theExitOfAProcessCallsBack() throws Exception {
        Loop loop = start(os);
        Process process = child("ready", "read-line").start();
        Programs.awaitReady(process);
        // Without a pidfd nothing can be watched, and watch() returns false.
        NativeProcess known = new NativeProcess(process.pid(), 0, -1);
        CountDownLatch called = new CountDownLatch(1);
        boolean watched = loop.watch(Watched.exit(known), called::countDown);
        process.getOutputStream().close();
        assertEquals(0, process.waitFor());
        if (watched) {
            assertDone(called);
        }
        process.destroy();
    }

    @Test
    void whereNoDescriptorIsLeftTheAnswerIsNoAndTheNextStartTriesAgain() throws Exception {
        AtomicBoolean none = new AtomicBoolean(true);
        Loop loop = new Loop(
                with("openMonitor", arguments -> {
                    if (none.get()) {
                        throw new OsException(24, "EMFILE", "epoll_create");
                    }
                    return os.openMonitor();
                }),
                new JvmExit());
        assertThrows(OsException.class, loop::start);
        assertFalse(loop.watch(handle(), () -> {}));
        none.set(false);
        List<Thread> before = threads();
        loop.start();
        loops.add(loop);
        threads().stream().filter(thread -> !before.contains(thread)).forEach(ours::add);
        Watched ready = handle();
        CountDownLatch called = new CountDownLatch(1);
        assertTrue(loop.watch(ready, called::countDown));
        fire(ready);
        assertDone(called);
    }

    // Failures

    @Test
    void aCallbackThatThrowsHasNoEffectOnOthers() throws Exception {
        Loop loop = start(os);
        Watched ready = handle();
        CountDownLatch called = new CountDownLatch(2);
        loop.watch(ready, called::countDown);
        loop.watch(ready, () -> {
            throw new OutOfMemoryError("a test");
        });
        loop.watch(ready, called::countDown);
        fire(ready);
        assertDone(called);
    }

    /** If the loop dropped it, a process could stay running. */
    @Test
    void anAdvanceOutOfMemoryIsRepeatedAndHasNoEffectOnOthers() throws Exception {
        Loop loop = start(os);
        CountDownLatch both = new CountDownLatch(2);
        AtomicInteger tries = new AtomicInteger();
        loop.arm(
                () -> {
                    if (tries.incrementAndGet() < 3) {
                        throw new OutOfMemoryError("a test");
                    }
                    both.countDown();
                    return Deadline.NEVER;
                },
                Deadline.in(0));
        loop.arm(once(both), Deadline.in(0));
        assertDone(both);
        assertEquals(3, tries.get());
    }

    @Test
    void aRoundOutOfMemoryLosesNoProcess() throws Exception {
        AtomicInteger failures = new AtomicInteger();
        Loop loop = start(with("awaitMonitor", arguments -> {
            if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw new OutOfMemoryError("a test");
            }
            return os.awaitMonitor((long) arguments[0], (long[]) arguments[1], (long) arguments[2]);
        }));
        Watched ready = handle();
        CountDownLatch all = new CountDownLatch(2);
        CountDownLatch goOn = hold(loop);
        failures.set(3);
        loop.watch(ready, all::countDown);
        loop.arm(once(all), Deadline.in(0));
        fire(ready);
        goOn.countDown();
        assertDone(all);
        assertEquals(0, failures.get());
    }

    /** Keeps the loop in a round until the returned latch is counted down. */
    private static CountDownLatch hold(Loop loop) throws InterruptedException {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        loop.arm(
                () -> {
                    held.countDown();
                    Programs.await(goOn);
                    return Deadline.NEVER;
                },
                Deadline.in(0));
        assertDone(held);
        return goOn;
    }

    private static Advanceable once(CountDownLatch latch) {
        return () -> {
            latch.countDown();
            return Deadline.NEVER;
        };
    }

    @Test
    void whatIsDueIsDoneThoughEveryWaitFails() throws Exception {
        AtomicBoolean fails = new AtomicBoolean();
        Loop loop = start(with("awaitMonitor", arguments -> {
            if (fails.get()) {
                throw new OsException(5, "EIO", "epoll_wait");
            }
            return os.awaitMonitor((long) arguments[0], (long[]) arguments[1], (long) arguments[2]);
        }));
        CountDownLatch advanced = new CountDownLatch(1);
        CountDownLatch goOn = hold(loop);
        fails.set(true);
        loop.arm(once(advanced), Deadline.in(0));
        goOn.countDown();
        assertDone(advanced);
    }

    /** Runs out of memory in so many calls. */
    private Loop startWithFailingUnwatch(AtomicInteger failures) throws Exception {
        return start(with("unwatch", arguments -> {
            if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw new OutOfMemoryError("a test");
            }
            @SuppressWarnings("unchecked")
            Optional<NativeProcess> process = (Optional<NativeProcess>) arguments[1];
            os.unwatch((long) arguments[0], process, (long) arguments[2]);
            return null;
        }));
    }

    /** The round has seen the event, and fails before it runs the callback. */
    @Test
    void whatARoundHasSeenThatFailsThenIsNotLost() throws Exception {
        AtomicInteger failures = new AtomicInteger();
        Loop loop = startWithFailingUnwatch(failures);
        Watched first = handle();
        Watched second = handle();
        CountDownLatch all = new CountDownLatch(3);
        assertTrue(loop.watch(first, all::countDown));
        assertTrue(loop.watch(second, all::countDown));
        CountDownLatch goOn = hold(loop);
        failures.set(1);
        fire(first);
        fire(second);
        loop.arm(once(all), Deadline.in(0));
        goOn.countDown();
        assertDone(all);
    }

    /** The end of the loop fails, and its next round repeats it. */
    @Test
    void anEndThatIsOutOfMemoryEndsItAllTheSame() throws Exception {
        AtomicInteger failures = new AtomicInteger();
        Loop loop = startWithFailingUnwatch(failures);
        CountDownLatch all = new CountDownLatch(2);
        assertTrue(loop.watch(handle(), all::countDown));
        assertTrue(loop.watch(handle(), all::countDown));
        failures.set(1);
        loop.end();
        assertDone(all);
    }

    // Times

    @Test
    void aTimerThatIsArmedEarlierWakesIt() throws Exception {
        AtomicReference<Long> asked = new AtomicReference<>(0L);
        Loop loop = start(with("awaitMonitor", arguments -> {
            asked.set((long) arguments[2]);
            return os.awaitMonitor((long) arguments[0], (long[]) arguments[1], 600_000_000_000L);
        }));
        CountDownLatch advanced = new CountDownLatch(1);
        Advanceable target = once(advanced);
        loop.arm(target, LONG);
        Programs.await("it sleeps until something wakes it", () -> asked.get() > 0);
        loop.arm(target, Deadline.in(0));
        assertDone(advanced);
    }

    /** The signal of a stop is sent at that time: a loop that wakes up for a new deadline would delay it. */
    @Test
    void aTimerThatIsArmedEarlierWakesItWhenItIsDue() throws Exception {
        assumeTrue(Family.LINUX, "elsewhere the alarm of the loop fires at once");
        CountDownLatch waits = new CountDownLatch(1);
        AtomicReference<Long> woken = new AtomicReference<>(0L);
        Loop loop = start(with("awaitMonitor", arguments -> {
            waits.countDown();
            int seen = os.awaitMonitor((long) arguments[0], (long[]) arguments[1], (long) arguments[2]);
            if (seen > 0) {
                woken.compareAndSet(0L, System.nanoTime());
            }
            return seen;
        }));
        assertDone(waits);
        CountDownLatch advanced = new CountDownLatch(1);
        Deadline due = Deadline.in(50_000_000);
        loop.arm(once(advanced), due);
        assertDone(advanced);
        long early = woken.get() == 0 ? 0 : due.remaining(woken.get());
        assertEquals(0, early, "nanoseconds between the first wake-up and the deadline");
    }

    @Test
    void aTimerThatIsArmedLaterChangesNothing() throws Exception {
        Loop loop = start(os);
        CountDownLatch advanced = new CountDownLatch(1);
        Advanceable target = once(advanced);
        loop.arm(target, Deadline.in(50_000_000));
        loop.arm(target, LONG);
        loop.arm(target, Deadline.NEVER);
        assertDone(advanced);
    }

    @Test
    void itIsAdvancedAgainAtTheTimeThatItReturns() throws Exception {
        Loop loop = start(os);
        CountDownLatch advanced = new CountDownLatch(5);
        loop.arm(
                () -> {
                    advanced.countDown();
                    return advanced.getCount() == 0 ? Deadline.NEVER : Deadline.in(1_000_000);
                },
                Deadline.in(0));
        assertDone(advanced);
    }

    @Test
    void whatIsDisarmedIsNotAdvanced() throws Exception {
        Loop loop = start(os);
        AtomicInteger advanced = new AtomicInteger();
        CountDownLatch later = new CountDownLatch(1);
        Advanceable target = () -> {
            advanced.incrementAndGet();
            return Deadline.NEVER;
        };
        loop.arm(target, Deadline.in(50_000_000));
        loop.disarm(target);
        loop.arm(once(later), Deadline.in(60_000_000));
        assertDone(later);
        assertEquals(0, advanced.get());
        loop.arm(target, Deadline.in(0));
        Programs.await("it can be armed again", () -> advanced.get() == 1);
    }

    @Test
    void dueSignalsGoBeforeWakeUps() throws Exception {
        Loop loop = start(os);
        Watched ready = handle();
        CountDownLatch both = new CountDownLatch(2);
        List<String> order = new ArrayList<>();
        loop.watch(ready, () -> {
            order.add("called");
            both.countDown();
        });
        CountDownLatch goOn = hold(loop);
        fire(ready);
        loop.arm(
                () -> {
                    order.add("advanced");
                    both.countDown();
                    return Deadline.NEVER;
                },
                Deadline.in(0));
        goOn.countDown();
        assertDone(both);
        assertEquals(List.of("advanced", "called"), order);
    }
}
