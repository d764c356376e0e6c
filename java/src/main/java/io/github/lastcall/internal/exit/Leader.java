package io.github.lastcall.internal.exit;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.OsException;
import io.github.lastcall.UnixSignal;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.Delivery;
import io.github.lastcall.internal.os.Exit;
import io.github.lastcall.internal.os.GroupScan;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.os.Scope;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * A child of ours, leader of its group: its exit, its signals, its reaping, and the identity of its group.
 *
 * <p>All state is guarded by {@link #lock}, which is never held while waiting or scanning. The exit is peeked at,
 * published and reaped once, under it. Signals are sent under it too, and only while number and handle are ours:
 *
 * <ul>
 *   <li>The <em>leader</em> is signalled after a look that it has not exited; nobody can reap it meanwhile.
 *   <li>Its <em>group</em> may live on. Where the OS can name the group by the leader's pidfd (Linux 6.9) the leader is
 *       reaped at once and the pidfd kept until the group is done. Elsewhere the leader is left unreaped until
 *       then: a zombie keeps the number of its group from being given away.
 * </ul>
 *
 * <p>The native waits and the scans run outside of the lock and are counted as {@link #users}; what they use is let go
 * by the last of them. They are not kept up: an exit ends every wait for it, and a scan is short.
 */
public final class Leader {

    /** An exited child whose status a tracer still holds. It is dead, but this is not published: the truth may come. */
    private static final ExitStatus HELD = new ExitStatus.Unknown("held by a tracer");

    private static final ExitStatus LOST = new ExitStatus.Unknown("collected by another waiter in this JVM");

    /** How long to let a tracer be between looks: 1 ms, doubling to 20 ms. */
    private static final long FIRST_NAP = 1_000_000;

    private static final long LONGEST_NAP = 20_000_000;

    private final OsPort os;
    private final Waiters waiters;
    private final Scans scans;
    private final NativeProcess process;

    private final ReentrantLock lock = new ReentrantLock();

    /** Threads that wait for the exit or for the group, to be woken. */
    private final Set<Waiter> waiting = new HashSet<>();

    /** Native calls and watches under way that use number or handle. */
    private int users;

    /** The id of the virtual thread that was the last to signal, until it waits; 0: it was another one. */
    private long signaller;

    private Optional<ExitStatus> published = Optional.empty();
    private boolean reaped;
    private boolean released;

    /** Nobody of the group runs any more, or it leads none. */
    private boolean groupDone;

    /** Creates the leader of a process that has just been started. */
    public Leader(OsPort os, Waiters waiters, Scans scans, NativeProcess process) {
        this.os = os;
        this.waiters = waiters;
        this.scans = scans;
        this.process = process;
        this.groupDone = process.group() == 0;
    }

    /** Its pid. It stays readable after the reap, when it may be another's. */
    public long pid() {
        return process.pid();
    }

    /** Returns its status if it has exited; looks at the OS unless that is known already. */
    public Optional<ExitStatus> look() throws OsException {
        lock.lock();
        try {
            return lookLocked();
        } finally {
            lock.unlock();
        }
    }

    private Optional<ExitStatus> lookLocked() throws OsException {
        if (published.isPresent()) {
            release();
            return published;
        }
        boolean groupOutlivesReap = os.groupOutlivesReap(process);
        return switch (groupOutlivesReap ? os.reap(process) : os.peek(process)) {
            case Exit.Running running -> Optional.empty();
            case Exit.Held held -> Optional.of(HELD);
            case Exit.Lost lost -> {
                // Without a pidfd its number, and that of its group, may be another's from here on.
                boolean numberIsLost = process.handle() < 0;
                reaped = groupOutlivesReap || numberIsLost;
                groupDone |= numberIsLost;
                publish(LOST);
                yield Optional.of(LOST);
            }
            case Exit.Ended ended -> {
                reaped = groupOutlivesReap;
                publish(ended.status());
                yield Optional.of(ended.status());
            }
        };
    }

    private void publish(ExitStatus status) throws OsException {
        published = Optional.of(status);
        release();
    }

    /**
     * Lets go of what is not needed any more. Where the group outlives the reap, those who still wait do so by the
     * pidfd, which does not mind; elsewhere they wait by number.
     */
    private void release() throws OsException {
        if (published.isEmpty()) {
            return;
        }
        boolean groupOutlivesReap = os.groupOutlivesReap(process);
        if (!reaped && (groupOutlivesReap || groupDone && users == 0)) {
            os.reap(process);
            reaped = true;
        }
        if (reaped && !groupDone && groupOutlivesReap) {
            groupDone = !os.groupExists(process);
        }
        if (reaped && groupDone && users == 0 && !released) {
            released = true;
            os.release(process);
        }
    }

    /** Returns whether an exited leader has to stay unreaped until its group is known to be done. */
    public boolean mustAwaitGroup() {
        return !os.groupOutlivesReap(process);
    }

    /** Returns whether it has exited and nothing of it is left in the process table or among our descriptors. */
    public boolean isReleased() {
        lock.lock();
        try {
            return released;
        } finally {
            lock.unlock();
        }
    }

    /** Returns whether it has been reaped; if not it is a member of its group, as a zombie or alive. */
    boolean isReaped() {
        lock.lock();
        try {
            return reaped;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns whether the group is known to be done. After the leader's exit a cheap probe is made first: it is right
     * when it says no, and counts zombies as members when it says yes.
     */
    public boolean isGroupDone() throws OsException {
        lock.lock();
        try {
            release();
            return groupDone;
        } finally {
            lock.unlock();
        }
    }

    /** Takes in that nobody of the group runs any more, or that nobody will ask for it. */
    public void groupIsDone() throws OsException {
        lock.lock();
        try {
            groupDone = true;
            release();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Scans for the living members of the group, and for the leader itself. Their handles are the caller's to close.
     *
     * @param facts whether to read what they do with signals
     * @return what was seen; empty: the OS does not let us see all processes
     */
    Optional<GroupScan> scan(boolean facts) throws OsException {
        if (!pin()) {
            return Optional.of(new GroupScan(GroupScan.State.EMPTY, 0, List.of()));
        }
        try {
            return scans.scan(process, facts);
        } finally {
            unpin();
        }
    }

    /** The number of the group must stay its own during a scan. */
    private boolean pin() {
        lock.lock();
        try {
            if (groupDone && published.isPresent()) {
                return false;
            }
            users++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    private void unpin() throws OsException {
        lock.lock();
        try {
            users--;
            release();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sends a signal: to the leader unless it has exited, to the group unless that is done.
     *
     * @return whether anybody got it
     */
    public boolean signal(Scope scope, UnixSignal signal) throws OsException {
        return signal(scope, signal, false);
    }

    /**
     * As {@link #signal}, and SIGCONT after it if anybody got it, which lets a stopped process react. Whoever may not
     * be continued could not be asked either, and that has been reported.
     */
    public boolean signalAndContinue(Scope scope, UnixSignal signal) throws OsException {
        return signal(scope, signal, true);
    }

    private boolean signal(Scope scope, UnixSignal signal, boolean thenContinue) throws OsException {
        lock.lock();
        try {
            boolean nobody = hasExitedLocked() && (scope == Scope.LEADER || groupDone);
            signaller = Thread.currentThread().isVirtual() ? Thread.currentThread().threadId() : 0;
            boolean sent = !nobody && os.signal(process, scope, signal);
            if (sent && thenContinue) {
                continueStopped(scope);
            }
            return sent;
        } finally {
            lock.unlock();
        }
    }

    private void continueStopped(Scope scope) {
        try {
            os.signal(process, scope, UnixSignal.SIGCONT);
        } catch (OsException refused) {
            // As signalAndContinue() says.
        }
    }

    /** Sends CTRL_BREAK_EVENT to the group unless that is done. Outside of the lock: a program may have to do it. */
    public Delivery sendBreak() throws OsException {
        if (!pin()) {
            return Delivery.NOBODY;
        }
        try {
            return os.sendBreak(process);
        } finally {
            unpin();
        }
    }

    /** A status that cannot be read is no reason not to send: under the lock nobody can have reaped it. */
    private boolean hasExitedLocked() {
        try {
            return lookLocked().isPresent();
        } catch (OsException unreadable) {
            return published.isPresent();
        }
    }

    /**
     * Waits for the exit: in native code on a platform thread, parked on a virtual one.
     *
     * @param limit until when; asked again after {@link #wakeWaiters()}
     * @return the status, empty: the deadline came first
     */
    public Optional<ExitStatus> awaitExit(Supplier<Deadline> limit) throws OsException, InterruptedException {
        return awaitExit(-1, limit).status();
    }

    /**
     * What a wait saw.
     *
     * @param status the exit, if that is what it saw
     * @param pipeReady whether the pipe was ready
     */
    public record Seen(Optional<ExitStatus> status, boolean pipeReady) {}

    /** As {@link #awaitExit(Supplier)}, and ends as well when the pipe (-1: none) can be written. */
    public Seen awaitExit(long writablePipe, Supplier<Deadline> limit) throws OsException, InterruptedException {
        Optional<ExitStatus> known = published();
        if (known.isPresent()) {
            return new Seen(known, false);
        }
        Waiter waiter = waiters.take(hasSignalled());
        try {
            return awaitExit(waiter, writablePipe, limit);
        } finally {
            waiters.give(waiter);
        }
    }

    private Seen awaitExit(Waiter waiter, long pipe, Supplier<Deadline> limit)
            throws OsException, InterruptedException {
        long nap = FIRST_NAP;
        while (true) {
            if (Thread.currentThread().isInterrupted()) {
                return new Seen(exitInsteadOfInterrupt(), false);
            }
            int seen = awaitOnce(waiter, pipe, limit);
            Deadline deadline = limit.get();
            if ((seen & OsPort.EXITED) != 0) {
                Optional<ExitStatus> status = look();
                if (status.isPresent() && (status.get() != HELD || deadline.hasCome())) {
                    return new Seen(status, false);
                }
                sleep(waiter, deadline.earlier(Deadline.in(nap)));
                nap = Math.min(2 * nap, LONGEST_NAP);
            } else if ((seen & OsPort.PIPE) != 0) {
                return new Seen(Optional.empty(), true);
            } else if (deadline.hasCome()) {
                return new Seen(look(), false);
            }
        }
    }

    /**
     * A process that has exited needs no wait that an interrupt could end: {@link Process#waitFor()} "returns
     * immediately" then, and the flag stays set. What cannot be looked at is taken to run.
     */
    private Optional<ExitStatus> exitInsteadOfInterrupt() throws InterruptedException {
        Optional<ExitStatus> status;
        try {
            status = look();
        } catch (OsException unreadable) {
            status = Optional.empty();
        }
        if (status.isEmpty() || status.get() == HELD) {
            Thread.interrupted();
            throw new InterruptedException();
        }
        return status;
    }

    /**
     * Among the users first, then drained, then asked for the limit: whoever changes that and wakes the users
     * afterwards is either seen here or wakes this wait. An interrupt needs no such order, it is seen by {@link
     * Waiter#await}. A virtual thread's watch of the handle is over when that returns.
     */
    private int awaitOnce(Waiter waiter, long pipe, Supplier<Deadline> limit) throws OsException {
        if (!enter(waiter)) {
            return OsPort.EXITED;
        }
        try {
            waiter.drain();
            return waiter.await(os, Awaited.exitOrRoom(process, pipe), limit.get(), true);
        } finally {
            leave(waiter);
        }
    }

    private void sleep(Waiter waiter, Deadline deadline) throws OsException {
        waiter.await(os, Awaited.NOTHING, deadline, true);
    }

    /** Whether this virtual thread was the last to signal, and has not waited since. */
    private boolean hasSignalled() {
        if (!Thread.currentThread().isVirtual()) {
            return false;
        }
        lock.lock();
        try {
            boolean mine = signaller == Thread.currentThread().threadId();
            signaller = mine ? 0 : signaller;
            return mine;
        } finally {
            lock.unlock();
        }
    }

    private Optional<ExitStatus> published() {
        lock.lock();
        try {
            return published;
        } finally {
            lock.unlock();
        }
    }

    private boolean enter(Waiter waiter) {
        lock.lock();
        try {
            if (published.isPresent()) {
                return false;
            }
            users++;
            return waiting.add(waiter);
        } finally {
            lock.unlock();
        }
    }

    private void leave(Waiter waiter) throws OsException {
        lock.lock();
        try {
            waiting.remove(waiter);
            users--;
            release();
        } finally {
            lock.unlock();
        }
    }

    /** Lets {@link #wakeWaiters()} wake a thread that waits for the group. It needs nothing of the leader. */
    void enlist(Waiter waiter) {
        lock.lock();
        try {
            waiting.add(waiter);
        } finally {
            lock.unlock();
        }
    }

    void dismiss(Waiter waiter) {
        lock.lock();
        try {
            waiting.remove(waiter);
        } finally {
            lock.unlock();
        }
    }

    /** Makes every thread that waits for the exit or for the group ask for its limit again. */
    public void wakeWaiters() {
        lock.lock();
        try {
            waiting.forEach(Waiter::wake);
        } finally {
            lock.unlock();
        }
    }
}
