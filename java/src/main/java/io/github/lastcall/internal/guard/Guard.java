package io.github.lastcall.internal.guard;

import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.escalation.Outcome;
import io.github.lastcall.internal.exit.PlatformThreads;
import io.github.lastcall.internal.log.Log;
import java.lang.ref.Cleaner;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.StampedLock;

/**
 * Sees to it that no child is lost: one whose handle is unreachable, one that is left at an orderly exit of the JVM,
 * and one that has exited and that nobody asked for.
 */
public final class Guard {

    /** How many children a start looks at. Two for every one that it adds: so the zombies cannot pile up. */
    private static final int LOOKS_PER_START = 2;

    /** Every child that has not been reaped. */
    private static final Set<Child> CHILDREN = ConcurrentHashMap.newKeySet();

    /** Made by the first start for which the system has a thread: a static initializer that fails, fails for ever. */
    private static volatile Cleaner cleaner;

    private static final ReentrantLock CLEANER_LOCK = new ReentrantLock();

    /** How long a start waits after another has scanned for groups that are left: 200 ms. */
    private static final long SCAN_PAUSE = 200_000_000;

    /** Guards {@link #nextLook} and {@link #nextScan}. */
    private static final ReentrantLock LOOK_LOCK = new ReentrantLock();

    private static Deadline nextScan = Deadline.in(0);

    private static Iterator<Child> nextLook = Collections.emptyIterator();

    /** How long the exit of the JVM waits for starts under way. They end at once, or hang in a file system. */
    private static final long START_BOUND_SECONDS = 3;

    /**
     * Shared by every start, from before its spawn until its child is in {@link #CHILDREN}. The exit takes it alone
     * before each look, and so overlooks no child that runs already. Unlike other such locks it leaves no thread-local
     * behind.
     */
    private static final StampedLock STARTS = new StampedLock();

    static {
        hookIntoExit();
    }

    private Guard() {}

    private static void hookIntoExit() {
        Thread hook = Thread.ofPlatform().name("lastcall-shutdown").unstarted(Guard::stopAll);
        try {
            Runtime.getRuntime().addShutdownHook(hook);
        } catch (IllegalStateException exiting) {
            // The JVM is on its way out, and whoever starts a first process now has to stop it.
        }
    }

    /** To be called before a spawn, which the exit of the JVM then waits for. Returns what {@link #endStart} needs. */
    public static long beginStart() {
        if (cleaner == null) {
            makeCleaner();
        }
        return STARTS.readLock();
    }

    private static void makeCleaner() {
        CLEANER_LOCK.lock();
        try {
            if (cleaner == null) {
                cleaner = Cleaner.create(task -> PlatformThreads.daemon("lastcall-guard", task));
            }
        } finally {
            CLEANER_LOCK.unlock();
        }
    }

    /** To be called when the child is watched, or there is none. */
    public static void endStart(long start) {
        STARTS.unlockRead(start);
    }

    /**
     * Begins to guard a child.
     *
     * @param handle the user's handle; once it is unreachable the child is lost
     */
    public static void watch(Object handle, Child child) {
        CHILDREN.add(child);
        cleaner.register(handle, () -> lost(child));
    }

    /** A reaped child needs no guard. */
    static void forget(Child child) {
        CHILDREN.remove(child);
    }

    /** Looks at a few children in turn, so that those are reaped too that nobody waits for. */
    public static void lookAtSome() {
        if (!LOOK_LOCK.tryLock()) {
            return;
        }
        try {
            for (int i = 0; i < LOOKS_PER_START; i++) {
                if (!nextLook.hasNext()) {
                    nextLook = CHILDREN.iterator();
                }
                if (nextLook.hasNext()) {
                    nextLook.next().sweep(Guard::mayScan);
                }
            }
        } finally {
            LOOK_LOCK.unlock();
        }
    }

    /** A scan takes milliseconds, a start less than one: so not at every start. */
    private static boolean mayScan() {
        if (!nextScan.hasCome()) {
            return false;
        }
        nextScan = Deadline.in(SCAN_PAUSE);
        return true;
    }

    /** Runs on the cleaner's thread. A child that was disarmed may go on; it is still reaped by later starts. */
    private static void lost(Child child) {
        Optional<Outcome> leak = Optional.empty();
        if (child.isArmed() && !child.isGone()) {
            // Not by its policy: minutes of grace for one would hold up the only thread for all.
            Outcome outcome = child.killThroughInterrupts();
            child.arm(outcome.status().isEmpty());
            // Without an attempt it exited by itself meanwhile.
            leak = Optional.of(outcome).filter(stop -> !stop.attempts().isEmpty());
        }
        child.closeStreams();
        if (!child.isArmed()) {
            child.leaveGroup();
        }
        leak.ifPresent(outcome -> Log.error(
                child.subject(),
                () -> "leaked: its handle became unreachable while it, or its group, ran. "
                        + (outcome.status().isPresent() ? "It was stopped" : "It could not be stopped")
                        + ". It was started here:",
                child.startedAt()));
    }

    /** Again until none is left: other shutdown hooks run at the same time and may start some. */
    private static void stopAll() {
        Set<Child> seen = new HashSet<>();
        List<Thread> stopping;
        do {
            awaitStarts();
            stopping = new ArrayList<>();
            for (Child child : CHILDREN) {
                if (child.isToBeStopped() && seen.add(child) && !child.isGone()) {
                    stopping.add(Thread.ofPlatform().name("lastcall-stop").unstarted(() -> stopAtExit(child)));
                }
            }
            runAtTheSameTime(stopping);
        } while (!stopping.isEmpty());
    }

    /** For whom the system gives no thread, one after the other here. */
    private static void runAtTheSameTime(List<Thread> stops) {
        List<Thread> notStarted = new ArrayList<>();
        for (Thread stop : stops) {
            try {
                stop.start();
            } catch (OutOfMemoryError noThread) {
                notStarted.add(stop);
            }
        }
        notStarted.forEach(Guard::runHere);
        stops.forEach(Guard::join);
    }

    /** One that fails must not keep the others from being stopped. */
    private static void runHere(Thread stop) {
        try {
            stop.run();
        } catch (OutOfMemoryError e) {
            Log.error("a process could not be stopped when the JVM ended", e);
        }
    }

    private static void awaitStarts() {
        try {
            long alone = STARTS.tryWriteLock(START_BOUND_SECONDS, TimeUnit.SECONDS);
            if (alone != 0) {
                STARTS.unlockWrite(alone);
            }
        } catch (InterruptedException e) {
            // As in join().
            Thread.currentThread().interrupt();
        }
    }

    private static void stopAtExit(Child child) {
        Outcome outcome = child.stopThroughInterrupts();
        child.arm(outcome.status().isEmpty());
        Log.warn(
                child.subject(),
                () -> "was still running when the JVM ended, and "
                        + outcome.status().map(status -> "was stopped: " + status).orElse("could not be stopped"),
                null);
    }

    private static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException e) {
            // Nobody interrupts this hook; if somebody does, the stops go on beside it.
            Thread.currentThread().interrupt();
        }
    }
}
