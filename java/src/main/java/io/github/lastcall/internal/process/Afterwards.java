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
 * What is done when the word of a process is left, because it may take a lock, wake a thread or take time. For any
 * thread, and for several at once: none of it needs the word, but for what a scan has seen.
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

    /** What fails, for lack of memory say, is kept with all that comes after it, and the loop tries it again. */
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

    /** Takes out what is done: most may be done twice if it has failed, but no step is begun twice. */
    private void doAll(Todo todo, Optional<Waiter> self) {
        if (!todo.ended.isEmpty()) {
            List<Todo.EndedStop> ended = todo.ended;
            todo.ended = List.of();
            ended.forEach(this::record);
        }
        if (!todo.cancelled.isEmpty()) {
            todo.cancelled.forEach(step -> step.cancel(child));
            todo.cancelled = List.of();
        }
        while (!todo.actions.isEmpty()) {
            todo.actions.get(0).run();
            todo.actions.remove(0);
        }
        if (!todo.begun.isEmpty()) {
            List<Step> begun = todo.begun;
            todo.begun = List.of();
            begun.forEach(step -> step.begin(child));
        }
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
            services.threads().pool().execute(() -> why.sendBreak(phase));
            todo.handOver = Todo.NOTHING;
        }
        if (todo.wake || todo.hasten) {
            wake(self);
            todo.wake = false;
        }
        if (todo.hasten) {
            child.armLoop();
            todo.hasten = false;
        }
        if (!todo.lines.isEmpty()) {
            Log.later(child::onPool, child.subject(), todo.lines);
        }
    }

    private void record(Todo.EndedStop stop) {
        Outcome outcome = stop.outcome();
        try {
            stop.begun().end(
                    child.subject().name(),
                    child.subject().pid(),
                    outcome.status().isPresent() ? outcome.status().get() : "could not be stopped",
                    outcome.forced(),
                    outcome.endedBy().orElse(""),
                    outcome.elapsedNanos(),
                    outcome.attempts());
        } catch (Throwable notRecorded) {
            // The stop is over all the same, and who waits for it is woken.
        }
    }

    /** The pool first: to wake a virtual thread can take long where there is no thread to be had. */
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
