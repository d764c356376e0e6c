package io.github.lastcall;

import static io.github.lastcall.Starter.text;
import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static io.github.lastcall.testing.Programs.readLine;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.ThreadKind.Running;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a child writes, as its user reads it. */
@ExtendWith(LeaksNothing.class)
class StreamsTest {

    private static final int PIPE_SIZE = 65_536;

    private static ManagedProcess start(String... steps) throws IOException {
        return ManagedProcess.builder(child(steps)).start();
    }

    private static void killOrphan(String pid) {
        ProcessHandle.of(Long.parseLong(pid)).ifPresent(ProcessHandle::destroyForcibly);
        Programs.awaitGone(Long.parseLong(pid));
    }

    @ParameterizedTest
    @EnumSource
    void muchOutputOnBothStreamsIsReadWhileTheExitIsWaitedFor(ThreadKind kind) throws Exception {
        ManagedProcess process = start("fork", "write", "err", "2000000", "end", "write", "out", "2000001", "wait");
        Running<Integer> output = kind.begin(() -> process.getInputStream().readAllBytes().length);
        Running<Integer> error = kind.begin(() -> process.getErrorStream().readAllBytes().length);
        Running<Integer> code = kind.begin(process::waitFor);
        assertEquals(0, code.result());
        assertEquals(2_000_001, output.result());
        assertEquals(2_000_000, error.result());
    }

    @ParameterizedTest
    @EnumSource
    void bytesComeAsTheyWereSent(Starter starter) throws Exception {
        byte[] bytes = new byte[1_000_000];
        new Random(1).nextBytes(bytes);
        Process process = starter.start(new ProcessBuilder("cat"));
        Running<Void> writer = ThreadKind.PLATFORM.begin(() -> {
            try (var input = process.getOutputStream()) {
                input.write(bytes);
            }
            return null;
        });
        assertArrayEquals(bytes, process.getInputStream().readAllBytes());
        writer.result();
        assertEquals(0, process.waitFor());
    }

    @ParameterizedTest
    @EnumSource
    void aFullPipeIsReadAfterTheExit(Starter starter) throws Exception {
        String size = Integer.toString(PIPE_SIZE);
        Process process = starter.start(child("write", "out", size, "write", "err", size));
        assertEquals(0, process.waitFor());
        assertEquals(PIPE_SIZE, process.getInputStream().readAllBytes().length);
        assertEquals(PIPE_SIZE, process.getErrorStream().readAllBytes().length);
        assertEquals(-1, process.getInputStream().read());
    }

    @ParameterizedTest
    @EnumSource
    void whatWasReadBeforeTheExitIsNotReadAgain(Starter starter) throws Exception {
        Process process = starter.start(child("say", "one", "read-line", "say", "two"));
        assertEquals("one", readLine(process.getInputStream()));
        process.getOutputStream().close();
        assertEquals(0, process.waitFor());
        assertEquals("two\n", text(process.getInputStream()));
    }

    @Test
    void aGrandchildThatHoldsTheOutputHoldsUpNoReaderAfterTheExit() throws Exception {
        ManagedProcess process = ManagedProcess.builder("sh", "-c", "sleep 60 & echo $!").start();
        assertEquals(0, process.waitFor());
        String pid = ThreadKind.PLATFORM.begin(() -> text(process.getInputStream())).result().strip();
        assertTrue(Programs.isRunning(Long.parseLong(pid)));
        process.close();
        killOrphan(pid);
    }

    /** A look ends no stream, and the wait after it does. */
    @ParameterizedTest
    @EnumSource
    void aWaitAfterALookEndsTheStreams(KillMode mode) throws Exception {
        ManagedProcess process = ManagedProcess.builder("sh", "-c", "sleep 60 & echo $!").killMode(mode).start();
        long sleeper = Long.parseLong(readLine(process.getInputStream()));
        Programs.await("it has exited", () -> !process.isAlive());
        assertEquals(0, process.waitFor());
        assertEquals("", ThreadKind.PLATFORM.begin(() -> text(process.getInputStream())).result());
        Programs.signal(sleeper, "KILL");
        process.close();
    }

    @ParameterizedTest
    @EnumSource
    void aReadInProgressGoesOnUntilTheLastWriterHasGone(ThreadKind kind) throws Exception {
        ManagedProcess process = ManagedProcess.builder(
                        "sh", "-c", "echo early; (read go <&3; sleep 0.3; echo late) 3<&0 & read go; exit 0")
                .start();
        assertEquals("early", readLine(process.getInputStream()));
        Running<String> reader = kind.begin(() -> text(process.getInputStream())).awaitBlocked();
        process.getOutputStream().write("go\ngo\n".getBytes());
        process.getOutputStream().flush();
        assertEquals(0, process.waitFor());
        assertEquals("late\n", reader.result());
        process.close();
    }

    @ParameterizedTest
    @EnumSource
    void aChildCanCloseItsOutputAndGoOn(Starter starter) throws Exception {
        Process process = starter.start(child("close", "1", "read-line"));
        assertEquals(-1, process.getInputStream().read());
        assertTrue(process.isAlive());
        process.getOutputStream().close();
        assertEquals(0, process.waitFor());
    }

    @ParameterizedTest
    @EnumSource
    void closingAStreamWakesItsReader(ThreadKind kind) throws Exception {
        ManagedProcess process = start("pause");
        Running<Integer> output = kind.begin(() -> process.getInputStream().read()).awaitBlocked();
        Running<Integer> error = kind.begin(() -> process.getErrorStream().read()).awaitBlocked();
        process.getInputStream().close();
        assertInstanceOf(
                IOException.class,
                assertThrows(ExecutionException.class, output::result).getCause());
        process.getErrorStream().close();
        assertInstanceOf(
                IOException.class,
                assertThrows(ExecutionException.class, error::result).getCause());
        process.kill();
    }

    @ParameterizedTest
    @EnumSource
    void closingTheHandleWakesAReader(ThreadKind kind) throws Exception {
        ManagedProcess process = start("pause");
        Running<Integer> reader = kind.begin(() -> process.getInputStream().read()).awaitBlocked();
        process.mustNotBeTerminated();
        process.close();
        assertInstanceOf(
                IOException.class,
                assertThrows(ExecutionException.class, reader::result).getCause());
        process.kill();
    }

    /** As with the JDK's processes. On a virtual thread it ends the read: see VirtualThreadTest. */
    @Test
    void anInterruptDoesNotDisturbAReadOfAPlatformThread() throws Exception {
        ManagedProcess process = start("read-line", "say", "done");
        AtomicBoolean stillSet = new AtomicBoolean();
        Running<String> reader = ThreadKind.PLATFORM.begin(() -> {
            String line = readLine(process.getInputStream());
            stillSet.set(Thread.interrupted());
            return line;
        });
        reader.awaitBlocked().interrupt();
        reader.awaitBlocked();
        process.getOutputStream().close();
        assertEquals("done", reader.result());
        assertTrue(stillSet.get());
        process.waitFor();
    }

    @Test
    void theStreamsOfAClosedHandleAreClosed() throws Exception {
        ManagedProcess process = start("write", "out", "100", "write", "err", "100");
        process.waitForExit();
        process.close();
        assertThrows(IOException.class, () -> process.getInputStream().read());
        assertThrows(IOException.class, () -> process.getInputStream().available());
        assertThrows(IOException.class, () -> process.getErrorStream().read());
        assertThrows(IOException.class, () -> process.getOutputStream().write(1));
        process.getInputStream().close();
        process.getOutputStream().close();
    }

    @ParameterizedTest
    @EnumSource
    void availableReturnsWhatCanBeReadAtOnce(Starter starter) throws Exception {
        Process process = starter.start(child("write", "out", "100", "ready", "read-line", "write", "err", "7"));
        InputStream output = process.getInputStream();
        Programs.await("106 bytes are there", () -> available(output) == 106);
        output.readNBytes(6);
        assertEquals(100, output.available());
        assertEquals(0, process.getErrorStream().available());
        process.getOutputStream().close();
        assertEquals(0, process.waitFor());
        assertEquals(100, output.available());
        // The JDK drains the pipe on another thread, after the return of waitFor.
        Programs.await("7 bytes are there", () -> available(process.getErrorStream()) == 7);
        output.readAllBytes();
        assertEquals(0, output.available());
        assertEquals(7, process.getErrorStream().readAllBytes().length);
    }

    private static int available(InputStream stream) {
        try {
            return stream.available();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @EnumSource
    void readersAndWritersUseTheRequestedCharset(Starter starter) throws Exception {
        Process process =
                starter.start(new ProcessBuilder("sh", "-c", "read line; echo \"$line\"; echo \"$line\" >&2"));
        try (var input = process.outputWriter(StandardCharsets.UTF_8)) {
            input.write("gr\u00fc\u00dfe \u2713\n");
        }
        assertEquals("gr\u00fc\u00dfe \u2713", process.inputReader(StandardCharsets.UTF_8).readLine());
        assertEquals("gr\u00fc\u00dfe \u2713", process.errorReader(StandardCharsets.UTF_8).readLine());
        assertEquals(0, process.waitFor());
    }

    @Test
    void blockedVirtualReadersDoNotHoldUpOtherVirtualThreads() throws Exception {
        List<ManagedProcess> processes = new ArrayList<>();
        List<Running<Integer>> readers = new ArrayList<>();
        for (int i = 0; i < Runtime.getRuntime().availableProcessors() + 1; i++) {
            ManagedProcess process = start("pause");
            processes.add(process);
            readers.add(ThreadKind.VIRTUAL.begin(() -> process.getInputStream().read()).awaitBlocked());
        }
        assertEquals("ran", ThreadKind.VIRTUAL.begin(() -> "ran").result());
        for (ManagedProcess process : processes) {
            process.kill();
        }
        for (Running<Integer> reader : readers) {
            assertEquals(-1, reader.result());
        }
    }

    @Test
    void destroyLeavesTheStreamsOpenForTheLastWords() throws Exception {
        ManagedProcess process = start("handle", "SIGTERM", "say:bye", "ready", "read-line", "say", "end");
        awaitReady(process);
        process.destroy();
        assertEquals("bye", readLine(process.getInputStream()));
        process.getOutputStream().write('\n');
        assertTrue(process.waitForExit(Duration.ofSeconds(20)).isPresent());
        assertEquals("end\n", text(process.getInputStream()));
    }
}
