package io.github.lastcall.internal.stdio;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.exit.Awaited;
import io.github.lastcall.internal.exit.Waiter;
import io.github.lastcall.internal.exit.Waiters;
import io.github.lastcall.internal.os.OsPort;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Our end of a pipe: a descriptor that is closed exactly once, and not while a thread waits on it.
 *
 * <p>Guarded by {@link #lock}. The descriptor is non-blocking, so reads and writes are made under the lock; the wait
 * for the pipe to become ready is not. A close wakes those who wait, and the last of them closes the descriptor.
 */
final class OurEnd {

    final OsPort os;
    final ReentrantLock lock = new ReentrantLock();
    private final Waiters waiters;
    private final long handle;
    private final Set<Runnable> wakeUps = new HashSet<>();
    private boolean closed;

    OurEnd(OsPort os, Waiters waiters, long handle) {
        this.os = os;
        this.waiters = waiters;
        this.handle = handle;
    }

    /** The descriptor. To be used under the lock while not closed, or between {@link #enter} and {@link #leave}. */
    long handle() {
        return handle;
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /** Closes, now or after the last wait. Idempotent. */
    void close() {
        lock.lock();
        try {
            if (!closed) {
                closed = true;
                for (Runnable wakeUp : wakeUps) {
                    wakeUp.run();
                }
                closeIfUnused();
            }
        } finally {
            lock.unlock();
        }
    }

    private void closeIfUnused() {
        if (closed && wakeUps.isEmpty()) {
            os.close(handle);
        }
    }

    /**
     * Waits until the pipe is ready, or the end is closed, or for no reason.
     *
     * @param interruptible whether an interrupt ends it as well; its flag stays set
     */
    void awaitReady(int events, boolean interruptible) throws OsException {
        Waiter waiter = waiters.take();
        Runnable wakeUp = waiter::wake;
        try {
            waiter.drain();
            if (enter(wakeUp)) {
                try {
                    waiter.await(os, Awaited.pipe(handle, events), Deadline.NEVER, interruptible);
                } finally {
                    leave(wakeUp);
                }
            }
        } finally {
            waiters.give(waiter);
        }
    }

    /**
     * Begins a wait on the descriptor: it stays open until {@link #leave}.
     *
     * @param wakeUp called under the lock when the end is closed
     * @return whether the end was still open; if not, there is nothing to leave
     */
    boolean enter(Runnable wakeUp) {
        lock.lock();
        try {
            return !closed && wakeUps.add(wakeUp);
        } finally {
            lock.unlock();
        }
    }

    void leave(Runnable wakeUp) {
        lock.lock();
        try {
            wakeUps.remove(wakeUp);
            closeIfUnused();
        } finally {
            lock.unlock();
        }
    }
}
