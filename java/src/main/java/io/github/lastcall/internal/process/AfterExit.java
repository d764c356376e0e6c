package io.github.lastcall.internal.process;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Runs the actions that follow the exit of a process. They run when listeners and sinks have received all of its
 * output, or after 1 s. For any thread.
 */
final class AfterExit {

    /** How long to wait until listeners and sinks have received all output: 1 s. */
    private static final long OUTPUT_LIMIT = 1_000_000_000;

    /** The last part of that second, for what was read shortly before: 100 ms. */
    private static final long LAST_LIMIT = 100_000_000;

    private final Child child;
    private final Pipes pipes;

    /** Whether the output is collected. */
    private final boolean collects;

    private final Queue<Runnable> actions = new ConcurrentLinkedQueue<>();

    /** When the wait for the output ends; {@link Deadline#NEVER} before the exit. Set once. */
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

    /** Runs the actions, now or when the output has been delivered. To be called when the exit is known. */
    void follow() {
        if (!collects || pipes.areDelivered() || outputUntil.hasCome()) {
            run();
        } else if (outputUntil.never()) {
            outputUntil = Deadline.in(OUTPUT_LIMIT);
            child.services().threads().loop().arm(this::outputIsLate, outputUntil);
        }
    }

    /** Runs the actions although the exit cannot be read: a future that depends on it must complete. */
    void failed(Throwable why) {
        failure = Optional.of(why);
        run();
        child.wakeWaiting();
    }

    /** Why the actions ran without an exit. */
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

    /** An action that fails, for example because memory is full, stays in the queue and runs again. */
    private void run() {
        for (Runnable next = actions.peek(); next != null; next = actions.peek()) {
            next.run();
            actions.remove(next);
        }
    }

    /** Waits until the output has been delivered and kept, 1 s at most. */
    void awaitOutput() {
        if (!collects) {
            return;
        }
        try {
            Deadline limit = Deadline.in(OUTPUT_LIMIT - LAST_LIMIT);
            child.awaitWakeUps(pipes::areDelivered, limit);
            // Ends the reading now, so that "truncated" is known when this returns.
            if (limit.hasCome()) {
                pipes.cutOff();
                child.awaitWakeUps(pipes::areDelivered, Deadline.in(LAST_LIMIT));
            }
        } catch (OsException e) {
            // This thread cannot wait in the OS. It returns without waiting.
        }
    }
}
