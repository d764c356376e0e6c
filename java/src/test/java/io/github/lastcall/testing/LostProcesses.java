package io.github.lastcall.testing;

import static io.github.lastcall.testing.Programs.await;
import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static io.github.lastcall.testing.Programs.isRunning;

import io.github.lastcall.ManagedProcess;
import java.io.IOException;
import org.slf4j.event.Level;

/** Processes whose handles are lost. The collector takes a handle when it is asked to, and not always at once. */
public final class LostProcesses {

    private LostProcesses() {}

    /** Waits until a process is killed whose handle nothing refers to. */
    public static void collectUntilGone(long pid) {
        await("the lost process " + pid + " is killed", () -> {
            System.gc();
            return !isRunning(pid);
        });
    }

    /** Loses other processes until they are killed: then the guard has seen what was lost before as well. */
    public static void letTheGuardRun() throws IOException, InterruptedException {
        for (int i = 0; i < 3; i++) {
            System.gc();
            long pid = startAndLose();
            collectUntilGone(pid);
            CapturedLog.await(pid, line -> line.level() == Level.ERROR);
        }
    }

    private static long startAndLose() throws IOException {
        ManagedProcess process = ManagedProcess.builder(child("ready", "pause")).start();
        awaitReady(process);
        return process.pid();
    }
}
