package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.OnWindows;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@OnWindows
class GracefulShutdownTest {

    private static final boolean ON_UNIX = false;
    private static final boolean ON_WINDOWS = true;
    private static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);
    private static final Duration TOO_LONG = Duration.ofSeconds(Long.MAX_VALUE);

    private static Duration s(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    private static Duration ms(long millis) {
        return Duration.ofMillis(millis);
    }

    private static GracefulShutdown.OptionStage terminate5Break8() {
        return GracefulShutdown.builder().unixSigterm(s(5)).windowsCtrlBreak(s(8));
    }

    private static GracefulShutdown phases(UnixGracefulPhase... phases) {
        return GracefulShutdown.builder().unix(UnixGracefulShutdown.fromPhases(phases)).windowsCtrlBreak(s(8)).build();
    }

    @Test
    void builderKeepsWhatItIsGiven() {
        UnixGracefulShutdown unix = UnixGracefulShutdown.interruptOnly(s(2));
        WindowsGracefulShutdown windows = WindowsGracefulShutdown.ctrlBreak(s(7));
        GracefulShutdown shutdown =
                GracefulShutdown.builder().unix(unix).windows(windows).forceKillTimeout(s(1)).build();
        assertEquals(unix, shutdown.unix());
        assertEquals(windows, shutdown.windows());
        assertEquals(s(1), shutdown.forceKillTimeout());
    }

    @Test
    void shortcutsAreTheSinglePhases() {
        GracefulShutdown terminate = terminate5Break8().build();
        assertEquals(List.of(UnixGracefulPhase.signal(UnixSignal.SIGTERM, s(5))), terminate.unix().phases());
        assertEquals(s(8), terminate.windows().timeout());
        assertEquals(s(3), terminate.forceKillTimeout());
        GracefulShutdown interrupt = GracefulShutdown.builder().unixSigint(s(5)).windowsCtrlBreak(s(8)).build();
        assertEquals(List.of(UnixGracefulPhase.signal(UnixSignal.SIGINT, s(5))), interrupt.unix().phases());
    }

    @Test
    void oneTimeoutIsThatOfTheSoftestRequestOnEveryFamily() {
        GracefulShutdown shutdown = GracefulShutdown.of(s(5));
        assertEquals(UnixGracefulShutdown.terminateOnly(s(5)), shutdown.unix());
        assertEquals(WindowsGracefulShutdown.ctrlBreak(s(5)), shutdown.windows());
        assertEquals(s(3), shutdown.forceKillTimeout());
        assertEquals(GracefulShutdown.builder().unixSigterm(s(5)).windowsCtrlBreak(s(5)).build(), shutdown);
    }

    @Test
    void stepsComeBeforeWhatIsOfOneFamily() {
        GracefulShutdown shutdown = GracefulShutdown.builder()
                .closeInput(s(2))
                .run(List.of("redis-cli", "shutdown"), s(4))
                .call("drain", process -> { }, s(1))
                .unixSigterm(s(5))
                .windowsCtrlBreak(s(8))
                .build();
        assertEquals(
                "closeInput 2 s, then run:redis-cli 4 s, then call:drain 1 s, then SIGTERM 5 s, then SIGKILL (3 s)",
                shutdown.text(ON_UNIX));
        assertEquals(
                "closeInput 2 s, then run:redis-cli 4 s, then call:drain 1 s, then CTRL_BREAK_EVENT 8 s, then "
                        + "TerminateJobObject (3 s)",
                shutdown.text(ON_WINDOWS));
        assertEquals(s(12), shutdown.totalTimeout(ON_UNIX));
        assertEquals(s(15).plus(ms(3_100)), shutdown.upperBound(ON_WINDOWS));
    }

    @Test
    void stepsAloneAreEnough() {
        GracefulShutdown steps = GracefulShutdown.builder().closeInput(ms(50)).build();
        for (boolean os : new boolean[] {ON_UNIX, ON_WINDOWS}) {
            assertEquals(ms(50), steps.totalTimeout(os));
            assertEquals(ms(3_200), steps.upperBound(os), "each counts as at least 100 ms");
        }
        assertEquals("closeInput 50 ms, then SIGKILL (3 s)", steps.text(ON_UNIX));
        assertEquals("closeInput 50 ms, then TerminateJobObject (3 s)", steps.text(ON_WINDOWS));
        assertEquals(List.of(), steps.unix().phases());
        assertNotEquals(WindowsGracefulShutdown.ctrlBreak(Duration.ZERO), steps.windows());
        GracefulShutdown patient = GracefulShutdown.builder().closeInput(s(1)).forceKillTimeout(s(9)).build();
        assertEquals(s(9), patient.forceKillTimeout());
        GracefulShutdown windows = GracefulShutdown.builder().closeInput(s(1)).windowsCtrlBreak(s(2)).build();
        assertEquals(s(1), windows.totalTimeout(ON_UNIX));
        assertEquals(s(3), windows.totalTimeout(ON_WINDOWS));
        assertEquals(FOR_EVER, GracefulShutdown.builder().closeInput(TOO_LONG).build().upperBound());
    }

    @Test
    void stepsHaveTheirPartInEquality() {
        StopAction action = process -> { };
        GracefulShutdown.UnixStage stage = GracefulShutdown.builder().closeInput(s(1)).call("it", action, s(1));
        GracefulShutdown one = stage.run(List.of("a", "b"), s(1)).build();
        GracefulShutdown same = GracefulShutdown.builder()
                .closeInput(s(1)).call("it", action, s(1)).run(List.of("a", "b"), s(1)).build();
        assertEquals(one, same);
        assertEquals(one.hashCode(), same.hashCode());
        assertNotEquals(one, stage.run(List.of("a", "c"), s(1)).build());
        assertNotEquals(one, stage.run(List.of("a", "b"), s(2)).build());
        assertNotEquals(one, stage.closeInput(s(1)).build());
        assertNotEquals(
                GracefulShutdown.builder().call("it", action, s(1)).build(),
                GracefulShutdown.builder().call("it", process -> { }, s(1)).build());
    }

    @Test
    void stepsAreRefusedAsTheyAreAdded() {
        GracefulShutdown.UnixStage start = GracefulShutdown.builder();
        StopAction action = process -> { };
        assertThrows(IllegalArgumentException.class, () -> start.closeInput(ms(-1)));
        assertThrows(IllegalArgumentException.class, () -> start.run(List.of("a"), ms(-1)));
        assertThrows(IllegalArgumentException.class, () -> start.run(List.of(), s(1)));
        assertThrows(IllegalArgumentException.class, () -> start.run(List.of("a", "b\0c"), s(1)));
        String why = assertThrows(
                IllegalArgumentException.class, () -> start.run(List.of("", "a"), s(1))).getMessage();
        assertEquals("command has no program: ''", why);
        assertThrows(IllegalArgumentException.class, () -> start.call("it", action, ms(-1)));
        assertThrows(IllegalArgumentException.class, () -> start.call(" ", action, s(1)));
        assertThrows(NullPointerException.class, () -> start.closeInput(null));
        assertThrows(NullPointerException.class, () -> start.run(null, s(1)));
        assertThrows(NullPointerException.class, () -> start.run(Arrays.asList("a", null), s(1)));
        assertThrows(NullPointerException.class, () -> start.call(null, action, s(1)));
        assertThrows(NullPointerException.class, () -> start.call("it", null, s(1)));
    }

    @Test
    void stagesCanBeReused() {
        GracefulShutdown.UnixStage start = GracefulShutdown.builder();
        GracefulShutdown.WindowsStage terminate = start.unixSigterm(s(5));
        GracefulShutdown.WindowsStage interrupt = start.unixSigint(s(6));
        GracefulShutdown.OptionStage options = terminate.windowsCtrlBreak(s(8));
        GracefulShutdown.OptionStage patient = options.forceKillTimeout(s(9));

        assertEquals(UnixGracefulShutdown.terminateOnly(s(5)), options.build().unix());
        assertEquals(s(3), options.build().forceKillTimeout());
        assertEquals(s(9), patient.build().forceKillTimeout());
        assertEquals(s(1), terminate.windowsCtrlBreak(s(1)).build().windows().timeout());
        assertEquals(s(8), patient.build().windows().timeout());
        assertEquals(UnixGracefulShutdown.interruptOnly(s(6)), interrupt.windowsCtrlBreak(s(8)).build().unix());
    }

    @Test
    void totalTimeoutIsThatOfThePhases() {
        GracefulShutdown shutdown = phases(UnixGracefulPhase.interrupt(ms(20)), UnixGracefulPhase.terminate(s(5)));
        assertEquals(ms(5020), shutdown.totalTimeout(ON_UNIX));
        assertEquals(ms(5020), shutdown.unix().totalTimeout());
        assertEquals(s(8), shutdown.totalTimeout(ON_WINDOWS));
    }

    @Test
    void upperBoundCountsEachPhaseAtLeastTheGraceOfARefusedSend() {
        GracefulShutdown shutdown = phases(UnixGracefulPhase.interrupt(Duration.ZERO),
                UnixGracefulPhase.signal(UnixSignal.SIGQUIT, ms(99)), UnixGracefulPhase.terminate(ms(101)));
        assertEquals(ms(100 + 100 + 101 + 3000 + 100), shutdown.upperBound(ON_UNIX));
        assertEquals(ms(8000 + 3000 + 100), shutdown.upperBound(ON_WINDOWS));
        GracefulShutdown atOnce = GracefulShutdown.builder().unixSigterm(Duration.ZERO).windowsCtrlBreak(Duration.ZERO)
                .forceKillTimeout(Duration.ZERO).build();
        assertEquals(ms(200), atOnce.upperBound(ON_UNIX));
        assertEquals(ms(200), atOnce.upperBound(ON_WINDOWS));
    }

    @Test
    void theOsAtHandDecides() {
        boolean windows = System.getProperty("os.name").startsWith("Windows");
        GracefulShutdown shutdown = terminate5Break8().build();
        assertEquals(windows ? s(8) : s(5), shutdown.totalTimeout());
        assertEquals(windows ? ms(11_100) : ms(8_100), shutdown.upperBound());
        assertEquals(shutdown.text(windows), shutdown.toString());
    }

    @Test
    void tooLongCountsAsForEver() {
        GracefulShutdown phases = phases(UnixGracefulPhase.terminate(TOO_LONG), UnixGracefulPhase.terminate(TOO_LONG));
        assertEquals(TOO_LONG, phases.unix().phases().get(0).timeout());
        assertEquals(FOR_EVER, phases.totalTimeout(ON_UNIX));
        assertEquals(FOR_EVER, phases.upperBound(ON_UNIX));
        GracefulShutdown kill = terminate5Break8().forceKillTimeout(TOO_LONG).build();
        assertEquals(s(5), kill.totalTimeout(ON_UNIX));
        assertEquals(FOR_EVER, kill.upperBound(ON_UNIX));
        assertEquals(FOR_EVER, kill.upperBound(ON_WINDOWS));
    }

    @Test
    void textReadsAsTheSteps() {
        GracefulShutdown shutdown = terminate5Break8().build();
        assertEquals("SIGTERM 5 s, then SIGKILL (3 s)", shutdown.text(ON_UNIX));
        assertEquals("CTRL_BREAK_EVENT 8 s, then TerminateJobObject (3 s)", shutdown.text(ON_WINDOWS));
        GracefulShutdown phases = phases(UnixGracefulPhase.interrupt(ms(1500)), UnixGracefulPhase.terminate(TOO_LONG));
        assertEquals("SIGINT 1.5 s, then SIGTERM for ever, then SIGKILL (3 s)", phases.text(ON_UNIX));
        assertEquals("CTRL_BREAK_EVENT 8 s", phases.windows().toString());
    }

    @Test
    void equalIsWhatIsEqualInAllParts() {
        GracefulShutdown shutdown = terminate5Break8().build();
        assertEquals(terminate5Break8().build(), shutdown);
        assertEquals(terminate5Break8().build().hashCode(), shutdown.hashCode());
        assertNotEquals(shutdown, terminate5Break8().forceKillTimeout(s(4)).build());
        assertNotEquals(shutdown, GracefulShutdown.builder().unixSigterm(s(6)).windowsCtrlBreak(s(8)).build());
        assertNotEquals(shutdown, GracefulShutdown.builder().unixSigint(s(5)).windowsCtrlBreak(s(8)).build());
        assertNotEquals(shutdown, GracefulShutdown.builder().unixSigterm(s(5)).windowsCtrlBreak(s(9)).build());
        assertNotEquals(UnixGracefulPhase.terminate(s(1)), UnixGracefulPhase.terminate(s(2)));
        assertNotEquals(UnixGracefulPhase.terminate(s(1)), UnixGracefulPhase.interrupt(s(1)));
        assertNotEquals(
                UnixGracefulShutdown.fromPhases(UnixGracefulPhase.terminate(s(1)), UnixGracefulPhase.interrupt(s(1))),
                UnixGracefulShutdown.fromPhases(UnixGracefulPhase.interrupt(s(1)), UnixGracefulPhase.terminate(s(1))));
    }

    @Test
    void phasesAreCopied() {
        UnixGracefulPhase[] phases = {UnixGracefulPhase.interrupt(s(1)), UnixGracefulPhase.terminate(s(2))};
        UnixGracefulShutdown shutdown = UnixGracefulShutdown.fromPhases(phases);
        phases[0] = UnixGracefulPhase.terminate(s(9));
        assertEquals(List.of(UnixGracefulPhase.interrupt(s(1)), UnixGracefulPhase.terminate(s(2))), shutdown.phases());
        assertThrows(UnsupportedOperationException.class, () -> shutdown.phases().clear());
    }

    @Test
    void noPhaseIsRefused() {
        assertThrows(IllegalArgumentException.class, UnixGracefulShutdown::fromPhases);
        refusesNull("phases", () -> UnixGracefulShutdown.fromPhases((UnixGracefulPhase[]) null));
        UnixGracefulPhase phase = UnixGracefulPhase.terminate(s(1));
        refusesNull("phases[1]", () -> UnixGracefulShutdown.fromPhases(phase, null));
    }

    @ParameterizedTest
    @MethodSource("io.github.lastcall.UnixSignalTest#all")
    void aPhaseTakesWhatAProcessCanAnswer(UnixSignal signal) {
        if (Set.of("SIGKILL", "SIGSTOP", "SIGTSTP").contains(signal.name())) {
            Executable create = () -> UnixGracefulPhase.signal(signal, s(1));
            String message = assertThrows(IllegalArgumentException.class, create).getMessage();
            assertTrue(message.contains(signal.name()), message);
        } else {
            assertEquals(signal, UnixGracefulPhase.signal(signal, s(1)).signal());
        }
    }

    @Test
    void nullIsRefusedByName() {
        GracefulShutdown.UnixStage start = GracefulShutdown.builder();
        GracefulShutdown.WindowsStage windows = start.unixSigterm(s(1));
        refusesNull("timeout", () -> GracefulShutdown.of(null));
        refusesNull("unix", () -> start.unix(null));
        refusesNull("timeout", () -> start.unixSigterm(null));
        refusesNull("timeout", () -> start.unixSigint(null));
        refusesNull("windows", () -> windows.windows(null));
        refusesNull("timeout", () -> windows.windowsCtrlBreak(null));
        refusesNull("timeout", () -> terminate5Break8().forceKillTimeout(null));
        refusesNull("signal", () -> UnixGracefulPhase.signal(null, s(1)));
        refusesNull("timeout", () -> UnixGracefulPhase.signal(UnixSignal.SIGHUP, null));
    }

    @Test
    void negativeIsRefusedWithTheValue() {
        Duration negative = ms(-1);
        GracefulShutdown.UnixStage start = GracefulShutdown.builder();
        refusesNegative(() -> GracefulShutdown.of(negative));
        refusesNegative(() -> start.unixSigterm(negative));
        refusesNegative(() -> start.unixSigint(negative));
        refusesNegative(() -> start.unixSigint(s(1)).windowsCtrlBreak(negative));
        refusesNegative(() -> terminate5Break8().forceKillTimeout(negative));
        refusesNegative(() -> UnixGracefulPhase.signal(UnixSignal.SIGHUP, negative));
    }

    private static void refusesNull(String name, Executable call) {
        assertEquals(name, assertThrows(NullPointerException.class, call).getMessage());
    }

    private static void refusesNegative(Executable call) {
        assertEquals("timeout is negative: PT-0.001S",
                assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}
