package io.github.lastcall.internal.wait;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.OsPort;

/**
 * Lets one thread wait and others wake it. It belongs to one thread at a time and comes from {@link Waiters}.
 *
 * <p>A wake-up only means "look again". The thread that has a cause (a closed stream, an earlier deadline) makes it
 * visible first and wakes afterwards. The thread that waits drains first, then looks for causes, then waits. So no
 * cause is missed, and a late wake-up costs one more round.
 */
public interface Waiter {

    /** Removes at least the wake-ups that a wait has seen. To be called before looking for causes. */
    void drain() throws OsException;

    /** Wakes the thread that waits here, or ends its next wait. For any thread; never blocks. */
    void wake();

    /**
     * Waits once.
     *
     * @param os the port to the OS; the handles have to stay open during the wait
     * @param interruptible whether an interrupt of this thread ends the wait; its flag stays set
     * @return the events seen, such as {@link OsPort#EXITED}; 0 at the deadline or for no reason
     */
    int await(OsPort os, Awaited awaited, Deadline deadline, boolean interruptible) throws OsException;
}
