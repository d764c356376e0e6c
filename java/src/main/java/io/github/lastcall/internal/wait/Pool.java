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
 * A few daemon platform threads that run tasks that may block: users' code that depends on a future, the log, notes.
 * They start when there is a task and end after a second without one.
 *
 * <p>Two threads are enough while tasks return. When tasks wait and none was done for 20 ms, because users' code
 * blocks, the number of threads doubles, up to {@value #MOST}. When no thread can be started, the tasks wait, and the
 * loop tries again.
 *
 * <p>It needs no lock. An idle thread is in {@link #idle} and is removed from it either by the thread that has a task,
 * or by itself when its time is up. It looks for a task once more after it has added itself, so no task waits for a
 * thread that sleeps.
 */
public final class Pool implements Advanceable {

    private static final int FEW = 2;
    private static final int MOST = 1024;

    /** How long no task may end before more threads are started: 20 ms. */
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

    /** Only for the loop's thread. */
    private long doneBefore;

    Pool(Loop loop) {
        this.loop = loop;
    }

    /** Runs a task soon. What it throws is ignored. Never blocks. */
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
     * Runs a task at once on a thread of its own.
     *
     * @return false: no thread could be started, and the task does not run
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
            // The loop tries again.
        } finally {
            if (!runs) {
                threads.decrementAndGet();
            }
        }
    }

    /** Starts more threads if the tasks of the others do not return. */
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
                // For example no memory to add itself to the idle threads. The task that it was woken for must not stay
                // in the queue.
                LockSupport.parkNanos(STUCK_NANOS);
            }
        }
    }

    /** Returns whether this thread continues. */
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
            // No caller waits for the result.
        } finally {
            // The interrupt of this task must not reach the next one.
            Thread.interrupted();
            done.incrementAndGet();
        }
    }

    /** Sleeps until there is a task; returns whether there was none for {@link #IDLE_NANOS}. */
    private boolean hasBeenIdle() {
        Thread me = Thread.currentThread();
        Deadline end = Deadline.in(IDLE_NANOS);
        idle.addFirst(me);
        while (tasks.isEmpty() && !ended && !end.hasCome()) {
            LockSupport.parkNanos(this, end.remaining());
            // Users' code may still interrupt this thread, and then no park would wait.
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
