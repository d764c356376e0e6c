package io.github.lastcall.internal.process;

import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.GroupScan;
import io.github.lastcall.internal.os.Member;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.os.Scope;
import io.github.lastcall.internal.stop.LiveProcess;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The members of a process except its leader, as the scans have seen them. Its word guards every field that is not
 * volatile.
 *
 * <p>A <em>straggler</em> has outlived the leader, a <em>survivor</em> still runs, and an <em>escaped</em> process has
 * left the group.
 */
final class Members {

    /** How often to look where the OS reports no event: 20 ms. */
    static final long BLIND_PAUSE = 20_000_000;

    /** How long to wait at most before the next scan: 1 s. There is no event when a member leaves the group. */
    private static final long LONGEST_WAIT = 1_000_000_000;

    /** The result of a scan. */
    enum Seen {
        /** Nothing reliable. */
        UNKNOWN,
        /** A member runs. */
        RUNNING,
        /** No member runs. */
        NOBODY
    }

    private final NativeProcess process;
    private final Escaped escaped;
    private final Outside outside;
    private volatile Contained contained = Contained.GROUP;

    private Optional<MemberWatch> watch = Optional.empty();

    /**
     * When the next scan is due, in the time of nanoTime. A long and no object, because it must be set when memory is
     * full.
     */
    private long rescanAt = System.nanoTime();

    private boolean scanning;
    private volatile int scans;

    private boolean outlived;
    private volatile List<LiveProcess> stragglers = List.of();
    private List<LiveProcess> survivors = List.of();

    Members(OsPort os, NativeProcess process) {
        this.process = process;
        this.escaped = new Escaped(os);
        this.outside = new Outside(os, process);
    }

    /** Sets how the members are recognised. Before the start. */
    void contain(Contained by) {
        contained = by;
        escaped.contain(by);
    }

    Contained contained() {
        return contained;
    }

    // The members

    List<LiveProcess> stragglers() {
        return stragglers;
    }

    /** Whether a member has outlived the leader, or may have. */
    boolean haveOutlived() {
        return outlived;
    }

    /** The processes that still run; empty: they are not known. */
    List<LiveProcess> survivors() {
        return survivors;
    }

    /** Sets the processes that still run; an empty list changes nothing. */
    void survivors(List<LiveProcess> running) {
        survivors = running.isEmpty() ? survivors : running;
    }

    /** The processes that had left the group, for the report. */
    List<LiveProcess> escaped() {
        return escaped.named();
    }

    // Signals

    /** Whether the next signal has to look for processes that have left the group. */
    boolean isLookDue() {
        return escaped.isLookDue();
    }

    /** Skips that look for the next signal, which is part of a large batch. */
    void dropLook() {
        escaped.take(List.of());
    }

    /** Records what the last call of the OS has done. */
    void acted(int act, Scope scope, int signal) {
        if ((act & NativeProcess.ESCAPED) != 0) {
            escaped.take(process.escaped());
            outside.know(escaped.found());
        }
        outside.sent(act, scope, signal);
        if ((act & NativeProcess.SIGNAL) != 0 && outside.isSearchDue()) {
            rescan();
        }
    }

    /** Whether there may be a member that has not got the last signal. */
    boolean isSearchDue() {
        return outside.isSearchDue();
    }

    // Scans

    /** How many scans have ended. */
    int scans() {
        return scans;
    }

    /** Whether a scan is running. */
    boolean isScanning() {
        return scanning;
    }

    /** When the next scan is due. */
    Deadline rescanAt() {
        return Deadline.after(rescanAt, 0);
    }

    /** Whether the next scan is due. */
    boolean isRescanDue() {
        return System.nanoTime() - rescanAt >= 0;
    }

    /** Makes the next scan due. */
    void rescan() {
        rescanAt = System.nanoTime();
    }

    /** Records that a scan is requested; false: one is running. */
    boolean scan() {
        boolean begun = !scanning;
        scanning = true;
        return begun;
    }

    /**
     * Records that a scan has failed, for example because memory is full. The next one is due later, not in this round.
     */
    void unanswered() {
        scanning = false;
        rescanAt = System.nanoTime() + BLIND_PAUSE;
    }

    /**
     * Records the end of a scan, and the members that ran after the exit of the leader.
     *
     * @param afterExit whether the scan began after that exit
     */
    void answered(Optional<GroupScan> scan, boolean afterExit) {
        scanning = false;
        scans++;
        if (afterExit && scan.isPresent() && !scan.get().live().isEmpty()) {
            outlived = true;
            stragglers = stragglers.isEmpty() ? live(scan.get().live()) : stragglers;
        }
    }

    /** Evaluates a scan that began after the last exit and the last signal. */
    Seen take(Optional<GroupScan> scan, boolean exited) {
        if (scan.isEmpty() || scan.get().state() == GroupScan.State.UNKNOWN) {
            outlived = true;
            return Seen.UNKNOWN;
        }
        List<Member> live = scan.get().live();
        if (!live.isEmpty()) {
            survivors = live(live);
            return Seen.RUNNING;
        }
        if (!exited) {
            return Seen.UNKNOWN;
        }
        boolean explained = scan.get().state() == GroupScan.State.EMPTY
                || process.cgroup() == 0 && (scan.get().zombies() > 0 || !process.isReaped());
        outlived |= !explained;
        return explained ? Seen.NOBODY : Seen.UNKNOWN;
    }

    /** Adds to the report the processes that a scan found outside of the group, and those that it could not read. */
    void name(GroupScan scan) {
        List<Member> seen = new ArrayList<>(scan.unreadable());
        scan.live().stream().filter(outside::isOutside).map(Member::withoutHandle).forEach(seen::add);
        escaped.take(seen);
    }

    /**
     * Sends the last signal to the members of a marked process that a scan has found outside of its group.
     *
     * @param kept whether their handles stay open
     * @return whether a new member was found
     */
    boolean search(GroupScan scan, boolean kept) {
        return outside.found(scan.live(), kept);
    }

    /** Replaces the watch by one for the members that the last scan has found. */
    void watch(MemberWatch found, Todo todo) {
        close(todo);
        watch = Optional.of(found);
        todo.actions.add(found::begin);
    }

    /** Sets when the next scan is due if no event comes before. */
    void rescanLater(boolean watched) {
        rescanAt = System.nanoTime() + (watched ? LONGEST_WAIT : BLIND_PAUSE);
    }

    /** Ends the watch. */
    void close(Todo todo) {
        if (watch.isPresent()) {
            todo.actions.add(watch.get()::close);
            watch = Optional.empty();
        }
        outside.drop();
    }

    /** Forgets what belongs to the stop that has ended. */
    void forget() {
        survivors = List.of();
        escaped.forget();
        outside.forget();
    }

    static List<LiveProcess> live(List<Member> members) {
        if (members.isEmpty()) {
            return List.of();
        }
        List<LiveProcess> live = new ArrayList<>(members.size());
        for (Member member : members) {
            live.add(new LiveProcess(member.pid(), member.command(), member.state()));
        }
        return live;
    }
}
