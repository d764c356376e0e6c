package io.github.lastcall.testing.programs;

import io.github.lastcall.ManagedProcess;
import java.nio.charset.StandardCharsets;

/**
 * Starts one child and ends, soon after that.
 *
 * <p>Arguments: jdk, async (ours, and exits when the future completes) or read (ours, reads its output to the end and
 * returns from main).
 */
public final class ExitsAfterOne {

    private ExitsAfterOne() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        String[] command = {"sh", "-c", "echo hello"};
        if (arguments[0].equals("read")) {
            byte[] all = ManagedProcess.builder(command).start().getInputStream().readAllBytes();
            System.out.print(new String(all, StandardCharsets.UTF_8));
            return;
        }
        Process process = arguments[0].equals("jdk")
                ? new ProcessBuilder(command).start()
                : ManagedProcess.builder(command).start();
        process.onExit().join();
        System.out.println("exiting");
        System.exit(0);
    }
}
