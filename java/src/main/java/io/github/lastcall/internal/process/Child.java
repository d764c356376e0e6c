package io.github.lastcall.internal.process;

import io.github.lastcall.Containment;
import io.github.lastcall.ExitStatus;
import io.github.lastcall.KillMode;
import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.os.Cgroup;
import io.github.lastcall.internal.os.GroupScan;
import io.github.lastcall.internal.os.GuardianSlot;
import io.github.lastcall.internal.os.Mark;
import io.github.lastcall.internal.os.Member;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.os.Scope;
import io.github.lastcall.internal.os.Signals;
import io.github.lastcall.internal.os.SpawnFailure;
import io.github.lastcall.internal.os.SpawnRequest;
import io.github.lastcall.internal.stdio.PipeInput;
import io.github.lastcall.internal.stdio.PipeOutput;
import io.github.lastcall.internal.stop.LiveProcess;
import io.github.lastcall.internal.stop.Outcome;
import io.github.lastcall.internal.stop.Plan;
import io.github.lastcall.internal.wait.Advanceable;
import io.github.lastcall.internal.wait.Awaited;
import io.github.lastcall.internal.wait.Waiter;
import io.github.lastcall.internal.wait.Word;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A managed process without the user's handle: what can still be stopped after that handle is gone. It must never refer
 * to the handle.
 *
 * <p><b>Concurrency.</b> {@link #word} guards {@link #state}. Everybody who waits does the same: advance, wait for the
 * exit, the next time or a wake-up, until there is what he waits for. He puts himself among those {@link #waiting}
 * first, so a change that he has not seen wakes him. What a round leaves to do is done when the word is left, by who
 * held it.
 */
public final class Child implements Advanceable {

    /** How long to wait for the answer of a scan: 1 s. It takes milliseconds. */
    private static final long SCAN_LIMIT = 1_000_000_000;

    /** How often the last resort tries to get the word: some milliseconds. */
    private static final int MOST_TRIES = 100_000;

    static final Runnable NOTHING = () -> {};

    private final Services services;
    private final OsPort os;
    private final NativeProcess process = new NativeProcess();
    private final KillMode mode;
    private final String name;
    private final Pipes pipes;

    private final Policy policy;
    private final Commands commands;
    private final Throwable startedAt;

    /** The user's handle, for calls that are steps of a stop. */
    private volatile Optional<WeakReference<Object>> owner = Optional.empty();

    private final int killSignal;
    private int slot;

    private final Word word = new Word();
    private final ProcessState state;
    private final Why why;
    private final StoppedMembers stoppedMembers;

    /** Threads that wait for the exit, the group or a stop. */
    private final Waiting waiting;

    private final AfterExit afterExit;
    private final Afterwards afterwards;
    private final ExitWatch exitWatch;
    private final ExitWait exitWait;
    private final StopWait stopWait;
    private final AtomicBoolean stragglersLogged = new AtomicBoolean();

    /** When there is something to do next. Written with the word. */
    private volatile Deadline nextAt = Deadline.NEVER;

    private volatile boolean armed = true;
    private volatile boolean killedByHandle;
    private volatile boolean started;
    private volatile boolean mayOutlive;
    private volatile boolean handleTaken;
    private volatile Optional<ProcessHandle> handle = Optional.empty();

    /** Whether nobody will ask for the group any more. */
    private volatile boolean left;

    /** Whether a round, or what it left to do, has failed, for lack of memory say. */
    private volatile boolean unfinished;

    /** Creates the child of a start that is to come, armed. */
    public Child(
            Services services,
            OsPort os,
            String name,
            Pipes pipes,
            Policy policy,
            Commands commands,
            Throwable startedAt) {
        this.services = services;
        this.os = os;
        this.name = name;
        this.waiting = new Waiting(services.threads().waiters());
        this.mode = policy.mode();
        this.pipes = pipes;
        this.policy = policy;
        this.killSignal = policy.kill().forceful().signal();
        this.commands = commands;
        this.startedAt = startedAt;
        this.state = new ProcessState(services, os, process, mode, pipes);
        this.afterExit = new AfterExit(this, pipes);
        this.exitWatch = new ExitWatch(this, process);
        this.exitWait = new ExitWait(this, os, process, waiting);
        this.stopWait = new StopWait(this, os, process, waiting);
        this.why = new Why(this, os, process, mode);
        this.stoppedMembers = new StoppedMembers(this, why);
        this.afterwards = new Afterwards(this, os, process, waiting, why);
    }

    /** Starts it. When it fails nothing is left but this object. */
    public void start(SpawnRequest request) throws SpawnFailure {
        os.start(request, process);
        state.started();
        pipes.open(process);
        started = true;
    }

    /** Takes in the user's handle, which it must not keep from being lost. */
    public void ownedBy(Object handle) {
        owner = Optional.of(new WeakReference<>(handle));
    }

    /** The user's handle; empty: nobody has it any more. */
    Optional<Object> owner() {
        return owner.map(WeakReference::get);
    }

    /** What starts the commands of its stops. */
    Commands commands() {
        return commands;
    }

    /** Takes over a process that runs already, disarmed. When it fails nothing is left but this object. */
    public void attach(long pid) throws OsException {
        state.leader().attached();
        armed = false;
        os.attach(pid, mode == KillMode.LEADER ? Scope.LEADER : Scope.GROUP, process);
        started = true;
    }

    /** Whether it ran already, and is no child of this library. */
    public boolean isAttached() {
        return state.leader().isAttached();
    }

    /** The path of the cgroup that was made for it. */
    public Optional<Path> cgroup() {
        return state.members().contained().cgroup().map(Cgroup::path);
    }

    /** The mark that it is going to have; empty: none. */
    public Optional<Mark> mark() {
        return state.members().contained().mark();
    }

    /** Before its start: it has a slot of the guardian's, which has this plan. */
    public void guardedBy(GuardianSlot slot, Plan plan) {
        state.guardedBy(new Guarded(slot, plan));
    }

    /** Its slot of the guardian's. */
    public Optional<GuardianSlot> guardianSlot() {
        return state.guarded().map(Guarded::slot);
    }

    /** Whether the guardian is to know it. */
    public boolean isGuarded() {
        return state.guarded().isPresent() && started && !state.isGone();
    }

    /** Registers it with another guardian, unless it is gone. */
    public void register(long guardian) throws OsException {
        if (isGuarded() && state.pin()) {
            try {
                state.guarded().get().slot().register(guardian, process);
            } finally {
                unpin();
            }
        }
    }

    /** Whether it has been started. */
    public boolean isStarted() {
        return started;
    }

    /** How the log is to name it. */
    public Log.Subject subject() {
        return new Log.Subject(name, process.pid());
    }

    /** How the processes are known that belong to it. */
    public Containment containment() {
        return state.members().contained().how();
    }

    /** Says by what its members will be known. */
    public void contain(Contained contained) {
        state.members().contain(contained);
    }

    /** How to stop and kill it. */
    public Policy policy() {
        return policy;
    }

    /** Where it was started. */
    public Throwable startedAt() {
        return startedAt;
    }

    /** Its standard input, if that is a pipe. */
    public Optional<PipeOutput> input() {
        return pipes.input();
    }

    /** Its standard output, if that is a pipe. */
    public Optional<PipeInput> output() {
        return pipes.output();
    }

    /** Its standard error, if that is a pipe. */
    public Optional<PipeInput> error() {
        return pipes.error();
    }

    /** What it shares with all others. */
    public Services services() {
        return services;
    }

    ProcessState state() {
        return state;
    }

    // The word

    /** Does something with the state, and a round after it. */
    void with(Runnable action, int want) {
        word.acquire();
        try {
            action.run();
        } finally {
            rounds(want, Optional.empty());
        }
    }

    void with(Runnable action) {
        with(action, 0);
    }

    /** Does what is due, or lets whoever is at it go round once more. */
    void advance(int want, Optional<Waiter> self) {
        if (isOver() && (want & ProcessState.SETTLE) == 0) {
            return;
        }
        // Nobody else may see what this caller has seen: he needs his own round.
        if ((want & ~ProcessState.GROUP) != 0) {
            word.acquire();
        } else if (!word.enter()) {
            return;
        }
        rounds(want, self);
    }

    private void rounds(int want, Optional<Waiter> self) {
        Todo todo = Todo.NONE;
        boolean held = true;
        try {
            do {
                state.round(want);
                nextAt = state.nextAt();
                Todo next = state.takeTodo();
                unfinished = false;
                todo = todo == Todo.NONE ? next : todo.with(next);
                held = !word.leave();
            } while (held);
        } finally {
            if (held) {
                unfinished = true;
                word.release();
            }
            afterwards.run(todo, self);
        }
    }

    /**
     * Takes back what could not be done after a round. If there is no memory for a timer of the loop either, the sweep
     * finds it.
     */
    void keep(Todo todo) {
        word.acquire();
        try {
            state.keep(todo);
            unfinished = true;
        } finally {
            word.release();
        }
        services.threads().loop().arm(this, Deadline.in(ExitWatch.LONGEST_NAP));
    }

    /** The scan can be asked for again. There may be no memory for a lambda. */
    void unanswered() {
        word.acquire();
        try {
            state.members().unanswered();
        } finally {
            rounds(0, Optional.empty());
        }
    }

    // The loop

    @Override
    public Deadline advance() {
        advance(ProcessState.GROUP, Optional.empty());
        return nextAt;
    }

    @Override
    public boolean isOver() {
        return state.isReleased() && !unfinished;
    }

    /** Lets the loop advance it, whatever becomes of the threads that wait. */
    void attend() {
        exitWatch.begin();
        armLoop();
    }

    /** Lets the loop come back when there is something to do next. */
    void armLoop() {
        services.threads().loop().arm(this, nextAt);
        // Whoever has seen its end meanwhile found nothing to take back.
        if (isOver()) {
            services.threads().loop().disarm(this);
        }
    }

    /** The thread that waits for it has failed. Where there is no memory for the loop either the sweep finds it. */
    void leaveToLoop(Ticket ticket) {
        ticket.unattended();
        unfinished = true;
        services.threads().loop().arm(this, Deadline.in(ExitWatch.FIRST_NAP));
    }

    AfterExit afterExit() {
        return afterExit;
    }

    /** Why what followed the exit is run without one. */
    public Optional<Throwable> exitFailure() {
        return afterExit.failure();
    }

    /**
     * Waits until those who have listeners or sinks have got all that it wrote, and everything is kept that is to be;
     * 1 s at most. To be called once its exit is known. An interrupt ends it, and stays set.
     */
    public void awaitOutput() {
        afterExit.awaitOutput();
    }

    /**
     * Waits until something holds, the leader has exited, or the limit.
     *
     * @param enough what {@link #wakeWaiting} is called for
     */
    public void awaitChange(BooleanSupplier enough, Deadline limit) throws OsException, InterruptedException {
        exitWatch.begin();
        awaitWakeUps(() -> enough.getAsBoolean() || state.exit().isPresent(), limit);
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
    }

    void awaitWakeUps(BooleanSupplier enough, Deadline limit) throws OsException {
        Waiter waiter = waiting.enter(false);
        try {
            waiter.drain();
            while (!enough.getAsBoolean() && !limit.hasCome() && !Thread.currentThread().isInterrupted()) {
                waiter.await(os, Awaited.NOTHING, limit, true);
                waiter.drain();
            }
        } finally {
            waiting.leave(waiter);
        }
    }

    void unpin() {
        if (state.unpin()) {
            advance(ProcessState.GROUP, Optional.empty());
        }
    }

    /** Reaps it if it has exited and nobody has asked, and releases a group that has ended since. */
    public void sweep() {
        if (started && !isOver()) {
            advance(ProcessState.GROUP, Optional.empty());
            armLoop();
        }
    }

    /** Logs once that the terminal has stopped one of its processes, if it has; without waiting for that look. */
    public void lookForStopped() {
        // One without a group of its own is in that of this JVM, which is stopped and goes on with it.
        if (started && mode != KillMode.LEADER && !state.leader().isAttached()) {
            stoppedMembers.look();
        }
    }

    /** Whether something is left to be done, whether it has exited or not. */
    public boolean isUnfinished() {
        return unfinished;
    }

    // Looking

    /** Returns how the leader ended if it has. Changes nothing. */
    public Optional<ExitStatus> look() throws OsException {
        if (state.exit().isEmpty()) {
            with(NOTHING);
            if (state.exit().isEmpty()) {
                state.throwLookError();
            }
        }
        boolean held = state.exit().isEmpty() && state.leader().isHeld();
        return held ? Optional.of(state.leader().heldStatus()) : state.exit();
    }

    /** Returns how the leader ended, as far as that is known already. */
    public Optional<ExitStatus> known() {
        return state.exit();
    }

    /** Returns whether it has exited and, unless the leader alone counts, no process of its group runs. */
    public boolean isGone() {
        if (!state.isGone()) {
            advance(ProcessState.GROUP | ProcessState.EXIT_SEEN, Optional.empty());
            if (state.exit().isPresent() && !state.isGone()) {
                awaitScan();
            }
        }
        return state.isGone();
    }

    /** Whether it is known to be gone, and nothing is kept of it. */
    public boolean isCleared() {
        return state.isReleased();
    }

    /** Waits until the group has been looked through, 1 s at most. */
    void awaitScan() {
        Deadline limit = Deadline.in(SCAN_LIMIT);
        Waiter waiter = waiting.enter(false);
        try {
            int before = state.members().scans();
            with(state::wantScan);
            while (state.members().scans() == before && !state.isGone() && !limit.hasCome()) {
                waiter.drain();
                if (state.members().scans() == before && !state.isGone()) {
                    waiter.await(os, Awaited.NOTHING, limit, false);
                }
            }
        } catch (OsException e) {
            // Who cannot wait does not know.
        } finally {
            waiting.leave(waiter);
        }
    }

    /** Returns which members of the group run on, as far as that has been looked at since the exit of the leader. */
    public List<LiveProcess> membersLeft() {
        return state.isGone() ? List.of() : Members.live(state.members().stragglers());
    }

    /** Returns who is of it just now, itself included. Looks through all processes: not for the loop. */
    public List<Long> memberPids() throws OsException {
        if (!state.pin()) {
            return List.of();
        }
        try {
            Optional<List<GroupScan>> scan = os.scan(List.of(process), false);
            List<Member> members = scan.isPresent() ? scan.get().get(0).live() : List.of();
            Scanner.close(os, members);
            return members.stream().map(Member::pid).toList();
        } finally {
            unpin();
        }
    }

    /** Logs once which processes the leader has left behind; for those who wait for the leader alone. */
    public void logStragglers() {
        if (mode == KillMode.LEADER || state.isGone() || stragglersLogged.get()) {
            return;
        }
        services.threads().pool().execute(() -> {
            if (!isGone() && !stragglersLogged.getAndSet(true)) {
                List<Member> members = state.members().stragglers();
                Log.warn(this::onPool, subject(), () -> "has exited and left behind: " + why.names(members), null);
            }
        });
    }

    // Waiting

    /** Waits for the exit of the leader. What it wrote is kept in memory then, and our ends of its pipes are closed. */
    public Optional<ExitStatus> awaitExit(Deadline limit) throws OsException, InterruptedException {
        return exitWait.await(limit);
    }

    /**
     * Closes its input, after what is in the buffer, and waits for its exit; both within the limit. One that has come
     * already only looks.
     */
    public Optional<ExitStatus> closeInputAndAwaitExit(Deadline limit) throws OsException, InterruptedException {
        return limit.hasCome() ? exitWait.await(limit) : exitWait.afterInput(pipes, limit);
    }

    /** Lets everybody who waits look again. */
    public void wakeWaiting() {
        waiting.wake(Optional.empty());
    }

    /**
     * Runs something once the exit is known, or cannot be ({@link #exitFailure}), on whatever thread: it must return at
     * once. It may run twice.
     */
    public void whenExited(Runnable action) {
        afterExit.add(action);
        if (state.exit().isPresent()) {
            afterwards.wake(Optional.empty());
        } else {
            exitWatch.begin();
        }
    }

    // Stopping

    /** Stops it, together with whoever else is at it. Returns what came of it, also if it could not be stopped. */
    public Outcome stop(Plan plan) throws InterruptedException {
        return stopWait.stop(plan);
    }

    /**
     * Stops it by its policy, through interrupts: the first one ends the graceful phases, and the kill is waited for
     * within one forceful bound however many there are. The interrupt stays set.
     */
    public Outcome stopThroughInterrupts() {
        return stopWait.stopThroughInterrupts(policy);
    }

    /** Kills it; as {@link #stopThroughInterrupts()}. */
    public Outcome killThroughInterrupts() {
        return stopWait.killThroughInterrupts(policy.kill());
    }

    /**
     * Waits as those do who stop it or wait for its exit, on a platform thread, until something is so that has woken
     * them; until the limit; or for no reason, where the OS gives no wait.
     */
    public void awaitAs(BooleanSupplier over, Deadline limit) throws InterruptedException {
        stopWait.awaitAs(over, limit);
    }

    /**
     * Takes part in a stop, which begins with it if there was none.
     *
     * @param wait {@link ProcessState#WAIT} or 0
     */
    void join(Ticket ticket, int wait) {
        word.acquire();
        try {
            state.join(ticket);
        } finally {
            rounds(ProcessState.GROUP | wait, Optional.empty());
        }
    }

    /** Begins to stop it, and does not wait. The ticket keeps the stop alive until its bound. */
    public void begin(Ticket ticket) {
        ticket.unattended();
        // Before the signal: the loop wakes up while it is sent, and not while the process ends.
        services.threads().loop().arm(this, Deadline.in(ExitWatch.FIRST_NAP));
        signal(ticket);
        attendIfNotOver(ticket);
    }

    /** As {@link #begin}; {@link #attendIfNotOver} has to follow. */
    void signal(Ticket ticket) {
        join(ticket, 0);
    }

    void attendIfNotOver(Ticket ticket) {
        if (!ticket.isOver()) {
            attend();
        }
    }

    /** When there is something to do next. */
    Deadline nextAt() {
        return nextAt;
    }

    /** As {@link #begin}, and leaves it to the loop to send the first signal. */
    void beginOnLoop(Ticket ticket) {
        word.acquire();
        try {
            state.join(ticket);
        } finally {
            word.release();
        }
        exitWatch.begin();
        services.threads().loop().arm(this, Deadline.in(0));
    }

    /** A caller does not wait any more. If it was the last one, nothing more is sent. */
    void leave(Ticket ticket) {
        with(() -> state.leave(ticket));
    }

    // Signals

    /**
     * Sends one signal, and no other. Nothing is sent to what is gone, though its zombies would take it.
     *
     * @param follow whether a stopped process is to go on after it
     * @return whether it was sent
     */
    public boolean send(int signal, boolean follow) throws OsException {
        if (state.exit().isPresent() && isGone()) {
            return false;
        }
        boolean sent = sendTo(mode == KillMode.GROUP ? Scope.GROUP : Scope.LEADER, signal, follow);
        killedByHandle |= sent && signal == policy.kill().forceful().signal();
        return sent;
    }

    private boolean sendTo(Scope scope, int signal, boolean follow) throws OsException {
        word.acquire();
        try {
            return state.send(scope, signal, follow);
        } finally {
            rounds(0, Optional.empty());
        }
    }

    /** Kills without waiting, and makes a stop under way go on to that as well. */
    public void killNow() throws OsException {
        word.acquire();
        try {
            if (!state.makeKillDue() || state.isKilled()) {
                state.send(Scope.GROUP, policy.kill().forceful().signal(), false);
            }
            killedByHandle = true;
        } finally {
            rounds(0, Optional.empty());
        }
        dropInput();
    }

    /** Makes the forceful signal of a stop under way due now. */
    public void makeKillDue() {
        with(state::makeKillDue, ProcessState.GROUP);
    }

    /** Whether it was sent the forceful signal through this handle, whether anybody waited for its end or not. */
    public boolean wasKilled() {
        return killedByHandle || state.wasKilled();
    }

    /** Takes in that this handle kills it without waiting. */
    public void killedByHandle() {
        killedByHandle = true;
    }

    /** Sends CTRL_BREAK_EVENT; may take a second, and holds a carrier. Returns what became of it. */
    public boolean sendBreak() throws IOException {
        if (isGone()) {
            return false;
        }
        word.acquire();
        try {
            // It may have been released since, and its number given away.
            if (state.isGone()) {
                return false;
            }
            process.request(NativeProcess.SIGNAL, Scope.GROUP, Signals.CTRL_BREAK);
            os.act(process);
            NativeProcess.Sent sent = process.sent();
            if (sent == NativeProcess.Sent.REFUSED) {
                throw process.sendError();
            }
            if (sent != NativeProcess.Sent.UNSUPPORTED) {
                return sent == NativeProcess.Sent.YES;
            }
        } finally {
            rounds(0, Optional.empty());
        }
        return why.deliverBreak();
    }

    /** Sends the forceful signal where nothing else is left to do: takes no memory and loads no class. */
    public void lastResort() {
        if (started && armed && !state.isGone()) {
            lastResort(NativeProcess.SIGNAL | NativeProcess.MOVED);
        }
    }

    /** Does all of it but the signal, so that it is loaded and linked. */
    public void rehearseLastResort() {
        if (started && !state.isGone()) {
            lastResort(0);
        }
    }

    /** Who holds the word may have died with it: it is not waited for long. */
    private void lastResort(int act) {
        for (int i = 0; i < MOST_TRIES; i++) {
            if (word.tryAcquire()) {
                try {
                    if (!state.isReleased()) {
                        state.lastResort(act, killSignal);
                    }
                } finally {
                    word.release();
                }
                return;
            }
            Thread.onSpinWait();
        }
    }

    /** Its place among all children, for the guard. */
    public int slot() {
        return slot;
    }

    /** As {@link #slot()}. */
    public void slot(int slot) {
        this.slot = slot;
    }

    // The guard

    /** Whether it must not outlive its handle. */
    public boolean isArmed() {
        return armed;
    }

    /** Whether it must not outlive this JVM: it is armed, or a stop is under way that no thread waits for. */
    public boolean isToBeStopped() {
        if (policy.ofStep() || armed) {
            return !policy.ofStep();
        }
        word.acquire();
        try {
            return state.isStoppedUnattended();
        } finally {
            rounds(0, Optional.empty());
        }
    }

    /** Arms or disarms. */
    public void arm(boolean on) {
        armed = on;
        if (state.guarded().isPresent() && !state.isReleased()) {
            word.acquire();
            try {
                state.guarded().get().slot().arm(on);
            } finally {
                rounds(0, Optional.empty());
            }
        }
    }

    /** Whether the end of its output was seen: it is about to exit. */
    public boolean hasEndedOutput() {
        return pipes.hasEndedOutput();
    }

    /** Drops its standard input, whatever is buffered for it. */
    public void dropInput() {
        if (pipes.input().isPresent()) {
            pipes.input().get().drop();
        }
    }

    /** Closes every stream. */
    public void closeStreams() {
        pipes.close();
    }

    /** Closes every stream of one that is gone; who has been reading gets the rest. */
    public void closeStreamsAfterReaders() {
        pipes.closeAfterReaders();
    }

    /** Whether it was let go while it ran: its status is none. */
    public boolean wasLetGo() {
        return state.exit().equals(Optional.of(LeaderLook.LET_GO));
    }

    /**
     * Releases a group that its leader has left behind and that may go on: what it is known by is not needed any more.
     * If it is being stopped, that comes first. So is one that was not started here, whether it runs or not.
     */
    public void leaveGroup() {
        left = true;
        releaseIfLeft();
    }

    void releaseIfLeft() {
        boolean mayGo = state.exit().isPresent() || state.leader().isAttached();
        if (left && !state.isReleased() && mayGo) {
            with(state::releaseGroup, ProcessState.GROUP);
            if (state.leader().isAttached()) {
                exitWatch.end();
            }
        }
    }

    /** Whether the user has said that it may outlive its handle. */
    public boolean mayOutlive() {
        return mayOutlive;
    }

    /** As {@link #mayOutlive()}; it is disarmed or armed with it. */
    public void mayOutlive(boolean may) {
        mayOutlive = may;
        arm(!may);
    }

    /**
     * Returns the JDK's handle of the leader, made while the process cannot be reaped; after the reap one of our own.
     *
     * @param taken whether the user keeps it: then the process is not lost with its other handle
     */
    public ProcessHandle handle(boolean taken) {
        if (handle.isEmpty()) {
            with(() -> handle = Optional.of(makeHandle()));
        }
        if (taken && state.exit().isEmpty()) {
            handleTaken = true;
            // It counts as alive until it is reaped, and who looks at the handle alone asks nobody else for that.
            exitWatch.begin();
        }
        return handle.get();
    }

    private ProcessHandle makeHandle() {
        Optional<ProcessHandle> jdk = state.exit().isPresent() ? Optional.empty() : ProcessHandle.of(process.pid());
        return jdk.isPresent() ? jdk.get() : new EndedHandle(process.pid());
    }

    /** Whether somebody has the JDK's handle of it. */
    public boolean isHandleTaken() {
        return handleTaken;
    }

    /** Runs something that may block, on a thread of the pool. */
    public void onPool(Runnable task) {
        services.threads().pool().execute(task);
    }

    /** Runs what would hold a carrier for long on a platform thread. */
    public <T> T callOnPlatformThread(Supplier<T> task) {
        return Thread.currentThread().isVirtual()
                ? CompletableFuture.supplyAsync(task, services.threads().pool()::execute).join()
                : task.get();
    }

    @Override
    public String toString() {
        return subject().toString();
    }
}
