package io.github.lastcall.internal.exit;

import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A virtual thread that stops one process for callers who do not: every asynchronous stop has one, and every member of
 * a scope that is being stopped.
 *
 * <p>It costs no platform thread while it waits. It is a daemon: at the exit of the JVM the shutdown hook stops what it
 * has not stopped yet.
 *
 * <p>The result is completed on this thread, after the stop and with no lock held. So dependents that block hold up the
 * other dependents of this one stop, and no other stop. A result that somebody else completes or cancels before is let
 * alone; the thread does not hear of it.
 *
 * @param <T> what the stop returns
 */
public final class StopThread<T> {

    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final String name;
    private final Callable<T> stop;

    /** Of the thread that starts and interrupts it. */
    private Optional<Thread> thread = Optional.empty();

    /** A virtual thread that the JVM could not start may be in a queue of it nonetheless. */
    private final AtomicBoolean begun = new AtomicBoolean();

    /**
     * Creates one, not started.
     *
     * @param name of the thread, for a person
     * @param stop what it does; whatever it throws goes to the result
     */
    public StopThread(String name, Callable<T> stop) {
        this.name = name;
        this.stop = stop;
    }

    /**
     * Starts it. May be called once.
     *
     * @throws OutOfMemoryError a virtual thread needs platform threads to run on, and the system gives no more
     * @throws LinkageError the same, for those that the JVM starts with its first virtual thread
     */
    public void start() {
        thread = Optional.of(VirtualThreads.unstarted(name, this::run));
        thread.get().start();
    }

    /** After a start() that failed: returns whether it has not begun, and will not. */
    public boolean giveUp() {
        return begun.compareAndSet(false, true);
    }

    /** Does it on this thread instead. An interrupt that ends it goes to the result, and stays set. */
    public void run() {
        if (!begun.compareAndSet(false, true)) {
            return;
        }
        try {
            result.complete(stop.call());
        } catch (Throwable failure) {
            if (failure instanceof InterruptedException) {
                Thread.currentThread().interrupt();
            }
            result.completeExceptionally(failure);
        }
    }

    /** What the stop returned or threw, the same object. */
    public CompletableFuture<T> result() {
        return result;
    }

    /** Interrupts the stop. Not for one whose result has dependents of a user: they run on its thread. */
    public void interrupt() {
        thread.ifPresent(Thread::interrupt);
    }
}
