package io.github.lastcall.internal.os;

import java.util.Optional;

/**
 * A process of a group, alive when it was looked at.
 *
 * @param pid its pid
 * @param leader the pid of the leader that it was found for
 * @param group the number of its process group, 0: not known
 * @param handle its pidfd, -1 if there was none to be had
 * @param state its state, the letter of proc(5)
 * @param command its command, as it calls itself
 * @param facts what it does with signals; empty: not asked for, or not to be had
 */
public record Member(
        long pid, long leader, long group, long handle, char state, String command, Optional<Facts> facts) {

    /**
     * What a process does with signals. The masks have signal n at bit n - 1.
     *
     * @param refused whether we may not signal it
     * @param ignored the signals that it ignores
     * @param blocked the signals that every one of its threads blocks
     * @param caught the signals that it catches
     */
    public record Facts(boolean refused, long ignored, long blocked, long caught) {}
}
