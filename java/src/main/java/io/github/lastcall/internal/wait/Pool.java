package io.github.lastcall.internal.wait;

import io.github.lastcall.internal.Deadline;
import java.util.Deque;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A few daemon platform threads that run what may block: users' code that depends on a future, the log, notes. They are
 * started when there is something to do, and end when there has been nothing for a second.
 *
 * <p>Two are enough while they come back. Where tasks wait and none was done for 20 ms, because users' code blocks, the
 * number doubles, up to {@value #MOST}. Where the system gives no thread the tasks wait, and it is asked again.
 *
 * <p>No lock: an idle thread is in {@link #idle} and is taken out by who gives it a task, or by itself when its time is
 * up, and not by both. It looks for a task once more after it has put itself there, so none is left to a thread that
 * sleeps.
 */
public final class Pool implements Advanceable {

    private static final int FEW = 2;
    private static final int MOST = 1024;

    /** After how long without a task done more threads are started: 20 ms. */
    private static final long STUCK_NANOS = 20_000_000;

    /** How long a thread waits for its next task: 1 s. */
    private static final long IDLE_NANOS = 1_000_000_000;

    private final Loop loop;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final Deque<Thread> idle = new ConcurrentLinkedDeque<>();
    private final AtomicInteger threads = new AtomicInteger();
    private final AtomicInteger started = new AtomicInteger();
    private final AtomicLong done = new AtomicLong();
    private volatile int wanted = FEW;
    private volatile boolean ended;

    /** Of the loop alone. */
    private long doneBefore;

    Pool(Loop loop) {
        this.loop = loop;
    }

    /** Runs a task soon. Whatever it throws is dropped. Never blocks. */
    public void execute(Runnable task) {
        tasks.add(task);
        Thread sleeper = idle.pollFirst();
        if (sleeper != null) {
            LockSupport.unpark(sleeper);
        } else {
            startIfWanted();
            loop.arm(this, Deadline.in(STUCK_NANOS));
        }
    }

    /**
     * Runs a task at once, on a thread of its own.
     *
     * @return false: there is no thread to be had, and it is not run
     */
    public boolean tryExecute(Runnable task) {
        if (ended) {
            return false;
        }
        try {
            Threads.daemon("lastcall-step-" + started.incrementAndGet(), task).start();
            return true;
        } catch (Throwable noThread) {
            return runIdle(task);
        }
    }

    private boolean runIdle(Runnable task) {
        Thread sleeper = idle.pollFirst();
        if (sleeper == null) {
            return false;
        }
        tasks.add(task);
        LockSupport.unpark(sleeper);
        return true;
    }

    /** Whether the system gives a thread to run tasks. */
    public boolean hasThread() {
        return threads.get() > 0;
    }

    private void startIfWanted() {
        int now = threads.get();
        if (now >= wanted || !threads.compareAndSet(now, now + 1)) {
            return;
        }
        boolean runs = false;
        try {
            Threads.daemon("lastcall-pool-" + started.incrementAndGet(), this::run).start();
            runs = true;
        } catch (Throwable noThread) {
            // The loop asks again.
        } finally {
            if (!runs) {
                threads.decrementAndGet();
            }
        }
    }

    /** Starts more threads if those that there are do not come back. */
    @Override
    public Deadline advance() {
        if (tasks.isEmpty()) {
            wanted = FEW;
            return Deadline.NEVER;
        }
        long now = done.get();
        if (now == doneBefore) {
            wanted = Math.min(MOST, Math.max(FEW, 2 * threads.get()));
        }
        doneBefore = now;
        for (int missing = wanted - threads.get(); missing > 0; missing--) {
            startIfWanted();
        }
        return Deadline.in(STUCK_NANOS);
    }

    private void run() {
        boolean more = true;
        while (more) {
            try {
                more = runNext();
            } catch (Throwable noMemory) {
                // To be counted as idle, say. A task that this thread was woken for is not to be left.
                LockSupport.parkNanos(STUCK_NANOS);
            }
        }
    }

    /** Returns whether this thread goes on. */
    private boolean runNext() {
        Runnable task = tasks.poll();
        if (task != null) {
            run(task);
        } else if (ended || hasBeenIdle()) {
            threads.decrementAndGet();
            if (tasks.isEmpty() || ended) {
                return false;
            }
            threads.incrementAndGet();
        }
        return true;
    }

    private void run(Runnable task) {
        try {
            task.run();
        } catch (Throwable ofUser) {
            // Nobody waits for it.
        } finally {
            // Not the next task's.
            Thread.interrupted();
            done.incrementAndGet();
        }
    }

    /** Sleeps until there is something to do; returns whether there was nothing for long enough. */
    private boolean hasBeenIdle() {
        Thread me = Thread.currentThread();
        Deadline end = Deadline.in(IDLE_NANOS);
        idle.addFirst(me);
        while (tasks.isEmpty() && !ended && !end.hasCome()) {
            LockSupport.parkNanos(this, end.remaining());
            // Users' code may interrupt it still, and no park would wait.
            Thread.interrupted();
            if (!idle.contains(me)) {
                return false;
            }
        }
        return idle.remove(me) && tasks.isEmpty();
    }

    void end() {
        ended = true;
        idle.forEach(LockSupport::unpark);
    }
}
