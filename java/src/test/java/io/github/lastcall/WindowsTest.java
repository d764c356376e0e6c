package io.github.lastcall;

import static io.github.lastcall.testing.Programs.await;
import static io.github.lastcall.testing.Programs.readLine;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.lastcall.TerminationAction.SendSignal;
import io.github.lastcall.TerminationAction.Skipped;
import io.github.lastcall.TerminationAction.WaitForExit;
import io.github.lastcall.ThreadKind.Running;
import io.github.lastcall.testing.OnWindows;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** What differs on Windows, with the helper program of the C tests as child (native/tests/windows/child.c). */
@OnWindows
@EnabledOnOs(value = OS.WINDOWS, disabledReason = "its child is a program for Windows")
class WindowsTest {

    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofSeconds(30);

    /** Far shorter than the timeouts that must not be waited for. */
    private static final Duration SOON = Duration.ofSeconds(15);

    private static final String BREAK = "CTRL_BREAK_EVENT";
    private static final String KILL = "TerminateJobObject";

    @TempDir
    private Path folder;

    private static ProcessBuilder child(String... steps) {
        List<String> command = new ArrayList<>(List.of(System.getProperty("lastcall.native.helpers") + "\\child.exe"));
        command.addAll(List.of(steps));
        return new ProcessBuilder(command);
    }

    private static ManagedProcess start(String... steps) throws IOException {
        return ManagedProcess.builder(child(steps)).name("app").start();
    }

    /** Starts a child that reports that it is ready. */
    private static ManagedProcess startReady(String... steps) throws IOException {
        ManagedProcess process = start(steps);
        assertEquals("ready", readLine(process.getInputStream()));
        return process;
    }

    private static GracefulShutdown ctrlBreak(Duration timeout) {
        return GracefulShutdown.builder().unixSigterm(LONG).windowsCtrlBreak(timeout).build();
    }

    private static List<TerminationAction> actions(TerminationReport report) {
        return report.attempts().stream().map(TerminationAttempt::action).toList();
    }

    private static boolean wasSkipped(TerminationReport report) {
        return actions(report).stream().anyMatch(Skipped.class::isInstance);
    }

    /** The UTF-16 that the child has written, split into strings at units of 0. */
    private static List<String> strings(Process process) throws IOException {
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_16LE);
        return Arrays.asList(text.split("\0"));
    }

    @Test
    void whatIsWrittenComesBack() throws Exception {
        try (ManagedProcess process = start("copy-input")) {
            byte[] bytes = new byte[300_000];
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] = (byte) (i * 31 + (i >> 8));
            }
            Thread writer = new Thread(() -> {
                try (OutputStream input = process.getOutputStream()) {
                    input.write(bytes);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            writer.start();
            assertTrue(Arrays.equals(bytes, process.getInputStream().readAllBytes()));
            writer.join();
            assertEquals(0, process.waitFor());
        }
    }

    @Test
    void errorOutputHasItsOwnStream() throws Exception {
        try (ManagedProcess process = start("ready", "to-stderr", "ready", "exit", "3")) {
            assertEquals("ready", readLine(process.getInputStream()));
            try (BufferedReader error = process.errorReader()) {
                assertEquals("ready", error.readLine());
            }
            assertEquals(3, process.waitFor());
        }
    }

    @Test
    void exitCodesAreTheJdksSignedNumbers() throws Exception {
        for (int code : new int[] {0, 1, 259, 0xC000013A, -1}) {
            try (ManagedProcess process = start("exit", Integer.toUnsignedString(code))) {
                assertEquals(new ExitStatus.Exited(code), process.waitForExit());
                assertEquals(code, process.exitValue());
                assertFalse(process.isAlive());
            }
        }
    }

    /** The command and the call do not change it. */
    @Test
    void aCommandACallAndTheEndOfItsInputAreStepsOfAStop() throws Exception {
        List<String> called = new CopyOnWriteArrayList<>();
        try (ManagedProcess process = startReady("ready", "count-input", "exit", "3")) {
            TerminationReport report = process.terminate(GracefulShutdown.builder()
                    .run(child("exit", "0").command(), Duration.ofSeconds(5))
                    .call("note", handle -> called.add(handle.name()), Duration.ofSeconds(1))
                    .closeInput(LONG)
                    .build());
            assertEquals(Optional.of("closeInput"), report.endedBy());
            assertEquals(new ExitStatus.Exited(3), report.exitStatus());
            assertFalse(report.forced());
            assertEquals(List.of("app"), called);
            assertTrue(report.attempts().get(0).error().isEmpty(), "the command ended by itself");
        }
    }

    @Test
    void aTimedWaitEnds() throws Exception {
        try (ManagedProcess process = startReady("ready", "sleep")) {
            assertFalse(process.waitFor(50, TimeUnit.MILLISECONDS));
            assertTrue(process.isAlive());
            assertThrows(IllegalThreadStateException.class, process::exitValue);
            process.kill();
        }
    }

    @Test
    void killEndsTheWholeTree() throws Exception {
        try (ManagedProcess process = start("grow", "3")) {
            await("it has two", () -> process.descendants().count() == 2 || process.info().command().isEmpty());
            List<ProcessHandle> descendants = process.descendants().toList();
            assertEquals(new ExitStatus.Exited(1), process.kill());
            await("they are gone", () -> descendants.stream().noneMatch(ProcessHandle::isAlive));
        }
    }

    @Test
    void aStubbornChildIsKilledAfterThePhase() throws Exception {
        try (ManagedProcess process = startReady("ignore-events", "ready", "sleep")) {
            TerminationReport report = process.terminate(ctrlBreak(SHORT));
            assertTrue(report.forced(), report.toString());
            assertEquals(Optional.of(KILL), report.endedBy());
            assertEquals(new ExitStatus.Exited(1), report.exitStatus());
            List<TerminationAction> actions = actions(report);
            if (wasSkipped(report)) {
                assertEquals(3, actions.size(), actions.toString());
            } else {
                assertEquals(new SendSignal(BREAK), actions.get(0));
                assertEquals(new WaitForExit(SHORT), actions.get(1));
            }
            assertEquals(new SendSignal(KILL), actions.get(actions.size() - 2));
        }
    }

    @Test
    void anEventThatCannotBeDeliveredIsSkippedAtOnceAndReported() throws Exception {
        try (ManagedProcess process = startReady("ready", "sleep")) {
            TerminationReport report = process.terminate(ctrlBreak(LONG));
            if (!wasSkipped(report)) {
                abort("the event can be delivered here");
            }
            assertTrue(report.elapsed().compareTo(SOON) < 0, report.toString());
            Skipped skipped = (Skipped) actions(report).get(0);
            assertEquals(BREAK + ", because no console leads to the process", skipped.reason());
        }
    }

    @Test
    void theEventReachesTheChild() throws Exception {
        try (ManagedProcess process = startReady("exit-on-event", "ready", "sleep")) {
            TerminationReport report = process.terminate(ctrlBreak(LONG));
            if (wasSkipped(report)) {
                abort("no console, or Wine 8, which does not deliver CTRL_BREAK: " + report);
            }
            assertEquals(new ExitStatus.Exited(41), report.exitStatus());
            assertFalse(report.forced());
            assertEquals(Optional.of(BREAK), report.endedBy());
        }
    }

    @Test
    void stragglersAreStoppedAndNamed() throws Exception {
        try (ManagedProcess process = start("start", "sleep", "exit", "0")) {
            long straggler = Long.parseLong(readLine(process.getInputStream()));
            assertEquals(0, process.waitFor());
            TerminationReport report = process.terminate(ctrlBreak(SHORT));
            assertEquals(new ExitStatus.Exited(0), report.exitStatus());
            assertEquals(List.of(straggler), report.stragglers().stream().map(Survivor::pid).toList());
            assertEquals("child.exe", report.stragglers().get(0).command());
            await("the straggler is gone", () -> ProcessHandle.of(straggler).filter(ProcessHandle::isAlive).isEmpty());
        }
    }

    @Test
    void withoutStragglersNoneIsNamed() throws Exception {
        try (ManagedProcess process = start("exit", "4")) {
            assertEquals(4, process.waitFor());
            TerminationReport report = process.terminate(ctrlBreak(LONG));
            assertEquals(List.of(), report.stragglers());
            assertEquals(List.of(), report.attempts());
        }
    }

    @Test
    void onExitIsCompleted() throws Exception {
        try (ManagedProcess process = startReady("ready", "pause", "100", "exit", "7")) {
            assertEquals(7, process.onExit().get(30, TimeUnit.SECONDS).exitValue());
        }
    }

    @Test
    void destroyKills() throws Exception {
        try (ManagedProcess process = startReady("ready", "sleep")) {
            assertFalse(process.supportsNormalTermination());
            process.destroy();
            assertEquals(1, process.waitFor());
        }
    }

    @Test
    void signalsAreUnsupported() throws Exception {
        try (ManagedProcess process = startReady("ready", "sleep")) {
            assertThrows(UnsupportedOperationException.class, process::sendTerminate);
            assertThrows(UnsupportedOperationException.class, process::sendInterrupt);
            assertThrows(UnsupportedOperationException.class, () -> process.sendSignal(UnixSignal.SIGHUP));
            assertTrue(process.isAlive());
            process.kill();
        }
    }

    @Test
    void withoutAGroupNoEventCanBeSent() throws Exception {
        try (ManagedProcess process = ManagedProcess.builder(child("ready", "sleep"))
                .killMode(KillMode.LEADER)
                .start()) {
            assertEquals("ready", readLine(process.getInputStream()));
            SignalFailedException failure = assertThrows(SignalFailedException.class, process::sendCtrlBreak);
            assertTrue(failure.getMessage().contains("leads no group"), failure.getMessage());
            TerminationReport report = process.terminate(ctrlBreak(LONG));
            assertTrue(report.forced());
            assertTrue(wasSkipped(report));
        }
    }

    @Test
    void aHandleThatIsClosedTakesTheProcessWithIt() throws Exception {
        ManagedProcess process = startReady("ready", "start", "sleep", "sleep");
        long below = process.pid();
        assertThrows(ProcessLeakedException.class, process::close);
        assertTrue(ProcessHandle.of(below).filter(ProcessHandle::isAlive).isEmpty());
    }

    @Test
    void argumentsAndEnvironmentAreUnicode() throws Exception {
        List<String> arguments = List.of(
                "", "a b", "\"", "a\\", "a b\\", "\\\"", "\u00e4\u65e5", "\ud83d\ude00", "\ud83d", "%PATH%", "^&|");
        List<String> command = new ArrayList<>(child("args").command());
        command.addAll(arguments);
        try (ManagedProcess process = ManagedProcess.builder(new ProcessBuilder(command)).start()) {
            // split() drops no empty string in front.
            byte[] bytes = process.getInputStream().readAllBytes();
            StringBuilder expected = new StringBuilder();
            arguments.forEach(argument -> expected.append(argument).append('\0'));
            assertEquals(2 * expected.length(), bytes.length);
            for (int i = 0; i < expected.length(); i++) {
                assertEquals(expected.charAt(i), (char) (bytes[2 * i] & 0xff | (bytes[2 * i + 1] & 0xff) << 8));
            }
            assertEquals(0, process.waitFor());
        }
        ProcessBuilder builder = child("env");
        builder.environment().clear();
        builder.environment().put("\u65e5\u672c", "\u00e4 \ud83d\ude00");
        try (ManagedProcess process = ManagedProcess.builder(builder).start()) {
            List<String> entries = strings(process);
            assertTrue(entries.contains("\u65e5\u672c=\u00e4 \ud83d\ude00"), entries.toString());
            assertTrue(entries.stream().anyMatch(entry -> entry.startsWith("SystemRoot=")), entries.toString());
            assertEquals(0, process.waitFor());
        }
    }

    @Test
    void itStartsInItsDirectory() throws Exception {
        Path directory = Files.createDirectory(folder.resolve("\u65e5 \u672c"));
        try (ManagedProcess process = ManagedProcess.builder(child("directory").directory(directory.toFile()))
                .start()) {
            assertEquals(directory.toRealPath(), Path.of(strings(process).get(0)).toRealPath());
            assertEquals(0, process.waitFor());
        }
        ProcessBuilder missing = child("directory").directory(folder.resolve("missing").toFile());
        SpawnException failure =
                assertThrows(SpawnException.class, () -> ManagedProcess.builder(missing).start());
        assertEquals(SpawnStage.DIRECTORY, failure.stage());
    }

    @Test
    void aProgramThatDoesNotExistIsReported() {
        SpawnException failure = assertThrows(
                SpawnException.class, () -> ManagedProcess.builder("lastcall-no-such-program").start());
        assertEquals(SpawnStage.EXEC, failure.stage());
        assertTrue(failure.getMessage().contains("ERROR_FILE_NOT_FOUND"), failure.getMessage());
    }

    @Test
    void programsOfTheSystemAreFound() throws Exception {
        try (ManagedProcess process = ManagedProcess.builder("cmd", "/c", "exit", "5").start()) {
            assertEquals(5, process.waitFor());
        }
    }

    @Test
    void aBatchFileRunsAndWhatCmdWouldInterpretIsRefused() throws Exception {
        Path script = folder.resolve("a script.cmd");
        Files.writeString(script, "@echo off\r\necho [%1]\r\nexit 6\r\n");
        try (ManagedProcess process = ManagedProcess.builder(script.toString(), "a b").start()) {
            assertEquals("[\"a b\"]", readLine(process.getInputStream()).strip());
            assertEquals(6, process.waitFor());
        }
        SpawnException failure = assertThrows(
                SpawnException.class,
                () -> ManagedProcess.builder(script.toString(), "\"&calc.exe").start());
        assertEquals(SpawnStage.ARGUMENTS, failure.stage());
        assertTrue(failure.getMessage().contains("cmd.exe would interpret"), failure.getMessage());
    }

    @Test
    void filesAreRedirectedTo() throws Exception {
        File file = folder.resolve("\u00e4.txt").toFile();
        for (Redirect redirect : List.of(Redirect.to(file), Redirect.appendTo(file))) {
            ProcessBuilder builder = child("ready").redirectOutput(redirect).redirectError(Redirect.DISCARD);
            try (ManagedProcess process = ManagedProcess.builder(builder).start()) {
                assertEquals(0, process.waitFor());
            }
        }
        assertEquals("ready\nready\n", Files.readString(file.toPath()));
        // The host of the child's console may have inherited it, and end a little later.
        await("nobody holds the file", file::delete);
    }

    @Test
    void virtualThreadsReadWriteAndWait() throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> results = Stream.iterate(0, i -> i < 20, i -> i + 1)
                    .map(i -> threads.submit(() -> {
                        try (ManagedProcess process = start("ready", "read-line", "exit", Integer.toString(i))) {
                            assertEquals("ready", readLine(process.getInputStream()));
                            process.getOutputStream().write('\n');
                            process.getOutputStream().flush();
                            return process.waitFor();
                        }
                    }))
                    .toList();
            for (int i = 0; i < results.size(); i++) {
                assertEquals(i, results.get(i).get(60, TimeUnit.SECONDS));
            }
        }
    }

    @Test
    void manyAreStoppedTogether() throws Exception {
        try (ProcessScope scope = ProcessScope.open(ctrlBreak(SHORT))) {
            for (int i = 0; i < 20; i++) {
                scope.start(ManagedProcess.builder(child("sleep")).name("n" + i));
            }
            List<TerminationReport> reports = scope.terminateAll();
            assertEquals(20, reports.size());
            assertTrue(reports.stream().allMatch(TerminationReport::forced));
        }
    }

    @Test
    void anInterruptEndsAWait() throws Exception {
        try (ManagedProcess process = startReady("ready", "sleep")) {
            Running<Integer> waiter = ThreadKind.PLATFORM.begin(process::waitFor).awaitBlocked();
            waiter.interrupt();
            assertInstanceOf(InterruptedException.class, failureOf(waiter));
            process.kill();
        }
    }

    @Test
    void aClosedStreamWakesItsReader() throws Exception {
        try (ManagedProcess process = startReady("ready", "sleep")) {
            Running<Integer> reader = ThreadKind.PLATFORM.begin(process.getInputStream()::read).awaitBlocked();
            process.getInputStream().close();
            assertInstanceOf(IOException.class, failureOf(reader));
            process.kill();
        }
    }

    private static Throwable failureOf(Running<?> call) {
        return assertThrows(ExecutionException.class, call::result).getCause();
    }
}
