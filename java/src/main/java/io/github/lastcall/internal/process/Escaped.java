package io.github.lastcall.internal.process;

import io.github.lastcall.Containment;
import io.github.lastcall.internal.os.Exit;
import io.github.lastcall.internal.os.Member;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.os.Scope;
import io.github.lastcall.internal.stop.LiveProcess;
import java.util.ArrayList;
import java.util.List;

/**
 * Processes that were outside of the leader's group when signals of a stop were sent. Under GROUP these are children of
 * the leader, found before the first signal; under a containment, members found at each signal. It owns their handles
 * until the end of the stop. Guarded by the word of the process.
 */
final class Escaped {

    private final OsPort os;
    private List<Member> found = List.of();
    private boolean contained;
    private boolean known;

    Escaped(OsPort os) {
        this.os = os;
    }

    /** Sets how the members are recognised. */
    void contain(Contained by) {
        contained = by.how() != Containment.GROUP;
    }

    /** Whether the next signal has to look for escaped processes. */
    boolean isLookDue() {
        return contained || !known;
    }

    /** Adds the processes that a look has found. */
    void take(List<Member> members) {
        known = true;
        if (found.isEmpty()) {
            found = members;
        } else if (!members.isEmpty()) {
            found = new ArrayList<>(found);
            members.forEach(this::add);
        }
    }

    private void add(Member member) {
        if (found.stream().anyMatch(other -> other.pid() == member.pid())) {
            os.close(List.of(member));
        } else {
            found.add(member);
        }
    }

    /** The processes found, with open handles. */
    List<Member> found() {
        return found;
    }

    /**
     * Returns the processes for the report: those that still run, or, under a containment, all that were found and
     * stopped.
     */
    List<LiveProcess> named() {
        if (found.isEmpty()) {
            return List.of();
        }
        List<Member> named = new ArrayList<>(found);
        named.removeIf(member -> !contained && !isRunning(member));
        return Members.live(named);
    }

    /** Without a pidfd the pid may belong to another process by now. */
    private boolean isRunning(Member member) {
        if (member.handle() < 0) {
            return false;
        }
        NativeProcess process = member.process();
        process.request(NativeProcess.LOOK, Scope.LEADER, 0);
        os.act(process);
        return process.exit() == Exit.RUNNING;
    }

    /** Closes the handles at the end of the stop. */
    void forget() {
        known = false;
        if (!found.isEmpty()) {
            os.close(found);
            found = List.of();
        }
    }
}
