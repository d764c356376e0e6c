package io.github.lastcall.internal.exit;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/**
 * A virtual thread that stops one process for callers who do not: every asynchronous stop has one, and every member of
 * a scope that is being stopped.
 *
 * <p>It costs no platform thread while it waits. It is a daemon: at the exit of the JVM the shutdown hook stops what it
 * would have stopped.
 *
 * <p>The result is completed on this thread, after the stop and with no lock held. So dependents that block hold up the
 * other dependents of this one stop, and no other stop. A result that somebody else completes or cancels before is let
 * alone; the thread does not hear of it.
 *
 * @param <T> what the stop returns
 */
public final class StopThread<T> {

    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final Thread thread;

    private StopThread(String name, Callable<T> stop) {
        this.thread = VirtualThreads.unstarted(name, () -> run(stop));
    }

    /**
     * Starts a stop.
     *
     * @param name of the thread, for a person
     * @param stop what it does; whatever it throws goes to the result
     */
    public static <T> StopThread<T> start(String name, Callable<T> stop) {
        StopThread<T> started = new StopThread<>(name, stop);
        started.thread.start();
        return started;
    }

    private void run(Callable<T> stop) {
        try {
            result.complete(stop.call());
        } catch (Throwable failure) {
            result.completeExceptionally(failure);
        }
    }

    /** What the stop returned or threw, the same object. */
    public CompletableFuture<T> result() {
        return result;
    }

    /** Interrupts the stop. Not for one whose result has dependents of a user: they run on its thread. */
    public void interrupt() {
        thread.interrupt();
    }
}
