package io.github.lastcall.testing.programs;

import io.github.lastcall.Containment;
import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.testing.ProcessTable;
import io.github.lastcall.testing.Programs;
import java.time.Duration;

/**
 * Runs as pid 1. Stops members that have left the group, contained as the argument says. A child of other code that has
 * exited must stay for that code. Writes the exit code of that child, and when there is no zombie.
 */
public final class StopsAsInit {

    private static final int COUNT = 5;

    private StopsAsInit() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        ManagedProcess process = ManagedProcess.builder(Programs.child(
                        "forks", Integer.toString(COUNT), "setsid", "print-ids", "pause", "end", "pause"))
                .containment(Containment.valueOf(arguments[0]))
                .start();
        for (int i = 0; i < COUNT; i++) {
            Programs.readLine(process.getInputStream());
        }
        Process other = Programs.child("exit", "7").start();
        process.terminate(GracefulShutdown.of(Duration.ofSeconds(20)));
        System.out.println("other " + other.waitFor());
        // The thread that ended the stop may still be closing what it held.
        Programs.await(
                "there is no zombie", () -> ProcessTable.look().stream().noneMatch(seen -> seen.state() == 'Z'));
        System.out.println("no zombies");
    }
}
