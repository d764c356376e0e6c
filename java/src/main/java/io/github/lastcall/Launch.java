package io.github.lastcall;

import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.exit.Group;
import io.github.lastcall.internal.exit.Leader;
import io.github.lastcall.internal.exit.Scans;
import io.github.lastcall.internal.exit.Waiters;
import io.github.lastcall.internal.guard.Child;
import io.github.lastcall.internal.guard.Guard;
import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.InheritedEnvironment;
import io.github.lastcall.internal.os.NativeOs;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.os.OsPort.Direction;
import io.github.lastcall.internal.os.OsPort.OpenMode;
import io.github.lastcall.internal.os.PathSearch;
import io.github.lastcall.internal.os.PipeEnds;
import io.github.lastcall.internal.os.Scope;
import io.github.lastcall.internal.os.SpawnFailure;
import io.github.lastcall.internal.os.SpawnRequest;
import io.github.lastcall.internal.stdio.PipeInput;
import io.github.lastcall.internal.stdio.PipeOutput;
import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One start: turns a ProcessBuilder, as it is at this moment, into a running process and our ends of its pipes. Either
 * all of it is there afterwards or nothing is. Used by one thread.
 *
 * <p>On the way of the first start and the first stop, here and in what they call, plain code stands where a lambda or
 * a stream would do: each of them is linked at its first use, which takes a fresh JVM up to a millisecond.
 */
final class Launch {

    /** How long to wait for a child that was started in vain, after its kill: 3 s. */
    private static final long ABANDON_NANOS = 3_000_000_000L;

    /** ERROR_BAD_ARGUMENTS. */
    private static final int BAD_ARGUMENTS = 160;

    private final OsPort os;
    private final Shared shared;
    private final Scans scans;
    private final KillMode mode;
    private final String name;
    private final ProcessBuilder builder;
    private final List<String> command;

    /** Descriptors for the child, ours to close once it has its own. */
    private final List<Long> theirs = new ArrayList<>();

    /** Our ends of its pipes, to be closed if the start fails. */
    private final List<Long> ours = new ArrayList<>();

    /** What one standard stream of the child is connected to: what the child gets, and our end if that is a pipe. */
    private record Stream(long theirs, Optional<Long> ours) {}

    /**
     * Takes the command from the builder.
     *
     * @throws NullPointerException an element of it is null
     * @throws IndexOutOfBoundsException it is empty
     * @throws SpawnException what every start needs could not be had
     */
    Launch(Optional<Scans> scans, Optional<String> name, KillMode mode, ProcessBuilder builder)
            throws SpawnException {
        this.builder = builder;
        this.command = List.copyOf(builder.command());
        String program = command.get(0);
        this.name = name.isPresent() ? name.get() : nameOf(program);
        this.mode = mode;
        this.os = scans.isPresent() ? scans.get().os() : NativeOs.instance();
        this.shared = shared();
        this.scans = scans.isPresent() ? scans.get() : shared.scans();
    }

    private Shared shared() throws SpawnException {
        try {
            return Shared.get();
        } catch (OsException e) {
            throw failed(SpawnStage.RESOURCES, "the inherited environment cannot be read: " + e.getMessage(), e);
        }
    }

    private static String nameOf(String program) {
        String file = new File(program).getName();
        return file.isBlank() ? "'" + program + "'" : file;
    }

    /** Starts the process and begins to guard it. Blocks; to be called on a platform thread. */
    ManagedProcess start(Child.Policy policy, Throwable startedAt) throws SpawnException {
        Guard.lookAtSome();
        shared.waiters().prepare();
        try {
            requireNoNul();
            Stream in = input(builder.redirectInput());
            Stream out = output(builder.redirectOutput());
            Stream err = builder.redirectErrorStream()
                    ? new Stream(SpawnRequest.TO_STDOUT, Optional.empty())
                    : output(builder.redirectError());
            Child.Pipes pipes = new Child.Pipes(writer(in.ours()), reader(out.ours()), reader(err.ours()));
            ours.clear();
            return spawnOrClose(in, out, err, pipes, policy, startedAt);
        } finally {
            close(theirs);
            close(ours);
        }
    }

    private Optional<PipeOutput> writer(Optional<Long> handle) {
        return handle.isPresent()
                ? Optional.of(new PipeOutput(os, shared.waiters(), handle.get()))
                : Optional.empty();
    }

    private Optional<PipeInput> reader(Optional<Long> handle) {
        return handle.isPresent() ? Optional.of(new PipeInput(os, shared.waiters(), handle.get())) : Optional.empty();
    }

    private void close(List<Long> handles) {
        for (long handle : handles) {
            os.close(handle);
        }
    }

    private ManagedProcess spawnOrClose(
            Stream in, Stream out, Stream err, Child.Pipes pipes, Child.Policy policy, Throwable startedAt)
            throws SpawnException {
        try {
            return spawnGuarded(in, out, err, pipes, policy, startedAt);
        } catch (Throwable failure) {
            pipes.close();
            throw failure;
        }
    }

    private ManagedProcess spawnGuarded(
            Stream in, Stream out, Stream err, Child.Pipes pipes, Child.Policy policy, Throwable startedAt)
            throws SpawnException {
        long start = Guard.beginStart();
        try {
            return guarded(new Leader(os, shared.waiters(), scans, spawn(in, out, err)), pipes, policy, startedAt);
        } finally {
            Guard.endStart(start);
        }
    }

    /** Out of memory between the spawn and the guard is the one moment at which a child could be lost. */
    private ManagedProcess guarded(Leader leader, Child.Pipes pipes, Child.Policy policy, Throwable startedAt) {
        try {
            Group group = new Group(os, shared.waiters(), leader);
            Child child = new Child(name, leader, group, pipes, policy, startedAt);
            ManagedProcess process = new ManagedProcess(child);
            Guard.watch(process, child);
            tellStart(child);
            return process;
        } catch (Throwable failure) {
            abandon(leader, failure);
            throw failure;
        }
    }

    private void tellStart(Child child) {
        Log.debug(child.subject(), "started");
        boolean ownGroup = mode != KillMode.LEADER;
        boolean inherits = builder.redirectInput().type() == Redirect.Type.INHERIT;
        if (!Family.WINDOWS && ownGroup && inherits && os.isTerminal(0)) {
            Log.warn(
                    child.subject(),
                    () -> "inherits the terminal as its standard input, from another process group: reading it will"
                            + " stop the process (SIGTTIN)",
                    null);
        }
    }

    private static void abandon(Leader leader, Throwable failure) {
        try {
            leader.signal(Scope.GROUP, UnixSignal.SIGKILL);
            Deadline limit = Deadline.in(ABANDON_NANOS);
            leader.awaitExit(() -> limit);
            leader.groupIsDone();
        } catch (OsException e) {
            failure.addSuppressed(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void requireNoNul() throws SpawnException {
        for (String argument : command) {
            if (argument.indexOf('\0') >= 0) {
                throw failed(SpawnStage.ARGUMENTS, "invalid null character in command", null);
            }
        }
        if (builder.directory() != null && builder.directory().getPath().indexOf('\0') >= 0) {
            throw failed(SpawnStage.ARGUMENTS, "invalid null character in directory", null);
        }
    }

    private Stream input(Redirect redirect) throws SpawnException {
        return switch (redirect.type()) {
            case PIPE -> pipe(Direction.TO_CHILD);
            case INHERIT -> new Stream(SpawnRequest.INHERIT, Optional.empty());
            default -> file(redirect.file(), OpenMode.READ);
        };
    }

    private Stream output(Redirect redirect) throws SpawnException {
        return switch (redirect.type()) {
            case PIPE -> pipe(Direction.FROM_CHILD);
            case INHERIT -> new Stream(SpawnRequest.INHERIT, Optional.empty());
            case APPEND -> file(redirect.file(), OpenMode.APPEND);
            default -> file(redirect.file(), OpenMode.TRUNCATE);
        };
    }

    private Stream pipe(Direction direction) throws SpawnException {
        try {
            PipeEnds ends = os.pipe(direction);
            theirs.add(ends.theirs());
            ours.add(ends.ours());
            return new Stream(ends.theirs(), Optional.of(ends.ours()));
        } catch (OsException e) {
            throw failed(SpawnStage.RESOURCES, "a pipe cannot be made: " + e.getMessage(), e);
        }
    }

    private Stream file(File file, OpenMode mode) throws SpawnException {
        if (file.getPath().indexOf('\0') >= 0) {
            throw failed(SpawnStage.REDIRECT, "invalid null character in the name of a file", null);
        }
        // open(2) takes a directory for reading, and the child would fail at its first read; ProcessBuilder refuses it.
        if (mode == OpenMode.READ && file.isDirectory()) {
            throw failed(SpawnStage.REDIRECT, "\"" + file + "\" is a directory", null);
        }
        try {
            long handle = os.open(Family.bytes(file.getPath()), mode);
            theirs.add(handle);
            return new Stream(handle, Optional.empty());
        } catch (OsException e) {
            throw failed(SpawnStage.REDIRECT, "\"" + file + "\" cannot be opened: " + e.getMessage(), e);
        }
    }

    private NativeProcess spawn(Stream in, Stream out, Stream err) throws SpawnException {
        try {
            return os.spawn(new SpawnRequest(
                    shared.path().candidates(command.get(0)),
                    Family.bytes(command),
                    shared.environment().encode(builder.environment()),
                    directory(),
                    in.theirs(),
                    out.theirs(),
                    err.theirs(),
                    mode != KillMode.LEADER));
        } catch (SpawnFailure e) {
            if (Family.WINDOWS && e.osError().code() == BAD_ARGUMENTS) {
                throw failed(
                        SpawnStage.ARGUMENTS,
                        "it is a batch file, and cmd.exe would interpret a character of its path or its arguments",
                        e.osError());
            }
            SpawnStage stage = stage(e.stage());
            String what = stage == SpawnStage.EXEC ? "exec of \"" + command.get(0) + "\"" : stage.toString();
            throw failed(stage, what + " failed: " + e.osError().getMessage(), e.osError());
        }
    }

    private Optional<byte[]> directory() {
        File directory = builder.directory();
        return directory == null ? Optional.empty() : Optional.of(Family.bytes(directory.getPath()));
    }

    /** The stages of the contract have the order of the enum, which has two of its own in front. */
    private static SpawnStage stage(int number) {
        return SpawnStage.values()[SpawnStage.REDIRECT.ordinal() + number];
    }

    private SpawnException failed(SpawnStage stage, String why, OsException osError) {
        String where = builder.directory() == null ? "" : " in directory \"" + builder.directory() + "\"";
        return new SpawnException("Cannot start process '" + name + "'" + where + ": " + why, stage, osError);
    }

    /**
     * What every start needs and that never changes. The first start that can have all of it makes it. Not a static
     * initializer: one that fails, fails for ever.
     */
    private record Shared(Waiters waiters, Scans scans, InheritedEnvironment environment, PathSearch path) {

        private static final ReentrantLock LOCK = new ReentrantLock();
        private static volatile Shared known;

        static Shared get() throws OsException {
            return known != null ? known : getOrMake();
        }

        private static Shared getOrMake() throws OsException {
            LOCK.lock();
            try {
                if (known == null) {
                    known = make(NativeOs.instance());
                }
                return known;
            } finally {
                LOCK.unlock();
            }
        }

        private static Shared make(OsPort os) throws OsException {
            InheritedEnvironment environment = new InheritedEnvironment(os.environment());
            return new Shared(new Waiters(os), new Scans(os), environment, new PathSearch(path(environment)));
        }

        private static Optional<byte[]> path(InheritedEnvironment environment) {
            Optional<byte[]> inherited = environment.get("PATH");
            String decoded = System.getenv("PATH");
            return inherited.isPresent() || decoded == null ? inherited : Optional.of(Family.bytes(decoded));
        }
    }
}
