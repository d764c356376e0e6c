package io.github.lastcall.internal.exit;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.OsPort;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;

/**
 * Where a platform thread waits: in native code, with a handle that wakes it. No other thread is on the path.
 *
 * <p>It is an {@link AbstractSelector} for {@code begin} and {@code end} alone: they are the public way to have {@link
 * Thread#interrupt()} call {@link #wakeup()}. Nothing is ever registered with it. JDK 25 may call {@code wakeup} after
 * {@code end}, when this waiter may have its next user.
 */
final class NativeWaiter extends AbstractSelector implements Waiter {

    /** How long a waiter without a handle, which nobody can wake, sleeps at most before it looks again: 20 ms. */
    private static final long BLIND_SLICE = 20_000_000;

    private static final long NONE = -1;

    private final OsPort os;

    /** {@link #NONE} if there was no descriptor left when this waiter was made. */
    private final long cancel;

    /** Whether a wait has seen a wake-up that was not taken back. Of the thread that waits here alone. */
    private boolean woken;

    NativeWaiter(OsPort os) {
        super(null);
        this.os = os;
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
            return awaitNative(os, awaited, deadline);
        }
        begin();
        try {
            return awaitNative(os, awaited, deadline);
        } finally {
            end();
        }
    }

    private int awaitNative(OsPort os, Awaited awaited, Deadline deadline) throws OsException {
        long nanos = deadline.remaining();
        int seen = awaited.await(os, cancel, canBeWoken() ? nanos : Math.min(BLIND_SLICE, nanos));
        woken |= (seen & OsPort.CANCELLED) != 0;
        return seen;
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
