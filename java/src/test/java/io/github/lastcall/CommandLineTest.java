package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.Json;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line compared with timeout(1): what both write, and how both end. */
@ExtendWith(LeaksNothing.class)
@Timeout(120)
class CommandLineTest {

    private static final String MAIN = "io.github.lastcall.internal.cli.Main";
    private static final String TIMEOUT = "/usr/bin/timeout";

    /** Words separated by spaces; {@code child} is the helper program, {@code _} a space. */
    private static String[] words(String line) {
        return Arrays.stream(line.split(" "))
                .map(word -> word.equals("child") ? Programs.helper("child") : word.replace('_', ' '))
                .toArray(String[]::new);
    }

    private static ProcessBuilder commandLine(String... arguments) {
        return commandLine(List.of(), arguments);
    }

    /** Run by another command. */
    private static ProcessBuilder commandLine(List<String> launcher, String... arguments) {
        // As the launcher does. Without -Xrs the JVM would handle some signals until the handlers of Main are
        // installed.
        ProcessBuilder builder = new JavaProgram(MAIN, arguments)
                .options("-Xrs", "-Xint")
                .launcher(launcher.toArray(String[]::new))
                .builder();
        builder.environment().put("LC_ALL", "C");
        return builder;
    }

    private static JavaProgram.Result run(String line) {
        return JavaProgram.run(commandLine(words(line)));
    }

    private static ProcessBuilder timeout(String line) {
        List<String> command = new ArrayList<>(List.of(Path.of(TIMEOUT).getFileName().toString()));
        command.addAll(List.of(words(line)));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("LC_ALL", "C");
        return builder;
    }

    private static void assumeTimeoutOfCoreutils() {
        Assumptions.assumeTrue(Files.isExecutable(Path.of(TIMEOUT)), "there is no " + TIMEOUT);
        String version = JavaProgram.run(timeout("--version")).out();
        Assumptions.assumeTrue(version.startsWith("timeout (GNU coreutils) 9."), "not GNU's 9");
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

    /** The lines include the cases of coreutils' tests/timeout that are one line of arguments. */
    @ParameterizedTest
    @ValueSource(strings = {
        // the status of the command, and how it ended
        "10 true", "10 false", "0 false", "10 sh -c exit_2", "1d true", "10 child say hello exit 7",
        "10 child raise SIGUSR1", "10 child raise SIGKILL", "10 child raise SIGTERM",
        // stopped
        ".1 sleep 10", "--preserve-status .1 sleep 10", "-s HUP .1 sleep 10", "-s 9 .1 sleep 10",
        "--preserve-status -s KILL .1 sleep 10", "-s0 -k.1 .1 sleep 10", "--foreground .1 sleep 10", "--foreground -s KILL .1 sleep 10",
        "-k 10 .1 sleep 10", "-k .1 1 child ignore SIGTERM pause", "--preserve-status -k .1 1 child ignore SIGTERM pause",
        "-k .1 --foreground 1 child ignore SIGTERM pause", "-s STOP -k .1 --foreground .1 sleep 10",
        "1 child handle SIGTERM exit:5 pause", "--preserve-status 1 child handle SIGTERM exit:5 pause", "-k 0 .1 sleep 10",
        // messages
        "-v .1 true", "-v --foreground -s0 -k .1 .1 sleep 10", "--foreground -v .1 sleep 10", "-vs HUP .1 sleep 10",
        "--verbose -s RTMIN+1 .1 sleep 10",
        // durations
        "invalid sleep 0", "--kill-after=invalid 1 sleep 0", "42D sleep 0", "42_ sleep 0", "_5 true", "nan true",
        "-- -1 true", "2.34e+5d sleep 0", "0x1p-3 sleep 10", "infinity true", "1e5000 true", "1e5000d true",
        "18446744073709551616 sleep 0", "9223372036854775808d sleep 0", "-k 18446744073709551616 .1 sleep 10",
        "0.999999999 sleep 0", "9.999999999 sleep 0",
        // signals
        "--signal=invalid 1 sleep 0", "--signal= 1 sleep 0", "-s 32 1 true", "-s -1 1 true", "-s 143 .1 sleep 10",
        "-s sigint .1 sleep 10", "-s sig9 .1 sleep 10", "-s SIGEXIT -k .1 .1 sleep 10", "-s SIGSIGTERM 1 true",
        "-v -s IO .1 sleep 10", "-v -s 49 .1 sleep 10", "-v -s 50 .1 sleep 10", "-v -s RTMAX-1 .1 sleep 10",
        // options
        "", "10", "--", "--foo 1 true", "-x 1 true", "-1 true", "-vx 1 true", "--kill-after", "-k",
        "-vk", "--signal", "--ver 1 true", "--foreground=1 1 true", "--sig=KILL 10 true", "--s KILL 10 true",
        "--pres --f --k 1 --verb 10 true", "--foo=bar 1 true", "-k1 10 true", "10 -- true", "-- 10 true",
        // commands
        "10 .", "10 /etc/passwd", "10 no_such_command", "10 /etc/passwd/x", "10 _",
        "10 it's", "10 a\\b", "10 a\n\033[31m\177", "it's true",
    })
    void asTimeout(String line) {
        assumeTimeoutOfCoreutils();
        boolean verbose = line.startsWith("-v") || line.contains("--verb") || line.contains(" -v");
        Process timeout = JavaProgram.start(timeout(line));
        JavaProgram.Result ours = run(verbose ? "--report=none " + line : line);
        JavaProgram.Result theirs = JavaProgram.finish(timeout);
        assertEquals(theirs.out(), ours.out());
        assertEquals(theirs.err().replace("timeout", "lastcall"), ours.err());
        assertEquals(theirs.exitValue(), ours.exitValue());
    }

    @Test
    void helpAndVersionGoToStandardOutput() {
        JavaProgram.Result help = run("--help");
        assertExits(0, help);
        assertInOrder(help.out(), "Usage: lastcall", "--kill-after", "--sigint", "124", "137");
        assertEquals("", help.err());
        JavaProgram.Result version = run("--version");
        assertExits(0, version);
        assertTrue(version.out().startsWith("lastcall "), version.out());
    }

    @Test
    void verboseShowsTheTimeline() {
        JavaProgram.Result result = run("-v --name sleeper -k .1 1 child ignore SIGTERM pause");
        assertExits(137, result);
        assertInOrder(
                result.err(), "sending signal TERM", "sending signal KILL", "sleeper", "SIGTERM", "cut short after",
                "by another caller\n", "SIGKILL", "ok after");
    }

    /** In UTF-8, although the locale is C. */
    @Test
    void aReportInJsonIsOneLine() {
        ProcessBuilder builder = commandLine(
                List.of("/bin/sh", "-c", "exec \"$@\" \"--name=$(printf '\\321\\201')\" .1 sleep 10", "sh"),
                "--report=json");
        JavaProgram.Result result = JavaProgram.run(builder);
        assertExits(124, result);
        Map<?, ?> report = (Map<?, ?>) Json.parse(result.err().strip());
        assertEquals("SIGTERM", report.get("endedBy"));
        assertEquals("\u0441", report.get("processName"));
    }

    @Test
    void aKillHasAReportToo() {
        JavaProgram.Result result = run("--report=text -s KILL .1 sleep 10");
        assertExits(137, result);
        assertInOrder(result.err(), "sleep", "killed after");
    }

    @Test
    void phasesFollowTheOrderOfTheOptions() {
        JavaProgram.Result result = run("-v --sigint .1 --sigterm 10 1 child ignore SIGINT pause");
        assertExits(124, result);
        assertInOrder(result.err(), "sending signal INT", "SIGINT", "timed out", "SIGTERM");
        assertExits(137, run("--sigterm .1 1 child ignore SIGTERM pause"));
    }

    /** timeout(1) returns when its child has exited; processes that the signal did not end continue. */
    @Test
    void afterAStopNoProcessOfTheGroupIsLeft() {
        JavaProgram.Result result = run("1 child fork ignore SIGTERM print-ids pause end pause");
        assertExits(124, result);
        Programs.awaitGone(Long.parseLong(result.out().strip().split(" ")[0]));
    }

    @Test
    void theRestOfTheGroupHasTheTimeToTheKill() {
        JavaProgram.Result result = JavaProgram.run(commandLine("-k", "60", "1", "sh", "-c",
                "(trap 'sleep 3.5; echo cleaned; exit' TERM; while :; do sleep .1; done) & exec sleep 100"));
        assertExits(124, result);
        assertEquals("cleaned\n", result.out());
    }

    @ParameterizedTest
    @CsvSource({"group, true", "marked, false", "cgroup, false"})
    void withAContainmentMembersOutsideOfTheGroupAreStoppedToo(String containment, boolean runsOn) throws IOException {
        // Processes outside of the group are known by pidfds, which a mark needs too.
        Containment kind = runsOn ? Containment.MARKED : Containment.valueOf(containment.toUpperCase(Locale.ROOT));
        Programs.assumeAvailable(kind);
        Process line = JavaProgram.start(commandLine(
                words("-v --containment=" + containment + " 1 child fork setsid print-ids pause end pause")));
        long left = Long.parseLong(Programs.readLine(line.getInputStream()).split(" ")[0]);
        assertEquals(124, exitOf(line));
        assertEquals(runsOn, Programs.isRunning(left));
        if (runsOn) {
            Programs.signal(left, "KILL");
            Programs.awaitGone(left);
        }
        assertInOrder(JavaProgram.finish(line).err(), "had left the group: " + left);
    }

    @Test
    void aContainmentThatThereIsNotIsRefused() {
        JavaProgram.Result result = run("--containment=jail 2 true");
        assertExits(125, result);
        assertInOrder(result.err(), "invalid containment 'jail'");
    }

    /** In the locale C, where the JVM uses ASCII. */
    @Test
    void argumentsReachTheCommandByteForByte() {
        ProcessBuilder builder = commandLine("5", "/bin/echo", "BYTES", "");
        List<String> command = new ArrayList<>(List.of(
                "/bin/sh", "-c", "bytes=$(printf '\\303\\251\\377'); for a; do shift;"
                        + " [ \"$a\" = BYTES ] && a=$bytes; set -- \"$@\" \"$a\"; done; exec \"$0\" \"$@\" | od -An -tx1"));
        command.addAll(builder.command());
        JavaProgram.Result result = JavaProgram.run(builder.command(command));
        assertExits(0, result);
        assertEquals("c3 a9 ff 20 0a", result.out().strip());
    }

    /** Two entries with one name, and one without a name, which only an exec can pass. */
    @Test
    void theEnvironmentThatTheLauncherHandsOnReachesTheCommandByteForByte() {
        byte[] block = "A=1\0N\u00e4=\u00ff\0A=2\0none\0=x\0".getBytes(StandardCharsets.ISO_8859_1);
        ProcessBuilder builder = commandLine("5", "/usr/bin/od", "-An", "-v", "-tx1", "-w99", "/proc/self/environ");
        builder.environment().put("LASTCALL_ENVIRONMENT", Base64.getEncoder().encodeToString(block));
        JavaProgram.Result result = JavaProgram.run(builder);
        assertExits(0, result);
        assertEquals(HexFormat.ofDelimiter(" ").formatHex(block), result.out().strip());
    }

    @Test
    void runSupervisesWithoutALimit() {
        JavaProgram.Result result = run("run -- child say hello exit 7");
        assertExits(7, result);
        assertEquals("hello\n", result.out());
        assertEquals("", result.err());
    }

    /** A command that ends in time may leave processes behind, for example a service that it has started. */
    @Test
    void whatACommandLeavesKeepsRunning() throws IOException {
        Process line = JavaProgram.start(commandLine(words("10 child fork print-ids pause end sleep 100")));
        long left = Long.parseLong(Programs.readLine(line.getInputStream()).split(" ")[0]);
        assertEquals(0, exitOf(line));
        assertTrue(Programs.isRunning(left));
        Programs.signal(left, "KILL");
        Programs.awaitGone(left);
    }

    private static int exitOf(Process process) {
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    // Signals

    private static Process started(String line) {
        Process process = JavaProgram.start(commandLine(words(line)));
        Programs.awaitReady(process);
        return process;
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "HUP", "INT", "QUIT", "USR1", "USR2", "ALRM", "TERM", "CONT", "TSTP", "WINCH", "URG", "IO", "PWR", "PROF",
        "RTMIN", "RTMIN+9", "RTMAX"
    })
    void signalsArePassedOn(String name) {
        Process line = started("run -- child handle " + UnixSignal.of(name).linuxNumber() + " say:got ready read-line");
        Programs.signal(line.pid(), name);
        assertEquals("got", Programs.readLine(line.getInputStream()));
        assertExits(0, JavaProgram.finish(line));
    }

    /** For example one that was stopped because it reads from the terminal in the background. */
    @Test
    void aCommandThatIsStoppedEndsByASignalTooAsWithTimeout() {
        Process line = started("30 child ready print-ids pause");
        long command = Long.parseLong(Programs.readLine(line.getInputStream()).split(" ")[0]);
        Programs.signal(command, "STOP");
        Programs.await("the command is stopped", () -> Programs.state(command).equals(Optional.of('T')));
        Programs.signal(line.pid(), "TERM");
        assertEquals(143, exitOf(line));
    }

    @Test
    void aSecondInterruptKills() {
        Process line = started("run -- child handle SIGINT say:got ready pause");
        Programs.signal(line.pid(), "INT");
        assertEquals("got", Programs.readLine(line.getInputStream()));
        Programs.signal(line.pid(), "INT");
        assertEquals(137, exitOf(line));
    }

    @Test
    void aSignalFromOutsideStartsTheTimeToTheKill() {
        Process line = started("-k .2 100 child ignore SIGTERM ready pause");
        Programs.signal(line.pid(), "TERM");
        assertEquals(137, exitOf(line));
    }

    /** Without job control, a shell starts background commands with SIGINT ignored; then Java cannot catch it. */
    @Test
    void anIgnoredInterruptIsPassedOnAndAnIgnoredHangupIsNot() {
        Process line = startedBy("trap '' INT HUP; exec \"$0\" \"$@\"", "run -- child handle SIGINT exit:7 ready pause");
        Programs.signal(line.pid(), "HUP");
        Programs.signal(line.pid(), "INT");
        assertEquals(7, exitOf(line));
    }

    @Test
    void blockedSignalsAndAnIgnoredSigchldDoNotMatter() {
        Process line = startedBy(
                "trap '' CHLD; exec /usr/bin/env --block-signal \"$0\" \"$@\"", "run -- child handle SIGTERM exit:7 ready pause");
        Programs.signal(line.pid(), "TERM");
        assertEquals(7, exitOf(line));
    }

    private static Process startedBy(String script, String line) {
        Process process = JavaProgram.start(commandLine(List.of("/bin/sh", "-c", script), words(line)));
        Programs.awaitReady(process);
        return process;
    }

    /** The outer one sends to the inner one, which has another group and passes the signal on. */
    @Test
    void oneInAnotherPassesOn() {
        List<String> inner = commandLine(words("-s INT 100 child handle SIGINT exit:9 ready pause")).command();
        List<String> outer = new ArrayList<>(List.of("--preserve-status", "-s", "INT", "3"));
        outer.addAll(inner);
        assertEquals(9, exitOf(JavaProgram.start(commandLine(outer.toArray(String[]::new)))));
    }

    /** Without a guardian, which needs process groups by pidfd (Linux 6.9), the command would continue. */
    @Test
    void aKilledCommandLineTakesItsCommandAlong() throws Exception {
        assumeGuardian();
        Process line = started("run -- child ready print-ids pause");
        long command = Long.parseLong(Programs.readLine(line.getInputStream()).split(" ")[0]);
        Programs.signal(line.pid(), "KILL");
        assertEquals(137, exitOf(line));
        Programs.awaitGone(command);
    }

    private static void assumeGuardian() throws Exception {
        String refusal = refusalOfGuardian();
        Assumptions.assumeTrue(refusal.isEmpty(), refusal);
        ManagedProcess.release();
        // The memory that this JVM shared with the guardian, and its descriptor, are closed by the collector.
        Programs.await("it is closed", () -> {
            System.gc();
            return !holdsMemoryOfGuardian();
        });
    }

    /** A separate method: the frame of a method that still runs keeps the objects of its variables reachable. */
    private static String refusalOfGuardian() throws Exception {
        GracefulShutdown shutdown = GracefulShutdown.of(Duration.ofSeconds(5));
        try (ManagedProcess process = ManagedProcess.builder("true").stopWithJvm(shutdown).start()) {
            process.waitFor();
            return "";
        } catch (SpawnException e) {
            return e.getMessage();
        }
    }

    private static boolean holdsMemoryOfGuardian() {
        for (File descriptor : new File("/proc/self/fd").listFiles()) {
            try {
                if (Files.readSymbolicLink(descriptor.toPath()).toString().contains("lastcall-guardian")) {
                    return true;
                }
            } catch (IOException closed) {
                // It was the descriptor of this listing.
            }
        }
        return false;
    }

    @Test
    void helpThatCannotBeWrittenIsAFailure() {
        Assumptions.assumeTrue(Files.exists(Path.of("/dev/full")), "there is no /dev/full");
        ProcessBuilder builder = commandLine("--help").redirectOutput(new File("/dev/full"));
        JavaProgram.Result result = JavaProgram.run(builder);
        assertEquals("lastcall: write error: No space left on device\n", result.err());
        assertExits(125, result);
    }

    @Test
    void aMessageThatCannotBeWrittenIsAFailureToo() {
        Assumptions.assumeTrue(Files.exists(Path.of("/dev/full")), "there is no /dev/full");
        ProcessBuilder builder = commandLine(words("-v .1 sleep 10")).redirectError(new File("/dev/full"));
        assertExits(125, JavaProgram.run(builder));
    }

    /** With few descriptors, for example, a class cannot be loaded. */
    @Test
    void anUnexpectedErrorIsAFailure() {
        JavaProgram.Result result = JavaProgram.run(
                new JavaProgram(MAIN, words("10 true")).property("lastcall.descriptors", "no_number").builder());
        assertInOrder(result.err(), "lastcall: java.lang.NumberFormatException", "no_number");
        assertEquals(1, result.err().lines().count(), result.err());
        assertExits(125, result);
    }

    /** As an init: orphans are reaped, and signals are passed on. */
    @Test
    void asPidOneItReapsOrphans() throws IOException {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/unshare")), "there is no unshare(1)");
        Assumptions.assumeTrue("root".equals(System.getProperty("user.name")), "a pid namespace is root's to make");
        ProcessBuilder builder = commandLine("run", "--", "sh", "-c",
                "trap 'exit 7' TERM; for i in 1 2 3 4 5; do (sh -c 'sleep .1 & echo $!' &); done;"
                        + " while ! ps -e -o ppid=,stat= | awk '$1 == 1 && $2 ~ /Z/ { z++ } END { exit z + 0 }'"
                        + " || ps -e -o comm= | grep -q sleep; do sleep .1; done; echo ready; while :; do sleep .1; done");
        List<String> command = new ArrayList<>(List.of("/usr/bin/unshare", "-pf", "--mount-proc", "--kill-child"));
        command.addAll(builder.command());
        Process namespace = JavaProgram.start(builder.command(command));
        for (int i = 0; i < 5; i++) {
            assertTrue(Integer.parseInt(Programs.readLine(namespace.getInputStream())) > 1);
        }
        Programs.awaitReady(namespace);
        long init = Long.parseLong(Files.readString(Path.of("/proc/" + namespace.pid() + "/task/" + namespace.pid()
                + "/children")).strip());
        Programs.signal(init, "TERM");
        assertEquals(7, exitOf(namespace));
    }

    /** A program that was made a subreaper, which an exec keeps, reaps like an init. */
    @Test
    void asASubreaperItReapsOrphans() {
        ProcessBuilder builder = commandLine("run", "--", "sh", "-c",
                "orphan=$(sh -c 'sleep 100 >/dev/null & echo $!'); [ $(ps -o ppid= -p $orphan) -eq $PPID ] || exit 1;"
                        + " kill $orphan; while kill -0 $orphan 2>/dev/null; do sleep .05; done; echo reaped");
        List<String> command = new ArrayList<>(List.of(Programs.helper("subreaper")));
        command.addAll(builder.command());
        JavaProgram.Result result = JavaProgram.run(builder.command(command));
        assertEquals("reaped\n", result.out(), result.err());
        assertExits(0, result);
    }

    // In a terminal

    private static Process inTerminal(String line) {
        Process terminal = JavaProgram.start(Programs.inTerminal(commandLine(words(line)).command()));
        assertEquals("ready", Programs.readLine(terminal.getInputStream()).strip());
        return terminal;
    }

    private static void type(Process terminal, String keys) throws IOException {
        terminal.getOutputStream().write(keys.getBytes(StandardCharsets.US_ASCII));
        terminal.getOutputStream().flush();
    }

    @Test
    void ctrlCIsPassedOn() throws IOException {
        Process terminal = inTerminal("run -- child handle SIGINT exit:7 ready pause");
        type(terminal, "\003");
        assertEquals(7, exitOf(terminal));
    }

    @Test
    void ctrlCInTheForegroundReachesTheCommandOnce() throws IOException {
        Process terminal = inTerminal("--foreground 100 child handle SIGINT exit:7 ready pause");
        type(terminal, "\003");
        assertEquals(7, exitOf(terminal));
    }

    @Test
    void aCommandThatReadsTheTerminalIsGivenIt() throws IOException {
        Process terminal = inTerminal("run -- child ready read-line exit 7");
        type(terminal, "a line\n");
        assertEquals(7, exitOf(terminal));
    }

    // Other options of the launcher

    @Test
    void descriptorsThatAreNamedAreInherited() {
        String script = "exec 5</dev/null 7</dev/null; exec \"$0\" \"$@\"";
        ProcessBuilder builder = new JavaProgram(MAIN, words("10 child ready print-fds"))
                .property("lastcall.descriptors", "5 99 ").builder();
        List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", script));
        command.addAll(builder.command());
        JavaProgram.Result result = JavaProgram.run(builder.command(command));
        assertExits(0, result);
        assertEquals("ready\n0 1 2 5\n", result.out());
    }

    @Test
    void itsInputIsClosedBeforeASignal() {
        JavaProgram.Result result = run("-v --close-input 20 1 child ignore SIGTERM ready read-all");
        assertExits(0, result);
        Process line = started("-v --close-input 20 1 child ignore SIGTERM ready read-all");
        assertEquals("0", Programs.readLine(line.getInputStream()));
        assertEquals(124, exitOf(line));
    }

    /** If the time to the kill began with the step, it would end before the step. */
    @Test
    void theTimeToTheKillBeginsWithTheSignalAfterTheSteps() {
        JavaProgram.Result result = run("-v --run 1.5:true -k 1 .5 child ignore SIGTERM pause");
        assertExits(137, result);
        assertInOrder(result.err(), "run /bin/sh", "send signal SIGTERM", "wait for exit (1 s)", "send signal SIGKILL");
    }

    @Test
    void aScriptRunsBeforeASignal() {
        Process line = JavaProgram.start(commandLine(
                "--run", "20:kill -USR1 $LASTCALL_PID", "1",
                Programs.helper("child"), "ignore", "SIGTERM", "handle", "SIGUSR1", "exit:0", "pause"));
        assertEquals(124, exitOf(line));
    }
}
