package io.github.lastcall.internal.stop;

import static io.github.lastcall.internal.stop.Model.plan;
import static io.github.lastcall.internal.stop.Model.steps;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.stop.Model.Input;
import io.github.lastcall.testing.OnWindows;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every sequence of events of a stop. Sequences that lead to the same state are continued once. {@link Model} defines
 * what must hold after each event; then time passes until the stop ends.
 */
@OnWindows
class StopTest {

    private static final Set<Input> COMMON = EnumSet.of(
            Input.EXIT,
            Input.GROUP_GONE,
            Input.DEADLINE,
            Input.SEND_REFUSED,
            Input.LOOK_FAILS,
            Input.SHORTEN,
            Input.KILL,
            Input.NEXT);

    /**
     * Two phases; one phase without a wait and one shorter than the grace; no phase; and a kill without a wait. Then
     * the same with actions that are not signals.
     */
    static Stream<Plan> plans() {
        return Stream.of(
                plan(1_000, 300, 200),
                plan(1_000, 0, 50),
                plan(1_000),
                plan(0, 200),
                steps("IS", 1_000, 300, 200),
                steps("RC", 1_000, 300, 200),
                steps("CI", 0, 50, 0),
                steps("RSC", 1_000, 0, 200, 300));
    }

    @ParameterizedTest
    @MethodSource("plans")
    void everySequenceOfEight(Plan plan) {
        driveAll(plan, COMMON, 8);
    }

    /** With helper programs that send, failed waits, a JVM that is stopped for a while, and everything else. */
    @ParameterizedTest
    @MethodSource("plans")
    void everySequenceOfFourOfEverything(Plan plan) {
        driveAll(plan, EnumSet.allOf(Input.class), Integer.getInteger("lastcall.sequences", 4));
    }

    @Test
    void aPhaseThatIsMadeShorterIsExplainedBeforeItsNewEnd() {
        Stop stop = new Stop(plan(1_000, 10_000), false, true, 0);
        stop.on(Event.RUNNING, 0);
        stop.on(Event.SENT, 0);
        stop.followed();
        assertEquals(Deadline.after(0, 9_800 * Model.MS), stop.nextAt());
        stop.shorten(plan(1_000, 500), 1_000 * Model.MS);
        assertEquals(Deadline.after(0, 1_300 * Model.MS), stop.nextAt());
        assertFalse(stop.isExplainDue(1_299 * Model.MS));
        assertTrue(stop.isExplainDue(1_300 * Model.MS));
    }

    /** A caller that joins during the kill has its own bound, and does not fail with the callers before it. */
    @Test
    void aLateCallerWaitsAsLongAfterTheKillAsItsPlanSays() {
        Plan kill = new Plan(List.of(), new Phase("SIGKILL", 9, 1_000 * Model.MS));
        Stop stop = new Stop(kill, false, true, 0);
        stop.on(Event.RUNNING, 0);
        stop.on(Event.SENT, 0);
        stop.shorten(kill, 900 * Model.MS);
        stop.advance(1_899 * Model.MS);
        assertFalse(stop.isOver());
        stop.advance(1_900 * Model.MS);
        assertTrue(stop.isOver());
    }

    /** Although another caller waits longer. SIGKILL has 100 ms to act, also if the bound has passed before. */
    @Test
    void aCallerGivesUpAtItsOwnBoundDuringTheKillOfAnother() {
        Stop stop = new Stop(new Plan(List.of(), new Phase("SIGKILL", 9, 60_000 * Model.MS)), false, true, 0);
        stop.on(Event.RUNNING, 0);
        stop.on(Event.SENT, 0);
        assertEquals(Deadline.after(0, 500 * Model.MS), stop.givesUpAt(Deadline.after(0, 500 * Model.MS)));
        assertEquals(Deadline.after(0, 100 * Model.MS), stop.givesUpAt(Deadline.after(0, Model.MS)));
    }

    private static void driveAll(Plan plan, Set<Input> inputs, int length) {
        for (boolean mixed : new boolean[] {false, true}) {
            drive(() -> new Model(plan, mixed, true), inputs, length);
            Set<Input> scanned = EnumSet.copyOf(inputs);
            scanned.add(Input.SCAN);
            drive(() -> new Model(plan, mixed, false), scanned, length);
        }
    }

    private interface Maker {
        Model make();
    }

    private static void drive(Maker maker, Set<Input> inputs, int length) {
        Set<List<Object>> known = new HashSet<>();
        List<List<Input>> reached = List.of(List.of());
        for (int i = 0; i < length; i++) {
            List<List<Input>> longer = new ArrayList<>();
            for (List<Input> sequence : reached) {
                Model before = replay(maker, sequence);
                for (Input input : inputs) {
                    if (before.canHappen(input)) {
                        List<Input> more = new ArrayList<>(sequence);
                        more.add(input);
                        if (leadsFurther(known, maker, more)) {
                            longer.add(more);
                        }
                    }
                }
            }
            reached = longer;
        }
        assertTrue(known.size() > 100, "only " + known.size() + " states");
    }

    private static boolean leadsFurther(Set<List<Object>> known, Maker maker, List<Input> sequence) {
        Model model = maker.make();
        try {
            sequence.forEach(model::happen);
            boolean isNew = known.add(model.key()) && !model.isOver();
            if (isNew) {
                replay(maker, sequence).finish();
            }
            return isNew;
        } catch (AssertionError | RuntimeException broken) {
            throw new AssertionError(broken.getMessage() + " after " + sequence + " of " + model, broken);
        }
    }

    private static Model replay(Maker maker, List<Input> sequence) {
        Model model = maker.make();
        sequence.forEach(model::happen);
        return model;
    }
}
