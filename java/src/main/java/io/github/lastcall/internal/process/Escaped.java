package io.github.lastcall.internal.process;

import io.github.lastcall.internal.os.Exit;
import io.github.lastcall.internal.os.Member;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.os.Scope;
import io.github.lastcall.internal.stop.LiveProcess;
import java.util.ArrayList;
import java.util.List;

/**
 * The children of a leader that were outside of its group when the first signal of a stop was sent. It owns their
 * handles until the end of the stop. Guarded by the word of the process.
 */
final class Escaped {

    private final OsPort os;
    private List<Member> found = List.of();
    private boolean known;

    Escaped(OsPort os) {
        this.os = os;
    }

    /** Whether the look that goes with the first signal is still to come. */
    boolean isLookDue() {
        return !known;
    }

    /** Takes in what that look has found. */
    void take(List<Member> members) {
        known = true;
        found = members;
    }

    /** Returns those that still run. */
    List<LiveProcess> running() {
        if (found.isEmpty()) {
            return List.of();
        }
        List<Member> running = new ArrayList<>(found);
        running.removeIf(member -> !isRunning(member));
        return ProcessState.live(running);
    }

    /** Without a pidfd its number may be another's by now. */
    private boolean isRunning(Member member) {
        if (member.handle() < 0) {
            return false;
        }
        NativeProcess process = new NativeProcess(member.pid(), 0, member.handle());
        process.request(NativeProcess.LOOK, Scope.LEADER, 0);
        os.act(process);
        return process.exit() == Exit.RUNNING;
    }

    /** Ends the stop. */
    void forget() {
        known = false;
        if (!found.isEmpty()) {
            Scanner.close(os, found);
            found = List.of();
        }
    }
}
