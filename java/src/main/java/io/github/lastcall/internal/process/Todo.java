package io.github.lastcall.internal.process;

import io.github.lastcall.internal.jfr.BegunStop;
import io.github.lastcall.internal.stop.Line;
import io.github.lastcall.internal.stop.Outcome;
import java.util.ArrayList;
import java.util.List;

/**
 * The work for the time after the word of a process is left: everything that may take a lock, wake a thread or take
 * time.
 */
final class Todo {

    static final int NOTHING = -1;

    /** Nothing to do. Must not be changed. */
    static final Todo NONE = new Todo();

    /** Events for Flight Recorder. They come first, so that a thread that is woken finds them recorded. */
    List<EndedStop> ended = List.of();

    /** Actions, in this order. */
    final List<Runnable> actions = new ArrayList<>(0);

    /** Lines for the log. */
    List<Line> lines = List.of();

    /**
     * A stop that is over, with its event.
     *
     * @param otherwise what the event says if the process has not ended
     */
    record EndedStop(BegunStop begun, Outcome outcome, String otherwise) {}

    /** Whether the threads that wait have to look again. */
    boolean wake;

    /** Whether the next deadline is earlier than the one that the waiting threads and the loop know. */
    boolean nextAtIsEarlier;

    /** Whether to scan for members of the group. */
    boolean scan;

    /** The number of the phase whose notes are to be collected. */
    int explain = NOTHING;

    /** The number of the phase whose signal a thread of the pool has to send. */
    int handOver = NOTHING;

    /** Steps to begin. */
    List<Step> begun = List.of();

    /** Steps to cancel. */
    List<Step> cancelled = List.of();

    boolean isEmpty() {
        return ended.isEmpty()
                && actions.isEmpty()
                && begun.isEmpty()
                && cancelled.isEmpty()
                && lines.isEmpty()
                && !wake
                && !nextAtIsEarlier
                && !scan
                && explain == NOTHING
                && handOver == NOTHING;
    }

    /** Adds the work of a later round. */
    Todo with(Todo later) {
        ended = joined(ended, later.ended);
        actions.addAll(later.actions);
        add(later.lines);
        begun = joined(begun, later.begun);
        cancelled = joined(cancelled, later.cancelled);
        wake |= later.wake;
        nextAtIsEarlier |= later.nextAtIsEarlier;
        scan |= later.scan;
        explain = Math.max(explain, later.explain);
        handOver = Math.max(handOver, later.handOver);
        return this;
    }

    void add(List<Line> more) {
        lines = joined(lines, more);
    }

    void record(EndedStop stop) {
        ended = joined(ended, List.of(stop));
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
