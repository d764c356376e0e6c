package io.github.lastcall.internal.exit;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.OsPort;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;

/**
 * Where a virtual thread waits: parked, until the {@link Monitor} says that there is something to see. What it then
 * asks the OS for is a look, which does not wait: a downcall that blocks pins the carrier, and as many of them as there
 * are cores stop every virtual thread of the JVM.
 *
 * <p>Used by the one thread that made it; {@link #wake()} and {@link #tell()} come from others. They set their flag
 * before they unpark, and the thread looks at the flags before each park, which returns at once if the permit is there:
 * so neither is lost.
 */
final class ParkedWaiter implements Waiter {

    /** How long to sleep between looks at what cannot be watched: 1 ms, doubling to 20 ms. */
    private static final long FIRST_NAP = 1_000_000;

    private static final long LONGEST_NAP = 20_000_000;

    /** How long a virtual thread that has just sent a signal waits in the OS first: 2 ms. Most exits happen in it. */
    private static final long DIRECT_NANOS = 2_000_000;

    /**
     * For one at a time: a thousand such waits, one after the other on every core, would stop all virtual threads of
     * the JVM for a second.
     */
    private static final Semaphore DIRECT = new Semaphore(1);

    private final Monitor monitor;
    private final Thread thread = Thread.currentThread();
    private volatile boolean woken;
    private volatile boolean told;

    /** Whether the next wait may begin directly. */
    private boolean direct;

    ParkedWaiter(Monitor monitor, boolean direct) {
        this.monitor = monitor;
        this.direct = direct;
    }

    @Override
    public void drain() {
        woken = false;
    }

    @Override
    public void wake() {
        woken = true;
        LockSupport.unpark(thread);
    }

    private void tell() {
        told = true;
        LockSupport.unpark(thread);
    }

    @Override
    public int await(OsPort os, Awaited awaited, Deadline deadline, boolean interruptible) throws OsException {
        int seen = 0;
        for (Awaited next : awaited.inTurn()) {
            seen = awaitOne(os, next, deadline, interruptible);
            if ((seen & OsPort.EXITED) == 0) {
                break;
            }
        }
        return seen;
    }

    private int awaitOne(OsPort os, Awaited awaited, Deadline deadline, boolean interruptible) throws OsException {
        int seen = firstLook(os, awaited, deadline);
        if (seen != 0) {
            return seen;
        }
        told = false;
        List<Watched> all = awaited.watched();
        Runnable tell = this::tell;
        boolean watching = true;
        try {
            for (Watched watched : all) {
                watching &= monitor.watch(watched, tell);
            }
            return awaitWatched(os, awaited, deadline, interruptible, watching);
        } finally {
            all.forEach(watched -> monitor.unwatch(watched, tell));
        }
    }

    /** A direct wait hears no wake-up, and makes it late by those 2 ms at most. */
    private int firstLook(OsPort os, Awaited awaited, Deadline deadline) throws OsException {
        boolean wait = direct && DIRECT.tryAcquire();
        direct = false;
        if (!wait) {
            return awaited.await(os, -1, 0);
        }
        try {
            return awaited.await(os, -1, Math.min(DIRECT_NANOS, deadline.remaining()));
        } finally {
            DIRECT.release();
        }
    }

    private int awaitWatched(
            OsPort os, Awaited awaited, Deadline deadline, boolean interruptible, boolean watching)
            throws OsException {
        long nap = FIRST_NAP;
        while (true) {
            Deadline until = watching ? deadline : deadline.earlier(Deadline.in(nap));
            boolean interrupted = park(until, interruptible);
            int seen = awaited.await(os, -1, 0);
            if (seen != 0 || told || woken || interrupted || deadline.hasCome()) {
                return seen;
            }
            nap = Math.min(2 * nap, LONGEST_NAP);
        }
    }

    /** Returns whether an interrupt has ended it. One that must not would let every park return at once. */
    private boolean park(Deadline until, boolean interruptible) {
        boolean restore = false;
        try {
            while (!told && !woken && !until.hasCome()) {
                if (thread.isInterrupted()) {
                    if (interruptible) {
                        return true;
                    }
                    restore |= Thread.interrupted();
                }
                if (until.never()) {
                    LockSupport.park(monitor);
                } else {
                    LockSupport.parkNanos(monitor, until.remaining());
                }
            }
            return false;
        } finally {
            if (restore) {
                thread.interrupt();
            }
        }
    }
}
