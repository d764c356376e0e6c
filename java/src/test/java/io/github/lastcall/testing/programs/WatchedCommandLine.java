package io.github.lastcall.testing.programs;

import io.github.lastcall.internal.cli.Main;
import java.util.Arrays;

/** The command line, which writes the line "waiting" once it waits for its command. */
public final class WatchedCommandLine {

    private WatchedCommandLine() {}

    /** Runs. */
    public static void main(String[] arguments) {
        Thread main = Thread.currentThread();
        Thread.ofPlatform().daemon().start(() -> watch(main));
        Main.main(arguments);
    }

    private static void watch(Thread main) {
        while (Arrays.stream(main.getStackTrace()).noneMatch(frame -> frame.getMethodName().equals("waitForExit"))) {
            Thread.onSpinWait();
        }
        System.out.println("waiting");
    }
}
