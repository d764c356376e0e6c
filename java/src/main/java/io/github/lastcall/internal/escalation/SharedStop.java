package io.github.lastcall.internal.escalation;

import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.log.Log;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Lets several callers stop the same target at the same time. The first begins, a later one may only make it shorter,
 * and all of them get the same outcome.
 *
 * <p>One of the callers drives, on its own thread; the others wait for the outcome or for the driver's place. A driver
 * that is interrupted leaves, and another caller takes over with the attempts so far. When the last caller has left,
 * the stop is forgotten, and the next one begins anew.
 *
 * <p>A driver may be a virtual thread, and have no carrier to run on as long as others hold all of them. No caller is
 * bound to that: one whose kill is due and was not sent kills by itself, beside the stop, and has an outcome of its
 * own.
 */
public final class SharedStop {

    /** How late the kill may be for a caller before he takes the driver for stuck: 3 s. */
    private static final long STUCK_NANOS = 3_000_000_000L;

    private final Target target;

    /** Guards what follows; not held while driving. */
    private final ReentrantLock lock = new ReentrantLock();

    private final Condition changed = lock.newCondition();
    private Optional<Escalation> current = Optional.empty();
    private boolean driven;

    /** Creates the stop of one target. */
    public SharedStop(Target target) {
        this.target = target;
    }

    /**
     * Stops the target, together with whoever else is at it.
     *
     * @return the outcome, also when it could not be stopped
     * @throws InterruptedException this caller was interrupted; the stop goes on only if there is another one
     */
    public Outcome stop(Plan plan) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            return await(join(plan), plan);
        } finally {
            lock.unlock();
        }
    }

    /** The callers of an escalation that has its outcome may still be here when those of the next one come and go. */
    private Outcome await(Escalation escalation, Plan plan) throws InterruptedException {
        Deadline stuckUnlessKilling = Deadline.in(Plan.saturatedSum(plan.gracefulNanos(), STUCK_NANOS));
        Deadline stuck = Deadline.in(Plan.saturatedSum(plan.totalNanos(), STUCK_NANOS));
        escalation.callers++;
        try {
            while (escalation.outcome().isEmpty()) {
                Deadline limit = escalation.hasBegunToKill() ? stuck : stuckUnlessKilling;
                if (!driven) {
                    drive(escalation);
                } else if (limit.hasCome()) {
                    return killBesideUnlocked(plan);
                } else {
                    changed.awaitNanos(limit.remaining());
                }
            }
            return escalation.outcome().get();
        } finally {
            escalation.callers--;
            if (escalation.callers == 0 || escalation.outcome().isPresent()) {
                forget(escalation);
            }
        }
    }

    /**
     * Tells a stop under way that somebody sends the forceful signal beside it, or that this was refused. It goes on to
     * its own forceful phase either way.
     */
    public void killedBeside(boolean sent) {
        lock.lock();
        try {
            current.ifPresent(escalation -> escalation.killedBeside(sent));
        } finally {
            lock.unlock();
        }
    }

    /**
     * Runs something that a stop must not meet half-way, unless one is under way. None begins meanwhile.
     *
     * @param action what to run; it must not wait
     */
    public void unlessUnderWay(Runnable action) {
        lock.lock();
        try {
            if (current.isEmpty()) {
                action.run();
            }
        } finally {
            lock.unlock();
        }
    }

    private Escalation join(Plan plan) {
        if (current.isPresent() && current.get().outcome().isEmpty()) {
            current.get().hasten(plan);
            return current.get();
        }
        Escalation fresh = new Escalation(plan, target);
        current = Optional.of(fresh);
        return fresh;
    }

    private void drive(Escalation escalation) throws InterruptedException {
        driven = true;
        lock.unlock();
        try {
            escalation.run();
        } finally {
            lock.lock();
            driven = false;
            changed.signalAll();
        }
    }

    private Outcome killBesideUnlocked(Plan plan) throws InterruptedException {
        lock.unlock();
        try {
            return killBeside(plan);
        } finally {
            lock.lock();
        }
    }

    /**
     * Kills beside a stop that has no thread to go on, and does not wait for it.
     *
     * @return the outcome of the kill alone
     * @throws InterruptedException this caller was interrupted
     */
    public Outcome killBeside(Plan plan) throws InterruptedException {
        Log.warn(target.subject(), () -> "its stop does not go on, for want of a thread; it is killed beside", null);
        // Before, because that stop may go on and see the exit at once.
        killedBeside(true);
        Outcome outcome = new Escalation(new Plan(List.of(), plan.forceful()), target).run();
        if (outcome.status().isEmpty()) {
            killedBeside(false);
        }
        return outcome;
    }

    private void forget(Escalation escalation) {
        if (current.isPresent() && current.get() == escalation) {
            current = Optional.empty();
        }
    }
}
