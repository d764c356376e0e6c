package io.github.lastcall;

import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.Durations;
import io.github.lastcall.internal.escalation.Outcome;
import io.github.lastcall.internal.escalation.Plan;
import io.github.lastcall.internal.exit.PlatformThreads;
import io.github.lastcall.internal.exit.Scans;
import io.github.lastcall.internal.exit.StopThread;
import io.github.lastcall.internal.exit.VirtualThreads;
import io.github.lastcall.internal.guard.Child;
import io.github.lastcall.internal.guard.Guard;
import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.stdio.ChildInputStream;
import io.github.lastcall.internal.stdio.ChildOutputStream;
import io.github.lastcall.internal.stdio.ClosedOutputStream;
import io.github.lastcall.internal.stdio.EmptyInputStream;
import io.github.lastcall.internal.stdio.PipeInput;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.ref.Reference;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * A child process that leads a process group of its own and is stopped as a whole.
 *
 * <p>It is a {@link Process}, started from a {@link ProcessBuilder}: command, environment, directory and redirects mean
 * what they mean there, and so do the inherited methods. Beyond them it can be {@linkplain #terminate terminated} step
 * by step with a report of every attempt, and it is <em>armed</em>: a running process whose handle is closed, lost or
 * left at an orderly exit of the JVM is stopped and reported.
 *
 * <p><b>Threads.</b> Every method may be called from any thread at any time. Those that wait say so; they wait in
 * native code on a platform thread and park on a virtual one. No method blocks beyond what it says.
 *
 * <p><b>Signals</b> go to the whole process group, see killpg(3), never to a process that has been reaped, and
 * therefore never to a stranger that was given its pid.
 *
 * <p><b>Differences from the JDK's own processes.</b> {@link #destroy()} leaves the streams open, so that the last
 * words of the child can be read. {@link #toHandle()} is the JDK's handle, which acts on the leader alone. The child is
 * in its own process group: a Ctrl-C at the terminal does not reach it (the exit of the JVM stops it instead), and
 * reading a terminal as its standard input stops it (SIGTTIN, see credentials(7)). With {@link KillMode#LEADER} it is
 * not.
 */
public final class ManagedProcess extends Process implements AutoCloseable {

    private final Child child;
    private final OutputStream input;
    private final InputStream output;
    private final InputStream error;

    /** The JDK's handle of the leader, taken before it could be reaped; empty only where the JDK cannot see it. */
    private final Optional<ProcessHandle> handle;

    ManagedProcess(Child child) {
        this.child = child;
        this.input = child.input().isPresent()
                ? new ChildOutputStream(this, child.input().get())
                : new ClosedOutputStream();
        this.output = stream(child.output());
        this.error = stream(child.error());
        this.handle = ProcessHandle.of(child.subject().pid());
    }

    private InputStream stream(Optional<PipeInput> pipe) {
        return pipe.isPresent()
                ? new BufferedInputStream(new ChildInputStream(this, pipe.get()))
                : new EmptyInputStream();
    }

    /**
     * Prepares to start what a ProcessBuilder describes. It is copied here, once, and not changed: what is done to it
     * afterwards has no effect on this builder, nor the other way round.
     *
     * @param command command, environment, working directory and redirects
     * @return a builder
     * @throws NullPointerException if it is null
     */
    public static Builder builder(ProcessBuilder command) {
        return new Builder(CommandCopy.of(Objects.requireNonNull(command, "command")));
    }

    /**
     * Prepares to start a program with its arguments, with pipes for its three streams, as a {@link ProcessBuilder}
     * does.
     *
     * @param command the program and its arguments
     * @return a builder
     * @throws NullPointerException if it is null
     */
    public static Builder builder(String... command) {
        return new Builder(new ProcessBuilder(command));
    }

    /**
     * What is to be started, and how it is to be stopped: what a {@link ProcessBuilder} has, with the same meaning, and
     * more. It can start several processes. Not for use by several threads at once.
     */
    public static final class Builder {

        private final ProcessBuilder command;
        private Optional<String> name = Optional.empty();
        private KillMode mode = KillMode.GROUP;
        private Optional<GracefulShutdown> onClose = Optional.empty();
        private Optional<Scans> scans = Optional.empty();

        private Builder(ProcessBuilder command) {
            this.command = command;
        }

        /**
         * Names the process, for reports, errors and the log. By default it is the file name of the program, never an
         * argument, the environment or the directory: those may hold secrets.
         *
         * @param name the name
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
         * Sets whom the signals are for and who is waited for; {@link KillMode#GROUP} by default.
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
         * Sets how {@link ManagedProcess#close()} and the exit of the JVM stop the process. Without it they kill, as
         * is always done to a process whose handle is lost.
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
            change.accept(command.environment());
            return this;
        }

        /**
         * Sets where the standard input comes from; a pipe by default.
         *
         * @param source the source
         * @return this builder
         * @throws NullPointerException if it is null
         * @throws IllegalArgumentException it is no source, but writes
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
         * @throws IllegalArgumentException it is no destination, but reads
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
         * @throws IllegalArgumentException it is no destination, but reads
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

        /** For tests: an OS that can be made to fail. What this builder starts shares its scans. */
        Builder os(OsPort os) {
            this.scans = Optional.of(new Scans(os));
            return this;
        }

        /**
         * Starts the process, armed. Blocks until its program runs or has failed to, as posix_spawn(3) does; an
         * interrupt does not disturb that.
         *
         * @return the running process
         * @throws SpawnException the command, a redirect or the OS was refused; nothing is left of the attempt
         * @throws NullPointerException an element of the command is null
         * @throws IndexOutOfBoundsException the command is empty
         * @throws UnsatisfiedLinkError the native library cannot be used; the message says what to do
         */
        public ManagedProcess start() throws SpawnException {
            return start(onClose);
        }

        /** As {@link #start()}, with the policy of a scope instead of its own. */
        ManagedProcess start(GracefulShutdown scopePolicy) throws SpawnException {
            return start(Optional.of(scopePolicy));
        }

        private ManagedProcess start(Optional<GracefulShutdown> onClose) throws SpawnException {
            Optional<Plan> plan = onClose.isPresent() ? Optional.of(Stops.plan(onClose.get())) : Optional.empty();
            Child.Policy policy = new Child.Policy(mode, plan, Stops.KILL_PLAN);
            Throwable startedAt = new Throwable("The process was started here");
            try {
                return PlatformThreads.call(() -> new Launch(scans, name, mode, command).start(policy, startedAt));
            } catch (SpawnException | RuntimeException e) {
                throw e;
            } catch (Exception e) {
                throw new AssertionError("a start throws nothing else", e);
            }
        }
    }

    // Stopping

    /**
     * Stops the process group: sends the signals of the policy, one phase after the other, each followed by SIGCONT so
     * that a stopped process can react, until the process has exited and nobody of its group runs; then SIGKILL. Closes
     * its standard input with the first signal. Ends within {@link GracefulShutdown#upperBound()}, and as soon as all
     * is gone. A group that is gone already is sent nothing. {@link Builder#killMode} narrows whom this is about.
     *
     * <p>Several threads may stop the same process: a later one can only make it shorter, and all get the same outcome.
     * Once it succeeds the process is disarmed.
     *
     * @param shutdown the policy
     * @return what was done, and how the process ended
     * @throws TerminationFailedException it could not be stopped; it is still armed
     * @throws TerminationException as above
     * @throws InterruptedException this thread was interrupted; if it was before the call, nothing has been sent. The
     *     process is still armed and may be running. If other threads are stopping it, they go on
     * @throws NullPointerException the policy is null
     */
    public TerminationReport terminate(GracefulShutdown shutdown) throws TerminationException, InterruptedException {
        return stop(Stops.plan(shutdown));
    }

    /**
     * Kills the process group with SIGKILL, after closing its standard input, and waits until nobody of it runs, 3 s at
     * most; members that outlived the process are reached too. Cuts short what other threads do to stop it; only if the
     * virtual thread that does so gets no carrier is the kill sent 3 s late, beside it. Once it succeeds the process is
     * disarmed.
     *
     * @return how the process ended
     * @throws TerminationFailedException it could not be killed, or has not exited in time; it is still armed
     * @throws TerminationException as above
     * @throws InterruptedException this thread was interrupted; if it was before the call, nothing has been sent, else
     *     the process has probably been killed. It is still armed
     */
    public ExitStatus kill() throws TerminationException, InterruptedException {
        return stop(Stops.KILL_PLAN).exitStatus();
    }

    /**
     * Begins to stop the process group as {@link #terminate} does, and does not wait. Whoever stops it as well, in
     * whatever way, gets the same outcome, and a later one can only make it shorter.
     *
     * <p>The stop runs on a virtual thread of its own, and so do dependents of the future that are not asynchronous:
     * one that blocks holds up nothing but the other dependents of this future. The thread inherits no thread-locals,
     * and an interrupt of the caller does not concern it. Completing or cancelling the future abandons that future and
     * nothing else: the stop goes on. While it does the handle is not lost, whether anybody has the future or not; a
     * {@link #close()} of an armed one cuts it short as it does any stop. At an orderly exit of the JVM, which does not
     * wait for the future, the process is stopped as an armed one is, also if it was disarmed meanwhile.
     *
     * @param shutdown the policy
     * @return what was done, and how the process ended; it is disarmed by then. Fails with the {@link
     *     TerminationFailedException} of {@link #terminate} if it could not be stopped; it is still armed then
     * @throws NullPointerException the policy is null
     */
    public CompletableFuture<TerminationReport> terminateAsync(GracefulShutdown shutdown) {
        Plan plan = Stops.plan(shutdown);
        return startBeside(() -> stop(plan));
    }

    private <T> CompletableFuture<T> startBeside(Callable<T> stop) {
        StopThread<T> beside = stopBeside(stop);
        try {
            beside.start();
        } catch (Throwable noThread) {
            if (beside.giveUp()) {
                child.stopHasCome();
                throw noThread;
            }
        }
        return beside.result();
    }

    /**
     * Makes the thread of a stop, not started. The stop is under way from here on: if the process is disarmed and
     * closed before that thread has begun, the group is left to it.
     */
    <T> StopThread<T> stopBeside(Callable<T> stop) {
        child.expectStop();
        return new StopThread<>("lastcall-stop-" + pid(), () -> expected(stop));
    }

    private <T> T expected(Callable<T> stop) throws Exception {
        try {
            return stop.call();
        } finally {
            child.stopHasCome();
        }
    }

    /**
     * Kills the process group as {@link #kill} does, and does not wait. Cuts short what others do to stop it. Thread,
     * future and the exit of the JVM are as with {@link #terminateAsync}.
     *
     * @return how the process ended; it is disarmed by then. Fails with the {@link TerminationFailedException} of
     *     {@link #kill} if it could not be killed, or has not exited in time; it is still armed then
     */
    public CompletableFuture<ExitStatus> killAsync() {
        return startBeside(this::kill);
    }

    private TerminationReport stop(Plan plan) throws TerminationException, InterruptedException {
        try {
            return stopped(child.stop(plan));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Stops it by the policy that it was started with, as {@link #close()} does, and nothing else of that. */
    TerminationReport terminateThroughInterrupts() throws TerminationFailedException {
        try {
            return stopped(child.stopThroughInterrupts());
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** As {@link #terminateThroughInterrupts()}, without the graceful phases. */
    TerminationReport killThroughInterrupts() throws TerminationFailedException {
        try {
            return stopped(child.killThroughInterrupts());
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** As {@link #killThroughInterrupts()}, where a stop under way has no thread to go on. */
    TerminationReport killBesideStuckStop() throws TerminationFailedException {
        try {
            return stopped(child.killBesideStuckStop());
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private TerminationReport stopped(Outcome outcome) throws TerminationFailedException {
        TerminationReport report = Stops.report(child.subject(), outcome);
        child.arm(false);
        return report;
    }

    /** Whether it is known, without asking the OS, that it and its group are gone. */
    boolean isCleared() {
        return child.isCleared();
    }

    /**
     * Sends one signal to the process group (by {@link Builder#killMode} to the leader alone) and does not wait for
     * anything. Sends nothing if nobody of it is there.
     *
     * @param signal the signal, any
     * @throws SignalFailedException the OS refused, for example with EPERM, see kill(2)
     * @throws TerminationException as above
     * @throws NullPointerException the signal is null
     * @throws UnsupportedOperationException this is Windows
     */
    public void sendSignal(UnixSignal signal) throws TerminationException {
        Objects.requireNonNull(signal, "signal");
        if (Family.WINDOWS) {
            throw new UnsupportedOperationException("signals exist on Unix only");
        }
        long begun = System.nanoTime();
        try {
            if (child.send(signal)) {
                Log.debug(child.subject(), "sent " + signal, "signal", signal);
            }
        } catch (OsException e) {
            throw refused(signal.name(), Duration.ofNanos(System.nanoTime() - begun), e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private SignalFailedException refused(String signal, Duration took, IOException cause) {
        TerminationAttempt attempt = new TerminationAttempt(
                new TerminationAction.SendSignal(signal), Duration.ZERO, took, Optional.of(cause), List.of());
        Log.Subject subject = child.subject();
        return new SignalFailedException(subject.name(), subject.pid(), signal, List.of(attempt));
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
     * Sends CTRL_BREAK_EVENT to the group, on Windows, and does not wait for anything. Sends nothing if nobody of it is
     * there. The event goes through the console that this JVM and the process share. Where there is none (a service,
     * javaw) the process has a hidden one of its own, and a small program is started that sends the event there. To a
     * process without any console (one with windows), or under {@link KillMode#LEADER}, it cannot be delivered.
     *
     * @throws UnsupportedOperationException this is not Windows
     * @throws SignalFailedException it cannot be delivered, or the OS refused
     * @throws TerminationException as above
     */
    public void sendCtrlBreak() throws TerminationException {
        if (!Family.WINDOWS) {
            throw new UnsupportedOperationException("CTRL_BREAK_EVENT exists on Windows only");
        }
        long begun = System.nanoTime();
        try {
            if (child.sendBreak()) {
                Log.debug(child.subject(), "sent " + Family.CTRL_BREAK, "signal", Family.CTRL_BREAK);
            }
        } catch (IOException e) {
            throw refused(Family.CTRL_BREAK, Duration.ofNanos(System.nanoTime() - begun), e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    // Waiting and looking

    /**
     * Closes the standard input of the process, after what is buffered for it, and waits for its exit without limit.
     * Once it succeeds the process is disarmed, unless members of its group still run.
     *
     * @return how the process ended
     * @throws IOException the wait failed; the process is still armed and may be running
     * @throws InterruptedException this thread was interrupted; as above
     */
    public ExitStatus waitForExit() throws IOException, InterruptedException {
        return waitForExit(Durations.FOR_EVER).orElseThrow();
    }

    /**
     * As {@link #waitForExit()}, for a limited time; at its end the standard input is closed, whatever was still
     * buffered for it.
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
            Optional<ExitStatus> status = child.closeInputAndAwaitExit(limit);
            if (status.isPresent() && child.isGone()) {
                child.arm(false);
            }
            return status;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Waits as {@link #waitForExit(Duration)} does, and terminates the process as {@link #terminate} does if it has not
     * exited by then.
     *
     * @param timeout how long to wait for it to exit by itself
     * @param shutdown how to stop it after that
     * @return which of the two it was
     * @throws IOException the wait failed, or it could not be stopped ({@link TerminationException}); it is still armed
     * @throws InterruptedException this thread was interrupted; the process is still armed and may be running
     * @throws NullPointerException an argument is null
     * @throws IllegalArgumentException the timeout is negative
     */
    public WaitOutcome waitForExitOrTerminate(Duration timeout, GracefulShutdown shutdown)
            throws IOException, InterruptedException {
        Plan plan = Stops.plan(shutdown);
        Optional<ExitStatus> status = waitForExit(timeout);
        return status.isPresent()
                ? new WaitOutcome.Completed(status.get())
                : new WaitOutcome.TerminatedAfterTimeout(stop(plan));
    }

    /**
     * A drop-in for the JDK's processes, which know of no group: the leader's exit is enough, and the log tells the
     * rest.
     */
    private Optional<ExitStatus> disarmedBy(Optional<ExitStatus> status) {
        if (status.isPresent()) {
            child.arm(false);
            child.tellStragglers();
        }
        return status;
    }

    /**
     * Looks whether the process runs. Neither waits nor disarms.
     *
     * @return what the OS says, or why it could not be asked
     */
    public RunningState state() {
        try {
            return child.lookAtLeader()
                    .<RunningState>map(RunningState.Terminated::new)
                    .orElseGet(RunningState.Running::new);
        } catch (OsException e) {
            return new RunningState.Uncertain(e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Returns how the process ended. Neither waits nor disarms.
     *
     * @return the status; empty: it has not exited, or that cannot be told, see {@link #state()}
     */
    public Optional<ExitStatus> exitStatus() {
        return state() instanceof RunningState.Terminated terminated
                ? Optional.of(terminated.status())
                : Optional.empty();
    }

    /**
     * Returns the name of the process.
     *
     * @return the name that the builder was given, or the file name of the program
     */
    public String name() {
        return child.subject().name();
    }

    // The guard

    /**
     * Returns whether the process must not outlive this handle: from its start until a stop of it succeeds, by whatever
     * method, future or scope, or {@link #close()}, {@link #waitFor()}, {@link #exitValue()}, a future of {@link
     * #onExit()}, or {@link #waitForExit()} unless members of its group still run; or until {@link
     * #mustNotBeTerminated()}. {@link #state()}, {@link #exitStatus()} and {@link #isAlive()} only look.
     *
     * @return whether it is armed
     */
    public boolean isArmed() {
        return child.isArmed();
    }

    /** Disarms: the process may outlive this handle, and the JVM. */
    public void mustNotBeTerminated() {
        try {
            child.arm(false);
        } finally {
            // Or the guard could take the handle of start().mustNotBeTerminated() for lost before it is disarmed.
            Reference.reachabilityFence(this);
        }
    }

    /** Arms again. */
    public void mustBeTerminated() {
        try {
            child.arm(true);
        } finally {
            // Or the guard could take the handle for lost before it is armed, and let the process go.
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Ends the use of this handle. Silent if the process and its group are gone, or it is disarmed; its streams are
     * closed. An armed one of which anybody runs is terminated by the policy of {@link Builder#terminateOnClose}, or,
     * without one, killed; a stop of it that is under way elsewhere is joined, and cut short if it would take longer.
     * Idempotent. Ends within the bound of the policy, or of {@link #kill()}.
     *
     * <p>If this thread is interrupted, before or meanwhile, the graceful phases are skipped; the flag is set
     * when this returns.
     *
     * @throws ProcessLeakedException it ran, there was no policy, and it has been killed; the cause is the place where
     *     it was started
     * @throws UncheckedIOException it could not be stopped; the cause is the {@link TerminationException}. It is still
     *     armed
     */
    @Override
    public void close() {
        try {
            if (!child.isArmed() || child.isGone()) {
                child.arm(false);
                child.closeStreams();
                if (!isAlive()) {
                    child.leaveGroup();
                }
            } else {
                stopAndClose();
            }
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private void stopAndClose() {
        Outcome outcome = child.stopThroughInterrupts();
        child.closeStreams();
        try {
            Stops.report(child.subject(), outcome);
        } catch (TerminationFailedException e) {
            throw new UncheckedIOException(e);
        }
        child.arm(false);
        // Otherwise it exited by itself, between the look of close() and that of the stop, or another stop ended it.
        if (child.policy().onClose().isEmpty() && outcome.endedBy().equals(Optional.of(Family.KILL))) {
            throw new ProcessLeakedException(
                    "Process " + child.subject() + " was closed while it ran, and has been killed. Terminate it, wait"
                            + " for it, or start it with terminateOnClose",
                    child.startedAt());
        }
    }

    // java.lang.Process

    /** {@inheritDoc} Writing after the exit has been seen, or to a redirected input, throws an IOException. */
    @Override
    public OutputStream getOutputStream() {
        return input;
    }

    /**
     * {@inheritDoc} Closing the stream ends a read with an IOException. An interrupt does not disturb one on a platform
     * thread; on a virtual thread, whose canceller has no other means, it ends one that waits with an {@link
     * java.io.InterruptedIOException}: nothing is lost, and the flag stays set. Once the exit
     * of the process has been seen by any method, what it wrote is kept in memory and the end of the stream follows,
     * also if a grandchild holds the other end of the pipe.
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
     * {@inheritDoc} Disarms. Members of its group that still run are told once in the log, at warn.
     *
     * @throws UncheckedIOException the wait failed
     */
    @Override
    public int waitFor() throws InterruptedException {
        return awaitExit(Deadline.NEVER).orElseThrow().toExitValue();
    }

    /**
     * {@inheritDoc} Disarms if it returns true; then members of its group that still run are told once in the log.
     *
     * @throws UncheckedIOException the wait failed
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
     * @throws UncheckedIOException the wait failed
     * @throws NullPointerException the duration is null
     */
    public boolean waitFor(Duration duration) throws InterruptedException {
        return awaitExit(Deadline.in(duration.isNegative() ? 0 : Durations.nanos(duration))).isPresent();
    }

    private Optional<ExitStatus> awaitExit(Deadline limit) throws InterruptedException {
        try {
            return disarmedBy(limit.hasCome() ? child.lookAtLeader() : child.awaitLeader(() -> limit));
        } catch (OsException e) {
            throw new UncheckedIOException(e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * {@inheritDoc} That is the exit code, 128 + n if signal n ended it, -1 if it cannot be known. Disarms.
     *
     * @throws UncheckedIOException the OS could not be asked
     */
    @Override
    public int exitValue() {
        try {
            return disarmedBy(child.lookAtLeader())
                    .orElseThrow(() -> new IllegalThreadStateException("process hasn't exited"))
                    .toExitValue();
        } catch (OsException e) {
            throw new UncheckedIOException(e);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** {@inheritDoc} One whose state cannot be told counts as alive. */
    @Override
    public boolean isAlive() {
        return !(state() instanceof RunningState.Terminated);
    }

    /**
     * {@inheritDoc} The process is disarmed when the future completes. A pending future keeps this handle from being
     * lost. It fails with an {@link OsException} if the wait does. Cancelling it abandons that future and nothing else.
     *
     * <p>A virtual thread waits for each future, and dependents that are not asynchronous run on it: one that blocks
     * holds up nothing but the other dependents of the same future.
     */
    @Override
    public CompletableFuture<Process> onExit() {
        CompletableFuture<Process> result = new CompletableFuture<>();
        VirtualThreads.unstarted("lastcall-exit-" + pid(), () -> completeOnExit(result)).start();
        result.whenComplete((process, failure) -> {
            if (failure != null) {
                // Whoever has cancelled it wants nobody to wait any more.
                child.wake();
            }
        });
        return result;
    }

    private void completeOnExit(CompletableFuture<Process> result) {
        try {
            Optional<ExitStatus> status = child.awaitLeader(() -> result.isDone() ? Deadline.in(0) : Deadline.NEVER);
            if (!result.isDone() && disarmedBy(status).isPresent()) {
                result.complete(this);
            }
        } catch (Throwable failure) {
            // An error too, out of memory say: nobody else would complete it.
            result.completeExceptionally(failure);
        }
    }

    /**
     * Sends SIGTERM to whom {@link Builder#killMode} says, and SIGCONT after it, and does not wait. A refusal is
     * logged, as this method can report none; the streams stay open; the process stays armed. On Windows it is {@link
     * #destroyForcibly}, as with the JDK. Prefer {@link #terminate}.
     */
    @Override
    public void destroy() {
        if (Family.WINDOWS) {
            destroyForcibly();
            return;
        }
        try {
            child.askNow(UnixSignal.SIGTERM);
        } catch (OsException e) {
            Log.warn(child.subject(), () -> "destroy: refused SIGTERM: " + e.getMessage(), e, "signal", "SIGTERM");
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Sends SIGKILL to the process group (TerminateJobObject on Windows), after closing its standard input, and does
     * not wait. A refusal is logged, as this method can report none; the process stays armed. Prefer {@link #kill}.
     *
     * @return this
     */
    @Override
    public Process destroyForcibly() {
        try {
            child.killNow();
        } catch (OsException e) {
            Log.warn(
                    child.subject(),
                    () -> "destroy: refused " + Family.KILL + ": " + e.getMessage(),
                    e,
                    "signal", Family.KILL);
        } finally {
            Reference.reachabilityFence(this);
        }
        return this;
    }

    /** {@inheritDoc} It does on Unix. */
    @Override
    public boolean supportsNormalTermination() {
        return !Family.WINDOWS;
    }

    @Override
    public long pid() {
        return child.subject().pid();
    }

    /**
     * Returns the JDK's handle, taken when the process was started. It acts on the leader alone, and its promises are
     * the JDK's.
     *
     * @throws UnsupportedOperationException the JDK could not see the process when it was started
     */
    @Override
    public ProcessHandle toHandle() {
        return handle.orElseThrow(
                () -> new UnsupportedOperationException("the JDK could not see " + child.subject()));
    }

    /**
     * {@inheritDoc} As {@link #toHandle()} sees it.
     *
     * @throws UnsupportedOperationException as there
     */
    @Override
    public ProcessHandle.Info info() {
        return toHandle().info();
    }

    /**
     * {@inheritDoc} As {@link #toHandle()} sees it.
     *
     * @throws UnsupportedOperationException as there
     */
    @Override
    public Stream<ProcessHandle> children() {
        return listed(ProcessHandle::children);
    }

    /**
     * {@inheritDoc} As {@link #toHandle()} sees it.
     *
     * @throws UnsupportedOperationException as there
     */
    @Override
    public Stream<ProcessHandle> descendants() {
        return listed(ProcessHandle::descendants);
    }

    /** The JDK looks through all processes for it, which a virtual thread must not do while it holds its carrier. */
    private Stream<ProcessHandle> listed(Function<ProcessHandle, Stream<ProcessHandle>> listing) {
        ProcessHandle leader = toHandle();
        return PlatformThreads.supply(() -> listing.apply(leader).toList()).stream();
    }

    /** Returns name, pid and state, for a person. */
    @Override
    public String toString() {
        return "ManagedProcess[name=" + name() + ", pid=" + pid() + ", " + state() + "]";
    }
}
