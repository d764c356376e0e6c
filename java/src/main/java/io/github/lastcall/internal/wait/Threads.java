package io.github.lastcall.internal.wait;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.OsPort;

/** The library's own threads, and where other threads wait. One for each use of the library until its release. */
public final class Threads {

    private final OsPort os;
    private final JvmExit exit = new JvmExit();
    private final Loop loop;
    private final Pool pool;
    private final Waiters waiters;

    /** Creates them; none is started. */
    public Threads(OsPort os) {
        this.os = os;
        this.loop = new Loop(os, exit);
        this.pool = new Pool(loop);
        this.waiters = new Waiters(os, loop, exit);
    }

    /** Makes a daemon platform thread, not started. It inherits no thread-locals and no context of the caller. */
    public static Thread daemon(String name, Runnable task) {
        return Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).name(name).unstarted(task);
    }

    /**
     * Starts what every process needs: the loop, and a place for the first wait.
     *
     * @throws OsException no descriptor; the next call tries again
     * @throws OutOfMemoryError no thread; as above
     */
    public void start() throws OsException {
        loop.start();
        waiters.prepare();
    }

    /** The OS that they wait in. */
    public OsPort os() {
        return os;
    }

    /** What advances when nobody else does. */
    public Loop loop() {
        return loop;
    }

    /** Where users' code runs. */
    public Pool pool() {
        return pool;
    }

    /** Where threads wait. */
    public Waiters waiters() {
        return waiters;
    }

    /** From now on nobody waits in native code. */
    public void jvmExits() {
        exit.begin();
    }

    /** Ends the threads. Who waits looks from time to time from then on. */
    public void end() {
        loop.end();
        pool.end();
    }
}
