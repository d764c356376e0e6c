package io.github.lastcall.internal.process;

import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.os.Member;
import java.util.List;
import java.util.Optional;

/**
 * Logs that a process of a group is stopped, because it looks like one that hangs. The terminal stops processes of a
 * background group that read from the terminal (SIGTTIN) or change its modes (SIGTTOU).
 */
final class StoppedMembers {

    private static final char STOPPED = 'T';

    private final Child child;
    private final Why why;
    private volatile boolean logged;

    StoppedMembers(Child child, Why why) {
        this.child = child;
        this.why = why;
    }

    /** Requests a scan, unless a line was logged before. */
    void look() {
        if (!logged) {
            why.request(false, (members, seen) -> take(members));
        }
    }

    private void take(List<Member> members) {
        Optional<Member> stopped =
                members.stream().filter(member -> member.state() == STOPPED).findFirst();
        if (stopped.isPresent() && !logged) {
            logged = true;
            Log.warn(child, () -> text(stopped.get()), null);
        }
    }

    private static String text(Member member) {
        return member + " is stopped. The terminal stops a process outside of its foreground group that reads from it"
                + " or changes its modes. SIGCONT continues it;"
                + " to avoid the stop, redirect its input, or start it with KillMode.LEADER";
    }
}
