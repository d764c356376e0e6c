package io.github.lastcall.internal.stop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.testing.OnWindows;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every cell of {@link Transitions}: a stop is brought into the state, the event happens, and then its state, what is
 * due and what it has recorded are compared. The plan is A, then B, then KILL.
 */
@OnWindows
class TransitionsTest {

    private static final long MS = 1_000_000;
    private static final long BEGUN = 1_000 * MS;
    private static final Plan PLAN = Model.plan(1_000, 300, 200);
    private static final Plan STEPS_PLAN = Model.steps("RC", 1_000, 300, 200);

    /**
     * State and event; the state after it; the signal that is due, "-" for none; what was recorded. "!" is an error.
     * Times are up where the event is DEADLINE. In the states from SEND to GRACE the phase is that of A.
     */
    private static final String CELLS = """
            LOOK       RUNNING     -> SEND       A    -
            LOOK       LEADER_EXIT -> LOOK       A    -
            LOOK       UNREADABLE  -> SEND       A    CheckStatus!
            LOOK       SENT        -> LOOK       A    -
            LOOK       HANDED_OVER -> LOOK       A    -
            LOOK       REFUSED     -> LOOK       A    -
            LOOK       SKIPPED     -> LOOK       A    -
            LOOK       DEADLINE    -> SEND       A    -
            LOOK       GONE        -> OVER       -    -
            SEND       RUNNING     -> SEND       A    -
            SEND       LEADER_EXIT -> SEND       A    -
            SEND       UNREADABLE  -> SEND       A    -
            SEND       SENT        -> WAIT       -    SendSignal
            SEND       HANDED_OVER -> WAIT       -    -
            SEND       REFUSED     -> GRACE      -    SendSignal!
            SEND       SKIPPED     -> SEND       B    Skipped
            SEND       DEADLINE    -> KILL       KILL Skipped,Skipped
            SEND       GONE        -> OVER       -    -
            WAIT       RUNNING     -> WAIT       -    -
            WAIT       LEADER_EXIT -> WAIT       -    -
            WAIT       UNREADABLE  -> WAIT       -    -
            WAIT       SENT        -> WAIT       -    SendSignal
            WAIT       HANDED_OVER -> WAIT       -    -
            WAIT       REFUSED     -> GRACE      -    SendSignal!
            WAIT       SKIPPED     -> SEND       B    Skipped
            WAIT       DEADLINE    -> SEND       B    SendSignal!,WaitForExit!
            WAIT       GONE        -> OVER       -    SendSignal,WaitForExit
            GRACE      RUNNING     -> GRACE      -    -
            GRACE      LEADER_EXIT -> GRACE      -    -
            GRACE      UNREADABLE  -> GRACE      -    -
            GRACE      SENT        -> GRACE      -    -
            GRACE      HANDED_OVER -> GRACE      -    -
            GRACE      REFUSED     -> GRACE      -    -
            GRACE      SKIPPED     -> GRACE      -    -
            GRACE      DEADLINE    -> SEND       B    -
            GRACE      GONE        -> OVER       -    -
            KILL       RUNNING     -> KILL       KILL -
            KILL       LEADER_EXIT -> KILL       KILL -
            KILL       UNREADABLE  -> KILL       KILL -
            KILL       SENT        -> KILLED     -    SendSignal
            KILL       HANDED_OVER -> KILL       KILL -
            KILL       REFUSED     -> KILL_GRACE -    SendSignal!
            KILL       SKIPPED     -> KILL_GRACE -    Skipped
            KILL       DEADLINE    -> KILL       KILL -
            KILL       GONE        -> OVER       -    -
            KILLED     RUNNING     -> KILLED     -    -
            KILLED     LEADER_EXIT -> KILLED     -    -
            KILLED     UNREADABLE  -> KILLED     -    -
            KILLED     SENT        -> KILLED     -    -
            KILLED     HANDED_OVER -> KILLED     -    -
            KILLED     REFUSED     -> KILLED     -    -
            KILLED     SKIPPED     -> KILLED     -    -
            KILLED     DEADLINE    -> OVER       -    WaitForExit!
            KILLED     GONE        -> OVER       -    WaitForExit
            KILL_GRACE RUNNING     -> KILL_GRACE -    -
            KILL_GRACE LEADER_EXIT -> KILL_GRACE -    -
            KILL_GRACE UNREADABLE  -> KILL_GRACE -    -
            KILL_GRACE SENT        -> KILL_GRACE -    -
            KILL_GRACE HANDED_OVER -> KILL_GRACE -    -
            KILL_GRACE REFUSED     -> KILL_GRACE -    -
            KILL_GRACE SKIPPED     -> KILL_GRACE -    -
            KILL_GRACE DEADLINE    -> OVER       -    -
            KILL_GRACE GONE        -> OVER       -    -
            OVER       RUNNING     -> OVER       -    -
            OVER       LEADER_EXIT -> OVER       -    -
            OVER       UNREADABLE  -> OVER       -    -
            OVER       SENT        -> OVER       -    -
            OVER       HANDED_OVER -> OVER       -    -
            OVER       REFUSED     -> OVER       -    -
            OVER       SKIPPED     -> OVER       -    -
            OVER       DEADLINE    -> OVER       -    -
            OVER       GONE        -> OVER       -    -
            """;

    /** Under MIXED the phases are only for the leader. When it has exited, the others are looked for and killed. */
    private static final String MIXED = """
            LOOK       LEADER_EXIT -> REST       -    -
            SEND       LEADER_EXIT -> REST       -    -
            WAIT       LEADER_EXIT -> REST       -    SendSignal,WaitForExit
            GRACE      LEADER_EXIT -> REST       -    -
            REST       RUNNING     -> KILL       KILL -
            REST       LEADER_EXIT -> REST       -    -
            REST       UNREADABLE  -> REST       -    -
            REST       SENT        -> REST       -    -
            REST       HANDED_OVER -> REST       -    -
            REST       REFUSED     -> REST       -    -
            REST       SKIPPED     -> REST       -    -
            REST       DEADLINE    -> KILL       KILL -
            REST       GONE        -> OVER       -    -
            """;

    /** Where A is a command and B a call: they are due after the first look, not with it. */
    private static final String STEPS = """
            LOOK       RUNNING     -> SEND       run:A  -
            LOOK       LEADER_EXIT -> LOOK       -      -
            LOOK       UNREADABLE  -> SEND       run:A  CheckStatus!
            LOOK       SENT        -> LOOK       -      -
            LOOK       HANDED_OVER -> LOOK       -      -
            LOOK       REFUSED     -> LOOK       -      -
            LOOK       SKIPPED     -> LOOK       -      -
            LOOK       DEADLINE    -> SEND       run:A  -
            SEND       RUNNING     -> SEND       run:A  -
            SEND       LEADER_EXIT -> SEND       run:A  -
            SEND       UNREADABLE  -> SEND       run:A  -
            SEND       SENT        -> WAIT       -      RunCommand
            SEND       REFUSED     -> GRACE      -      RunCommand!
            SEND       SKIPPED     -> SEND       call:B Skipped
            WAIT       SENT        -> WAIT       -      RunCommand
            WAIT       REFUSED     -> GRACE      -      RunCommand!
            WAIT       SKIPPED     -> SEND       call:B Skipped
            WAIT       DEADLINE    -> SEND       call:B RunCommand!,WaitForExit!
            WAIT       GONE        -> OVER       -      RunCommand,WaitForExit
            GRACE      DEADLINE    -> SEND       call:B -
            """;

    @TestFactory
    Stream<DynamicTest> everyCell() {
        return check(PLAN, false, CELLS);
    }

    @TestFactory
    Stream<DynamicTest> everyCellUnderMixed() {
        return check(PLAN, true, CELLS, MIXED);
    }

    @TestFactory
    Stream<DynamicTest> everyCellOfSteps() {
        return check(STEPS_PLAN, false, CELLS, STEPS);
    }

    @Test
    void noCellIsMissing() {
        List<String> all = new ArrayList<>();
        for (State state : State.values()) {
            for (Event event : Event.values()) {
                all.add(state + " " + event);
            }
        }
        Set<String> tested = new HashSet<>(cells(CELLS).keySet());
        tested.addAll(cells(MIXED).keySet());
        assertEquals(Set.copyOf(all), tested);
    }

    private static Map<String, String> cells(String lines) {
        Map<String, String> cells = new LinkedHashMap<>();
        lines.lines().forEach(line -> {
            String[] sides = line.trim().replaceAll(" +", " ").split(" -> ");
            cells.put(sides[0], sides[1]);
        });
        return cells;
    }

    /** The later lines replace the earlier ones. */
    private static Stream<DynamicTest> check(Plan plan, boolean mixed, String... lines) {
        Map<String, String> all = new LinkedHashMap<>();
        for (String some : lines) {
            all.putAll(cells(some));
        }
        return all.entrySet().stream().map(cell -> check(cell.getKey(), cell.getValue(), plan, mixed));
    }

    private static DynamicTest check(String cell, String then, Plan plan, boolean mixed) {
        State state = State.valueOf(cell.split(" ")[0]);
        Event event = Event.valueOf(cell.split(" ")[1]);
        return DynamicTest.dynamicTest(cell, () -> assertEquals(then, happen(state, event, plan, mixed)));
    }

    private static String happen(State state, Event event, Plan plan, boolean mixed) {
        Stop stop = bring(new Stop(plan, mixed, true, BEGUN), state);
        assertEquals(state, stop.state());
        int before = stop.attempts().size();
        long now = event == Event.DEADLINE && state == State.WAIT ? BEGUN + 300 * MS : BEGUN;
        if (event == Event.UNREADABLE || event == Event.REFUSED || event == Event.SKIPPED) {
            stop.on(event, now, new IOException("it failed"));
        } else {
            stop.on(event, now);
        }
        State after = stop.state();
        String due = stop.isSendDue(now) ? stop.phase().name() : "-";
        return after + " " + due + " " + recorded(stop.attempts(), before);
    }

    /** Goes to WAIT by a signal that was handed over, so its result has not come yet. */
    private static Stop bring(Stop stop, State state) {
        switch (state) {
            case LOOK -> { }
            case SEND -> stop.on(Event.RUNNING, BEGUN);
            case WAIT -> bring(stop, State.SEND).on(Event.HANDED_OVER, BEGUN);
            case GRACE -> bring(stop, State.SEND).on(Event.REFUSED, BEGUN);
            case REST -> bring(stop, State.SEND).on(Event.LEADER_EXIT, BEGUN);
            case KILL -> bring(stop, State.SEND).on(Event.DEADLINE, BEGUN);
            case KILLED -> bring(stop, State.KILL).on(Event.SENT, BEGUN);
            case KILL_GRACE -> bring(stop, State.KILL).on(Event.REFUSED, BEGUN);
            case OVER -> stop.on(Event.GONE, BEGUN);
        }
        return stop;
    }

    private static String recorded(List<Attempt> attempts, int before) {
        List<String> all = new ArrayList<>();
        for (Attempt attempt : attempts.subList(before, attempts.size())) {
            all.add(attempt.action().getClass().getSimpleName() + (attempt.error().isPresent() ? "!" : ""));
        }
        return all.isEmpty() ? "-" : String.join(",", all);
    }

    @Test
    void theOutcomeNamesTheSignalThatEndedIt() {
        Stop asked = bring(new Stop(PLAN, false, false, BEGUN), State.SEND);
        asked.on(Event.SENT, BEGUN);
        Outcome outcome = asked.gone(BEGUN + MS, new ExitStatus.Exited(0), false, List.of(), List.of());
        assertEquals("Optional[A] false", outcome.endedBy() + " " + outcome.forced());

        Stop killed = bring(new Stop(PLAN, false, false, BEGUN), State.KILLED);
        outcome = killed.gone(BEGUN + MS, new ExitStatus.Exited(0), true, List.of(), List.of());
        assertEquals("Optional[KILL] true", outcome.endedBy() + " " + outcome.forced());

        Stop helped = bring(new Stop(PLAN, false, false, BEGUN), State.WAIT);
        outcome = helped.gone(BEGUN + MS, new ExitStatus.Exited(0), false, List.of(), List.of());
        assertEquals("Optional[A] false", outcome.endedBy() + " " + outcome.forced());
    }
}
