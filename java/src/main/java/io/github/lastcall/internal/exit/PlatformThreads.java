package io.github.lastcall.internal.exit;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Runs on a platform thread what must not run on a virtual one. A downcall that blocks pins the carrier, and as many of
 * them as there are cores stop every virtual thread of the JVM.
 */
public final class PlatformThreads {

    private PlatformThreads() {}

    /** Made on first use: without virtual threads there is none. */
    private static final class Pool {
        static final AtomicLong COUNT = new AtomicLong();

        /** Idle threads leave soon: a program that stops processes once in a while should not keep any. */
        static final ExecutorService THREADS = new ThreadPoolExecutor(
                0,
                Integer.MAX_VALUE,
                1,
                TimeUnit.SECONDS,
                new SynchronousQueue<>(),
                task -> daemon("lastcall-worker-" + COUNT.incrementAndGet(), task));
    }

    /** Makes a daemon platform thread, not started. It inherits no thread-locals and no context of the caller. */
    public static Thread daemon(String name, Runnable task) {
        return Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).name(name).unstarted(task);
    }

    private static <T> void run(Callable<T> task, CompletableFuture<T> result) {
        try {
            result.complete(task.call());
        } catch (Throwable failure) {
            result.completeExceptionally(failure);
        }
    }

    /**
     * Runs a task to its end: here if this is a platform thread, else there, unless the system gives no thread more: to
     * hold a carrier is better than not to stop a process. An interrupt does not cut it short and stays set.
     *
     * @throws Exception whatever the task throws, the same object
     */
    public static <T> T call(Callable<T> task) throws Exception {
        if (!Thread.currentThread().isVirtual()) {
            return task.call();
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        try {
            Pool.THREADS.execute(() -> run(task, result));
        } catch (OutOfMemoryError noThread) {
            run(task, result);
        }
        return get(result);
    }

    /** As {@link #call}, for a task that throws nothing checked. */
    public static <T> T supply(Supplier<T> task) {
        try {
            return call(task::get);
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Waits for a future through interrupts, which stay set. */
    private static <T> T get(CompletableFuture<T> future) throws Exception {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return future.get();
                } catch (InterruptedException e) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    throw rethrown(e.getCause());
                }
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private static Exception rethrown(Throwable failure) {
        if (failure instanceof Error error) {
            throw error;
        }
        return (Exception) failure;
    }
}
