package io.github.lastcall.internal.exit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.NativeOs;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.testing.LeaksNothing;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeaksNothing.class)
class NativeWaiterTest {

    private static final long SECOND = 1_000_000_000;

    private final Waiters waiters = new Waiters(NativeOs.instance());
    private final Waiter waiter = waiters.take();

    private int await(long nanos) throws OsException {
        return waiter.await(NativeOs.instance(), Awaited.NOTHING, Deadline.in(nanos), true);
    }

    @Test
    void aWakeUpEndsOneWaitAndNotTheNext() throws OsException {
        waiter.wake();
        waiter.drain();
        assertEquals(OsPort.CANCELLED, await(20 * SECOND), "nobody has waited yet, so it is still there");
        waiter.drain();
        assertEquals(0, await(SECOND / 100), "it was taken back");
    }

    @Test
    void oneThatComesWhileItIsIdleCostsTheNextUserOneRound() throws OsException {
        waiters.give(waiter);
        waiter.wake();
        Waiter next = waiters.take();
        assertEquals(waiter, next);
        next.drain();
        assertEquals(OsPort.CANCELLED, await(20 * SECOND));
        next.drain();
        assertEquals(0, await(SECOND / 100));
    }
}
