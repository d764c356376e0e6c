package io.github.lastcall;

import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.process.Batch;
import io.github.lastcall.internal.process.Child;
import io.github.lastcall.internal.stop.Plan;
import io.github.lastcall.internal.wait.Word;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * Processes that are stopped together: all at the same time, by one policy, so that a thousand take as long as the
 * slowest of them.
 *
 * {@snippet :
 * try (ProcessScope scope = ProcessScope.open(shutdown)) {
 *     ManagedProcess database = scope.start(ManagedProcess.builder("postgres", "-D", "data"));
 *     ManagedProcess server = scope.start(ManagedProcess.builder("server", "--port", "0"));
 *     // ...
 *     List<TerminationReport> reports = scope.terminateAll();
 * }   // whatever happens, none of them is left running
 * }
 *
 * <p><b>What it holds.</b> The processes that it has started, until they and their groups are gone: such a process
 * leaves the scope when any call has stopped it or waited for it, or when a later start finds it. So a scope may exist
 * as long as the program and start any number of processes. Members may be stopped, waited for and closed on their own
 * at any time. While the scope is reachable its members do not count as lost.
 *
 * <p><b>What it stops.</b> The {@linkplain ManagedProcess#isArmed() armed} members. A member that was disarmed by
 * {@link ManagedProcess#mustNotBeTerminated()} is not stopped, as with {@link ManagedProcess#close()}; {@link
 * ManagedProcess#mustBeTerminated()} arms it again. A member that has exited by itself before gets no signal, and its
 * report says so.
 *
 * <p><b>The policy.</b> It replaces {@link ManagedProcess.Builder#terminateOnClose} of each member, also when a member
 * is closed on its own, and at the exit of the JVM.
 *
 * <p><b>Threads.</b> Every method may be called from any thread at any time; on a virtual thread it parks where it
 * waits. A stop needs no thread for a member: the calling thread sends the first signals (a virtual one only a few of
 * them), and one daemon thread of the library does the rest.
 */
public final class ProcessScope implements AutoCloseable {

    /** The number of members at the first look for members that are gone. */
    private static final int FIRST_SWEEP = 64;

    /** How long {@link #close()} waits for current starts: 3 s. They end at once, or hang in a file system. */
    private static final long START_BOUND_NANOS = TimeUnit.SECONDS.toNanos(3);

    private static final long START_NAP_NANOS = 1_000_000;

    private final GracefulShutdown shutdown;
    private volatile boolean withJvm;

    /**
     * Guards the fields below; not held during a start, a wait or a call of the OS. A start is counted before it looks
     * whether the scope is closed, and {@link #closed} is set before the members are taken for their stop: so a process
     * is either among them, or its start finds the scope closed and ends it.
     */
    private final Word word = new Word();

    /** In the order in which their starts returned. */
    private final List<ManagedProcess> members = new ArrayList<>();

    /** The number of members at which to look for members that are gone: twice as many as were left last time. */
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
     * Lets the members be stopped by the scope's policy also when this JVM is killed, as {@link
     * ManagedProcess.Builder#stopWithJvm} does: those that are started from now on. Where that cannot be done, those
     * starts are refused.
     *
     * @return this scope
     */
    public ProcessScope stopWithJvm() {
        withJvm = true;
        return this;
    }

    /**
     * Starts a process as a member, as {@link ManagedProcess.Builder#start()} does. The builder is not changed.
     *
     * @param builder what to start
     * @return the running process
     * @throws SpawnException as there; nothing is left of the attempt
     * @throws IllegalArgumentException as there; nothing was started
     * @throws IllegalStateException the scope is closed, or was closed meanwhile, or as there; nothing is left
     *     running. If what was started could not be killed, that {@link TerminationException} is suppressed
     * @throws NullPointerException the builder, or an element of its command, is null
     * @throws IndexOutOfBoundsException its command is empty
     * @throws UnsatisfiedLinkError the native library cannot be used; the message says what to do
     */
    public ManagedProcess start(ManagedProcess.Builder builder) throws SpawnException {
        Objects.requireNonNull(builder, "builder");
        beginStart();
        try {
            ManagedProcess process = builder.start(Optional.empty(), Optional.empty(), shutdown, withJvm);
            admit(process);
            return process;
        } finally {
            endStart();
        }
    }

    /**
     * Starts a pipeline of members, as {@link ManagedProcess#startPipeline} does.
     *
     * @param builders what to start, in order; may be empty
     * @return the processes, in that order, unmodifiable
     * @throws SpawnException as there; nothing is left of the attempt
     * @throws IllegalArgumentException as there; nothing was started
     * @throws IllegalStateException the scope is closed, or was closed meanwhile, or as there; nothing is left
     *     running. If what was started could not be killed, that {@link TerminationException} is suppressed
     * @throws NullPointerException the list, a builder or an element of a command is null
     * @throws IndexOutOfBoundsException a command is empty; nothing is left running
     * @throws UnsatisfiedLinkError the native library cannot be used; the message says what to do
     */
    public List<ManagedProcess> startPipeline(List<ManagedProcess.Builder> builders) throws SpawnException {
        beginStart();
        try {
            return Pipeline.start(builders, (builder, from, to) -> {
                ManagedProcess process = builder.start(from, to, shutdown, withJvm);
                admit(process);
                return process;
            });
        } finally {
            endStart();
        }
    }

    private void beginStart() {
        word.acquire();
        try {
            requireOpen();
            starting++;
        } finally {
            word.release();
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
            process.killAfter(notAdmitted);
            throw notAdmitted;
        }
    }

    private void join(ManagedProcess process) {
        word.acquire();
        try {
            requireOpen();
            if (members.size() >= nextSweep) {
                members.removeIf(ProcessScope::isReleased);
                nextSweep = Math.max(FIRST_SWEEP, 2 * members.size());
            }
            members.add(process);
        } finally {
            word.release();
        }
    }

    private void endStart() {
        word.acquire();
        starting--;
        word.release();
    }

    /**
     * Terminates every armed member, as {@link ManagedProcess#terminate} does, all at the same time. Ends within {@link
     * GracefulShutdown#upperBound()} plus the time that it takes to send the signals: milliseconds for a hundred. A
     * member that was stopped is disarmed and leaves the scope. The scope stays open. This does not wait for current
     * starts.
     *
     * @return what was done to each, and how it ended, in the order in which their starts returned; unmodifiable
     * @throws ProcessScopeException some could not be stopped: they are still armed, and in the scope. The exception
     *     has their failures, and the reports of the others
     * @throws InterruptedException this thread was interrupted; if it was before the call, nothing has been sent.
     *     Members that are not gone by then are still armed and in the scope. A stop continues only if another thread
     *     or a future takes part in it; else no further signal is sent
     * @throws OutOfMemoryError there is no memory to stop them; the first signal was sent to each
     */
    public List<TerminationReport> terminateAll() throws ProcessScopeException, InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        try {
            return terminateArmed(shutdown.plan());
        } catch (Error full) {
            signalWithoutMemory(shutdown.plan());
            throw full;
        }
    }

    private List<TerminationReport> terminateArmed(Plan plan) throws ProcessScopeException, InterruptedException {
        List<ManagedProcess> armed = armed();
        if (armed.isEmpty()) {
            return List.of();
        }
        Batch batch = Batch.begin(children(armed), child -> plan);
        try {
            batch.await();
            return reports(armed, batch);
        } catch (InterruptedException e) {
            batch.withdraw();
            disarm(armed, batch);
            throw e;
        } finally {
            batch.close();
            sweep();
        }
    }

    /**
     * There may be no memory to stop them: sends the first signal to each that it was not sent to. It keeps the word
     * meanwhile, because a copy of the list takes memory; a member whose own word stays busy is passed over.
     */
    private void signalWithoutMemory(Plan plan) {
        word.acquire();
        try {
            for (int i = 0; i < members.size(); i++) {
                Child child = members.get(i).child();
                if (child.isArmed()) {
                    child.signalWithoutMemory(plan);
                }
            }
        } finally {
            word.release();
        }
    }

    private static List<Child> children(List<ManagedProcess> processes) {
        List<Child> children = new ArrayList<>(processes.size());
        for (ManagedProcess process : processes) {
            children.add(process.child());
        }
        return children;
    }

    /** Disarms the members that were gone before an interrupt. */
    private static void disarm(List<ManagedProcess> processes, Batch batch) {
        for (int i = 0; i < processes.size(); i++) {
            if (batch.isOver(i) && batch.outcome(i).status().isPresent()) {
                processes.get(i).child().arm(false);
            }
        }
    }

    private static List<TerminationReport> reports(List<ManagedProcess> processes, Batch batch)
            throws ProcessScopeException {
        List<TerminationReport> reports = new ArrayList<>(processes.size());
        List<TerminationException> failures = new ArrayList<>();
        for (int i = 0; i < processes.size(); i++) {
            try {
                reports.add(processes.get(i).stopped(batch.outcome(i)));
            } catch (TerminationException e) {
                failures.add(e);
            }
        }
        if (!failures.isEmpty()) {
            throw new ProcessScopeException(reports, failures);
        }
        return List.copyOf(reports);
    }

    private static boolean isReleased(ManagedProcess process) {
        return process.child().isReleased();
    }

    private List<ManagedProcess> armed() {
        word.acquire();
        try {
            return members.stream().filter(ManagedProcess::isArmed).toList();
        } finally {
            word.release();
        }
    }

    private void sweep() {
        word.acquire();
        try {
            members.removeIf(closed ? process -> !process.isArmed() : ProcessScope::isReleased);
        } finally {
            word.release();
        }
    }

    /**
     * Stops every armed member as {@link #terminateAll()} does, and ends the use of the scope: no process can be
     * started in it any more, and a current start stops what it has started, for which this waits up to 3 s. Disarmed
     * members continue and leave the scope. Their output can still be read. Idempotent: a second call stops what the
     * first could not stop.
     *
     * <p>If this thread is interrupted, before or during this call, the graceful phases are skipped: all members are
     * killed, within the 3 s of {@link ManagedProcess#kill()} for all together; the flag is set when this returns.
     *
     * @throws UncheckedIOException some could not be stopped; the cause is the {@link ProcessScopeException}. They are
     *     still armed
     * @throws OutOfMemoryError as for {@link #terminateAll()}
     */
    @Override
    public void close() {
        shut();
        boolean interrupted = Thread.interrupted();
        try {
            interrupted |= stopAll(interrupted);
            interrupted |= awaitStarts();
        } catch (ProcessScopeException e) {
            throw new UncheckedIOException(e);
        } catch (Error full) {
            signalWithoutMemory(interrupted ? Stops.KILL_PLAN : shutdown.plan());
            throw full;
        } finally {
            sweep();
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /** Returns whether there was an interrupt: from then on all are killed. */
    private boolean stopAll(boolean interrupted) throws ProcessScopeException {
        List<ManagedProcess> armed = armed();
        if (armed.isEmpty()) {
            return interrupted;
        }
        Plan plan = interrupted ? Stops.KILL_PLAN : shutdown.plan();
        Batch batch = Batch.begin(children(armed), child -> plan);
        boolean killing = interrupted;
        try {
            batch.await();
        } catch (InterruptedException e) {
            killing = true;
            killAll(armed, batch);
        } finally {
            batch.close();
        }
        reports(armed, batch);
        return killing;
    }

    /** Makes the kills of the current stops due. */
    private static void killAll(List<ManagedProcess> processes, Batch batch) {
        for (ManagedProcess process : processes) {
            process.child().makeKillDue();
        }
        batch.awaitThroughInterrupts();
    }

    private void shut() {
        word.acquire();
        closed = true;
        word.release();
    }

    /** Through interrupts: each of these starts ends what it has started. Returns whether there was one. */
    private boolean awaitStarts() {
        Deadline limit = Deadline.in(START_BOUND_NANOS);
        boolean interrupted = false;
        while (isStarting() && !limit.hasCome()) {
            LockSupport.parkNanos(this, START_NAP_NANOS);
            interrupted |= Thread.interrupted();
        }
        return interrupted;
    }

    private boolean isStarting() {
        word.acquire();
        boolean is = starting > 0;
        word.release();
        return is;
    }

    /** Returns how many members there are and whether the scope is closed, for a person. */
    @Override
    public String toString() {
        word.acquire();
        try {
            return "ProcessScope[" + (closed ? "closed, " : "") + "members=" + members.size() + "]";
        } finally {
            word.release();
        }
    }
}
