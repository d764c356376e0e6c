package io.github.lastcall.benchmarks;

import io.github.lastcall.ManagedProcess;

/**
 * Takes the future of an exit, waits for it, prints CLOCK_MONOTONIC in nanoseconds and ends the JVM. The program that
 * has started this JVM measures how long that takes. The child runs long enough that the library's threads wait.
 */
final class JvmExit {

    private JvmExit() {}

    private static final String LIFE_MICROS = "100000";

    /** Arguments: jdk or lastcall, with "-return" to return from here instead of System.exit; program, page. */
    public static void main(String[] args) throws Exception {
        ProcessBuilder command = new ProcessBuilder(args[1], args[2], "stamp", LIFE_MICROS);
        if (args[0].startsWith("jdk")) {
            Jdk.run(command);
        } else {
            Lastcall.run(command);
        }
        System.out.println(System.nanoTime());
        if (!args[0].endsWith("-return")) {
            System.exit(0);
        }
    }

    private static final class Jdk {
        static void run(ProcessBuilder command) throws Exception {
            command.start().onExit().join();
        }
    }

    private static final class Lastcall {
        static void run(ProcessBuilder command) throws Exception {
            ManagedProcess.builder(command).start().onExit().join();
        }
    }
}
