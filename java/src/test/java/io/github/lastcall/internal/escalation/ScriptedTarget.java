package io.github.lastcall.internal.escalation;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.UnixSignal;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.log.Log;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * A target that does what a test says: one answer for each look, send and wait, in their order. When the answers are
 * used up it runs on, takes every signal and ignores it.
 */
final class ScriptedTarget implements Target {

    /** What was called, in order: "look", "SIGTERM", "drop", "kill", "wait". */
    final List<String> calls = new CopyOnWriteArrayList<>();

    /** How much was left of the limit at the beginning of each wait, in nanoseconds. */
    final List<Long> limits = new CopyOnWriteArrayList<>();

    /** What explains that it is still there. */
    volatile List<String> facts = List.of();

    /** Who is left when all was in vain. */
    volatile List<LiveProcess> survivors = List.of();

    private final Queue<Answer> looks = new ArrayDeque<>();
    private final Queue<Answer> sends = new ArrayDeque<>();
    private final Queue<Answer> waits = new ArrayDeque<>();
    private final Semaphore wakeUps = new Semaphore(0);

    /** What comes back. */
    sealed interface Answer {
        /** It runs, took the signal, is there still. */
        record Runs() implements Answer {}

        /** It has ended. */
        record Ended(ExitStatus status) implements Answer {}

        /** The OS refused. */
        record Refused(String why) implements Answer {}
    }

    static final Answer RUNS = new Answer.Runs();

    static Answer exited(int code) {
        return new Answer.Ended(new ExitStatus.Exited(code));
    }

    static Answer signaled(int signal, UnixSignal name) {
        return new Answer.Ended(new ExitStatus.Signaled(signal, Optional.of(name), false));
    }

    static Answer refused(String why) {
        return new Answer.Refused(why);
    }

    ScriptedTarget looks(Answer... answers) {
        looks.addAll(List.of(answers));
        return this;
    }

    /** {@link Answer.Ended} stands for nobody there. */
    ScriptedTarget sends(Answer... answers) {
        sends.addAll(List.of(answers));
        return this;
    }

    ScriptedTarget waits(Answer... answers) {
        waits.addAll(List.of(answers));
        return this;
    }

    private static Answer next(Queue<Answer> answers) {
        Answer answer = answers.poll();
        return answer == null ? RUNS : answer;
    }

    private static Optional<ExitStatus> status(Answer answer) throws IOException {
        return switch (answer) {
            case Answer.Runs runs -> Optional.empty();
            case Answer.Ended ended -> Optional.of(ended.status());
            case Answer.Refused refused -> throw new IOException(refused.why());
        };
    }

    @Override
    public Log.Subject subject() {
        return new Log.Subject("scripted", 0);
    }

    @Override
    public Optional<ExitStatus> look() throws IOException {
        calls.add("look");
        return status(next(looks));
    }

    @Override
    public boolean ask(String signalName) throws IOException {
        calls.add(signalName);
        return status(next(sends)).isEmpty();
    }

    @Override
    public boolean kill() throws IOException {
        calls.add("kill");
        return status(next(sends)).isEmpty();
    }

    /** Waits for the limit if the answer is that it runs. */
    @Override
    public Optional<ExitStatus> awaitGone(Supplier<Deadline> limit) throws IOException, InterruptedException {
        calls.add("wait");
        limits.add(limit.get().remaining());
        Answer answer = next(waits);
        while (answer == RUNS && !limit.get().hasCome()) {
            wakeUps.tryAcquire(limit.get().remaining(), TimeUnit.NANOSECONDS);
        }
        return status(answer);
    }

    @Override
    public void wake() {
        wakeUps.release();
    }

    @Override
    public void dropInput() {
        calls.add("drop");
    }

    /** As a process alone: what ended it otherwise than the forceful signal came before that. */
    @Override
    public boolean isForced(ExitStatus status) {
        return !(status instanceof ExitStatus.Exited)
                && !(status instanceof ExitStatus.Signaled signaled
                        && !signaled.name().equals(Optional.of(UnixSignal.SIGKILL)));
    }

    @Override
    public boolean isToBeKilled() {
        return false;
    }

    @Override
    public List<String> explain(String signalName) {
        return facts;
    }

    @Override
    public List<LiveProcess> stragglers() {
        return List.of();
    }

    @Override
    public List<LiveProcess> survivors() {
        return survivors;
    }
}
