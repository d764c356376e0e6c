package io.github.lastcall.internal.process;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * What follows the exit of a process: actions, after those who have listeners or sinks have had all of its output, or a
 * second. For any thread.
 */
final class AfterExit {

    /** How long those who have listeners or sinks are waited for: 1 s. */
    private static final long OUTPUT_LIMIT = 1_000_000_000;

    /** The last part of it, for what was read when the rest of it was over: 100 ms. */
    private static final long LAST_LIMIT = 100_000_000;

    private final Child child;
    private final Pipes pipes;

    /** Whether what it writes is collected. */
    private final boolean collects;

    private final Queue<Runnable> actions = new ConcurrentLinkedQueue<>();

    /** Until when the output is waited for; there is no exit yet: never. Set once. */
    private volatile Deadline outputUntil = Deadline.NEVER;

    private volatile Optional<Throwable> failure = Optional.empty();

    AfterExit(Child child, Pipes pipes) {
        this.child = child;
        this.pipes = pipes;
        this.collects = pipes.areCollected();
        if (collects) {
            pipes.whenDelivered(this::outputDelivered);
        }
    }

    void add(Runnable action) {
        actions.add(action);
    }

    /** The exit is known: runs the actions, now or when the output has been delivered. */
    void follow() {
        if (!collects || pipes.areDelivered() || outputUntil.hasCome()) {
            run();
        } else if (outputUntil.never()) {
            outputUntil = Deadline.in(OUTPUT_LIMIT);
            child.services().threads().loop().arm(this::outputIsLate, outputUntil);
        }
    }

    /** The exit cannot be known. Whoever waits for a future must not do so for ever. */
    void failed(Throwable why) {
        failure = Optional.of(why);
        run();
        child.wakeWaiting();
    }

    /** Why the actions are run without an exit. */
    Optional<Throwable> failure() {
        return failure;
    }

    private Deadline outputIsLate() {
        pipes.cutOff();
        run();
        child.wakeWaiting();
        return Deadline.NEVER;
    }

    private void outputDelivered() {
        child.wakeWaiting();
        if (child.known().isPresent()) {
            follow();
        }
    }

    /** One that fails, for lack of memory say, stays for the next time. So each may run more than once. */
    private void run() {
        for (Runnable next = actions.peek(); next != null; next = actions.peek()) {
            next.run();
            actions.remove(next);
        }
    }

    /** Waits until the output has been delivered, and everything is kept that is to be; 1 s at most. */
    void awaitOutput() {
        if (!collects) {
            return;
        }
        try {
            Deadline limit = Deadline.in(OUTPUT_LIMIT - LAST_LIMIT);
            child.awaitWakeUps(pipes::areDelivered, limit);
            // Or it would be known a moment later only that something is missing.
            if (limit.hasCome()) {
                pipes.cutOff();
                child.awaitWakeUps(pipes::areDelivered, Deadline.in(LAST_LIMIT));
            }
        } catch (OsException e) {
            // Who cannot wait does not know.
        }
    }
}
