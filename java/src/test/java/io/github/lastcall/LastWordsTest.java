package io.github.lastcall;

import static io.github.lastcall.testing.Programs.awaitReady;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.LastWords;
import io.github.lastcall.testing.programs.LastWords.Child;
import io.github.lastcall.testing.programs.LastWords.Language;
import io.github.lastcall.testing.programs.LastWords.Reader;
import io.github.lastcall.testing.programs.SaysEarly;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A reader gets what a child writes after the signal, and the child gets what was written to it before. */
@ExtendWith(LeaksNothing.class)
class LastWordsTest {

    private static final GracefulShutdown SHUTDOWN = LastWords.SHUTDOWN;

    @TempDir
    private Path folder;

    private static void requireAllSaved(List<Child> children) throws IOException {
        for (Child child : children) {
            assertTrue(child.hasSaved(), child.process() + " could not save");
        }
    }

    private static void stopAll(List<Child> children, ThreadKind.Call call) throws Exception {
        List<ThreadKind.Running<Void>> calls = new ArrayList<>();
        for (Child child : children) {
            ThreadKind kind = child.reader() == Reader.VIRTUAL ? ThreadKind.VIRTUAL : ThreadKind.PLATFORM;
            calls.add(kind.begin(() -> {
                call.on(child.process());
                return null;
            }));
        }
        for (ThreadKind.Running<Void> running : calls) {
            running.result();
        }
    }

    private static void requireBye(List<Child> children) throws IOException {
        for (Child child : children) {
            if (child.reader() == Reader.NOBODY) {
                assertTrue(text(child.process()).endsWith("bye\n"), child.process().name());
            }
        }
    }

    private static String text(ManagedProcess process) throws IOException {
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @EnumSource(names = {"GROUP", "MIXED"})
    void terminateLetsThemFinish(KillMode mode) throws Exception {
        List<Child> children = LastWords.start(mode, folder, ManagedProcess.Builder::start);
        stopAll(children, process -> assertFalse(process.terminate(SHUTDOWN).forced(), process.name()));
        requireAllSaved(children);
        requireBye(children);
    }

    @ParameterizedTest
    @EnumSource(names = {"GROUP", "MIXED"})
    void closeLetsThemFinish(KillMode mode) throws Exception {
        List<Child> children = LastWords.start(mode, folder, ManagedProcess.Builder::start);
        stopAll(children, ManagedProcess::close);
        requireAllSaved(children);
    }

    @ParameterizedTest
    @EnumSource(names = {"GROUP", "MIXED"})
    void aScopeLetsThemFinish(KillMode mode) throws Exception {
        ProcessScope scope = ProcessScope.open(SHUTDOWN);
        List<Child> children = LastWords.start(mode, folder, scope::start);
        scope.close();
        requireAllSaved(children);
        requireBye(children);
    }

    @ParameterizedTest
    @EnumSource(names = {"GROUP", "MIXED"})
    void theExitOfTheJvmLetsThemFinish(KillMode mode) throws Exception {
        String out = new JavaProgram(LastWords.class, mode.name(), folder.toString()).run().out().strip();
        List<String> without = new ArrayList<>();
        int all = 0;
        try (DirectoryStream<Path> children = Files.newDirectoryStream(folder)) {
            for (Path child : children) {
                all++;
                if (!Child.hasSaved(child.resolve("saved"))) {
                    without.add(child.getFileName().toString());
                }
            }
        }
        assertEquals(List.of(), without);
        assertEquals(out, Integer.toString(all));
    }

    /** How the use of a handle ends, while a thread reads. */
    enum End {
        CLOSE,
        TERMINATE_AND_CLOSE;

        void of(ManagedProcess process) throws Exception {
            if (this == TERMINATE_AND_CLOSE) {
                process.terminate(SHUTDOWN);
            }
            process.close();
        }
    }

    @ParameterizedTest
    @CsvSource({"CLOSE, PLATFORM", "CLOSE, VIRTUAL", "TERMINATE_AND_CLOSE, PLATFORM", "TERMINATE_AND_CLOSE, VIRTUAL"})
    void aReaderGetsTheLastWordsAndTheEndBeforeTheStreamIsClosed(End end, ThreadKind kind) throws Exception {
        for (int i = 0; i < 20; i++) {
            ManagedProcess process =
                    sh("trap 'head -c 300000 /dev/zero; exit 0' TERM; echo ready; while :; do sleep 0.01; done");
            awaitReady(process);
            ThreadKind.Running<String> reader = kind.begin(() -> text(process)).awaitBlocked();
            end.of(process);
            assertEquals(300_000, reader.result().length());
            assertThrows(IOException.class, () -> process.getOutputStream().write(new byte[10_000]));
        }
    }

    /** Waits for room in its pipe when it is stopped, so a busy machine needs little time to fill the memory too. */
    private static final String TOO_LOUD = "trap '' TERM; echo ready; head -c 3000000 /dev/zero";

    private static void requireNoteOfFullOutput(TerminationReport report) {
        assertTrue(report.forced());
        assertTrue(
                report.attempts().stream()
                        .flatMap(attempt -> attempt.notes().stream())
                        .anyMatch(note -> note.contains("output is full")),
                report.attempts().toString());
    }

    @Test
    void whatIsBeyondTheLimitIsNoted() throws Exception {
        try (ManagedProcess process = sh(TOO_LOUD)) {
            awaitReady(process);
            requireNoteOfFullOutput(process.terminate(GracefulShutdown.of(Duration.ofSeconds(2))));
            int length = text(process).length();
            assertTrue(length >= 1 << 20, length + " bytes were kept");
        }
    }

    /** As on a busy machine: no thread runs between the time for the notes and the end of the phase. */
    @Test
    void itIsNotedByARoundThatComesLateToo() throws Exception {
        FaultyOs os = new FaultyOs();
        try (ManagedProcess process = ManagedProcess.builder("sh", "-c", TOO_LOUD).os(os).start()) {
            awaitReady(process);
            os.beforeLook(() -> {
                // Followed by the draining. The next look is that of the time for the notes.
                if (os.sent().contains(UnixSignal.SIGCONT)) {
                    LockSupport.parkNanos(500_000_000);
                }
            });
            requireNoteOfFullOutput(process.terminate(GracefulShutdown.of(Duration.ofSeconds(2))));
            os.beforeLook(() -> {});
        }
    }

    /** A member writes much after the exit of the leader. */
    private static final String LOUD =
            "(trap 'head -c 300000 /dev/zero; exit 3' TERM; echo ready; while :; do sleep 0.02; done) & wait";

    /** The next process has the same descriptors: the watches of the last process must be gone. */
    @Test
    void whatWasReadWhileItWasDrainedDoesNotStopTheDrainingOfTheNext() throws Exception {
        for (int round = 0; round < 10; round++) {
            List<ThreadKind.Running<Integer>> readers = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                readers.add((i % 2 == 0 ? ThreadKind.PLATFORM : ThreadKind.VIRTUAL).begin(LastWordsTest::readDuringStop));
            }
            for (ThreadKind.Running<Integer> reader : readers) {
                assertEquals(300_000, reader.result());
            }
            List<ManagedProcess> loud = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                loud.add(sh(LOUD));
            }
            for (ManagedProcess process : loud) {
                awaitReady(process);
                assertFalse(process.terminate(GracefulShutdown.of(Duration.ofSeconds(10))).forced(), "round " + round);
                process.close();
            }
        }
    }

    /** Returns how much was read. */
    private static int readDuringStop() throws Exception {
        try (ManagedProcess process = sh(LOUD)) {
            awaitReady(process);
            CompletableFuture<TerminationReport> report = process.terminateAsync(SHUTDOWN);
            int length = text(process).length();
            report.get();
            return length;
        }
    }

    private static ManagedProcess sh(String script) throws IOException {
        return ManagedProcess.builder("sh", "-c", script).terminateOnClose(SHUTDOWN).start();
    }

    @ParameterizedTest
    @CsvSource({
        "GROUP, false, PLATFORM", "GROUP, true, PLATFORM", "MIXED, false, PLATFORM", "MIXED, true, PLATFORM",
        "GROUP, false, VIRTUAL", "MIXED, true, VIRTUAL"
    })
    void whatWasWrittenAndNotFlushedIsDelivered(KillMode mode, boolean scoped, ThreadKind kind) throws Exception {
        ManagedProcess.Builder builder = ManagedProcess.builder(
                        "sh", "-c", "trap '' TERM; echo ready; read line && echo got $line; exit 5")
                .killMode(mode);
        try (ProcessScope scope = ProcessScope.open(SHUTDOWN);
                ManagedProcess process = scoped ? scope.start(builder) : builder.start()) {
            awaitReady(process);
            process.getOutputStream().write("quit\n".getBytes(StandardCharsets.UTF_8));
            TerminationReport report = kind.begin(() ->
                            scoped ? scope.terminateAll().getFirst() : process.terminate(SHUTDOWN))
                    .result();
            assertEquals(new ExitStatus.Exited(5), report.exitStatus());
            assertEquals("got quit\n", text(process));
        }
    }

    /** A program that writes "early" and exits, and leaves a process behind that writes "late". */
    enum Late {
        SH,
        BASH,
        PYTHON,
        JAVA;

        private static final String LATE = "sleep 0.5; echo late";

        boolean isInstalled() {
            return this != PYTHON || Language.PYTHON.isInstalled();
        }

        ProcessBuilder command() {
            return switch (this) {
                case SH -> new ProcessBuilder("sh", "-c", "(" + LATE + ") & echo early");
                case BASH -> new ProcessBuilder("bash", "-c", "exec > >(cat; " + LATE + "); echo early");
                case PYTHON -> new ProcessBuilder("python3", "-c", "import subprocess; print('early', flush=True);"
                        + " subprocess.Popen(['sh', '-c', '" + LATE + "'])");
                case JAVA -> new JavaProgram(SaysEarly.class, LATE).builder();
            };
        }
    }

    /** The reader, and when it reads. */
    enum Reading {
        BEFORE_ON_A_PLATFORM_THREAD,
        BEFORE_ON_A_VIRTUAL_THREAD,
        AFTERWARDS;

        ThreadKind kind() {
            return this == BEFORE_ON_A_VIRTUAL_THREAD ? ThreadKind.VIRTUAL : ThreadKind.PLATFORM;
        }
    }

    /** Other starts, and looks, end no stream. All at the same time, to be quick. */
    @Test
    void startsOfOthersEndNoStream() throws Exception {
        List<ManagedProcess> processes = new ArrayList<>();
        List<ThreadKind.Running<String>> texts = new ArrayList<>();
        for (KillMode mode : List.of(KillMode.GROUP, KillMode.MIXED)) {
            for (Late late : Late.values()) {
                for (Reading reading : late.isInstalled() ? Reading.values() : new Reading[0]) {
                    ManagedProcess process = ManagedProcess.builder(late.command())
                            .name(mode + " " + late + " " + reading)
                            .killMode(mode)
                            .start();
                    processes.add(process);
                    texts.add(reading.kind().begin(() -> {
                        if (reading == Reading.AFTERWARDS) {
                            startOthers(process);
                        }
                        return text(process);
                    }));
                }
            }
        }
        for (ManagedProcess process : processes) {
            startOthers(process);
        }
        for (int i = 0; i < processes.size(); i++) {
            assertEquals("early\nlate\n", texts.get(i).result(), processes.get(i).name());
            processes.get(i).waitFor();
            processes.get(i).close();
        }
    }

    private static void startOthers(ManagedProcess process) throws Exception {
        for (int i = 0; i < 3; i++) {
            try (ManagedProcess other = ManagedProcess.builder("true").start()) {
                other.waitFor();
            }
        }
        Programs.await("a look sees its exit", () -> !process.isAlive());
    }

    @Test
    void aWaitOfNoTimeChangesNothing() throws Exception {
        try (ManagedProcess process = sh("echo ready; read line; echo got $line")) {
            awaitReady(process);
            process.getOutputStream().write("he".getBytes(StandardCharsets.UTF_8));
            assertEquals(Optional.empty(), process.waitForExit(Duration.ZERO));
            process.getOutputStream().write("llo\n".getBytes(StandardCharsets.UTF_8));
            process.getOutputStream().flush();
            assertEquals("got hello\n", text(process));
            assertEquals(new ExitStatus.Exited(0), process.waitForExit());
        }
    }
}
