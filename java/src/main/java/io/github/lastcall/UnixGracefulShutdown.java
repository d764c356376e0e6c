package io.github.lastcall;

import io.github.lastcall.internal.Durations;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/**
 * The graceful part of a stop on Unix: one or more {@linkplain UnixGracefulPhase phases}, tried in order until the
 * process has ended. Immutable. Empty only if the policy has only {@linkplain
 * GracefulShutdown.UnixStage#closeInput steps for every OS}.
 *
 * <p><b>Which signal?</b> The one that the program documents: SIGTERM for most servers, SIGINT for programs that are
 * stopped with Ctrl-C, SIGQUIT for the graceful stop of nginx. SIGINT followed by SIGTERM does not work for all
 * programs. A shell without job control starts its background jobs with SIGINT ignored: in {@code sh -c 'server &
 * wait'} SIGINT ends the shell, but not the server. And many programs finish their work after the first signal, but
 * abort it after a second one, which the second phase sends. For an unknown program use SIGTERM alone, with enough
 * time.
 *
 * @see GracefulShutdown
 */
public final class UnixGracefulShutdown {

    /** For a policy that only has steps for every OS. */
    static final UnixGracefulShutdown NONE = new UnixGracefulShutdown(List.of());

    private final List<UnixGracefulPhase> phases;

    private UnixGracefulShutdown(List<UnixGracefulPhase> phases) {
        this.phases = phases;
    }

    /**
     * Creates a policy with the single phase SIGTERM.
     *
     * @param timeout how long to wait at most; one too long for a {@code long} of nanoseconds counts as for ever
     * @return the policy
     * @throws NullPointerException if the timeout is null
     * @throws IllegalArgumentException if it is negative
     */
    public static UnixGracefulShutdown terminateOnly(Duration timeout) {
        return new UnixGracefulShutdown(List.of(UnixGracefulPhase.terminate(timeout)));
    }

    /**
     * Creates a policy with the single phase SIGINT.
     *
     * @param timeout how long to wait at most; one too long for a {@code long} of nanoseconds counts as for ever
     * @return the policy
     * @throws NullPointerException if the timeout is null
     * @throws IllegalArgumentException if it is negative
     */
    public static UnixGracefulShutdown interruptOnly(Duration timeout) {
        return new UnixGracefulShutdown(List.of(UnixGracefulPhase.interrupt(timeout)));
    }

    /**
     * Creates a policy of several phases. The same signal may come more than once.
     *
     * @param phases at least one, in the order in which they are tried; copied
     * @return the policy
     * @throws NullPointerException if the array or one of the phases is null
     * @throws IllegalArgumentException if there is no phase
     */
    public static UnixGracefulShutdown fromPhases(UnixGracefulPhase... phases) {
        Objects.requireNonNull(phases, "phases");
        // Copied before the checks: the caller may still write to the array.
        List<UnixGracefulPhase> copy = new ArrayList<>(phases.length);
        for (UnixGracefulPhase phase : phases) {
            copy.add(Objects.requireNonNull(phase, () -> "phases[" + copy.size() + "]"));
        }
        if (copy.isEmpty()) {
            throw new IllegalArgumentException("phases is empty: a graceful shutdown needs at least one phase");
        }
        return new UnixGracefulShutdown(List.copyOf(copy));
    }

    /**
     * Returns the phases in the order in which they are tried.
     *
     * @return the phases, unmodifiable; empty if the policy has only steps for every OS
     */
    public List<UnixGracefulPhase> phases() {
        return phases;
    }

    /**
     * Returns how long the phases wait together at most.
     *
     * @return the sum of the timeouts, at most {@link Long#MAX_VALUE} nanoseconds, which means for ever
     */
    public Duration totalTimeout() {
        return Durations.sum(phases.stream().map(UnixGracefulPhase::timeout).toList());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof UnixGracefulShutdown that && phases.equals(that.phases);
    }

    @Override
    public int hashCode() {
        return phases.hashCode();
    }

    /**
     * Returns the phases in words.
     *
     * @return for example {@code SIGINT 2 s, then SIGTERM 5 s}; empty if there are none
     */
    @Override
    public String toString() {
        return phases.stream().map(UnixGracefulPhase::toString).collect(Collectors.joining(", then "));
    }
}
