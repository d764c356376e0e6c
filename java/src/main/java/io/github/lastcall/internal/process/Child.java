package io.github.lastcall.internal.process;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.KillMode;
import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.os.GroupScan;
import io.github.lastcall.internal.os.GuardianSlot;
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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * A managed process without the user's handle: it can be stopped after that handle is lost. It must never refer to the
 * handle.
 *
 * <p><b>Concurrency.</b> {@link #word} guards {@link #state}. Every thread that waits does the same in a loop: it
 * advances the state, then waits for the exit, the next deadline or a wake-up. Before that it adds itself to {@link
 * #waiting}, so a change that it has not seen wakes it. The thread that held the word does the work of {@link Todo}
 * after it has left the word.
 */
public final class Child implements Advanceable, Log.Source {

    /** How long to wait for the answer of a scan: 1 s. A scan takes milliseconds. */
    private static final long SCAN_LIMIT = 1_000_000_000;

    /** After how long the loop completes a stop that its thread has not: 5 ms, as sooner timers cost more. */
    private static final long BEGIN_LIMIT = 5_000_000;

    /** How long the last resort tries to get the word: 20 ms, longer than a BriefWait. */
    private static final long LAST_RESORT_LIMIT = 20_000_000;

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

    /** The user's handle. Calls that are steps of a stop need it. */
    private volatile Optional<WeakReference<Object>> owner = Optional.empty();

    private final int killSignal;
    private int slot;

    private final Word word = new Word();
    private final ProcessState state;
    private final Why why;
    private final StoppedMembers stoppedMembers;

    /** The threads that wait for the exit, the group or a stop. */
    private final Waiting waiting;

    private final AfterExit afterExit;
    private final Afterwards afterwards;
    private final ExitWatch exitWatch;
    private final ExitWait exitWait;
    private final StopWait stopWait;
    private final AtomicBoolean stragglersLogged = new AtomicBoolean();

    /** The next deadline. Written with the word. */
    private volatile Deadline nextAt = Deadline.NEVER;

    private volatile boolean armed = true;
    private volatile boolean killedByHandle;
    private volatile boolean started;
    private volatile boolean mayOutlive;
    private volatile boolean handleTaken;
    private volatile Optional<ProcessHandle> handle = Optional.empty();

    /** Whether the group may be released: it is not needed any more. */
    private volatile boolean left;

    /** Whether a round, or the work after it, has failed, for example because memory is full. */
    private volatile boolean unfinished;

    /** Creates an armed child that is not started yet. */
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

    /** Starts it. A start that fails leaves nothing but this object. */
    public void start(SpawnRequest request) throws SpawnFailure {
        os.start(request, process);
        state.started();
        pipes.open(process);
        started = true;
    }

    /** Sets the user's handle, which this object refers to weakly. */
    public void ownedBy(Object handle) {
        owner = Optional.of(new WeakReference<>(handle));
    }

    /** The user's handle; empty: it is lost. */
    Optional<Object> owner() {
        return owner.map(WeakReference::get);
    }

    /** Starts the commands of its stops. */
    Commands commands() {
        return commands;
    }

    /** Attaches to a process that runs, disarmed. A failure leaves nothing but this object. */
    public void attach(long pid) throws OsException {
        state.leader().attached();
        armed = false;
        os.attach(pid, mode == KillMode.LEADER ? Scope.LEADER : Scope.GROUP, process);
        started = true;
    }

    /** Whether the process was attached and not started by this library. */
    public boolean isAttached() {
        return state.leader().isAttached();
    }

    /** Sets its slot of the guardian, which contains this plan. Before its start. */
    public void guardedBy(GuardianSlot slot, Plan plan) {
        state.guardedBy(new Guarded(slot, plan));
    }

    /** Its slot of the guardian. */
    public Optional<GuardianSlot> guardianSlot() {
        return state.guarded().map(Guarded::slot);
    }

    /** Whether it must be registered with the guardian. */
    public boolean isGuarded() {
        return state.guarded().isPresent() && started && !state.isGone();
    }

    /** Registers it with a new guardian, unless it is gone. Returns false if the guardian has ended. */
    public boolean register(long guardian) throws OsException {
        if (!isGuarded() || !state.pin()) {
            return true;
        }
        try {
            return state.guarded().get().slot().register(guardian, process);
        } finally {
            unpin();
        }
    }

    /** Whether it has been started. */
    public boolean isStarted() {
        return started;
    }

    /** Its name. */
    public String name() {
        return name;
    }

    /** Its pid, or 0 before its start. */
    public long pid() {
        return process.pid();
    }

    /** Its name and pid. */
    @Override
    public Log.Subject subject() {
        return new Log.Subject(name, process.pid());
    }

    /** How its members are recognised. */
    public Contained contained() {
        return state.members().contained();
    }

    /** Sets how its members will be recognised. */
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

    /** Its standard input if that is a pipe. */
    public Optional<PipeOutput> input() {
        return pipes.input();
    }

    /** Its standard output if that is a pipe. */
    public Optional<PipeInput> output() {
        return pipes.output();
    }

    /** Its standard error if that is a pipe. */
    public Optional<PipeInput> error() {
        return pipes.error();
    }

    /** What all processes share. */
    public Services services() {
        return services;
    }

    ProcessState state() {
        return state;
    }

    // The word

    /** Runs an action with the word, then a round. */
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

    /** Does what is due. If another thread holds the word, that thread does one more round. */
    void advance(int want, Optional<Waiter> self) {
        if (isOver() && (want & ProcessState.SETTLE) == 0) {
            return;
        }
        // Only this caller has seen the exit, or needs the settled pipes: it needs a round of its own.
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
     * Keeps work that has failed after a round. If there is no memory for a timer of the loop either, the sweep repeats
     * it.
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

    /** Records that a scan has failed, so that it can be requested again. There may be no memory for a lambda. */
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

    /** Lets the loop advance it, in addition to the threads that wait. */
    void attend() {
        exitWatch.begin();
        armLoop();
    }

    /** Lets the loop advance it at the next deadline. */
    void armLoop() {
        services.threads().loop().arm(this, nextAt);
        // Another thread may have seen its end before the loop was armed, and found nothing to disarm.
        if (isOver()) {
            services.threads().loop().disarm(this);
        }
    }

    /**
     * Lets the loop complete a stop whose thread has failed. If there is no memory for a timer of the loop either, the
     * sweep does it.
     */
    void leaveToLoop(Ticket ticket) {
        ticket.unattended();
        unfinished = true;
        services.threads().loop().arm(this, Deadline.in(ExitWatch.FIRST_NAP));
    }

    AfterExit afterExit() {
        return afterExit;
    }

    /** Why the actions after the exit ran without an exit. */
    public Optional<Throwable> exitFailure() {
        return afterExit.failure();
    }

    /**
     * Waits until listeners and sinks have received all of its output and the output is kept, 1 s at most. To be called
     * when its exit is known. An interrupt ends the wait, and its flag stays set.
     */
    public void awaitOutput() {
        afterExit.awaitOutput();
    }

    /**
     * Waits until the condition holds, the leader has exited, or the limit.
     *
     * @param enough the condition; {@link #wakeWaiting} is called when it may have changed
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

    /** Reaps it if it has exited and no thread waits for it, and releases a group that has ended since. */
    public void sweep() {
        if (started && !isOver()) {
            advance(ProcessState.GROUP, Optional.empty());
            armLoop();
        }
    }

    /** Requests a look whether the terminal has stopped one of its processes, which is logged once. */
    public void lookForStopped() {
        // A process without a group of its own is in the group of this JVM, and is stopped and continued with it.
        if (started && mode != KillMode.LEADER && !state.leader().isAttached()) {
            stoppedMembers.look();
        }
    }

    /** Whether work is left that has failed before. */
    public boolean isUnfinished() {
        return unfinished;
    }

    /** Whether its group may outlive it. The end of the group is no exit of a child of ours: only a probe sees it. */
    public boolean mayHaveLeftGroup() {
        return state.mayHaveLeftGroup();
    }

    // Looking

    /** Returns how the leader ended; empty: it runs. Closes no stream. */
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

    /** Returns how the leader ended, without a look. */
    public Optional<ExitStatus> known() {
        return state.exit();
    }

    /** Returns whether the leader has exited and, except under LEADER, no process of its group runs. */
    public boolean isGone() {
        if (!state.isGone()) {
            advance(ProcessState.GROUP | ProcessState.EXIT_SEEN, Optional.empty());
            if (state.exit().isPresent() && !state.isGone()) {
                awaitScan();
            }
        }
        return state.isGone();
    }

    /** Whether it is gone and released. */
    public boolean isReleased() {
        return state.isReleased();
    }

    /** Waits for a scan of the group, 1 s at most. */
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
            // This thread cannot wait in the OS. It returns without an answer.
        } finally {
            waiting.leave(waiter);
        }
    }

    /** Returns the members of the group that have outlived the leader, as the last scan has seen them. */
    public List<LiveProcess> membersLeft() {
        return state.isGone() ? List.of() : state.members().stragglers();
    }

    /** Returns the pids of its members, the leader included. Scans all processes: not for the loop. */
    public List<Long> memberPids() throws OsException {
        if (!state.pin()) {
            return List.of();
        }
        try {
            Optional<List<GroupScan>> scan = os.scan(List.of(process), false);
            List<Member> members = scan.isPresent() ? scan.get().get(0).live() : List.of();
            os.close(members);
            return members.stream().map(Member::pid).toList();
        } finally {
            unpin();
        }
    }

    /** Logs once which processes the leader has left behind. For waits that end with the exit of the leader. */
    public void logStragglers() {
        if (mode == KillMode.LEADER || state.isGone() || stragglersLogged.get()) {
            return;
        }
        onPool(() -> {
            if (!isGone() && !stragglersLogged.getAndSet(true)) {
                List<LiveProcess> left = state.members().stragglers();
                Log.warn(this, () -> "has exited and left behind: " + Notes.names(left), null);
            }
        });
    }

    // Waiting

    /** Waits for the exit of the leader. Then its output is kept in memory, and our ends of its pipes are closed. */
    public Optional<ExitStatus> awaitExit(Deadline limit) throws OsException, InterruptedException {
        return exitWait.await(limit);
    }

    /**
     * Writes the buffer to its input, closes it, and waits for the exit; all within the limit. A limit that has passed
     * only looks.
     */
    public Optional<ExitStatus> closeInputAndAwaitExit(Deadline limit) throws OsException, InterruptedException {
        return limit.hasCome() ? exitWait.await(limit) : exitWait.afterInput(pipes, limit);
    }

    /** Lets every thread that waits look again. */
    public void wakeWaiting() {
        waiting.wake(Optional.empty());
    }

    /**
     * Runs an action when the exit is known, or cannot be read ({@link #exitFailure}). It runs on any thread, may run
     * twice, and must return at once.
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

    /** Stops it, together with other callers. Returns the outcome, also if it could not be stopped. */
    public Outcome stop(Plan plan) throws InterruptedException {
        try {
            return stopWait.stop(plan);
        } catch (Error full) {
            signalWithoutMemory(plan);
            throw full;
        }
    }

    /** Waits for a stop that the loop has begun. An interrupt withdraws it. */
    Outcome await(Ticket ticket) throws InterruptedException {
        return stopWait.finish(ticket);
    }

    /**
     * There may be no memory for a stop by this plan. Its first signal is sent anyway, unless a stop has begun,
     * which the loop completes. A kill is sent in any case.
     */
    public void signalWithoutMemory(Plan plan) {
        boolean kills = plan.phases().isEmpty();
        killedByHandle |= kills;
        if (started && !state.isGone()) {
            int signal = (kills ? plan.forceful() : plan.phases().get(0)).signal();
            if (signal != 0) {
                lastResort(NativeProcess.SIGNAL | NativeProcess.MOVED, kills ? Scope.GROUP : scope(), signal);
            }
        }
    }

    /**
     * Stops it by its policy. The first interrupt ends the graceful phases; no interrupt ends the kill or extends its
     * bound. The flag stays set.
     */
    public Outcome stopThroughInterrupts() {
        return stopWait.stopThroughInterrupts(policy);
    }

    /** Kills it. Interrupts are treated as in {@link #stopThroughInterrupts()}. */
    public Outcome killThroughInterrupts() {
        return stopWait.killThroughInterrupts(policy.kill());
    }

    /**
     * Waits as a stop does until the condition holds, which must wake the waiters; until the limit; or for no
     * reason where the OS cannot wait.
     */
    public void awaitAs(BooleanSupplier over, Deadline limit) throws InterruptedException {
        stopWait.awaitAs(over, limit);
    }

    /**
     * Takes part in the current stop, or begins one.
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

    /** Begins to stop it and does not wait. The ticket keeps the stop going until its bound. */
    public void begin(Ticket ticket) {
        ticket.unattended();
        // Before the stop begins: if this thread fails, for example because memory is full, the loop completes it.
        services.threads().loop().arm(this, Deadline.in(BEGIN_LIMIT));
        join(ticket, 0);
        attendIfNotOver(ticket);
    }

    void attendIfNotOver(Ticket ticket) {
        if (!ticket.isOver()) {
            attend();
        }
    }

    /** The next deadline. */
    Deadline nextAt() {
        return nextAt;
    }

    /** As {@link #begin}, but the loop sends the first signal. */
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

    /** Ends the part of a caller that does not wait any more. If it was the last caller, nothing more is sent. */
    void leave(Ticket ticket) {
        // No lambda, whose first use takes memory.
        word.acquire();
        try {
            state.leave(ticket);
        } finally {
            rounds(0, Optional.empty());
        }
    }

    // Signals

    /**
     * Sends one signal. Nothing is sent to a group that is gone, although its zombies would accept it.
     *
     * @param follow whether to continue a stopped process after it
     * @return whether it was sent
     */
    public boolean send(int signal, boolean follow) throws OsException {
        if (state.exit().isPresent() && isGone()) {
            return false;
        }
        boolean sent = sendTo(scope(), signal, follow);
        killedByHandle |= sent && signal == killSignal;
        return sent;
    }

    /** Which processes a signal is for that is not the kill of a stop. */
    private Scope scope() {
        return mode == KillMode.GROUP ? Scope.GROUP : Scope.LEADER;
    }

    private boolean sendTo(Scope scope, int signal, boolean follow) throws OsException {
        word.acquire();
        try {
            return state.send(scope, signal, follow);
        } finally {
            rounds(0, Optional.empty());
        }
    }

    /** Kills without waiting, and makes the kill of the current stop due. */
    public void killNow() throws OsException {
        word.acquire();
        try {
            if (!state.makeKillDue() || state.isKilled()) {
                state.send(Scope.GROUP, killSignal, false);
            }
            killedByHandle = true;
        } finally {
            rounds(0, Optional.empty());
        }
        dropInput();
    }

    /** Makes the forceful signal of the current stop due. */
    public void makeKillDue() {
        // No lambda, whose first use takes memory.
        word.acquire();
        try {
            state.makeKillDue();
        } finally {
            rounds(ProcessState.GROUP, Optional.empty());
        }
    }

    /** Whether this handle has sent it the forceful signal. */
    public boolean wasKilled() {
        return killedByHandle || state.wasKilled();
    }

    /** Records that this handle kills it without waiting. */
    public void killedByHandle() {
        killedByHandle = true;
    }

    /** Sends CTRL_BREAK_EVENT; may take a second, and pins a carrier. Returns whether it was sent. */
    public boolean sendBreak() throws IOException {
        if (isGone()) {
            return false;
        }
        word.acquire();
        try {
            // It may have been released since, and its pid reused.
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

    /** Sends the forceful signal when everything else has failed. Takes no memory and loads no class. */
    public void lastResort() {
        if (started && armed && !state.isGone()) {
            lastResort(NativeProcess.SIGNAL | NativeProcess.MOVED, Scope.GROUP, killSignal);
        }
    }

    /** Does the same without the signal, so that all classes are loaded and linked. */
    public void rehearseLastResort() {
        if (started && !state.isGone()) {
            lastResort(0, Scope.GROUP, killSignal);
        }
    }

    /**
     * Sends a signal, and only a kill where a stop has begun. Does not wait long for the word: the thread that holds it
     * may have died.
     */
    private void lastResort(int act, Scope scope, int signal) {
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < LAST_RESORT_LIMIT) {
            if (word.tryAcquire()) {
                try {
                    // It may have been reaped since, and its pid reused.
                    if (!state.isGone() && (signal == killSignal || !state.isStopping())) {
                        state.lastResort(act, scope, signal);
                    }
                } finally {
                    word.release();
                }
                return;
            }
            Thread.onSpinWait();
        }
    }

    /** Its index in the registry. */
    public int slot() {
        return slot;
    }

    /** As {@link #slot()}. */
    public void slot(int slot) {
        this.slot = slot;
    }

    // The guard

    /** Whether it is stopped when its handle is closed or lost. */
    public boolean isArmed() {
        return armed;
    }

    /** Whether it is stopped at the exit of this JVM: it is armed, or has a stop that no thread waits for. */
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

    /** Whether the end of its output was seen: it may be about to exit. */
    public boolean hasEndedOutput() {
        return pipes.hasEndedOutput();
    }

    /** Closes its standard input. The buffer is lost. */
    void dropInput() {
        if (pipes.input().isPresent()) {
            pipes.input().get().drop();
        }
    }

    /** Closes all streams. */
    public void closeStreams() {
        pipes.close();
    }

    /** Closes all streams of a process that is gone. A reader gets the rest of the output first. */
    public void closeStreamsAfterReaders() {
        pipes.closeAfterReaders();
    }

    /** Whether it was let go while it ran, so that it has no exit status. */
    public boolean wasLetGo() {
        return state.exit().equals(Optional.of(LeaderLook.LET_GO));
    }

    /**
     * Releases a group that has outlived its leader and may continue, or an attached process, whether it runs or not. A
     * current stop ends first.
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

    /** Whether the user has allowed it to outlive its handle. */
    public boolean mayOutlive() {
        return mayOutlive;
    }

    /** Sets {@link #mayOutlive()}, and disarms or arms the process. */
    public void mayOutlive(boolean may) {
        mayOutlive = may;
        arm(!may);
    }

    /**
     * Returns the JDK's handle of the leader, created with the word, so that the process is not reaped meanwhile; after
     * the reap an {@link EndedHandle}.
     *
     * @param taken whether the user gets it: then the process does not count as lost
     */
    public ProcessHandle handle(boolean taken) {
        if (handle.isEmpty()) {
            with(() -> handle = Optional.of(makeHandle()));
        }
        if (taken && state.exit().isEmpty()) {
            handleTaken = true;
            // For the JDK's handle the process is alive until it is reaped: the loop has to watch for the exit.
            exitWatch.begin();
        }
        return handle.get();
    }

    private ProcessHandle makeHandle() {
        Optional<ProcessHandle> jdk = state.exit().isPresent() ? Optional.empty() : ProcessHandle.of(process.pid());
        return jdk.isPresent() ? jdk.get() : new EndedHandle(process.pid());
    }

    /** Whether the user has the JDK's handle of it. */
    public boolean isHandleTaken() {
        return handleTaken;
    }

    /** Runs a task that may block on a thread of the pool. */
    @Override
    public void onPool(Runnable task) {
        services.threads().pool().execute(task);
    }

    /** Runs a task that would pin a carrier for long on a platform thread. */
    public <T> T callOnPlatformThread(Supplier<T> task) {
        return Thread.currentThread().isVirtual()
                ? CompletableFuture.supplyAsync(task, this::onPool).join()
                : task.get();
    }

    @Override
    public String toString() {
        return subject().toString();
    }
}
