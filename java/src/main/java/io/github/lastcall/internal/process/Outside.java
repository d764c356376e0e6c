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
 * scan finds them. Known members get each signal at once, others when a scan finds them, until a scan finds no new one.
 * A process without a mark has no such members.
 *
 * <p>Guarded by the word of the process. The handles are those of the watch that was made with the scan.
 */
final class Outside {

    private final OsPort os;
    private final NativeProcess process;
    private List<NativeProcess> members = List.of();

    /** The same members, as the scan has described them. */
    private List<Member> known = List.of();

    /** The last signal, 0: none, or the stop is over. */
    private int signal;

    /** The members that got it. */
    private Set<Identity> signalled = Set.of();

    private boolean searching;

    private record Identity(long pid, long started) {}

    Outside(OsPort os, NativeProcess process) {
        this.os = os;
        this.process = process;
    }

    /** Whether there may be a member that has not got the last signal. */
    boolean isSearchDue() {
        return searching;
    }

    /** Adds children of the leader: after its exit no scan finds those that have cleared their environment. */
    void know(List<Member> children) {
        if (!process.isMarked() || children.isEmpty()) {
            return;
        }
        members = new ArrayList<>(members);
        known = new ArrayList<>(known);
        for (Member child : children) {
            if (child.handle() >= 0 && known.stream().noneMatch(other -> other.pid() == child.pid())) {
                known.add(child);
                members.add(child.process());
            }
        }
        process.known(known);
    }

    /** Records the signal that was sent to the group, and sends it to the known members outside of it. */
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
            signalled = new HashSet<>();
            searching = true;
            known.forEach(member -> signalled.add(new Identity(member.pid(), member.started())));
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
     * Takes the result of a scan, and sends the last signal to the members that have not got it.
     *
     * @param live the members of the process
     * @param kept whether their handles stay open
     * @return whether a new member was found
     */
    boolean found(List<Member> live, boolean kept) {
        List<Member> outside = live.stream().filter(this::isOutside).toList();
        List<NativeProcess> found = new ArrayList<>(outside.size());
        boolean fresh = false;
        for (Member member : outside) {
            if (member.handle() < 0) {
                continue;
            }
            NativeProcess one = member.process();
            found.add(one);
            if (signal != 0 && signalled.add(new Identity(member.pid(), member.started()))) {
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

    /** Whether a member is outside of the group. The leader does not count: it is signalled by its pidfd. */
    boolean isOutside(Member member) {
        return member.group() != process.group() && member.pid() != process.pid();
    }

    /** Forgets the members, because their handles are closed. */
    void drop() {
        members = List.of();
        known = List.of();
    }

    /** Forgets the last signal: the stop is over. */
    void forget() {
        signal = 0;
        searching = false;
    }
}
