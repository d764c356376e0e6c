package io.github.lastcall.testing.programs;

import java.io.IOException;

/** Writes "early" and exits; leaves a shell behind that has its output. The argument is the script of the shell. */
public final class SaysEarly {

    private SaysEarly() {}

    /** Runs. */
    public static void main(String[] arguments) throws IOException {
        System.out.println("early");
        new ProcessBuilder("sh", "-c", arguments[0]).inheritIO().start();
    }
}
