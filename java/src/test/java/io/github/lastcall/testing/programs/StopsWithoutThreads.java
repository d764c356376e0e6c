package io.github.lastcall.testing.programs;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.ProcessScope;
import io.github.lastcall.TerminationReport;
import io.github.lastcall.testing.Programs;
import java.io.File;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Starts stubborn children, each with one of its own, writes a line with the pid of each child, takes every thread that
 * the system gives, and stops them: by the close of their scope, or by its own exit, before which it ends a few of
 * them.
 *
 * <p>Arguments: scope, or carriers (the same, where virtual threads have run before), or steps (the same by a command
 * and a call first, and a line for each attempt), or exit; the helper program; how many children.
 */
public final class StopsWithoutThreads {

    /** The shutdown hook needs a thread. The rest is not enough for a thread for each child. */
    private static final int GIVEN_BACK = 3;

    /** More than any limit that a test would set. */
    private static final int MOST_THREADS = 5000;

    private StopsWithoutThreads() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        Duration timeout = Duration.ofMillis(200);
        GracefulShutdown.UnixStage policy = GracefulShutdown.builder();
        if (arguments[0].equals("steps")) {
            policy = policy.run(List.of(arguments[1], "exit", "0"), timeout).call("it", process -> { }, timeout);
        }
        ProcessScope scope = ProcessScope.open(policy.unixSigterm(timeout).windowsCtrlBreak(timeout).build());
        for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
            ManagedProcess child = scope.start(ManagedProcess.builder(
                    arguments[1], "ignore", "SIGTERM", "fork", "pause", "end", "ready", "pause"));
            Programs.awaitReady(child);
            System.out.println("pid " + child.pid());
        }
        if (arguments[0].equals("carriers")) {
            Thread.ofVirtual().start(() -> {}).join();
        }
        if (arguments[0].equals("steps")) {
            Programs.await("the threads that logged the starts have ended", () -> !hasIdleThread());
        }
        Deque<CountDownLatch> taken = takeAllThreads();
        if (arguments[0].equals("exit")) {
            int threads = threads();
            for (int i = 0; i < GIVEN_BACK; i++) {
                taken.removeLast().countDown();
            }
            Programs.await("they are gone", () -> threads() <= threads - GIVEN_BACK);
            System.out.println("exiting");
            System.exit(0);
        }
        for (TerminationReport report : scope.terminateAll()) {
            report.attempts().forEach(System.out::println);
        }
        scope.close();
        System.out.println("closed");
        taken.forEach(CountDownLatch::countDown);
    }

    /** A thread of the library that would run a step. */
    private static boolean hasIdleThread() {
        return Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().startsWith("lastcall-pool"));
    }

    private static int threads() {
        return new File("/proc/self/task").list().length;
    }

    private static Deque<CountDownLatch> takeAllThreads() {
        Deque<CountDownLatch> taken = new ArrayDeque<>();
        try {
            while (taken.size() < MOST_THREADS) {
                taken.add(park());
            }
        } catch (OutOfMemoryError noThread) {
            return taken;
        }
        throw new AssertionError("there is no limit");
    }

    private static CountDownLatch park() {
        CountDownLatch goOn = new CountDownLatch(1);
        Thread.ofPlatform().daemon().start(() -> {
            try {
                goOn.await();
            } catch (InterruptedException e) {
                throw new AssertionError(e);
            }
        });
        return goOn;
    }
}
