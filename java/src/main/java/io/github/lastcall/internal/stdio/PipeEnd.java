package io.github.lastcall.internal.stdio;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.wait.Awaited;
import io.github.lastcall.internal.wait.Waiter;
import io.github.lastcall.internal.wait.Waiters;
import io.github.lastcall.internal.wait.Word;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Our end of a pipe: a descriptor that is closed exactly once, and never while a thread waits on it.
 *
 * <p>Guarded by {@link #word}. The descriptor is non-blocking, so reads and writes are made with the word; waits are
 * made without it. A close wakes the threads that wait, and the last of them closes the descriptor.
 */
final class PipeEnd {

    /** How many chunks one round of the loop reads or writes. Other pipes have to wait meanwhile. */
    static final int MOST_CHUNKS = 4;

    /** When the loop tries again after a lack of memory or descriptors: 20 ms. */
    static final long RETRY_NANOS = 20_000_000;

    private static final long NONE = -1;

    final OsPort os;
    final Word word = new Word();
    private final Waiters waiters;
    private volatile long handle = NONE;
    private final List<Runnable> wakeUps = new ArrayList<>(0);
    private boolean closed;

    PipeEnd(OsPort os, Waiters waiters) {
        this.os = os;
        this.waiters = waiters;
    }

    /** Sets the descriptor when the pipe exists; closes it if this end was closed before. */
    void open(long handle) {
        word.acquire();
        this.handle = handle;
        closeIfUnused();
        word.release();
    }

    /** The descriptor. Valid with the word if it is not closed, or between {@link #enter} and {@link #leave}. */
    long handle() {
        return handle;
    }

    boolean isClosed() {
        word.acquire();
        boolean is = closed;
        word.release();
        return is;
    }

    /** Whether it is closed, or not open yet. With the word. */
    boolean isClosedNow() {
        return closed || handle == NONE;
    }

    /** Whether a thread waits on it. With the word. */
    boolean isAwaited() {
        return !wakeUps.isEmpty();
    }

    /** Records that another call has closed the descriptor. With the word, and only if no thread waits on it. */
    void wasClosed() {
        closed = true;
    }

    /**
     * Takes the word, so that the caller can let a call of the OS close the descriptor. The caller has to release the
     * word.
     *
     * @return false: it is in use or closed, and the word was not taken
     */
    boolean claim() {
        if (!word.tryAcquire()) {
            return false;
        }
        boolean unused = !isClosedNow() && !isAwaited();
        if (!unused) {
            word.release();
        }
        return unused;
    }

    /**
     * Closes, now or after the last wait. With the word. Returns the wake-ups to run after the word is left. Idempotent.
     */
    List<Runnable> closeNow() {
        if (closed) {
            return List.of();
        }
        closed = true;
        closeIfUnused();
        return List.copyOf(wakeUps);
    }

    private void closeIfUnused() {
        if (closed && wakeUps.isEmpty() && handle != NONE) {
            os.close(handle);
        }
    }

    /**
     * Waits until the pipe is ready or this end is closed, or for no reason.
     *
     * @param needless whether the wait is not needed; evaluated with the word when the wait begins
     * @param interruptible whether an interrupt ends the wait too; its flag stays set
     */
    void awaitReady(int events, boolean interruptible, BooleanSupplier needless) throws OsException {
        Waiter waiter = waiters.take();
        Runnable wakeUp = waiter::wake;
        try {
            waiter.drain();
            if (enter(wakeUp, needless)) {
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
     * @param wakeUp called when the end is closed
     * @return whether this end is open; if not, there is nothing to leave
     */
    boolean enter(Runnable wakeUp) {
        return enter(wakeUp, () -> false);
    }

    private boolean enter(Runnable wakeUp, BooleanSupplier needless) {
        word.acquire();
        try {
            return !closed && !needless.getAsBoolean() && wakeUps.add(wakeUp);
        } finally {
            word.release();
        }
    }

    void leave(Runnable wakeUp) {
        word.acquire();
        try {
            wakeUps.remove(wakeUp);
            closeIfUnused();
        } finally {
            word.release();
        }
    }
}
