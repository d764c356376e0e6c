package io.github.lastcall.testing.programs;

import io.github.lastcall.ManagedProcess;
import io.github.lastcall.testing.Programs;
import java.nio.file.Files;
import java.nio.file.Path;

/** Waits for the exit of a leader, kills the member that it has left behind, and waits until that is no zombie. */
public final class OutlivedByMember {

    private OutlivedByMember() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        ManagedProcess process = ManagedProcess.builder(
                        Programs.child("fork", "print-ids", "pause", "end", "read-line", "exit", "0"))
                .start();
        long member = Long.parseLong(Programs.readLine(process.getInputStream()).split(" ")[0]);
        process.outputWriter().append('\n').flush();
        process.waitForExit(); // has looked for members when it returns
        ProcessHandle.of(member).get().destroyForcibly();
        Programs.await("the member is reaped", () -> !Files.exists(Path.of("/proc/" + member)));
        process.close();
    }
}
