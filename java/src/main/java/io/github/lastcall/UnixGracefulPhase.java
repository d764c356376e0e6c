package io.github.lastcall;

import io.github.lastcall.internal.Durations;
import java.time.Duration;
import java.util.Objects;
import java.util.Set;

/**
 * One phase of a graceful stop on Unix: a signal, and how long to wait at most for the process to end. The wait ends as
 * soon as the exit is seen. A phase whose timeout is zero sends its signal and does not wait. Immutable.
 *
 * @see UnixGracefulShutdown
 */
public final class UnixGracefulPhase {

    private static final Set<UnixSignal> REFUSED =
            Set.of(UnixSignal.SIGKILL, UnixSignal.SIGSTOP, UnixSignal.SIGTSTP);

    private final UnixSignal signal;
    private final Duration timeout;

    private UnixGracefulPhase(UnixSignal signal, Duration timeout) {
        this.signal = signal;
        this.timeout = timeout;
    }

    /**
     * Creates a phase that sends any signal that a program can handle by an orderly exit.
     *
     * @param signal the signal; not {@link UnixSignal#SIGKILL SIGKILL}, which the stop sends by itself after the last
     *        phase, and not {@link UnixSignal#SIGSTOP SIGSTOP} or {@link UnixSignal#SIGTSTP SIGTSTP}, which keep a
     *        process from ending
     * @param timeout how long to wait at most; one too long for a {@code long} of nanoseconds counts as for ever
     * @return the phase
     * @throws NullPointerException if an argument is null
     * @throws IllegalArgumentException if the signal is one of the three, or the timeout is negative
     */
    public static UnixGracefulPhase signal(UnixSignal signal, Duration timeout) {
        Objects.requireNonNull(signal, "signal");
        if (REFUSED.contains(signal)) {
            throw new IllegalArgumentException(signal + " cannot be a graceful phase");
        }
        return new UnixGracefulPhase(signal, Durations.require(timeout, "timeout"));
    }

    /**
     * Creates a phase that sends SIGINT.
     *
     * @param timeout how long to wait at most; one too long for a {@code long} of nanoseconds counts as for ever
     * @return the phase
     * @throws NullPointerException if the timeout is null
     * @throws IllegalArgumentException if it is negative
     */
    public static UnixGracefulPhase interrupt(Duration timeout) {
        return signal(UnixSignal.SIGINT, timeout);
    }

    /**
     * Creates a phase that sends SIGTERM.
     *
     * @param timeout how long to wait at most; one too long for a {@code long} of nanoseconds counts as for ever
     * @return the phase
     * @throws NullPointerException if the timeout is null
     * @throws IllegalArgumentException if it is negative
     */
    public static UnixGracefulPhase terminate(Duration timeout) {
        return signal(UnixSignal.SIGTERM, timeout);
    }

    /**
     * Returns the signal that this phase sends.
     *
     * @return the signal
     */
    public UnixSignal signal() {
        return signal;
    }

    /**
     * Returns how long this phase waits at most.
     *
     * @return the timeout, as it was given
     */
    public Duration timeout() {
        return timeout;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UnixGracefulPhase that && signal.equals(that.signal) && timeout.equals(that.timeout);
    }

    @Override
    public int hashCode() {
        return Objects.hash(signal, timeout);
    }

    /**
     * Returns the phase in words.
     *
     * @return for example {@code SIGTERM 5 s}
     */
    @Override
    public String toString() {
        return signal + " " + Durations.text(timeout);
    }
}
