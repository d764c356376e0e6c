package io.github.lastcall.internal.os;

import io.github.lastcall.internal.os.generated.LastcallNative;
import java.util.List;

/**
 * A group as one scan has seen it.
 *
 * @param state whether it exists
 * @param zombies how many members have exited and are not reaped
 * @param live the members that run; the caller has to close their handles
 * @param unreadable processes that could not be read and may be members of a marked process
 */
public record GroupScan(State state, long zombies, List<Member> live, List<Member> unreadable) {

    /** Whether a group exists. */
    public enum State {
        /** It does not exist. */
        EMPTY,
        /** It has members, alive or not. */
        PRESENT,
        /** Not known: its number may belong to another group. */
        UNKNOWN;

        static State of(int state) {
            if (state == LastcallNative.LC_GROUP_EMPTY) {
                return EMPTY;
            }
            return state == LastcallNative.LC_GROUP_PRESENT ? PRESENT : UNKNOWN;
        }
    }
}
