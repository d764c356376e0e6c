package io.github.lastcall.internal.process;

import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.wait.Advanceable;
import io.github.lastcall.internal.wait.Loop;
import io.github.lastcall.internal.wait.Watched;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/**
 * The loop's watch for the exit of a process. It keeps the handle open until it has seen the exit, which it does as
 * soon as there is one; where it cannot watch it looks from time to time. For any thread.
 */
final class ExitWatch implements Advanceable {

    /** How long to let a tracer be between looks: 1 ms at first, then 20 ms. */
    static final long FIRST_NAP = 1_000_000;

    static final long LONGEST_NAP = 20_000_000;

    private final Child child;
    private final NativeProcess process;
    private final Loop loop;

    /** The last one that was begun. */
    private final AtomicReference<Watch> last = new AtomicReference<>(new Watch(true));

    /** One watch of the loop, true: it is over. Whoever sets that gives the loop's use of the handle back. */
    private final class Watch extends AtomicBoolean implements Runnable {

        private static final long serialVersionUID = 1;

        Watch(boolean over) {
            super(over);
        }

        /** On the loop: it has exited. */
        @Override
        public void run() {
            if (!getAndSet(true)) {
                try {
                    child.unpin();
                } finally {
                    loop.arm(ExitWatch.this, advance());
                }
            }
        }

        void end() {
            loop.unwatch(Watched.exit(process), this);
            if (!getAndSet(true)) {
                child.unpin();
            }
        }
    }

    ExitWatch(Child child, NativeProcess process) {
        this.child = child;
        this.process = process;
        this.loop = child.services().threads().loop();
    }

    /** Begins it, unless it has begun or the exit is known. */
    void begin() {
        Watch before = last.get();
        if (child.known().isPresent() || !before.get()) {
            return;
        }
        Watch watch = new Watch(false);
        if (!child.state().pin()) {
            return;
        }
        if (last.compareAndSet(before, watch)) {
            begin(watch);
        } else {
            child.unpin();
        }
    }

    private void begin(Watch watch) {
        boolean watching = false;
        try {
            watching = loop.watch(Watched.exit(process), watch);
        } finally {
            if (!watching) {
                watch.end();
                loop.arm(this, Deadline.in(FIRST_NAP));
            }
        }
        // Whoever has ended it meanwhile, or published the exit, found nothing to take back.
        if (watch.get() || child.known().isPresent()) {
            watch.end();
        }
    }

    /** Ends it: nobody will ask for the exit any more. */
    void end() {
        Watch watch = last.get();
        if (!watch.get()) {
            watch.end();
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
