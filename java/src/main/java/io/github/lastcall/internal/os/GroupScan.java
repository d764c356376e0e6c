package io.github.lastcall.internal.os;

import io.github.lastcall.internal.os.generated.LastcallNative;
import java.util.List;

/**
 * A group, as one scan saw it.
 *
 * @param state whether it exists
 * @param zombies how many members had exited and were not reaped
 * @param live those that had not; their handles are the caller's to close
 * @param unreadable those that may be members of a marked process
 */
public record GroupScan(State state, long zombies, List<Member> live, List<Member> unreadable) {

    /** Whether a group exists. */
    public enum State {
        /** It does not. */
        EMPTY,
        /** It has members, alive or not. */
        PRESENT,
        /** Its number may be another's. */
        UNKNOWN;

        static State of(int state) {
            if (state == LastcallNative.LC_GROUP_EMPTY) {
                return EMPTY;
            }
            return state == LastcallNative.LC_GROUP_PRESENT ? PRESENT : UNKNOWN;
        }
    }
}
