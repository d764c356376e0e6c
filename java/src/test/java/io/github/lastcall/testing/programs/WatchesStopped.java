package io.github.lastcall.testing.programs;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.TerminationReport;
import io.github.lastcall.testing.CapturedLog;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs the scripts in its arguments, one after the other, each until the log says that it is stopped. Then it writes a
 * line for each: how often the log has said so, and what ended the process.
 */
public final class WatchesStopped {

    private static final GracefulShutdown SHUTDOWN = GracefulShutdown.of(Duration.ofSeconds(30));

    private WatchesStopped() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        List<ManagedProcess> processes = new ArrayList<>();
        for (String script : arguments) {
            ManagedProcess process = ManagedProcess.builder("sh", "-c", script).start();
            processes.add(process);
            CapturedLog.await(process.pid(), WatchesStopped::isStopped);
        }
        for (ManagedProcess process : processes) {
            TerminationReport report = process.terminate(SHUTDOWN);
            long lines = CapturedLog.about(process.pid()).stream()
                    .filter(WatchesStopped::isStopped)
                    .count();
            System.out.println(lines + " " + report.endedBy().orElse("nobody"));
        }
    }

    private static boolean isStopped(CapturedLog.Line line) {
        return line.text().contains(") is stopped. ") && line.text().contains("KillMode.LEADER");
    }
}
