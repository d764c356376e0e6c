package io.github.lastcall.testing.programs;

import io.github.lastcall.ManagedProcess;
import java.io.File;

/** Starts a process twice and prints the result of each on a line; then how many files the library has left. */
public final class Loads {

    private Loads() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        System.out.println(start());
        System.out.println(start());
        String folder = System.getProperty("io.github.lastcall.tmpdir", System.getProperty("java.io.tmpdir"));
        File[] left = new File(folder).listFiles((parent, name) -> name.startsWith("lastcall"));
        System.out.println("left " + (left == null ? 0 : left.length));
    }

    private static String start() throws Exception {
        try {
            return "exited with " + ManagedProcess.builder("true").start().waitFor();
        } catch (LinkageError e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        }
    }
}
