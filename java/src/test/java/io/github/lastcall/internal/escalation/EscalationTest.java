package io.github.lastcall.internal.escalation;

import static io.github.lastcall.internal.escalation.ScriptedTarget.RUNS;
import static io.github.lastcall.internal.escalation.ScriptedTarget.exited;
import static io.github.lastcall.internal.escalation.ScriptedTarget.refused;
import static io.github.lastcall.internal.escalation.ScriptedTarget.signaled;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.TerminationAction;
import io.github.lastcall.TerminationAction.CheckStatus;
import io.github.lastcall.TerminationAction.SendSignal;
import io.github.lastcall.TerminationAction.WaitForExit;
import io.github.lastcall.UnixSignal;
import io.github.lastcall.testing.OnWindows;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The table of what happens step by step, row for row, without a process. */
@OnWindows
class EscalationTest {

    private static final long MILLI = 1_000_000;
    private static final long MINUTE = 60_000 * MILLI;
    private static final Phase TERM = new Phase("SIGTERM", MINUTE);
    private static final Phase INT = new Phase("SIGINT", 2 * MINUTE);
    private static final Phase KILL = new Phase("SIGKILL", 3 * MINUTE);

    private final ScriptedTarget target = new ScriptedTarget();

    private static Outcome stop(ScriptedTarget target, Phase... phases) throws InterruptedException {
        return stop(target, new Plan(List.of(phases), KILL));
    }

    private static Outcome stop(ScriptedTarget target, Plan plan) throws InterruptedException {
        return new Escalation(plan, target).run();
    }

    private static Phase zero(String signal) {
        return new Phase(signal, 0);
    }

    private static TerminationAction send(Phase phase) {
        return new SendSignal(phase.signalName());
    }

    private static TerminationAction wait(Phase phase) {
        return new WaitForExit(Duration.ofNanos(phase.timeoutNanos()));
    }

    private static List<TerminationAction> actions(Outcome outcome) {
        return outcome.attempts().stream().map(Attempt::action).toList();
    }

    private static List<String> errors(Outcome outcome) {
        return outcome.attempts().stream()
                .map(attempt -> attempt.error().map(Throwable::getMessage).orElse("-"))
                .toList();
    }

    private void assertLimit(int wait, long expected) {
        long left = target.limits.get(wait);
        assertTrue(left <= expected && left > expected - 10_000 * MILLI, left + " of " + expected);
    }

    @Test
    void whatHasExitedIsSentNothing() throws Exception {
        Outcome outcome = stop(target.looks(exited(5)), TERM);
        assertEquals(List.of("look"), target.calls);
        assertEquals(Optional.of(new ExitStatus.Exited(5)), outcome.status());
        assertEquals(List.of(), outcome.attempts());
        assertEquals(Optional.empty(), outcome.endedBy());
    }

    @Test
    void aStatusThatCannotBeReadIsRecordedAndTheStopGoesOn() throws Exception {
        Outcome outcome = stop(target.looks(refused("EIO")).waits(exited(0)), TERM);
        assertEquals(List.of(new CheckStatus(), send(TERM), wait(TERM)), actions(outcome));
        assertEquals(List.of("EIO", "-", "-"), errors(outcome));
    }

    @Test
    void aPhaseSendsThenDropsTheInputThenWaitsForItsTimeout() throws Exception {
        Outcome outcome = stop(target.waits(exited(1)), TERM, INT);
        assertEquals(List.of("look", "SIGTERM", "drop", "wait"), target.calls);
        assertLimit(0, MINUTE);
        assertEquals(List.of(send(TERM), wait(TERM)), actions(outcome));
        assertEquals(Optional.of("SIGTERM"), outcome.endedBy());
        assertFalse(outcome.forced());
    }

    @Test
    void aTimeoutIsRecordedAndTheNextPhaseBegins() throws Exception {
        Outcome outcome = stop(target.waits(RUNS, exited(1)), zero("SIGTERM"), INT);
        assertEquals(List.of(send(TERM), wait(zero("")), send(INT), wait(INT)), actions(outcome));
        assertEquals(List.of("-", "timed out after 0 ms", "-", "-"), errors(outcome));
        assertEquals(Optional.of("SIGINT"), outcome.endedBy());
        assertLimit(1, 2 * MINUTE);
    }

    @Test
    void aZeroTimeoutSendsAndDoesNotWait() throws Exception {
        stop(target.waits(RUNS, exited(1)), zero("SIGTERM"), INT);
        assertEquals(0, target.limits.get(0));
    }

    @Test
    void aTimeoutForEverIsOne() throws Exception {
        stop(target.waits(exited(1)), new Phase("SIGTERM", Long.MAX_VALUE));
        assertEquals(Long.MAX_VALUE, target.limits.get(0));
    }

    @Test
    void afterARefusedSendTheGraceIsWaitedInsteadOfTheTimeout() throws Exception {
        Outcome outcome = stop(target.sends(refused("EPERM")).waits(RUNS, exited(1)), TERM, INT);
        assertTrue(target.limits.get(0) <= 100 * MILLI && target.limits.get(0) > 0, target.limits.toString());
        assertTrue(outcome.elapsedNanos() >= 100 * MILLI, "the grace is waited for");
        assertEquals(List.of(send(TERM), send(INT), wait(INT)), actions(outcome));
        assertEquals(List.of("EPERM", "-", "-"), errors(outcome));
        assertEquals(Optional.of("SIGINT"), outcome.endedBy());
    }

    @Test
    void anExitThatRacedWithARefusedSendIsANaturalOne() throws Exception {
        Outcome outcome = stop(target.sends(refused("EPERM")).waits(exited(8)), TERM, INT);
        assertEquals(List.of("look", "SIGTERM", "drop", "wait"), target.calls);
        assertEquals(List.of(send(TERM)), actions(outcome));
        assertEquals(Optional.of(new ExitStatus.Exited(8)), outcome.status());
        assertEquals(Optional.empty(), outcome.endedBy());
    }

    @Test
    void aSendThatFoundNobodyIsNotCountedAsSent() throws Exception {
        Outcome outcome = stop(target.sends(exited(0)).waits(exited(8)), TERM);
        assertEquals(Optional.of(new ExitStatus.Exited(8)), outcome.status());
        assertEquals(Optional.empty(), outcome.endedBy());
    }

    @Test
    void afterThePhasesComesTheKillAndItsWait() throws Exception {
        Outcome outcome = stop(target.waits(RUNS, signaled(9, UnixSignal.SIGKILL)), zero("SIGTERM"));
        assertEquals(List.of("look", "SIGTERM", "drop", "wait", "drop", "kill", "wait"), target.calls);
        assertLimit(1, 3 * MINUTE);
        assertEquals(List.of(send(TERM), wait(zero("")), send(KILL), wait(KILL)), actions(outcome));
        assertTrue(outcome.forced());
        assertEquals(Optional.of("SIGKILL"), outcome.endedBy());
    }

    @Test
    void withoutPhasesTheInputIsDroppedAndTheKillSentAtOnce() throws Exception {
        stop(target.waits(signaled(9, UnixSignal.SIGKILL)));
        assertEquals(List.of("look", "drop", "kill", "wait"), target.calls);
    }

    @Test
    void whatExitedByItselfJustBeforeTheKillWasNotForced() throws Exception {
        Outcome outcome = stop(target.waits(RUNS, exited(1)), zero("SIGTERM"));
        assertFalse(outcome.forced());
        assertEquals(Optional.of("SIGTERM"), outcome.endedBy());
    }

    @Test
    void whatDiedOfTheGracefulSignalJustBeforeTheKillWasNotForced() throws Exception {
        Outcome outcome = stop(target.waits(RUNS, signaled(15, UnixSignal.SIGTERM)), zero("SIGTERM"));
        assertFalse(outcome.forced());
        assertEquals(Optional.of("SIGTERM"), outcome.endedBy());
    }

    @Test
    void aKillThatDidNotEndItFailsWithEveryAttempt() throws Exception {
        Outcome outcome = stop(target, new Plan(List.of(zero("SIGTERM")), new Phase("SIGKILL", MILLI)));
        assertEquals(Optional.empty(), outcome.status());
        assertEquals(
                List.of(send(TERM), wait(zero("")), send(KILL), wait(new Phase("", MILLI))), actions(outcome));
        assertEquals(List.of("-", "timed out after 0 ms", "-", "timed out after 1 ms"), errors(outcome));
    }

    @Test
    void aRefusedKillIsGivenTheGraceAndNotTheForcefulTimeout() throws Exception {
        Outcome outcome = stop(target.sends(RUNS, refused("EPERM")), zero("SIGTERM"));
        assertEquals(Optional.empty(), outcome.status());
        assertTrue(target.limits.get(1) <= 100 * MILLI && target.limits.get(1) > 0, target.limits.toString());
        assertEquals(List.of(send(TERM), wait(zero("")), send(KILL)), actions(outcome));
        assertEquals("EPERM", errors(outcome).get(2));
        assertFalse(outcome.forced());
    }

    @Test
    void anExitThatRacedWithARefusedKillIsANaturalOne() throws Exception {
        Outcome outcome = stop(target.sends(refused("EPERM")).waits(exited(0)));
        assertEquals(Optional.of(new ExitStatus.Exited(0)), outcome.status());
        assertFalse(outcome.forced());
    }

    @Test
    void aWaitThatFailsIsRecordedAndTheStopGoesOn() throws Exception {
        Outcome outcome = stop(target.waits(refused("EIO"), exited(0)), TERM, INT);
        assertEquals(List.of(send(TERM), wait(TERM), send(INT), wait(INT)), actions(outcome));
        assertEquals(List.of("-", "EIO", "-", "-"), errors(outcome));
    }

    @Test
    void attemptsAreInTheOrderOfTime() throws Exception {
        Plan plan = new Plan(List.of(zero("SIGTERM"), zero("SIGINT")), zero("SIGKILL"));
        List<Attempt> attempts = stop(target, plan).attempts();
        assertEquals(6, attempts.size());
        for (int i = 1; i < attempts.size(); i++) {
            assertTrue(attempts.get(i).afterNanos() >= attempts.get(i - 1).afterNanos(), attempts.toString());
        }
    }
}
