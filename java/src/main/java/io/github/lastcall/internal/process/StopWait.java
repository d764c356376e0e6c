package io.github.lastcall.internal.process;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.stop.Outcome;
import io.github.lastcall.internal.stop.Plan;
import io.github.lastcall.internal.wait.Awaited;
import io.github.lastcall.internal.wait.BriefWait;
import io.github.lastcall.internal.wait.Waiter;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Lets threads stop a process: each advances the stop and waits until there is something to do. For any thread. */
final class StopWait {

    /** The time that remains for a kill that is repeated after an interrupt at the very end of its limit: 100 ms. */
    private static final long LAST_MOMENT = 100_000_000;

    private final Child child;
    private final OsPort os;
    private final NativeProcess process;
    private final ProcessState state;
    private final Waiting waiting;

    StopWait(Child child, OsPort os, NativeProcess process, Waiting waiting) {
        this.child = child;
        this.os = os;
        this.process = process;
        this.state = child.state();
        this.waiting = waiting;
    }

    /**
     * Stops the process, together with other callers. Returns the outcome, also if it could not be stopped. If this
     * thread fails, for example because memory is full, the loop completes the stop.
     */
    Outcome stop(Plan plan) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        Ticket ticket = new Ticket(plan, Child.NOTHING);
        try {
            join(ticket);
        } catch (RuntimeException | Error failure) {
            child.leaveToLoop(ticket);
            throw failure;
        }
        return finish(ticket);
    }

    /** Waits for a stop that has begun. As {@link #stop}. */
    Outcome finish(Ticket ticket) throws InterruptedException {
        try {
            if (!ticket.isOver()) {
                await(ticket);
            }
        } catch (RuntimeException | Error failure) {
            child.leaveToLoop(ticket);
            throw failure;
        } finally {
            child.releaseIfLeft();
        }
        Log.flush();
        return ticket.outcome();
    }

    private void join(Ticket ticket) {
        if (!BriefWait.begin()) {
            child.join(ticket, 0);
            return;
        }
        try {
            child.join(ticket, ProcessState.WAIT);
        } finally {
            BriefWait.end();
        }
    }

    private void await(Ticket ticket) throws InterruptedException {
        boolean virtual = Thread.currentThread().isVirtual();
        Waiter waiter = waiting.enter(false);
        try {
            while (!ticket.isOver()) {
                if (virtual) {
                    child.attend();
                }
                int seen = awaitNext(ticket, waiter);
                if (!ticket.isOver()) {
                    advance(seen, waiter);
                }
            }
        } finally {
            waiting.leave(waiter);
        }
    }

    private void advance(int seen, Waiter waiter) {
        boolean exited = (seen & OsPort.EXITED) != 0;
        child.advance(ProcessState.GROUP | (exited ? ProcessState.EXIT_SEEN : 0), Optional.of(waiter));
    }

    /** Waits once. A thread that cannot wait in the OS sleeps instead. */
    private int awaitNext(Ticket ticket, Waiter waiter) throws InterruptedException {
        try {
            waiter.drain();
            if (ticket.isOver()) {
                return 0;
            }
            if (Thread.interrupted()) {
                child.leave(ticket);
                if (!ticket.isOver()) {
                    throw new InterruptedException();
                }
                Thread.currentThread().interrupt();
                return 0;
            }
            return awaitOnce(waiter, child.nextAt());
        } catch (OsException e) {
            child.with(() -> state.waitFailed(e));
            Thread.sleep(ExitWatch.LONGEST_NAP / 1_000_000);
            return 0;
        }
    }

    private int awaitOnce(Waiter waiter, Deadline limit) throws OsException {
        if (state.exit().isPresent() || state.leader().isHeld() || !state.pin()) {
            return waiter.await(os, Awaited.NOTHING, limit, true);
        }
        try {
            return waiter.await(os, Awaited.exit(process), limit, true);
        } finally {
            child.unpin();
        }
    }

    /**
     * Waits as a stop does until the condition holds, which must wake the waiters; until the limit; or for no
     * reason where the OS cannot wait or the exit cannot be read.
     */
    void awaitAs(BooleanSupplier over, Deadline limit) throws InterruptedException {
        Waiter waiter = waiting.enter(false);
        try {
            waiter.drain();
            while (!over.getAsBoolean() && !limit.hasCome()) {
                if (Thread.interrupted()) {
                    throw new InterruptedException();
                }
                int seen = awaitOnce(waiter, limit.earlier(child.nextAt()));
                advance(seen, waiter);
                if ((seen & OsPort.EXITED) != 0 && state.exit().isEmpty()) {
                    // The status cannot be read, or a tracer holds it: the loop looks at intervals. Or the loop has
                    // ended and has woken all threads: this thread looks.
                    if (!child.services().threads().loop().isEnding()) {
                        return;
                    }
                    waiter.await(os, Awaited.NOTHING, limit.earlier(Deadline.in(ExitWatch.LONGEST_NAP)), true);
                }
                waiter.drain();
            }
        } catch (OsException noWait) {
            // The caller continues on the pool.
        } finally {
            waiting.leave(waiter);
        }
    }

    /** Stops the process by its policy. An interrupt ends the graceful phases, but not the stop. The flag stays set. */
    Outcome stopThroughInterrupts(Policy policy) {
        if (policy.onClose().isPresent() && !Thread.currentThread().isInterrupted()) {
            try {
                return stop(policy.onClose().get());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return killThroughInterrupts(policy.kill());
    }

    /** Kills the process. Interrupts neither end the kill nor extend its bound. The flag stays set. */
    Outcome killThroughInterrupts(Plan kill) {
        boolean interrupted = Thread.interrupted();
        try {
            Deadline end = Deadline.in(kill.forceful().timeoutNanos() + LAST_MOMENT);
            while (true) {
                try {
                    return stop(kill.within(end.remaining()));
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
