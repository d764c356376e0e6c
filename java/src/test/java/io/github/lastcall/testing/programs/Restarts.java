package io.github.lastcall.testing.programs;

import io.github.lastcall.ManagedProcess;
import io.github.lastcall.testing.Programs;
import java.util.concurrent.CountDownLatch;

/**
 * Starts children again and again, as a supervisor does, until a start is refused: from daemon threads, or from a hook.
 * Its children have an argument that identifies them.
 *
 * <p>Arguments: what ends it (stay: it waits for a signal; exit; return), that argument.
 */
public final class Restarts {

    private static final int THREADS = 3;

    private Restarts() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        CountDownLatch running = new CountDownLatch(2 * THREADS);
        Runtime.getRuntime().addShutdownHook(new Thread(() -> restart(() -> {}, "pause", arguments[1])));
        for (int i = 0; i < THREADS; i++) {
            daemon(() -> restart(running::countDown, "pause", arguments[1]));
            daemon(() -> restart(running::countDown, "exit", "0", arguments[1]));
        }
        running.await();
        System.out.println("ready");
        switch (arguments[0]) {
            case "stay" -> Thread.sleep(Long.MAX_VALUE);
            case "exit" -> System.exit(0);
            default -> { }
        }
    }

    private static void daemon(Runnable task) {
        Thread.ofPlatform().daemon().start(task);
    }

    private static void restart(Runnable started, String... steps) {
        while (true) {
            try {
                ManagedProcess process = ManagedProcess.builder(Programs.child(steps)).start();
                started.run();
                process.waitFor();
            } catch (IllegalStateException refused) {
                System.out.println("refused");
                return;
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }
}
