package io.github.lastcall.benchmarks;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import java.time.Duration;

/**
 * The first start and stop of a fresh JVM. Prints the nanoseconds. Nothing here warms up what a contender uses: no
 * lambda, no string concatenation, and each contender in a class of its own, so that the verifier does not load the
 * other.
 */
final class FirstUse {

    private FirstUse() {}

    /** Arguments: jdk or lastcall, child program, page. */
    public static void main(String[] args) throws Exception {
        ProcessBuilder command = new ProcessBuilder(args[1], args[2], "wait");
        long begun = System.nanoTime();
        if (args[0].equals("jdk")) {
            Jdk.run(command);
        } else {
            Lastcall.run(command);
        }
        System.out.println(System.nanoTime() - begun);
    }

    private static final class Jdk {
        static void run(ProcessBuilder command) throws Exception {
            Process process = command.start();
            process.destroy();
            process.waitFor();
        }
    }

    private static final class Lastcall {
        static void run(ProcessBuilder command) throws Exception {
            GracefulShutdown shutdown = GracefulShutdown.builder()
                    .unixSigterm(Duration.ofSeconds(10))
                    .windowsCtrlBreak(Duration.ofSeconds(10))
                    .build();
            ManagedProcess.builder(command).start().terminate(shutdown);
        }
    }
}
