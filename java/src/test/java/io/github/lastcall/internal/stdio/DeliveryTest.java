package io.github.lastcall.internal.stdio;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicInteger;
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
}
