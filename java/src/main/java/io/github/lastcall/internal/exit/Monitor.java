package io.github.lastcall.internal.exit;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.os.OsPort;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One daemon platform thread that waits in the OS for everything that virtual threads wait for. It is started by the
 * first watch and ends when it has had nothing to watch for {@value #IDLE_SECONDS} s.
 *
 * <p>It tells and does nothing else: no process is looked at here, and no code of a user runs. What it calls only
 * unparks a thread.
 *
 * <p>All state is guarded by {@link #lock}, which is held for a few calls of the OS that do not block, never while
 * waiting or telling. A watch is taken out, here and in the OS, under the lock and before anybody is told of it. So
 * once {@link #unwatch} returns, or somebody was told, nothing here uses its handle, and that may be closed; and a
 * token that comes late finds no watch.
 */
final class Monitor {

    private static final int IDLE_SECONDS = 10;

    private final OsPort os;
    private final long idleNanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Watched, Watch> byWatched = new HashMap<>();
    private final Map<Long, Watch> byToken = new HashMap<>();
    private long lastToken;

    /** The OS's monitor while the thread runs. */
    private long handle;

    private boolean running;

    /** The OS could not be waited in, and so will never be again: who waits looks from time to time. */
    private boolean broken;

    /** One watch of the OS, and everybody who is to be told. */
    private record Watch(Watched watched, long token, List<Runnable> told) {}

    Monitor(OsPort os) {
        this(os, IDLE_SECONDS * 1_000_000_000L);
    }

    /** For tests: one that ends sooner. */
    Monitor(OsPort os, long idleNanos) {
        this.os = os;
        this.idleNanos = idleNanos;
    }

    /**
     * Watches, until it has been told once or {@link #unwatch} is called.
     *
     * @param told called once on the monitor's thread, when what is watched has happened or may have; must return at
     *     once. Equal to nothing but itself
     * @return false: this cannot be watched
     */
    boolean watch(Watched watched, Runnable told) {
        lock.lock();
        try {
            Watch known = byWatched.get(watched);
            if (known != null) {
                known.told().add(told);
                return true;
            }
            return !broken && begin(watched, told);
        } catch (OsException | OutOfMemoryError notNow) {
            // No descriptor for it, or no thread.
            return false;
        } finally {
            lock.unlock();
        }
    }

    private boolean begin(Watched watched, Runnable told) throws OsException {
        if (!running) {
            handle = os.openMonitor();
            start();
        }
        Watch watch = new Watch(watched, ++lastToken, new ArrayList<>(List.of(told)));
        if (!os.watch(handle, watched.process(), watched.pipe(), watched.events(), watch.token())) {
            return false;
        }
        byWatched.put(watched, watch);
        byToken.put(watch.token(), watch);
        return true;
    }

    /** A thread that cannot be started must not cost a descriptor as well. */
    private void start() {
        try {
            long mine = handle;
            PlatformThreads.daemon("lastcall-monitor", () -> run(mine)).start();
            running = true;
        } finally {
            if (!running) {
                os.close(handle);
            }
        }
    }

    /** Ends a watch for one of those who wanted it. Nothing happens if it has been told. */
    void unwatch(Watched watched, Runnable told) {
        lock.lock();
        try {
            Watch watch = byWatched.get(watched);
            if (watch != null && watch.told().remove(told) && watch.told().isEmpty()) {
                end(watch);
            }
        } finally {
            lock.unlock();
        }
    }

    private void end(Watch watch) {
        byWatched.remove(watch.watched());
        byToken.remove(watch.token());
        os.unwatch(handle, watch.watched().process(), watch.watched().pipe());
    }

    private void run(long mine) {
        try {
            boolean idle = false;
            while (!idle || !endIfIdle()) {
                long[] tokens = os.awaitMonitor(mine, idleNanos);
                idle = tokens.length == 0;
                take(tokens).forEach(Runnable::run);
            }
        } catch (Throwable failure) {
            // Out of memory too: whoever is parked must not be so for ever.
            giveUp().forEach(Runnable::run);
            Log.error("the monitor of processes has failed; waits look from time to time instead", failure);
        }
    }

    private boolean endIfIdle() {
        lock.lock();
        try {
            boolean idle = byToken.isEmpty();
            if (idle) {
                running = false;
                os.close(handle);
            }
            return idle;
        } finally {
            lock.unlock();
        }
    }

    private List<Runnable> take(long[] tokens) {
        List<Runnable> told = new ArrayList<>();
        lock.lock();
        try {
            for (long token : tokens) {
                Watch watch = byToken.get(token);
                if (watch != null) {
                    end(watch);
                    told.addAll(watch.told());
                }
            }
        } finally {
            lock.unlock();
        }
        return told;
    }

    private List<Runnable> giveUp() {
        lock.lock();
        try {
            broken = true;
            List<Runnable> all = byToken.values().stream().flatMap(watch -> watch.told().stream()).toList();
            List.copyOf(byToken.values()).forEach(this::end);
            running = false;
            os.close(handle);
            return all;
        } finally {
            lock.unlock();
        }
    }
}
