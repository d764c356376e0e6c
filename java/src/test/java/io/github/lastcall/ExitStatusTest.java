package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.OnWindows;
import java.io.IOException;
import java.util.Optional;
import org.junit.jupiter.api.Test;

@OnWindows
class ExitStatusTest {

    private static final Optional<UnixSignal> NO_NAME = Optional.empty();

    @Test
    void onlyCodeZeroIsSuccess() {
        assertTrue(new ExitStatus.Exited(0).success());
        assertFalse(new ExitStatus.Exited(1).success());
        assertFalse(new ExitStatus.Signaled(15, Optional.of(UnixSignal.SIGTERM), false).success());
        assertFalse(new ExitStatus.Unknown("held by a tracer").success());
    }

    @Test
    void exitValueIsTheJdks() {
        assertEquals(255, new ExitStatus.Exited(255).toExitValue());
        assertEquals(0xC000013A, new ExitStatus.Exited(0xC000013A).toExitValue());
        assertEquals(143, new ExitStatus.Signaled(15, Optional.of(UnixSignal.SIGTERM), false).toExitValue());
        // The OS's number counts, not the contract's: SIGUSR1 is 30 on macOS.
        assertEquals(158, new ExitStatus.Signaled(30, Optional.of(UnixSignal.SIGUSR1), false).toExitValue());
        assertEquals(-1, new ExitStatus.Unknown("held by a tracer").toExitValue());
    }

    @Test
    void textDescribesTheEnd() {
        assertEquals("exited with code 0", new ExitStatus.Exited(0).toString());
        assertEquals("killed by SIGTERM",
                new ExitStatus.Signaled(15, Optional.of(UnixSignal.SIGTERM), false).toString());
        assertEquals("killed by signal 33", new ExitStatus.Signaled(33, NO_NAME, false).toString());
        assertEquals("killed by SIGABRT (core dumped)",
                new ExitStatus.Signaled(6, Optional.of(UnixSignal.SIGABRT), true).toString());
        assertEquals("killed by signal 11 (core dumped)", new ExitStatus.Signaled(11, NO_NAME, true).toString());
        assertEquals("unknown: held by a tracer", new ExitStatus.Unknown("held by a tracer").toString());
    }

    @Test
    void badComponentsAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new ExitStatus.Signaled(0, NO_NAME, false));
        assertThrows(NullPointerException.class, () -> new ExitStatus.Signaled(15, null, false));
        assertThrows(NullPointerException.class, () -> new ExitStatus.Unknown(null));
        assertThrows(NullPointerException.class, () -> new RunningState.Terminated(null));
        assertThrows(NullPointerException.class, () -> new RunningState.Uncertain(null));
        assertThrows(NullPointerException.class, () -> new WaitOutcome.Completed(null));
        assertThrows(NullPointerException.class, () -> new WaitOutcome.TerminatedAfterTimeout(null));
    }

    @Test
    void statesReadAsWords() {
        assertEquals("running", new RunningState.Running().toString());
        assertEquals("terminated: exited with code 3",
                new RunningState.Terminated(new ExitStatus.Exited(3)).toString());
        assertEquals("uncertain: EPERM (1) in waitid",
                new RunningState.Uncertain(new OsException(1, "EPERM", "waitid")).toString());
        assertEquals("uncertain: java.io.IOException", new RunningState.Uncertain(new IOException()).toString());
    }
}
