package io.github.lastcall.internal.process;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.KillMode;
import io.github.lastcall.OsException;
import io.github.lastcall.UnixSignal;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.jfr.BegunStop;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.GroupScan;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.os.Scope;
import io.github.lastcall.internal.os.Signals;
import io.github.lastcall.internal.stop.Action;
import io.github.lastcall.internal.stop.Event;
import io.github.lastcall.internal.stop.LiveProcess;
import io.github.lastcall.internal.stop.Outcome;
import io.github.lastcall.internal.stop.Stop;
import io.github.lastcall.internal.wait.BriefWait;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The state of one process and its group, and the current stop. The word of its {@link Child} guards every field that
 * is not volatile. Every signal is sent and every process reaped here, so no pid is signalled while another thread
 * reaps it. Nothing here logs, wakes a thread or runs users' code, and nothing waits except the {@link BriefWait} after
 * a signal. {@link #takeTodo} returns the work for after the word is left.
 *
 * <p>The <em>leader</em> is signalled after a look that it has not exited. Its <em>group</em> may outlive it. Where the
 * OS can signal the group through the leader's pidfd (Linux 6.9) the leader is reaped at once, and the pidfd is kept
 * until the group is gone. Elsewhere the leader stays unreaped until then: a zombie keeps the number of its group from
 * being reused.
 *
 * <p>The native waits and the scans run without the word and are counted as {@link Users}.
 */
final class ProcessState {

    /** For {@link #round}: a wait has seen the exit. */
    static final int EXIT_SEEN = 1;

    /** For {@link #round}: the caller needs the state of the group. */
    static final int GROUP = 2;

    /** For {@link #round}: the caller has waited for the exit, so the pipes are settled. */
    static final int SETTLE = 4;

    /** For {@link #round}: the caller waits for the stop, and may make a {@link BriefWait} with the word. */
    static final int WAIT = 8;

    /** How long to wait for the end of a killed command when all else is gone: 100 ms. */
    private static final long COMMAND_END = 100_000_000;

    /** The note that needs no look at the process. It is added even if this round comes late. */
    private static final List<String> OUTPUT_FULL = List.of("its output is full, and no thread reads it");

    /** What the event of a stop says that has not ended the process. */
    private static final String NOT_STOPPED = "could not be stopped";

    private static final String WITHDRAWN = "withdrawn";

    private final Services services;
    private final OsPort os;
    private final NativeProcess process;
    private final KillMode mode;
    private final Pipes pipes;

    /** Whether its output is collected: then it is settled as soon as any thread has seen the exit. */
    private final boolean collects;

    private final Users users = new Users();
    private Todo todo = new Todo();

    private final LeaderLook leader;
    private volatile Optional<ExitStatus> exit = Optional.empty();
    private volatile boolean gone;
    private volatile boolean released;

    /** Whether a stop has sent the forceful signal. */
    private volatile boolean killed;

    /** When the exit was seen, or the last signal sent. A scan that began before does not count. */
    private long lastChange;

    private long exitAt;

    private Optional<Stop> stop = Optional.empty();

    /** The Flight Recorder event of the stop. */
    private Optional<BegunStop> begun = Optional.empty();

    private final List<Ticket> tickets = new ArrayList<>(1);

    private final Members members;

    private final Steps steps = new Steps();

    /** Set when all processes are gone except a command: how long to wait for the end of that command. */
    private Optional<Deadline> goneAt = Optional.empty();

    /** The next deadline, as the waiting threads know it since the last round. */
    private Deadline nextAt = Deadline.NEVER;

    /** Whether a stop has ended and the pipes have to be settled. */
    private boolean pipesDue;

    /** Whether our ends of the pipes were closed when the group was gone, so that there is nothing to settle. */
    private boolean pipesClosed;

    /** Set before the start. */
    private volatile Optional<Guarded> guarded = Optional.empty();

    ProcessState(Services services, OsPort os, NativeProcess process, KillMode mode, Pipes pipes) {
        this.services = services;
        this.os = os;
        this.process = process;
        this.mode = mode;
        this.pipes = pipes;
        this.collects = pipes.areCollected();
        this.leader = new LeaderLook(process);
        this.members = new Members(os, process);
    }

    Members members() {
        return members;
    }

    /** Records that it has been started. */
    void started() {
        if (members.contained().mark().isPresent()) {
            process.mark(members.contained().mark().get().number());
        }
    }

    /** Sends a signal outside of a stop, without memory. */
    void lastResort(int act, Scope scope, int signal) {
        process.request(act, scope, signal);
        os.act(process);
        members.acted(act, scope, signal);
    }

    /** Whether a stop has begun and is not over. */
    boolean isStopping() {
        return stop.isPresent();
    }

    LeaderLook leader() {
        return leader;
    }

    /** Sets what its guardian knows. Before its start. */
    void guardedBy(Guarded by) {
        guarded = Optional.of(by);
    }

    /** What its guardian knows; empty: it has none. */
    Optional<Guarded> guarded() {
        return guarded;
    }

    // For every thread, without the word

    Optional<ExitStatus> exit() {
        return exit;
    }

    /** Whether its exit is known and no process of the group runs. */
    boolean isGone() {
        return gone;
    }

    /** Whether it is reaped and its descriptors are closed. */
    boolean isReleased() {
        return released;
    }

    /** Whether its group may outlive it, and a probe shows when it ends. */
    boolean mayHaveLeftGroup() {
        return exit.isPresent() && !released && isProbeRight();
    }

    /** Whether a stop, current or past, has sent the forceful signal. */
    boolean wasKilled() {
        return killed;
    }

    void throwLookError() throws OsException {
        Optional<OsException> error = leader.error();
        if (error.isPresent()) {
            throw error.get();
        }
    }

    /** Keeps the handle open until {@link #unpin}; false: it is closed, and the exit is known. */
    boolean pin() {
        return users.pin();
    }

    /** Returns whether the handle can be closed now, by another round. */
    boolean unpin() {
        return users.unpin() && gone;
    }

    // The round

    /** Does what is due and evaluates what the OS reports. */
    void round(int want) {
        boolean looked = false;
        boolean releasing = false;
        while (true) {
            long now = System.nanoTime();
            boolean send = isSendDue(now);
            if (!looked || send || releasing) {
                step(want, send, now);
                looked = true;
            }
            advance();
            boolean more = isSendDue(System.nanoTime());
            boolean release = gone && !released && !releasing && users.areNone();
            releasing |= release;
            if (!more && !release) {
                break;
            }
        }
        afterRound(want);
        setNextAt();
    }

    private boolean isSendDue(long now) {
        return stop.isPresent()
                && goneAt.isEmpty()
                && stop.get().isSendDue(now)
                && !(stop.get().isLooking() && exit.isPresent());
    }

    private void step(int want, boolean send, long now) {
        if (send && guarded.isPresent()) {
            guarded.get().reached(stop.get());
        }
        boolean known = exit.isPresent();
        boolean signal = send && stop.get().phase().signal() != 0;
        boolean closes = pipesDue || stop.isPresent() || (want & (GROUP | SETTLE)) != 0;
        boolean probe = !gone && closes && isProbeRight();
        long wait = signal && !known && (want & WAIT) != 0 ? briefWait() : 0;
        boolean mayEnd = (known || wait > 0 || (want & EXIT_SEEN) != 0) && (gone || probe);
        boolean follow = stop.isPresent() && stop.get().isFollowDue(now);
        int act = lookOf(known)
                | (send && !Family.WINDOWS && members.isLookDue() ? NativeProcess.ESCAPED : 0)
                | (signal ? NativeProcess.SIGNAL : 0)
                | (signal && stop.get().isForceful() ? NativeProcess.MOVED : 0)
                | (wait > 0 ? NativeProcess.WAIT : 0)
                | (follow && isGracefulSignal() ? NativeProcess.FOLLOW : 0)
                | (probe ? NativeProcess.PROBE : 0)
                | (mayEnd ? NativeProcess.RELEASE : 0)
                | (mayEnd && closes ? NativeProcess.PIPES : 0);
        process.waitAtMost(wait);
        if (mayEnd) {
            actAndRelease(act, known, signal, probe, now);
        } else if (act != 0) {
            act(act, known, signal, probe, now);
        }
        if (send && !signal && known == exit.isPresent() && isSendDue(now)) {
            beginStep(now);
        }
        if (follow) {
            followed();
        }
    }

    /** Returns how long to wait after the signal of this phase, 0: not at all, for example if the loop has to collect. */
    private long briefWait() {
        return collects ? 0 : Math.min(BriefWait.nanos(), stop.get().phase().timeoutNanos());
    }

    private boolean isGracefulSignal() {
        return !stop.get().isForceful() && stop.get().phase().signal() != 0;
    }

    /** Acts, and lets the OS close what no thread uses if the process turns out to be gone. */
    private void actAndRelease(int act, boolean known, boolean send, boolean probe, long before) {
        boolean claimed = users.claim();
        if ((act & NativeProcess.PIPES) != 0) {
            pipes.claim(process);
        } else {
            process.pipes(-1, -1, -1);
        }
        long in = process.in();
        long out = process.out();
        long err = process.err();
        try {
            act(claimed ? act : act & ~NativeProcess.RELEASE, known, send, probe, before);
        } finally {
            // First, because the rest can fail if memory is full, and a claim that stays blocks all users.
            if (claimed) {
                released = gone && process.isReaped() && process.handle() < 0;
                users.unclaim(released);
                todo.wake |= released;
            }
            pipesClosed |= pipes.release(process, in, out, err, gone) && gone;
            if (claimed && released && members.contained().cgroup().isPresent()) {
                todo.actions.add(members.contained()::remove);
            }
        }
    }

    private void act(int act, boolean known, boolean send, boolean probe, long before) {
        process.request(act, scope(), stop.isPresent() ? stop.get().phase().signal() : 0);
        if ((act & NativeProcess.ESCAPED) != 0) {
            actWithLastPid();
        } else {
            os.act(process);
        }
        long now = System.nanoTime();
        members.acted(act, scope(), process.signal());
        if ((act & NativeProcess.WAIT) != 0 && process.hasWaited()) {
            takeWaited(before, now);
        } else {
            if (!known) {
                takeExit(now);
            }
            if (send) {
                takeSent(now);
            }
        }
        if (probe) {
            takeProbe(now);
        }
    }

    private void actWithLastPid() {
        long file = services.lastPid().pin();
        try {
            process.lastPid(file);
            os.act(process);
        } finally {
            services.lastPid().unpin(file);
        }
    }

    private int lookOf(boolean known) {
        if (leader.isAttached()) {
            return known ? 0 : NativeProcess.LOOK;
        }
        boolean mayReap = !steps.haveCommand() && (gone || isReapAllowed());
        if (known) {
            return mayReap && !process.isReaped() ? NativeProcess.REAP : 0;
        }
        return mayReap ? NativeProcess.REAP : NativeProcess.LOOK;
    }

    /**
     * Whether a probe can tell that the group is empty. If not, the unreaped leader counts as a member, and a scan is
     * needed.
     */
    private boolean isProbeRight() {
        return !process.isMarked() && isReapAllowed();
    }

    /** Whether the leader may be reaped while its group exists: it leads none, or the OS still knows the group then. */
    boolean isReapAllowed() {
        return process.group() == 0 || os.groupOutlivesReap(process);
    }

    private Scope scope() {
        boolean all = mode == KillMode.GROUP || mode == KillMode.MIXED && stop.isPresent() && stop.get().isForceful();
        return all ? Scope.GROUP : Scope.LEADER;
    }

    private void takeExit(long now) {
        Optional<ExitStatus> status = leader.take(now);
        if (status.isPresent()) {
            publish(status, now);
        } else if (stop.isPresent() && leader.error().isPresent()) {
            stop.get().on(Event.UNREADABLE, now, leader.error().get());
        } else if (stop.isPresent() && stop.get().isLooking()) {
            stop.get().on(Event.RUNNING, now);
        }
    }

    private void publish(Optional<ExitStatus> status, long now) {
        lastChange = now;
        exitAt = now;
        exit = status;
        todo.wake = true;
        if (leader.isAttached()) {
            process.letGo();
        }
        // Without a pidfd, if another waiter has reaped the leader, its pid and the number of its group may have been
        // reused.
        if (process.group() == 0 || process.isReaped() && process.handle() < 0 && process.cgroup() == 0) {
            becomeGone(now);
        }
    }

    /**
     * Evaluates a call that has looked, sent and waited: the process ran before it, and the signal is at most as old as
     * the longest wait.
     */
    private void takeWaited(long before, long now) {
        stop.get().on(Event.RUNNING, before);
        takeSent(Math.max(before, now - process.longestWait()));
        lastChange = now;
        takeExit(now);
    }

    private void takeSent(long now) {
        if (stop.isEmpty()) {
            return;
        }
        switch (process.sent()) {
            case YES -> {
                lastChange = now;
                killed |= stop.get().isForceful();
                stop.get().on(Event.SENT, now);
            }
            case NOBODY -> stop.get().on(process.isMarked() ? Event.SENT : Event.REFUSED, now);
            case REFUSED -> stop.get().on(Event.REFUSED, now, process.sendError());
            case UNSUPPORTED -> takeUnsupported(now);
            case EXITED -> { }
        }
    }

    /** A helper program may have to send a console event, which takes time. */
    private void takeUnsupported(long now) {
        if (stop.get().phase().signal() == Signals.CTRL_BREAK) {
            todo.handOver = stop.get().phaseNumber();
            stop.get().on(Event.HANDED_OVER, now);
        } else {
            stop.get().on(Event.SKIPPED, now, process.sendError());
        }
    }

    private void takeProbe(long now) {
        if (exit.isPresent() && !gone && process.groupState() == GroupScan.State.EMPTY) {
            becomeGone(now);
        }
    }

    private void becomeGone(long now) {
        if (awaitsCommand(now)) {
            return;
        }
        goneAt = Optional.empty();
        gone = true;
        if (guarded.isPresent()) {
            guarded.get().slot().end();
        }
        todo.wake = true;
        process.groupIsGone();
        members.close(todo);
        if (stop.isPresent()) {
            pipesDue = true;
            Stop ended = stop.get();
            Outcome outcome = ended.gone(
                    now,
                    exit.orElse(LeaderLook.HELD),
                    isForced(exit.orElse(LeaderLook.HELD)),
                    members.stragglers(),
                    members.escaped());
            todo.add(ended.takeLines());
            end(outcome);
        }
    }

    /**
     * The stop ends when its command has ended too. The command is killed now, and the stop waits for it 100 ms at
     * most.
     */
    private boolean awaitsCommand(long now) {
        if (steps.haveCommand() && goneAt.isEmpty()) {
            goneAt = Optional.of(Deadline.after(now, COMMAND_END));
            steps.cancel(todo);
        }
        return steps.haveCommand() && !goneAt.get().hasCome(now);
    }

    /** Ends the stop and all of its tickets. */
    private void end(Outcome outcome) {
        record(outcome, NOT_STOPPED);
        for (Ticket ticket : tickets) {
            end(ticket, outcome);
        }
        tickets.clear();
        dropStop();
    }

    private void end(Ticket ticket, Outcome outcome) {
        ticket.end(outcome);
        todo.actions.add(ticket.whenOver());
        todo.wake = true;
    }

    /** Records one event for each stop. A stop that found the process gone has done nothing and is not recorded. */
    private void record(Outcome outcome, String otherwise) {
        if (begun.isPresent() && !outcome.attempts().isEmpty()) {
            todo.record(new Todo.EndedStop(begun.get(), outcome, otherwise));
        }
    }

    private void dropStop() {
        stop = Optional.empty();
        begun = Optional.empty();
        members.forget();
    }

    /**
     * Whether the kill has ended the leader: another status means that it ended before. Under GROUP a killed straggler
     * counts too.
     */
    private boolean isForced(ExitStatus status) {
        boolean killed = status instanceof ExitStatus.Signaled by && by.name().equals(Optional.of(UnixSignal.SIGKILL))
                || status instanceof ExitStatus.Unknown
                || Family.WINDOWS && status.equals(new ExitStatus.Exited(Family.KILLED_CODE));
        return killed || mode == KillMode.GROUP && members.haveOutlived();
    }

    /** Advances the stop and its tickets to the current time. */
    private void advance() {
        if (goneAt.isPresent()) {
            becomeGone(System.nanoTime());
        }
        if (stop.isEmpty() || goneAt.isPresent()) {
            return;
        }
        long now = System.nanoTime();
        Stop current = stop.get();
        if (exit.isPresent() && !gone) {
            current.on(Event.LEADER_EXIT, now);
        }
        if (current.isExplainDue(now) && pipes.areFull()) {
            current.explained(current.phaseNumber(), OUTPUT_FULL);
        }
        current.advance(now);
        if (current.isOver() && leader.isHeld()) {
            publish(Optional.of(LeaderLook.HELD), now);
            becomeGone(now);
        } else if (current.isOver()) {
            current.failed(now, survivors());
            todo.add(current.takeLines());
            end(current.failure(now, members.stragglers(), survivors()));
        } else {
            endTickets(now);
        }
    }

    private void endTickets(long now) {
        for (int i = tickets.size() - 1; i >= 0; i--) {
            if (stop.get().givesUpAt(tickets.get(i).bound()).hasCome(now)) {
                end(tickets.remove(i), stop.get().failure(now, members.stragglers(), survivors()));
            }
        }
        withdrawIfUnwanted(NOT_STOPPED);
    }

    private void withdrawIfUnwanted(String why) {
        if (tickets.isEmpty()) {
            if (stop.isPresent()) {
                withdraw(stop.get(), why);
            }
            dropStop();
            members.close(todo);
        }
    }

    private void withdraw(Stop unwanted, String why) {
        todo.add(unwanted.takeLastLines());
        if (begun.isPresent()) {
            record(unwanted.failure(System.nanoTime(), List.of(), List.of()), why);
        }
    }

    private List<LiveProcess> survivors() {
        if (!members.survivors().isEmpty()) {
            return members.survivors();
        }
        if (exit.isPresent()) {
            return members.stragglers();
        }
        return List.of(new LiveProcess(process.pid(), "its command is not known", '?'));
    }

    /** Does what comes a moment after the signal. */
    private void followed() {
        if (stop.isEmpty()) {
            return;
        }
        stop.get().followed();
        boolean kill = stop.get().isForceful();
        // After a signal only: a command or a call may still need the input.
        if (pipes.input().isPresent() && stop.get().phase().signal() != 0) {
            todo.actions.add(kill ? pipes.input().get()::drop : pipes.input().get()::flushAndDrop);
        }
        todo.actions.add(pipes::drain);
    }

    private void afterRound(int want) {
        boolean waited = (want & SETTLE) != 0 && exit.isPresent() && stop.isEmpty();
        if (waited || gone && (pipesDue || (want & GROUP) != 0)) {
            pipesDue = false;
            if (!pipesClosed) {
                pipes.settle();
            }
        } else if (collects && exit.isPresent() && (gone || stop.isEmpty())) {
            pipes.settleCollected();
        }
        if (collects && exit.isPresent()) {
            todo.actions.add(pipes::deliver);
        }
        steps.cancelIfOver(stop, todo);
        if (stop.isPresent()) {
            requestNotes(stop.get());
        }
        boolean mayScan = stop.isPresent() || (want & GROUP) != 0 && !isProbeRight();
        if (members.isRescanDue() && (members.isSearchDue() || exit.isPresent() && mayScan)) {
            wantScan();
        }
    }

    // Steps that are not signals

    private void beginStep(long now) {
        Stop current = stop.get();
        Action action = current.phase().action();
        Optional<String> reason = whyNot(action, current.phase().timeoutNanos());
        if (reason.isPresent()) {
            current.on(Event.SKIPPED, now, new IOException(reason.get()));
        } else if (action instanceof Action.CloseInput) {
            todo.actions.add(pipes.input().get()::flushAndDrop);
            current.on(Event.SENT, now);
        } else {
            steps.begin(new Step(action, current.phaseNumber()), todo);
            current.on(Event.HANDED_OVER, now);
        }
    }

    private Optional<String> whyNot(Action action, long timeout) {
        if (action instanceof Action.CloseInput) {
            return pipes.input().isEmpty() ? Optional.of("its standard input is no pipe") : Optional.empty();
        }
        if (timeout == 0) {
            return Optional.of("its timeout is zero");
        }
        if (action instanceof Action.Call) {
            return leader.isAttached() ? Optional.of("it is for a child of this JVM") : Optional.empty();
        }
        boolean stranger = process.isReaped() || leader.isAttached() && exit.isPresent();
        return stranger ? Optional.of("the leader has exited, and its pid may be another's") : Optional.empty();
    }

    /** Records the result of a step; of a cancelled step only that it has ended. */
    void stepOver(Step step, Event event, Optional<IOException> error) {
        if (steps.ended(step, stop)) {
            answered(event, error);
        }
    }

    private void requestNotes(Stop current) {
        if (current.isExplainDue(System.nanoTime())) {
            current.explaining();
            todo.explain = current.phaseNumber();
        }
        todo.add(current.takeLines());
    }

    // Scans

    /** Requests a scan for when the word is left, unless one is running. */
    void wantScan() {
        if (!gone && (exit.isPresent() || process.isMarked())) {
            todo.scan |= members.scan();
        }
    }

    /**
     * Evaluates the result of a scan.
     *
     * @param watch watches the members that it found; closed if it is not needed
     */
    void scanned(long began, Optional<GroupScan> scan, MemberWatch watch) {
        todo.wake = true;
        members.answered(scan, exit.isPresent() && began - exitAt >= 0);
        boolean usable = !gone && began - lastChange >= 0;
        boolean marked = process.isMarked() && scan.isPresent();
        if (marked && stop.isPresent()) {
            members.name(scan.get()); // the scan may end the stop, whose report needs the names
        }
        boolean kept = usable && take(scan) && stop.isPresent();
        if (kept) {
            members.watch(watch, todo);
        } else {
            todo.actions.add(watch::close);
        }
        if (!usable || marked && !gone && members.search(scan.get(), kept)) {
            members.rescan();
        } else {
            members.rescanLater(kept && watch.canSee());
        }
    }

    /** Returns whether there are members to wait for. */
    private boolean take(Optional<GroupScan> scan) {
        long now = System.nanoTime();
        Members.Seen seen = members.take(scan, exit.isPresent());
        if (seen == Members.Seen.RUNNING) {
            stop.ifPresent(current -> current.on(Event.RUNNING, now));
        } else if (seen == Members.Seen.NOBODY) {
            becomeGone(now);
        }
        return seen == Members.Seen.RUNNING;
    }

    // The stop

    /** Joins the current stop, or begins one. */
    void join(Ticket ticket) {
        long now = System.nanoTime();
        ticket.begin(now);
        if (gone) {
            end(ticket, new Stop(ticket.plan(), false, ticket.isDetailed(), now)
                    .gone(now, exit.orElse(LeaderLook.HELD), false, members.stragglers(), List.of()));
            return;
        }
        pipes.stopBegins();
        if (stop.isPresent()) {
            stop.get().shorten(ticket.plan(), now);
            todo.wake = true;
        } else {
            // No thread waits for it yet, so its first deadline needs no wake-up.
            nextAt = Deadline.after(now, 0);
            // Nothing after this takes memory: the stop must not begin without its ticket.
            stop = Optional.of(new Stop(ticket.plan(), mode == KillMode.MIXED, ticket.isDetailed(), now));
            begun = ticket.begun();
            if (ticket.isOfMany()) {
                members.dropLook();
            }
        }
        tickets.add(ticket);
    }

    /** Ends the part of a caller. If it was the last caller, nothing more is sent. */
    void leave(Ticket ticket) {
        if (tickets.remove(ticket)) {
            withdrawIfUnwanted(WITHDRAWN);
        }
    }

    /** Makes the forceful signal of the current stop due; returns whether there is a stop. */
    boolean makeKillDue() {
        // No lambda, whose first use takes memory.
        if (stop.isPresent()) {
            stop.get().kill(System.nanoTime());
        }
        return stop.isPresent();
    }

    /** Whether there is a stop that no thread waits for. */
    boolean isStoppedUnattended() {
        for (Ticket ticket : tickets) {
            if (ticket.isUnattended()) {
                return true;
            }
        }
        return false;
    }

    /** Whether the current stop has sent the forceful signal. */
    boolean isKilled() {
        return stop.isPresent() && stop.get().isKilled();
    }

    /** Records the result of a signal that a thread of the pool has sent. */
    void handedBack(int phase, Event event, Optional<IOException> error) {
        if (stop.isPresent() && stop.get().phaseNumber() == phase) {
            answered(event, error);
        }
    }

    private void answered(Event event, Optional<IOException> error) {
        long now = System.nanoTime();
        lastChange = now;
        if (error.isPresent()) {
            stop.get().on(event, now, error.get());
        } else {
            stop.get().on(event, now);
        }
    }

    /** Adds the notes of a phase, and the processes that run. */
    void explained(int phase, List<String> notes, List<LiveProcess> running) {
        if (stop.isPresent()) {
            stop.get().explained(phase, notes);
            members.survivors(running);
        }
    }

    /** Records that a caller cannot wait in the OS. */
    void waitFailed(IOException error) {
        stop.ifPresent(current -> current.waitFailed(error));
    }

    /** The action of the current phase; empty: there is no stop. */
    Optional<Action> actionUnderWay() {
        return stop.map(current -> current.phase().action());
    }

    // Outside of a stop

    /**
     * Sends one signal outside of a stop. A refusal is no error if the process turns out to have exited.
     *
     * @param follow whether to continue a stopped process after it
     * @return whether it was sent
     */
    boolean send(Scope scope, int signal, boolean follow) throws OsException {
        boolean known = exit.isPresent();
        if (gone || known && scope == Scope.LEADER) {
            return false;
        }
        int act = lookOf(known) | NativeProcess.SIGNAL | NativeProcess.MOVED | (follow ? NativeProcess.FOLLOW : 0);
        process.request(act, scope, signal);
        os.act(process);
        members.acted(act, scope, signal);
        long now = System.nanoTime();
        if (!known) {
            takeExit(now);
        }
        return switch (process.sent()) {
            case YES -> {
                lastChange = now;
                yield true;
            }
            case NOBODY, EXITED -> members.isSearchDue();
            case UNSUPPORTED, REFUSED -> refused(process.sendError());
        };
    }

    private boolean refused(OsException error) throws OsException {
        if (exit.isEmpty()) {
            process.request(lookOf(false), Scope.LEADER, 0);
            os.act(process);
            takeExit(System.nanoTime());
        }
        if (exit.isEmpty() && !leader.isHeld()) {
            throw error;
        }
        return false;
    }

    /** Releases the group, which is not needed any more. */
    void releaseGroup() {
        if (gone || stop.isPresent()) {
            return;
        }
        if (leader.isAttached() && exit.isEmpty()) {
            publish(Optional.of(LeaderLook.LET_GO), System.nanoTime());
        }
        if (exit.isPresent() && !gone) {
            becomeGone(System.nanoTime());
        }
    }

    // After the round

    /** The next deadline. */
    Deadline nextAt() {
        return nextAt;
    }

    /** Computes the next deadline. If it is earlier than before, the waiting threads and the loop have to be woken. */
    private void setNextAt() {
        Deadline before = nextAt;
        nextAt = next();
        todo.nextAtIsEarlier |= before.earlier(nextAt) != before;
    }

    private Deadline next() {
        if (stop.isEmpty()) {
            return Deadline.NEVER;
        }
        Deadline at = stop.get().nextAt();
        for (Ticket ticket : tickets) {
            at = at.earlier(stop.get().givesUpAt(ticket.bound()));
        }
        if (goneAt.isPresent()) {
            return goneAt.get();
        }
        if (leader.isHeld() || members.isScanning()) {
            at = at.earlier(Deadline.in(Members.BLIND_PAUSE));
        } else if (exit.isPresent() || process.isMarked()) {
            at = at.earlier(members.rescanAt());
        }
        return at;
    }

    /** Keeps work that has failed. */
    void keep(Todo undone) {
        todo = todo.isEmpty() ? undone : undone.with(todo);
    }

    /** Returns the work for after the word is left. */
    Todo takeTodo() {
        if (todo.isEmpty()) {
            return Todo.NONE;
        }
        Todo taken = todo;
        todo = new Todo();
        return taken;
    }
}
