package io.github.lastcall.internal.process;

import io.github.lastcall.internal.log.Log;
import io.github.lastcall.internal.os.GroupScan;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.stop.Outcome;
import io.github.lastcall.internal.wait.Waiter;
import java.util.List;
import java.util.Optional;

/**
 * The work that a thread does after it has left the word of a process, because it may take a lock, wake a thread or
 * take time. For any thread, and for several at once: only the result of a scan needs the word again.
 */
final class Afterwards {

    private final Child child;
    private final ProcessState state;
    private final Services services;
    private final OsPort os;
    private final NativeProcess process;
    private final Waiting waiting;
    private final Why why;

    Afterwards(Child child, OsPort os, NativeProcess process, Waiting waiting, Why why) {
        this.child = child;
        this.state = child.state();
        this.services = child.services();
        this.os = os;
        this.process = process;
        this.waiting = waiting;
        this.why = why;
    }

    /**
     * Does the work. If a part fails, for example because memory is full, it and what follows are kept, and the loop
     * repeats them.
     */
    void run(Todo todo, Optional<Waiter> self) {
        if (todo.isEmpty()) {
            return;
        }
        boolean done = false;
        try {
            doAll(todo, self);
            done = true;
        } finally {
            if (!done) {
                child.keep(todo);
            }
        }
    }

    /** Removes each part when it is done. Most parts may run twice after a failure; a step must not begin twice. */
    private void doAll(Todo todo, Optional<Waiter> self) {
        recordEnded(todo);
        cancelSteps(todo);
        runActions(todo);
        beginSteps(todo);
        makeRequests(todo);
        if (todo.wake || todo.nextAtIsEarlier) {
            wake(self);
            todo.wake = false;
        }
        if (todo.nextAtIsEarlier) {
            child.armLoop();
            todo.nextAtIsEarlier = false;
        }
        if (!todo.lines.isEmpty()) {
            Log.later(child, todo.lines);
        }
    }

    private void recordEnded(Todo todo) {
        if (!todo.ended.isEmpty()) {
            List<Todo.EndedStop> ended = todo.ended;
            todo.ended = List.of();
            ended.forEach(this::record);
        }
    }

    private void cancelSteps(Todo todo) {
        if (!todo.cancelled.isEmpty()) {
            todo.cancelled.forEach(step -> step.cancel(child));
            todo.cancelled = List.of();
        }
    }

    private static void runActions(Todo todo) {
        while (!todo.actions.isEmpty()) {
            todo.actions.get(0).run();
            todo.actions.remove(0);
        }
    }

    private void beginSteps(Todo todo) {
        if (!todo.begun.isEmpty()) {
            List<Step> begun = todo.begun;
            todo.begun = List.of();
            begun.forEach(step -> step.begin(child));
        }
    }

    /** Passes work on to the scanner and the pool. */
    private void makeRequests(Todo todo) {
        if (todo.scan) {
            scan();
            todo.scan = false;
        }
        if (todo.mustExplain()) {
            why.lookUp(todo.explain, state.actionUnderWay());
            todo.explain = Todo.NOTHING;
        }
        if (todo.mustHandOver()) {
            int phase = todo.handOver;
            child.onPool(() -> why.sendBreak(phase));
            todo.handOver = Todo.NOTHING;
        }
    }

    private void record(Todo.EndedStop stop) {
        Outcome outcome = stop.outcome();
        try {
            stop.begun().end(
                    child.name(),
                    child.pid(),
                    outcome.status().isPresent() ? outcome.status().get() : stop.otherwise(),
                    outcome.forced(),
                    outcome.endedBy().orElse(""),
                    outcome.elapsedNanos(),
                    outcome.attempts());
        } catch (Throwable notRecorded) {
            // The event is lost. The stop is over, and the threads that wait for it must be woken.
        }
    }

    /**
     * Wakes the threads that wait, after the pool has its tasks: waking a virtual thread takes long when no carrier can
     * start.
     */
    void wake(Optional<Waiter> self) {
        if (state.exit().isPresent()) {
            child.afterExit().follow();
        }
        if (state.isReleased()) {
            services.threads().loop().disarm(child);
            services.whenReleased().accept(child);
        }
        waiting.wake(self);
    }

    private void scan() {
        if (!state.pin()) {
            return;
        }
        try {
            services.scanner().request(os, process, false, this::scanned);
        } catch (Throwable outOfMemory) {
            child.unpin();
            child.unanswered();
        }
    }

    private void scanned(long began, Optional<GroupScan> scan) {
        state.unpin();
        try {
            MemberWatch watch = new MemberWatch(
                    os,
                    services.threads().loop(),
                    scan.isPresent() ? scan.get().live() : List.of(),
                    state.members().contained().openEvents(os),
                    this::membersExited);
            child.with(() -> state.scanned(began, scan, watch), ProcessState.GROUP);
        } catch (Throwable outOfMemory) {
            child.unanswered();
        }
        child.armLoop();
    }

    private void membersExited() {
        child.with(state.members()::rescan);
    }
}
