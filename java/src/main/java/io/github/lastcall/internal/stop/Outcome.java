package io.github.lastcall.internal.stop;

import io.github.lastcall.ExitStatus;
import java.util.List;
import java.util.Optional;

/**
 * How a stop ended.
 *
 * @param status the exit status; empty: it could not be stopped
 * @param forced whether the forceful signal ended it
 * @param endedBy the signal that ended it; empty: nothing was sent
 * @param elapsedNanos how long the stop took
 * @param attempts all attempts, in order
 * @param stragglers the members that have outlived the leader
 * @param survivors the members that could not be stopped
 * @param escaped the processes that had left the group
 */
public record Outcome(
        Optional<ExitStatus> status,
        boolean forced,
        Optional<String> endedBy,
        long elapsedNanos,
        List<Attempt> attempts,
        List<LiveProcess> stragglers,
        List<LiveProcess> survivors,
        List<LiveProcess> escaped) {}
