package io.github.lastcall;

import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.process.Child;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A future of what happens to a child. A platform thread that waits for it waits in the OS as {@link
 * ManagedProcess#waitFor()} does, and completes it: from the exit to the return two threads are woken less. Without
 * such a thread, and if users' code depends on it, the pool completes it. A virtual thread does the same, but it may get
 * no carrier: then the pool completes it 20 ms later.
 *
 * <p>The thread that creates it counts as a helper until {@link #published}. A thread that leaves {@link #helpers} then
 * looks whether the result is known; a thread that makes it known then looks whether there is a helper. So one of the
 * two sees the other.
 */
final class ChildFuture<T> extends CompletableFuture<T> {

    /** How long a virtual thread may take to complete it, and when to try again if memory is full: 20 ms. */
    private static final long DELAY = 20_000_000;

    private final Child child;
    private final Consumer<CompletableFuture<T>> completion;
    private final AtomicInteger helpers = new AtomicInteger(1);
    private final AtomicInteger virtualHelpers = new AtomicInteger();
    private final AtomicBoolean completing = new AtomicBoolean();
    private volatile boolean known;

    /**
     * Creates one.
     *
     * @param completion completes it, once its result is known; throws only if there is no memory to complete it
     */
    ChildFuture(Child child, Consumer<CompletableFuture<T>> completion) {
        this.child = child;
        this.completion = completion;
    }

    /**
     * To be called before it is returned. If the result is known, no thread is needed to complete it: nothing depends
     * on it yet.
     */
    ChildFuture<T> published() {
        helpers.decrementAndGet();
        if (known) {
            completeOnce();
        }
        return this;
    }

    /** Records that the result is known. For any thread, any number of times; returns at once. */
    void resultIsKnown() {
        known = true;
        if (helpers.get() > 0) {
            return;
        }
        if (virtualHelpers.get() > 0 && getNumberOfDependents() == 0) {
            completeLater();
        } else {
            child.onPool(this::completeOnce);
        }
    }

    private void completeLater() {
        child.services().threads().loop().arm(this::leaveToPool, Deadline.in(DELAY));
    }

    private Deadline leaveToPool() {
        if (!completing.get()) {
            child.onPool(this::completeOnce);
        }
        return Deadline.NEVER;
    }

    private void completeOnce() {
        if (completing.compareAndSet(false, true)) {
            try {
                completion.accept(this);
            } catch (Throwable noMemory) {
                completing.set(isDone());
                completeLater();
            }
        }
    }

    private void help(Deadline limit) throws InterruptedException {
        if (isDone()) {
            return;
        }
        AtomicInteger ofMyKind = Thread.currentThread().isVirtual() ? virtualHelpers : helpers;
        ofMyKind.incrementAndGet();
        try {
            child.awaitAs(() -> known || isDone(), limit);
        } catch (RuntimeException | Error failure) {
            // For example out of memory. The loop looks again, and if the failure remains, it completes this future.
        } finally {
            ofMyKind.decrementAndGet();
            if (known) {
                completeHereOrOnPool();
            }
        }
    }

    private void completeHereOrOnPool() {
        if (getNumberOfDependents() == 0) {
            completeOnce();
            return;
        }
        try {
            child.onPool(this::completeOnce);
        } catch (Throwable noMemory) {
            completeLater();
        }
    }

    @Override
    public T get() throws InterruptedException, ExecutionException {
        help(Deadline.NEVER);
        return super.get();
    }

    @Override
    public T get(long timeout, TimeUnit unit) throws InterruptedException, ExecutionException, TimeoutException {
        Deadline limit = Deadline.in(unit.toNanos(timeout));
        help(limit);
        return super.get(limit.remaining(), TimeUnit.NANOSECONDS);
    }

    @Override
    public T join() {
        try {
            help(Deadline.NEVER);
        } catch (InterruptedException e) {
            // A join continues, and the pool completes the future.
            Thread.currentThread().interrupt();
        }
        return super.join();
    }

    // Another thread may complete it, which ends the wait of its helpers.

    @Override
    public boolean complete(T value) {
        return completed(super.complete(value));
    }

    @Override
    public boolean completeExceptionally(Throwable failure) {
        return completed(super.completeExceptionally(failure));
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return completed(super.cancel(mayInterruptIfRunning));
    }

    @Override
    public void obtrudeValue(T value) {
        super.obtrudeValue(value);
        completed(true);
    }

    @Override
    public void obtrudeException(Throwable failure) {
        super.obtrudeException(failure);
        completed(true);
    }

    @Override
    public CompletableFuture<T> completeAsync(Supplier<? extends T> supplier, Executor executor) {
        CompletableFuture.<T>supplyAsync(supplier::get, executor).whenComplete((value, failure) -> {
            if (failure == null) {
                complete(value);
            } else {
                completeExceptionally(failure);
            }
        });
        return this;
    }

    private boolean completed(boolean now) {
        if (now) {
            child.wakeWaiting();
        }
        return now;
    }
}
