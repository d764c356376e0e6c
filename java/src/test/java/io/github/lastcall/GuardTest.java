package io.github.lastcall;

import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.CapturedLog;
import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.programs.LeavesRunning;
import io.github.lastcall.testing.programs.Runs;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** When a process is armed, and what is logged. Closed and lost handles have their own tests. */
@ExtendWith(LeaksNothing.class)
class GuardTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final GracefulShutdown SHUTDOWN = GracefulShutdown.of(LONG);

    private final FaultyOs os = new FaultyOs();

    private ManagedProcess start(String... steps) throws IOException {
        ManagedProcess process = ManagedProcess.builder(child(steps)).os(os).start();
        awaitReady(process);
        return process;
    }

    /** The calls that end a process, or see its end. */
    enum TerminalCall {
        TERMINATE,
        KILL,
        WAIT_FOR_EXIT,
        WAIT_FOR_EXIT_LIMITED,
        WAIT_FOR_EXIT_OR_TERMINATE,
        WAIT_FOR,
        WAIT_FOR_LIMITED,
        WAIT_FOR_DURATION,
        EXIT_VALUE,
        ON_EXIT;

        void on(ManagedProcess process) throws Exception {
            switch (this) {
                case TERMINATE -> process.terminate(SHUTDOWN);
                case KILL -> process.kill();
                case WAIT_FOR_EXIT -> process.waitForExit();
                case WAIT_FOR_EXIT_LIMITED -> process.waitForExit(LONG);
                case WAIT_FOR_EXIT_OR_TERMINATE -> process.waitForExitOrTerminate(LONG, SHUTDOWN);
                case WAIT_FOR -> process.waitFor();
                case WAIT_FOR_LIMITED -> process.waitFor(30, TimeUnit.SECONDS);
                case WAIT_FOR_DURATION -> process.waitFor(LONG);
                case EXIT_VALUE -> process.exitValue();
                case ON_EXIT -> process.onExit().get(30, TimeUnit.SECONDS);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aTerminalCallThatSucceedsDisarms(TerminalCall call) throws Exception {
        try (ManagedProcess process = start("ready", "exit", "5")) {
            process.toHandle().onExit().join();
            assertTrue(process.isArmed());
            call.on(process);
            assertFalse(process.isArmed());
        }
    }

    @Test
    void lookingSignallingAndWaitingInVainDoNotDisarm() throws Exception {
        try (ManagedProcess process = start("ignore", "SIGTERM", "ready", "pause")) {
            process.state();
            process.isAlive();
            process.exitStatus();
            process.sendTerminate();
            process.destroy();
            process.onExit();
            assertThrows(IllegalThreadStateException.class, process::exitValue);
            assertFalse(process.waitFor(10, TimeUnit.MILLISECONDS));
            assertFalse(process.waitFor(Duration.ZERO));
            assertEquals(Optional.empty(), process.waitForExit(Duration.ofMillis(10)));
            assertTrue(process.isArmed());
            process.kill();
        }
    }

    @Test
    void lookingAtAProcessThatHasExitedDoesNotDisarmEither() throws Exception {
        try (ManagedProcess process = start("ready", "exit", "5")) {
            process.toHandle().onExit().join();
            assertFalse(process.isAlive());
            assertEquals(Optional.of(new ExitStatus.Exited(5)), process.exitStatus());
            assertTrue(process.isArmed());
        }
        // And its close was silent.
    }

    @Test
    void aWaitThatIsInterruptedLeavesItArmed() throws Exception {
        try (ManagedProcess process = start("ready", "pause")) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, process::waitFor);
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, process::waitForExit);
            assertFalse(Thread.interrupted());
            assertTrue(process.isArmed());
            process.kill();
        }
    }

    @Test
    void aStopThatFailsLeavesItArmed() throws Exception {
        try (ManagedProcess process = start("ready", "pause")) {
            os.refuseAll();
            assertThrows(TerminationFailedException.class, process::kill);
            assertTrue(process.isArmed());
            os.refuse();
            process.kill();
        }
    }

    @Test
    void itCanBeDisarmedAndArmedAgain() throws Exception {
        ManagedProcess process = start("ready", "pause");
        process.mustNotBeTerminated();
        assertFalse(process.isArmed());
        process.close();
        assertTrue(process.isAlive());
        process.mustBeTerminated();
        assertTrue(process.isArmed());
        assertThrows(ProcessLeakedException.class, process::close);
        assertFalse(process.isAlive());
    }

    @Test
    void aLoggingBackEndThatThrowsBreaksNothing() throws Exception {
        try (AutoCloseable restored = CapturedLog.misbehave(line -> {
                    throw new IllegalStateException("the disk is full");
                });
                ManagedProcess process = start("ignore", "SIGTERM", "ready", "pause")) {
            os.refuse(UnixSignal.SIGTERM);
            assertDoesNotThrow(process::destroy);
            os.refuse();
            assertTrue(process.terminate(GracefulShutdown.builder()
                            .unixSigterm(Duration.ofMillis(50))
                            .windowsCtrlBreak(LONG)
                            .build())
                    .forced());
        }
    }

    @Test
    void aLoggerThatCouldNotBeHadAtFirstIsUsedLater() {
        JavaProgram.Result result = new JavaProgram(LeavesRunning.class, "exit", "kill", "1", "pause")
                .property("lastcall.test.log", "stderr")
                .property("lastcall.test.log.failures", "1")
                .run();
        assertTrue(result.err().contains("was still running when the JVM ended"), result.err());
    }

    @Test
    void whatIsLoggedOfAProcessThatEndsByItselfIsWrittenBeforeTheJvmEnds() {
        JavaProgram.Result result = new JavaProgram(
                        Runs.class, child("exit", "3").command().toArray(String[]::new))
                .property("lastcall.test.log", "stderr")
                .property("lastcall.test.log.delay", "100")
                .run();
        assertEquals(3, result.exitValue(), result.err());
        assertTrue(result.err().contains("started"), result.err());
    }

    @Test
    void theLogNamesTheProcessAndTheSignalAlsoAsKeyValuePairs() throws Exception {
        try (ManagedProcess process =
                ManagedProcess.builder(child("ready", "pause")).name("api").os(os).start()) {
            awaitReady(process);
            process.terminate(SHUTDOWN);
            CapturedLog.Line sent = CapturedLog.await(process.pid(), line -> line.text().endsWith("sent SIGTERM"));
            assertEquals("'api' (pid " + process.pid() + "): sent SIGTERM", sent.text());
            assertEquals("api", sent.values().get("name"));
            assertEquals("SIGTERM", sent.values().get("signal"));
            assertEquals(1, sent.values().get("phase"));
        }
    }
}
