package io.github.lastcall.internal.stop;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.TerminationAction;
import io.github.lastcall.TerminationAction.CheckStatus;
import io.github.lastcall.TerminationAction.Skipped;
import io.github.lastcall.TerminationAction.WaitForExit;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.Durations;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One stop of one process, as a state machine that any thread may advance. It does nothing itself: the thread that
 * holds the word of the process reads what is due ({@link #isSendDue}, {@link #isFollowDue}, {@link #isExplainDue}),
 * does it, and reports what has happened ({@link #on}). It only goes forward. {@link Transitions} is the table of its
 * states and events.
 *
 * <p>Not thread-safe: the word of the process guards it. It knows no OS, no thread and no clock; the caller passes the
 * time.
 */
public final class Stop {

    /**
     * How long after the signal its follow-up is due: 5 ms. Most processes are gone by then, and the
     * stops of those are faster without a timer that is due sooner.
     */
    private static final long FOLLOW_NANOS = 5_000_000;

    /**
     * How long before the end of a phase its notes are requested: 200 ms, or half of the phase. The machine may be
     * busy.
     */
    private static final long EXPLAIN_NANOS = 200_000_000;

    private final Plan plan;
    private final boolean mixed;
    private final boolean detailed;
    private final long begun;
    private final List<Attempt> attempts = new ArrayList<>(2);
    private List<Line> lines = List.of();

    private State state = State.LOOK;

    /** When the time of the state is up. */
    private Deadline deadline;

    /** When the graceful phases are over, even if some are left. It only becomes earlier. */
    private Deadline forcefulAt;

    /** Whether another caller has made it earlier. */
    private boolean shortened;

    /** How long to wait after the forceful signal: the longest timeout of all callers. */
    private long forcefulNanos;

    /** The index of the current phase. After the last graceful phase it is the forceful phase. */
    private int next;

    /** When the signal of the phase was sent, or became due. */
    private long since;

    private boolean followed;
    private boolean explained;

    /** Whether another thread does the action and has not reported the result. */
    private boolean handedOver;

    /** Why a caller could not wait in the OS. */
    private Optional<IOException> waitError = Optional.empty();

    private List<String> notes = List.of();

    /** A phase whose time was up before its notes came. */
    private Optional<Late> late = Optional.empty();
    private Optional<String> lastSent = Optional.empty();
    private boolean killed;

    /**
     * A wait that was recorded without its notes. The notes still describe it, because they were requested before its
     * end.
     *
     * @param phase the number of the phase
     * @param index the index of its attempt
     * @param line the line for the log, which waits for the notes
     * @param next the text about the next phase, for the log
     */
    private record Late(int phase, int index, Line line, String next) {}

    /**
     * Begins a stop.
     *
     * @param plan the plan of the first caller
     * @param mixed whether the graceful phases are for the leader only, and members that outlive it are killed at once
     * @param detailed whether every step is logged
     * @param now the time
     */
    public Stop(Plan plan, boolean mixed, boolean detailed, long now) {
        this.plan = plan;
        this.mixed = mixed;
        this.detailed = detailed;
        this.begun = now;
        this.since = now;
        this.forcefulNanos = plan.forceful().timeoutNanos();
        this.deadline = Deadline.after(now, Plan.GRACE_NANOS);
        this.forcefulAt = Deadline.after(now, plan.forcefulAfterNanos());
    }

    /** Applies the plan of another caller: the forceful signal may become earlier, never later. */
    public void shorten(Plan other, long now) {
        forcefulBy(Deadline.after(now, other.gracefulNanos()));
        long killedFor = state == State.KILLED ? now - since : 0;
        forcefulNanos = Math.max(forcefulNanos, Durations.sum(killedFor, other.forceful().timeoutNanos()));
        if (state == State.KILLED) {
            deadline = Deadline.after(since, forcefulNanos);
        }
    }

    /** Makes the forceful signal due. */
    public void kill(long now) {
        forcefulBy(Deadline.after(now, 0));
    }

    private void forcefulBy(Deadline at) {
        Deadline before = forcefulAt;
        forcefulAt = before.earlier(at);
        shortened |= forcefulAt != before;
    }

    /** The state. */
    State state() {
        return state;
    }

    /**
     * When a caller gives up: at its bound, but not before the forceful signal was tried and had time to act. If this
     * JVM was stopped for a while, the bound may have passed before.
     */
    public Deadline givesUpAt(Deadline bound) {
        return switch (state) {
            case KILLED -> bound.later(Deadline.after(since, Math.min(forcefulNanos, Plan.GRACE_NANOS)));
            case KILL_GRACE -> bound;
            default -> Deadline.NEVER;
        };
    }

    /** When the graceful phases are over. */
    Deadline forcefulAt() {
        return forcefulAt;
    }

    /** The attempts until now. */
    List<Attempt> attempts() {
        return attempts;
    }

    /** Whether there is an outcome. */
    public boolean isOver() {
        return state == State.OVER;
    }

    /** Whether the forceful signal has been sent. */
    public boolean isKilled() {
        return killed;
    }

    /** Whether the current phase is the forceful one. Without graceful phases it is so from the first look on. */
    public boolean isForceful() {
        return next == plan.phases().size();
    }

    /** Whether its graceful phases equal those of another plan. */
    public boolean hasPhasesOf(Plan other) {
        return plan.phases().equals(other.phases());
    }

    /** Whether the first look has no result yet. */
    public boolean isLooking() {
        return state == State.LOOK;
    }

    /** The current phase. */
    public Phase phase() {
        return isForceful() ? plan.forceful() : plan.phases().get(next);
    }

    /** The number of the current phase. Results of other phases are ignored. */
    public int phaseNumber() {
        return next;
    }

    /** Whether the action of {@link #phase()} is due. A signal is due with the first look, other actions after it. */
    public boolean isSendDue(long now) {
        return switch (state) {
            case LOOK -> phase().signal() != 0 && !forcefulAt.hasCome(now);
            case SEND, KILL -> true;
            default -> false;
        };
    }

    /** Whether the follow-up of the signal is due: SIGCONT, the close of the input, draining. */
    public boolean isFollowDue(long now) {
        return isSignalled() && !followed && now - since >= FOLLOW_NANOS;
    }

    /** Records that the follow-up was done. */
    public void followed() {
        followed = true;
    }

    /** Whether to look up why the signal has not ended the process. */
    public boolean isExplainDue(long now) {
        return isSignalled() && !explained && explainAt().hasCome(now);
    }

    /** Records that the notes are requested. */
    public void explaining() {
        explained = true;
    }

    /** Whether another thread does the current action and has not reported the result. */
    public boolean isHandedOver() {
        return handedOver;
    }

    /** Adds notes to their phase. */
    public void explained(int phaseNumber, List<String> reasons) {
        if (phaseNumber == phaseNumber() && isSignalled()) {
            notes = concat(notes, reasons);
        } else if (late.isPresent() && late.get().phase() == phaseNumber) {
            Attempt attempt = attempts.get(late.get().index());
            List<String> all = concat(attempt.notes(), reasons);
            attempts.set(late.get().index(), attempt.with(all));
            logLate(all);
        }
    }

    private static List<String> concat(List<String> first, List<String> second) {
        List<String> all = new ArrayList<>(first);
        all.addAll(second);
        return List.copyOf(all);
    }

    /** Logs the line that waits for notes, once. */
    private void logLate(List<String> reasons) {
        if (late.isPresent() && !late.get().line().text().isEmpty()) {
            Line line = late.get().line();
            lines = new ArrayList<>(lines);
            lines.add(line.with(line.text() + reasons(reasons) + late.get().next()));
            late = Optional.of(new Late(late.get().phase(), late.get().index(), line.with(""), ""));
        }
    }

    private static String reasons(List<String> notes) {
        return notes.isEmpty() ? "" : "; " + String.join(", ", notes);
    }

    private boolean isSignalled() {
        return state == State.WAIT || state == State.KILLED;
    }

    /** Before the end of the wait, which another caller may have made earlier. */
    private Deadline explainAt() {
        Deadline end = limit();
        long time = end.remaining(since);
        return end.never() ? end : Deadline.after(since, time - Math.min(EXPLAIN_NANOS, time / 2));
    }

    /** The next deadline. */
    public Deadline nextAt() {
        Deadline at = limit();
        if (isSignalled() && !followed) {
            at = at.earlier(Deadline.after(since, FOLLOW_NANOS));
        }
        if (isSignalled() && !explained) {
            at = at.earlier(explainAt());
        }
        return at;
    }

    private Deadline limit() {
        return switch (state) {
            case LOOK -> deadline;
            case SEND, WAIT, GRACE, REST -> deadline.earlier(forcefulAt);
            case KILLED, KILL_GRACE -> deadline;
            case KILL, OVER -> Deadline.NEVER;
        };
    }

    /** Handles the deadlines that have passed. To be called before anything is sent. */
    public void advance(long now) {
        while (limit().hasCome(now)) {
            on(Event.DEADLINE, now);
        }
    }

    /** Handles an event. */
    public void on(Event event, long now) {
        on(event, now, Optional.empty());
    }

    /** Handles an event with an error. */
    public void on(Event event, long now, IOException error) {
        on(event, now, Optional.of(error));
    }

    private void on(Event event, long now, Optional<IOException> error) {
        record(event, now, error);
        handedOver &= event != Event.SENT;
        switch (Transitions.of(state, event)) {
            case STAY -> { }
            case SEND -> send(now);
            case WAIT -> enter(State.WAIT, now, phase().timeoutNanos());
            case GRACE -> enter(State.GRACE, now, Plan.GRACE_NANOS);
            case NEXT -> next(now);
            case KILL -> skipToKill(now);
            case REST -> lookForRest(now);
            case KILLED -> enter(State.KILLED, now, forcefulNanos);
            case KILL_GRACE -> enter(State.KILL_GRACE, now, Plan.GRACE_NANOS);
            case FAIL, END -> state = State.OVER;
        }
        handedOver |= event == Event.HANDED_OVER && state == State.WAIT;
    }

    private void enter(State state, long now, long nanos) {
        this.state = state;
        since = now;
        deadline = Deadline.after(now, nanos);
        followed = false;
        explained = false;
        handedOver = false;
        waitError = Optional.empty();
        notes = List.of();
    }

    private void next(long now) {
        next++;
        send(now);
    }

    private void send(long now) {
        state = isForceful() ? State.KILL : State.SEND;
        since = now;
        deadline = Deadline.NEVER;
    }

    /** Goes to the forceful phase: the time of the graceful phases is up, or under MIXED the leader has exited. */
    private void skipToKill(long now) {
        String why = shortened ? ", because another caller wants it gone sooner" : ", because the time was up";
        while (state != State.REST && !isForceful()) {
            add(new Skipped(phase().name() + why), now, now, Optional.empty());
            next++;
        }
        next = plan.phases().size();
        send(now);
    }

    private void lookForRest(long now) {
        if (mixed) {
            Deadline limit = deadline;
            enter(State.REST, now, Plan.GRACE_NANOS);
            deadline = deadline.earlier(limit);
        }
    }

    // The record

    private void record(Event event, long now, Optional<IOException> error) {
        switch (event) {
            case UNREADABLE -> recordUnreadable(now, error);
            case SENT -> recordSent(now);
            case REFUSED -> recordRefused(now, error);
            case SKIPPED -> recordSkipped(now, error);
            case DEADLINE -> recordTimeout(now);
            case LEADER_EXIT, GONE -> recordEndOfWait(event, now);
            default -> { }
        }
    }

    private void recordUnreadable(long now, Optional<IOException> error) {
        if (state == State.LOOK) {
            add(new CheckStatus(), now, now, error);
            warn("its status cannot be read: " + message(error), error);
        }
    }

    private void recordSent(long now) {
        boolean due = state == State.SEND || state == State.KILL;
        if (!due && state != State.WAIT) {
            return;
        }
        Action action = phase().action();
        if (state == State.KILL) {
            killed = true;
        } else {
            lastSent = Optional.of(action.name());
        }
        add(action.recorded(), since, now, Optional.empty());
        if (detailed) {
            detail(action.done());
        }
    }

    private void recordRefused(long now, Optional<IOException> error) {
        if (Transitions.of(state, Event.REFUSED) == Transitions.Move.STAY) {
            return;
        }
        Action action = phase().action();
        add(action.recorded(), since, now, Optional.of(error.orElseGet(() -> new IOException(message(error)))));
        if (error.isPresent()) {
            warn(action.failed() + ": " + message(error) + afterwards(), error);
        } else {
            detail("not sent " + action.name() + ": " + message(error));
        }
    }

    private void recordSkipped(long now, Optional<IOException> error) {
        if (Transitions.of(state, Event.SKIPPED) != Transitions.Move.STAY) {
            String why = phase().name() + ", because " + message(error);
            add(new Skipped(why), since, now, Optional.empty());
            warn("skipped " + why + afterwards(), Optional.empty());
        }
    }

    private void recordTimeout(long now) {
        if (!isSignalled()) {
            return;
        }
        if (handedOver) {
            recordHandedOver(now, Optional.of(new IOException(phase().action().unanswered())));
        }
        String text = deadline.hasCome(now)
                ? "timed out after " + Durations.text(timeout())
                : "cut short after " + waited(now) + (shortened ? " by another caller" : "");
        attempts.add(wait(now, waitError.orElse(new IOException(text)), notes));
        String line = "not gone after " + phase().name() + ": " + text;
        if (explained && notes.isEmpty()) {
            logLate(List.of());
            Line held = new Line(line, Optional.empty(), phase().name(), phaseNumber() + 1, Line.Level.WARNING);
            late = Optional.of(new Late(phaseNumber(), attempts.size() - 1, held, afterwards()));
        } else {
            warn(line + reasons(notes) + afterwards(), Optional.empty());
        }
    }

    private Attempt wait(long now, IOException error, List<String> notes) {
        return new Attempt(new WaitForExit(timeout()), since - begun, now - since, Optional.of(error), notes);
    }

    private String waited(long now) {
        return Durations.text(Duration.ofNanos(now - since));
    }

    /** Records the action of another thread, which has no result when the wait ends. */
    private void recordHandedOver(long now, Optional<IOException> error) {
        handedOver = false;
        add(phase().action().recorded(), since, now, error);
    }

    /** Returns the text about the next phase, for the log. */
    private String afterwards() {
        if (isForceful()) {
            return "";
        }
        boolean last = next + 1 >= plan.phases().size() || forcefulAt.hasCome(since);
        return "; next: " + (last ? plan.forceful() : plan.phases().get(next + 1)).name();
    }

    private Duration timeout() {
        return Duration.ofNanos(isForceful() ? forcefulNanos : phase().timeoutNanos());
    }

    private void recordEndOfWait(Event event, long now) {
        boolean ends = event == Event.GONE || mixed && state == State.WAIT;
        if (!ends || !isSignalled()) {
            return;
        }
        if (handedOver) {
            // The process has ended before the result came: this action is the likely cause.
            lastSent = Optional.of(phase().name());
            recordHandedOver(now, Optional.empty());
        }
        add(new WaitForExit(timeout()), since, now, waitError);
    }

    /** Records that a caller cannot wait in the OS and looks at intervals instead. Logged once a phase. */
    public void waitFailed(IOException error) {
        if (isSignalled() && waitError.isEmpty()) {
            waitError = Optional.of(error);
            warn("cannot be waited for: " + error.getMessage(), Optional.of(error));
        }
    }

    private void add(TerminationAction action, long from, long to, Optional<IOException> error) {
        attempts.add(new Attempt(action, from - begun, to - from, error, List.of()));
    }

    private static String message(Optional<IOException> error) {
        return error.isPresent() ? error.get().getMessage() : "no process was there";
    }

    private void detail(String text) {
        if (detailed) {
            line(Line.Level.DETAIL, text, Optional.empty());
        }
    }

    private void warn(String text, Optional<IOException> cause) {
        line(Line.Level.WARNING, text, cause);
    }

    private void line(Line.Level level, String text, Optional<IOException> cause) {
        logLate(List.of());
        if (lines.isEmpty()) {
            lines = new ArrayList<>();
        }
        lines.add(new Line(text, cause, phase().name(), phaseNumber() + 1, level));
    }

    /** Returns the new lines for the log since the last call. */
    public List<Line> takeLines() {
        List<Line> taken = lines;
        lines = List.of();
        return taken;
    }

    /** As {@link #takeLines}, with the line that waits for notes, which do not come any more. */
    public List<Line> takeLastLines() {
        logLate(List.of());
        return takeLines();
    }

    // The outcome

    /**
     * Ends the stop: all processes are gone. The attempts do not change any more.
     *
     * @param forcedIfKilled whether this end counts as forced if the forceful signal was sent
     * @param stragglers the members that have outlived the leader
     * @param escaped the processes that had left the group
     */
    public Outcome gone(
            long now,
            ExitStatus status,
            boolean forcedIfKilled,
            List<LiveProcess> stragglers,
            List<LiveProcess> escaped) {
        on(Event.GONE, now);
        logLate(List.of());
        boolean forced = killed && forcedIfKilled;
        String kill = plan.forceful().name();
        Optional<String> endedBy = forced || killed && lastSent.isEmpty() ? Optional.of(kill) : lastSent;
        if (detailed) {
            detail((endedBy.isPresent() ? "ended by " + endedBy.get() : "ended without a signal") + ": " + status);
        }
        return new Outcome(
                Optional.of(status),
                forced,
                endedBy,
                now - begun,
                attempts,
                stragglers,
                List.of(),
                escaped);
    }

    /** Logs that the process could not be stopped. */
    public void failed(long now, List<LiveProcess> survivors) {
        StringBuilder text = new StringBuilder("could not be stopped within ")
                .append(Durations.text(Duration.ofNanos(now - begun)));
        for (Attempt attempt : attempts) {
            if (attempt.error().isPresent()) {
                text.append("; ").append(attempt.action()).append(" failed: ").append(message(attempt.error()));
            }
        }
        if (!survivors.isEmpty()) {
            text.append("; still running: ");
            text.append(String.join(", ", survivors.stream().map(LiveProcess::toString).toList()));
        }
        line(Line.Level.FAILURE, text.toString(), Optional.empty());
    }

    /**
     * Returns the outcome for a caller whose bound has passed, or for all callers after the forceful timeout. It does
     * not end the stop.
     */
    public Outcome failure(long now, List<LiveProcess> stragglers, List<LiveProcess> survivors) {
        List<Attempt> all = new ArrayList<>(attempts);
        if (isSignalled()) {
            all.add(wait(now, new IOException("given up after " + waited(now)), notes));
        }
        return new Outcome(
                Optional.empty(),
                killed,
                Optional.empty(),
                now - begun,
                List.copyOf(all),
                stragglers,
                survivors,
                List.of());
    }
}
