package io.github.lastcall;

import static io.github.lastcall.testing.Programs.awaitGone;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A command that is run to its end in one call. */
@ExtendWith(LeaksNothing.class)
class RunTest {

    private static final Duration LONG = Duration.ofSeconds(30);
    private static final GracefulShutdown SHUTDOWN = GracefulShutdown.of(Duration.ofSeconds(5));

    @TempDir
    private Path folder;

    private static ManagedProcess.Builder sh(String script) {
        return ManagedProcess.builder("sh", "-c", script);
    }

    @ParameterizedTest
    @EnumSource
    void whatItWritesAndHowItEndsComesBack(ThreadKind kind) throws Exception {
        CompletedProcess done = kind.begin(() -> ManagedProcess.run(
                        sh("read line; echo got $line; echo oops >&2; exit 3").input("hello\n"), LONG, SHUTDOWN))
                .result();
        assertEquals(new ExitStatus.Exited(3), done.exitStatus());
        assertFalse(done.timedOut());
        assertEquals(Optional.empty(), done.termination());
        assertEquals("got hello\n", done.stdout().text());
        assertEquals(List.of("oops"), done.stderr().lines());
        assertFalse(done.stdout().truncated());
        assertEquals(10, done.stdout().total());
    }

    @Test
    void successReturnsItself() throws Exception {
        CompletedProcess done = ManagedProcess.run(sh("exit 0"), LONG, SHUTDOWN);
        assertSame(done, done.requireSuccess());
    }

    @Test
    void theLastLinesAreInTheMessageOnlyIfCaptureWasAskedFor() throws Exception {
        ManagedProcess.Builder builder = sh("echo no >&2; for i in $(seq 20); do echo line $i >&2; done; exit 3");
        ProcessFailedException bare = assertThrows(
                ProcessFailedException.class, () -> ManagedProcess.run(builder, LONG, SHUTDOWN).requireSuccess());
        assertEquals("Process 'sh' (pid " + bare.pid() + ") failed: exited with code 3", bare.getMessage());
        builder.capture(OutputLimit.first(10));
        ProcessFailedException full = assertThrows(
                ProcessFailedException.class, () -> ManagedProcess.run(builder, LONG, SHUTDOWN).requireSuccess());
        assertTrue(full.getMessage().endsWith("line 19\n    line 20"), full.getMessage());
        assertFalse(full.getMessage().contains("line 10\n"), full.getMessage());
        assertEquals(new ExitStatus.Exited(3), full.exitStatus());
        assertEquals("sh", full.processName());
    }

    /** Far more than two pipes hold, in both directions at the same time. */
    @Test
    void muchInputAndOutputDoNotWaitForEachOther() throws Exception {
        byte[] bytes = new byte[20_000_000];
        new Random(1).nextBytes(bytes);
        CompletedProcess done = ManagedProcess.run(
                ManagedProcess.builder("tee", "/dev/stderr").input(bytes).capture(OutputLimit.first(bytes.length)),
                LONG, SHUTDOWN);
        assertArrayEquals(bytes, done.stdout().bytes());
        assertArrayEquals(bytes, done.stderr().bytes());
    }

    @Test
    void aProcessThatDoesNotReadItsInputIsNoError() throws Exception {
        CompletedProcess done = ManagedProcess.run(sh("echo done").input(new byte[10_000_000]), LONG, SHUTDOWN);
        assertEquals("done\n", done.requireSuccess().stdout().text());
    }

    @Test
    void withoutCaptureTheFirst16MiBAreKept() throws Exception {
        CompletedProcess done = ManagedProcess.run(
                sh("head -c 20000000 /dev/zero; echo end >&2"), LONG, SHUTDOWN);
        assertEquals(16 << 20, done.stdout().bytes().length);
        assertEquals(20_000_000, done.stdout().total());
        assertTrue(done.stdout().truncated());
        assertFalse(done.stderr().truncated());
    }

    @Test
    void theLastBytesAreKept() throws Exception {
        CompletedProcess done = ManagedProcess.run(
                sh("seq 1 100000").capture(OutputLimit.last(12)), LONG, SHUTDOWN);
        assertEquals("9999\n100000\n", done.stdout().text());
        assertTrue(done.stdout().truncated());
    }

    @Test
    void whatIsRedirectedIsNotKept() throws Exception {
        CompletedProcess done = ManagedProcess.run(
                sh("echo out; echo err >&2").redirectOutput(Redirect.DISCARD), LONG, SHUTDOWN);
        assertEquals("", done.stdout().text());
        assertEquals("err\n", done.stderr().text());
    }

    @Test
    void standardErrorGoesWhereStandardOutputGoes() throws Exception {
        CompletedProcess done = ManagedProcess.run(
                sh("echo out; echo err >&2").redirectErrorStream(true).capture(OutputLimit.first(100)),
                LONG, SHUTDOWN);
        assertEquals("out\nerr\n", done.stdout().text());
        assertEquals("", done.stderr().text());
    }

    @Test
    void itIsStoppedWhenTheTimeIsUp() throws Exception {
        CompletedProcess done = ManagedProcess.run(
                sh("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.02; done"),
                Duration.ofMillis(500), SHUTDOWN);
        assertTrue(done.timedOut());
        assertEquals("up\nbye\n", done.stdout().text());
        assertEquals(Optional.of("SIGTERM"), done.termination().orElseThrow().endedBy());
        ProcessFailedException failure = assertThrows(ProcessFailedException.class, done::requireSuccess);
        assertTrue(failure.getMessage().contains("its time was up"), failure.getMessage());
        assertTrue(failure.timedOut());
    }

    @Test
    void membersThatOutliveItAreStopped() throws Exception {
        CompletedProcess done = ManagedProcess.run(
                sh("(trap 'echo last word; exit' TERM; echo $$; while :; do sleep 0.02; done) & sleep 0.3"),
                LONG, SHUTDOWN);
        assertEquals(new ExitStatus.Exited(0), done.exitStatus());
        assertFalse(done.timedOut());
        assertTrue(done.termination().isPresent());
        assertTrue(done.stdout().text().endsWith("last word\n"), done.stdout().text());
        assertFalse(done.stdout().truncated());
    }

    /** It is in its own session, so it is not stopped. The leader ends when that process has printed its pid. */
    @Test
    void aProcessOutsideOfTheGroupThatHoldsThePipeDelaysLittle() throws Exception {
        Path fifo = folder.resolve("fifo");
        CompletedProcess done = ManagedProcess.run(
                sh("mkfifo " + fifo + "; setsid sh -c 'echo $$ >&2; echo up > " + fifo + "; exec sleep 60' &"
                        + " echo now; read up < " + fifo),
                LONG, SHUTDOWN);
        long stranger = Long.parseLong(done.stderr().text().strip());
        assertTrue(Programs.isRunning(stranger));
        assertEquals("now\n", done.stdout().text());
        assertTrue(done.stdout().truncated());
        Programs.signal(stranger, "KILL");
        awaitGone(stranger);
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptKills(ThreadKind kind) throws Exception {
        long[] pid = new long[1];
        ThreadKind.Running<Boolean> running = kind.begin(() -> {
            ManagedProcess.Builder builder = sh("trap '' TERM; echo $$; exec sleep 60")
                    .onLine(StandardStream.STDOUT, line -> {
                        synchronized (pid) {
                            pid[0] = Long.parseLong(line);
                        }
                    });
            assertThrows(InterruptedException.class, () -> ManagedProcess.run(builder, LONG, SHUTDOWN));
            return Thread.currentThread().isInterrupted();
        });
        Programs.await("it runs", () -> {
            synchronized (pid) {
                return pid[0] != 0;
            }
        });
        running.interrupt();
        assertFalse(running.result());
        assertFalse(Programs.isRunning(pid[0]));
    }

    @Test
    void anInterruptBeforeStartsNothing() throws Exception {
        Thread.currentThread().interrupt();
        assertThrows(
                InterruptedException.class, () -> ManagedProcess.run(sh("exit 0"), LONG, SHUTDOWN));
    }

    @Test
    void whatIsNoPipeIsRefused() {
        for (ManagedProcess.Builder builder : List.of(
                sh("exit 0").inheritIO().capture(OutputLimit.first(1)),
                sh("exit 0").capture(OutputLimit.first(1)).redirectOutput(Redirect.DISCARD),
                sh("exit 0").onLine(StandardStream.STDERR, line -> { }).redirectErrorStream(true),
                sh("exit 0").onLine(StandardStream.STDOUT, line -> { }).redirectOutput(Redirect.INHERIT),
                sh("exit 0").forwardTo(StandardStream.STDERR, System.out, "").redirectError(Redirect.DISCARD),
                sh("exit 0").input("x").redirectInput(Redirect.INHERIT))) {
            assertThrows(IllegalArgumentException.class, builder::start);
            assertThrows(IllegalArgumentException.class, () -> ManagedProcess.run(builder, LONG, SHUTDOWN));
        }
        ManagedProcess.Builder halfCaptured =
                sh("exit 0").capture(OutputLimit.first(1)).redirectError(Redirect.INHERIT);
        assertEquals(
                "capture needs a pipe, and STDERR is redirected: INHERIT",
                assertThrows(IllegalArgumentException.class, halfCaptured::start).getMessage());
        assertThrows(IllegalArgumentException.class, () -> OutputLimit.last(-1));
        assertThrows(
                IllegalArgumentException.class,
                () -> ManagedProcess.run(sh("exit 0"), Duration.ofSeconds(-1), SHUTDOWN));
    }

    @Test
    void itsUsualStreamsAreEmptyAndClosed() throws Exception {
        try (ManagedProcess process = sh("cat; echo err >&2").input("text").capture(OutputLimit.first(100)).start()) {
            assertEquals(-1, process.getInputStream().read());
            assertEquals(-1, process.getErrorStream().read());
            assertThrows(IOException.class, () -> process.getOutputStream().write(1));
            assertTrue(process.waitFor(20, TimeUnit.SECONDS));
            assertEquals("text", process.captured(StandardStream.STDOUT).text());
            assertEquals("err\n", process.captured(StandardStream.STDERR).text());
        }
    }
}
