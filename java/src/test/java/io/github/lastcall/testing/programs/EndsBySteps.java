package io.github.lastcall.testing.programs;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.testing.Programs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Starts children that end with their input and with nothing else but SIGKILL, writes the line "pids" with the pid of
 * each, and exits or releases the library while they run. Their policy runs a command, which makes a file with the
 * LASTCALL_PID of its environment in the name; makes a call, which does the same with the pid of its process; and
 * closes the input.
 *
 * <p>Arguments: exit, release, stay, disarmed (exit while a thread stops a process that may outlive the JVM) or guarded
 * (stay while a thread stops a process that a guardian knows); the folder for the files; how many.
 */
public final class EndsBySteps {

    private EndsBySteps() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[1]);
        GracefulShutdown policy = GracefulShutdown.builder()
                .run(List.of("sh", "-c", "touch " + folder + "/ran-$LASTCALL_PID"), Duration.ofSeconds(1))
                .call("note", process -> Files.createFile(folder.resolve("called-" + process.pid())),
                        Duration.ofMillis(500))
                .closeInput(Duration.ofMinutes(10))
                .build();
        StringBuilder pids = new StringBuilder("pids");
        ManagedProcess[] kept = new ManagedProcess[Integer.parseInt(arguments[2])];
        for (int i = 0; i < kept.length; i++) {
            ManagedProcess.Builder builder =
                    ManagedProcess.builder(Programs.child("ignore", "SIGTERM", "ready", "read-all", "exit", "3"))
                            .terminateOnClose(policy);
            if (arguments[0].equals("guarded")) {
                builder.stopWithJvm(GracefulShutdown.of(Duration.ofMillis(100)));
            }
            kept[i] = builder.start();
            Programs.awaitReady(kept[i]);
            pids.append(' ').append(kept[i].pid());
        }
        System.out.println(pids);
        switch (arguments[0]) {
            case "exit" -> System.exit(0);
            case "release" -> ManagedProcess.release();
            case "disarmed" -> {
                kept[0].mustNotBeTerminated();
                stopByACommandThatHangs(kept[0]);
                System.exit(0);
            }
            case "guarded" -> {
                stopByACommandThatHangs(kept[0]);
                Thread.sleep(Long.MAX_VALUE);
            }
            case "stay" -> Thread.sleep(Long.MAX_VALUE);
            default -> throw new AssertionError(arguments[0]);
        }
    }

    /** The end of this JVM does not wait for this stop, and must not leave the command. */
    private static void stopByACommandThatHangs(ManagedProcess process) throws Exception {
        GracefulShutdown hangs = GracefulShutdown.builder().run(
                List.of("sh", "-c", "exec sleep 600"), Duration.ofMinutes(10)).build();
        Thread.ofPlatform().daemon().start(() -> {
            try {
                process.terminate(hangs);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });
        Programs.await("the command runs", () -> command().isPresent());
        System.out.println("command " + command().get());
    }

    private static Optional<Long> command() {
        return ProcessHandle.current().children()
                .filter(child -> child.info().command().orElse("").endsWith("sleep"))
                .map(ProcessHandle::pid)
                .findFirst();
    }
}
