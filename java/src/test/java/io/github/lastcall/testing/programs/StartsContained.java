package io.github.lastcall.testing.programs;

import io.github.lastcall.Containment;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.SpawnException;
import io.github.lastcall.testing.Programs;

/**
 * Starts the helper program, whose path is the second argument, contained as the first one says, and writes what it
 * got, or why not. With a third argument this JVM halts while the process runs.
 */
public final class StartsContained {

    private StartsContained() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        Containment wanted = Containment.valueOf(arguments[0]);
        System.out.println("reason " + Containment.available().reason(wanted).orElse("none"));
        try (ManagedProcess process =
                ManagedProcess.builder(arguments[1], "ready", "pause").containment(wanted).start()) {
            Programs.awaitReady(process);
            System.out.println("started " + process.containment() + " " + process.pid());
            if (arguments.length > 2) {
                Runtime.getRuntime().halt(0);
            }
            process.kill();
        } catch (SpawnException refused) {
            System.out.println(refused.stage() + ": " + refused.getMessage());
        }
    }
}
