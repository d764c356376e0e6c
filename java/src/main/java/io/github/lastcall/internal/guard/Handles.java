package io.github.lastcall.internal.guard;

import io.github.lastcall.internal.process.Child;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** The users' handles, to notice which are lost. No thread waits for that: the guard looks from time to time. */
final class Handles {

    private final ReferenceQueue<Object> lost = new ReferenceQueue<>();

    /** Keeps the references reachable until they are in the queue. */
    private final Set<Handle> handles = ConcurrentHashMap.newKeySet();

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

    /** Gives those whose handle was lost since the last call. */
    void takeLost(Consumer<Child> take) {
        Reference<?> reference;
        while ((reference = lost.poll()) != null) {
            Handle handle = (Handle) reference;
            handles.remove(handle);
            take.accept(handle.child);
        }
    }
}
