package io.github.lastcall;

import io.github.lastcall.internal.Durations;
import java.time.Duration;

/**
 * The graceful part of a stop on Windows: one console control event, and how long to wait at most for the process to
 * end. The event is sent once, because a process without a handler ends at the first one, and a process with a handler
 * has received it. Immutable.
 *
 * @see GracefulShutdown
 */
public final class WindowsGracefulShutdown {

    /** For a policy that only has steps for every OS. */
    static final WindowsGracefulShutdown NONE = new WindowsGracefulShutdown(Duration.ZERO);

    private final Duration timeout;

    private WindowsGracefulShutdown(Duration timeout) {
        this.timeout = timeout;
    }

    /**
     * Creates a policy that sends {@code CTRL_BREAK_EVENT}, the one event that GenerateConsoleCtrlEvent can send to a
     * process group of its own.
     *
     * @param timeout how long to wait at most, zero to send and not wait; one too long for a {@code long} of
     *        nanoseconds counts as for ever
     * @return the policy
     * @throws NullPointerException if the timeout is null
     * @throws IllegalArgumentException if it is negative
     */
    public static WindowsGracefulShutdown ctrlBreak(Duration timeout) {
        return new WindowsGracefulShutdown(Durations.require(timeout, "timeout"));
    }

    /** Whether no event is sent. */
    boolean isNone() {
        return this == NONE;
    }

    /**
     * Returns how long to wait at most after the event.
     *
     * @return the timeout, as it was given; zero if the policy has only steps for every OS and sends no event
     */
    public Duration timeout() {
        return timeout;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof WindowsGracefulShutdown that && timeout.equals(that.timeout)
                && isNone() == that.isNone();
    }

    @Override
    public int hashCode() {
        return timeout.hashCode();
    }

    /**
     * Returns the policy in words.
     *
     * @return for example {@code CTRL_BREAK_EVENT 8 s}; empty if no event is sent
     */
    @Override
    public String toString() {
        return isNone() ? "" : "CTRL_BREAK_EVENT " + Durations.text(timeout);
    }
}
