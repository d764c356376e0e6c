package io.github.lastcall;

import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.Programs;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;

/**
 * Starts as many groups of two as its argument says, terminates all at once, each on a thread of its own, and writes
 * how many scans of all processes it made, and how many processes are left.
 */
final class TerminatesAtOnce {

    private static final GracefulShutdown SHUTDOWN = GracefulShutdown.builder()
            .unixSigterm(Duration.ofSeconds(30))
            .windowsCtrlBreak(Duration.ZERO)
            .build();

    private TerminatesAtOnce() {}

    public static void main(String[] arguments) throws Exception {
        FaultyOs os = new FaultyOs();
        ManagedProcess.Builder builder =
                ManagedProcess.builder(Programs.child("fork", "pause", "end", "ready", "pause")).os(os);
        List<ManagedProcess> processes = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(arguments[0]); i++) {
            processes.add(builder.start());
            Programs.awaitReady(processes.get(i));
        }
        int before = os.scans();
        // The first scan lasts until all threads have requested one: the requests during a scan have to share the next.
        os.beforeScan(() -> Programs.await("all are asked", () -> os.sent().stream()
                .filter(UnixSignal.SIGTERM::equals)
                .count() >= processes.size()));
        List<FutureTask<TerminationReport>> stops = new ArrayList<>();
        CountDownLatch go = new CountDownLatch(1);
        for (ManagedProcess process : processes) {
            FutureTask<TerminationReport> stop = new FutureTask<>(() -> {
                go.await();
                return process.terminate(SHUTDOWN);
            });
            Thread.ofPlatform().start(stop);
            stops.add(stop);
        }
        go.countDown();
        for (FutureTask<TerminationReport> stop : stops) {
            stop.get();
        }
        System.out.println("scans " + (os.scans() - before));
        System.out.println("alive " + processes.stream().filter(process -> Programs.isRunning(process.pid())).count());
    }
}
