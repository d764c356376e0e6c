package io.github.lastcall.internal.process;

import io.github.lastcall.internal.os.Member;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.os.Scope;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The members of a marked process that are outside of its group. A signal to the group does not reach them, and only a
 * scan finds them: those who are known are sent each signal at once, the others when they are found, until a scan finds
 * nobody new. Of any other process there are none.
 *
 * <p>Guarded by the word of the process. The handles are those of the watch that was made with the scan.
 */
final class Outside {

    private final OsPort os;
    private final NativeProcess process;
    private List<NativeProcess> members = List.of();

    /** The same, as they were found. */
    private List<Member> known = List.of();

    /** What was sent last, 0: nothing, or nobody wants it any more. */
    private int signal;

    /** Who got it. */
    private Set<Identity> told = Set.of();

    private boolean searching;

    private record Identity(long pid, long started) {}

    Outside(OsPort os, NativeProcess process) {
        this.os = os;
        this.process = process;
    }

    /** Whether somebody may be there who has not got the last signal. */
    boolean isSearchDue() {
        return searching;
    }

    /** Takes in children of the leader: once it has ended, no scan finds those with a cleared environment. */
    void know(List<Member> children) {
        if (!process.isMarked() || children.isEmpty()) {
            return;
        }
        members = new ArrayList<>(members);
        known = new ArrayList<>(known);
        for (Member child : children) {
            if (child.handle() >= 0 && known.stream().noneMatch(other -> other.pid() == child.pid())) {
                known.add(child);
                members.add(new NativeProcess(child.pid(), 0, child.handle()));
            }
        }
        process.known(known);
    }

    /** Takes in what was sent, and sends it to those who are known. */
    void sent(int act, Scope scope, int what) {
        boolean sends = (act & (NativeProcess.SIGNAL | NativeProcess.FOLLOW)) != 0;
        if (!process.isMarked() || !sends || scope != Scope.GROUP) {
            return;
        }
        boolean isSignal = (act & NativeProcess.SIGNAL) != 0;
        if (isSignal && process.sent() == NativeProcess.Sent.EXITED) {
            return;
        }
        if (isSignal) {
            signal = what;
            told = new HashSet<>();
            searching = true;
            known.forEach(member -> told.add(new Identity(member.pid(), member.started())));
        }
        for (int i = 0; i < members.size(); i++) {
            send(members.get(i), act & (NativeProcess.SIGNAL | NativeProcess.FOLLOW));
        }
    }

    private void send(NativeProcess member, int act) {
        member.request(act, Scope.LEADER, signal);
        os.act(member);
    }

    /**
     * Takes in who was found, and sends the last signal to those who have not got it.
     *
     * @param live the members of the process
     * @param kept whether their handles stay open
     * @return whether there was a new one
     */
    boolean found(List<Member> live, boolean kept) {
        List<Member> outside = live.stream().filter(this::isOutside).toList();
        List<NativeProcess> found = new ArrayList<>(outside.size());
        boolean fresh = false;
        for (Member member : outside) {
            if (member.handle() < 0) {
                continue;
            }
            NativeProcess one = new NativeProcess(member.pid(), 0, member.handle());
            found.add(one);
            if (signal != 0 && told.add(new Identity(member.pid(), member.started()))) {
                fresh = true;
                send(one, NativeProcess.SIGNAL | NativeProcess.FOLLOW);
            }
        }
        process.known(outside);
        members = kept ? found : List.of();
        known = kept ? outside : List.of();
        searching = fresh;
        return fresh;
    }

    /** Whether it is one of them; the leader itself is signalled wherever it goes. */
    boolean isOutside(Member member) {
        return member.group() != process.group() && member.pid() != process.pid();
    }

    /** Their handles are closed. */
    void drop() {
        members = List.of();
        known = List.of();
    }

    /** Nobody wants the last signal to be sent any more. */
    void forget() {
        signal = 0;
        searching = false;
    }
}
