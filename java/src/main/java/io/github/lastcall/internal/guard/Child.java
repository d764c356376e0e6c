package io.github.lastcall.internal.guard;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.KillMode;
import io.github.lastcall.OsException;
import io.github.lastcall.UnixSignal;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.escalation.CannotAskException;
import io.github.lastcall.internal.escalation.LiveProcess;
import io.github.lastcall.internal.escalation.Outcome;
import io.github.lastcall.internal.escalation.Plan;
import io.github.lastcall.internal.escalation.SharedStop;
import io.github.lastcall.internal.escalation.Target;
import io.github.lastcall.internal.exit.Group;
import io.github.lastcall.internal.exit.Leader;
import io.github.lastcall.internal.exit.PlatformThreads;
import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.os.Delivery;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.Member;
import io.github.lastcall.internal.os.Scope;
import io.github.lastcall.internal.stdio.PipeInput;
import io.github.lastcall.internal.stdio.PipeOutput;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All there is of a managed process but the user's handle: what the guard can still stop after that handle is gone. It
 * must never refer to the handle.
 *
 * <p>Thread-safe: the parts guard themselves, and {@link #armed} and {@link #left} are one volatile word each.
 */
public final class Child implements Target {

    /** What a kill gets that is sent again, as an interrupt came when its time was as good as up: 100 ms. */
    private static final long LAST_MOMENT = 100_000_000;

    /** How many may look for descendants at the same time. */
    private static final Semaphore DESCENDANTS = new Semaphore(2);

    private final Log.Subject subject;
    private final Leader leader;
    private final Group group;
    private final KillMode mode;
    private final Optional<PipeOutput> input;
    private final Optional<PipeInput> output;
    private final Optional<PipeInput> error;
    private final Policy policy;
    private final Throwable startedAt;
    private final SharedStop stop = new SharedStop(this);
    private final AtomicBoolean settled = new AtomicBoolean();
    private final AtomicBoolean toldStragglers = new AtomicBoolean();
    private volatile boolean armed = true;

    /** Under MIXED: the forceful signal has been sent, to whoever was left. */
    private volatile boolean restKilled;

    /** Whether nobody will ask for the group any more. */
    private volatile boolean left;

    /** Stops that were asked for and that a thread of their own has not ended yet. */
    private final AtomicInteger stopsToCome = new AtomicInteger();

    /**
     * What to do with a child that must go.
     *
     * @param mode whom the signals are for, and who is waited for
     * @param onClose how to stop it when its handle is closed; empty: kill it and say that it leaked
     * @param kill how to kill it
     */
    public record Policy(KillMode mode, Optional<Plan> onClose, Plan kill) {}

    /**
     * The pipes to a child; empty where a stream is not one.
     *
     * @param input its standard input
     * @param output its standard output
     * @param error its standard error
     */
    public record Pipes(Optional<PipeOutput> input, Optional<PipeInput> output, Optional<PipeInput> error) {

        /** Closes our ends. Idempotent. */
        public void close() {
            input.ifPresent(PipeOutput::drop);
            output.ifPresent(PipeInput::close);
            error.ifPresent(PipeInput::close);
        }
    }

    /** Creates the child of a process that has just been started, armed. */
    public Child(String name, Leader leader, Group group, Pipes pipes, Policy policy, Throwable startedAt) {
        this.subject = new Log.Subject(name, leader.pid());
        this.leader = leader;
        this.group = group;
        this.mode = policy.mode();
        this.input = pipes.input();
        this.output = pipes.output();
        this.error = pipes.error();
        this.policy = policy;
        this.startedAt = startedAt;
    }

    @Override
    public Log.Subject subject() {
        return subject;
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
        return input;
    }

    /** Its standard output, if that is a pipe. */
    public Optional<PipeInput> output() {
        return output;
    }

    /** Its standard error, if that is a pipe. */
    public Optional<PipeInput> error() {
        return error;
    }

    /** Whether it must not outlive its handle. */
    public boolean isArmed() {
        return armed;
    }

    /** Whether it must not outlive this JVM: it is armed, or an asynchronous stop was asked for and is not over. */
    boolean isToBeStopped() {
        return armed || stopsToCome.get() > 0;
    }

    /** Arms or disarms. */
    public void arm(boolean on) {
        armed = on;
    }

    /** Gone is: its leader has exited and, unless it is the leader alone that counts, nobody of its group runs. */
    @Override
    public Optional<ExitStatus> look() throws OsException {
        Optional<ExitStatus> status = lookAtLeader();
        return status.isPresent() && isGroupGone() ? status : Optional.empty();
    }

    /** Returns how the leader ended if it has. */
    public Optional<ExitStatus> lookAtLeader() throws OsException {
        return settled(leader.look());
    }

    private boolean isGroupGone() throws OsException {
        return mode == KillMode.LEADER || group.isGone();
    }

    @Override
    public Optional<ExitStatus> awaitGone(Supplier<Deadline> limit) throws OsException, InterruptedException {
        Optional<ExitStatus> status = awaitLeader(limit);
        if (status.isEmpty() || mode == KillMode.LEADER) {
            return status;
        }
        boolean gone = mode == KillMode.MIXED && !restKilled ? group.isGone() : group.awaitGone(limit);
        forgetIfReleased();
        return gone ? status : Optional.empty();
    }

    /** Under MIXED nobody is asked once the leader has exited. */
    @Override
    public boolean isToBeKilled() {
        try {
            return mode == KillMode.MIXED && lookAtLeader().isPresent();
        } catch (OsException unreadable) {
            return false;
        }
    }

    private void forgetIfReleased() {
        if (leader.isReleased()) {
            Guard.forget(this);
        }
    }

    /** Waits for the exit of the leader. */
    public Optional<ExitStatus> awaitLeader(Supplier<Deadline> limit) throws OsException, InterruptedException {
        return settled(leader.awaitExit(limit));
    }

    /**
     * Once the exit has been seen no descriptor of the child is kept, whether the handle is ever closed or not. A
     * leader that has to wait unreaped for its group (before Linux 6.9) is not kept either if the group has gone.
     */
    private Optional<ExitStatus> settled(Optional<ExitStatus> status) {
        if (status.isPresent()) {
            dropInput();
            settle(output);
            settle(error);
            if (settled.compareAndSet(false, true) && leader.mustAwaitGroup()) {
                takeLeaveOfGroup();
            }
            forgetIfReleased();
        }
        return status;
    }

    private static void settle(Optional<PipeInput> pipe) {
        if (pipe.isPresent()) {
            pipe.get().settle();
        }
    }

    /** What cannot be looked at now is left to later looks and starts. */
    private void takeLeaveOfGroup() {
        try {
            isGroupGone();
        } catch (OsException e) {
            Log.warn(subject, () -> "its group cannot be looked at: " + e.getMessage(), e);
        }
    }

    /** Returns whether it is known to be gone; what cannot be looked at is taken to run. */
    public boolean isGone() {
        try {
            return look().isPresent();
        } catch (OsException unreadable) {
            return false;
        }
    }

    /** Returns whether it and its group have been seen to be gone, and nothing is kept of them. Does not ask the OS. */
    public boolean isCleared() {
        return leader.isReleased();
    }

    /** Reaps it if it has exited and nobody has asked, and takes leave of a group that has ended since. */
    void sweep(BooleanSupplier mayScan) {
        try {
            boolean left = lookAtLeader().isPresent() && !leader.isGroupDone();
            if (left && mayScan.getAsBoolean()) {
                look();
            }
            forgetIfReleased();
        } catch (OsException e) {
            Log.warn(subject, () -> "its status cannot be read: " + e.getMessage(), e);
        }
    }

    /** Tells the log, once, whom the leader has left behind; for those who wait for the leader alone. */
    public void tellStragglers() {
        if (mode == KillMode.LEADER || toldStragglers.get() || isGone() || toldStragglers.getAndSet(true)) {
            return;
        }
        Log.warn(subject, () -> "has exited and left behind: " + names(group.stragglers()), null);
    }

    private static String names(List<Member> members) {
        return members.isEmpty()
                ? "somebody who cannot be seen in /proc"
                : members.stream().map(Child::live).map(LiveProcess::toString).collect(Collectors.joining(", "));
    }

    private static LiveProcess live(Member member) {
        return new LiveProcess(member.pid(), member.command(), member.state());
    }

    /**
     * One that ended otherwise did so before the kill hit it. Under GROUP it is forced too if a straggler was killed.
     */
    @Override
    public boolean isForced(ExitStatus status) {
        boolean killed = status instanceof ExitStatus.Signaled by && by.name().equals(Optional.of(UnixSignal.SIGKILL))
                || status instanceof ExitStatus.Unknown
                || Family.WINDOWS && status.equals(new ExitStatus.Exited(Family.KILLED_CODE));
        return killed || mode == KillMode.GROUP && group.outlivedLeader();
    }

    @Override
    public List<String> explain(String signalName) {
        if (signalName.equals(Family.CTRL_BREAK)) {
            return survivors().stream().map(member -> member + " has not left").toList();
        }
        UnixSignal signal = UnixSignal.of(signalName);
        try {
            // Before the members: who is no longer one by then has left the group.
            List<ProcessHandle> descendants = descendants();
            return group.members(true)
                    .map(members -> notes(signal, members, descendants))
                    .orElse(List.of("the members of the group cannot be seen in /proc"));
        } catch (OsException e) {
            return List.of("the members of the group cannot be looked at: " + e.getMessage());
        }
    }

    private List<String> notes(UnixSignal signal, List<Member> members, List<ProcessHandle> descendants) {
        List<Member> asked = members.stream().filter(this::isAsked).toList();
        return Stream.concat(
                        Facts.notes(signal, asked).stream(),
                        mode == KillMode.GROUP ? Facts.outOfReach(members, descendants) : Stream.empty())
                .toList();
    }

    /**
     * Those of a leader that has exited are not known as such any more. The JDK looks through all processes for those
     * of one, so where many children are stubborn at once only some are told of who has left: their kill must not wait
     * for a thousand such passes.
     */
    private List<ProcessHandle> descendants() throws OsException {
        if (mode != KillMode.GROUP || lookAtLeader().isPresent() || !DESCENDANTS.tryAcquire()) {
            return List.of();
        }
        try {
            return PlatformThreads.supply(
                    () -> ProcessHandle.of(leader.pid()).stream().flatMap(ProcessHandle::descendants).toList());
        } finally {
            DESCENDANTS.release();
        }
    }

    private boolean isAsked(Member member) {
        return mode == KillMode.GROUP || member.pid() == leader.pid();
    }

    @Override
    public List<LiveProcess> stragglers() {
        List<LiveProcess> stragglers = new ArrayList<>();
        for (Member member : group.stragglers()) {
            stragglers.add(live(member));
        }
        return stragglers;
    }

    /** Somebody who cannot be seen is told without a pid. */
    @Override
    public List<LiveProcess> survivors() {
        try {
            return group.members(false)
                    .map(members -> members.stream().map(Child::live).toList())
                    .orElse(List.of(new LiveProcess(0, "not visible in /proc", '?')));
        } catch (OsException e) {
            return List.of(new LiveProcess(0, e.getMessage(), '?'));
        }
    }

    /** Closes its input, after what is in the buffer, and waits for its exit; both within the limit. */
    public Optional<ExitStatus> closeInputAndAwaitExit(Deadline limit) throws OsException, InterruptedException {
        if (input.isPresent()) {
            input.get().closeWithin(leader, () -> limit);
        }
        Optional<ExitStatus> status = awaitLeader(() -> limit);
        dropInput();
        return status;
    }

    /** Of a stop, which has looked before. */
    @Override
    public boolean ask(String signalName) throws OsException, CannotAskException {
        if (hasGoneSince()) {
            return false;
        }
        return signalName.equals(Family.CTRL_BREAK)
                ? askByBreak()
                : leader.signalAndContinue(scope(), UnixSignal.of(signalName));
    }

    /**
     * Whether all is gone since a stop has looked. The leader looks once more before it signals, and sees that there;
     * but not where it has to stay unreaped for its group, of which it then is the last member itself.
     */
    private boolean hasGoneSince() {
        return leader.mustAwaitGroup() && isGone();
    }

    /**
     * Sends CTRL_BREAK_EVENT to the group, under MIXED too; nothing if it is gone. Returns whether it was sent.
     *
     * @throws CannotAskException it cannot be delivered
     */
    public boolean sendBreak() throws OsException, CannotAskException {
        return !isGone() && askByBreak();
    }

    private boolean askByBreak() throws OsException, CannotAskException {
        Delivery delivery = deliverBreak();
        if (delivery == Delivery.IMPOSSIBLE) {
            throw new CannotAskException(
                    mode == KillMode.LEADER
                            ? "the process leads no group"
                            : "no console leads to the process");
        }
        return delivery == Delivery.SENT;
    }

    private Delivery deliverBreak() throws OsException {
        try {
            return PlatformThreads.call(leader::sendBreak);
        } catch (OsException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private Scope scope() {
        return mode == KillMode.GROUP ? Scope.GROUP : Scope.LEADER;
    }

    /** As {@link #ask} does, beside a stop. */
    public void askNow(UnixSignal signal) throws OsException {
        if (!isGone()) {
            leader.signalAndContinue(scope(), signal);
        }
    }

    /**
     * Sends one signal, and no other. Nothing is sent to what is gone, though its zombies would take it.
     *
     * @return whether it was sent
     */
    public boolean send(UnixSignal signal) throws OsException {
        return !isGone() && leader.signal(scope(), signal);
    }

    @Override
    public boolean kill() throws OsException {
        restKilled = true;
        return !hasGoneSince() && leader.signal(Scope.GROUP, UnixSignal.SIGKILL);
    }

    /**
     * Kills without waiting, and makes a stop under way go on to that as well. The stop is told before, because it may
     * see the exit at once.
     */
    public void killNow() throws OsException {
        dropInput();
        stop.killedBeside(true);
        try {
            kill();
        } catch (OsException e) {
            stop.killedBeside(false);
            throw e;
        }
    }

    @Override
    public void wake() {
        leader.wakeWaiters();
    }

    @Override
    public void dropInput() {
        if (input.isPresent()) {
            input.get().drop();
        }
    }

    /**
     * Lets go of a group that its leader has left behind and that may go on: what is kept of the leader to name it by
     * is not needed any more. If it is being stopped, that comes first.
     */
    public void leaveGroup() {
        left = true;
        stop.unlessUnderWay(() -> {
            if (stopsToCome.get() == 0) {
                letGo();
            }
        });
    }

    /**
     * Takes in that a stop was asked for which another thread will begin: until {@link #stopHasCome} whoever leaves the
     * group leaves it to that stop.
     */
    public void expectStop() {
        stopsToCome.incrementAndGet();
    }

    /** Takes in that an expected stop is over, or was never begun. */
    public void stopHasCome() {
        if (stopsToCome.decrementAndGet() == 0 && left) {
            leaveGroup();
        }
    }

    /** Not below a stop, which would take a group that was let go for one that is gone. */
    private void letGo() {
        try {
            leader.groupIsDone();
            forgetIfReleased();
        } catch (OsException e) {
            Log.warn(subject, () -> "cannot be reaped: " + e.getMessage(), e);
        }
    }

    /** Closes every stream. */
    public void closeStreams() {
        new Pipes(input, output, error).close();
    }

    /** Stops it, together with whoever else is at it. */
    public Outcome stop(Plan plan) throws InterruptedException {
        try {
            return stop.stop(plan);
        } finally {
            if (left) {
                leaveGroup();
            }
        }
    }

    /**
     * Stops it by its policy, through interrupts: the first one ends the graceful phases, and the kill is waited for
     * within one forceful bound however many there are. The interrupt stays set.
     */
    public Outcome stopThroughInterrupts() {
        if (policy.onClose().isPresent() && !Thread.currentThread().isInterrupted()) {
            try {
                return stop(policy.onClose().get());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return killThroughInterrupts();
    }

    /** Kills it; as {@link #stopThroughInterrupts()}. */
    public Outcome killThroughInterrupts() {
        return throughInterrupts(this::stop);
    }

    /** As {@link #killThroughInterrupts()}, where a stop under way has no thread to go on. */
    public Outcome killBesideStuckStop() {
        return throughInterrupts(stop::killBeside);
    }

    private interface Kill {
        Outcome by(Plan plan) throws InterruptedException;
    }

    private Outcome throughInterrupts(Kill kill) {
        boolean interrupted = Thread.interrupted();
        try {
            Deadline end = Deadline.in(policy.kill().forceful().timeoutNanos() + LAST_MOMENT);
            while (true) {
                try {
                    return kill.by(policy.kill().within(end.remaining()));
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
