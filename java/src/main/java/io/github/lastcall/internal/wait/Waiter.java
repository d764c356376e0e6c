package io.github.lastcall.internal.wait;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.OsPort;

/**
 * One thread's place to wait, and what wakes it. It belongs to one thread at a time and comes from {@link Waiters}.
 *
 * <p>A wake-up says nothing but "look again". Whoever has a cause (a closed stream, an earlier deadline) makes it
 * visible first and wakes afterwards; whoever waits drains first, looks for causes next and waits last. So no cause is
 * missed, and a wake-up that comes late costs one more round.
 */
public interface Waiter {

    /** Takes back every wake-up that a wait has seen, if not all. To be called before looking for causes. */
    void drain() throws OsException;

    /** Wakes the thread that waits here, now or when it next does. Callable from any thread; never blocks. */
    void wake();

    /**
     * Waits once.
     *
     * @param os what is asked; its handles have to stay open meanwhile
     * @param interruptible whether an interrupt of this thread ends the wait; its flag stays set
     * @return what was seen, of {@link OsPort#EXITED} and the like; nothing of it for the deadline, or for no reason
     */
    int await(OsPort os, Awaited awaited, Deadline deadline, boolean interruptible) throws OsException;
}
