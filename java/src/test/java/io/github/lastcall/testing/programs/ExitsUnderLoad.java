package io.github.lastcall.testing.programs;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.testing.CapturedLog;
import io.github.lastcall.testing.Programs;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/**
 * Starts a child that ignores SIGTERM, writes its pid, and exits while something is in the way: a virtual thread that
 * stops the child, and another one that has the only carrier; or a log that blocks.
 *
 * <p>Arguments: carrier or log.
 */
public final class ExitsUnderLoad {

    private ExitsUnderLoad() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        ManagedProcess child = ManagedProcess.builder(Programs.child("ignore", "SIGTERM", "ready", "pause"))
                .terminateOnClose(GracefulShutdown.of(Duration.ofMillis(200)))
                .start();
        Programs.awaitReady(child);
        System.out.println(child.pid());
        if (arguments[0].equals("carrier")) {
            takeTheCarrier(child);
        } else {
            CapturedLog.misbehave(line -> block());
        }
        System.exit(0);
    }

    private static void takeTheCarrier(ManagedProcess child) throws InterruptedException {
        Thread stopper = Thread.ofVirtual().start(() -> stop(child));
        Programs.await("it waits", () -> stopper.getState() == Thread.State.WAITING
                || stopper.getState() == Thread.State.TIMED_WAITING);
        CountDownLatch running = new CountDownLatch(1);
        Thread.ofVirtual().start(() -> {
            running.countDown();
            while (true) {
                Thread.onSpinWait();
            }
        });
        running.await();
    }

    private static void stop(ManagedProcess child) {
        try {
            child.terminate(GracefulShutdown.of(Duration.ofMinutes(10)));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static void block() {
        try {
            Thread.sleep(Long.MAX_VALUE);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
