package io.github.lastcall.internal.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.internal.os.NativeOs;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.OnWindows;
import io.github.lastcall.testing.Programs;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@OnWindows
@ExtendWith(LeaksNothing.class)
class PoolTest {

    private final Threads threads = new Threads(NativeOs.instance());
    private final Pool pool = threads.pool();
    private final Set<Thread> workers = ConcurrentHashMap.newKeySet();

    @BeforeEach
    void start() throws Exception {
        threads.start();
    }

    @AfterEach
    void end() {
        threads.end();
        awaitEnd();
    }

    private void awaitEnd() {
        Programs.await("the threads have ended", () -> workers.stream().noneMatch(Thread::isAlive));
    }

    private void execute(Runnable task) {
        pool.execute(() -> {
            workers.add(Thread.currentThread());
            task.run();
        });
    }

    private static void assertDone(CountDownLatch latch) throws InterruptedException {
        assertTrue(latch.await(20, TimeUnit.SECONDS), latch.getCount() + " have not run");
    }

    @Test
    void tasksThatComeBackNeedTwoThreads() throws Exception {
        for (int i = 0; i < 1_000; i++) {
            CountDownLatch both = new CountDownLatch(2);
            execute(both::countDown);
            execute(both::countDown);
            assertDone(both);
        }
        assertTrue(workers.size() <= 4, workers.size() + " threads");
    }

    @Test
    void threeHundredBlockedTasksDelayNoOther() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        CountDownLatch blocked = new CountDownLatch(300);
        for (int i = 0; i < 300; i++) {
            execute(() -> {
                blocked.countDown();
                Programs.await(goOn);
            });
        }
        CountDownLatch others = new CountDownLatch(100);
        for (int i = 0; i < 100; i++) {
            execute(others::countDown);
        }
        assertDone(others);
        assertDone(blocked);
        goOn.countDown();
    }

    @Test
    void itsThreadsEndWhenTheyAreIdleAndOthersBegin() throws Exception {
        for (int round = 0; round < 2; round++) {
            CountDownLatch done = new CountDownLatch(1);
            execute(done::countDown);
            assertDone(done);
            awaitEnd();
        }
        assertEquals(2, workers.size());
    }

    /** Users' code may leave the interrupt flag set. With it no park waits, and the thread would spin. */
    @Test
    void anInterruptOfATaskDoesNotReachTheNext() throws Exception {
        AtomicInteger interrupted = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(20);
        for (int i = 0; i < 20; i++) {
            CountDownLatch one = new CountDownLatch(1);
            execute(() -> {
                interrupted.addAndGet(Thread.currentThread().isInterrupted() ? 1 : 0);
                Thread.currentThread().interrupt();
                one.countDown();
                done.countDown();
            });
            assertDone(one);
        }
        assertDone(done);
        assertEquals(0, interrupted.get(), "of tasks that began with the interrupt of another");
        awaitEnd();
    }

    @Test
    void anExceptionOfATaskHasNoEffectOnOthers() throws Exception {
        CountDownLatch done = new CountDownLatch(100);
        for (int i = 0; i < 100; i++) {
            execute(() -> {
                throw new OutOfMemoryError("a test");
            });
            execute(done::countDown);
        }
        assertDone(done);
        assertTrue(workers.size() <= 4, workers.size() + " threads");
    }

    @Test
    void itsThreadsAreDaemonsWithoutTheCallersContext() throws Exception {
        InheritableThreadLocal<String> ofCaller = new InheritableThreadLocal<>();
        ofCaller.set("secret");
        AtomicInteger inherited = new AtomicInteger();
        CountDownLatch done = new CountDownLatch(1);
        execute(() -> {
            inherited.addAndGet(ofCaller.get() == null ? 0 : 1);
            done.countDown();
        });
        assertDone(done);
        assertEquals(0, inherited.get());
        assertFalse(workers.stream().anyMatch(thread -> !thread.isDaemon() || thread.isVirtual()));
    }
}
