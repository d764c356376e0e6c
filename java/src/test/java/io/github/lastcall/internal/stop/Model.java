package io.github.lastcall.internal.stop;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.TerminationAction;
import io.github.lastcall.TerminationAction.Call;
import io.github.lastcall.TerminationAction.CheckStatus;
import io.github.lastcall.TerminationAction.CloseInput;
import io.github.lastcall.TerminationAction.RunCommand;
import io.github.lastcall.TerminationAction.SendSignal;
import io.github.lastcall.TerminationAction.Skipped;
import io.github.lastcall.TerminationAction.WaitForExit;
import io.github.lastcall.internal.Deadline;
import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * A stop, its holder and its process, without an OS and in virtual time. The holder works like that of
 * internal.process: it sends what is due with each look, reports what it has seen, and repeats this until nothing is
 * due.
 *
 * <p>The model keeps its own list of what has to be recorded. It records what it has done as the process, and of the
 * stop it only knows the plan. After each round the two lists must be equal.
 */
final class Model {

    static final long MS = 1_000_000;

    /** The plan of another caller with short timeouts, and of one that waits for long after the forceful signal. */
    private static final Plan HURRIED = plan(500, 30);
    private static final Plan PATIENT = plan(4_000, 60_000);

    private static final ExitStatus STATUS = new ExitStatus.Exited(0);
    private static final int MOST_ROUNDS = 100;

    /** What happens. The effects of those up to {@link #WAIT_FAILED} show only in the next round. */
    enum Input {
        EXIT_UNSEEN, LOOK_FAILS, SEND_REFUSED, SEND_TO_NOBODY, SEND_IMPOSSIBLE, SEND_BY_HELPER, WAIT_FAILED,
        EXIT, GROUP_GONE, SCAN, DEADLINE, NEXT, FREEZE, SHORTEN, SHORTEN_PATIENTLY, KILL,
        HELPER_SENT, HELPER_REFUSED, HELPER_NOBODY, HELPER_IMPOSSIBLE;

        boolean isSilent() {
            return compareTo(WAIT_FAILED) <= 0;
        }
    }

    private enum Answer { SENT, REFUSED, NOBODY, IMPOSSIBLE, HANDED_OVER }

    private final Plan plan;
    private final boolean mixed;
    private final boolean probes;
    private final Stop stop;
    private final List<Deadline> bounds = new ArrayList<>();
    private long now = 10_000 * MS;
    private final long begun = now;

    // The process
    private boolean exited;
    private boolean empty;
    private Answer answer = Answer.SENT;
    private boolean lookFails;

    // What the holder knows
    private boolean begin = true;
    private boolean exitKnown;

    /** When the exit of the leader was seen. */
    private long restSince;
    private Optional<Outcome> outcome = Optional.empty();
    private int handedOver = -1;

    // What must hold
    private final List<String> expected = new ArrayList<>();
    private Optional<Phase> waiting = Optional.empty();
    private boolean waitFailed;
    private boolean withdrawn;
    private long waitsUntil;
    private long killAt = Long.MAX_VALUE;
    private long lastBound;
    private int joined;
    private int acted;
    private boolean killTried;
    private boolean frozen;
    private Deadline forcefulAt = Deadline.NEVER;

    /**
     * Creates one.
     *
     * @param probes whether a look sees that the group is gone (Linux 6.9), or only a scan
     */
    Model(Plan plan, boolean mixed, boolean probes) {
        this.plan = plan;
        this.mixed = mixed;
        this.probes = probes;
        this.stop = new Stop(plan, mixed, true, now);
        join(plan, Plan.GRACE_NANOS);
    }

    /** A plan of graceful phases A, B and so on, with these timeouts, and the forceful one. */
    static Plan plan(long forcefulMillis, long... phaseMillis) {
        List<Phase> phases = new ArrayList<>();
        for (int i = 0; i < phaseMillis.length; i++) {
            phases.add(new Phase(String.valueOf((char) ('A' + i)), i + 1, phaseMillis[i] * MS));
        }
        return new Plan(phases, new Phase("KILL", 9, forcefulMillis * MS));
    }

    /** The same with other actions, a letter each: I closes the input, R runs, C calls, any other is a signal. */
    static Plan steps(String actions, long forcefulMillis, long... phaseMillis) {
        List<Phase> phases = new ArrayList<>();
        for (int i = 0; i < phaseMillis.length; i++) {
            phases.add(new Phase(action(actions.charAt(i), i), phaseMillis[i] * MS));
        }
        return new Plan(phases, new Phase("KILL", 9, forcefulMillis * MS));
    }

    private static Action action(char kind, int index) {
        String name = String.valueOf((char) ('A' + index));
        return switch (kind) {
            case 'I' -> new Action.CloseInput();
            case 'R' -> new Action.Run(List.of(name, "secret"));
            case 'C' -> new Action.Call(name, handle -> {});
            default -> new Action.Signal(name, index + 1);
        };
    }

    /** The first look can take as long as the grace, and the phases of the first caller begin after it. */
    private void join(Plan wanted, long lookNanos) {
        killAt = Math.min(killAt, now + lookNanos + wanted.gracefulNanos());
        lastBound = Math.max(lastBound, now + wanted.boundNanos());
        bounds.add(Deadline.after(now, wanted.boundNanos()));
        joined++;
    }

    boolean isOver() {
        return outcome.isPresent();
    }

    // What happens

    /** Whether it can happen now, and would change anything. */
    boolean canHappen(Input input) {
        return switch (input) {
            case EXIT_UNSEEN, EXIT -> !exited;
            case GROUP_GONE -> !empty;
            case SCAN -> exitKnown;
            case LOOK_FAILS -> !lookFails && !exitKnown;
            case SEND_REFUSED, SEND_TO_NOBODY, SEND_IMPOSSIBLE, SEND_BY_HELPER -> answer == Answer.SENT && !killTried;
            case WAIT_FAILED -> waiting.isPresent() && !waitFailed;
            case HELPER_SENT, HELPER_REFUSED, HELPER_NOBODY, HELPER_IMPOSSIBLE -> handedOver >= 0;
            case SHORTEN, SHORTEN_PATIENTLY -> joined < 3;
            default -> true;
        };
    }

    void happen(Input input) {
        if (begin && !input.isSilent()) {
            begin = false;
            round();
        }
        switch (input) {
            case EXIT_UNSEEN, EXIT -> exited = true;
            case GROUP_GONE -> {
                exited = true;
                empty = true;
            }
            case SCAN -> scan();
            case LOOK_FAILS -> lookFails = true;
            case SEND_REFUSED -> answer = Answer.REFUSED;
            case SEND_TO_NOBODY -> answer = Answer.NOBODY;
            case SEND_IMPOSSIBLE -> answer = Answer.IMPOSSIBLE;
            case SEND_BY_HELPER -> answer = Answer.HANDED_OVER;
            case WAIT_FAILED -> failWait();
            case DEADLINE -> passDeadline();
            case NEXT -> now = isOver() ? now : Math.max(now, nextAt().at());
            case FREEZE -> freeze();
            case SHORTEN -> shorten(HURRIED);
            case SHORTEN_PATIENTLY -> shorten(PATIENT);
            case KILL -> kill();
            case HELPER_SENT -> handBack(Event.SENT, Optional.empty());
            case HELPER_REFUSED -> handBack(Event.REFUSED, Optional.of(new IOException("refused")));
            case HELPER_NOBODY -> handBack(Event.REFUSED, Optional.empty());
            case HELPER_IMPOSSIBLE -> handBack(Event.SKIPPED, Optional.of(new IOException("impossible")));
        }
        if (!input.isSilent()) {
            round();
        }
    }

    private void scan() {
        if (isOver()) {
            return;
        }
        if (empty) {
            becomeGone();
        } else {
            stop.on(Event.RUNNING, now);
        }
    }

    private void failWait() {
        if (!isOver()) {
            stop.waitFailed(new IOException("no wait"));
            waitFailed = true;
        }
    }

    /** As many rounds as the phase takes. */
    private void passDeadline() {
        State before = stop.state();
        int phase = stop.phaseNumber();
        while (!isOver() && stop.state() == before && stop.phaseNumber() == phase) {
            now = nextAt().at();
            round();
        }
    }

    /** Nothing runs for a minute, as if the JVM was stopped. */
    private void freeze() {
        now += 60_000 * MS;
        frozen = true;
    }

    private void shorten(Plan wanted) {
        if (!isOver()) {
            join(wanted, 0);
            stop.shorten(wanted, now);
        }
    }

    private void kill() {
        killAt = Math.min(killAt, now);
        if (!isOver()) {
            stop.kill(now);
        }
    }

    private void handBack(Event event, Optional<IOException> error) {
        if (!isOver() && stop.phaseNumber() == handedOver) {
            if (error.isPresent()) {
                stop.on(event, now, error.get());
            } else {
                stop.on(event, now);
            }
            expectAnswer(event);
        }
        handedOver = -1;
    }

    private void expectAnswer(Event event) {
        if (waiting.isEmpty()) {
            return;
        }
        Phase phase = waiting.get();
        String failed = event == Event.REFUSED ? "!" : "";
        expected.add(event == Event.SKIPPED ? "skip " + phase.name() : done(phase) + failed);
        waiting = event == Event.SENT ? waiting : Optional.empty();
    }

    // The holder

    private void round() {
        boolean looked = false;
        int rounds = 0;
        while (true) {
            boolean send = isSendDue();
            if (!looked || send) {
                act(send);
                looked = true;
            }
            advance();
            if (!isSendDue()) {
                break;
            }
            require(++rounds < MOST_ROUNDS, "a round without an end");
        }
        if (!isOver() && stop.isFollowDue(now)) {
            stop.followed();
        }
        if (!isOver() && stop.isExplainDue(now)) {
            stop.explaining();
            stop.explained(stop.phaseNumber(), List.of("note"));
        }
        stop.takeLines();
        check();
    }

    private boolean isSendDue() {
        return !isOver() && stop.isSendDue(now) && !(stop.isLooking() && exitKnown);
    }

    private void act(boolean send) {
        boolean known = exitKnown;
        Phase phase = isOver() ? plan.forceful() : stop.phase();
        boolean toGroup = !mixed || stop.isForceful();
        require(!send || phase.signal() != 0 || !stop.isLooking(), "a step that the first look has not waited for");
        boolean failed = !known && lookFails;
        lookFails &= known;
        boolean seen = !known && !failed && exited;
        if (failed && !isOver()) {
            if (stop.isLooking()) {
                expected.add("check!");
            }
            stop.on(Event.UNREADABLE, now, new IOException("unreadable"));
        } else if (!seen && !known && !isOver() && stop.isLooking()) {
            stop.on(Event.RUNNING, now);
        }
        restSince = exitKnown ? restSince : now;
        exitKnown |= seen;
        if (send && !seen) {
            send(phase, toGroup);
        }
        if (probes && exitKnown && empty && !isOver()) {
            becomeGone();
        }
    }

    private void send(Phase phase, boolean toGroup) {
        boolean forceful = phase.equals(plan.forceful());
        require(toGroup || !exitKnown, "a signal for a leader that is known to have exited");
        require(!forceful || toGroup, "SIGKILL for the leader alone");
        require(!forceful || !killTried, "SIGKILL twice");
        beginPhase(forceful ? plan.phases().size() : plan.phases().indexOf(phase));
        killTried |= forceful;
        Answer given = given(phase, forceful);
        answer = Answer.SENT;
        waitFailed = false;
        waitsUntil = now + phase.timeoutNanos();
        waiting = given == Answer.SENT || given == Answer.HANDED_OVER ? Optional.of(phase) : Optional.empty();
        switch (given) {
            case SENT -> {
                expected.add(done(phase));
                stop.on(Event.SENT, now);
            }
            case REFUSED -> {
                expected.add(done(phase) + "!");
                stop.on(Event.REFUSED, now, new IOException("refused"));
            }
            case NOBODY -> {
                expected.add(done(phase) + "!");
                stop.on(Event.REFUSED, now);
            }
            case IMPOSSIBLE -> {
                expected.add("skip " + phase.name());
                stop.on(Event.SKIPPED, now, new IOException("impossible"));
            }
            case HANDED_OVER -> {
                handedOver = stop.phaseNumber();
                stop.on(Event.HANDED_OVER, now);
            }
        }
    }

    /** Closing the input is never refused. Another thread does a command or a call, if there is time for it. */
    private Answer given(Phase phase, boolean forceful) {
        if (phase.signal() != 0) {
            return answer == Answer.HANDED_OVER && forceful ? Answer.SENT : answer;
        }
        boolean byThread = !(phase.action() instanceof Action.CloseInput);
        if (answer == Answer.IMPOSSIBLE || byThread && phase.timeoutNanos() == 0) {
            return Answer.IMPOSSIBLE;
        }
        return byThread ? Answer.HANDED_OVER : Answer.SENT;
    }

    private void beginPhase(int index) {
        require(index >= acted, "phases out of order");
        require(index == acted || mixed && exitKnown, "a phase is missing");
        acted = index + 1;
    }

    private void endWait(boolean inVain) {
        if (waiting.isPresent()) {
            if (handedOver >= 0) {
                expected.add(done(waiting.get()) + (inVain ? "!" : ""));
                handedOver = -1;
            }
            expected.add("wait" + (inVain || waitFailed ? "!" : ""));
        }
        waiting = Optional.empty();
    }

    private void becomeGone() {
        endWait(false);
        end(stop.gone(now, STATUS, true, List.of(), List.of()));
    }

    private void end(Outcome end) {
        require(!isOver(), "a second outcome");
        boolean seen = exitKnown && empty;
        require(end.status().isEmpty() ? !(seen && probes) : seen, "gone: " + end.status());
        outcome = Optional.of(end);
    }

    private void advance() {
        if (isOver()) {
            return;
        }
        if (exitKnown) {
            if (mixed && !killTried) {
                endWait(false);
            }
            stop.on(Event.LEADER_EXIT, now);
        }
        stop.advance(now);
        expectTimeout();
        if (stop.isOver()) {
            endWait(true);
            stop.failed(now, List.of());
            end(stop.failure(now, List.of(), List.of()));
            return;
        }
        bounds.removeIf(bound -> stop.givesUpAt(bound).hasCome(now));
        if (bounds.isEmpty()) {
            // Every caller has given up: the stop is withdrawn, with a wait that has not ended.
            withdrawn = true;
            end(stop.failure(now, List.of(), List.of()));
        }
    }

    /** Records that the phase has timed out, and that the later ones are skipped when SIGKILL is due. */
    private void expectTimeout() {
        boolean killDue = now >= killAt;
        if (waiting.isPresent() && stop.state() != State.WAIT && stop.state() != State.KILLED) {
            require(now >= waitsUntil || killDue && !killTried, "a phase was cut short");
            endWait(true);
        }
        while (killDue && !stop.isLooking() && acted < plan.phases().size() && !(mixed && exitKnown)) {
            expected.add("skip " + plan.phases().get(acted++).name());
        }
    }

    private Deadline nextAt() {
        Deadline at = stop.nextAt();
        for (Deadline bound : bounds) {
            at = at.earlier(stop.givesUpAt(bound));
        }
        return at;
    }

    // What must hold

    private void check() {
        List<String> recorded = render(stop.attempts());
        require(expected.equals(recorded), "recorded " + recorded + ", not " + expected);
        if (isOver()) {
            checkEnd();
            return;
        }
        require(!nextAt().never(), "nobody comes back");
        require(!nextAt().hasCome(now), "a round has left something to do in state " + stop.state());
        boolean lookOver = !stop.isLooking() || now - begun >= Plan.GRACE_NANOS;
        require(killTried || now < killAt || !lookOver, "SIGKILL is late");
        require(killTried || !mixed || !exitKnown || now - restSince < Plan.GRACE_NANOS,
                "the rest was not killed when the leader had gone");
        Deadline at = stop.forcefulAt();
        require(forcefulAt.never() || !at.never() && at.at() - forcefulAt.at() <= 0, "a deadline that grew");
        forcefulAt = at;
    }

    private void checkEnd() {
        Outcome end = outcome.get();
        require(end.status().isPresent() || killTried, "given up without SIGKILL");
        List<String> reported = new ArrayList<>(expected);
        if (withdrawn && waiting.isPresent()) {
            reported.add("wait!");
        }
        require(render(end.attempts()).equals(reported), "reported " + render(end.attempts()) + ", not " + reported);
        long last = 0;
        for (Attempt attempt : end.attempts()) {
            long until = attempt.afterNanos() + attempt.tookNanos();
            require(attempt.afterNanos() >= 0 && attempt.tookNanos() >= 0, "a time that is negative");
            require(until >= last && until <= end.elapsedNanos(), "attempts out of order");
            last = until;
        }
        for (Event event : withdrawn ? new Event[0] : Event.values()) {
            stop.on(event, now);
        }
        require(render(stop.attempts()).equals(expected) && !stop.isSendDue(now), "it goes on after its end");
    }

    /** Lets time pass until the end. */
    void finish() {
        happen(Input.NEXT);
        for (int i = 0; !isOver(); i++) {
            require(i < MOST_ROUNDS, "no end");
            happen(Input.NEXT);
        }
        require(frozen || now <= lastBound, "ended " + (now - lastBound) / MS + " ms too late");
    }

    private static List<String> render(List<Attempt> attempts) {
        List<String> all = new ArrayList<>(attempts.size());
        for (Attempt attempt : attempts) {
            all.add(name(attempt.action()) + (attempt.error().isPresent() ? "!" : ""));
        }
        return all;
    }

    private static String done(Phase phase) {
        return name(phase.action().recorded());
    }

    private static String name(TerminationAction action) {
        return switch (action) {
            case CheckStatus check -> "check";
            case SendSignal send -> "send " + send.signalName();
            case Skipped skipped -> "skip " + skipped.reason().substring(0, skipped.reason().indexOf(','));
            case WaitForExit wait -> "wait";
            case CloseInput close -> "close input";
            case RunCommand run -> "run " + run.program();
            case Call call -> "call " + call.name();
            default -> throw new AssertionError(action);
        };
    }

    @Override
    public String toString() {
        return plan + (mixed ? ", mixed" : "") + (probes ? "" : ", without a probe");
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }

    // States that are the same

    private static final List<Field> OF_STOP = fields(Stop.class, Set.of("attempts", "lines", "notes", "begun"));
    private static final List<Field> OWN = fields(
            Model.class, Set.of("plan", "mixed", "probes", "stop", "begun", "now", "expected", "outcome"));

    private static List<Field> fields(Class<?> type, Set<String> without) {
        List<Field> fields = new ArrayList<>();
        for (Field field : type.getDeclaredFields()) {
            if (!Modifier.isStatic(field.getModifiers()) && !without.contains(field.getName())) {
                field.setAccessible(true);
                fields.add(field);
            }
        }
        return fields;
    }

    /**
     * Everything that the next events depend on, with each time relative to now. Two models with equal keys do the same
     * from here on. The record is not part of it: it was checked before, and only grows.
     */
    List<Object> key() {
        List<Object> key = new ArrayList<>();
        OF_STOP.forEach(field -> key.add(relative(get(field, stop))));
        OWN.forEach(field -> key.add(relative(get(field, this))));
        return key;
    }

    private Object relative(Object value) {
        return switch (value) {
            case Deadline at -> at.never() ? at : at.at() - now;
            case Long at -> at - now;
            case Optional<?> some -> some.isPresent() && some.get() instanceof IOException ? true : some;
            case List<?> list -> list.stream().map(this::relative).toList();
            default -> value;
        };
    }

    private static Object get(Field field, Object owner) {
        try {
            return field.get(owner);
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }
}
