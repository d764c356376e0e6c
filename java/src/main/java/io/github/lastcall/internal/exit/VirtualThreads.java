package io.github.lastcall.internal.exit;

/**
 * The library's own virtual threads, which wait for what a user has asked for and did not want to wait for. They
 * inherit no thread-locals and no context of the caller, and are daemons, as all virtual threads are.
 */
public final class VirtualThreads {

    private static final ThreadLocal<Boolean> OURS = ThreadLocal.withInitial(() -> false);

    private VirtualThreads() {}

    /** Makes one, not started. */
    public static Thread unstarted(String name, Runnable task) {
        return Thread.ofVirtual().inheritInheritableThreadLocals(false).name(name).unstarted(() -> {
            OURS.set(true);
            task.run();
        });
    }

    /** Whether the calling thread is one of them. */
    static boolean isOurs() {
        return OURS.get();
    }
}
