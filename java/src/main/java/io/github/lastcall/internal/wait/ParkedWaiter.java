package io.github.lastcall.internal.wait;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.OsPort;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * The waiter of a virtual thread. It parks until the {@link Loop} reports an event, and then looks without waiting: a
 * downcall that blocks pins the carrier, and as many of them as there are cores stop every virtual thread of the JVM.
 *
 * <p>Used by the thread that created it; other threads call {@link #wake()}. They set the flag before they unpark, and
 * the thread reads it before each park, which returns at once if the permit is there. So no wake-up is lost.
 */
final class ParkedWaiter implements Waiter {

    /** How long to sleep between looks where the loop cannot watch: 1 ms, doubled up to 20 ms. */
    private static final long FIRST_NAP = 1_000_000;

    private static final long LONGEST_NAP = 20_000_000;

    private final Loop loop;
    private final Thread thread = Thread.currentThread();
    private volatile boolean woken;
    private volatile boolean ready;

    /** Whether the next wait may begin with a {@link BriefWait}. */
    private boolean direct;

    ParkedWaiter(Loop loop, boolean direct) {
        this.loop = loop;
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

    private void ready() {
        ready = true;
        LockSupport.unpark(thread);
    }

    @Override
    public int await(OsPort os, Awaited awaited, Deadline deadline, boolean interruptible) throws OsException {
        int seen = firstLook(os, awaited, deadline);
        if (seen != 0) {
            return seen;
        }
        ready = false;
        Runnable ready = this::ready;
        Optional<Watched> process = awaited.process().map(Watched::exit);
        Optional<Watched> pipe = awaited.pipe() < 0
                ? Optional.empty()
                : Optional.of(new Watched(Optional.empty(), awaited.pipe(), awaited.events()));
        try {
            boolean watching = (process.isEmpty() || loop.watch(process.get(), ready))
                    & (pipe.isEmpty() || loop.watch(pipe.get(), ready));
            return awaitWatched(os, awaited, deadline, interruptible, watching);
        } finally {
            // No lambda, whose first use takes memory: a watch must not stay.
            if (process.isPresent()) {
                loop.unwatch(process.get(), ready);
            }
            if (pipe.isPresent()) {
                loop.unwatch(pipe.get(), ready);
            }
        }
    }

    /** Looks once, or waits for a {@link BriefWait}, which delays a wake-up by that time at most. */
    private int firstLook(OsPort os, Awaited awaited, Deadline deadline) throws OsException {
        boolean wait = direct && BriefWait.begin();
        direct = false;
        if (!wait) {
            return look(os, awaited, 0);
        }
        try {
            return look(os, awaited, Math.min(BriefWait.nanos(), deadline.remaining()));
        } finally {
            BriefWait.end();
        }
    }

    private static int look(OsPort os, Awaited awaited, long nanos) throws OsException {
        return os.await(awaited.process(), -1, awaited.pipe(), awaited.events(), nanos);
    }

    private int awaitWatched(
            OsPort os, Awaited awaited, Deadline deadline, boolean interruptible, boolean watching)
            throws OsException {
        long nap = FIRST_NAP;
        while (true) {
            Deadline until = watching ? deadline : deadline.earlier(Deadline.in(nap));
            boolean interrupted = park(until, interruptible);
            if (ready && awaited.pipe() < 0) {
                // Only the exit was watched. The caller reads the status.
                return OsPort.EXITED;
            }
            int seen = look(os, awaited, 0);
            if (seen != 0 || ready || woken || interrupted || deadline.hasCome()) {
                return seen;
            }
            nap = Math.min(2 * nap, LONGEST_NAP);
        }
    }

    /**
     * Returns whether an interrupt has ended it. If it must not, the flag is cleared, since with it every park returns
     * at once, and set again at the end.
     */
    private boolean park(Deadline until, boolean interruptible) {
        boolean restore = false;
        try {
            while (!ready && !woken && !until.hasCome()) {
                if (thread.isInterrupted()) {
                    if (interruptible) {
                        return true;
                    }
                    restore |= Thread.interrupted();
                }
                if (until.never()) {
                    LockSupport.park(loop);
                } else {
                    LockSupport.parkNanos(loop, until.remaining());
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
