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
 * Where a platform thread waits: in native code, with a handle that wakes it. No other thread is on the path.
 *
 * <p>It is an {@link AbstractSelector} for {@code begin} and {@code end} alone: they are the public way to have {@link
 * Thread#interrupt()} call {@link #wakeup()}. Nothing is ever registered with it. JDK 25 may call {@code wakeup} after
 * {@code end}, when this waiter may have its next user.
 *
 * <p>From the beginning of the JVM's exit it parks instead, and looks every 2 ms: HotSpot lets the exit wait up to 300
 * ms for threads that are in native code.
 */
final class NativeWaiter extends AbstractSelector implements Waiter {

    /** How long a waiter without a handle, which nobody can wake, sleeps at most before it looks again: 20 ms. */
    private static final long BLIND_SLICE = 20_000_000;

    /**
     * How long one wait with a deadline is at most: 250 ms. While the JVM is stopped (SIGSTOP) the time of ppoll(2)
     * stands still, so a longer one would end late by as much.
     */
    private static final long SLICE = 250_000_000;

    private static final long NONE = -1;

    private final OsPort os;
    private final JvmExit exit;

    /** {@link #NONE} if there was no descriptor left when this waiter was made. */
    private final long cancel;

    /** Whether a wait has seen a wake-up that was not taken back. Of the thread that waits here alone. */
    private boolean woken;

    NativeWaiter(OsPort os, JvmExit exit) {
        super(null);
        this.os = os;
        this.exit = exit;
        this.cancel = open(os);
    }

    /**
     * A thread that cannot be woken is better than one that cannot wait: stopping must work at the descriptor limit.
     */
    private static long open(OsPort os) {
        try {
            return os.openCancel();
        } catch (OsException e) {
            return NONE;
        }
    }

    boolean canBeWoken() {
        return cancel != NONE;
    }

    /** One that no wait has seen yet is left where it is: it ends the next wait at once, which costs a round. */
    @Override
    public void drain() throws OsException {
        if (woken) {
            os.drainCancel(cancel);
            woken = false;
        }
    }

    @Override
    public void wake() {
        if (canBeWoken()) {
            try {
                os.fireCancel(cancel);
            } catch (OsException e) {
                throw new AssertionError("a wake-up handle that is never closed cannot fail", e);
            }
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

    // What follows is the rest of a selector, which this is not.

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
