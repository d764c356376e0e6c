package io.github.lastcall.testing.programs;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.testing.Programs;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.FutureTask;

/**
 * Waits for the exit of one child with a limit, and stops another child with the same timeout. That child stops this
 * JVM (SIGSTOP) when it gets SIGTERM, and does not end. Writes how many milliseconds each took.
 *
 * <p>Argument: the limit in seconds.
 */
public final class WaitsWhileStopped {

    private WaitsWhileStopped() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        Duration limit = Duration.ofSeconds(Long.parseLong(arguments[0]));
        ManagedProcess waited = ManagedProcess.builder(Programs.child("pause")).start();
        ManagedProcess stopped = ManagedProcess.builder(
                        "sh", "-c", "trap 'kill -STOP $PPID' TERM; echo ready; while :; do read x; done")
                .start();
        stopped.inputReader().readLine();
        FutureTask<Long> wait = new FutureTask<>(() -> millis(() -> waited.waitForExit(limit)));
        Thread waiter = Thread.ofPlatform().start(wait);
        Programs.await("the wait has begun", () -> Arrays.stream(waiter.getStackTrace())
                .anyMatch(frame -> frame.getClassName().endsWith(".NativeWaiter")));
        long stop = millis(() -> stopped.terminate(GracefulShutdown.of(limit)));
        System.out.println("waited " + wait.get());
        System.out.println("stopped " + stop);
        waited.kill();
    }

    private interface Call {
        void run() throws Exception;
    }

    private static long millis(Call call) throws Exception {
        long begun = System.nanoTime();
        call.run();
        return (System.nanoTime() - begun) / 1_000_000;
    }
}
