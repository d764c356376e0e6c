package io.github.lastcall.internal.process;

import io.github.lastcall.internal.jfr.BegunStop;
import io.github.lastcall.internal.stop.Line;
import io.github.lastcall.internal.stop.Outcome;
import java.util.ArrayList;
import java.util.List;

/** What is to be done when the word of a process is left: all that may take a lock, wake a thread or take time. */
final class Todo {

    static final int NOTHING = -1;

    /** Nothing to do. Nothing is added to it. */
    static final Todo NONE = new Todo();

    /** For Flight Recorder. First, so that who is woken finds them recorded. */
    List<EndedStop> ended = List.of();

    /** In order. */
    final List<Runnable> actions = new ArrayList<>(0);

    /** For the log. */
    List<Line> lines = List.of();

    /** A stop that is over, and its event. */
    record EndedStop(BegunStop begun, Outcome outcome) {}

    /** Whether those who wait have to look again. */
    boolean wake;

    /** Whether those who wait, and the loop, have to come back earlier than they were going to. */
    boolean hasten;

    /** Whether the group is to be looked through. */
    boolean scan;

    /** The number of the phase whose notes are wanted. */
    int explain = NOTHING;

    /** The number of the phase whose signal another thread has to send. */
    int handOver = NOTHING;

    /** Steps to be begun. */
    List<Step> begun = List.of();

    /** Steps to be ended. */
    List<Step> cancelled = List.of();

    boolean isEmpty() {
        return ended.isEmpty()
                && actions.isEmpty()
                && begun.isEmpty()
                && cancelled.isEmpty()
                && lines.isEmpty()
                && !wake
                && !hasten
                && !scan
                && explain == NOTHING
                && handOver == NOTHING;
    }

    /** Adds what a later round has left. */
    Todo with(Todo later) {
        ended = joined(ended, later.ended);
        actions.addAll(later.actions);
        add(later.lines);
        begun = joined(begun, later.begun);
        cancelled = joined(cancelled, later.cancelled);
        wake |= later.wake;
        hasten |= later.hasten;
        scan |= later.scan;
        explain = Math.max(explain, later.explain);
        handOver = Math.max(handOver, later.handOver);
        return this;
    }

    void add(List<Line> more) {
        lines = joined(lines, more);
    }

    void record(BegunStop begun, Outcome outcome) {
        ended = joined(ended, List.of(new EndedStop(begun, outcome)));
    }

    void begin(Step step) {
        begun = joined(begun, List.of(step));
    }

    void cancel(Step step) {
        cancelled = joined(cancelled, List.of(step));
    }

    private static <T> List<T> joined(List<T> first, List<T> second) {
        if (first.isEmpty() || second.isEmpty()) {
            return first.isEmpty() ? second : first;
        }
        List<T> all = new ArrayList<>(first);
        all.addAll(second);
        return all;
    }

    boolean mustExplain() {
        return explain != NOTHING;
    }

    boolean mustHandOver() {
        return handOver != NOTHING;
    }
}
