package io.github.lastcall.internal.wait;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.OsPort;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/**
 * The waiter of a platform thread. It waits in native code and is woken through a handle, without another thread.
 *
 * <p>It is an {@link AbstractSelector} only for {@code begin} and {@code end}: they are the public way to let {@link
 * Thread#interrupt()} call {@link #wakeup()}. Nothing is ever registered with it. JDK 25 may call {@code wakeup} after
 * {@code end}, when another thread may use this waiter.
 *
 * <p>After the exit of the JVM has begun it parks and looks every 2 ms, because HotSpot delays the exit by up to 300 ms
 * for threads in native code.
 */
final class NativeWaiter extends AbstractSelector implements Waiter {

    /** The longest wait of a waiter without a handle, which no thread can wake: 20 ms. */
    private static final long BLIND_SLICE = 20_000_000;

    /**
     * The longest wait with a deadline: 250 ms. While the JVM is stopped (SIGSTOP) the time of ppoll(2) does not run,
     * so a longer wait would end late by the time of the stop.
     */
    static final long SLICE = 250_000_000;

    private static final long NONE = -1;

    private final OsPort os;
    private final JvmExit exit;

    /** {@link #NONE}: no thread can wake this waiter. */
    private final long cancel;

    /** Guards {@link #closed} during a wake-up: after a close it would hit another descriptor with the same number. */
    private final Word word = new Word();

    private boolean closed;

    /** Whether a wait has seen a wake-up that was not drained. Only for the thread that waits here. */
    private boolean woken;

    private NativeWaiter(OsPort os, JvmExit exit, long cancel) {
        super(null);
        this.os = os;
        this.exit = exit;
        this.cancel = cancel;
    }

    /**
     * Creates one with a handle. If no descriptor is left it has none, and the thread can wait but not be woken: a stop
     * must work at the descriptor limit.
     */
    static NativeWaiter open(OsPort os, JvmExit exit) {
        try {
            return new NativeWaiter(os, exit, os.openCancel());
        } catch (OsException e) {
            return withoutHandle(os, exit);
        }
    }

    /** Creates one that no thread can wake. It needs no descriptor. */
    static NativeWaiter withoutHandle(OsPort os, JvmExit exit) {
        return new NativeWaiter(os, exit, NONE);
    }

    boolean canBeWoken() {
        return cancel != NONE;
    }

    /** Drains the wake-ups that a wait has seen. A later wake-up ends the next wait at once, which costs a round. */
    @Override
    public void drain() throws OsException {
        if (woken) {
            os.drainCancel(cancel);
            woken = false;
        }
    }

    @Override
    public void wake() {
        if (!canBeWoken()) {
            return;
        }
        word.acquire();
        try {
            if (!closed) {
                os.fireCancel(cancel);
            }
        } catch (OsException e) {
            throw new AssertionError("a wake-up handle that is open cannot fail", e);
        } finally {
            word.release();
        }
    }

    /** Closes the handle, when no thread waits. A later wake-up does nothing. */
    void closeHandle() {
        word.acquire();
        try {
            if (canBeWoken() && !closed) {
                closed = true;
                os.close(cancel);
            }
        } finally {
            word.release();
        }
    }

    @Override
    public Selector wakeup() {
        wake();
        return this;
    }

    @Override
    public int await(OsPort os, Awaited awaited, Deadline deadline, boolean interruptible) throws OsException {
        if (!interruptible) {
            return await(os, awaited, deadline);
        }
        begin();
        try {
            return await(os, awaited, deadline);
        } finally {
            end();
        }
    }

    private int await(OsPort os, Awaited awaited, Deadline deadline) throws OsException {
        int seen = exit.hasBegun() ? look(os, awaited, deadline) : awaitNative(os, awaited, deadline);
        woken |= (seen & OsPort.CANCELLED) != 0;
        return seen;
    }

    private int awaitNative(OsPort os, Awaited awaited, Deadline deadline) throws OsException {
        long longest = canBeWoken() ? deadline.never() ? Long.MAX_VALUE : SLICE : BLIND_SLICE;
        return await(os, awaited, Math.min(longest, deadline.remaining()));
    }

    private int look(OsPort os, Awaited awaited, Deadline deadline) throws OsException {
        int seen = await(os, awaited, 0);
        if (seen == 0 && !deadline.hasCome()) {
            LockSupport.parkNanos(this, Math.min(JvmExit.PAUSE, deadline.remaining()));
        }
        return seen;
    }

    private int await(OsPort os, Awaited awaited, long nanos) throws OsException {
        return os.await(awaited.process(), cancel, awaited.pipe(), awaited.events(), nanos);
    }

    // The rest of a selector, which is never used.

    @Override
    protected void implCloseSelector() {}

    @Override
    protected SelectionKey register(AbstractSelectableChannel channel, int operations, Object attachment) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<SelectionKey> keys() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<SelectionKey> selectedKeys() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int selectNow() {
        throw new UnsupportedOperationException();
    }

    @Override
    public int select(long timeout) {
        throw new UnsupportedOperationException();
    }

    @Override
    public int select() {
        throw new UnsupportedOperationException();
    }
}
