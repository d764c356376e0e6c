package io.github.lastcall;

import io.github.lastcall.internal.Deadline;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Processes that are stopped together: all at the same time, by one policy, so that a thousand take as long as the most
 * stubborn of them.
 *
 * {@snippet :
 * try (ProcessScope scope = ProcessScope.open(shutdown)) {
 *     ManagedProcess database = scope.start(ManagedProcess.builder("postgres", "-D", "data"));
 *     ManagedProcess server = scope.start(ManagedProcess.builder("server", "--port", "0"));
 *     // ...
 *     List<TerminationReport> reports = scope.terminateAll();
 * }   // whatever happens, none of them runs on
 * }
 *
 * <p><b>Whom it holds.</b> The processes that it has started, until they and their groups are gone: such a process
 * leaves the scope once it has been stopped or waited for by any call, or later starts find it. So a scope may live as
 * long as the program, and start as many. Members may be stopped, waited for and closed on their own at any time. While
 * the scope is reachable its members are not lost, whether anybody has their handles or not.
 *
 * <p><b>Whom it stops.</b> Those that are {@linkplain ManagedProcess#isArmed() armed}. One that was disarmed by {@link
 * ManagedProcess#mustNotBeTerminated()} is passed over, as it is by {@link ManagedProcess#close()}; {@link
 * ManagedProcess#mustBeTerminated()} brings it back. One that has exited by itself while nobody waited for it is sent
 * nothing, and its report says so.
 *
 * <p><b>The policy.</b> It is that of each member, whatever {@link ManagedProcess.Builder#terminateOnClose} said: also
 * when that is closed on its own, and at the exit of the JVM.
 *
 * <p><b>Threads.</b> Every method may be called from any thread at any time; on a virtual thread it parks. The stops
 * run on virtual threads, one for each member; they need one of the JVM's carrier threads now and then. Where there is
 * none to be had the thread that waits for them does it: it stops one after the other whom no thread could be started
 * for, and kills whose stop is more than 5 s late, and 5 ms more for each member.
 */
public final class ProcessScope implements AutoCloseable {

    /** How many members there are before the first look for those that are gone. */
    private static final int FIRST_SWEEP = 64;

    /** How long {@link #close()} waits for starts under way, 3 s. They end at once, or hang in a file system. */
    private static final long START_BOUND_NANOS = TimeUnit.SECONDS.toNanos(3);

    private final GracefulShutdown shutdown;

    /**
     * Guards what follows; not held while starting, waiting or looking at the OS. A start is counted before it looks
     * whether the scope is closed, and closed is set before members are taken for their stop: so a process is either
     * among those, or its start finds the scope closed and ends it.
     */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition startEnded = lock.newCondition();

    /** In the order in which their starts returned. */
    private final List<ManagedProcess> members = new ArrayList<>();

    /** At how many members to look for those that are gone: twice as many as the last time there were left. */
    private int nextSweep = FIRST_SWEEP;

    private int starting;
    private boolean closed;

    private ProcessScope(GracefulShutdown shutdown) {
        this.shutdown = shutdown;
    }

    /**
     * Opens a scope, empty.
     *
     * @param shutdown how to stop its members
     * @return the scope
     * @throws NullPointerException the policy is null
     */
    public static ProcessScope open(GracefulShutdown shutdown) {
        return new ProcessScope(Objects.requireNonNull(shutdown, "shutdown"));
    }

    /**
     * Starts a process as a member, as {@link ManagedProcess.Builder#start()} does. The builder is not changed.
     *
     * @param builder what to start
     * @return the running process
     * @throws SpawnException as there; nothing is left of the attempt
     * @throws IllegalStateException the scope is closed, or was meanwhile; nothing is left running. If what was started
     *     could not be killed, that {@link TerminationException} is suppressed
     * @throws NullPointerException the builder, or an element of its command, is null
     * @throws IndexOutOfBoundsException its command is empty
     * @throws UnsatisfiedLinkError the native library cannot be used; the message says what to do
     */
    public ManagedProcess start(ManagedProcess.Builder builder) throws SpawnException {
        Objects.requireNonNull(builder, "builder");
        beginStart();
        try {
            ManagedProcess process = builder.start(shutdown);
            admit(process);
            return process;
        } finally {
            endStart();
        }
    }

    private void beginStart() {
        lock.lock();
        try {
            requireOpen();
            starting++;
        } finally {
            lock.unlock();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("The scope is closed");
        }
    }

    private void admit(ManagedProcess process) {
        try {
            join(process);
        } catch (Throwable notAdmitted) {
            try {
                process.killThroughInterrupts();
            } catch (TerminationException e) {
                notAdmitted.addSuppressed(e);
            }
            throw notAdmitted;
        }
    }

    private void join(ManagedProcess process) {
        lock.lock();
        try {
            requireOpen();
            if (members.size() >= nextSweep) {
                members.removeIf(ManagedProcess::isCleared);
                nextSweep = Math.max(FIRST_SWEEP, 2 * members.size());
            }
            members.add(process);
        } finally {
            lock.unlock();
        }
    }

    private void endStart() {
        lock.lock();
        try {
            starting--;
            startEnded.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Terminates every armed member, as {@link ManagedProcess#terminate} does, all at the same time. Ends within {@link
     * GracefulShutdown#upperBound()}, and the time that it takes to send the signals: milliseconds for a hundred. Who
     * was stopped is disarmed and leaves the scope. The scope stays open; starts under way are not waited for.
     *
     * @return what was done to each, and how it ended, in the order in which their starts returned; unmodifiable
     * @throws ProcessScopeException some could not be stopped: they are still armed, and in the scope. The exception
     *     has their failures, and the reports of the others
     * @throws InterruptedException this thread was interrupted; if it was before the call, nothing has been sent. Who
     *     was not gone by then is still armed, and in the scope. A stop goes on only if another thread wants it
     */
    public List<TerminationReport> terminateAll() throws ProcessScopeException, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        ParallelStop stops = ParallelStop.begin(armed(), shutdown.upperBound(), process -> process.terminate(shutdown));
        try {
            stops.await(false);
        } finally {
            sweep();
        }
        return stops.reports();
    }

    private List<ManagedProcess> armed() {
        lock.lock();
        try {
            return members.stream().filter(ManagedProcess::isArmed).toList();
        } finally {
            lock.unlock();
        }
    }

    private void sweep() {
        lock.lock();
        try {
            members.removeIf(closed ? process -> !process.isArmed() : ManagedProcess::isCleared);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Stops every armed member as {@link #terminateAll()} does, and ends the use of the scope: nothing can be started
     * in it any more, and a start under way ends what it has started, for which this waits up to 3 s. Members that are
     * disarmed go on and are the scope's no longer. The streams of all of them stay open. Idempotent: once more, it
     * stops what it could not stop before.
     *
     * <p>If this thread is interrupted, before or meanwhile, the graceful phases are skipped: all are killed, within
     * the 3 s of {@link ManagedProcess#kill()} for all together; the flag is set when this returns.
     *
     * @throws UncheckedIOException some could not be stopped; the cause is the {@link ProcessScopeException}. They are
     *     still armed
     */
    @Override
    public void close() {
        shut();
        boolean interrupted = Thread.interrupted();
        try {
            ParallelStop stops = ParallelStop.begin(
                    armed(),
                    interrupted ? Stops.KILL_BOUND : shutdown.upperBound(),
                    interrupted ? ManagedProcess::killThroughInterrupts : ManagedProcess::terminateThroughInterrupts);
            interrupted |= awaitThroughInterrupts(stops);
            interrupted |= awaitStarts();
            stops.reports();
        } catch (ProcessScopeException e) {
            throw new UncheckedIOException(e);
        } finally {
            sweep();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void shut() {
        lock.lock();
        try {
            closed = true;
        } finally {
            lock.unlock();
        }
    }

    /** Handed on, the interrupt makes each stop go on to its kill. Returns whether there was one. */
    private static boolean awaitThroughInterrupts(ParallelStop stops) {
        try {
            stops.await(true);
            return false;
        } catch (InterruptedException e) {
            return true;
        }
    }

    /** Through interrupts: each of these starts ends what it has started. Returns whether there was one. */
    private boolean awaitStarts() {
        Deadline limit = Deadline.in(START_BOUND_NANOS);
        boolean interrupted = false;
        lock.lock();
        try {
            while (starting > 0 && !limit.hasCome()) {
                try {
                    startEnded.awaitNanos(limit.remaining());
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
            return interrupted;
        } finally {
            lock.unlock();
        }
    }

    /** Returns how many members there are and whether the scope is closed, for a person. */
    @Override
    public String toString() {
        lock.lock();
        try {
            return "ProcessScope[" + (closed ? "closed, " : "") + "members=" + members.size() + "]";
        } finally {
            lock.unlock();
        }
    }
}
