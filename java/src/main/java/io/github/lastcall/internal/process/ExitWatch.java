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
 * Lets the loop watch for the exit of a process. The watch keeps the handle open until the loop has seen the exit.
 * Where the OS cannot watch the process, the loop looks every 20 ms. For any thread.
 */
final class ExitWatch implements Advanceable {

    /** How long to pause between looks at a process whose status a tracer holds: 1 ms at first, then up to 20 ms. */
    static final long FIRST_NAP = 1_000_000;

    static final long LONGEST_NAP = 20_000_000;

    private final Child child;
    private final NativeProcess process;
    private final Loop loop;

    /** The last watch that was begun. */
    private final AtomicReference<Watch> last = new AtomicReference<>(new Watch(true));

    /**
     * One watch of the loop; true when it is over. The thread that sets it to true ends the loop's use of the handle.
     */
    private final class Watch extends AtomicBoolean implements Runnable {

        private static final long serialVersionUID = 1;

        Watch(boolean over) {
            super(over);
        }

        /** On the loop: the process has exited. */
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

    /** Begins to watch, unless it watches already or the exit is known. */
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
        // Another thread may have ended this watch or published the exit before the loop had it, and found nothing to
        // remove.
        if (watch.get() || child.known().isPresent()) {
            watch.end();
        }
    }

    /** Ends the watch: the exit is not needed any more. */
    void end() {
        Watch watch = last.get();
        if (!watch.get()) {
            watch.end();
        }
    }

    /** On the loop: looks whether the process has exited. */
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
