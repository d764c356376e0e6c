package io.github.lastcall.testing.programs;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.StandardStream;
import io.github.lastcall.testing.Programs;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/** Stops a child that writes something at its end, and returns from main before its listener has got that. */
public final class ListensSlowly {

    private ListensSlowly() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        CountDownLatch ready = new CountDownLatch(1);
        try (ManagedProcess process = ManagedProcess.builder(
                        Programs.child("block", "SIGTERM", "ready", "await", "SIGTERM", "say", "bye"))
                .terminateOnClose(GracefulShutdown.of(Duration.ofSeconds(10)))
                .onLine(StandardStream.STDOUT, line -> {
                    ready.countDown();
                    print(line);
                })
                .start()) {
            ready.await();
        }
    }

    private static void print(String line) {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        System.out.println(line);
    }
}
