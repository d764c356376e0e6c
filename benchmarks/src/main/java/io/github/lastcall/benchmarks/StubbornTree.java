package io.github.lastcall.benchmarks;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.benchmarks.Contender.Child;
import io.github.lastcall.benchmarks.Contender.Way;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A child that ends on SIGTERM, and its own child, which ignores it and holds the pipes. Stops them in one of the ways
 * of {@link #WAYS} and prints which of them are left, and after how many milliseconds the caller has seen the exit.
 */
final class StubbornTree {

    static final List<String> WAYS = List.of(
            "JDK destroy(), waitFor()",
            "JDK destroyForcibly(), waitFor()",
            "JDK destroy(), then destroyForcibly() of descendants()",
            "JDK destroyForcibly() of descendants(), then destroy()",
            "NuProcess destroy(false), waitFor()",
            "zt-exec destroy(), future",
            "Commons Exec destroyProcess(), own handler",
            "Lastcall terminate(), SIGTERM for 200 ms");

    private static final long LIMIT_SECONDS = 3;

    /** How long a kill without a wait may need. */
    private static final long MOMENT_NANOS = 500_000_000;

    private StubbornTree() {}

    private interface Stop {
        void run() throws Exception;
    }

    /** Arguments: index of the way, child program, page. */
    public static void main(String[] args) throws Exception {
        Page page = new Page(Path.of(args[2]));
        page.reset();
        Stop stop = prepare(Integer.parseInt(args[0]), List.of(args[1], args[2], "tree"));
        page.awaitReady(2);
        long begun = System.nanoTime();
        FutureTask<Void> task = new FutureTask<>(() -> {
            stop.run();
            return null;
        });
        Thread.ofPlatform().daemon().start(task);
        String seen;
        try {
            task.get(LIMIT_SECONDS, TimeUnit.SECONDS);
            seen = "after " + (System.nanoTime() - begun) / 1_000_000 + " ms";
        } catch (TimeoutException e) {
            seen = "not within " + LIMIT_SECONDS + " s";
        }
        boolean alive = outlives(page.grandchild());
        ProcessHandle.of(page.grandchild()).ifPresent(ProcessHandle::destroyForcibly);
        System.out.println((alive ? "**alive**" : "gone") + " | " + seen);
        System.out.flush();
        Runtime.getRuntime().halt(0);
    }

    private static Stop prepare(int way, List<String> command) throws Exception {
        return switch (way) {
            case 0, 1, 2, 3 -> jdk(way, new ProcessBuilder(command).start());
            case 4 -> waiting(new NuProcessContender().start(command));
            case 5 -> waiting(new ZtExecContender().start(command));
            case 6 -> waiting(new CommonsExecContender().start(command));
            default -> lastcall(command);
        };
    }

    private static Stop jdk(int way, Process process) {
        return () -> {
            if (way == 3) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
            }
            if (way == 1) {
                process.destroyForcibly();
            } else {
                process.destroy();
            }
            process.waitFor();
            if (way == 2) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
            }
        };
    }

    private static Stop waiting(Child child) {
        return () -> child.stop(Way.WAIT);
    }

    private static Stop lastcall(List<String> command) throws Exception {
        GracefulShutdown shutdown = GracefulShutdown.builder()
                .unixSigterm(Duration.ofMillis(200))
                .windowsCtrlBreak(Duration.ofMillis(200))
                .build();
        ManagedProcess process =
                ManagedProcess.builder(new ProcessBuilder(command)).start();
        return () -> process.terminate(shutdown);
    }

    private static boolean outlives(long pid) throws InterruptedException {
        long begun = System.nanoTime();
        while (runs(pid)) {
            if (System.nanoTime() - begun > MOMENT_NANOS) {
                return true;
            }
            Thread.sleep(10);
        }
        return false;
    }

    /** A zombie, which pid 1 may reap late, does not run. If it is reaped during the read, the read fails. */
    private static boolean runs(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return !stat.substring(stat.lastIndexOf(')')).startsWith(") Z");
        } catch (IOException e) {
            return false;
        }
    }
}
