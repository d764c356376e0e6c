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
 * Who belongs to a process beside its leader, as far as the scans have seen. Guarded by its word, but for what is
 * volatile.
 *
 * <p>A <em>straggler</em> has outlived the leader, a <em>survivor</em> runs now, and one that has <em>escaped</em> has
 * left the group.
 */
final class Members {

    /** How often to look where nothing says that something has happened: 20 ms. */
    static final long BLIND_PAUSE = 20_000_000;

    /** How long to wait at most before the next scan: 1 s. There is no event when a member leaves the group. */
    private static final long LONGEST_WAIT = 1_000_000_000;

    /** What a scan says. */
    enum Seen {
        /** Nothing that can be relied on. */
        UNKNOWN,
        /** Somebody runs. */
        RUNNING,
        /** Nobody runs but for the leader. */
        NOBODY
    }

    private final NativeProcess process;
    private final Escaped escaped;
    private final Outside outside;
    private volatile Contained contained = Contained.GROUP;

    private Optional<MemberWatch> watch = Optional.empty();

    /** When the next scan is due, on the clock of nanoTime. No object: it has to be set where there is no memory. */
    private long rescanAt = System.nanoTime();

    private boolean scanning;
    private volatile int scans;

    private boolean outlived;
    private volatile List<Member> stragglers = List.of();
    private List<LiveProcess> survivors = List.of();

    Members(OsPort os, NativeProcess process) {
        this.process = process;
        this.escaped = new Escaped(os);
        this.outside = new Outside(os, process);
    }

    /** Takes in by what they will be known, before the start. */
    void contain(Contained by) {
        contained = by;
        escaped.contain(by);
    }

    Contained contained() {
        return contained;
    }

    // Who they are

    List<Member> stragglers() {
        return stragglers;
    }

    /** Whether one of them has outlived the leader, or may have. */
    boolean haveOutlived() {
        return outlived;
    }

    /** Who runs, as far as that is known; empty: it is not. */
    List<LiveProcess> survivors() {
        return survivors;
    }

    /** Takes in who runs; none: that is not known. */
    void survivors(List<LiveProcess> running) {
        survivors = running.isEmpty() ? survivors : running;
    }

    /** Who had left the group, for the report. */
    List<LiveProcess> escaped() {
        return escaped.named();
    }

    // Signals

    /** Whether the next signal is to find those that have left the group. */
    boolean isLookDue() {
        return escaped.isLookDue();
    }

    /** Lets the next signal find none: it is one of many. */
    void dropLook() {
        escaped.take(List.of());
    }

    /** Takes in what the OS has just done. */
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

    /** Whether somebody may be there who has not got the last signal. */
    boolean isSearchDue() {
        return outside.isSearchDue();
    }

    // Scans

    /** How many scans have been answered. */
    int scans() {
        return scans;
    }

    /** Whether one is under way. */
    boolean isScanning() {
        return scanning;
    }

    /** When the next one is due. */
    Deadline rescanAt() {
        return Deadline.after(rescanAt, 0);
    }

    /** Whether the next one is due. */
    boolean isRescanDue() {
        return System.nanoTime() - rescanAt >= 0;
    }

    /** Makes the next one due: something has happened. */
    void rescan() {
        rescanAt = System.nanoTime();
    }

    /** Takes in that one is asked for; false: there is one under way. */
    boolean scan() {
        boolean begun = !scanning;
        scanning = true;
        return begun;
    }

    /** Takes in that there is no answer: memory runs out, say. The next one is asked for later, not in this round. */
    void unanswered() {
        scanning = false;
        rescanAt = System.nanoTime() + BLIND_PAUSE;
    }

    /**
     * Takes in who has outlived the leader: who ran after its exit, whatever was sent meanwhile.
     *
     * @param afterExit whether the scan began after it
     */
    void answered(Optional<GroupScan> scan, boolean afterExit) {
        scanning = false;
        scans++;
        if (afterExit && scan.isPresent() && !scan.get().live().isEmpty()) {
            outlived = true;
            stragglers = stragglers.isEmpty() ? scan.get().live() : stragglers;
        }
    }

    /** Takes in who runs, as a scan saw that began after whatever has happened. */
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

    /** Gives the report the processes that a scan found outside of the group, and those that it could not read. */
    void name(GroupScan scan) {
        List<Member> seen = new ArrayList<>(scan.unreadable());
        scan.live().stream().filter(outside::isOutside).map(Member::withoutHandle).forEach(seen::add);
        escaped.take(seen);
    }

    /**
     * Takes in the members of a marked process that are outside of its group, and sends them the last signal.
     *
     * @param kept whether their handles stay open
     * @return whether there is one that was not known before
     */
    boolean search(GroupScan scan, boolean kept) {
        return outside.found(scan.live(), kept);
    }

    /** Watches those that the last scan has found, and lets the next one wait for that. */
    void watch(MemberWatch found, Todo todo) {
        close(todo);
        watch = Optional.of(found);
        todo.actions.add(found::begin);
    }

    /** Sets when the next scan is due, if nothing happens before. */
    void rescanLater(boolean watched) {
        rescanAt = System.nanoTime() + (watched ? LONGEST_WAIT : BLIND_PAUSE);
    }

    /** Nobody waits for them any more. */
    void close(Todo todo) {
        if (watch.isPresent()) {
            todo.actions.add(watch.get()::close);
            watch = Optional.empty();
        }
        outside.drop();
    }

    /** Ends a stop. */
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
