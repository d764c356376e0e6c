package io.github.lastcall.internal.guard;

import io.github.lastcall.internal.process.Child;
import io.github.lastcall.internal.wait.Word;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * All children, from before the start until the release. It is an array, so that it can be read when there is no memory
 * for an iterator.
 */
final class Registry {

    private static final int FIRST_SIZE = 16;

    /** Guards the slots; {@link #lastResort} reads them without it. */
    private final Word word = new Word();

    private volatile Child[] slots = new Child[FIRST_SIZE];
    private int nextFree;
    private int count;

    void add(Child child) {
        word.acquire();
        try {
            if (count == slots.length) {
                nextFree = count;
                slots = Arrays.copyOf(slots, 2 * count);
            }
            while (slots[nextFree] != null) {
                nextFree = (nextFree + 1) % slots.length;
            }
            slots[nextFree] = child;
            child.slot(nextFree);
            count++;
        } finally {
            word.release();
        }
    }

    void remove(Child child) {
        word.acquire();
        if (slots[child.slot()] == child) {
            slots[child.slot()] = null;
            nextFree = child.slot();
            count--;
        }
        word.release();
    }

    List<Child> all() {
        word.acquire();
        try {
            List<Child> all = new ArrayList<>(count);
            for (Child child : slots) {
                if (child != null) {
                    all.add(child);
                }
            }
            return all;
        } finally {
            word.release();
        }
    }

    boolean isEmpty() {
        word.acquire();
        boolean empty = count == 0;
        word.release();
        return empty;
    }

    /**
     * Sends the forceful signal to every armed child. Takes no memory and needs no class that is not loaded and linked.
     * A call can still fail for lack of memory in the JVM; then the other children get their signals.
     *
     * @return whether all calls have succeeded
     */
    boolean lastResort() {
        boolean all = true;
        Child[] children = slots;
        for (int i = 0; i < children.length; i++) {
            Child child = children[i];
            try {
                if (child != null) {
                    child.lastResort();
                }
            } catch (Throwable noMemory) {
                all = false;
            }
        }
        return all;
    }
}
