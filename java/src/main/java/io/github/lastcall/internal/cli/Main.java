package io.github.lastcall.internal.cli;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.OsException;
import io.github.lastcall.SpawnException;
import io.github.lastcall.SpawnStage;
import io.github.lastcall.TerminationException;
import io.github.lastcall.WaitOutcome;
import io.github.lastcall.internal.Durations;
import io.github.lastcall.internal.os.JobControl;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.StringTokenizer;

/**
 * The command line, modelled on timeout(1) of GNU coreutils: the same options, exit codes and messages. In addition it
 * passes every signal on, handles the terminal, and ends a stop when no process of the group runs.
 */
public final class Main {

    static final int TIMED_OUT = 124;
    static final int FAILED = 125;
    private static final int CANNOT_RUN = 126;
    private static final int NOT_FOUND = 127;

    private static final String GUARDIAN = "io.github.lastcall.guardian";

    private Main() {}

    /** Runs and exits. */
    public static void main(String[] arguments) {
        logNothing();
        List<String> bytes = bytes(arguments);
        takeEnvironment();
        int code = run(bytes);
        System.exit(System.err.checkError() ? FAILED : code);
    }

    /** Names a provider, so that SLF4J does not search the jars and warn that there is none. */
    private static void logNothing() {
        setIfAbsent("slf4j.internal.verbosity", "ERROR");
        setIfAbsent("slf4j.provider", "org.slf4j.helpers.NOP_FallbackServiceProvider");
    }

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /**
     * Gives the command the environment that the launcher was started with; that of this JVM may differ, because a
     * shell has exported it. Without the launcher the command gets that of this JVM, read as bytes, because {@link
     * #bytes} has replaced the encoding.
     */
    private static void takeEnvironment() {
        String handedOn = System.getenv("LASTCALL_ENVIRONMENT");
        try {
            JobControl.replaceEnvironment(
                    handedOn != null
                            ? Base64.getDecoder().decode(handedOn)
                            : Files.readAllBytes(Path.of("/proc/self/environ")));
        } catch (IOException notLinux) {
            // bytes() has not replaced the encoding here.
        }
    }

    /**
     * The arguments with a character for each byte, as they are passed to the command and to standard error. In the
     * locale C the JVM would replace what is not ASCII by question marks. To be called before any class of this library
     * reads the encoding.
     */
    private static List<String> bytes(String[] arguments) {
        try {
            String line = new String(Files.readAllBytes(Path.of("/proc/self/cmdline")), StandardCharsets.ISO_8859_1);
            List<String> all = List.of(line.split("\0", -1));
            int end = all.size() - 1;
            guardianAsBytes();
            System.setProperty("sun.jnu.encoding", StandardCharsets.ISO_8859_1.name());
            System.setErr(new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.ISO_8859_1));
            return all.subList(end - arguments.length, end);
        } catch (IOException notLinux) {
            return List.of(arguments);
        }
    }

    /** The path of the report is encoded in the same way. */
    private static void guardianAsBytes() {
        String path = System.getProperty(GUARDIAN);
        if (path != null) {
            byte[] bytes = path.getBytes(Charset.forName(System.getProperty("sun.jnu.encoding")));
            System.setProperty(GUARDIAN, new String(bytes, StandardCharsets.ISO_8859_1));
        }
    }

    private static int run(List<String> arguments) {
        try {
            return run(OptionParser.parse(arguments));
        } catch (TextRequest text) {
            return write(text.getMessage());
        } catch (UsageException e) {
            if (!e.getMessage().isEmpty()) {
                System.err.println("lastcall: " + e.getMessage());
            }
            System.err.println("Try 'lastcall --help' for more information.");
            return FAILED;
        } catch (IOException | InterruptedException | UnsatisfiedLinkError e) {
            System.err.println("lastcall: " + e.getMessage());
            return FAILED;
        } catch (RuntimeException | Error e) {
            // For example out of memory or descriptors. Java would exit with 1, which could be the status of the
            // command.
            System.err.println("lastcall: " + e);
            return FAILED;
        }
    }

    /** Writes without a PrintStream, which would not report the error. */
    private static int write(String text) {
        try (FileOutputStream out = new FileOutputStream(FileDescriptor.out)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            return 0;
        } catch (IOException e) {
            System.err.println("lastcall: write error: " + e.getMessage());
            return FAILED;
        }
    }

    private static int run(Options options) throws IOException, InterruptedException {
        try {
            JobControl.keep(descriptors());
            takeDirectory();
            Optional<JobControl> jobs = JobControl.open();
            return jobs.isPresent() ? supervise(options, jobs.get()) : waitOrStop(options);
        } catch (SpawnException e) {
            return cannotStart(options, e);
        } catch (TerminationException e) {
            Timeline.print(System.err, e);
            return FAILED;
        }
    }

    /** What the launcher has found open before it started this JVM. */
    private static List<Integer> descriptors() {
        List<Integer> descriptors = new ArrayList<>();
        StringTokenizer numbers = new StringTokenizer(System.getProperty("lastcall.descriptors", ""));
        while (numbers.hasMoreTokens()) {
            descriptors.add(Integer.valueOf(numbers.nextToken()));
        }
        return descriptors;
    }

    /** The launcher's own directory may be gone: this JVM could not start in it, but programs can. */
    private static void takeDirectory() {
        String directory = System.getProperty("lastcall.directory");
        if (directory != null) {
            JobControl.replaceDirectory(Path.of(directory));
        }
    }

    private static int cannotStart(Options options, SpawnException failure) {
        Optional<OsException> error = failure.osError();
        if (failure.stage() != SpawnStage.EXEC || error.isEmpty()) {
            Timeline.println(System.err, "lastcall: " + failure.getMessage());
            return FAILED;
        }
        System.err.println("lastcall: failed to run command " + options.program() + ": " + error.get().text());
        return error.get().symbol().equals("ENOENT") ? NOT_FOUND : CANNOT_RUN;
    }

    private static int supervise(Options options, JobControl jobs) throws IOException, InterruptedException {
        Supervisor.Ending ending = Supervisor.run(options, System.err, jobs);
        if (ending.signal() != 0) {
            jobs.raise(ending.signal());
        }
        return ending.code();
    }

    /** Runs the command where signals cannot be caught: the exit of the JVM stops it. */
    private static int waitOrStop(Options options) throws IOException, InterruptedException {
        try (ManagedProcess process = Supervisor.start(options, options.name())) {
            Duration limit = options.limit().isZero() ? Durations.FOR_EVER : options.limit();
            return switch (process.waitForExitOrTerminate(limit, Supervisor.policy(options))) {
                case WaitOutcome.Completed completed -> {
                    process.mustNotBeTerminated();
                    yield code(completed.status());
                }
                case WaitOutcome.TerminatedAfterTimeout stopped ->
                    options.preserveStatus() ? code(stopped.report().exitStatus()) : TIMED_OUT;
            };
        }
    }

    private static int code(ExitStatus status) {
        return status instanceof ExitStatus.Unknown ? FAILED : status.toExitValue();
    }
}
