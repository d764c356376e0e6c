package io.github.lastcall.internal.process;

import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.wait.Advanceable;
import io.github.lastcall.internal.wait.Loop;
import io.github.lastcall.internal.wait.Watched;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The loop's watch for the exit of a process. It keeps the handle open until it has seen the exit, which it does as
 * soon as there is one; where it cannot watch it looks from time to time. For any thread.
 */
final class ExitWatch implements Runnable, Advanceable {

    /** How long to let a tracer be between looks: 1 ms at first, then 20 ms. */
    static final long FIRST_NAP = 1_000_000;

    static final long LONGEST_NAP = 20_000_000;

    /** Whoever sets it back to NONE gives the loop's use of the handle back. */
    private enum State { NONE, BEGINNING, WATCHING }

    private final Child child;
    private final NativeProcess process;
    private final Loop loop;
    private final AtomicReference<State> state = new AtomicReference<>(State.NONE);

    ExitWatch(Child child, NativeProcess process) {
        this.child = child;
        this.process = process;
        this.loop = child.services().threads().loop();
    }

    /** Begins it, unless it has begun or the exit is known. */
    void begin() {
        if (child.known().isPresent() || !state.compareAndSet(State.NONE, State.BEGINNING)) {
            return;
        }
        boolean watching = false;
        if (child.state().pin()) {
            watching = loop.watch(Watched.exit(process), this);
            if (!watching) {
                child.unpin();
            }
        }
        if (!watching) {
            state.set(State.NONE);
            loop.arm(this, Deadline.in(FIRST_NAP));
        } else if (state.compareAndSet(State.BEGINNING, State.WATCHING) && child.known().isPresent()) {
            end();
        }
    }

    /** Nobody will ask for the exit of one that was let go. A watch that is being begun sees that by itself. */
    void end() {
        loop.unwatch(Watched.exit(process), this);
        if (state.compareAndSet(State.WATCHING, State.NONE)) {
            child.unpin();
        }
    }

    /** On the loop: it has exited. */
    @Override
    public void run() {
        if (state.getAndSet(State.NONE) == State.NONE) {
            return;
        }
        try {
            child.unpin();
        } finally {
            loop.arm(this, advance());
        }
    }

    /** On the loop: looks whether it has exited. */
    @Override
    public Deadline advance() {
        try {
            child.advance(ProcessState.GROUP | ProcessState.EXIT_SEEN, Optional.empty());
        } catch (Throwable failure) {
            child.afterExit().failed(failure);
        }
        if (child.known().isPresent()) {
            return Deadline.NEVER;
        }
        child.state().leader().error().ifPresent(child.afterExit()::failed);
        return Deadline.in(LONGEST_NAP);
    }
}
