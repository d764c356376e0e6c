package io.github.lastcall.testing.programs;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.testing.Programs;
import java.time.Duration;
import java.util.concurrent.FutureTask;

/**
 * Waits for the exit of one child with a limit, and stops another that ignores SIGTERM with the same as its timeout.
 * Writes "waiting" when both have begun, and how many milliseconds each took.
 *
 * <p>Argument: the limit in seconds.
 */
public final class WaitsWhileStopped {

    private WaitsWhileStopped() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        Duration limit = Duration.ofSeconds(Long.parseLong(arguments[0]));
        ManagedProcess waited = ManagedProcess.builder(Programs.child("pause")).start();
        ManagedProcess stopped = ManagedProcess.builder(Programs.child("ignore", "SIGTERM", "ready", "pause")).start();
        stopped.inputReader().readLine();
        FutureTask<Long> wait = begin(() -> waited.waitForExit(limit));
        FutureTask<Long> stop = begin(() -> stopped.terminate(GracefulShutdown.of(limit)));
        System.out.println("waiting");
        System.out.println("waited " + wait.get());
        System.out.println("stopped " + stop.get());
        waited.kill();
    }

    private interface Call {
        void run() throws Exception;
    }

    private static FutureTask<Long> begin(Call call) {
        FutureTask<Long> millis = new FutureTask<>(() -> {
            long begun = System.nanoTime();
            call.run();
            return (System.nanoTime() - begun) / 1_000_000;
        });
        new Thread(millis).start();
        return millis;
    }
}
