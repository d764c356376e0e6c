package io.github.lastcall.internal.exit;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.OsException;
import io.github.lastcall.UnixSignal;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.Exit;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.os.Scope;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * A child of ours, leader of its group: its exit, its signals, its reaping.
 *
 * <p>All state is guarded by {@link #lock}, which is never held while waiting. The exit is peeked at, published and
 * reaped once, under it. A signal is sent under it too, after a look that the child has not exited: so no signal can go
 * to a number that has been reaped. The native waits run outside of it and are counted as {@link #users}; the reap, after
 * which number and handle may be somebody else's, is left to the last of them. They are not kept up: an exit ends all
 * of them.
 */
public final class Leader {

    /** An exited child whose status a tracer still holds. It is dead, but this is not published: the truth may come. */
    private static final ExitStatus HELD = new ExitStatus.Unknown("held by a tracer");

    /** How long to let a tracer be between looks: 1 ms, doubling to 20 ms. */
    private static final long FIRST_NAP = 1_000_000;

    private static final long LONGEST_NAP = 20_000_000;

    private final OsPort os;
    private final Waiters waiters;
    private final NativeProcess process;

    private final ReentrantLock lock = new ReentrantLock();
    private final Set<Waiter> users = new HashSet<>();
    private Optional<ExitStatus> published = Optional.empty();
    private Optional<CompletableFuture<ExitStatus>> watch = Optional.empty();
    private boolean reaped;

    /** Creates the leader of a process that has just been started. */
    public Leader(OsPort os, Waiters waiters, NativeProcess process) {
        this.os = os;
        this.waiters = waiters;
        this.process = process;
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
            return published;
        }
        return switch (os.peek(process)) {
            case Exit.Running running -> Optional.empty();
            case Exit.Held held -> Optional.of(HELD);
            case Exit.Ended ended -> {
                publish(ended.status());
                yield Optional.of(ended.status());
            }
        };
    }

    /** Futures first: whoever waits for the exit should not wait for the reap as well. */
    private void publish(ExitStatus status) throws OsException {
        published = Optional.of(status);
        watch.ifPresent(future -> future.complete(status));
        reapIfUnused();
    }

    private void reapIfUnused() throws OsException {
        if (published.isPresent() && users.isEmpty() && !reaped) {
            os.reap(process);
            reaped = true;
            if (process.handle() >= 0) {
                os.close(process.handle());
            }
        }
    }

    /** Returns whether it has exited and nothing of it is left in the process table or among our descriptors. */
    public boolean isReaped() {
        lock.lock();
        try {
            return reaped;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sends a signal, unless it has exited.
     *
     * @return whether it was sent
     */
    public boolean signal(Scope scope, UnixSignal signal) throws OsException {
        lock.lock();
        try {
            return !hasExitedLocked() && os.signal(process, scope, signal);
        } finally {
            lock.unlock();
        }
    }

    /** A status that cannot be read is no reason not to send: under the lock nobody can have reaped it. */
    private boolean hasExitedLocked() {
        try {
            return lookLocked().isPresent();
        } catch (OsException unreadable) {
            return reaped;
        }
    }

    /**
     * Waits for the exit, on a platform thread in native code.
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
        Waiter waiter = waiters.take();
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
                waiter.await(os, Optional.empty(), -1, 0, deadline.earlier(Deadline.in(nap)), true);
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
     * Among the users first, then drained, then asked for the limit: whoever changes that and wakes the users afterwards
     * is either seen here or wakes this wait. An interrupt needs no such order, it is seen by {@link Waiter#await}.
     */
    private int awaitOnce(Waiter waiter, long pipe, Supplier<Deadline> limit) throws OsException {
        if (!enter(waiter)) {
            return OsPort.EXITED;
        }
        try {
            waiter.drain();
            int events = pipe < 0 ? 0 : OsPort.WRITABLE;
            return waiter.await(os, Optional.of(process), pipe, events, limit.get(), true);
        } finally {
            leave(waiter);
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
            return published.isEmpty() && users.add(waiter);
        } finally {
            lock.unlock();
        }
    }

    private void leave(Waiter waiter) throws OsException {
        lock.lock();
        try {
            users.remove(waiter);
            reapIfUnused();
        } finally {
            lock.unlock();
        }
    }

    /** Makes every thread in {@link #awaitExit} ask for its limit again. */
    public void wakeWaiters() {
        lock.lock();
        try {
            users.forEach(Waiter::wakeup);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Returns a future of the exit, and sees to it that somebody waits for that. It is completed under the lock: dependents
     * must hand on to another thread at once.
     */
    public CompletableFuture<ExitStatus> exited() {
        lock.lock();
        try {
            if (published.isPresent()) {
                return CompletableFuture.completedFuture(published.get());
            }
            if (watch.isEmpty()) {
                watch = Optional.of(new CompletableFuture<>());
                PlatformThreads.daemon("lastcall-exit-" + pid(), this::watch).start();
            }
            return watch.get();
        } finally {
            lock.unlock();
        }
    }

    private void watch() {
        try {
            awaitExit(() -> Deadline.NEVER);
        } catch (OsException | InterruptedException | RuntimeException e) {
            failWatch(e);
        }
    }

    /** The next call of {@link #exited()} tries again. */
    private void failWatch(Exception cause) {
        lock.lock();
        try {
            watch.ifPresent(future -> future.completeExceptionally(cause));
            watch = Optional.empty();
        } finally {
            lock.unlock();
        }
    }
}
