package io.github.lastcall.internal.guard;

import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.process.Child;
import io.github.lastcall.internal.process.Services;
import io.github.lastcall.internal.process.Ticket;
import io.github.lastcall.internal.stop.Outcome;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The users' handles, to stop the processes of those that are lost. No thread waits for that: the guard looks from time
 * to time.
 */
final class Handles {

    private final Services services;
    private final ReferenceQueue<Object> lost = new ReferenceQueue<>();

    /** Keeps the references reachable until they are in the queue. */
    private final Set<Handle> handles = ConcurrentHashMap.newKeySet();

    /** Lost, and not stopped yet: one that fails, for lack of memory say, is tried again; null: none. Of the loop. */
    private Reference<?> next;

    private static final class Handle extends PhantomReference<Object> {
        private final Child child;

        Handle(Object handle, Child child, ReferenceQueue<Object> queue) {
            super(handle, queue);
            this.child = child;
        }
    }

    Handles(Services services) {
        this.services = services;
    }

    void add(Object handle, Child child) {
        handles.add(new Handle(handle, child, lost));
    }

    /** Whether nobody has one: of a process that is gone it still keeps what was captured. */
    boolean isEmpty() {
        return handles.isEmpty();
    }

    /** Begins to stop those whose handle was lost since the last call. */
    void stopLost() {
        while (next != null || (next = lost.poll()) != null) {
            Handle handle = (Handle) next;
            stop(handle.child);
            handles.remove(handle);
            next = null;
        }
    }

    /** Not by its policy: minutes of grace are for somebody who still has a use for the process. */
    private void stop(Child child) {
        if (!child.isStarted() || child.isCleared()) {
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
        ticket[0] = new Ticket(
                child.policy().kill(),
                () -> services.threads().pool().execute(() -> over(child, ticket[0].outcome())));
        child.begin(ticket[0]);
    }

    private static void over(Child child, Outcome outcome) {
        boolean stopped = outcome.status().isPresent();
        child.arm(!stopped);
        child.closeStreams();
        if (stopped) {
            child.leaveGroup();
        }
        // Without an attempt it exited by itself meanwhile.
        if (!outcome.attempts().isEmpty()) {
            Log.error(
                    child::onPool,
                    child.subject(),
                    () -> "leaked: its handle became unreachable while it, or its group, ran. "
                            + (stopped ? "It was stopped" : "It could not be stopped") + ". It was started here:",
                    child.startedAt());
        }
    }
}
