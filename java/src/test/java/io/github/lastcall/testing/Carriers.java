package io.github.lastcall.testing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Takes all carriers of the JVM by virtual threads that never park. Until this is closed no other virtual thread runs.
 */
public final class Carriers implements AutoCloseable {

    private volatile boolean over;

    private Carriers() {}

    /** Takes them. */
    public static Carriers taken() throws InterruptedException {
        Carriers carriers = new Carriers();
        int count = Runtime.getRuntime().availableProcessors();
        CountDownLatch running = new CountDownLatch(count);
        for (int i = 0; i < count; i++) {
            Thread.ofVirtual().start(() -> {
                running.countDown();
                while (!carriers.over) {
                    Thread.onSpinWait();
                }
            });
        }
        assertTrue(running.await(20, TimeUnit.SECONDS));
        return carriers;
    }

    @Override
    public void close() {
        over = true;
    }
}
