package io.github.lastcall;

import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lastcall.ExitStatus.Exited;
import io.github.lastcall.ExitStatus.Signaled;
import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** How a process ended, and what it looks like before and after. */
@ExtendWith(LeaksNothing.class)
class ExitTest {

    /** Where a core may be dumped. */
    @TempDir
    private Path folder;

    private static ManagedProcess start(String... steps) throws IOException {
        return ManagedProcess.builder(child(steps)).start();
    }

    private ManagedProcess startInFolder(ProcessBuilder command) throws IOException {
        return ManagedProcess.builder(command.directory(folder.toFile())).start();
    }

    /** Ends a child that waits for its input to end. */
    private static void release(Process process) throws Exception {
        process.getOutputStream().close();
        process.waitFor();
    }

    @Test
    void everyExitCodeIsReported() throws Exception {
        for (int code = 0; code < 256; code++) {
            ManagedProcess process = start("exit", Integer.toString(code));
            assertEquals(code, process.waitFor());
            assertEquals(code, process.exitValue());
            assertEquals(Optional.of(new Exited(code)), process.exitStatus());
        }
    }

    /** All signals that end a process by default. */
    static Stream<UnixSignal> deadly() {
        Set<String> survived = Set.of(
                "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGURG", "SIGWINCH");
        return UnixSignalTest.all().filter(signal -> !survived.contains(signal.name()));
    }

    @ParameterizedTest
    @MethodSource("deadly")
    void deathBySignalIsReported(UnixSignal signal) throws Exception {
        ManagedProcess process = startInFolder(child("raise", number(signal)));
        Signaled status = assertInstanceOf(Signaled.class, process.waitForExit());
        assertEquals(Optional.of(signal), status.name());
        assertEquals(valueByJdk(signal), process.exitValue());
        assertEquals(128 + status.signal(), process.exitValue());
    }

    @ParameterizedTest
    @MethodSource("deadly")
    void aSignalOfAnyNameCanBeSent(UnixSignal signal) throws Exception {
        ManagedProcess process = startInFolder(child("pause"));
        process.sendSignal(signal);
        assertEquals(Optional.of(signal), assertInstanceOf(Signaled.class, process.waitForExit()).name());
    }

    private static String number(UnixSignal signal) {
        return Integer.toString(signal.linuxNumber());
    }

    /**
     * The JDK's children ignore the signals that the JVM was started with ignored: SIGHUP by nohup, SIGINT in the
     * background.
     */
    private int valueByJdk(UnixSignal signal) throws Exception {
        List<String> command = new ArrayList<>(List.of("env", "--default-signal"));
        command.addAll(child("raise", number(signal)).command());
        return new ProcessBuilder(command).directory(folder.toFile()).start().waitFor();
    }

    @Test
    void deathByASignalHasItsName() throws Exception {
        assertEquals(
                "killed by SIGPIPE", start("raise", "SIGPIPE").waitForExit().toString());
        assertEquals("killed by SIGRTMIN+3", start("raise", "37").waitForExit().toString());
    }

    @Test
    void deathByASignalOfTheCLibraryIsReportedByNumber() throws Exception {
        assertEquals(
                new Signaled(33, Optional.empty(), false), start("raise", "33").waitForExit());
    }

    @Test
    void aCoreDumpIsReportedIfThereWasOne() throws Exception {
        ManagedProcess without =
                startInFolder(new ProcessBuilder("sh", "-c", "ulimit -c 0; exec \"$0\" raise SIGABRT", helper()));
        assertEquals(new Signaled(6, Optional.of(UnixSignal.SIGABRT), false), without.waitForExit());
        assumeTrue(coresAreDumped(), "the limit, or the pattern of the files, rules cores out");
        ManagedProcess with = startInFolder(child("core", "SIGABRT"));
        assertEquals(new Signaled(6, Optional.of(UnixSignal.SIGABRT), true), with.waitForExit());
    }

    private static String helper() {
        return Programs.helper("child");
    }

    /** A pattern that names a program leaves it to that program, so that only plain files count. */
    private static boolean coresAreDumped() throws IOException {
        String pattern = Files.readString(Path.of("/proc/sys/kernel/core_pattern")).strip();
        String limit = Files.readAllLines(Path.of("/proc/self/limits")).stream()
                .filter(line -> line.startsWith("Max core file size"))
                .findFirst()
                .orElse("");
        return pattern.matches("[\\w.%]+") && limit.matches(".*\\sunlimited\\s+bytes.*");
    }

    @Test
    void aLeaderWhoseMainThreadHasEndedStillRuns() throws Exception {
        ManagedProcess process = start("leave-main-thread", "ready", "read-line", "exit", "5");
        awaitReady(process);
        Programs.await("it looks like a zombie", () -> Programs.state(process.pid()).equals(Optional.of('Z')));
        assertTrue(process.isAlive());
        assertInstanceOf(RunningState.Running.class, process.state());
        process.getOutputStream().close();
        assertEquals(5, process.waitFor());
    }

    @ParameterizedTest
    @EnumSource
    void thereIsNoExitValueBeforeTheExit(Starter starter) throws Exception {
        Process process = starter.start(child("read-line", "exit", "3"));
        assertTrue(process.isAlive());
        assertThrows(IllegalThreadStateException.class, process::exitValue);
        release(process);
        assertFalse(process.isAlive());
        assertEquals(3, process.exitValue());
    }

    @Test
    void theExitIsSeenWithoutAWait() throws Exception {
        ManagedProcess process = start("read-line", "exit", "3");
        assertEquals(new RunningState.Running(), process.state());
        assertEquals(Optional.empty(), process.exitStatus());
        process.getOutputStream().close();
        Programs.await("it has exited", () -> !process.isAlive());
        assertEquals(new RunningState.Terminated(new Exited(3)), process.state());
        assertEquals(Optional.of(new Exited(3)), process.exitStatus());
        assertTrue(process.isArmed(), "a look disarms nothing");
        assertEquals(3, process.exitValue());
        assertFalse(process.isArmed());
    }

    @Test
    void aStateThatCannotBeReadCountsAsAlive() throws Exception {
        FaultyOs os = new FaultyOs();
        ManagedProcess process = ManagedProcess.builder(child("read-line")).os(os).start();
        os.unreadable(3);
        RunningState.Uncertain uncertain = assertInstanceOf(RunningState.Uncertain.class, process.state());
        assertTrue(uncertain.toString().contains("EIO"), uncertain.toString());
        assertTrue(process.isAlive());
        assertEquals(Optional.empty(), process.exitStatus());
        release(process);
    }

    @ParameterizedTest
    @EnumSource
    void aProcessIsKnownByItsPid(Starter starter) throws Exception {
        Process process = starter.start(child("print-ids", "read-line"));
        String[] ids = Programs.readLine(process.getInputStream()).split(" ");
        assertEquals(Long.parseLong(ids[0]), process.pid());
        assertEquals(process.pid(), process.toHandle().pid());
        assertEquals(ProcessHandle.of(process.pid()), Optional.of(process.toHandle()));
        release(process);
    }

    @ParameterizedTest
    @EnumSource
    void infoChildrenAndDescendantsAreThoseOfTheHandle(Starter starter) throws Exception {
        Process process =
                starter.start(child("fork", "fork", "ready", "pause", "end", "pause", "end", "read-line"));
        awaitReady(process);
        assertEquals(Optional.of(helper()), process.info().command());
        assertEquals(1, process.children().count());
        assertEquals(2, process.descendants().count());
        assertEquals(
                Optional.of(process.toHandle()), process.children().findFirst().flatMap(ProcessHandle::parent));
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        release(process);
        assertEquals(0, process.children().count());
    }

    @ParameterizedTest
    @EnumSource
    void theHandleReportsTheExitToo(Starter starter) throws Exception {
        Process process = starter.start(child("read-line"));
        var exit = process.toHandle().onExit();
        assertTrue(process.toHandle().isAlive());
        assertFalse(exit.isDone());
        release(process);
        assertEquals(process.toHandle(), exit.get());
        assertFalse(process.toHandle().isAlive());
    }

    @ParameterizedTest
    @EnumSource
    void terminationCanBeNormal(Starter starter) throws Exception {
        Process process = starter.start(child("read-line"));
        assertTrue(process.supportsNormalTermination());
        assertTrue(process.toHandle().supportsNormalTermination());
        release(process);
    }

    @Test
    void theNameIsTheProgramsFileNameUnlessOneIsGiven() throws Exception {
        ManagedProcess unnamed = start("read-line", "exit", "0", "secret");
        assertEquals("child", unnamed.name());
        assertEquals(
                "ManagedProcess[name=child, pid=" + unnamed.pid() + ", exitValue=\"not exited\"]", unnamed.toString());
        release(unnamed);
        ManagedProcess named = ManagedProcess.builder(child("exit", "0")).name("api").start();
        assertEquals("api", named.name());
        named.waitFor();
        assertThrows(
                IllegalArgumentException.class, () -> ManagedProcess.builder("true").name(" "));
    }
}
