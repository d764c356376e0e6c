package io.github.lastcall.testing.programs;

import io.github.lastcall.ManagedProcess;

/** Runs the command in its arguments with its own standard streams. */
public final class Builds {

    private Builds() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        System.exit(ManagedProcess.builder(arguments).inheritIO().start().waitFor());
    }
}
