package io.github.lastcall.internal.os;

import io.github.lastcall.internal.os.generated.LastcallNative;
import java.util.Optional;

/**
 * A member that ran when it was looked at.
 *
 * @param pid its pid
 * @param leader the pid of the leader that it was found for
 * @param group the number of its process group, 0: not known
 * @param handle its pidfd, -1: none
 * @param started when it was started; together with the pid it identifies the process
 * @param state its state, the letter of proc(5)
 * @param command its command, as it calls itself
 * @param signals what it does with signals; empty: not requested, or not readable
 */
public record Member(
        long pid,
        long leader,
        long group,
        long handle,
        long started,
        char state,
        String command,
        Optional<SignalState> signals) {

    /** Whether it could not be read and only may be a member. */
    boolean isUnreadable() {
        return state == LastcallNative.LC_MEMBER_UNREADABLE;
    }

    /** Whether it was outside of the group of its leader, and is not that leader. */
    boolean isOutside() {
        return group != leader && pid != leader;
    }

    /** Returns it as a process that can be looked at and signalled through its handle. */
    public NativeProcess process() {
        return new NativeProcess(pid, 0, handle);
    }

    /** Returns a copy without the handle, for code that must not close it. */
    public Member withoutHandle() {
        return new Member(pid, leader, group, -1, started, state, command, signals);
    }

    @Override
    public String toString() {
        return pid + " (" + command + ")";
    }

    /**
     * What a process does with signals. The masks have signal n at bit n - 1.
     *
     * @param refused whether we may not signal it
     * @param ignored the signals that it ignores
     * @param blocked the signals that every one of its threads blocks
     * @param caught the signals that it catches
     */
    public record SignalState(boolean refused, long ignored, long blocked, long caught) {}
}
