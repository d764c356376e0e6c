package io.github.lastcall.testing.programs;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.testing.Programs;
import java.time.Duration;

/** Begins a termination that takes ten minutes, writes the pid as a line, and ends. */
public final class StopsInVain {

    private StopsInVain() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        ManagedProcess child =
                ManagedProcess.builder(Programs.child("handle", "SIGTERM", "say:asked", "ready", "pause")).start();
        Programs.awaitReady(child);
        child.terminateAsync(GracefulShutdown.of(Duration.ofMinutes(10)));
        String asked = Programs.readLine(child.getInputStream());
        if (!asked.equals("asked")) {
            throw new AssertionError("instead of \"asked\" it wrote \"" + asked + "\"");
        }
        System.out.println(child.pid());
    }
}
