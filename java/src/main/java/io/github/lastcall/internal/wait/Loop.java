package io.github.lastcall.internal.wait;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.os.OsPort;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;

/**
 * One daemon platform thread that waits in the OS for exits, pipes and timers, and advances the stops that no thread or
 * only virtual threads wait for. It runs no users' code, does not log and does not scan.
 *
 * <p>A round runs the expired timers first, so that due signals are sent, and then the callbacks of the watches. Each
 * Throwable is caught, so that the other timers and callbacks run.
 *
 * <p>{@link #word} guards all state. It is held for calls of the OS that do not block, never during a wait or an
 * advance. A watch is removed, here and in the OS, before its callbacks run. So after {@link #unwatch} or a callback
 * nothing here uses the handle, which may be closed; and a token that comes late finds no watch.
 */
public final class Loop {

    private static final int TOKENS = 64;

    /** The token of {@link #alarm}. */
    private static final long WAKE = 1;

    /** A time that has passed. */
    private static final Deadline AT_ONCE = Deadline.in(0);

    /** How long to pause when the wait in the OS fails: 20 ms. */
    private static final long FAILED_PAUSE = 20_000_000;

    private final OsPort os;
    private final JvmExit exit;
    private final Word word = new Word();
    private final Map<Watched, Watch> byWatched = new HashMap<>();
    private final Map<Long, Watch> byToken = new HashMap<>();
    private final Map<Advanceable, Timer> timers = new HashMap<>();
    private final TreeSet<Timer> queue = new TreeSet<>();
    private long lastTimer;
    private long lastToken = WAKE;
    private boolean running;

    /** Written with the word. */
    private volatile boolean ending;

    private Optional<Thread> thread = Optional.empty();
    private long monitor;

    /**
     * Wakes the loop, now or when a deadline comes that was set meanwhile. So a new deadline costs its thread no wake-up
     * of the loop, which takes 30 us or more, and which most stops do not need: they are over before their deadline.
     */
    private long alarm;

    /** When the alarm fires. The loop then sees whatever was earlier, so it is never set later. */
    private Deadline alarmAt = Deadline.NEVER;

    // Only for the loop's thread: events that it has seen and not handled yet.
    private final long[] tokens = new long[TOKENS];
    private int count;
    private int taken;
    private final Deque<Advanceable> due = new ArrayDeque<>(TOKENS);
    private final Deque<Runnable> callbacks = new ArrayDeque<>(TOKENS);

    /** When the loop wakes up without an event. */
    private Deadline sleepsUntil = Deadline.in(0);

    /** A watch of the OS and its callbacks. */
    private record Watch(Watched watched, long token, List<Runnable> callbacks) {}

    /**
     * When to advance something. A timer in {@link #queue} that is not in {@link #timers} is void: a failure has left
     * it there.
     */
    private record Timer(Advanceable target, Deadline at, long number) implements Comparable<Timer> {
        @Override
        public int compareTo(Timer other) {
            int byTime = Long.signum(at.at() - other.at().at());
            return byTime != 0 ? byTime : Long.compare(number, other.number);
        }
    }

    Loop(OsPort os, JvmExit exit) {
        this.os = os;
        this.exit = exit;
    }

    /**
     * Starts the thread if it does not run. A failure leaves nothing.
     *
     * @throws OsException no descriptor
     * @throws OutOfMemoryError no thread
     */
    void start() throws OsException {
        word.acquire();
        try {
            if (!running) {
                open();
                Thread fresh = Threads.daemon("lastcall-loop", this::run);
                thread = Optional.of(fresh);
                fresh.start();
                running = true;
                exit.whenBegun(this::wake);
            }
        } finally {
            if (!running && thread.isPresent()) {
                thread = Optional.empty();
                close();
            }
            word.release();
        }
    }

    private void open() throws OsException {
        monitor = os.openMonitor();
        alarm = -1;
        alarmAt = Deadline.NEVER;
        boolean opened = false;
        try {
            alarm = os.openAlarm();
            os.watch(monitor, Optional.empty(), alarm, OsPort.FIRED, WAKE);
            opened = true;
        } finally {
            if (!opened) {
                close();
            }
        }
    }

    private void close() {
        if (alarm >= 0) {
            os.unwatch(monitor, Optional.empty(), alarm);
            os.close(alarm);
        }
        os.close(monitor);
    }

    /** Whether the thread has ended, or does so after the current round. */
    public boolean isEnding() {
        return ending;
    }

    /** Ends the thread after the current round. */
    void end() {
        word.acquire();
        ending = true;
        word.release();
        wake();
    }

    /**
     * Watches until one event has been seen or {@link #unwatch} is called.
     *
     * @param callback called once on the loop's thread, when the event has happened or may have; must return at once.
     *     It must be equal only to itself
     * @return false: it cannot be watched
     */
    public boolean watch(Watched watched, Runnable callback) {
        word.acquire();
        try {
            Watch known = byWatched.get(watched);
            if (known != null) {
                known.callbacks().add(callback);
                return true;
            }
            return running && !ending && begin(watched, callback);
        } catch (OsException noDescriptor) {
            return false;
        } finally {
            word.release();
        }
    }

    private boolean begin(Watched watched, Runnable callback) throws OsException {
        Watch watch = new Watch(watched, ++lastToken, new ArrayList<>(1));
        watch.callbacks().add(callback);
        byWatched.put(watched, watch);
        byToken.put(watch.token(), watch);
        boolean begun = false;
        try {
            begun = os.watch(monitor, watched.process(), watched.handle(), watched.events(), watch.token());
        } finally {
            if (!begun) {
                byWatched.remove(watched);
                byToken.remove(watch.token());
            }
        }
        return begun;
    }

    /** Removes one callback of a watch. Does nothing if it has run. */
    public void unwatch(Watched watched, Runnable callback) {
        word.acquire();
        try {
            Watch watch = byWatched.get(watched);
            if (watch != null && watch.callbacks().remove(callback) && watch.callbacks().isEmpty()) {
                end(watch);
            }
        } finally {
            word.release();
        }
    }

    private void end(Watch watch) {
        byWatched.remove(watch.watched());
        byToken.remove(watch.token());
        os.unwatch(monitor, watch.watched().process(), watch.watched().handle());
    }

    /**
     * Advances the target at that time, and again at the times that it returns. An earlier time that was set before
     * remains.
     */
    public void arm(Advanceable target, Deadline at) {
        if (at.never()) {
            return;
        }
        word.acquire();
        try {
            Timer known = timers.get(target);
            if (known != null && known.at().at() - at.at() <= 0) {
                return;
            }
            Timer timer = new Timer(target, at, ++lastTimer);
            queue.add(timer);
            timers.put(target, timer);
            if (known != null) {
                queue.remove(known);
            }
            if (at.earlier(sleepsUntil) == at && !isOurs()) {
                wakeAt(at);
            }
        } finally {
            word.release();
        }
    }

    private boolean isOurs() {
        return thread.isPresent() && thread.get() == Thread.currentThread();
    }

    /** Removes the timer of the target, which would keep the target reachable until then. */
    public void disarm(Advanceable target) {
        word.acquire();
        Timer known = timers.remove(target);
        if (known != null) {
            queue.remove(known);
        }
        word.release();
    }

    private void wake() {
        word.acquire();
        try {
            wakeAt(AT_ONCE);
        } finally {
            word.release();
        }
    }

    /** With the word. */
    private void wakeAt(Deadline at) {
        try {
            if (running && alarmAt.earlier(at) != alarmAt) {
                os.setAlarm(alarm, at.remaining());
                alarmAt = at;
            }
        } catch (OsException e) {
            throw new AssertionError("an alarm that is open cannot fail", e);
        }
    }

    /** Only {@link #end} ends the thread. */
    private void run() {
        boolean over = false;
        while (!over) {
            try {
                over = hasEnded();
                if (!over) {
                    round();
                }
            } catch (Throwable failure) {
                pauseAfterFailure();
            }
        }
    }

    /** Pauses, for example after an OutOfMemoryError. What was due stays due for the next round. */
    private void pauseAfterFailure() {
        try {
            LockSupport.parkNanos(this, FAILED_PAUSE);
        } catch (Throwable failure) {
            // The next round begins without a pause.
        }
    }

    /** Can fail at any point, like {@link #take()}, and is then called again. */
    private boolean hasEnded() {
        word.acquire();
        try {
            if (!ending) {
                return false;
            }
            while (!byToken.isEmpty()) {
                take(byToken.values().iterator().next());
            }
            if (running) {
                running = false;
                close();
            }
        } finally {
            word.release();
        }
        callBack();
        return true;
    }

    /** Runs the callbacks, at the end of the loop also those of the remaining watches: each may keep a process open. */
    private void callBack() {
        for (Runnable one = callbacks.peek(); one != null; one = callbacks.peek()) {
            call(one);
            callbacks.poll();
        }
    }

    /** Does first what an earlier round has left because it failed. */
    private void round() throws OsException {
        advanceDue();
        if (taken == count) {
            taken = 0;
            count = 0;
            count = awaitOrPause();
        }
        take();
        advanceDue();
        callBack();
    }

    /** Waits. A wait that fails must not prevent the advances. */
    private int awaitOrPause() {
        try {
            return await();
        } catch (Throwable failure) {
            pauseAfterFailure();
            return 0;
        }
    }

    private int await() throws OsException {
        if (!exit.hasBegun()) {
            return os.awaitMonitor(monitor, tokens, timeToSleep());
        }
        int count = os.awaitMonitor(monitor, tokens, 0);
        if (count == 0) {
            LockSupport.parkNanos(this, JvmExit.PAUSE);
        }
        return count;
    }

    private long timeToSleep() {
        word.acquire();
        try {
            while (!queue.isEmpty() && timers.get(queue.first().target()) != queue.first()) {
                queue.pollFirst();
            }
            sleepsUntil = Deadline.in(NativeWaiter.SLICE);
            if (!queue.isEmpty()) {
                sleepsUntil = sleepsUntil.earlier(queue.first().at());
            }
            return sleepsUntil.remaining();
        } finally {
            word.release();
        }
    }

    /**
     * Takes the expired timers and the events. Each is added to its new place before it is removed from the old one,
     * because this can fail at any point.
     */
    private void take() throws OsException {
        word.acquire();
        try {
            sleepsUntil = Deadline.in(0);
            long now = System.nanoTime();
            while (!queue.isEmpty() && queue.first().at().hasCome(now)) {
                Timer timer = queue.first();
                if (timers.get(timer.target()) == timer) {
                    due.add(timer.target());
                    timers.remove(timer.target());
                }
                queue.pollFirst();
            }
            for (; taken < count; taken++) {
                if (tokens[taken] == WAKE) {
                    alarmAt = Deadline.NEVER;
                    os.drainCancel(alarm);
                    os.watch(monitor, Optional.empty(), alarm, OsPort.FIRED, WAKE);
                } else {
                    take(byToken.get(tokens[taken]));
                }
            }
        } finally {
            word.release();
        }
    }

    private void take(Watch watch) {
        if (watch != null) {
            while (!watch.callbacks().isEmpty()) {
                callbacks.add(watch.callbacks().get(0));
                watch.callbacks().remove(0);
            }
            end(watch);
        }
    }

    private void advanceDue() {
        for (Advanceable target = due.peek(); target != null; target = due.peek()) {
            advance(target);
            due.poll();
        }
    }

    /** Advances one target. A target that fails is tried again: without this a process could stay running. */
    private void advance(Advanceable target) {
        Deadline next;
        try {
            next = target.advance();
        } catch (Throwable failure) {
            next = Deadline.in(FAILED_PAUSE);
        }
        arm(target, next);
        // Another thread may have ended it before it was armed, and found nothing to disarm.
        if (target.isOver()) {
            disarm(target);
        }
    }

    private static void call(Runnable callback) {
        try {
            callback.run();
        } catch (Throwable failure) {
            // No caller exists to report it to.
        }
    }
}
