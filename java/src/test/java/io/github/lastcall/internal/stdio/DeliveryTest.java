package io.github.lastcall.internal.stdio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;

class DeliveryTest {

    /** A thread has seen the end before another thread delivered it, and runs afterwards. */
    @Test
    void aReceiverGetsTheEndOnce() {
        AtomicInteger ends = new AtomicInteger();
        AtomicInteger undelivered = new AtomicInteger();
        Receiver receiver = new Receiver() {
            @Override
            public void take(byte[] chunk) {}

            @Override
            public void end() {
                ends.incrementAndGet();
            }
        };
        Delivery delivery = new Delivery(Runnable::run, receiver, undelivered, failure -> {}, () -> {}, () -> {});
        delivery.end();
        delivery.start();
        delivery.deliverHeld();
        assertEquals(1, ends.get());
        assertEquals(0, undelivered.get());
    }

    /** Children that write without a pause must not keep all carriers. */
    @Test
    void deliveriesThatNeverEndLeaveACarrierForOthers() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
            deliverUntil(over);
        }
        try {
            Thread other = Thread.ofVirtual().start(() -> LockSupport.parkNanos(1_000_000));
            assertTrue(other.join(Duration.ofSeconds(30)));
        } finally {
            over.set(true);
        }
    }

    private static void deliverUntil(AtomicBoolean over) {
        Delivery[] delivery = new Delivery[1];
        Receiver receiver = new Receiver() {
            @Override
            public void take(byte[] chunk) {
                if (!over.get()) {
                    delivery[0].put(chunk);
                }
            }

            @Override
            public void end() {}
        };
        delivery[0] = new Delivery(
                Delivery.VIRTUAL, receiver, new AtomicInteger(), failure -> {}, () -> {}, () -> {});
        delivery[0].put(new byte[1]);
        delivery[0].start();
    }
}
