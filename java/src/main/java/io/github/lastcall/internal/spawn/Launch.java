package io.github.lastcall.internal.spawn;

import io.github.lastcall.Containment;
import io.github.lastcall.KillMode;
import io.github.lastcall.OsException;
import io.github.lastcall.SpawnException;
import io.github.lastcall.SpawnStage;
import io.github.lastcall.internal.Quoted;
import io.github.lastcall.internal.guard.Guard;
import io.github.lastcall.internal.guard.Guardian;
import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.NativeOs;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.os.OsPort.OpenMode;
import io.github.lastcall.internal.os.SpawnFailure;
import io.github.lastcall.internal.os.SpawnRequest;
import io.github.lastcall.internal.process.Child;
import io.github.lastcall.internal.process.Contained;
import io.github.lastcall.internal.process.Commands;
import io.github.lastcall.internal.process.Pipes;
import io.github.lastcall.internal.process.Policy;
import io.github.lastcall.internal.stdio.Collector;
import io.github.lastcall.internal.stdio.PipeInput;
import io.github.lastcall.internal.stdio.PipeOutput;
import io.github.lastcall.internal.stop.Plan;
import io.github.lastcall.internal.wait.Threads;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/**
 * One start: turns the current state of a ProcessBuilder into a running process and our ends of its pipes. A start that
 * fails leaves nothing. All objects are created before the child, so that a lack of memory cannot lose a child. Used by
 * one thread.
 *
 * <p>The code of a start and a stop, here and in what they call, avoids lambdas and streams: each is linked at its
 * first use, which takes a new JVM up to a millisecond.
 */
public final class Launch {

    /** ERROR_BAD_ARGUMENTS. */
    private static final int BAD_ARGUMENTS = 160;

    private static final String TEXT_FILE_BUSY = "ETXTBSY";

    /** The call that fails if the guardian has ended or its socket is full. Another guardian may accept the child. */
    private static final String TO_GUARDIAN = "sendmsg";

    /**
     * How often to try again if a fork of another thread still holds the program open for writing (ETXTBSY). Like Go,
     * with pauses of 1, 2, 4 ms and so on, 127 ms in all.
     */
    private static final int MOST_BUSY_TRIES = 7;

    private static final long BUSY_NAP = 1_000_000;

    private final OsPort os;
    private final Guard guard;
    private final String name;
    private final ProcessBuilder builder;
    private final Optional<Map<String, String>> environment;
    private final List<String> command;
    private final Child child;
    private Contained contained = Contained.GROUP;
    private final Pipes pipes;
    private final Streams streams;

    /** Descriptors for the child, which are closed here when the child has its own. */
    private final List<Long> theirs = new ArrayList<>(0);

    /**
     * Takes the command from the builder.
     *
     * @param guard the guard; empty: the guard of this JVM
     * @param os the port to the OS; empty: the real one
     * @param name the name of the process; empty: the file name of the program
     * @param environment the environment of the builder; empty: that of this JVM
     * @param streams how the pipes are used
     * @throws NullPointerException an element of the command is null
     * @throws IndexOutOfBoundsException it is empty
     * @throws SpawnException no thread or descriptor for what all processes share
     * @throws IllegalStateException the JVM is exiting
     */
    public Launch(
            Optional<Guard> guard,
            Optional<OsPort> os,
            Optional<String> name,
            ProcessBuilder builder,
            Optional<Map<String, String>> environment,
            Policy policy,
            Streams streams,
            Throwable startedAt) throws SpawnException {
        this.builder = builder;
        this.streams = streams;
        this.environment = environment;
        this.command = List.copyOf(builder.command());
        String program = command.get(0);
        this.name = name.isPresent() ? Quoted.visible(name.get()) : nameOf(program);
        this.guard = guard.isPresent() ? guard.get() : currentGuard();
        this.os = os.isPresent() ? os.get() : NativeOs.instance();
        Threads threads = this.guard.services().threads();
        this.pipes = new Pipes(
                isPipe(builder.redirectInput()) && streams.from().isEmpty()
                        ? Optional.of(new PipeOutput(this.os, threads, streams.input()))
                        : Optional.empty(),
                reader(threads, builder.redirectOutput(), streams.to().isPresent(), streams.output()),
                reader(threads, builder.redirectError(), builder.redirectErrorStream(), streams.error()));
        Commands commands = new StepCommands(this.guard, this.os, policy);
        this.child = new Child(this.guard.services(), this.os, this.name, pipes, policy, commands, startedAt);
    }

    private Guard currentGuard() throws SpawnException {
        try {
            return Guard.current();
        } catch (OsException e) {
            throw failed(
                    SpawnStage.RESOURCES,
                    "the threads and handles of the library cannot be created: " + e.getMessage(),
                    Optional.of(e));
        }
    }

    private static String nameOf(String program) {
        String file = program.substring(Math.max(program.lastIndexOf('/'), program.lastIndexOf(File.separator)) + 1);
        return file.isBlank() ? Quoted.of(program) : Quoted.visible(file);
    }

    private static boolean isPipe(Redirect redirect) {
        return redirect.type() == Redirect.Type.PIPE;
    }

    private Optional<PipeInput> reader(
            Threads threads, Redirect redirect, boolean elsewhere, Optional<Collector.Wanted> wanted) {
        if (elsewhere || !isPipe(redirect)) {
            return Optional.empty();
        }
        Optional<Collector> collector = wanted.isPresent()
                ? Optional.of(new Collector(wanted.get(), new LoggedFailures(), threads.undelivered()))
                : Optional.empty();
        return Optional.of(new PipeInput(os, threads, collector));
    }

    /** Logs the failures of users' code that gets the output: it has no caller. */
    private final class LoggedFailures implements Collector.Failures {
        @Override
        public void ofListener(Throwable failure) {
            Log.warn(
                    child,
                    () -> "a listener of its output has thrown an exception; it still gets the next lines",
                    failure);
        }

        @Override
        public void ofSink(Throwable failure) {
            Log.warn(child, () -> "the sink of its output has thrown an exception; it gets nothing more", failure);
        }
    }

    /**
     * How the streams of a process are used.
     *
     * @param input the whole input; empty: users' code writes it
     * @param output how its standard output is collected; empty: users' code reads it
     * @param error the same for its standard error
     * @param from the handle of its standard input, if it is not the first of a pipeline
     * @param to the handle of its standard output, if it is not the last of a pipeline
     */
    public record Streams(
            Optional<byte[]> input,
            Optional<Collector.Wanted> output,
            Optional<Collector.Wanted> error,
            Optional<Long> from,
            Optional<Long> to) {

        /** Only the redirects apply. */
        public static final Streams USUAL =
                new Streams(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

        /** Returns a copy for a process of a pipeline. The handles are not closed here. */
        public Streams between(Optional<Long> before, Optional<Long> after) {
            return new Streams(input, output, error, before, after);
        }
    }

    /** The program, without its arguments. */
    public String program() {
        return command.get(0);
    }

    /** The child to start. */
    public Child child() {
        return child;
    }

    /**
     * Starts the process under the guard. Blocks.
     *
     * @param handle the user's handle; when it is unreachable the child counts as lost
     */
    public void start(Object handle) throws SpawnException {
        child.ownedBy(handle);
        guard.beginStart(child, handle);
        try {
            requireNoNul();
            contain();
            spawnGuarded(request());
        } catch (OsException e) {
            throw failed(
                    SpawnStage.RESOURCES, "the environment cannot be read: " + e.getMessage(), Optional.of(e));
        } finally {
            guard.endStart(child);
            if (!child.isStarted()) {
                contained.discard(os);
            }
            for (long handleOfChild : theirs) {
                os.close(handleOfChild);
            }
        }
        logStart();
    }

    private SpawnRequest request() throws SpawnException, OsException {
        return new SpawnRequest(
                Shared.path().candidates(command.get(0)),
                Family.bytes(command),
                Shared.environment().block(markedEnvironment()),
                directory(),
                streams.from().isPresent() ? streams.from().get() : input(builder.redirectInput()),
                streams.to().isPresent() ? streams.to().get() : output(builder.redirectOutput()),
                builder.redirectErrorStream() ? SpawnRequest.TO_STDOUT : output(builder.redirectError()),
                child.policy().mode() != KillMode.LEADER,
                Optional.empty(),
                contained.directory());
    }

    private Optional<Map<String, String>> markedEnvironment() throws OsException {
        if (contained.mark().isEmpty()) {
            return environment;
        }
        Map<String, String> marked = environment.isPresent() ? new HashMap<>(environment.get()) : variables();
        marked.put(contained.mark().get().variable(), "1");
        return Optional.of(marked);
    }

    /** Returns the inherited variables, for changes. */
    static Map<String, String> variables() throws OsException {
        return Shared.environment().variables();
    }

    /** Logs the start, but not on the thread of a step, whose interrupt would reach the appender. */
    private void logStart() {
        if (child.policy().ofStep()) {
            return;
        }
        Log.readLevel();
        // Even the arguments would be objects of every start.
        if (Log.isDebug()) {
            Log.debug(child, "started");
        }
        boolean ownGroup = child.policy().mode() != KillMode.LEADER;
        boolean inherits = builder.redirectInput().type() == Redirect.Type.INHERIT;
        if (!Family.WINDOWS && ownGroup && inherits && os.isTerminal(0)) {
            Log.warn(
                    child,
                    () -> "inherits the terminal as its standard input, from another process group: reading it will"
                            + " stop the process (SIGTTIN)",
                    null);
        }
    }

    private void contain() throws SpawnException {
        Containment wanted = child.policy().containment();
        try {
            contained = Containing.contain(os, wanted, child.policy().mode());
            child.contain(contained);
        } catch (IOException e) {
            throw failed(
                    SpawnStage.CONTAINMENT,
                    "no containment " + wanted + ": " + e.getMessage(),
                    e instanceof OsException osError ? Optional.of(osError) : Optional.empty());
        }
    }

    private void requireNoNul() throws SpawnException {
        for (String argument : command) {
            if (argument.indexOf('\0') >= 0) {
                throw failed(SpawnStage.ARGUMENTS, "invalid null character in command", Optional.empty());
            }
        }
        if (builder.directory() != null && builder.directory().getPath().indexOf('\0') >= 0) {
            throw failed(SpawnStage.ARGUMENTS, "invalid null character in directory", Optional.empty());
        }
    }

    private long input(Redirect redirect) throws SpawnException {
        return switch (redirect.type()) {
            case PIPE -> SpawnRequest.PIPE;
            case INHERIT -> SpawnRequest.INHERIT;
            default -> file(redirect.file(), OpenMode.READ);
        };
    }

    private long output(Redirect redirect) throws SpawnException {
        return switch (redirect.type()) {
            case PIPE -> SpawnRequest.PIPE;
            case INHERIT -> SpawnRequest.INHERIT;
            case APPEND -> file(redirect.file(), OpenMode.APPEND);
            default -> file(redirect.file(), OpenMode.TRUNCATE);
        };
    }

    private long file(File file, OpenMode mode) throws SpawnException {
        if (file.getPath().indexOf('\0') >= 0) {
            throw failed(SpawnStage.REDIRECT, "invalid null character in the name of a file", Optional.empty());
        }
        // open(2) takes a directory for reading, and the child would fail at its first read; ProcessBuilder refuses it.
        if (mode == OpenMode.READ && file.isDirectory()) {
            throw failed(SpawnStage.REDIRECT, Quoted.of(file.getPath()) + " is a directory", Optional.empty());
        }
        try {
            long handle = os.open(Family.bytes(file.getPath()), mode);
            theirs.add(handle);
            return handle;
        } catch (OsException e) {
            throw failed(
                    SpawnStage.REDIRECT,
                    Quoted.of(file.getPath()) + " cannot be opened: " + e.getMessage(),
                    Optional.of(e));
        }
    }

    private void spawnGuarded(SpawnRequest request) throws SpawnException, OsException {
        Optional<Plan> plan = child.policy().withJvm();
        if (plan.isEmpty()) {
            spawn(request, Optional.empty());
            return;
        }
        Guardian.Registration registration;
        try {
            registration = guard.register(child, plan.get(), Shared.environment().block(Optional.empty()));
        } catch (IOException e) {
            throw withoutGuardian(e);
        }
        try {
            spawn(request.with(registration.request()), Optional.of(registration));
        } finally {
            registration.end();
        }
    }

    private SpawnException withoutGuardian(IOException e) {
        Throwable reason = e.getCause() == null ? e : e.getCause();
        Optional<OsException> osError = reason instanceof OsException error ? Optional.of(error) : Optional.empty();
        boolean unsupported = osError.isPresent() && osError.get().code() == 0;
        return failed(
                SpawnStage.GUARDIAN,
                unsupported
                        ? "stopWithJvm needs Linux with pidfds (5.4), macOS 14 or Windows"
                        : "its guardian cannot be started: " + e.getMessage(),
                osError);
    }

    private void spawn(SpawnRequest first, Optional<Guardian.Registration> registration) throws SpawnException {
        SpawnRequest request = first;
        boolean again = registration.isPresent();
        for (int tries = 0; ; tries++) {
            try {
                child.start(request);
                return;
            } catch (SpawnFailure e) {
                boolean unregistered = e.osError().call().equals(TO_GUARDIAN);
                if (again && unregistered) {
                    again = false;
                    request = withAnother(request, registration.get());
                    continue;
                }
                // All running children have just been registered with the new guardian, which may not have read them
                // yet.
                if (tries == MOST_BUSY_TRIES || !unregistered && !e.osError().symbol().equals(TEXT_FILE_BUSY)) {
                    throw failed(e);
                }
                LockSupport.parkNanos(BUSY_NAP << tries);
            }
        }
    }

    private SpawnRequest withAnother(SpawnRequest request, Guardian.Registration registration) throws SpawnException {
        try {
            registration.again();
            return request.with(registration.request());
        } catch (IOException e) {
            throw withoutGuardian(e);
        }
    }

    private SpawnException failed(SpawnFailure e) {
        if (Family.WINDOWS && e.osError().code() == BAD_ARGUMENTS) {
            return failed(
                    SpawnStage.ARGUMENTS,
                    "it is a batch file, and cmd.exe would interpret a character of its path or its arguments",
                    Optional.of(e.osError()));
        }
        SpawnStage stage = stage(e.stage());
        String what = stage == SpawnStage.EXEC ? "exec of " + Quoted.of(command.get(0)) : stage.toString();
        return failed(stage, what + " failed: " + e.osError().getMessage(), Optional.of(e.osError()));
    }

    private Optional<byte[]> directory() {
        File directory = builder.directory();
        return directory == null ? Optional.empty() : Optional.of(Family.bytes(directory.getPath()));
    }

    /** The stages of the contract have the order of the enum, which has two more at its beginning. */
    private static SpawnStage stage(int number) {
        return SpawnStage.values()[SpawnStage.REDIRECT.ordinal() + number];
    }

    private SpawnException failed(SpawnStage stage, String why, Optional<OsException> osError) {
        String where = builder.directory() == null ? "" : " in directory " + Quoted.of(builder.directory().getPath());
        return new SpawnException("Cannot start process '" + name + "'" + where + ": " + why, stage, osError);
    }

    /** What every start needs and never changes. Created again after a failure. */
    private static final class Shared {

        private static volatile Optional<InheritedEnvironment> environment = Optional.empty();
        private static volatile Optional<PathSearch> path = Optional.empty();

        static InheritedEnvironment environment() throws OsException {
            if (environment.isEmpty()) {
                environment = Optional.of(InheritedEnvironment.current());
            }
            return environment.get();
        }

        static PathSearch path() throws OsException {
            if (path.isEmpty()) {
                Optional<byte[]> inherited = environment().get("PATH");
                String known = System.getenv("PATH");
                path = Optional.of(new PathSearch(
                        inherited.isPresent() || known == null ? inherited : Optional.of(Family.bytes(known))));
            }
            return path.get();
        }
    }
}
