package io.github.lastcall;

import static io.github.lastcall.Starter.text;
import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.ThreadKind.Running;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a child reads, as its user writes it. */
@ExtendWith(LeaksNothing.class)
class StandardInputTest {

    private static final int PIPE_SIZE = 65_536;
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration SOON = Duration.ofSeconds(10);

    private static ManagedProcess start(String... steps) throws IOException {
        ManagedProcess process = ManagedProcess.builder(child(steps)).start();
        awaitReady(process);
        return process;
    }

    /** Once continued, the child reads its input to the end and writes how much it was. */
    private static ManagedProcess startStopped() throws IOException {
        ManagedProcess process = start("ready", "raise", "SIGSTOP", "read-all");
        Programs.await(
                "it has stopped", () -> Programs.state(process.pid()).equals(Optional.of('T')));
        return process;
    }

    private static Callable<Void> writing(Process process, int length) {
        return () -> {
            process.getOutputStream().write(new byte[length]);
            process.getOutputStream().flush();
            return null;
        };
    }

    private static IOException failure(Running<?> call) {
        return assertInstanceOf(
                IOException.class, assertThrows(ExecutionException.class, call::result).getCause());
    }

    /** Fills the pipe completely, and a part of the buffer before it. */
    private static void fillPipeAndBuffer(Process process) throws IOException {
        process.getOutputStream().write(new byte[PIPE_SIZE]);
        process.getOutputStream().write(new byte[100]);
    }

    @ParameterizedTest
    @EnumSource
    void aChildThatHasClosedItsInputBreaksThePipe(Starter starter) throws Exception {
        Process process = starter.start(child("close", "0", "ready", "pause"));
        awaitReady(process);
        assertThrows(IOException.class, () -> process.getOutputStream().write(new byte[100_000]));
        process.destroyForcibly().waitFor();
    }

    @Test
    void aBrokenPipeIsNamed() throws Exception {
        ManagedProcess process = start("close", "0", "ready", "pause");
        process.getOutputStream().write(1);
        OsException broken =
                assertThrows(OsException.class, () -> process.getOutputStream().flush());
        assertEquals("EPIPE (32) in write: Broken pipe", broken.getMessage());
        process.kill();
    }

    @ParameterizedTest
    @EnumSource
    void closingFlushesFirst(Starter starter) throws Exception {
        Process process = starter.start(child("read-all"));
        process.getOutputStream().write(new byte[5]);
        process.getOutputStream().close();
        process.getOutputStream().close();
        assertEquals("5\n", text(process.getInputStream()));
        assertEquals(0, process.waitFor());
    }

    @ParameterizedTest
    @EnumSource
    void flushingSendsWhatIsBuffered(Starter starter) throws Exception {
        Process process = starter.start(new ProcessBuilder("cat"));
        for (int value = 0; value < 3; value++) {
            process.getOutputStream().write(value);
            process.getOutputStream().flush();
            assertEquals(value, process.getInputStream().read());
        }
        process.getOutputStream().close();
        assertEquals(0, process.waitFor());
    }

    @Test
    void writesAfterCloseOrExitAreRefused() throws Exception {
        ManagedProcess closed = start("ready", "read-all");
        closed.getOutputStream().close();
        assertThrows(IOException.class, () -> closed.getOutputStream().write(1));
        closed.waitFor();
        ManagedProcess exited = start("ready", "exit", "0");
        exited.waitFor();
        assertThrows(IOException.class, () -> exited.getOutputStream().write(1));
        exited.getOutputStream().flush();
        exited.getOutputStream().close();
    }

    @Test
    void waitForExitSendsWhatIsBufferedAndEndsTheInput() throws Exception {
        ManagedProcess process = start("ready", "read-all");
        process.getOutputStream().write(new byte[5]);
        assertEquals(new ExitStatus.Exited(0), process.waitForExit());
        assertEquals("5\n", text(process.getInputStream()));
    }

    @ParameterizedTest
    @EnumSource
    void waitForExitWaitsForRoomInThePipe(ThreadKind kind) throws Exception {
        ManagedProcess process = startStopped();
        fillPipeAndBuffer(process);
        Running<ExitStatus> wait = kind.begin(() -> process.waitForExit()).awaitBlocked();
        process.sendSignal(UnixSignal.SIGCONT);
        assertEquals(new ExitStatus.Exited(0), wait.result());
        assertEquals(PIPE_SIZE + 100 + "\n", text(process.getInputStream()));
    }

    @Test
    void waitForExitIsNotDisturbedByAChildThatReadsNoMore() throws Exception {
        ManagedProcess process = start("close", "0", "ready", "exit", "3");
        process.getOutputStream().write(new byte[5]);
        assertEquals(new ExitStatus.Exited(3), process.waitForExit());
    }

    @ParameterizedTest
    @EnumSource
    void waitForExitSeesTheExitOfAChildThatReadNothing(ThreadKind kind) throws Exception {
        ManagedProcess process = start("ready", "pause");
        fillPipeAndBuffer(process);
        Running<ExitStatus> wait = kind.begin(() -> process.waitForExit()).awaitBlocked();
        process.sendSignal(UnixSignal.SIGTERM);
        assertInstanceOf(ExitStatus.Signaled.class, wait.result());
    }

    @ParameterizedTest
    @EnumSource
    void theTimeoutHoldsWithAFullPipeAndTheInputIsClosedThen(ThreadKind kind) throws Exception {
        ManagedProcess process = start("ready", "pause");
        fillPipeAndBuffer(process);
        long begun = System.nanoTime();
        assertEquals(Optional.empty(), kind.begin(() -> process.waitForExit(SHORT)).result());
        long took = System.nanoTime() - begun;
        assertTrue(took >= SHORT.toNanos() && took < SOON.toNanos(), took + " ns");
        assertThrows(IOException.class, () -> process.getOutputStream().write(1));
        process.kill();
    }

    @ParameterizedTest
    @EnumSource
    void theTimeoutHoldsWithABlockedWriterWhoseWriteFailsThen(ThreadKind kind) throws Exception {
        ManagedProcess process = start("ready", "pause");
        Running<Void> writer = kind.begin(writing(process, 2 * PIPE_SIZE)).awaitBlocked();
        assertEquals(Optional.empty(), process.waitForExit(SHORT));
        failure(writer);
        process.kill();
    }

    @ParameterizedTest
    @EnumSource
    void waitForExitLetsAnotherThreadFinishItsWrite(ThreadKind kind) throws Exception {
        ManagedProcess process = startStopped();
        Running<Void> writer = kind.begin(writing(process, 3 * PIPE_SIZE)).awaitBlocked();
        Running<ExitStatus> wait = kind.begin(() -> process.waitForExit()).awaitBlocked();
        process.sendSignal(UnixSignal.SIGCONT);
        assertEquals(new ExitStatus.Exited(0), wait.result());
        writer.result();
        assertEquals(3 * PIPE_SIZE + "\n", text(process.getInputStream()));
    }

    @ParameterizedTest
    @EnumSource
    void aBlockedWriterFailsWhenTheChildIsKilled(ThreadKind kind) throws Exception {
        ManagedProcess process = start("ready", "pause");
        Running<Void> writer = kind.begin(writing(process, 2 * PIPE_SIZE)).awaitBlocked();
        process.kill();
        failure(writer);
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptDoesNotDisturbAWrite(ThreadKind kind) throws Exception {
        ManagedProcess process = startStopped();
        Running<Boolean> writer = kind.begin(() -> {
            writing(process, 3 * PIPE_SIZE).call();
            process.getOutputStream().close();
            return Thread.interrupted();
        });
        writer.awaitBlocked().interrupt();
        writer.awaitBlocked();
        process.sendSignal(UnixSignal.SIGCONT);
        assertTrue(writer.result());
        assertEquals(3 * PIPE_SIZE + "\n", text(process.getInputStream()));
        process.waitFor();
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 10_000, 100_000})
    void whatTwoThreadsWriteIsNotMixed(int length) throws Exception {
        Process process = ManagedProcess.builder("cat").start();
        List<Running<Void>> writers = new ArrayList<>();
        for (ThreadKind kind : ThreadKind.values()) {
            writers.add(kind.begin(() -> writeBlocks(process.getOutputStream(), (byte) kind.ordinal(), length)));
        }
        Running<byte[]> reader =
                ThreadKind.PLATFORM.begin(() -> process.getInputStream().readAllBytes());
        for (Running<Void> writer : writers) {
            writer.result();
        }
        process.getOutputStream().close();
        byte[] read = reader.result();
        assertEquals(2 * 50 * length, read.length);
        for (int start = 0; start < read.length; start += length) {
            byte[] expected = new byte[length];
            Arrays.fill(expected, read[start]);
            assertTrue(Arrays.equals(expected, Arrays.copyOfRange(read, start, start + length)), "block " + start);
        }
        assertEquals(0, process.waitFor());
    }

    private static Void writeBlocks(OutputStream stream, byte value, int length) throws IOException {
        byte[] block = new byte[length];
        Arrays.fill(block, value);
        for (int i = 0; i < 50; i++) {
            stream.write(block);
        }
        return null;
    }
}
