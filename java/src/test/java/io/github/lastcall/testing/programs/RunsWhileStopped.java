package io.github.lastcall.testing.programs;

import io.github.lastcall.CompletedProcess;
import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import java.time.Duration;

/**
 * Runs a command that leaves a process with its output behind, outside of its group. When the command has ended, that
 * process stops this JVM (SIGSTOP), writes a line, and continues it when the time for the rest of the output is over.
 * Writes the pid of that process, and what was captured.
 */
public final class RunsWhileStopped {

    private static final String OUTSIDE = "while kill -0 $1 2>&-; do sleep 0.02; done; kill -STOP $2; echo late;"
            + " sleep 1.5; kill -CONT $2; exec sleep 60";

    private RunsWhileStopped() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        CompletedProcess done = ManagedProcess.run(
                ManagedProcess.builder("sh", "-c", "setsid sh -c '" + OUTSIDE + "' sh $$ $PPID & echo $!"),
                Duration.ofMinutes(1), GracefulShutdown.of(Duration.ofSeconds(5)));
        System.out.print(done.stdout().text());
        System.out.println(done.stdout().truncated());
    }
}
