package io.github.lastcall;

import io.github.lastcall.internal.Durations;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.stop.Plan;
import io.github.lastcall.internal.stop.Action;
import io.github.lastcall.internal.stop.Phase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How a process is stopped: the graceful phases with their timeouts, and how long to wait after the forceful kill. A
 * policy has phases for both families of OS, so that a program can use one value everywhere. Immutable.
 *
 * <p>{@link #of} is enough for most programs. Other policies are built in stages, so that no family can be forgotten:
 *
 * {@snippet :
 * GracefulShutdown shutdown = GracefulShutdown.builder()
 *         .unixSigterm(Duration.ofSeconds(5))
 *         .windowsCtrlBreak(Duration.ofSeconds(8))
 *         .build();
 * }
 *
 * <p>Steps that are gentler than a signal come first, on every OS: the end of the standard input, a command, a call.
 * For example, a server of the Model Context Protocol ends with its input, and is stopped like this:
 *
 * {@snippet :
 * GracefulShutdown shutdown = GracefulShutdown.builder()
 *         .closeInput(Duration.ofSeconds(2))
 *         .unixSigterm(Duration.ofSeconds(2))
 *         .windowsCtrlBreak(Duration.ofSeconds(2))
 *         .build();
 * }
 *
 * <p>Timeouts are upper bounds, never delays: every wait ends as soon as the exit is seen. A timeout of zero sends and
 * does not wait. A timeout too long for a {@code long} of nanoseconds (292 years) counts as for ever; sums with it are
 * {@link Long#MAX_VALUE} nanoseconds.
 */
public final class GracefulShutdown {

    private static final Duration DEFAULT_FORCE_KILL_TIMEOUT = Duration.ofSeconds(3);

    /** The steps for every OS, before the phases of this OS. */
    private final List<Phase> steps;
    private final UnixGracefulShutdown unix;
    private final WindowsGracefulShutdown windows;
    private final Duration forceKillTimeout;
    private final Plan plan;

    private GracefulShutdown(Options options) {
        this.steps = options.steps;
        this.unix = options.unix;
        this.windows = options.windows;
        this.forceKillTimeout = options.forceKillTimeout;
        this.plan = Stops.plan(this, Family.WINDOWS);
    }

    /** The plan for this OS. */
    Plan plan() {
        return plan;
    }

    /**
     * Returns the most common policy: SIGTERM on Unix, {@code CTRL_BREAK_EVENT} on Windows, and the timeout for the
     * process to end; then the forceful kill, and 3 s. {@link #builder()} makes any other policy.
     *
     * @param timeout how long to wait at most after the signal or the event
     * @return the policy
     * @throws NullPointerException if the timeout is null
     * @throws IllegalArgumentException if it is negative
     */
    public static GracefulShutdown of(Duration timeout) {
        return builder().unixSigterm(timeout).windowsCtrlBreak(timeout).build();
    }

    /**
     * Starts a policy. The stages are immutable: each call returns the next stage and changes nothing, so that a stage
     * can be kept and used several times, from any thread.
     *
     * @return the first stage
     */
    public static UnixStage builder() {
        return new Steps(List.of());
    }

    /**
     * Returns what is done on Unix, after the steps for every OS.
     *
     * @return the phases on Linux and macOS, empty if the policy has only steps for every OS
     */
    public UnixGracefulShutdown unix() {
        return unix;
    }

    /**
     * Returns what is done on Windows, after the steps for every OS.
     *
     * @return the event on Windows; with a timeout of zero, and not sent, if the policy has only steps for every OS
     */
    public WindowsGracefulShutdown windows() {
        return windows;
    }

    /**
     * Returns how long a stop waits at most after the forceful kill.
     *
     * @return the timeout, as it was given; 3 s by default
     */
    public Duration forceKillTimeout() {
        return forceKillTimeout;
    }

    /**
     * Returns how long the graceful phases on this OS wait together at most. The forceful kill is not included.
     *
     * @return the sum of the timeouts, at most {@link Long#MAX_VALUE} nanoseconds, which means for ever
     * @see #upperBound()
     */
    public Duration totalTimeout() {
        return totalTimeout(Family.WINDOWS);
    }

    /**
     * Returns the time within which a stop by this policy ends on this OS, with a report or with an exception: the
     * timeouts of the graceful phases, each counted as at least 100 ms, because a stop waits that long after a refused
     * signal (the process may just have exited), the timeout of the forceful kill, and 100 ms for everything between
     * the waits.
     *
     * @return the bound, at most {@link Long#MAX_VALUE} nanoseconds, which means for ever
     */
    public Duration upperBound() {
        return upperBound(Family.WINDOWS);
    }

    /** Returns the steps for every OS, before the phases of this OS. */
    List<Phase> steps() {
        return steps;
    }

    Duration totalTimeout(boolean onWindows) {
        List<Phase> phases = Stops.plan(this, onWindows).phases();
        return Durations.sum(phases.stream().map(GracefulShutdown::timeout).toList());
    }

    /** The bound that a stop by the plan keeps. */
    Duration upperBound(boolean onWindows) {
        return Duration.ofNanos(Stops.plan(this, onWindows).boundNanos());
    }

    String text(boolean onWindows) {
        String graceful = onWindows ? windows.toString() : unix.toString();
        String kill = (onWindows ? "TerminateJobObject" : "SIGKILL") + " (" + Durations.text(forceKillTimeout) + ")";
        return Stream.concat(steps.stream().map(GracefulShutdown::text), Stream.of(graceful, kill))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(", then "));
    }

    private static String text(Phase step) {
        return step.name() + " " + Durations.text(timeout(step));
    }

    private static Duration timeout(Phase phase) {
        return Duration.ofNanos(phase.timeoutNanos());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GracefulShutdown that && steps.equals(that.steps) && unix.equals(that.unix)
                && windows.equals(that.windows) && forceKillTimeout.equals(that.forceKillTimeout);
    }

    @Override
    public int hashCode() {
        return Objects.hash(steps, unix, windows, forceKillTimeout);
    }

    /**
     * Returns what is done on this OS, in words.
     *
     * @return for example {@code SIGTERM 5 s, then SIGKILL (3 s)}
     */
    @Override
    public String toString() {
        return text(Family.WINDOWS);
    }

    /**
     * The first stage: steps for every OS, if any, in the order of the calls; then the phases on Unix.
     *
     * <p>A step is a phase like a signal. It has a timeout, which counts from its beginning. The stop is over as soon
     * as the process and its group are gone, even if the step has not ended. A step that fails is an attempt with its
     * error, and the next phase begins 100 ms later.
     */
    public sealed interface UnixStage permits StepStage {

        /**
         * Closes the standard input of the process. What was written and not flushed is written before, as far as the
         * pipe takes it at once. If the standard input is not a pipe of this JVM, the step is skipped, and the report
         * says so.
         *
         * @param timeout how long to wait at most for the process to end
         * @return a stage with this step
         * @throws NullPointerException if the timeout is null
         * @throws IllegalArgumentException if it is negative
         */
        StepStage closeInput(Duration timeout);

        /**
         * Runs a command, in the directory and the environment of this JVM. {@code LASTCALL_PID} in its environment is
         * the pid of the process, which is not reused while the command runs. Its standard input is empty, its standard
         * output is discarded, and its standard error is that of this JVM.
         *
         * <p>The command leads its own process group. The group is killed when the time of the step is up or the stop
         * is over, whichever comes first, and when the command exits. A command has failed if it cannot be started
         * ({@link SpawnException}), exits with another code than 0 or is ended by a signal. It is started also at the
         * exit of the JVM, when no other process can be started.
         *
         * @param command the program and its arguments, copied
         * @param timeout how long to wait at most for the command and then for the process to end; with zero the step
         *     is left out
         * @return a stage with this step
         * @throws NullPointerException if an argument or an element of the command is null
         * @throws IllegalArgumentException if the command or its program is empty, the command has a NUL in it, or
         *     the timeout is negative
         */
        StepStage run(List<String> command, Duration timeout);

        /**
         * Calls code of this program, on a thread of its own. It is interrupted when its time is up or the stop is
         * over, whichever comes first, and the stop does not wait for it any longer. If no thread can be started, the
         * step is skipped, and the report says so.
         *
         * @param name its name in reports and in the log, where invisible characters are escaped
         * @param action what is called, with the process that is being stopped
         * @param timeout how long to wait at most for the action and then for the process to end; with zero the step is
         *     left out
         * @return a stage with this step
         * @throws NullPointerException if an argument is null
         * @throws IllegalArgumentException if the name is blank or the timeout is negative
         */
        StepStage call(String name, StopAction action, Duration timeout);

        /**
         * Sets the phases on Unix.
         *
         * @param unix the phases
         * @return the next stage
         * @throws NullPointerException if the argument is null
         */
        WindowsStage unix(UnixGracefulShutdown unix);

        /**
         * Sets SIGTERM as the single phase on Unix.
         *
         * @param timeout how long to wait at most
         * @return the next stage
         * @throws NullPointerException if the timeout is null
         * @throws IllegalArgumentException if it is negative
         */
        WindowsStage unixSigterm(Duration timeout);

        /**
         * Sets SIGINT as the single phase on Unix.
         *
         * @param timeout how long to wait at most
         * @return the next stage
         * @throws NullPointerException if the timeout is null
         * @throws IllegalArgumentException if it is negative
         */
        WindowsStage unixSigint(Duration timeout);
    }

    /** The second stage: the event on Windows. */
    public sealed interface WindowsStage permits StepStage, UnixChosen {

        /**
         * Sets the event on Windows.
         *
         * @param windows the event
         * @return the next stage
         * @throws NullPointerException if the argument is null
         */
        OptionStage windows(WindowsGracefulShutdown windows);

        /**
         * Sets {@code CTRL_BREAK_EVENT} on Windows.
         *
         * @param timeout how long to wait at most
         * @return the next stage
         * @throws NullPointerException if the timeout is null
         * @throws IllegalArgumentException if it is negative
         */
        OptionStage windowsCtrlBreak(Duration timeout);
    }

    /** The last stage: what has a default. */
    public sealed interface OptionStage permits StepStage, Options {

        /**
         * Sets how long a stop waits at most after the forceful kill. Zero kills and does not wait: the stop then fails
         * unless the exit is seen at once.
         *
         * @param timeout how long to wait at most; 3 s if it is not set
         * @return a stage with that timeout
         * @throws NullPointerException if the timeout is null
         * @throws IllegalArgumentException if it is negative
         */
        OptionStage forceKillTimeout(Duration timeout);

        /**
         * Finishes the policy.
         *
         * @return the policy
         */
        GracefulShutdown build();
    }

    /**
     * The stage after a step for every OS. Nothing more is needed, so the policy can be {@linkplain #build() finished}
     * here. If only one family of OS gets more phases, the other has the steps only.
     */
    public sealed interface StepStage extends UnixStage, WindowsStage, OptionStage permits Steps {}

    private record Steps(List<Phase> steps) implements StepStage {

        private Steps with(Action action, Duration timeout) {
            List<Phase> more = new ArrayList<>(steps);
            more.add(new Phase(action, Durations.nanos(Durations.require(timeout, "timeout"))));
            return new Steps(List.copyOf(more));
        }

        @Override
        public StepStage closeInput(Duration timeout) {
            return with(new Action.CloseInput(), timeout);
        }

        @Override
        public StepStage run(List<String> command, Duration timeout) {
            List<String> copy = List.copyOf(Objects.requireNonNull(command, "command"));
            if (copy.isEmpty()) {
                throw new IllegalArgumentException("command is empty");
            }
            if (copy.get(0).isEmpty()) {
                throw new IllegalArgumentException("command has no program: ''");
            }
            if (copy.stream().anyMatch(word -> word.indexOf('\0') >= 0)) {
                throw new IllegalArgumentException("invalid null character in command");
            }
            return with(new Action.Run(copy), timeout);
        }

        @Override
        public StepStage call(String name, StopAction action, Duration timeout) {
            if (name.isBlank()) {
                throw new IllegalArgumentException("name is blank: '" + name + "'");
            }
            return with(new Action.Call(name, new Called(Objects.requireNonNull(action, "action"))), timeout);
        }

        @Override
        public WindowsStage unix(UnixGracefulShutdown unix) {
            return new UnixChosen(steps, Objects.requireNonNull(unix, "unix"));
        }

        @Override
        public WindowsStage unixSigterm(Duration timeout) {
            return new UnixChosen(steps, UnixGracefulShutdown.terminateOnly(timeout));
        }

        @Override
        public WindowsStage unixSigint(Duration timeout) {
            return new UnixChosen(steps, UnixGracefulShutdown.interruptOnly(timeout));
        }

        @Override
        public OptionStage windows(WindowsGracefulShutdown windows) {
            return new UnixChosen(steps, UnixGracefulShutdown.NONE).windows(windows);
        }

        @Override
        public OptionStage windowsCtrlBreak(Duration timeout) {
            return windows(WindowsGracefulShutdown.ctrlBreak(timeout));
        }

        @Override
        public OptionStage forceKillTimeout(Duration timeout) {
            return windows(WindowsGracefulShutdown.NONE).forceKillTimeout(timeout);
        }

        @Override
        public GracefulShutdown build() {
            return windows(WindowsGracefulShutdown.NONE).build();
        }
    }

    /** A record, so that two policies with the same action are equal. */
    private record Called(StopAction action) implements Action.Call.Code {

        @Override
        public void on(Object handle) throws Exception {
            action.on((ManagedProcess) handle);
        }
    }

    private record UnixChosen(List<Phase> steps, UnixGracefulShutdown unix) implements WindowsStage {

        @Override
        public OptionStage windows(WindowsGracefulShutdown windows) {
            Objects.requireNonNull(windows, "windows");
            return new Options(steps, unix, windows, DEFAULT_FORCE_KILL_TIMEOUT);
        }

        @Override
        public OptionStage windowsCtrlBreak(Duration timeout) {
            return windows(WindowsGracefulShutdown.ctrlBreak(timeout));
        }
    }

    private record Options(
            List<Phase> steps,
            UnixGracefulShutdown unix,
            WindowsGracefulShutdown windows,
            Duration forceKillTimeout) implements OptionStage {

        @Override
        public OptionStage forceKillTimeout(Duration timeout) {
            return new Options(steps, unix, windows, Durations.require(timeout, "timeout"));
        }

        @Override
        public GracefulShutdown build() {
            return new GracefulShutdown(this);
        }
    }
}
