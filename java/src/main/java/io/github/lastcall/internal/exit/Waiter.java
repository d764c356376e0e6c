package io.github.lastcall.internal.exit;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.OsPort;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.spi.AbstractSelectableChannel;
import java.nio.channels.spi.AbstractSelector;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * One thread's place to wait in native code, with the handle that wakes it. It belongs to one thread at a time and
 * comes from {@link Waiters}.
 *
 * <p>It is an {@link AbstractSelector} for {@code begin} and {@code end} alone: they are the public way to have {@link
 * Thread#interrupt()} call {@link #wakeup()}. Nothing is ever registered with it.
 *
 * <p>A wake-up tells nothing but "look again". Whoever has a cause (an interrupt, a closed stream, an earlier deadline)
 * makes it visible first and wakes afterwards; whoever waits drains first, looks for causes next and waits last. So no
 * cause is missed, and a late wake-up that was meant for the waiter's last user (JDK 25 may call {@code wakeup} after
 * {@code end}) costs one more round.
 */
public final class Waiter extends AbstractSelector {

    /** How long a waiter without a handle, which nobody can wake, sleeps at most before it looks again: 20 ms. */
    private static final long BLIND_SLICE = 20_000_000;

    private static final long NONE = -1;

    private final OsPort os;

    /** {@link #NONE} if there was no descriptor left when this waiter was made. */
    private final long cancel;

    Waiter(OsPort os) {
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

    /** Takes back every wake-up so far. To be called before looking for causes. */
    public void drain() throws OsException {
        if (canBeWoken()) {
            os.drainCancel(cancel);
        }
    }

    /** Wakes the thread that waits here, now or when it next does. Callable from any thread; never blocks. */
    @Override
    public Selector wakeup() {
        if (canBeWoken()) {
            try {
                os.fireCancel(cancel);
            } catch (OsException e) {
                throw new AssertionError("a wake-up handle that is never closed cannot fail", e);
            }
        }
        return this;
    }

    /**
     * Waits once, in native code on a platform thread; a virtual thread parks meanwhile.
     *
     * @param wait the call that waits
     * @param interruptible whether an interrupt of this thread ends the wait; its flag stays set
     * @return what the call saw; 0 for the deadline or for no reason
     */
    public int await(NativeWait wait, Deadline deadline, boolean interruptible) throws OsException {
        if (Thread.currentThread().isVirtual()) {
            return awaitFromVirtual(() -> awaitNative(wait, deadline), interruptible);
        }
        if (!interruptible) {
            return awaitNative(wait, deadline);
        }
        begin();
        try {
            return awaitNative(wait, deadline);
        } finally {
            end();
        }
    }

    private int awaitNative(NativeWait wait, Deadline deadline) throws OsException {
        long nanos = deadline.remaining();
        return wait.run(cancel, canBeWoken() ? nanos : Math.min(BLIND_SLICE, nanos));
    }

    /** The native wait is over before this returns, so that its handles may be closed and this waiter used again. */
    private int awaitFromVirtual(Callable<Integer> wait, boolean interruptible) throws OsException {
        CompletableFuture<Integer> seen = PlatformThreads.start(wait);
        boolean interrupted = false;
        try {
            if (interruptible) {
                seen.get();
            }
        } catch (InterruptedException e) {
            interrupted = true;
            wakeup();
        } catch (ExecutionException e) {
            // Thrown again by the call below.
        }
        try {
            return PlatformThreads.get(seen);
        } catch (OsException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
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
