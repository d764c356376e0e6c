package io.github.lastcall;

import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.Durations;
import io.github.lastcall.internal.guard.Guard;
import io.github.lastcall.internal.jfr.Events;
import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.os.Signals;
import io.github.lastcall.internal.process.Child;
import io.github.lastcall.internal.process.Policy;
import io.github.lastcall.internal.process.StopAfterWait;
import io.github.lastcall.internal.process.Ticket;
import io.github.lastcall.internal.spawn.Launch;
import io.github.lastcall.internal.stdio.ChildInputStream;
import io.github.lastcall.internal.stdio.ChildOutputStream;
import io.github.lastcall.internal.stdio.ClosedOutputStream;
import io.github.lastcall.internal.stdio.Collector;
import io.github.lastcall.internal.stdio.EmptyInputStream;
import io.github.lastcall.internal.stdio.PipeInput;
import io.github.lastcall.internal.stop.Outcome;
import io.github.lastcall.internal.stop.Plan;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.ref.Reference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A child process that leads a process group of its own and is stopped as a whole.
 *
 * <p>It is a {@link Process}, started from a {@link ProcessBuilder}: command, environment, directory and redirects mean
 * what they mean there, and so do the inherited methods. In addition it can be {@linkplain #terminate terminated} step
 * by step with a report of every attempt, and it is <em>armed</em>: a running process is stopped and reported when its
 * handle is closed or lost, or when the JVM exits in an orderly way.
 *
 * <p><b>Threads.</b> Every method may be called from any thread at any time. Those that wait say so; they wait in
 * native code on a platform thread and park on a virtual one. No method blocks longer than documented. No thread owns a
 * stop: every thread that waits for it advances it, and if no thread waits, a daemon thread of the library does.
 *
 * <p><b>Signals</b> go to the whole process group, see killpg(3), and never to a process that has been reaped, so never
 * to another process that has got its pid.
 *
 * <p><b>Differences from the JDK's own processes.</b> {@link #destroy()} leaves the streams open, so that what the
 * child writes at its end can be read. {@link #toHandle()} is the JDK's handle, which acts on the leader alone. {@link
 * #close()} stops the process; the method of {@link Process} itself, which exists from Java 26 on, closes the streams
 * and waits for the exit without limit. The child is in its own process group: a Ctrl-C at the terminal does not reach
 * it (the exit of the JVM stops it instead), and reading a terminal as its standard input stops it (SIGTTIN, see
 * credentials(7)). With {@link KillMode#LEADER} it is not. Where the JVM has a terminal, a process of the group that is
 * stopped is logged at warn, once for each {@code ManagedProcess} and within a second or so.
 */
public final class ManagedProcess extends Process implements AutoCloseable {

    /** The timeout of the default policy. */
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);

    /** The system property that lets every process be stopped when this JVM is killed. */
    private static final String STOP_WITH_JVM = "io.github.lastcall.stopWithJvm";

    private final Child child;
    private final OutputStream input;
    private final InputStream output;
    private final InputStream error;

    ManagedProcess(Child child) {
        this.child = child;
        this.input = child.input().isPresent() && !child.input().get().isFed()
                ? new ChildOutputStream(this, child.input().get())
                : new ClosedOutputStream();
        this.output = stream(child.output());
        this.error = stream(child.error());
    }

    private InputStream stream(Optional<PipeInput> pipe) {
        return pipe.isPresent() && pipe.get().collector().isEmpty()
                ? new BufferedInputStream(new ChildInputStream(this, pipe.get()))
                : new EmptyInputStream();
    }

    /**
     * Creates a builder from a ProcessBuilder. The ProcessBuilder is copied here and not changed: later changes of one
     * have no effect on the other.
     *
     * @param command command, environment, working directory and redirects
     * @return a builder
     * @throws NullPointerException if it is null
     */
    public static Builder builder(ProcessBuilder command) {
        ProcessBuilder copy = CommandCopy.of(Objects.requireNonNull(command, "command"));
        return new Builder(copy, CommandCopy.environment(command, copy));
    }

    /**
     * Creates a builder for a program with its arguments, with pipes for its three streams, like {@link
     * ProcessBuilder}.
     *
     * @param command the program and its arguments
     * @return a builder
     * @throws NullPointerException if it is null
     */
    public static Builder builder(String... command) {
        return new Builder(new ProcessBuilder(command), Optional.empty());
    }

    /**
     * What to start and how to stop it. It has the settings of a {@link ProcessBuilder}, with the same meaning, and
     * more. It can start several processes. Not for use by several threads at the same time.
     */
    public static final class Builder {

        private final ProcessBuilder command;

        /** The environment of {@link #command}; empty: it was not changed and is that of this JVM. */
        private Optional<Map<String, String>> environment;

        private Optional<String> name = Optional.empty();
        private KillMode mode = KillMode.GROUP;
        private Containment containment = Containment.GROUP;
        private Optional<GracefulShutdown> onClose = Optional.empty();
        private Optional<GracefulShutdown> withJvm = Optional.empty();
        private Output streams = new Output();
        private Optional<OsPort> os = Optional.empty();

        private Builder(ProcessBuilder command, Optional<Map<String, String>> environment) {
            this.command = command;
            this.environment = environment;
        }

        /**
         * Names the process, for reports, errors and the log. By default it is the file name of the program, never an
         * argument, the environment or the directory: those may hold secrets.
         *
         * @param name the name; invisible characters are escaped, so that it cannot forge a line of the log
         * @return this builder
         * @throws NullPointerException if it is null
         * @throws IllegalArgumentException if it is blank
         */
        public Builder name(String name) {
            if (name.isBlank()) {
                throw new IllegalArgumentException("name is blank: '" + name + "'");
            }
            this.name = Optional.of(name);
            return this;
        }

        /**
         * Sets which processes are signalled and waited for; {@link KillMode#GROUP} by default.
         *
         * @param mode the mode
         * @return this builder
         * @throws NullPointerException if it is null
         */
        public Builder killMode(KillMode mode) {
            this.mode = Objects.requireNonNull(mode, "mode");
            return this;
        }

        /**
         * Sets how the members of the process are recognised; {@link Containment#GROUP} by default. A start fails if
         * the containment is not available, and its SpawnException says why.
         *
         * @param containment which
         * @return this builder
         * @throws NullPointerException if it is null
         * @see Containment#available()
         */
        public Builder containment(Containment containment) {
            this.containment = Objects.requireNonNull(containment, "containment");
            return this;
        }

        /**
         * Sets how {@link ManagedProcess#close()} and the exit of the JVM stop the process. Without it close() kills,
         * and the exit of the JVM uses the policy of {@link #stopWithJvm}, or kills without that too. A process whose
         * handle is lost is always killed.
         *
         * @param shutdown the policy
         * @return this builder
         * @throws NullPointerException if it is null
         */
        public Builder terminateOnClose(GracefulShutdown shutdown) {
            this.onClose = Optional.of(shutdown);
            return this;
        }

        /**
         * Stops the process and its group also when this JVM is killed, crashes or is killed for memory: by this
         * policy, phase by phase. {@link #terminateOnClose} has precedence: its policy applies at an orderly exit of
         * the JVM and at any other end. The system property {@code io.github.lastcall.stopWithJvm} with the value
         * {@code true} sets this for every process, with the policy of {@code terminateOnClose}, else {@link
         * GracefulShutdown#of} with 5 s.
         *
         * <p>The <em>guardian</em> does this: a small separate program, one for each JVM, started with the first such
         * process and again if it is killed. It is not a child of the JVM, has its own session, and ends when the JVM
         * has ended and no process is left. Each process is registered with it before its program runs, by a pidfd or,
         * on macOS, by a number that the kernel does not reuse, so it never signals a reused pid. The JVM has ended
         * when the kernel says so: not while it is stopped, hangs, or dumps its core, and not at an exec. Before
         * the first signal the guardian begins to read the output that the JVM has read, so that a handler that prints
         * something does not die of SIGPIPE. Of the steps of a policy {@code closeInput} only waits its time, because
         * the input is closed already, {@code run} is executed, and {@code call} is left out. A stop that has begun
         * continues from its current phase, if it is one of this policy; else this policy begins, or the kill is
         * repeated.
         *
         * <p>{@link ManagedProcess#mustNotBeTerminated()} unregisters the process, {@link
         * ManagedProcess#mustBeTerminated()} registers it again. The {@linkplain #killMode kill mode} and the
         * {@linkplain #containment containment} apply to the guardian too; at the end it removes the cgroup.
         *
         * <p><b>Limits.</b>
         * <ul>
         *   <li>The JVM is pid 1 of a container, or all of a cgroup is killed, as by Kubernetes, {@code
         *       memory.oom.group} or a systemd unit: the guardian is killed too. The same is true if both are killed at
         *       the same time, or if the JVM is killed before another guardian has been started. If no other can be
         *       started, an error is logged, and the library tries again every half second.
         *   <li>What a child writes to the JVM's pipe in the moment before the guardian has opened it gets EPIPE, and
         *       SIGPIPE. The same happens to all output of a child that the guardian may not look into (of another
         *       user, not dumpable) and that was started in the last 20 ms before the end of the JVM.
         *   <li>A process that is stopped (SIGSTOP) when the JVM ends gets SIGHUP from the kernel, because its
         *       process group becomes an orphan, see setpgid(2).
         *   <li>A checkpoint (CRaC, CRIU) needs {@link ManagedProcess#release()} before.
         *   <li>Without a containment it does not know processes that have left the group.
         * </ul>
         *
         * <p><b>Where.</b> Linux with pidfds (5.4), macOS 14 and Windows. On other systems, or if the guardian cannot
         * be started, the start is refused with the reason. Its program is run from memory; where that is forbidden
         * ({@code vm.memfd_noexec}) and on macOS, from a file in the temporary directory that is gone at once; on
         * Windows from a file next to the library; or the system property {@code io.github.lastcall.guardian} names an
         * installed one, as an absolute path. It writes one line to the standard error of the JVM, on Windows only to
         * a file or a pipe, when it begins to stop processes, and then closes it.
         *
         * <p>Before Linux 6.9 a group is known by its number alone, which the kernel can give to another group when all
         * of its processes have ended. So the guardian finds the members in /proc and signals each of them by a pidfd,
         * and ends the search when none of those that it has found is left. It misses the members whose leader
         * ended less than a second before the JVM, and a process that is forked while all others of the group end.
         *
         * <p>On macOS the guardian finds the members of a group and signals each of them too, and misses only those
         * whose leader and parent ended less than a second before the JVM. It cannot read the output that the JVM has
         * read: what a child writes to a pipe of the JVM after its end gets EPIPE, and SIGPIPE. A handler that prints
         * something has to ignore SIGPIPE, or the output has to go to a file. A child that is being started when the
         * JVM ends may get SIGHUP from the kernel before its program runs.
         *
         * <p>On Windows the guardian knows a process by handles of it and of its job. It cannot read the output that
         * the JVM has read: after the end of the JVM a write to such a pipe fails. If the JVM is in a job that lets no
         * process break away and that ends with its last handle, the guardian and all processes may end with that job.
         * It is a child of the JVM: what ends the whole tree of the JVM ({@code taskkill /T}) ends it too. The program
         * {@code event.exe} has to be in the folder of an installed one.
         *
         * @param shutdown the policy
         * @return this builder
         * @throws NullPointerException if it is null
         */
        public Builder stopWithJvm(GracefulShutdown shutdown) {
            this.withJvm = Optional.of(Objects.requireNonNull(shutdown, "shutdown"));
            return this;
        }

        /**
         * Sets the working directory; that of this JVM by default.
         *
         * @param directory the directory, looked at by the start
         * @return this builder
         * @throws NullPointerException if it is null
         * @throws UnsupportedOperationException it is not of the default file system
         */
        public Builder directory(Path directory) {
            command.directory(directory.toFile());
            return this;
        }

        /**
         * Changes the environment, which is that of this JVM at first, as in {@code environment(env -> env.put("PORT",
         * "0"))}.
         *
         * @param change is given the map, at once; it refuses what {@link ProcessBuilder#environment()} refuses, and is
         *     for use in the call only
         * @return this builder
         * @throws NullPointerException if it is null
         */
        public Builder environment(Consumer<Map<String, String>> change) {
            environment = Optional.of(command.environment());
            change.accept(command.environment());
            return this;
        }

        /**
         * Sets where the standard input comes from; a pipe by default.
         *
         * @param source the source
         * @return this builder
         * @throws NullPointerException if it is null
         * @throws IllegalArgumentException it is a destination and not a source
         */
        public Builder redirectInput(Redirect source) {
            command.redirectInput(source);
            return this;
        }

        /**
         * Sets where the standard output goes; a pipe by default.
         *
         * @param destination the destination
         * @return this builder
         * @throws NullPointerException if it is null
         * @throws IllegalArgumentException it is a source and not a destination
         */
        public Builder redirectOutput(Redirect destination) {
            command.redirectOutput(destination);
            return this;
        }

        /**
         * Sets where the standard error goes; a pipe by default. {@link #redirectErrorStream} comes first.
         *
         * @param destination the destination
         * @return this builder
         * @throws NullPointerException if it is null
         * @throws IllegalArgumentException it is a source and not a destination
         */
        public Builder redirectError(Redirect destination) {
            command.redirectError(destination);
            return this;
        }

        /**
         * Sets whether the standard error goes wherever the standard output goes; false by default.
         *
         * @param merge whether it does
         * @return this builder
         */
        public Builder redirectErrorStream(boolean merge) {
            command.redirectErrorStream(merge);
            return this;
        }

        /**
         * Lets the process have the three standard streams of this JVM.
         *
         * @return this builder
         */
        public Builder inheritIO() {
            command.inheritIO();
            return this;
        }

        /**
         * Gives the process its whole standard input. It is written as the process reads it, without a thread, and
         * closed then; {@link Process#getOutputStream()} is closed from the start. A process that does not read all of
         * it is no error.
         *
         * @param data the bytes, copied
         * @return this builder
         * @throws NullPointerException if it is null
         */
        public Builder input(byte[] data) {
            streams.input(data.clone());
            return this;
        }

        /**
         * Gives the process its whole standard input, as {@link #input(byte[])} does.
         *
         * @param text the text, in UTF-8; what is no character in it, such as half of a surrogate pair, becomes '?'
         * @return this builder
         * @throws NullPointerException if it is null
         */
        public Builder input(String text) {
            streams.input(text.getBytes(StandardCharsets.UTF_8));
            return this;
        }

        /**
         * Reads standard output and standard error as they are written and keeps a part of each, for {@link
         * ManagedProcess#captured}: the rest is dropped, so that the process never blocks on what it writes. No thread
         * is needed for it. {@link Process#getInputStream()} and {@link Process#getErrorStream()} are at their end from
         * the start. The last lines come into the messages of exceptions, which may reach a log.
         *
         * <p>Both have to be pipes, or merged into one: if one is redirected the start is refused. To keep something of
         * the other one, use {@link #onLine}, or {@link ManagedProcess#run} without this, which keeps what is a pipe.
         *
         * @param limit how much of each is kept
         * @return this builder
         * @throws NullPointerException if it is null
         */
        public Builder capture(OutputLimit limit) {
            streams.capture(Objects.requireNonNull(limit, "limit"));
            return this;
        }

        /**
         * Gives every line that the process writes to a listener, in order, one at a time, on a virtual thread. May be
         * called several times. The stream of the process is at its end from the start, as with {@link #capture}. The
         * other stream is still a pipe that your program has to read, or the process blocks once that is full: give it
         * a listener too, redirect it, or merge it by {@link #redirectErrorStream}.
         *
         * <p>A line ends as for {@link java.io.BufferedReader#readLine()}, the last one also without an end. It is
         * decoded as UTF-8, malformed bytes as U+FFFD. One longer than 64 KiB comes in pieces of at most that, cut
         * between characters, and a listener cannot see where. For a protocol with longer lines, for example JSON
         * lines, read {@link ManagedProcess#inputReader()} instead.
         *
         * <p>Up to 1 MiB waits for a slow listener. Then the library stops reading that stream until there is room, and
         * the process blocks in its next write; other processes are not affected. During a stop it must not block:
         * output without room is dropped, and {@link CapturedOutput#truncated()} says so. The first exception of a
         * listener is logged at warn, and it gets the next line.
         *
         * <p>{@link ManagedProcess#waitForExit()}, {@link ManagedProcess#waitFor()}, {@link ManagedProcess#run} and
         * {@link ManagedProcess#onExit()} wait until it has received all lines, 1 s at most. The exit of the JVM waits
         * 1 s at most for all processes together, or 300 ms if no listener returns. A stop does not wait for listeners.
         *
         * @param stream which stream
         * @param listener is given each line, without its end
         * @return this builder
         * @throws NullPointerException if one of them is null
         */
        public Builder onLine(StandardStream stream, Consumer<String> listener) {
            streams.add(stream, new Collector.ToListener(Objects.requireNonNull(listener, "listener")));
            return this;
        }

        /**
         * Writes what the process writes to a sink, with a prefix before each line, and flushes it. Whole lines are
         * written, so several processes can share one sink; a last line without an end gets one. A line ends with '\n'
         * here: a progress bar, which goes back with '\r', stays one line. With an empty prefix the bytes are written
         * as they come. Threads, order and a slow sink are as for {@link #onLine}; one that throws is logged, gets
         * nothing more, and {@link CapturedOutput#truncated()} says so. It is not closed.
         *
         * @param stream which stream
         * @param sink where to write; used by one thread at a time for this stream
         * @param prefix the prefix, in UTF-8, as {@code "[redis] "}
         * @return this builder
         * @throws NullPointerException if one of them is null
         */
        public Builder forwardTo(StandardStream stream, OutputStream sink, String prefix) {
            streams.add(
                    stream,
                    new Collector.ToSink(
                            Objects.requireNonNull(sink, "sink"), Objects.requireNonNull(prefix, "prefix")));
            return this;
        }

        /** For tests: an OS that can be made to fail. */
        Builder os(OsPort os) {
            this.os = Optional.of(os);
            return this;
        }

        /**
         * Starts the process, armed, on the calling thread. Blocks until its program runs or the start has failed, like
         * posix_spawn(3), and holds the carrier of a virtual thread during that time; an interrupt has no effect.
         *
         * @return the running process
         * @throws SpawnException the command or a redirect is invalid, or the OS has refused the start; nothing is left
         * @throws IllegalStateException the JVM is exiting, or {@link ManagedProcess#release()} is under way; nothing
         *     was started
         * @throws IllegalArgumentException {@link #input}, {@link #capture}, {@link #onLine} or {@link #forwardTo} is
         *     about a stream that is redirected, and so no pipe; nothing was started
         * @throws NullPointerException an element of the command is null
         * @throws IndexOutOfBoundsException the command is empty
         * @throws UnsatisfiedLinkError the native library cannot be used; the message says what to do
         */
        public ManagedProcess start() throws SpawnException {
            return start(onClose, withJvm.isPresent(), streams.streams(command));
        }

        /** As {@link #start()}, with another policy, and keeps the output unless the builder says something else. */
        ManagedProcess startToRun(GracefulShutdown shutdown) throws SpawnException {
            return start(Optional.of(shutdown), withJvm.isPresent(), streams.streamsToRun(command));
        }

        /** As a process of a pipeline. The caller closes the handles. */
        private ManagedProcess start(Optional<Long> from, Optional<Long> to) throws SpawnException {
            return start(onClose, withJvm.isPresent(), streams.streams(command).between(from, to));
        }

        /**
         * As {@link #start()}, with the policy of a scope instead of its own.
         *
         * @param from the handle of its standard input, from the process before it in a pipeline; empty: none
         * @param to the handle of its standard output, to the process after it in a pipeline; empty: none
         */
        ManagedProcess start(
                Optional<Long> from, Optional<Long> to, GracefulShutdown scopePolicy, boolean scopeStopsWithJvm)
                throws SpawnException {
            return start(
                    Optional.of(scopePolicy),
                    scopeStopsWithJvm || withJvm.isPresent(),
                    streams.streams(command).between(from, to));
        }

        /** Checks the settings that only the ends of a pipeline can have. */
        void requireNeighbours(boolean first, boolean last) {
            streams.requireNeighbours(command, first, last);
        }

        private ManagedProcess start(
                Optional<GracefulShutdown> onClose, boolean stopsWithJvm, Launch.Streams streams)
                throws SpawnException {
            Optional<Plan> plan = onClose.isPresent() ? Optional.of(onClose.get().plan()) : Optional.empty();
            Optional<Plan> planWithJvm = stopsWithJvm || Boolean.getBoolean(STOP_WITH_JVM)
                    ? Optional.of(planWithJvm(plan))
                    : Optional.empty();
            Policy policy = new Policy(mode, containment, plan, planWithJvm, Stops.KILL_PLAN, false);
            Throwable startedAt = new Throwable("The process was started here");
            Launch launch =
                    new Launch(Optional.empty(), os, name, command, environment, policy, streams, startedAt);
            ManagedProcess process = new ManagedProcess(launch.child());
            launch.start(process);
            Events.started(process.name(), process.pid(), launch.program(), mode.name());
            return process;
        }

        private Plan planWithJvm(Optional<Plan> onClose) {
            return onClose.isPresent()
                    ? onClose.get()
                    : (withJvm.isPresent() ? withJvm.get() : GracefulShutdown.of(DEFAULT_TIMEOUT)).plan();
        }
    }

    /**
     * Starts a pipeline: each process reads the output of the process before it, through a pipe that bypasses this JVM.
     * So {@link #getOutputStream()} is closed except for the first process, and {@link #getInputStream()} is empty
     * except for the last. Each process leads its own group and is stopped by its own policy; close all of them, or
     * start them by {@link ProcessScope#startPipeline}, which stops them together.
     *
     * <p>If a process cannot be started, those before it are killed, and nothing is left.
     *
     * @param builders what to start, in order; may be empty
     * @return the processes, in that order, unmodifiable
     * @throws SpawnException a process could not be started, or a pipe not created. If a process that was started could
     *     not be killed, that {@link TerminationException} is suppressed
     * @throws IllegalArgumentException a redirect or {@link Builder#input} of the input of any but the first, or a
     *     redirect, {@link Builder#capture}, {@link Builder#onLine} or {@link Builder#forwardTo} of the output of any
     *     but the last; nothing was started
     * @throws IllegalStateException as {@link Builder#start()} says; nothing is left running
     * @throws NullPointerException the list, a builder or an element of a command is null
     * @throws IndexOutOfBoundsException a command is empty; nothing is left running
     * @throws UnsatisfiedLinkError the native library cannot be used; the message says what to do
     */
    public static List<ManagedProcess> startPipeline(List<Builder> builders) throws SpawnException {
        return Pipeline.start(builders, Builder::start);
    }

    // Stopping

    /**
     * Stops the process group: sends the signals of the policy, one phase after the other, each followed by SIGCONT so
     * that a stopped process can react, until no process of the group runs; then SIGKILL. Ends within {@link
     * GracefulShutdown#upperBound()}, and as soon as all processes are gone. Nothing is sent to a group that is gone.
     * {@link Builder#killMode} can narrow this to the leader.
     *
     * <p>If the process still runs 5 ms after the first signal, its standard input is closed. What was written
     * and not flushed is written before, as far as the pipe takes it at once; a write in progress gets an IOException.
     * From then on output that is not read goes into memory, up to 1 MiB a stream and 64 MiB in this JVM; a process
     * that writes more blocks until your program reads it.
     *
     * <p>Several threads may stop the same process: a later one can only shorten the stop, and all get the same outcome
     * when the group is gone. SIGKILL is sent at the earliest time that one of their policies gives; phases that have
     * not begun by then are skipped. Once it succeeds the process is disarmed.
     *
     * @param shutdown the policy
     * @return what was done, and how the process ended
     * @throws TerminationFailedException it could not be stopped; it is still armed
     * @throws TerminationException as above
     * @throws InterruptedException this thread was interrupted; if it was before the call, nothing has been sent. The
     *     process is still armed and may be running. If other threads or futures want the stop, it goes on; else no
     *     further signal is sent
     * @throws OutOfMemoryError there is no memory for the stop; the first signal was sent anyway
     * @throws NullPointerException the policy is null
     */
    public TerminationReport terminate(GracefulShutdown shutdown) throws TerminationException, InterruptedException {
        return stop(shutdown.plan());
    }

    /**
     * Stops the process group as {@link #terminate(GracefulShutdown)} does, by the policy of {@link
     * Builder#terminateOnClose}; without one by {@link GracefulShutdown#of} with 5 s.
     *
     * @return what was done, and how the process ended
     * @throws TerminationFailedException it could not be stopped; it is still armed
     * @throws TerminationException as above
     * @throws InterruptedException as for {@link #terminate(GracefulShutdown)}
     * @throws OutOfMemoryError as for {@link #terminate(GracefulShutdown)}
     */
    public TerminationReport terminate() throws TerminationException, InterruptedException {
        return stop(child.policy().onClose().orElseGet(() -> GracefulShutdown.of(DEFAULT_TIMEOUT).plan()));
    }

    /**
     * Kills the process group with SIGKILL and waits until none of it runs, 3 s at most; also members that have
     * outlived the leader. It shortens the stops of other callers. The standard input is closed after the kill, and
     * what was written and not flushed is dropped. After a success the process is disarmed.
     *
     * @return how the process ended
     * @throws TerminationFailedException it could not be killed, or has not exited in time; it is still armed
     * @throws TerminationException as above
     * @throws InterruptedException this thread was interrupted; if it was before the call, nothing has been sent, else
     *     the process has probably been killed. It is still armed
     * @throws OutOfMemoryError as for {@link #terminate(GracefulShutdown)}
     */
    public ExitStatus kill() throws TerminationException, InterruptedException {
        return stop(Stops.KILL_PLAN).exitStatus();
    }

    /**
     * Kills as {@link #kill()} does, and waits no longer than the limit. Other callers wait for their own limits.
     *
     * @param limit how long to wait after SIGKILL; one that is too long for a {@code long} of nanoseconds counts as for
     *     ever
     * @return how the process ended
     * @throws TerminationFailedException it could not be killed, or has not exited in time; it is still armed
     * @throws TerminationException as above
     * @throws InterruptedException as for {@link #kill()}
     * @throws OutOfMemoryError as for {@link #terminate(GracefulShutdown)}
     * @throws NullPointerException the limit is null
     * @throws IllegalArgumentException the limit is negative
     */
    public ExitStatus kill(Duration limit) throws TerminationException, InterruptedException {
        return stop(Stops.killPlan(Durations.require(limit, "limit"))).exitStatus();
    }

    /**
     * Begins to stop the process group as {@link #terminate} does, and does not wait. Other callers that stop it, by
     * any method, get the same outcome, and a later one can only shorten the stop.
     *
     * <p>The first signal is sent by the calling thread, the rest by a daemon thread of the library. The future is
     * completed on the threads that complete those of {@link #onExit()}. An interrupt of the caller has no effect on
     * the stop. Completing or cancelling the future abandons only that future: the stop continues. During the stop the
     * handle does not count as lost, even if the future is unreachable; a {@link #close()} of an armed handle shortens
     * the stop. An orderly exit of the JVM does not wait for the future: it stops the process like an armed one, even
     * if it was disarmed during the stop.
     *
     * @param shutdown the policy
     * @return what was done, and how the process ended; it is disarmed by then. Fails with the {@link
     *     TerminationFailedException} of {@link #terminate} if it could not be stopped; it is still armed then
     * @throws OutOfMemoryError as for {@link #terminate(GracefulShutdown)}
     * @throws NullPointerException the policy is null
     */
    public CompletableFuture<TerminationReport> terminateAsync(GracefulShutdown shutdown) {
        return stopAsync(shutdown.plan(), report -> report);
    }

    private <T> CompletableFuture<T> stopAsync(Plan plan, Function<TerminationReport, T> result) {
        try {
            Ticket[] ticket = new Ticket[1];
            ChildFuture<T> future =
                    new ChildFuture<>(child, completed -> complete(completed, ticket[0].outcome(), result));
            ticket[0] = new Ticket(plan, future::resultIsKnown);
            child.begin(ticket[0]);
            return future.published();
        } catch (Error full) {
            child.signalWithoutMemory(plan);
            throw full;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private <T> void complete(CompletableFuture<T> future, Outcome outcome, Function<TerminationReport, T> result) {
        try {
            future.complete(result.apply(stopped(outcome)));
        } catch (Throwable failure) {
            future.completeExceptionally(failure);
        }
    }

    /**
     * Kills the process group as {@link #kill} does, and does not wait. It shortens the stops of other callers.
     * Threads, the future and the exit of the JVM are as with {@link #terminateAsync}.
     *
     * @return how the process ended; it is disarmed by then. Fails with the {@link TerminationFailedException} of
     *     {@link #kill} if it could not be killed, or has not exited in time; it is still armed then
     * @throws OutOfMemoryError as for {@link #terminate(GracefulShutdown)}
     */
    public CompletableFuture<ExitStatus> killAsync() {
        child.killedByHandle();
        return stopAsync(Stops.KILL_PLAN, TerminationReport::exitStatus);
    }

    private TerminationReport stop(Plan plan) throws TerminationException, InterruptedException {
        try {
            return stopped(child.stop(plan));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Evaluates the outcome of a stop, also of one by a scope. */
    TerminationReport stopped(Outcome outcome) throws TerminationFailedException {
        Log.Subject subject = child.subject();
        if (outcome.status().isEmpty()) {
            throw Stops.failure(subject, outcome, lastLines());
        }
        child.arm(false);
        return Stops.report(subject, outcome);
    }

    /** What the scope stops. */
    Child child() {
        return child;
    }

    /**
     * Sends one signal to the process group (by {@link Builder#killMode} only to the leader) and does not wait. Sends
     * nothing if no process of the group is there. The process stays armed.
     *
     * @param signal any signal
     * @throws SignalFailedException the OS refused, for example with EPERM, see kill(2)
     * @throws TerminationException as above
     * @throws NullPointerException the signal is null
     * @throws UnsupportedOperationException this is Windows
     */
    public void sendSignal(UnixSignal signal) throws TerminationException {
        try {
            Stops.send(child, signal);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Sends SIGINT as {@link #sendSignal} does.
     *
     * @throws TerminationException the OS refused
     * @throws UnsupportedOperationException this is Windows
     */
    public void sendInterrupt() throws TerminationException {
        sendSignal(UnixSignal.SIGINT);
    }

    /**
     * Sends SIGTERM as {@link #sendSignal} does.
     *
     * @throws TerminationException the OS refused
     * @throws UnsupportedOperationException this is Windows
     */
    public void sendTerminate() throws TerminationException {
        sendSignal(UnixSignal.SIGTERM);
    }

    /**
     * Sends CTRL_BREAK_EVENT to the group, on Windows, and does not wait. Sends nothing if no process of the group is
     * there. The event goes through the console that this JVM and the process share. If this JVM has no console (a
     * service, javaw), the process has a hidden one of its own, and a small program is started that sends the event
     * there. The event cannot be delivered to a process without a console (a program with windows), or under {@link
     * KillMode#LEADER}.
     *
     * @throws UnsupportedOperationException this is not Windows
     * @throws SignalFailedException it cannot be delivered, or the OS refused
     * @throws TerminationException as above
     */
    public void sendCtrlBreak() throws TerminationException {
        if (!Family.WINDOWS) {
            throw new UnsupportedOperationException("CTRL_BREAK_EVENT exists on Windows only");
        }
        try {
            Stops.send(child, Family.CTRL_BREAK, Signals.CTRL_BREAK);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    // Waiting and looking

    /**
     * Flushes and closes the standard input of the process, and waits for its exit without limit. After a success the
     * process is disarmed, unless members of its group still run.
     *
     * @return how the process ended
     * @throws IOException the wait failed; the process is still armed and may be running
     * @throws InterruptedException this thread was interrupted; as above
     */
    public ExitStatus waitForExit() throws IOException, InterruptedException {
        return waitForExit(Durations.FOR_EVER).orElseThrow();
    }

    /**
     * As {@link #waitForExit()}, for a limited time, at the end of which the standard input is closed even if it was
     * not flushed. A timeout of zero only looks: it leaves the standard input of a running process open, and disarms a
     * process that is gone.
     *
     * @param timeout how long at most, zero for a look; too long for a {@code long} of nanoseconds counts as for ever
     * @return how the process ended; empty: it has not, and is still armed
     * @throws IOException the wait failed; the process is still armed and may be running
     * @throws InterruptedException this thread was interrupted; as above
     * @throws NullPointerException the timeout is null
     * @throws IllegalArgumentException the timeout is negative
     */
    public Optional<ExitStatus> waitForExit(Duration timeout) throws IOException, InterruptedException {
        Deadline limit = Deadline.in(Durations.nanos(Durations.require(timeout, "timeout")));
        try {
            return waitedFor(child.closeInputAndAwaitExit(limit), timeout.isZero());
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Disarms a process whose group is gone too; then as {@link #awaitOutput}. */
    private Optional<ExitStatus> waitedFor(Optional<ExitStatus> status, boolean onlyLook) {
        if (status.isPresent() && child.isGone()) {
            child.arm(false);
        }
        return awaitOutput(status, onlyLook);
    }

    /** Waits until listeners and sinks have received all of the output, 1 s at most. */
    private Optional<ExitStatus> awaitOutput(Optional<ExitStatus> status, boolean onlyLook) {
        if (status.isPresent() && !onlyLook) {
            child.awaitOutput();
        }
        return status;
    }

    /**
     * Waits as {@link #waitForExit(Duration)} does, and terminates the process as {@link #terminate} does if it has not
     * exited by then.
     *
     * @param timeout how long to wait for it to exit by itself
     * @param shutdown how to stop it after that
     * @return whether it has exited in time or was terminated
     * @throws IOException the wait failed; the process has been terminated, and if that failed too, its {@link
     *     TerminationException} is suppressed
     * @throws TerminationException it did not exit in time and could not be stopped; it is still armed
     * @throws InterruptedException this thread was interrupted; the process is still armed and may be running
     * @throws NullPointerException an argument is null
     * @throws IllegalArgumentException the timeout is negative
     */
    public WaitOutcome waitForExitOrTerminate(Duration timeout, GracefulShutdown shutdown)
            throws IOException, InterruptedException {
        StopAfterWait then = new StopAfterWait(child, shutdown.plan());
        Optional<ExitStatus> status = waitedFor(waitOrStop(timeout, then), timeout.isZero());
        return status.isPresent()
                ? new WaitOutcome.Completed(status.get(), Stops.survivors(child.membersLeft()))
                : new WaitOutcome.TerminatedAfterTimeout(stop(then));
    }

    /**
     * Waits, and stops the process if the wait fails: it must not stay running.
     *
     * @return empty: it has to be stopped, or is being stopped
     */
    private Optional<ExitStatus> waitOrStop(Duration timeout, StopAfterWait then)
            throws IOException, InterruptedException {
        Deadline limit = Deadline.in(Durations.nanos(Durations.require(timeout, "timeout")));
        try {
            then.arm(limit);
            Optional<ExitStatus> status = child.closeInputAndAwaitExit(limit);
            return then.hasBegun() ? Optional.empty() : status;
        } catch (IOException failed) {
            try {
                stop(then);
            } catch (TerminationException e) {
                failed.addSuppressed(e);
            }
            throw failed;
        } catch (InterruptedException | RuntimeException | Error failed) {
            then.withdraw();
            throw failed;
        }
    }

    private TerminationReport stop(StopAfterWait then) throws TerminationException, InterruptedException {
        try {
            return stopped(then.stop());
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * As with the JDK's processes, which know no group, the leader's exit is enough; the log names the members that
     * still run.
     */
    private Optional<ExitStatus> disarmedBy(Optional<ExitStatus> status) {
        if (status.isPresent()) {
            child.arm(false);
            child.logStragglers();
        }
        return status;
    }

    /**
     * Looks whether the process runs. Neither waits nor disarms.
     *
     * @return the state, or why it could not be read
     */
    public RunningState state() {
        try {
            // No lambda here and in what else only looks: its first use takes memory.
            Optional<ExitStatus> status = child.look();
            return status.isPresent() ? new RunningState.Terminated(status.get()) : new RunningState.Running();
        } catch (OsException e) {
            return new RunningState.Uncertain(e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Returns how the process ended. Neither waits nor disarms.
     *
     * @return the status; empty: it has not exited, or that is not known, see {@link #state()}
     */
    public Optional<ExitStatus> exitStatus() {
        try {
            return child.look();
        } catch (OsException e) {
            return Optional.empty();
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Returns how the members of this process are recognised.
     *
     * @return the containment in effect; never {@link Containment#STRICTEST}
     */
    public Containment containment() {
        return child.contained().how();
    }

    /**
     * Returns the name of the process.
     *
     * @return the name that the builder was given, or the file name of the program
     */
    public String name() {
        return child.name();
    }

    // Output

    /**
     * Returns what was kept of a stream so far, by {@link Builder#capture}. After a wait has seen the exit, or a stop
     * has ended, that is all that the process has written up to then. Does not wait. Can be called at any time, also
     * after {@link #close()}.
     *
     * @param stream which stream
     * @return what was kept; empty if nothing is kept
     * @throws NullPointerException the stream is null
     */
    public CapturedOutput captured(StandardStream stream) {
        Optional<PipeInput> pipe = stream == StandardStream.STDOUT ? child.output() : child.error();
        Objects.requireNonNull(stream, "stream");
        try {
            return pipe.isPresent() && pipe.get().collector().isPresent()
                    ? new CapturedOutput(pipe.get().collected())
                    : CapturedOutput.NOTHING;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Waits until the process is ready, or the time is up. Changes nothing else: the process stays armed, also when it
     * turns out to have ended.
     *
     * @param readiness how to see it
     * @param timeout how long at most, zero for one look; too long for a {@code long} of nanoseconds counts as for ever
     * @return true: it is ready; false: the time is up, and it runs
     * @throws ProcessExitedException it ended before it was ready. The message contains the last lines of its standard
     *     error (of its standard output if there are none) if {@link Builder#capture} was called
     * @throws IOException its state, or the process that listens on the port, cannot be read
     * @throws InterruptedException this thread was interrupted
     * @throws NullPointerException an argument is null
     * @throws IllegalArgumentException the timeout is negative
     * @throws IllegalStateException the readiness is a line of a stream that the library does not read
     */
    public boolean awaitReady(Readiness readiness, Duration timeout) throws IOException, InterruptedException {
        Deadline limit = Deadline.in(Durations.nanos(Durations.require(timeout, "timeout")));
        try (Probe probe = new Probe(child, Objects.requireNonNull(readiness, "readiness"), this::lastLines)) {
            return probe.await(limit);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Runs a command to its end: starts it, gives it its {@linkplain Builder#input input}, closes that, collects what
     * it writes, waits, and stops it when the time is up. The policy stops it, also at an exit of the JVM, and the
     * members of its group that outlive it. Nothing of it is left when this returns or throws.
     *
     * <p>Without {@link Builder#capture} the first 16 MiB of each stream that is a pipe are kept. Ends within the
     * timeout, {@link GracefulShutdown#upperBound()}, and a second for the rest of the output: a process that has left
     * the group may hold the pipe (then {@link CapturedOutput#truncated()} is true), and listeners may be slow.
     *
     * @param builder what to start, not changed
     * @param timeout how long it may run; too long for a {@code long} of nanoseconds counts as for ever
     * @param shutdown how to stop it after that
     * @return how it ended, and what it wrote; {@link CompletedProcess#requireSuccess()} throws if it was no success
     * @throws SpawnException it could not be started, as {@link Builder#start()} says
     * @throws TerminationException it could not be stopped: it may be running
     * @throws IOException the wait failed; it has been stopped
     * @throws InterruptedException this thread was interrupted; it has been killed, or if it was before the call
     *     nothing was started
     * @throws NullPointerException an argument, or an element of the command, is null
     * @throws IllegalArgumentException the timeout is negative, or as {@link Builder#start()} says
     * @throws IllegalStateException as {@link Builder#start()} says
     * @throws IndexOutOfBoundsException the command is empty
     * @throws UnsatisfiedLinkError the native library cannot be used; the message says what to do
     */
    public static CompletedProcess run(Builder builder, Duration timeout, GracefulShutdown shutdown)
            throws SpawnException, TerminationException, IOException, InterruptedException {
        Plan plan = shutdown.plan();
        Durations.require(timeout, "timeout");
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        ManagedProcess process = builder.startToRun(shutdown);
        try {
            return process.complete(timeout, plan);
        } catch (Throwable failure) {
            process.killAfter(failure);
            throw failure;
        } finally {
            process.child.closeStreams();
            Reference.reachabilityFence(process);
        }
    }

    private CompletedProcess complete(Duration timeout, Plan plan) throws IOException, InterruptedException {
        StopAfterWait then = new StopAfterWait(child, plan);
        Optional<ExitStatus> status = waitOrStop(timeout, then);
        Optional<TerminationReport> report = status.isPresent() && child.isGone()
                ? Optional.empty()
                : Optional.of(stop(then)).filter(stopped -> stopped.endedBy().isPresent());
        child.arm(false);
        child.awaitOutput();
        child.closeStreams();
        return new CompletedProcess(
                child.subject(),
                status.or(child::known).orElseThrow(),
                status.isEmpty() && report.isPresent(),
                report,
                captured(StandardStream.STDOUT),
                captured(StandardStream.STDERR),
                lastLines());
    }

    /** Returns the last lines for the end of a message, if capture was requested. */
    private String lastLines() {
        String error = captured(StandardStream.STDERR).lastLines();
        String lines = error.isEmpty() ? captured(StandardStream.STDOUT).lastLines() : error;
        return lines.isEmpty() ? "" : ". Last lines:" + lines;
    }

    /** Kills it after a failure, which gets a failure of the kill as suppressed. */
    void killAfter(Throwable failure) {
        try {
            stopped(child.killThroughInterrupts());
        } catch (TerminationException e) {
            failure.addSuppressed(e);
        }
    }

    // The guard

    /**
     * Returns whether the process is armed: it is stopped if this handle is closed or lost. It is armed from its start
     * until one of these:
     *
     * <ul>
     *   <li>A stop of it succeeds, by any method, future, scope or {@link #close()}.
     *   <li>A {@link #waitFor()}, with or without a timeout, {@link #exitValue()} or a future of {@link #onExit()}
     *       returns its exit. Members of its group may still run then.
     *   <li>A {@link #waitForExit()}, with or without a timeout, or {@link #waitForExitOrTerminate} returns its exit,
     *       and no process of its group runs.
     *   <li>{@link #mustNotBeTerminated()} is called.
     * </ul>
     *
     * <p>{@link #destroy()}, {@link #destroyForcibly()} and {@link #sendSignal} do not disarm it; {@link #state()},
     * {@link #exitStatus()} and {@link #isAlive()} only look.
     *
     * @return whether it is armed
     */
    public boolean isArmed() {
        return child.isArmed();
    }

    /**
     * Disarms: the process may outlive this handle, and the JVM. The guardian does not stop it any more. A stop that
     * has begun continues. Idempotent.
     */
    public void mustNotBeTerminated() {
        try {
            child.mayOutlive(true);
        } finally {
            // Without this, the handle of start().mustNotBeTerminated() could count as lost before it is disarmed.
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Arms again, also for the guardian. Idempotent. After a {@link #release()} the exit of the JVM does not stop it.
     */
    public void mustBeTerminated() {
        try {
            child.mayOutlive(false);
        } finally {
            // Without this, the handle could count as lost before it is armed, and the guard would let the process go.
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Ends the use of this handle. Silent if the process and its group are gone, or it is disarmed; its streams are
     * closed. Else, if it is armed, the process and its group are terminated by the policy of {@link
     * Builder#terminateOnClose}, or, without one, killed; a stop of another thread is joined, and shortened if it would
     * take longer. The same is done to members of the group that still ran when a wait, such as {@link #waitFor()},
     * disarmed it, unless {@link #mustNotBeTerminated()} was called; the log names them, at info. The streams are
     * closed afterwards, but a thread that has read from one during the stop gets the rest and then its end. What was
     * written and not flushed is written as {@link #terminate} says, or dropped by a kill. Idempotent. Ends within the
     * bound of the policy, or of {@link #kill()}. It does not wait for the process to exit by itself.
     *
     * <p>If this thread is interrupted, before or during this call, the graceful phases are skipped; the flag is set
     * when this returns.
     *
     * @throws ProcessLeakedException it ran, there was no policy, and it has been killed; the cause is the place where
     *     it was started. Not thrown if this handle had killed it before: then this waits for its end
     * @throws UncheckedIOException it could not be stopped; the cause is the {@link TerminationException}. It is still
     *     armed
     * @throws OutOfMemoryError as for {@link #terminate(GracefulShutdown)}
     */
    @Override
    public void close() {
        try {
            if (child.isGone()) {
                child.arm(false);
                child.closeStreamsAfterReaders();
            } else if (child.isArmed()) {
                stopAndClose();
            } else if (!child.mayOutlive() && child.known().isPresent()) {
                stopMembersAndClose();
            } else {
                child.closeStreams();
                child.leaveGroup();
            }
        } catch (Error full) {
            if (child.isArmed()) {
                child.signalWithoutMemory(child.policy().onClose().orElse(child.policy().kill()));
            }
            throw full;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private void stopAndClose() {
        boolean killedBefore = child.wasKilled();
        Outcome outcome = stopAndCloseStreams();
        child.arm(false);
        // Otherwise it exited by itself after the look of close(), or another stop ended it.
        boolean killed = outcome.endedBy().equals(Optional.of(Family.KILL)) && !killedBefore;
        if (child.policy().onClose().isEmpty() && killed) {
            throw new ProcessLeakedException(
                    "Process " + child.subject() + " was closed while it ran, and has been killed. Terminate it, wait"
                            + " for it, or start it with terminateOnClose",
                    child.startedAt());
        }
    }

    private Outcome stopAndCloseStreams() {
        Outcome outcome = child.stopThroughInterrupts();
        if (outcome.status().isEmpty()) {
            child.closeStreams();
            throw new UncheckedIOException(Stops.failure(child.subject(), outcome, lastLines()));
        }
        child.closeStreamsAfterReaders();
        return outcome;
    }

    /** Stops the members that the leader has left behind when a wait has seen its exit. */
    private void stopMembersAndClose() {
        Outcome outcome = stopAndCloseStreams();
        if (!outcome.attempts().isEmpty()) {
            Log.info(child, () -> "had left members behind, which were stopped: " + outcome.stragglers());
            Log.flush();
        }
    }

    /**
     * Ends the use of this library in this JVM, for containers that unload an application: stops all armed processes as
     * the exit of the JVM does, each by its policy or by a kill, completes the futures of these stops, and ends the
     * library's threads and its shutdown hook, so that its class loader can be collected. Ends within the longest bound
     * of a policy; if this thread is interrupted before, the graceful phases are left out. A start during the release
     * throws IllegalStateException; a second call waits for the first, and an interrupt of its thread ends the graceful
     * phases. In a shutdown hook it waits for the stops of the exit. Disarmed processes continue: their handles still
     * work on the caller's own thread, but one that is armed again is not stopped with the JVM. A thread that waits for
     * one of them sees an interrupt within 20 ms. The next start uses the library again. If the release fails, for
     * example with an OutOfMemoryError, the library remains in use, and another call does the rest.
     *
     * <p>Without this call, an application that is unloaded leaves two threads and the shutdown hook, and with them its
     * class loader.
     */
    public static void release() {
        Guard.release();
    }

    // java.lang.Process

    /**
     * {@inheritDoc} A write throws an IOException after a wait has seen the exit or a stop has closed the stream, and
     * if the input is redirected.
     */
    @Override
    public OutputStream getOutputStream() {
        return input;
    }

    /**
     * {@inheritDoc} Closing the stream ends a read with an IOException. An interrupt has no effect on a read of a
     * platform thread. It ends a waiting read of a virtual thread, which cannot be cancelled in another way, with an
     * {@link java.io.InterruptedIOException}: nothing is lost, and the flag stays set.
     *
     * <p>Once a wait of this handle has seen the exit, or a stop has ended, what the process wrote is kept in memory
     * and the end of the stream follows, also if a grandchild holds the other end of the pipe. The same happens when
     * the library notices that no process of the group runs. A read in progress continues until the last writer is
     * gone. Methods that only look ({@link #isAlive()}, {@link #exitValue()}, {@link #state()}, a {@link #waitFor(long,
     * TimeUnit)} of zero) close nothing. After {@link #close()} a read throws an IOException; if a thread was reading
     * during the close, the rest and the end of the stream come first.
     */
    @Override
    public InputStream getInputStream() {
        return output;
    }

    /** {@inheritDoc} As {@link #getInputStream()}. */
    @Override
    public InputStream getErrorStream() {
        return error;
    }

    /**
     * {@inheritDoc} Disarms. Members of its group that still run are logged once, at warn.
     *
     * @throws UncheckedIOException the wait failed; the process is still armed and may be running
     */
    @Override
    public int waitFor() throws InterruptedException {
        return awaitExit(Deadline.NEVER).orElseThrow().toExitValue();
    }

    /**
     * {@inheritDoc} Disarms if it returns true; then members of its group that still run are logged once.
     *
     * @throws UncheckedIOException as for {@link #waitFor()}
     * @throws NullPointerException the unit is null
     */
    @Override
    public boolean waitFor(long timeout, TimeUnit unit) throws InterruptedException {
        return awaitExit(Deadline.in(unit.toNanos(timeout))).isPresent();
    }

    /**
     * Waits for the exit as {@link #waitFor(long, TimeUnit)} does; {@link Process} has this method from Java 24 on.
     *
     * @param duration how long at most; zero or less for a look
     * @return whether it has exited; disarms if so
     * @throws InterruptedException this thread was interrupted
     * @throws UncheckedIOException as for {@link #waitFor()}
     * @throws NullPointerException the duration is null
     */
    public boolean waitFor(Duration duration) throws InterruptedException {
        return awaitExit(Deadline.in(duration.isNegative() ? 0 : Durations.nanos(duration))).isPresent();
    }

    private Optional<ExitStatus> awaitExit(Deadline limit) throws InterruptedException {
        try {
            boolean onlyLook = limit.hasCome();
            return awaitOutput(disarmedBy(onlyLook ? child.look() : child.awaitExit(limit)), onlyLook);
        } catch (OsException e) {
            throw new UncheckedIOException(e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * {@inheritDoc} It is the exit code, 128 + n if signal n ended it, or -1 if it is not known. Disarms.
     *
     * @throws IllegalThreadStateException it has not exited
     * @throws UncheckedIOException the state of the process cannot be read
     */
    @Override
    public int exitValue() {
        try {
            Optional<ExitStatus> status = disarmedBy(child.look());
            if (status.isEmpty()) {
                throw new IllegalThreadStateException("process hasn't exited");
            }
            return status.get().toExitValue();
        } catch (OsException e) {
            throw new UncheckedIOException(e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** {@inheritDoc} A process whose state is not known counts as alive. */
    @Override
    public boolean isAlive() {
        return exitStatus().isEmpty();
    }

    /**
     * {@inheritDoc} The process is disarmed when the future completes. A pending future keeps this handle from being
     * lost. It fails with an {@link OsException} if the wait does. Cancelling it abandons only that future.
     *
     * <p>It needs no thread. It is completed on a small pool of platform threads of the library, which inherit no
     * thread-locals, and dependents that are not asynchronous run there: if they block, the pool grows after 20 ms, up
     * to 1,024 threads. A platform thread in {@code get} or {@code join} waits in the OS and completes a future that
     * nothing depends on.
     */
    @Override
    public CompletableFuture<Process> onExit() {
        ChildFuture<Process> result = new ChildFuture<>(child, this::completeOnExit);
        child.whenExited(result::resultIsKnown);
        return result.published();
    }

    private void completeOnExit(CompletableFuture<Process> result) {
        try {
            if (child.known().isEmpty()) {
                result.completeExceptionally(child.exitFailure().orElseThrow());
            } else if (!result.isDone()) {
                disarmedBy(child.known());
                result.complete(this);
            }
        } catch (Throwable failure) {
            // Also an Error, for example out of memory: nothing else would complete it.
            result.completeExceptionally(failure);
        }
    }

    /**
     * Sends SIGTERM as {@link Builder#killMode} says, and SIGCONT after it, and does not wait. A refusal is logged,
     * because this method cannot report it; the streams stay open; the process stays armed. On Windows it is {@link
     * #destroyForcibly}, as with the JDK. Prefer {@link #terminate}.
     */
    @Override
    public void destroy() {
        if (Family.WINDOWS) {
            destroyForcibly();
            return;
        }
        try {
            child.send(Signals.number(UnixSignal.SIGTERM), true);
        } catch (OsException e) {
            Log.warn(child, () -> "destroy: refused SIGTERM: " + e.getMessage(), e, "signal", "SIGTERM");
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Sends SIGKILL to the process group (TerminateJobObject on Windows) and does not wait. Its standard input is
     * closed after that, and what was written and not flushed is dropped; the other streams stay open. A current stop
     * goes to its kill. A refusal is logged, because this method cannot report it; the process stays armed. Prefer
     * {@link #kill}.
     *
     * @return this
     */
    @Override
    public Process destroyForcibly() {
        try {
            child.killNow();
        } catch (OsException e) {
            Log.warn(child, () -> "destroy: refused " + Family.KILL + ": " + e.getMessage(), e, "signal", Family.KILL);
        } finally {
            Reference.reachabilityFence(this);
        }
        return this;
    }

    /** {@inheritDoc} It is true on Unix. */
    @Override
    public boolean supportsNormalTermination() {
        return !Family.WINDOWS;
    }

    @Override
    public long pid() {
        return child.pid();
    }

    /**
     * Returns the JDK's handle of the leader. It acts only on the leader, with the guarantees of the JDK. If it is
     * taken while the process runs, the process does not count as lost any more; it stays armed, and close() and the
     * exit of the JVM still stop it. After the reap of the process another process may have its pid: then this returns
     * a handle of this library for an ended process.
     */
    @Override
    public ProcessHandle toHandle() {
        try {
            return child.handle(true);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** {@inheritDoc} As {@link #toHandle()} reports it, but the process can still count as lost. */
    @Override
    public ProcessHandle.Info info() {
        return child.handle(false).info();
    }

    /** {@inheritDoc} As {@link #info()}. */
    @Override
    public Stream<ProcessHandle> children() {
        return listed(ProcessHandle::children);
    }

    /** {@inheritDoc} As {@link #info()}. */
    @Override
    public Stream<ProcessHandle> descendants() {
        return listed(ProcessHandle::descendants);
    }

    /** The JDK reads all processes for this, which would hold the carrier of a virtual thread. */
    private Stream<ProcessHandle> listed(Function<ProcessHandle, Stream<ProcessHandle>> listing) {
        ProcessHandle leader = child.handle(false);
        return child.callOnPlatformThread(() -> listing.apply(leader).toList()).stream();
    }

    /** Returns name, pid and state, for a person. */
    @Override
    public String toString() {
        return "ManagedProcess[name=" + name() + ", pid=" + pid() + ", " + exitText() + "]";
    }

    /** Returns the text that the JDK's processes use. */
    private String exitText() {
        return switch (state()) {
            case RunningState.Terminated terminated -> "exitValue=" + terminated.status().toExitValue();
            case RunningState.Running running -> "exitValue=\"not exited\"";
            case RunningState.Uncertain uncertain -> "exitValue=\"not known\"";
        };
    }
}
