package io.github.lastcall.internal.process;

import io.github.lastcall.KillMode;
import io.github.lastcall.OsException;
import io.github.lastcall.UnixSignal;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.GroupScan;
import io.github.lastcall.internal.os.Member;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.stop.Action;
import io.github.lastcall.internal.stop.Event;
import io.github.lastcall.internal.stop.LiveProcess;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * Finds out why a process still runs after a signal, and sends CTRL_BREAK_EVENT where that takes a helper program. It
 * works on the scanner and the pool: a stop does not wait for it.
 */
final class Why {

    /** How many threads may look for descendants at the same time: the JDK reads all processes to find those of one. */
    private static final Semaphore DESCENDANTS = new Semaphore(2);

    private final Child child;
    private final OsPort os;
    private final NativeProcess process;
    private final KillMode mode;

    Why(Child child, OsPort os, NativeProcess process, KillMode mode) {
        this.child = child;
        this.os = os;
        this.process = process;
        this.mode = mode;
    }

    /** Requests the notes of a phase. They may come after the phase has ended. */
    void lookUp(int phase, Optional<Action> action) {
        if (action.isEmpty()) {
            return;
        }
        request(true, (members, seen) -> explain(phase, action.get(), members, seen));
        if (mode == KillMode.GROUP && !Family.WINDOWS) {
            child.onPool(() -> lookForDescendants(phase));
        }
    }

    /** Receives the members of the process. */
    @FunctionalInterface
    interface Found {
        /**
         * Called on the scanner's thread.
         *
         * @param seen whether the members can be seen
         */
        void take(List<Member> members, boolean seen);
    }

    /** Requests one scan for the members. Their handles are closed before the answer. */
    void request(boolean signals, Found then) {
        if (!child.state().pin()) {
            return;
        }
        boolean requested = false;
        try {
            child.services().scanner().request(os, process, signals, (began, scan) -> found(scan, then));
            requested = true;
        } finally {
            if (!requested) {
                child.unpin();
            }
        }
    }

    private void found(Optional<GroupScan> scan, Found then) {
        List<Member> members = scan.isPresent() ? scan.get().live() : List.of();
        os.close(members);
        child.unpin();
        then.take(members, scan.isPresent());
    }

    private void explain(int phase, Action action, List<Member> members, boolean seen) {
        List<String> notes = new ArrayList<>();
        if (!seen) {
            notes.add("the members of the group cannot be seen in /proc");
        } else if (action.signal() == 0 || action.name().equals(Family.CTRL_BREAK)) {
            members.forEach(member -> notes.add(member + " has not left"));
        } else if (!action.name().equals(Family.KILL)) {
            List<Member> signalled = members.stream().filter(this::isSignalled).toList();
            notes.addAll(Notes.notes(UnixSignal.of(action.name()), signalled));
        }
        List<LiveProcess> running = seen
                ? Members.live(members)
                : List.of(new LiveProcess(0, "not visible in /proc", '?'));
        child.with(() -> child.state().explained(phase, notes, running));
    }

    private boolean isSignalled(Member member) {
        return mode == KillMode.GROUP || member.pid() == process.pid();
    }

    /**
     * Adds notes about descendants that have left the group. After the exit of the leader they cannot be found any
     * more.
     */
    private void lookForDescendants(int phase) {
        if (child.known().isPresent() || !DESCENDANTS.tryAcquire()) {
            return;
        }
        try {
            List<ProcessHandle> descendants = ProcessHandle.of(process.pid()).stream()
                    .flatMap(ProcessHandle::descendants)
                    .toList();
            if (!descendants.isEmpty()) {
                request(true, (members, seen) ->
                        child.onPool(() -> explainEscaped(phase, members, descendants)));
            }
        } catch (RuntimeException sandbox) {
            // A /proc that cannot be listed. There are no notes then.
        } finally {
            DESCENDANTS.release();
        }
    }

    private void explainEscaped(int phase, List<Member> members, List<ProcessHandle> descendants) {
        List<String> notes = Notes.outOfReach(members, descendants).toList();
        if (!notes.isEmpty()) {
            child.with(() -> child.state().explained(phase, notes, List.of()));
        }
    }

    // CTRL_BREAK

    /** Sends the event of a phase and reports the result to the stop. */
    void sendBreak(int phase) {
        Optional<IOException> error = Optional.empty();
        Event event;
        try {
            event = deliverBreak() ? Event.SENT : Event.REFUSED;
        } catch (OsException refused) {
            event = Event.REFUSED;
            error = Optional.of(refused);
        } catch (IOException impossible) {
            event = Event.SKIPPED;
            error = Optional.of(impossible);
        }
        Event what = event;
        Optional<IOException> why = error;
        child.with(() -> child.state().handedBack(phase, what, why));
    }

    /**
     * Sends CTRL_BREAK_EVENT to the group.
     *
     * @return whether it was sent; false: no process was there
     * @throws OsException it was refused
     * @throws IOException it cannot be delivered
     */
    boolean deliverBreak() throws IOException {
        if (!child.state().pin()) {
            return false;
        }
        try {
            NativeProcess.Sent sent = os.sendBreakToConsole(process);
            if (sent == NativeProcess.Sent.UNSUPPORTED) {
                throw new IOException(mode == KillMode.LEADER
                        ? "the process leads no group"
                        : "no console leads to the process");
            }
            return sent == NativeProcess.Sent.YES;
        } finally {
            child.unpin();
        }
    }
}
