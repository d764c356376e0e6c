package io.github.lastcall;

import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.Durations;
import io.github.lastcall.internal.process.Child;
import io.github.lastcall.internal.process.Policy;
import io.github.lastcall.internal.spawn.Attachment;
import io.github.lastcall.internal.stop.Outcome;
import io.github.lastcall.internal.stop.Plan;
import java.io.IOException;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A running process that another program has started. A program can wait for its exit and stop it, as with a {@link
 * ManagedProcess}. It has no streams here. The close or loss of this handle, or the exit of the JVM, does not stop it.
 *
 * <p>{@link #attach} is for one process, {@link #attachGroup} for the process group that it leads.
 *
 * <p><b>Which process.</b> The OS finds the process with this pid and returns a handle of it (a pidfd, see
 * pidfd_open(2)). All later calls use that handle, so no signal can reach another process that gets the pid later. Only
 * the caller can know whether the pid belongs to the intended process: a pid from an old file may have been reused
 * before.
 *
 * <p><b>How it ended.</b> The handle shows that it has exited. Linux reports the status to its parent, and from 6.15
 * on to this JVM too once the parent has collected it. The status is {@link ExitStatus.Unknown}, with the reason,
 * before Linux 6.15, and where the parent has not collected it within 100 ms.
 *
 * <p><b>Systems.</b> Linux with pidfds (5.4; a group: 6.9) and Windows (tried under Wine; no group; the graceful phase
 * is left out, since CTRL_BREAK_EVENT is for groups). macOS has no such handles, and {@code attach} is refused there.
 *
 * <p><b>Threads.</b> Every method may be called from any thread at any time; virtual threads park. Threads that stop it
 * by the same object share one stop, as with a {@link ManagedProcess}.
 */
public final class AttachedProcess implements AutoCloseable {

    private final Child child;
    private volatile boolean closed;

    private AttachedProcess(Child child) {
        this.child = child;
    }

    /**
     * Attaches to one process.
     *
     * @param pid its pid
     * @return the process; close it when it is not needed any more
     * @throws OsException there is no such process (ESRCH), the pid is that of a thread (ENOENT, EINVAL), or the OS has
     *     refused it
     * @throws IOException as above
     * @throws IllegalArgumentException the pid is less than 2, larger than any pid, that of this JVM, or that of a
     *     running {@link ManagedProcess} of this JVM, which is stopped by its own handle
     * @throws IllegalStateException the JVM is exiting, or {@link ManagedProcess#release()} is under way
     * @throws UnsatisfiedLinkError the native library cannot be used; the message says what to do
     */
    public static AttachedProcess attach(long pid) throws IOException {
        return attach(pid, KillMode.LEADER);
    }

    /**
     * Attaches to a process and the process group that it leads: signals go to all of it, and a stop waits until no
     * process of the group runs. {@link #isAlive}, {@link #onExit} and {@link #waitForExit} are about the leader.
     *
     * @param pid the pid of the leader
     * @return the process; close it when it is not needed any more
     * @throws OsException there is no such process or it leads no group (ESRCH), or the OS refused, or it cannot
     *     (before Linux 6.9, Windows, macOS)
     * @throws IOException as above
     * @throws IllegalArgumentException as for {@link #attach}, and if this JVM is in that group
     * @throws IllegalStateException as for {@link #attach}
     * @throws UnsatisfiedLinkError as for {@link #attach}
     */
    public static AttachedProcess attachGroup(long pid) throws IOException {
        return attach(pid, KillMode.GROUP);
    }

    private static AttachedProcess attach(long pid, KillMode mode) throws IOException {
        Policy policy =
                new Policy(mode, Containment.GROUP, Optional.empty(), Optional.empty(), Stops.KILL_PLAN, false);
        Attachment attachment = new Attachment(pid, policy);
        AttachedProcess process = new AttachedProcess(attachment.child());
        attachment.attach(process);
        return process;
    }

    /**
     * Returns its pid.
     *
     * @return the pid; after its exit it may be another process's
     */
    public long pid() {
        return child.pid();
    }

    /**
     * Returns its name, for reports, errors and the log.
     *
     * @return the file name of its program, or {@code process} where the OS does not report it
     */
    public String name() {
        return child.name();
    }

    /**
     * Looks whether it runs. A process that has exited and was not reaped by its parent does not run.
     *
     * @return whether it runs; a process that cannot be looked at counts as running
     * @throws IllegalStateException it was closed
     */
    public boolean isAlive() {
        requireOpen();
        try {
            return child.look().isEmpty();
        } catch (OsException e) {
            return true;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Returns a future of its exit. No thread waits for it; it is completed on a small pool of the library, as {@link
     * ManagedProcess#onExit()} says. Cancelling it abandons that future and nothing else. While it is pending this
     * handle is not lost.
     *
     * @return how it ended; fails with an {@link IOException} if this is closed before
     * @throws IllegalStateException it was closed
     */
    public CompletableFuture<ExitStatus> onExit() {
        requireOpen();
        ChildFuture<ExitStatus> result = new ChildFuture<>(child, this::completeOnExit);
        child.whenExited(result::resultIsKnown);
        return result.published();
    }

    private void completeOnExit(CompletableFuture<ExitStatus> result) {
        try {
            Optional<ExitStatus> status = child.known();
            if (status.isEmpty()) {
                result.completeExceptionally(child.exitFailure().orElseThrow());
            } else if (child.wasLetGo()) {
                result.completeExceptionally(closedMeanwhile());
            } else {
                result.complete(status.get());
            }
        } catch (Throwable failure) {
            result.completeExceptionally(failure);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Waits for its exit.
     *
     * @param timeout how long at most, zero for a look; too long for a {@code long} of nanoseconds counts as for ever
     * @return how it ended; empty: it has not
     * @throws IOException the wait failed, or this was closed meanwhile
     * @throws InterruptedException this thread was interrupted
     * @throws NullPointerException the timeout is null
     * @throws IllegalArgumentException the timeout is negative
     * @throws IllegalStateException it was closed
     */
    public Optional<ExitStatus> waitForExit(Duration timeout) throws IOException, InterruptedException {
        Deadline limit = Deadline.in(Durations.nanos(Durations.require(timeout, "timeout")));
        requireOpen();
        try {
            Optional<ExitStatus> status = child.awaitExit(limit);
            if (child.wasLetGo()) {
                throw closedMeanwhile();
            }
            return status;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Stops it as {@link ManagedProcess#terminate(GracefulShutdown)} does: the signals of the policy, one phase after
     * the other, then SIGKILL. Ends within {@link GracefulShutdown#upperBound()}, and as soon as it is gone. Of the
     * policy's steps {@code closeInput} and {@code call} are left out, and the report says so. {@code run} is run; but
     * its pid may be another process's as soon as its parent has reaped it, which this JVM cannot prevent.
     *
     * @param shutdown the policy
     * @return what was done, and how it ended
     * @throws TerminationFailedException it could not be stopped
     * @throws TerminationException as above
     * @throws InterruptedException this thread was interrupted; if it was before the call, nothing has been sent. If
     *     no other thread wants the stop, no further signal is sent
     * @throws NullPointerException the policy is null
     * @throws IllegalStateException it was closed
     */
    public TerminationReport terminate(GracefulShutdown shutdown) throws TerminationException, InterruptedException {
        return stop(shutdown.plan());
    }

    /**
     * Kills it with SIGKILL (TerminateProcess on Windows) and waits until it is gone, 3 s at most.
     *
     * @return how it ended
     * @throws TerminationFailedException it could not be killed, or has not exited in time
     * @throws TerminationException as above
     * @throws InterruptedException this thread was interrupted; if it was before the call, nothing has been sent, else
     *     it has probably been killed
     * @throws IllegalStateException it was closed
     */
    public ExitStatus kill() throws TerminationException, InterruptedException {
        return stop(Stops.KILL_PLAN).exitStatus();
    }

    private TerminationReport stop(Plan plan) throws TerminationException, InterruptedException {
        requireOpen();
        try {
            Outcome outcome = child.stop(plan);
            if (child.wasLetGo()) {
                requireOpen();   // closed between the look above and the stop
            }
            if (outcome.status().isEmpty()) {
                throw Stops.failure(child.subject(), outcome, "");
            }
            return Stops.report(child.subject(), outcome);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Sends one signal and does not wait. Sends nothing if it has exited.
     *
     * @param signal any signal
     * @throws SignalFailedException the OS refused, for example with EPERM
     * @throws TerminationException as above
     * @throws NullPointerException the signal is null
     * @throws UnsupportedOperationException this is Windows
     * @throws IllegalStateException it was closed
     */
    public void sendSignal(UnixSignal signal) throws TerminationException {
        requireOpen();
        try {
            Stops.send(child, signal);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException(this + " was closed");
        }
    }

    private IOException closedMeanwhile() {
        return new IOException(this + " was closed before its exit was seen");
    }

    /**
     * Ends the use of this handle, and does not stop the process. Waits and futures that are pending fail; a stop that
     * another thread has begun continues to its end. Idempotent.
     */
    @Override
    public void close() {
        closed = true;
        child.leaveGroup();
        Reference.reachabilityFence(this);
    }

    /** Returns name and pid, for a person. */
    @Override
    public String toString() {
        return "AttachedProcess[name=" + name() + ", pid=" + pid() + "]";
    }
}
