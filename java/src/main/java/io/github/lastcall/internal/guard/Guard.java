package io.github.lastcall.internal.guard;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.EnvironmentBlock;
import io.github.lastcall.internal.os.NativeOs;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.process.Batch;
import io.github.lastcall.internal.process.Child;
import io.github.lastcall.internal.process.LastPid;
import io.github.lastcall.internal.process.Scanner;
import io.github.lastcall.internal.process.Services;
import io.github.lastcall.internal.stop.Outcome;
import io.github.lastcall.internal.stop.Plan;
import io.github.lastcall.internal.wait.Advanceable;
import io.github.lastcall.internal.wait.Threads;
import io.github.lastcall.internal.wait.Word;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;

/**
 * Sees to it that no child is lost: one whose handle is unreachable, one that is left at an orderly exit of the JVM,
 * and one that has exited and that nobody asked for. It holds what all children share, from the first start until the
 * exit of the JVM or a {@link #release}; after a release the next start makes another one.
 *
 * <p><b>The gate.</b> A start is counted in {@link #starting} before it looks whether the gate is closed, and its child
 * is in the registry before it is spawned. The exit closes the gate before it waits until no start is counted. So a
 * child is in the registry that the exit goes through, or its start finds the gate closed. Commands that are steps of a
 * stop are let through until the stops are over; what is left of them then is killed.
 */
public final class Guard implements Advanceable {

    /** How often to look for children that nobody asks for, while there is any: 500 ms. */
    private static final long SWEEP_NANOS = 500_000_000;

    /** How long the exit of the JVM waits for starts under way: 3 s. They end at once, or hang in a file system. */
    private static final long START_BOUND_NANOS = 3_000_000_000L;

    /** How long a child gets to exit whose output has ended, before it is stopped at the exit of the JVM: 100 ms. */
    private static final long EXITING_NANOS = 100_000_000;

    private static final long NAP_NANOS = 1_000_000;

    /** The heap that the stop at the exit and the JVM need for it: 64 KiB. */
    private static final int RESERVE_BYTES = 64 << 10;

    /** How often the last resort is tried, with a nap after each. */
    private static final int MOST_TRIES = 500;

    private static final byte[] LAST_RESORT = ("io.github.lastcall: the children of this JVM could not be stopped in"
            + " order when it ended; they were sent the forceful signal\n").getBytes(StandardCharsets.US_ASCII);

    private static final byte[] TERMINAL = "/dev/tty".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] NOTHING = {};

    private static final Word CURRENT_WORD = new Word();

    /** Written with the word. */
    private static volatile Optional<Guard> current = Optional.empty();

    private final OsPort os;
    private final Registry registry = new Registry();
    private final Services services;
    private final Handles handles;
    private final AtomicInteger starting = new AtomicInteger();
    private volatile Optional<Guardian> guardian = Optional.empty();
    private final FileOutputStream errors = new FileOutputStream(FileDescriptor.err);
    private final Thread hook;

    /** Given back when the exit begins: where the heap is full, the JVM needs a little to wait for its hooks. */
    private volatile byte[] reserve = new byte[RESERVE_BYTES];

    /**
     * Whether this JVM has a controlling terminal. One that has none is never given one. Of the loop's thread alone.
     */
    private boolean onTerminal = !Family.WINDOWS;

    /** Either closes the gate. That of a release is opened again if it fails. */
    private volatile boolean releasing;

    private volatile boolean exiting;

    /** Whether the stops at the end are over: not even a command of a stop is started any more. */
    private volatile boolean shut;

    /** Whether the release, or what the exit of the JVM asks for, is over. */
    private volatile boolean ended;

    private volatile boolean rehearsed;

    private Guard(OsPort os) throws OsException {
        this.os = os;
        this.services = new Services(new Threads(os), new Scanner(), new LastPid(os), this::released);
        this.handles = new Handles(services);
        this.hook = Thread.ofPlatform().name("lastcall-shutdown").unstarted(this::stopAtExit);
        services.threads().start();
        services.scanner().start();
        Runtime.getRuntime().addShutdownHook(hook);
        services.lastPid().open();
    }

    /**
     * Returns the guard of this JVM, made by the first start. When that fails the next start tries again.
     *
     * @throws OsException no descriptor for it
     * @throws OutOfMemoryError no thread or no memory for it
     * @throws IllegalStateException the JVM is exiting
     */
    public static Guard current() throws OsException {
        Optional<Guard> known = current;
        return known.isPresent() ? known.get() : make();
    }

    private static Guard make() throws OsException {
        OsPort os = NativeOs.instance();
        CURRENT_WORD.acquire();
        try {
            if (current.isEmpty()) {
                current = Optional.of(new Guard(os));
            }
            return current.get();
        } finally {
            CURRENT_WORD.release();
        }
    }

    /** What every child of this guard shares. */
    public Services services() {
        return services;
    }

    // Starts

    /**
     * Begins a start: from here on the exit of the JVM waits for it, and finds its child. {@link #endStart} has to
     * follow.
     *
     * @throws IllegalStateException the JVM is exiting, or the library is being released
     */
    public void beginStart(Child child, Object handle) {
        starting.incrementAndGet();
        boolean begun = false;
        try {
            if (isClosed() && (shut || !child.policy().ofStep())) {
                throw new IllegalStateException(exiting
                        ? "The JVM is exiting: no process is started any more"
                        : "Lastcall is being released: no process is started meanwhile");
            }
            handles.add(handle, child);
            registry.add(child);
            begun = true;
        } finally {
            if (!begun) {
                starting.decrementAndGet();
            }
        }
    }

    private boolean isClosed() {
        return releasing || exiting;
    }

    /** Nothing is left of it. */
    private void released(Child child) {
        registry.remove(child);
        if (guardian.isPresent()) {
            child.guardianSlot().ifPresent(guardian.get()::giveBack);
        }
    }

    /**
     * Begins to register the child of a start with the guardian, which knows it from before its program runs.
     * {@link Guardian.Registration#end} has to follow.
     *
     * @param environment that of this JVM
     * @throws IOException there is no guardian; the child must not be started
     */
    public Guardian.Registration register(Child child, Plan plan, EnvironmentBlock environment) throws IOException {
        return guardian(environment).begin(child, plan);
    }

    private Guardian guardian(EnvironmentBlock environment) {
        if (guardian.isEmpty()) {
            CURRENT_WORD.acquire();
            try {
                if (guardian.isEmpty()) {
                    guardian = Optional.of(new Guardian(services.threads(), registry::all, environment));
                }
            } finally {
                CURRENT_WORD.release();
            }
        }
        return guardian.get();
    }

    /** Ends a start. A child that does not run is guarded no more. */
    public void endStart(Child child) {
        if (!child.isStarted()) {
            released(child);
        } else {
            services.threads().loop().arm(this, Deadline.in(SWEEP_NANOS));
            rehearse();
        }
        starting.decrementAndGet();
    }

    /** Loads and links what the last resort needs, which may have to do without a class file. */
    private void rehearse() {
        if (!rehearsed) {
            rehearsed = true;
            for (Child child : registry.all()) {
                child.rehearseLastResort();
            }
            new Registry().lastResort();
        }
    }

    /** The child of this library that runs and has this pid. */
    public Optional<Child> running(long pid) {
        return registry.all().stream()
                .filter(child -> child.isStarted() && !child.isAttached() && child.pid() == pid)
                .filter(child -> child.known().isEmpty())
                .findFirst();
    }

    // Children that nobody asks for

    @Override
    public Deadline advance() {
        boolean exited = os.hasExitedChild();
        for (Child child : registry.all()) {
            if (exited || child.isUnfinished()) {
                child.sweep();
            }
        }
        if (!registry.isEmpty() && isOnTerminal()) {
            registry.all().forEach(Child::lookForStopped);
        }
        // At the end all are stopped, by their policies, and nobody has many of their handles any more. Last, since a
        // stop that cannot begin ends this round.
        if (!isClosed()) {
            handles.stopLost();
        }
        return registry.isEmpty() && handles.isEmpty() ? Deadline.NEVER : Deadline.in(SWEEP_NANOS);
    }

    private boolean isOnTerminal() {
        if (onTerminal) {
            try {
                os.close(os.open(TERMINAL, OsPort.OpenMode.READ));
            } catch (OsException none) {
                onTerminal = false;
            }
        }
        return onTerminal;
    }

    // The exit of the JVM

    /** Runs on the shutdown hook. Whatever fails, every armed child is sent the forceful signal. */
    private void stopAtExit() {
        reserve = NOTHING;
        exiting = true;
        try {
            services.threads().jvmExits();
            stopAll("when the JVM ended");
        } catch (Throwable failure) {
            lastResort();
        } finally {
            ended = true;
        }
    }

    /** What one try was short of may be free for the next one: a collection has run, or other threads have failed. */
    private void lastResort() {
        for (int i = 0; i < MOST_TRIES && !registry.lastResort(); i++) {
            LockSupport.parkNanos(NAP_NANOS);
        }
        try {
            errors.write(LAST_RESORT);
        } catch (Throwable nobodyReads) {
            // There is nothing left to be done.
        }
    }

    private void stopAll(String when) {
        try {
            stopAll(when, Child::isToBeStopped);
        } finally {
            shut = true;
        }
        // Commands of stops of disarmed processes: no thread goes on with such a stop when the JVM has ended.
        stopAll(when, child -> child.policy().ofStep());
        // Also where nothing was stopped: of processes that ended by themselves.
        Log.flushLast();
    }

    private void stopAll(String when, Predicate<Child> which) {
        awaitStarts();
        List<Child> children = new ArrayList<>();
        for (Child child : registry.all()) {
            if (child.isStarted() && which.test(child) && !hasExited(child)) {
                children.add(child);
            }
        }
        if (children.isEmpty()) {
            return;
        }
        boolean kill = Thread.currentThread().isInterrupted();
        Batch batch = Batch.begin(children, child -> plan(child, kill));
        try {
            if (batch.awaitThroughInterrupts()) {
                Thread.currentThread().interrupt();
            }
            for (int i = 0; i < children.size(); i++) {
                stopped(children.get(i), batch.outcome(i), when);
            }
        } finally {
            batch.close();
        }
    }

    private static Plan plan(Child child, boolean kill) {
        return kill ? child.policy().kill() : child.policy().onExit();
    }

    private void stopped(Child child, Outcome outcome, String when) {
        child.arm(outcome.status().isEmpty());
        // Without an attempt it exited by itself.
        if (!outcome.attempts().isEmpty()) {
            Log.warn(
                    child::onPool,
                    child.subject(),
                    () -> "was still running " + when + ", and "
                            + outcome.status().map(status -> "was stopped: " + status).orElse("could not be stopped"),
                    null);
        }
    }

    /** One whose output has ended is on its way out. */
    private static boolean hasExited(Child child) {
        Deadline limit = Deadline.in(child.hasEndedOutput() ? EXITING_NANOS : 0);
        while (!child.isGone()) {
            if (limit.hasCome()) {
                return false;
            }
            LockSupport.parkNanos(NAP_NANOS);
        }
        return true;
    }

    private void awaitStarts() {
        Deadline limit = Deadline.in(START_BOUND_NANOS);
        while (starting.get() > 0 && !limit.hasCome()) {
            LockSupport.parkNanos(NAP_NANOS);
        }
    }

    // Release

    /**
     * Stops what is armed, as the exit of the JVM does, and ends the library's threads. A second call waits for the
     * first, or for the exit, and does the rest if the first fails.
     */
    public static void release() {
        Optional<Guard> known = current;
        if (known.isPresent()) {
            known.get().end();
        }
    }

    private void end() {
        while (!ended) {
            if (closeGate()) {
                stopAndEnd();
            } else {
                awaitOther();
            }
        }
    }

    /** Returns whether this call is the one that releases. */
    private boolean closeGate() {
        CURRENT_WORD.acquire();
        boolean first = !isClosed();
        if (first) {
            shut = false;
            releasing = true;
        }
        CURRENT_WORD.release();
        return first;
    }

    /** Until the stops are over nothing has ended: if one cannot begin, for lack of memory say, all goes on. */
    private void stopAndEnd() {
        boolean stopped = false;
        try {
            stopAll("when Lastcall was released");
            stopped = true;
        } finally {
            releasing = stopped;
        }
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
            current = Optional.empty();
            endThreads();
        } catch (IllegalStateException exitingAlready) {
            // The hook does the same, and needs the threads.
        } finally {
            ended = true;
        }
    }

    /** Each step may be done twice. What one try was short of may be free for the next one. */
    private void endThreads() {
        for (int tries = 1; ; tries++) {
            try {
                services.threads().end();
                services.scanner().end();
                guardian.ifPresent(Guardian::end);
                services.lastPid().close();
                return;
            } catch (OutOfMemoryError full) {
                if (tries == MOST_TRIES) {
                    throw full;
                }
                LockSupport.parkNanos(NAP_NANOS);
            }
        }
    }

    /** An interrupt ends the graceful phases that another thread waits for, and stays set. */
    private void awaitOther() {
        boolean interrupted = false;
        try {
            while (!ended && isClosed()) {
                interrupted |= Thread.interrupted();
                if (interrupted) {
                    registry.all().stream().filter(Child::isToBeStopped).forEach(Child::makeKillDue);
                }
                LockSupport.parkNanos(this, NAP_NANOS);
            }
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
