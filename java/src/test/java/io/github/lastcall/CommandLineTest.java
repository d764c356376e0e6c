package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.WatchedCommandLine;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line, with the exit codes of timeout(1). */
@ExtendWith(LeaksNothing.class)
@Timeout(120)
class CommandLineTest {

    private static final String MAIN = "io.github.lastcall.internal.cli.Main";

    /** The command line; {@code child} stands for the helper program. */
    private static ProcessBuilder commandLine(String line) {
        String[] arguments = line.replace("child", Programs.helper("child")).split(" ");
        return new JavaProgram(MAIN, arguments).builder();
    }

    private static JavaProgram.Result run(String line) {
        return JavaProgram.run(commandLine(line));
    }

    private static void assertExits(int code, JavaProgram.Result result) {
        assertEquals(code, result.exitValue(), () -> result.out() + result.err());
    }

    private static void assertInOrder(String text, String... parts) {
        int from = 0;
        for (String part : parts) {
            int found = text.indexOf(part, from);
            assertTrue(found >= 0, () -> "\"" + part + "\" is not there, or not in its place: " + text);
            from = found + part.length();
        }
    }

    @Test
    void theCommandsOwnExitCodeAndOutputArePassedOn() {
        JavaProgram.Result result = run("run -- child say hello exit 7");
        assertExits(7, result);
        assertEquals("hello\n", result.out());
        assertEquals("", result.err());
    }

    @Test
    void deathByASignalIs128AndItsNumber() {
        assertExits(128 + 10, run("run -- child raise SIGUSR1"));
    }

    @Test
    void anOrderlyStopAtTheTimeoutIs124() {
        JavaProgram.Result result = run("run --name sleeper --timeout 50ms -- child pause");
        assertExits(124, result);
        assertInOrder(result.err(), "sleeper", "SIGTERM");
        assertFalse(result.err().contains("SIGKILL"), result.err());
    }

    @Test
    void aKillAtTheTimeoutIs137() {
        // Nobody dies of SIGWINCH, so the child need not have come far by then.
        JavaProgram.Result result = run("run --timeout 50ms --signal WINCH:50ms -- child pause");
        assertExits(137, result);
        assertInOrder(result.err(), "SIGWINCH", "timed out", "SIGKILL");
    }

    @Test
    void phasesFollowTheOrderOfTheOptions() {
        JavaProgram.Result result =
                run("run --timeout 50ms --signal WINCH:50ms --signal SIGCONT:50ms --sigterm 1h -- child pause");
        assertExits(124, result);
        assertInOrder(result.err(), "SIGWINCH", "timed out", "SIGCONT", "timed out", "SIGTERM");
    }

    @Test
    void aKillComesNoLaterThanItIsTold() {
        assertExits(137, run("run --timeout 50ms --signal WINCH:1h --kill-after 50ms -- child pause"));
    }

    @Test
    void aCommandThatIsNotThereIs127() {
        assertExits(127, run("run -- no-such-command"));
        assertExits(127, run("run -- /nowhere/no-such-command"));
    }

    @Test
    void aCommandThatCannotBeRunIs126(@TempDir Path folder) throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "not executable");
        assertExits(126, run("run -- " + file));
        assertExits(126, run("run -- " + folder));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "run --", "run --bogus -- true", "run --timeout", "run --timeout x -- true", "run --timeout -1 -- true",
        "run --timeout 1y -- true", "run --signal TERM -- true", "run --signal KILL:1s -- true",
        "run --signal NONSENSE:1s -- true", "run --name  -- true", "run true"
    })
    void aLineThatMakesNoSenseIs125AndGetsTheUsage(String line) {
        JavaProgram.Result result = run(line);
        assertExits(125, result);
        assertInOrder(result.err(), "lastcall: ", "usage: ");
        assertFalse(result.err().contains("\tat "), result.err());
    }

    /** Starts the command line and returns once it waits for its command and that has written "ready". */
    private static Process waiting(String line) {
        return waiting(line, "none");
    }

    private static Process waiting(String line, String log) {
        String[] arguments = line.replace("child", Programs.helper("child")).split(" ");
        Process process = JavaProgram.start(new JavaProgram(WatchedCommandLine.class, arguments)
                .property("lastcall.test.log", log)
                .builder());
        Set<String> lines = new TreeSet<>();
        lines.add(Programs.readLine(process.getInputStream()));
        lines.add(Programs.readLine(process.getInputStream()));
        assertEquals(Set.of("ready", "waiting"), lines);
        return process;
    }

    private static JavaProgram.Result interrupt(Process line) {
        Programs.signal(line.pid(), "INT");
        JavaProgram.Result result = JavaProgram.finish(line);
        assertExits(130, result);
        assertNoneIsLeft(result.err());
        return result;
    }

    @Test
    void ctrlCStopsTheCommandAndTellsHow() {
        JavaProgram.Result result = interrupt(
                waiting("run --sigint 50ms --sigterm 1h -- child ignore SIGINT handle SIGTERM exit:5 ready pause"));
        assertInOrder(result.err(), "code 5", "SIGINT", "timed out", "SIGTERM");
    }

    @Test
    void ctrlCTellsHowAlsoWhereTheCommandObeysAtOnce() {
        JavaProgram.Result result = interrupt(waiting("run -- child handle SIGTERM exit:0 ready pause"));
        assertInOrder(result.err(), "lastcall: ", "code 0", "SIGTERM");
    }

    /** Two that stop the same process could end it before the one that tells has begun. */
    @Test
    void ctrlCIsLeftToTheHookThatTells() {
        JavaProgram.Result result =
                interrupt(waiting("run --sigterm 500ms -- child ignore SIGTERM ready pause", "stderr"));
        assertInOrder(result.err(), "lastcall: ", "SIGTERM", "SIGKILL");
        assertFalse(result.err().contains("was still running when the JVM ended"), result.err());
    }

    @Test
    void ctrlCDuringAStopTellsOfThatStop() {
        Process line = JavaProgram.start(
                commandLine("run --timeout 500ms --signal WINCH:2s -- child handle SIGWINCH say:asked ready pause"));
        Programs.awaitReady(line);
        assertEquals("asked", Programs.readLine(line.getInputStream()));
        assertInOrder(interrupt(line).err(), "SIGWINCH", "SIGKILL");
    }

    @Test
    void ctrlCInATerminalStopsTheCommand() throws Exception {
        List<String> command = new JavaProgram(
                        MAIN, "run", "--", Programs.helper("child"), "handle", "SIGTERM", "exit:0", "ready", "pause")
                .command();
        Process terminal = JavaProgram.start(Programs.inTerminal(command));
        assertEquals("ready", Programs.readLine(terminal.getInputStream()).strip());
        terminal.getOutputStream().write(3);
        terminal.getOutputStream().flush();
        JavaProgram.Result result = JavaProgram.finish(terminal);
        assertExits(130, result);
        assertNoneIsLeft(result.out());
    }

    @Test
    void withoutACommandATreeIsStoppedAndNoneOfItIsLeft() {
        JavaProgram.Result result = JavaProgram.run(new JavaProgram(MAIN).builder());
        assertExits(0, result);
        assertInOrder(result.err(), "SIGINT", "timed out", "SIGTERM", "timed out", "SIGKILL");
        assertTrue(pids(result.err()).size() >= 3, result.err());
        assertNoneIsLeft(result.err());
    }

    private static List<Long> pids(String text) {
        List<Long> pids = new ArrayList<>();
        for (MatchResult match : Pattern.compile("pid (\\d+)").matcher(text).results().toList()) {
            pids.add(Long.valueOf(match.group(1)));
        }
        return pids.stream().distinct().toList();
    }

    private static void assertNoneIsLeft(String report) {
        assertFalse(pids(report).isEmpty(), report);
        // The kill of a grandchild is sent, not awaited.
        pids(report).forEach(Programs::awaitGone);
    }
}
