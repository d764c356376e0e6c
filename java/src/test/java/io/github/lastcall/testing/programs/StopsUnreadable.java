package io.github.lastcall.testing.programs;

import io.github.lastcall.Containment;
import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.TerminationReport;
import io.github.lastcall.testing.Programs;
import java.time.Duration;

/**
 * Starts the helper program, whose path is the argument, with a mark. A daemon of it leaves the group and makes its
 * environment unreadable. Writes the pid of the daemon, and a line for each process that the report of the stop names.
 */
public final class StopsUnreadable {

    private StopsUnreadable() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        try (ManagedProcess process = ManagedProcess.builder(arguments[0], "fork", "fork", "setsid", "undumpable",
                        "print-ids", "pause", "end", "end", "pause")
                .containment(Containment.MARKED)
                .start()) {
            System.out.println(Programs.readLine(process.getInputStream()).split(" ")[0]);
            TerminationReport report = process.terminate(GracefulShutdown.of(Duration.ofSeconds(10)));
            report.escaped().forEach(one -> System.out.println("named " + one.pid() + " " + one.state()));
        }
    }
}
