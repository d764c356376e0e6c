package io.github.lastcall.internal.cli;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.SpawnException;
import io.github.lastcall.SpawnStage;
import io.github.lastcall.TerminationException;
import io.github.lastcall.TerminationReport;
import io.github.lastcall.WaitOutcome;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/**
 * The command line: runs a command, stops it at a timeout or on Ctrl-C, and tells on standard error how that went.
 * Without a command it demonstrates that on a tree that will not go.
 *
 * <p>Exit codes are those of timeout(1) of GNU coreutils: 124 timed out, 125 this program failed, 126 the command
 * cannot be run, 127 there is no such command, 137 it had to be killed, else the command's own (128 + n for signal n).
 * Unlike timeout(1) it always kills in the end.
 */
public final class Main {

    private static final int TIMED_OUT = 124;
    private static final int FAILED = 125;
    private static final int CANNOT_RUN = 126;
    private static final int NOT_FOUND = 127;
    private static final int KILLED = 137;

    private Main() {}

    /** Runs and exits. */
    public static void main(String[] arguments) {
        System.exit(run(arguments));
    }

    private static int run(String[] arguments) {
        try {
            Options options = Options.parse(List.of(arguments));
            return options.command().isEmpty() ? demonstrate(options) : run(options);
        } catch (UsageException e) {
            System.err.println("lastcall: " + e.getMessage());
            System.err.println(Options.USAGE);
            return FAILED;
        } catch (SpawnException e) {
            System.err.println("lastcall: " + e.getMessage());
            return cannotStart(e);
        } catch (TerminationException e) {
            Timeline.print(System.err, e);
            return FAILED;
        } catch (IOException | InterruptedException | UnsatisfiedLinkError e) {
            System.err.println("lastcall: " + e.getMessage());
            return FAILED;
        }
    }

    private static int cannotStart(SpawnException e) {
        if (e.stage() != SpawnStage.EXEC) {
            return FAILED;
        }
        return e.osError().filter(error -> error.symbol().equals("ENOENT")).isPresent() ? NOT_FOUND : CANNOT_RUN;
    }

    private static int run(Options options) throws IOException, InterruptedException {
        Started started = start(options, new ProcessBuilder(options.command()).inheritIO());
        WaitOutcome outcome = started.process().waitForExitOrTerminate(options.timeout(), options.shutdown());
        return switch (outcome) {
            case WaitOutcome.Completed completed -> {
                started.isToldByHook();
                yield code(completed.status());
            }
            case WaitOutcome.TerminatedAfterTimeout stopped -> {
                if (!started.isToldByHook()) {
                    Timeline.print(System.err, stopped.report());
                }
                yield stopped.report().forced() ? KILLED : TIMED_OUT;
            }
        };
    }

    private static int code(ExitStatus status) {
        return status instanceof ExitStatus.Unknown ? FAILED : status.toExitValue();
    }

    /** A process, and the hook that stops it and tells of it if this JVM is ended first. */
    private record Started(ManagedProcess process, Thread hook) {

        /** To be asked once it has ended. A hook that cannot be removed any more runs, and tells. */
        boolean isToldByHook() {
            try {
                Runtime.getRuntime().removeShutdownHook(hook);
                return false;
            } catch (IllegalStateException exiting) {
                return true;
            }
        }
    }

    /**
     * Ctrl-C ends this JVM, not the command, which is in another process group; a hook of this program passes it on,
     * and tells. It is there before the command, which may be ready for a Ctrl-C before its start has returned here.
     */
    private static Started start(Options options, ProcessBuilder command) throws SpawnException {
        ManagedProcess.Builder builder = ManagedProcess.builder(command)
                .killMode(options.mode())
                .terminateOnClose(options.shutdown());
        options.name().ifPresent(builder::name);
        CompletableFuture<ManagedProcess> started = new CompletableFuture<>();
        Thread hook = new Thread(() -> stopAtExit(options, started), "lastcall-cli");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            ManagedProcess process = builder.start();
            // From here on the hook above stops it, and tells. The library's own may have begun before; they share it.
            process.mustNotBeTerminated();
            started.complete(process);
            return new Started(process, hook);
        } finally {
            started.cancel(false);
        }
    }

    private static void stopAtExit(Options options, CompletableFuture<ManagedProcess> started) {
        try {
            Timeline.print(System.err, started.join().terminate(options.shutdown()));
        } catch (CancellationException notStarted) {
            // The thread that failed to start it has told.
        } catch (TerminationException e) {
            Timeline.print(System.err, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static int demonstrate(Options options) throws IOException, InterruptedException {
        System.err.println(
                "lastcall: no command given; this is what becomes of a tree that ignores SIGINT and SIGTERM");
        ProcessBuilder tree = new ProcessBuilder("sh", "-c", "trap '' INT TERM; sleep 1000 & sleep 1000 & echo; wait");
        Started started = start(options, tree);
        ManagedProcess process = started.process();
        // The line comes once the signals are ignored and the tree is complete.
        process.getInputStream().read();
        String members = process.descendants()
                .map(member -> member.info().command().orElse("?") + " (pid " + member.pid() + ")")
                .collect(Collectors.joining(", "));
        System.err.println("lastcall: " + process.name() + " (pid " + process.pid() + ") has started " + members);
        TerminationReport report = process.terminate(options.shutdown());
        if (!started.isToldByHook()) {
            Timeline.print(System.err, report);
        }
        return 0;
    }

    /** The timeout that never comes. */
    static final Duration NEVER = Duration.ofSeconds(Long.MAX_VALUE);
}
