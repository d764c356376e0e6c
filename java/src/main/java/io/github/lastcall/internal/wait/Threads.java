package io.github.lastcall.internal.wait;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.OsPort;
import java.util.concurrent.atomic.AtomicInteger;

/** The library's own threads, and the waiters of other threads. One instance from the first start until a release. */
public final class Threads {

    private final OsPort os;
    private final JvmExit exit = new JvmExit();
    private final Loop loop;
    private final Pool pool;
    private final Waiters waiters;
    private final AtomicInteger undelivered = new AtomicInteger();

    /** Creates them without starting a thread. */
    public Threads(OsPort os) {
        this.os = os;
        this.loop = new Loop(os, exit);
        this.pool = new Pool(loop);
        this.waiters = new Waiters(os, loop, exit);
    }

    /** Creates a daemon platform thread without starting it. It inherits no thread-locals of the caller. */
    public static Thread daemon(String name, Runnable task) {
        return Thread.ofPlatform().daemon().inheritInheritableThreadLocals(false).name(name).unstarted(task);
    }

    /**
     * Starts what every process needs: the loop, and a waiter for the first wait.
     *
     * @throws OsException no descriptor; the next call tries again
     * @throws OutOfMemoryError no thread; as above
     */
    public void start() throws OsException {
        loop.start();
        waiters.prepare();
    }

    /** The port to the OS. */
    public OsPort os() {
        return os;
    }

    /** The loop. */
    public Loop loop() {
        return loop;
    }

    /** The pool, which runs users' code. */
    public Pool pool() {
        return pool;
    }

    /** The waiters. */
    public Waiters waiters() {
        return waiters;
    }

    /** How many parts of children's output users' code has not got yet. Its virtual threads end with the JVM. */
    public AtomicInteger undelivered() {
        return undelivered;
    }

    /** Records that the exit of the JVM has begun: no thread waits in native code from now on. */
    public void jvmExits() {
        exit.begin();
    }

    /** Ends the threads. A thread that waits after that looks at intervals. */
    public void end() {
        loop.end();
        pool.end();
        waiters.end();
    }
}
