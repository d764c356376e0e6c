package io.github.lastcall;

import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.LeaksNothing;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps that fail in unusual ways, and exits at any moment of a step: the stop is still correct and in time. */
@ExtendWith(LeaksNothing.class)
@Timeout(60)
class HinderedStepsTest {

    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofMinutes(10);

    /** More than ten times the normal duration of these stops. */
    private static final Duration BOUND = Duration.ofSeconds(5);

    private final FaultyOs os = new FaultyOs();

    private ManagedProcess polite() throws IOException {
        ManagedProcess process = ManagedProcess.builder(child("handle", "SIGTERM", "exit:7", "ready", "pause"))
                .os(os)
                .start();
        awaitReady(process);
        return process;
    }

    private static GracefulShutdown.StepStage runs(Duration timeout, String... command) {
        return GracefulShutdown.builder().run(List.of(command), timeout);
    }

    private static GracefulShutdown.StepStage calls(StopAction action) {
        return GracefulShutdown.builder().call("it", action, SHORT);
    }

    /** By SIGTERM, after steps that did not end it. */
    private static TerminationReport endBySigterm(ManagedProcess process, GracefulShutdown.StepStage steps)
            throws Exception {
        TerminationReport report = process.terminate(steps.unixSigterm(LONG).windowsCtrlBreak(LONG).build());
        assertEquals(new ExitStatus.Exited(7), report.exitStatus());
        assertEquals(Optional.of("SIGTERM"), report.endedBy());
        assertTrue(report.elapsed().compareTo(BOUND) < 0, report.elapsed().toString());
        return report;
    }

    /** Like a process that has changed its user. */
    @Test
    void aCommandThatMayNotBeKilledDelaysLittle() throws Exception {
        os.refuse(UnixSignal.SIGKILL);
        try (ManagedProcess process = polite()) {
            endBySigterm(process, runs(SHORT, "sleep", "2"));
        } finally {
            os.refuse();
        }
    }

    /** And the command does not run when its start has ended. */
    @Test
    void aCommandWhoseStartHangsDelaysLittle() throws Exception {
        CountDownLatch goOn = new CountDownLatch(1);
        try (ManagedProcess process = polite()) {
            os.beforeSpawn(() -> awaitThroughInterrupts(goOn));
            endBySigterm(process, runs(SHORT, "sleep", "600"));
        } finally {
            goOn.countDown();
        }
    }

    private static void awaitThroughInterrupts(CountDownLatch goOn) {
        while (goOn.getCount() > 0) {
            try {
                goOn.await();
            } catch (InterruptedException ignored) {
                // The interrupt does not end the start.
            }
        }
    }

    @Test
    void aCommandThatStopsItselfIsKilled() throws Exception {
        try (ManagedProcess process = polite()) {
            endBySigterm(process, runs(SHORT, "sh", "-c", "kill -STOP $$"));
        }
    }

    /** Calls that ignore an interrupt, or that throw an unexpected exception. */
    enum Bad {
        WAITS_FOR_THE_STOP {
            @Override
            void on(ManagedProcess process) {
                process.terminateAsync(GracefulShutdown.of(LONG)).join();
            }
        },
        WAITS_FOR_THE_EXIT {
            @Override
            void on(ManagedProcess process) {
                process.onExit().join();
            }
        },
        THROWS_AN_ERROR {
            @Override
            void on(ManagedProcess process) {
                throw new OutOfMemoryError("for the test");
            }
        },
        OVERFLOWS_ITS_STACK {
            @Override
            void on(ManagedProcess process) {
                on(process);
            }
        },
        INTERRUPTS_ITSELF {
            @Override
            void on(ManagedProcess process) {
                Thread.currentThread().interrupt();
            }
        };

        abstract void on(ManagedProcess process) throws Exception;
    }

    @ParameterizedTest
    @EnumSource
    void aBadCallDelaysLittle(Bad bad) throws Exception {
        try (ManagedProcess process = polite()) {
            endBySigterm(process, calls(bad::on));
        }
    }

    @Test
    void aWriterThatWaitsForRoomIsCutOff() throws Exception {
        try (ManagedProcess process = polite()) {
            ThreadKind.Running<Void> writer = ThreadKind.PLATFORM.begin(() -> {
                process.getOutputStream().write(new byte[1 << 20]);
                return null;
            });
            writer.awaitBlocked();
            endBySigterm(process, GracefulShutdown.builder().closeInput(SHORT));
            assertInstanceOf(IOException.class, assertThrows(ExecutionException.class, writer::result).getCause());
        }
    }

    @Test
    void anInterruptThatIsThereAlreadyLetsNoStepBegin() throws Exception {
        AtomicBoolean called = new AtomicBoolean();
        try (ManagedProcess process = polite()) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> process.terminate(calls(any -> called.set(true)).build()));
            assertTrue(process.isAlive());
            process.kill();
        }
        assertFalse(called.get());
    }

    /** Only the thread of the caller runs, and none of the library. */
    @Test
    void afterAReleaseStepsThatNeedAThreadArePassedOver() throws Exception {
        try (ManagedProcess process = polite()) {
            process.mustNotBeTerminated();
            ManagedProcess.release();
            TerminationReport report = endBySigterm(process, calls(any -> { }).run(List.of("true"), SHORT));
            assertEquals(
                    List.of(
                            "skipped: call:it, because no thread could be started for it",
                            "skipped: run:true, because no thread could be started for it"),
                    report.attempts().subList(0, 2).stream().map(attempt -> attempt.action().toString()).toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"run", "call", "closeInput", "all"})
    void anExitAtAnyMomentEndsTheStop(String kind) throws Exception {
        Random random = new Random(5);
        for (int i = 0; i < 100; i++) {
            ManagedProcess process = ManagedProcess.builder(
                    child("ready", "sleep", Integer.toString(random.nextInt(12)), "exit", "7"))
                    .killMode(KillMode.values()[random.nextInt(3)])
                    .start();
            awaitReady(process);
            int millis = random.nextInt(9);
            TerminationReport report = process.terminate(policy(kind, millis));
            assertTrue(report.elapsed().compareTo(BOUND) < 0, () -> report + ": " + report.attempts());
            if (!kind.equals("all")) {
                assertEquals(new ExitStatus.Exited(7), report.exitStatus(), () -> report + ": " + report.attempts());
            }
            process.close();
        }
    }

    private static GracefulShutdown policy(String kind, int millis) {
        String seconds = "0.00" + millis;
        StopAction sleeps = any -> Thread.sleep(millis);
        return switch (kind) {
            case "run" -> runs(LONG, "sleep", seconds).build();
            case "call" -> GracefulShutdown.builder().call("it", sleeps, LONG).build();
            case "closeInput" -> GracefulShutdown.builder().closeInput(LONG).build();
            default -> runs(Duration.ofMillis(millis), "sleep", seconds)
                    .call("it", sleeps, Duration.ofMillis(9 - millis))
                    .closeInput(Duration.ofMillis(millis))
                    .build();
        };
    }
}
