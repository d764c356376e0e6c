package io.github.lastcall.internal.process;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.wait.Awaited;
import io.github.lastcall.internal.wait.Waiter;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** Lets threads wait for the exit of a process. For any thread. */
final class ExitWait {

    private final Child child;
    private final OsPort os;
    private final NativeProcess process;
    private final ProcessState state;
    private final Waiting waiting;
    private final AtomicBoolean reapAwaited = new AtomicBoolean();

    ExitWait(Child child, OsPort os, NativeProcess process, Waiting waiting) {
        this.child = child;
        this.os = os;
        this.process = process;
        this.state = child.state();
        this.waiting = waiting;
    }

    /** Waits for the exit of the leader. Then its output is kept in memory, and our ends of its pipes are closed. */
    Optional<ExitStatus> await(Deadline limit) throws OsException, InterruptedException {
        return await(limit, -1);
    }

    /** As {@link #await(Deadline)}, or until a pipe has room. */
    private Optional<ExitStatus> await(Deadline limit, long pipe) throws OsException, InterruptedException {
        if (state.exit().isPresent()) {
            return exited();
        }
        Waiter waiter = waiting.enter(child.wasKilled());
        try {
            return await(waiter, limit, pipe);
        } finally {
            waiting.leave(waiter);
        }
    }

    private Optional<ExitStatus> await(Waiter waiter, Deadline limit, long pipe)
            throws OsException, InterruptedException {
        long nap = ExitWatch.FIRST_NAP;
        while (true) {
            waiter.drain();
            if (Thread.currentThread().isInterrupted()) {
                return exitInsteadOfInterrupt();
            }
            int seen = awaitOnce(waiter, limit, pipe);
            if ((seen & OsPort.EXITED) != 0 || state.exit().isPresent()) {
                child.advance(ProcessState.GROUP | ProcessState.SETTLE | ProcessState.EXIT_SEEN, Optional.of(waiter));
                if (state.exit().isPresent()) {
                    awaitReap();
                    return state.exit();
                }
                state.throwLookError();
                if (state.leader().isHeld() && limit.hasCome()) {
                    return Optional.of(state.leader().heldStatus());
                }
                waiter.await(os, Awaited.NOTHING, limit.earlier(Deadline.in(nap)), true);
                nap = Math.min(2 * nap, ExitWatch.LONGEST_NAP);
            } else if ((seen & OsPort.PIPE) != 0) {
                return Optional.empty();
            } else if (limit.hasCome()) {
                Optional<ExitStatus> status = child.look();
                return status.isPresent() ? exited() : status;
            }
        }
    }

    private int awaitOnce(Waiter waiter, Deadline limit, long pipe) throws OsException {
        if (state.exit().isPresent() || !state.pin()) {
            return OsPort.EXITED;
        }
        try {
            return waiter.await(os, Awaited.exit(process).orRoom(pipe), limit, true);
        } finally {
            child.unpin();
        }
    }

    private Optional<ExitStatus> exited() {
        child.advance(ProcessState.GROUP | ProcessState.SETTLE, Optional.empty());
        awaitReap();
        return state.exit();
    }

    /**
     * Before Linux 6.9 the leader stays unreaped until a scan has seen that its group is gone. The first wait waits for
     * that scan.
     */
    private void awaitReap() {
        if (!state.isReapAllowed() && !state.isGone() && reapAwaited.compareAndSet(false, true)) {
            child.awaitScan();
        }
    }

    /**
     * If the process has exited, the interrupt ends no wait: {@link Process#waitFor()} "returns immediately" then, and
     * the flag stays set. A process that cannot be looked at counts as running.
     */
    private Optional<ExitStatus> exitInsteadOfInterrupt() throws InterruptedException {
        child.with(Child.NOTHING);
        if (state.exit().isEmpty()) {
            Thread.interrupted();
            throw new InterruptedException();
        }
        return exited();
    }

    /** Writes the buffer to the input of the process, closes it, and waits for the exit; all within the limit. */
    Optional<ExitStatus> afterInput(Pipes pipes, Deadline limit) throws OsException, InterruptedException {
        if (pipes.input().isPresent()) {
            pipes.input().get().closeWithin(
                    limit, (pipe, until) -> await(until, pipe).isPresent(), child::wakeWaiting);
        }
        Optional<ExitStatus> status = await(limit);
        child.dropInput();
        return status;
    }
}
