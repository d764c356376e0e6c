package io.github.lastcall.internal.wait;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.OnWindows;
import io.github.lastcall.testing.Programs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@OnWindows
@ExtendWith(LeaksNothing.class)
class WordTest {

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int THREADS = 6;
    private static final int EACH = 500_000;
    private static final int BATCH = 20;
    private static final int SPINS = 10;

    private final Word word = new Word();

    /** The requests of threads; the holder of the word handles them. */
    private final AtomicLong wanted = new AtomicLong();

    // Guarded by the word: plain, so that two holders at once would lose some.
    private long done;
    private long acquired;

    private int lost;
    private int leftBusy;

    /** As for a child: a request that was made before the word was entered is handled before the word is idle again. */
    private void advance() {
        wanted.incrementAndGet();
        if (word.enter()) {
            rounds();
        }
    }

    /** What is wanted after the first line is for the next round, and there is time for it. */
    private void rounds() {
        do {
            done = wanted.get();
            for (int i = 0; i < SPINS; i++) {
                Thread.onSpinWait();
            }
        } while (!word.leave());
    }

    private static void runAll(List<Thread> threads) throws InterruptedException {
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            assertTrue(thread.join(PATIENCE), thread + " has not ended");
        }
    }

    private static List<Thread> threads(int count, CyclicBarrier together, Runnable work) {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            threads.add(Thread.ofPlatform().daemon().unstarted(() -> work(together, work)));
        }
        return threads;
    }

    private static void work(CyclicBarrier together, Runnable work) {
        try {
            for (int i = 0; i < EACH; i++) {
                work.run();
                if (i % BATCH == BATCH - 1) {
                    together.await();
                }
            }
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new AssertionError(e);
        }
    }

    /** When all threads have returned. A lost request would be handled with the next one, so this is repeated often. */
    private void countLost() {
        lost += done == wanted.get() ? 0 : 1;
        leftBusy += word.tryAcquire() && word.leave() ? 0 : 1;
    }

    private void assertNothingLost() {
        assertEquals(0, lost, "times that something was left undone");
        assertEquals(0, leftBusy, "times that it was not idle although no thread held it");
    }

    @Test
    void ofThreeMillionAdvancesNoneIsLost() throws Exception {
        runAll(threads(THREADS, new CyclicBarrier(THREADS, this::countLost), this::advance));
        assertNothingLost();
        assertEquals((long) THREADS * EACH, done);
    }

    /** A thread that acquires it does one more round for threads that entered meanwhile. */
    @Test
    void acquireAndEnterLoseNoAdvance() throws Exception {
        CyclicBarrier together = new CyclicBarrier(4, this::countLost);
        List<Thread> all = threads(2, together, this::advance);
        all.addAll(threads(2, together, () -> {
            word.acquire();
            acquired++;
            rounds();
        }));
        runAll(all);
        assertNothingLost();
        assertEquals(2L * EACH, done);
        assertEquals(2L * EACH, acquired);
    }

    @Test
    void enterOfABusyWordGivesItsHolderOneMoreRound() {
        assertTrue(word.enter());
        assertFalse(word.enter());
        assertFalse(word.enter());
        assertFalse(word.leave(), "once for both");
        assertTrue(word.leave());
    }

    @Test
    void tryAcquireCausesNoFurtherRound() {
        assertTrue(word.tryAcquire());
        assertFalse(word.tryAcquire());
        assertTrue(word.leave());
    }

    @Test
    void anInterruptDoesNotEndTheWaitAndStaysSet() throws Exception {
        AtomicBoolean holds = new AtomicBoolean();
        AtomicBoolean interrupted = new AtomicBoolean();
        word.acquire();
        Thread waiter = Thread.ofPlatform().daemon().start(() -> {
            word.acquire();
            holds.set(true);
            interrupted.set(Thread.currentThread().isInterrupted());
            word.release();
        });
        Programs.await("it sleeps", () -> waiter.getState() == Thread.State.TIMED_WAITING);
        waiter.interrupt();
        assertFalse(waiter.join(Duration.ofMillis(100)), "it goes on waiting");
        assertFalse(holds.get());
        word.release();
        assertTrue(waiter.join(PATIENCE));
        assertTrue(holds.get());
        assertTrue(interrupted.get());
    }

    /** Like a holder whose stack has overflowed. Before, every later caller and the exit of the JVM waited for ever. */
    @Test
    @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
    void aHolderThatNeverLeavesItMakesOthersFail() {
        word.acquire();
        assertThrows(IllegalStateException.class, () -> word.spin(Duration.ofMillis(20).toNanos()));
        assertThrows(IllegalStateException.class, word::acquire);
        assertFalse(word.enter());
        assertFalse(word.tryAcquire());
        word.release();
        word.acquire();
        assertTrue(word.leave());
    }
}
