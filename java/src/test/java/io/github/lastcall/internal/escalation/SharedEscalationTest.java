package io.github.lastcall.internal.escalation;

import static io.github.lastcall.internal.escalation.ScriptedTarget.RUNS;
import static io.github.lastcall.internal.escalation.ScriptedTarget.exited;
import static io.github.lastcall.internal.escalation.ScriptedTarget.signaled;
import static io.github.lastcall.testing.Programs.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.TerminationAction.SendSignal;
import io.github.lastcall.TerminationAction.Skipped;
import io.github.lastcall.UnixSignal;
import io.github.lastcall.testing.CapturedLog;
import io.github.lastcall.testing.OnWindows;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Several callers of one stop, without a process. */
@OnWindows
class SharedEscalationTest {

    private static final long SECOND = 1_000_000_000;
    private static final Phase KILL = new Phase("SIGKILL", 3 * SECOND);
    private static final Plan KILL_PLAN = new Plan(List.of(), KILL);
    private static final Plan LONG_PLAN =
            new Plan(List.of(new Phase("SIGTERM", 600 * SECOND), new Phase("SIGINT", 600 * SECOND)), KILL);

    private final ScriptedTarget target = new ScriptedTarget();
    private final SharedStop stop = new SharedStop(target);

    private record Caller(Thread thread, FutureTask<Outcome> result) {
        Outcome outcome() throws Exception {
            return result.get(20, TimeUnit.SECONDS);
        }

        boolean hasJoined() {
            return Arrays.stream(thread.getStackTrace())
                    .anyMatch(frame -> frame.getClassName().endsWith("ConditionObject"));
        }
    }

    private Caller call(Plan plan) {
        FutureTask<Outcome> task = new FutureTask<>(() -> stop.stop(plan));
        return new Caller(Thread.ofPlatform().daemon().start(task), task);
    }

    private Caller driving(Plan plan) {
        Caller driver = call(plan);
        await("it waits", () -> target.calls.contains("wait"));
        return driver;
    }

    @Test
    void aKillLeavesOutWhatIsLeftOfThePhases() throws Exception {
        target.waits(RUNS, signaled(9, UnixSignal.SIGKILL));
        Caller driver = driving(LONG_PLAN);
        Outcome outcome = call(KILL_PLAN).outcome();
        assertSame(outcome, driver.outcome());
        assertTrue(outcome.attempts().get(1).error().orElseThrow().getMessage().startsWith("cut short after "));
        assertInstanceOf(Skipped.class, outcome.attempts().get(2).action());
        assertEquals(new SendSignal("SIGKILL"), outcome.attempts().get(3).action());
        assertEquals(List.of("look", "SIGTERM", "drop", "wait", "drop", "kill", "wait"), target.calls);
    }

    /** As on a machine under load, where the time of whoever wants it gone can be up before anything is sent. */
    @Test
    void theKillHasAMomentToActHoweverLateItIsSent() throws Exception {
        target.waits(RUNS, signaled(9, UnixSignal.SIGKILL));
        Caller driver = driving(LONG_PLAN);
        call(new Plan(List.of(), new Phase("SIGKILL", 0))).outcome();
        assertTrue(driver.outcome().status().isPresent());
        assertTrue(target.limits.get(1) > 0, "nothing was left of the wait after the kill");
    }

    @Test
    void nobodyIsAskedWhyWhenAnotherCallerWantsItGoneSooner() throws Exception {
        target.waits(RUNS, signaled(9, UnixSignal.SIGKILL)).facts = List.of("it looks through all processes");
        Caller driver = driving(LONG_PLAN);
        call(KILL_PLAN).outcome();
        assertEquals(List.of(), driver.outcome().attempts().get(1).notes());
    }

    @Test
    void aLaterCallerCanShortenTheWaitAfterTheKill() throws Exception {
        Caller driver = driving(new Plan(List.of(), new Phase("SIGKILL", 600 * SECOND)));
        Outcome outcome = call(new Plan(List.of(), new Phase("SIGKILL", SECOND / 10))).outcome();
        assertSame(outcome, driver.outcome());
        assertEquals(Optional.empty(), outcome.status());
        String error = outcome.attempts().get(1).error().orElseThrow().getMessage();
        assertTrue(error.startsWith("cut short after "), error);
    }

    /** The three seconds of the kill count from its call and not from the signal, which was sent before. */
    @Test
    void aKillThatComesLateStillWaitsForItsOwnTime() throws Exception {
        Phase patient = new Phase("SIGKILL", 600 * SECOND);
        Escalation escalation = new Escalation(new Plan(List.of(), patient), target);
        Thread driver = Thread.ofPlatform().daemon().start(() -> runQuietly(escalation));
        await("it waits", () -> target.calls.contains("wait"));
        long waiting = System.nanoTime();
        await("a time counted from the signal would be up", () -> System.nanoTime() - waiting >= SECOND / 5);
        long called = System.nanoTime();
        escalation.hasten(new Plan(List.of(), new Phase("SIGKILL", SECOND / 5)));
        driver.join();
        assertTrue(System.nanoTime() - called >= SECOND / 5, "it has waited after the second call");
        assertEquals(Optional.empty(), escalation.outcome().orElseThrow().status());
    }

    private static void runQuietly(Escalation escalation) {
        try {
            escalation.run();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aStopThatOneOfItsCallersHasLeftIsStillSharedByTheOthers() throws Exception {
        target.waits(RUNS, signaled(9, UnixSignal.SIGKILL));
        Caller driver = driving(LONG_PLAN);
        Caller second = call(LONG_PLAN);
        await("the second has joined", second::hasJoined);
        second.thread().interrupt();
        assertThrows(ExecutionException.class, second::outcome);
        assertSame(call(KILL_PLAN).outcome(), driver.outcome());
    }

    @Test
    void aLaterCallerWhoHasMoreTimeChangesNothing() throws Exception {
        target.waits(RUNS, signaled(9, UnixSignal.SIGKILL));
        Caller driver = driving(new Plan(List.of(new Phase("SIGTERM", SECOND / 2)), KILL));
        Outcome outcome = call(LONG_PLAN).outcome();
        assertSame(outcome, driver.outcome());
        assertEquals("timed out after 500 ms", outcome.attempts().get(1).error().orElseThrow().getMessage());
    }

    /** Callers of a stop that is over may still be there when somebody begins the next one, and leaves it. */
    @Test
    void aStopThatItsCallersHaveLeftIsForgottenEvenIfTheLastOneIsNotQuiteOver() throws Exception {
        target.waits(exited(1));
        CountDownLatch logged = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        Caller first;
        try (AutoCloseable restored = CapturedLog.misbehave(line -> {
            if (line.text().contains("'scripted'") && line.text().contains("ended by SIGTERM")) {
                logged.countDown();
                awaitQuietly(goOn);
            }
        })) {
            first = call(LONG_PLAN);
            assertTrue(logged.await(20, TimeUnit.SECONDS));
            Caller second = call(LONG_PLAN);
            await("the second waits for the place of the first", second::hasJoined);
            second.thread().interrupt();
            assertThrows(ExecutionException.class, second::outcome);
            goOn.countDown();
            first.outcome();
        }
        target.calls.clear();
        target.waits(exited(2));
        Outcome third = call(new Plan(List.of(new Phase("SIGUSR1", SECOND)), KILL)).outcome();
        assertEquals(List.of("look", "SIGUSR1", "drop", "wait"), target.calls);
        assertEquals(Optional.of("SIGUSR1"), third.endedBy());
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await(20, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
