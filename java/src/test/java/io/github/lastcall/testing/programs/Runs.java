package io.github.lastcall.testing.programs;

import io.github.lastcall.ManagedProcess;

/**
 * Runs the command in its arguments with its own standard streams and exits as that did. With the property {@code
 * test.jdk} the JDK starts it, for comparison; {@code test.added} is put into its environment under the name ADDED.
 */
public final class Runs {

    private Runs() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        ProcessBuilder command = new ProcessBuilder(arguments).inheritIO();
        if (System.getProperty("test.added") != null) {
            command.environment().put("ADDED", System.getProperty("test.added"));
        }
        Process process = Boolean.getBoolean("test.jdk")
                ? command.start()
                : ManagedProcess.builder(command).start();
        System.exit(process.waitFor());
    }
}
