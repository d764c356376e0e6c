package io.github.lastcall;

import static io.github.lastcall.testing.LostProcesses.collectUntilGone;
import static io.github.lastcall.testing.Programs.await;
import static io.github.lastcall.testing.Programs.awaitGone;
import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static io.github.lastcall.testing.Programs.isRunning;
import static io.github.lastcall.testing.Programs.readLine;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.CapturedLog;
import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import java.io.IOException;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.event.Level;

/** What happens to a process when the use of its handle ends, after each way to use it. */
@ExtendWith(LeaksNothing.class)
class EndOfUseTest {

    private static final GracefulShutdown SHUTDOWN = GracefulShutdown.of(Duration.ofSeconds(30));

    private static final GracefulShutdown AT_ONCE = GracefulShutdown.builder()
            .unixSigint(Duration.ZERO)
            .windowsCtrlBreak(Duration.ZERO)
            .forceKillTimeout(Duration.ZERO)
            .build();

    private final FaultyOs os = new FaultyOs();

    private ManagedProcess start(String... steps) throws IOException {
        ManagedProcess process = ManagedProcess.builder(child(steps)).os(os).start();
        awaitReady(process);
        return process;
    }

    /** The calls that kill and do not wait, or not long enough. */
    enum Kill {
        DESTROY_FORCIBLY,
        SEND_SIGNAL,
        KILL_ASYNC,
        KILL_WITHIN_NO_TIME,
        TERMINATE_WITHIN_NO_TIME;

        void on(ManagedProcess process) throws Exception {
            switch (this) {
                case DESTROY_FORCIBLY -> process.destroyForcibly();
                case SEND_SIGNAL -> process.sendSignal(UnixSignal.SIGKILL);
                case KILL_ASYNC -> process.killAsync();
                case KILL_WITHIN_NO_TIME -> tryTo(() -> process.kill(Duration.ZERO));
                case TERMINATE_WITHIN_NO_TIME -> tryTo(() -> process.terminate(AT_ONCE));
            }
        }

        private static void tryTo(Callable<?> stop) throws Exception {
            try {
                stop.call();
            } catch (TerminationFailedException late) {
                // It has still been killed.
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void closeAfterAKillIsSilent(Kill kill) throws Exception {
        for (int i = 0; i < 200; i++) {
            ManagedProcess process = ManagedProcess.builder(child("ignore", "SIGINT", "pause")).start();
            kill.on(process);
            assertDoesNotThrow(process::close);
            assertFalse(isRunning(process.pid()));
            assertFalse(process.isArmed());
        }
    }

    @ParameterizedTest
    @EnumSource
    void closeAfterAKillWaitsForTheMembersToo(Kill kill) throws Exception {
        ManagedProcess process =
                ManagedProcess.builder(child("fork", "print-ids", "pause", "end", "pause")).start();
        long member = Long.parseLong(readLine(process.getInputStream()).split(" ")[0]);
        kill.on(process);
        assertDoesNotThrow(process::close);
        assertFalse(isRunning(member));
    }

    @Test
    void closeAfterAKillThatWasRefusedIsLoud() throws Exception {
        ManagedProcess process = start("ready", "pause");
        os.refuseAll();
        process.destroyForcibly();
        os.refuse();
        assertThrows(ProcessLeakedException.class, process::close);
        assertFalse(isRunning(process.pid()));
    }

    @ParameterizedTest
    @CsvSource({"GROUP, true", "GROUP, false", "MIXED, true", "MIXED, false"})
    void closeAfterAWaitStopsTheMembersUnderGroup(KillMode mode, boolean policy) throws Exception {
        ManagedProcess.Builder builder = ManagedProcess.builder(
                        "sh", "-c", "(trap 'exit 0' TERM; echo $(exec sh -c 'echo $PPID'); sleep 20 & wait) & read x; exit 0")
                .killMode(mode);
        ManagedProcess process = (policy ? builder.terminateOnClose(SHUTDOWN) : builder).start();
        long member = Long.parseLong(readLine(process.getInputStream()));
        process.getOutputStream().close();
        process.waitFor();
        assertTrue(isRunning(member));
        assertDoesNotThrow(process::close);
        awaitGone(member);
        CapturedLog.await(process.pid(), line -> line.level() == Level.INFO && line.text().contains("members"));
    }

    @Test
    void closeOfADisarmedHandleLeavesTheMembers() throws Exception {
        ManagedProcess process =
                ManagedProcess.builder(child("fork", "print-ids", "pause", "end", "read-line")).start();
        long member = Long.parseLong(readLine(process.getInputStream()).split(" ")[0]);
        process.mustNotBeTerminated();
        process.getOutputStream().close();
        process.waitFor();
        process.close();
        assertTrue(isRunning(member));
        Programs.signal(member, "KILL");
        awaitGone(member);
    }

    /** How a wait fails. */
    enum Failure {
        WAIT,
        LOOK
    }

    @ParameterizedTest
    @CsvSource({"WAIT, PLATFORM", "LOOK, PLATFORM", "LOOK, VIRTUAL"})
    void aWaitThatFailsTerminatesAndThenThrows(Failure failure, ThreadKind kind) throws Exception {
        try (ManagedProcess process = start("handle", "SIGTERM", "exit:3", "ready", "pause")) {
            switch (failure) {
                case WAIT -> os.failWaits(1);
                // One failure may go to a look of the library itself, which alternates with the wait.
                case LOOK -> os.unreadable(2);
            }
            IOException thrown = kind.begin(() -> assertThrows(
                            IOException.class,
                            () -> process.waitForExitOrTerminate(Duration.ofMillis(300), SHUTDOWN)))
                    .result();
            assertInstanceOf(OsException.class, thrown);
            assertFalse(isRunning(process.pid()));
            assertEquals(new ExitStatus.Exited(3), process.exitStatus().orElseThrow());
            assertFalse(process.isArmed());
        }
    }

    /** The calls that use the JDK's handle of the leader. */
    enum Look {
        TO_HANDLE,
        INFO,
        CHILDREN,
        DESCENDANTS;

        void at(ManagedProcess process) {
            switch (this) {
                case TO_HANDLE -> process.toHandle();
                case INFO -> process.info();
                case CHILDREN -> process.children();
                case DESCENDANTS -> process.descendants();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void toHandleKeepsTheProcessFromBeingLost(Look look) throws Exception {
        long pid = startLookAndLose(look);
        long other = startLookAndLose(Look.INFO);
        collectUntilGone(other);
        if (look == Look.TO_HANDLE) {
            CapturedLog.await(other, line -> line.level() == Level.ERROR);
            assertTrue(isRunning(pid));
            ProcessHandle.of(pid).orElseThrow().destroyForcibly();
        }
        collectUntilGone(pid);
        await("it is reaped", () -> ProcessHandle.of(pid).isEmpty());
    }

    private long startLookAndLose(Look look) throws Exception {
        ManagedProcess process = start("ready", "pause");
        look.at(process);
        return process.pid();
    }

    @Test
    void toHandleDoesNotDisarm() throws Exception {
        ManagedProcess process = start("ready", "pause");
        ProcessHandle handle = process.toHandle();
        assertTrue(process.isArmed());
        assertThrows(ProcessLeakedException.class, process::close);
        await("the handle sees it", () -> !handle.isAlive());
        Reference.reachabilityFence(handle);
    }
}
