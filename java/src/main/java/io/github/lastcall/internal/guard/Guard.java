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
 * Stops the children whose handle is lost and those that run at an orderly exit of the JVM, and reaps those that have
 * exited and that no thread waits for. It holds what all children share, from the first start until the exit of the JVM
 * or a {@link #release}; after a release the next start creates another guard.
 *
 * <p><b>The gate.</b> A start is counted in {@link #starting} before it looks whether the gate is closed, and its child
 * is in the registry before it is spawned. The exit closes the gate and then waits until no start is counted. So either
 * the exit finds the child in the registry, or the start finds the gate closed. Commands that are steps of a stop may
 * start until the stops are over; those that remain are killed.
 */
public final class Guard implements Advanceable {

    /**
     * After how many calls the JVM generates no more code for a call that it interprets. It does so at the 128th call
     * of a method handle; if there is no memory for that, this call and every later one fails.
     */
    private static final int CALLS = 150;

    /** How often to look for children that no thread waits for, while there is a child: 500 ms. */
    private static final long SWEEP_NANOS = 500_000_000;

    /**
     * How many children each of these looks is for if no child is known to have exited. If other native code of this
     * JVM reaps them all, or lets the kernel do it, their exits show only in this way.
     */
    private static final int LOOKS = 64;

    /** How long the exit of the JVM waits for current starts: 3 s. They end at once, or hang in a file system. */
    private static final long START_BOUND_NANOS = 3_000_000_000L;

    /**
     * How long the exit of the JVM waits for the exit of a child whose output has ended, before it stops it: 100 ms.
     */
    private static final long EXITING_NANOS = 100_000_000;

    /** How long the exit of the JVM waits for listeners and sinks: 1 s. */
    private static final long DELIVERY_NANOS = 1_000_000_000L;

    /** How long if none of them comes back, as with one that has called System.exit(): 300 ms. */
    private static final long NO_DELIVERY_NANOS = 300_000_000L;

    private static final long NAP_NANOS = 1_000_000;

    /** The heap that is kept for the stop at the exit: 64 KiB. */
    private static final int RESERVE_BYTES = 64 << 10;

    /** How often the last resort is tried. */
    private static final int MOST_TRIES = 500;

    private static final byte[] LAST_RESORT = ("io.github.lastcall: the children of this JVM could not be stopped by"
            + " their policies when it ended; they were killed\n").getBytes(StandardCharsets.US_ASCII);

    private static final byte[] TERMINAL = "/dev/tty".getBytes(StandardCharsets.US_ASCII);

    private static final byte[] NOTHING = {};

    private static final Word CURRENT_WORD = new Word();

    /** Written with the word. */
    private static volatile Optional<Guard> current = Optional.empty();

    private final OsPort os;
    private final Registry registry = new Registry();
    private final Services services;
    private final Handles handles = new Handles();
    private final AtomicInteger starting = new AtomicInteger();
    private volatile Optional<Guardian> guardian = Optional.empty();
    private final FileOutputStream errors = new FileOutputStream(FileDescriptor.err);
    private final Thread hook;

    /** Freed when the exit begins: with a full heap the JVM needs a little memory to wait for its hooks. */
    private volatile byte[] reserve = new byte[RESERVE_BYTES];

    /** Whether this JVM has a controlling terminal. A JVM without one never gets one. Only for the loop's thread. */
    private boolean onTerminal = !Family.WINDOWS;

    /** The children whose turn is next begin here. Only for the loop's thread. */
    private int looks;

    /** Closes the gate during a release. If the release fails, the gate opens again. */
    private volatile boolean releasing;

    private volatile boolean exiting;

    /** Whether the stops at the end are over: then commands of stops cannot start either. */
    private volatile boolean shut;

    /** Whether the release, or the work at the exit of the JVM, is over. */
    private volatile boolean ended;

    private volatile boolean rehearsed;

    private Guard(OsPort os) throws OsException {
        this.os = os;
        this.services = new Services(new Threads(os), new Scanner(), new LastPid(os), this::released);
        this.hook = Threads.daemon("lastcall-shutdown", this::stopAtExit);
        boolean made = false;
        try {
            services.threads().start();
            services.scanner().start();
            Runtime.getRuntime().addShutdownHook(hook);
            made = true;
        } finally {
            if (!made) {
                endThreads();
            }
        }
        services.lastPid().open();
    }

    /**
     * Returns the guard of this JVM. The first start creates it; if that fails, nothing is left, and the next start
     * tries again.
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

    /** What all children of this guard share. */
    public Services services() {
        return services;
    }

    // Starts

    /**
     * Begins a start: from now on the exit of the JVM waits for it and finds its child. {@link #endStart} has to
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
                        ? "The JVM is exiting: no process can be started any more"
                        : "Lastcall is being released: no process can be started until that is over");
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

    /** Forgets a child that has been released. */
    private void released(Child child) {
        registry.remove(child);
        if (guardian.isPresent()) {
            child.guardianSlot().ifPresent(guardian.get()::giveBack);
        }
    }

    /**
     * Begins to register the child of a start with the guardian, which knows the child before its program runs. {@link
     * Guardian.Registration#end} has to follow.
     *
     * @param environment the environment of this JVM
     * @throws IOException no guardian can be started; the child must not be started
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

    /** Ends a start. Forgets the child if the start has failed. */
    public void endStart(Child child) {
        if (!child.isStarted()) {
            released(child);
        } else {
            services.threads().loop().arm(this, Deadline.in(SWEEP_NANOS));
            rehearse();
        }
        starting.decrementAndGet();
    }

    /**
     * Loads and links the classes of the last resort, because their files may be gone when it runs, and calls until the
     * JVM has generated the last code for calls, because there may be no memory for that.
     */
    private void rehearse() {
        if (!rehearsed) {
            rehearsed = true;
            for (int i = 0; i < CALLS; i++) {
                os.hasExitedChild();
            }
            for (Child child : registry.all()) {
                child.rehearseLastResort();
            }
            new Registry().lastResort();
        }
    }

    /** Returns the running child of this library with this pid. */
    public Optional<Child> running(long pid) {
        return registry.all().stream()
                .filter(child -> child.isStarted() && !child.isAttached() && child.pid() == pid)
                .filter(child -> child.known().isEmpty())
                .findFirst();
    }

    // Children that no thread waits for

    @Override
    public Deadline advance() {
        sweep(registry.all());
        if (!registry.isEmpty() && isOnTerminal()) {
            registry.all().forEach(Child::lookForStopped);
        }
        guardian.ifPresent(Guardian::retry);
        // Not at the end: then all children are stopped by their policies, also those whose handle is lost. It is the
        // last action, because a stop that cannot begin ends this round.
        if (!isClosed()) {
            handles.stopLost();
        }
        return registry.isEmpty() && handles.isEmpty() ? Deadline.NEVER : Deadline.in(SWEEP_NANOS);
    }

    private void sweep(List<Child> children) {
        boolean exited = os.hasExitedChild();
        for (int i = 0; i < children.size(); i++) {
            Child child = children.get(i);
            boolean turn = Math.floorMod(i - looks, children.size()) < LOOKS;
            if (exited || turn || child.isUnfinished() || child.mayHaveLeftGroup()) {
                child.sweep();
            }
        }
        looks += LOOKS;
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

    /** Stops the children, on the shutdown hook. If that fails, every armed child gets the forceful signal. */
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

    /**
     * Sends the forceful signal, several times if needed: memory may become free, because the garbage collector has run
     * or other threads have failed.
     */
    private void lastResort() {
        for (int i = 0; i < MOST_TRIES && !registry.lastResort(); i++) {
            LockSupport.parkNanos(NAP_NANOS);
        }
        try {
            errors.write(LAST_RESORT);
        } catch (Throwable nobodyReads) {
            // Nothing else can be done.
        }
    }

    private void stopAll(String when) {
        try {
            stopAll(when, Child::isToBeStopped);
        } finally {
            shut = true;
        }
        // Commands of the stops of disarmed processes: after the end of the JVM no thread continues such a stop.
        stopAll(when, child -> child.policy().ofStep());
        awaitDelivery();
        // Also if nothing was stopped: there may be lines about processes that have exited.
        Log.flushLast();
    }

    /** Listeners and sinks get the last words too. */
    private void awaitDelivery() {
        Deadline limit = Deadline.in(DELIVERY_NANOS);
        Deadline idle = limit;
        int before = 0;
        int left;
        while ((left = services.threads().undelivered().get()) > 0 && !limit.hasCome() && !idle.hasCome()) {
            idle = left == before ? idle : Deadline.in(NO_DELIVERY_NANOS);
            before = left;
            LockSupport.parkNanos(NAP_NANOS);
        }
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
        // Without an attempt the process has exited by itself.
        if (!outcome.attempts().isEmpty()) {
            Log.warn(
                    child,
                    () -> "was still running " + when + ", and "
                            + outcome.status().map(status -> "was stopped: " + status).orElse("could not be stopped"),
                    null);
        }
    }

    /** Whether a child has exited. Waits a moment for a child whose output has ended, which will probably exit. */
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
     * Stops the armed children, as the exit of the JVM does, and ends the library's threads. A second call waits for
     * the first call, or for the exit, and does the rest if the first call fails.
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

    /** Closes the gate. Returns whether this call has closed it. */
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

    /**
     * Stops the children, then ends the threads. If a stop cannot begin, for example because memory is full, the
     * library remains in use.
     */
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
            // The shutdown hook does the same and needs the threads.
        } finally {
            ended = true;
        }
    }

    /** Ends the threads. Each call may run twice: memory may become free between two tries. */
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

    /**
     * Waits for another thread that releases. An interrupt ends the graceful phases of its stops; the flag stays set.
     */
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
