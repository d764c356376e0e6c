package io.github.lastcall.internal.guard;

import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.process.Child;
import io.github.lastcall.internal.process.Ticket;
import io.github.lastcall.internal.stop.Outcome;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The users' handles. Stops the processes whose handle is lost. No thread waits for that: the guard looks at intervals.
 */
final class Handles {

    private final ReferenceQueue<Object> lost = new ReferenceQueue<>();

    /** Keeps the phantom references reachable until they are in the queue. */
    private final Set<Handle> handles = ConcurrentHashMap.newKeySet();

    /**
     * A lost handle whose process is not stopped yet, null: none. If its stop fails, for example because memory is
     * full, it is tried again. Only for the loop's thread.
     */
    private Reference<?> next;

    private static final class Handle extends PhantomReference<Object> {
        private final Child child;

        Handle(Object handle, Child child, ReferenceQueue<Object> queue) {
            super(handle, queue);
            this.child = child;
        }
    }

    void add(Object handle, Child child) {
        handles.add(new Handle(handle, child, lost));
    }

    /** Whether there is no handle. The handle of a process that is gone counts too: it holds what was captured. */
    boolean isEmpty() {
        return handles.isEmpty();
    }

    /** Begins to stop the processes whose handle was lost since the last call. */
    void stopLost() {
        while (next != null || (next = lost.poll()) != null) {
            Handle handle = (Handle) next;
            stop(handle.child);
            handles.remove(handle);
            next = null;
        }
    }

    /** Kills the process. Its policy does not apply, because the process is not used any more. */
    private static void stop(Child child) {
        if (!child.isStarted() || child.isReleased()) {
            child.closeStreams();
            return;
        }
        if (!child.isArmed() || child.isHandleTaken()) {
            child.closeStreams();
            if (!child.isArmed()) {
                child.leaveGroup();
            }
            return;
        }
        Ticket[] ticket = new Ticket[1];
        ticket[0] = new Ticket(child.policy().kill(), () -> child.onPool(() -> over(child, ticket[0].outcome())));
        child.begin(ticket[0]);
    }

    private static void over(Child child, Outcome outcome) {
        boolean stopped = outcome.status().isPresent();
        child.arm(!stopped);
        child.closeStreams();
        if (stopped) {
            child.leaveGroup();
        }
        // Without an attempt the process has exited by itself.
        if (!outcome.attempts().isEmpty()) {
            Log.error(
                    child,
                    () -> "leaked: its handle became unreachable while it, or its group, ran. "
                            + (stopped ? "It was stopped" : "It could not be stopped") + ". It was started here:",
                    child.startedAt());
        }
    }
}
