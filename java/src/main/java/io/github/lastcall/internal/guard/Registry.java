package io.github.lastcall.internal.guard;

import io.github.lastcall.internal.process.Child;
import io.github.lastcall.internal.wait.Word;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Every child of which something is left, from before its start. An array, so that it can be gone through when there is
 * no memory for an iterator.
 */
final class Registry {

    private static final int FIRST_SIZE = 16;

    /** Guards the slots; {@link #lastResort} reads them without. */
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
     * Sends every armed child the forceful signal. Takes no memory, and nothing that is not loaded and linked; what the
     * JVM takes for a call can fail all the same, and then the others get theirs.
     *
     * @return whether nothing has failed
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
