package io.github.lastcall.testing.programs;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.testing.Programs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Starts children that end with their input and with nothing else but SIGKILL, writes the line "pids" with the pid of
 * each, and exits or releases the library while they run. Their policy runs a command, which makes a file with the
 * LASTCALL_PID of its environment in the name; makes a call, which does the same with the pid of its process; and closes
 * the input.
 *
 * <p>Arguments: exit, release, stay, or disarmed (exit while a thread stops a process that may outlive the JVM); the
 * folder for the files; how many.
 */
public final class EndsBySteps {

    private EndsBySteps() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[1]);
        GracefulShutdown policy = GracefulShutdown.builder()
                .run(List.of("sh", "-c", "touch " + folder + "/ran-$LASTCALL_PID"), Duration.ofMillis(500))
                .call("note", process -> Files.createFile(folder.resolve("called-" + process.pid())),
                        Duration.ofMillis(500))
                .closeInput(Duration.ofMinutes(10))
                .build();
        StringBuilder pids = new StringBuilder("pids");
        ManagedProcess[] kept = new ManagedProcess[Integer.parseInt(arguments[2])];
        for (int i = 0; i < kept.length; i++) {
            kept[i] = ManagedProcess.builder(Programs.child("ignore", "SIGTERM", "ready", "read-all", "exit", "3"))
                    .terminateOnClose(policy)
                    .start();
            Programs.awaitReady(kept[i]);
            pids.append(' ').append(kept[i].pid());
        }
        System.out.println(pids);
        switch (arguments[0]) {
            case "exit" -> System.exit(0);
            case "release" -> ManagedProcess.release();
            case "disarmed" -> stopBesideTheExit(kept[0]);
            case "stay" -> Thread.sleep(Long.MAX_VALUE);
            default -> throw new AssertionError(arguments[0]);
        }
    }

    /** By a command that hangs: the exit does not wait for this stop, and must not leave the command. */
    private static void stopBesideTheExit(ManagedProcess process) throws Exception {
        process.mustNotBeTerminated();
        GracefulShutdown hangs = GracefulShutdown.builder().run(
                List.of("sh", "-c", "exec sleep 600"), Duration.ofMinutes(10)).build();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                process.terminate(hangs);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        Programs.await("the command runs", () -> ProcessHandle.current().children().count() == 2);
        System.out.println("command " + ProcessHandle.current().children()
                .filter(child -> child.pid() != process.pid())
                .mapToLong(ProcessHandle::pid)
                .sum());
        System.exit(0);
    }
}
