package io.github.lastcall;

import io.github.lastcall.internal.Durations;
import io.github.lastcall.internal.os.Family;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * How a process is asked to end, for how long, and how long its forceful kill is waited for: a policy for both families
 * of OS, so that one value serves a program wherever it runs. Immutable.
 *
 * <p>{@link #of} is enough for most programs. Any other is built in stages, so that no family can be forgotten:
 *
 * {@snippet :
 * GracefulShutdown shutdown = GracefulShutdown.builder()
 *         .unixSigterm(Duration.ofSeconds(5))
 *         .windowsCtrlBreak(Duration.ofSeconds(8))
 *         .build();
 * }
 *
 * <p>Timeouts are upper bounds, never delays: every wait ends as soon as the exit is seen. A timeout of zero sends and
 * does not wait. A timeout too long for a {@code long} of nanoseconds (292 years) counts as for ever; sums with it are
 * {@link Long#MAX_VALUE} nanoseconds.
 */
public final class GracefulShutdown {

    private static final Duration DEFAULT_FORCE_KILL_TIMEOUT = Duration.ofSeconds(3);

    /** How long a stop still waits for an exit that raced with a refused send. */
    private static final Duration REFUSED_SEND_GRACE = Duration.ofMillis(100);

    private final UnixGracefulShutdown unix;
    private final WindowsGracefulShutdown windows;
    private final Duration forceKillTimeout;

    private GracefulShutdown(Options options) {
        this.unix = options.unix;
        this.windows = options.windows;
        this.forceKillTimeout = options.forceKillTimeout;
    }

    /**
     * Returns the commonest policy: SIGTERM on Unix, {@code CTRL_BREAK_EVENT} on Windows, and that long for the process
     * to end; then the forceful kill, which is waited for 3 s. {@link #builder()} makes any other.
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
     * can be kept and built upon several times, from any thread.
     *
     * @return the first stage
     */
    public static UnixStage builder() {
        return new Start();
    }

    /**
     * Returns what is done on Unix.
     *
     * @return the phases on Linux and macOS
     */
    public UnixGracefulShutdown unix() {
        return unix;
    }

    /**
     * Returns what is done on Windows.
     *
     * @return the event on Windows
     */
    public WindowsGracefulShutdown windows() {
        return windows;
    }

    /**
     * Returns how long is waited at most after the forceful kill.
     *
     * @return the timeout, as it was given; 3 s by default
     */
    public Duration forceKillTimeout() {
        return forceKillTimeout;
    }

    /**
     * Returns how long the graceful phases on this OS wait together at most; the forceful kill comes on top.
     *
     * @return the sum of the timeouts, at most {@link Long#MAX_VALUE} nanoseconds, which stands for ever
     * @see #upperBound()
     */
    public Duration totalTimeout() {
        return totalTimeout(Family.WINDOWS);
    }

    /**
     * Returns the time within which a stop by this policy ends on this OS, with a report or with an exception: the
     * timeouts of the graceful phases, each counted as at least 100 ms, because that is how long a stop waits for an
     * exit that raced with a refused signal; then the forceful kill's timeout, and 100 ms more for everything between
     * the waits.
     *
     * @return the bound, at most {@link Long#MAX_VALUE} nanoseconds, which stands for ever
     */
    public Duration upperBound() {
        return upperBound(Family.WINDOWS);
    }

    Duration totalTimeout(boolean onWindows) {
        return Durations.sum(timeouts(onWindows));
    }

    Duration upperBound(boolean onWindows) {
        Stream<Duration> graceful = timeouts(onWindows).stream().map(GracefulShutdown::atLeastTheGrace);
        return Durations.sum(Stream.concat(graceful, Stream.of(forceKillTimeout, REFUSED_SEND_GRACE)).toList());
    }

    String text(boolean onWindows) {
        String kill = onWindows ? windows + ", then TerminateJobObject" : unix + ", then SIGKILL";
        return kill + " (" + Durations.text(forceKillTimeout) + ")";
    }

    private List<Duration> timeouts(boolean onWindows) {
        return onWindows ? List.of(windows.timeout()) : unix.timeouts();
    }

    private static Duration atLeastTheGrace(Duration timeout) {
        return timeout.compareTo(REFUSED_SEND_GRACE) < 0 ? REFUSED_SEND_GRACE : timeout;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof GracefulShutdown that && unix.equals(that.unix) && windows.equals(that.windows)
                && forceKillTimeout.equals(that.forceKillTimeout);
    }

    @Override
    public int hashCode() {
        return Objects.hash(unix, windows, forceKillTimeout);
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

    /** The first stage: what is done on Unix. */
    public sealed interface UnixStage permits Start {

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

    /** The second stage: what is done on Windows. */
    public sealed interface WindowsStage permits UnixChosen {

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
    public sealed interface OptionStage permits Options {

        /**
         * Sets how long is waited at most after the forceful kill. Zero kills and does not wait: the stop then fails
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

    private record Start() implements UnixStage {

        @Override
        public WindowsStage unix(UnixGracefulShutdown unix) {
            return new UnixChosen(Objects.requireNonNull(unix, "unix"));
        }

        @Override
        public WindowsStage unixSigterm(Duration timeout) {
            return new UnixChosen(UnixGracefulShutdown.terminateOnly(timeout));
        }

        @Override
        public WindowsStage unixSigint(Duration timeout) {
            return new UnixChosen(UnixGracefulShutdown.interruptOnly(timeout));
        }
    }

    private record UnixChosen(UnixGracefulShutdown unix) implements WindowsStage {

        @Override
        public OptionStage windows(WindowsGracefulShutdown windows) {
            return new Options(unix, Objects.requireNonNull(windows, "windows"), DEFAULT_FORCE_KILL_TIMEOUT);
        }

        @Override
        public OptionStage windowsCtrlBreak(Duration timeout) {
            return windows(WindowsGracefulShutdown.ctrlBreak(timeout));
        }
    }

    private record Options(UnixGracefulShutdown unix, WindowsGracefulShutdown windows, Duration forceKillTimeout)
            implements OptionStage {

        @Override
        public OptionStage forceKillTimeout(Duration timeout) {
            return new Options(unix, windows, Durations.require(timeout, "timeout"));
        }

        @Override
        public GracefulShutdown build() {
            return new GracefulShutdown(this);
        }
    }
}
