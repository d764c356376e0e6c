package io.github.lastcall.internal.process;

import io.github.lastcall.internal.stop.Line;
import java.util.ArrayList;
import java.util.List;

/** What is to be done when the word of a process is left: all that may take a lock, wake a thread or take time. */
final class Todo {

    private static final int NOTHING = -1;

    /** In order. */
    final List<Runnable> actions = new ArrayList<>(2);

    /** For the log. */
    List<Line> lines = List.of();

    /** Whether those who wait have to look again. */
    boolean wake;

    /** Whether the group is to be looked through. */
    boolean scan;

    /** The number of the phase whose notes are wanted. */
    int explain = NOTHING;

    /** The number of the phase whose signal another thread has to send. */
    int handOver = NOTHING;

    boolean isEmpty() {
        return actions.isEmpty()
                && lines.isEmpty()
                && !wake
                && !scan
                && explain == NOTHING
                && handOver == NOTHING;
    }

    /** Adds what a later round has left. */
    Todo with(Todo later) {
        actions.addAll(later.actions);
        add(later.lines);
        wake |= later.wake;
        scan |= later.scan;
        explain = Math.max(explain, later.explain);
        handOver = Math.max(handOver, later.handOver);
        return this;
    }

    void add(List<Line> more) {
        if (!more.isEmpty()) {
            lines = new ArrayList<>(lines);
            lines.addAll(more);
        }
    }

    boolean mustExplain() {
        return explain != NOTHING;
    }

    boolean mustHandOver() {
        return handOver != NOTHING;
    }
}
