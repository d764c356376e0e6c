package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.CapturedLog;
import io.github.lastcall.testing.Carriers;
import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.event.Level;

/** Listeners and sinks get the output of a child. */
@ExtendWith(LeaksNothing.class)
class OutputTest {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final GracefulShutdown SHUTDOWN = GracefulShutdown.of(Duration.ofSeconds(5));

    private static ManagedProcess.Builder sh(String script) {
        return ManagedProcess.builder("sh", "-c", script).terminateOnClose(SHUTDOWN);
    }

    private static List<String> lines() {
        return Collections.synchronizedList(new ArrayList<>());
    }

    /** Blocks until it is released. */
    private static final class Blocked implements AutoCloseable {
        private final CountDownLatch gate = new CountDownLatch(1);
        private final AtomicInteger calls = new AtomicInteger();

        void accept(String line) {
            calls.incrementAndGet();
            Programs.await(gate);
        }

        @Override
        public void close() {
            gate.countDown();
        }
    }

    /** How a process is waited for. */
    enum Wait {
        WAIT_FOR_EXIT {
            @Override
            void on(ManagedProcess process) throws Exception {
                process.waitForExit(LONG).orElseThrow();
            }
        },
        WAIT_FOR {
            @Override
            void on(ManagedProcess process) throws Exception {
                process.waitFor();
            }
        },
        ON_EXIT {
            @Override
            void on(ManagedProcess process) throws Exception {
                process.onExit().get(20, TimeUnit.SECONDS);
            }
        },
        OR_TERMINATE {
            @Override
            void on(ManagedProcess process) throws Exception {
                process.waitForExitOrTerminate(LONG, SHUTDOWN);
            }
        };

        abstract void on(ManagedProcess process) throws Exception;
    }

    @ParameterizedTest
    @EnumSource
    void aWaitReturnsWhenTheListenersHadEverything(Wait wait) throws Exception {
        List<String> out = lines();
        List<String> err = lines();
        try (ManagedProcess process = sh("seq 1 20000; seq 1 3 >&2; printf last")
                .onLine(StandardStream.STDOUT, out::add)
                .onLine(StandardStream.STDERR, err::add)
                .start()) {
            wait.on(process);
            assertEquals(20_001, out.size());
            assertEquals("20000", out.get(19_999));
            assertEquals("last", out.get(20_000));
            assertEquals(List.of("1", "2", "3"), err);
            assertFalse(process.captured(StandardStream.STDOUT).truncated());
            assertEquals(0, process.captured(StandardStream.STDOUT).bytes().length);
        }
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(20)
    void aListenerThatBlocksHoldsUpAWaitForASecondOnly(Wait wait) throws Exception {
        try (Blocked listener = new Blocked();
                ManagedProcess process = sh("echo 1; echo 2")
                        .onLine(StandardStream.STDOUT, listener::accept).start()) {
            wait.on(process);
            assertEquals(1, listener.calls.get());
        }
    }

    /** The writes of the process block, and the memory of this JVM does not grow. */
    @Test
    void aListenerThatBlocksStopsTheReadingOfItsPipeOnly() throws Exception {
        List<String> other = lines();
        try (Blocked listener = new Blocked();
                ManagedProcess process = sh("(i=0; while [ $i -lt 40 ]; do head -c 100000 /dev/zero | tr '\\0' '\\n';"
                                + " i=$((i+1)); echo $i >&2; done) ; echo done >&2")
                        .onLine(StandardStream.STDOUT, listener::accept)
                        .onLine(StandardStream.STDERR, other::add)
                        .start();
                ManagedProcess neighbour = sh("seq 1 1000; exec sleep 60").capture(OutputLimit.first(10_000)).start()) {
            // Small chunks take more room in the queue than their bytes.
            Programs.await("the queue fills up", () -> process.captured(StandardStream.STDOUT).total() >= 1 << 19);
            Programs.await("the neighbour is read", () ->
                    neighbour.captured(StandardStream.STDOUT).lines().size() == 1000);
            assertTrue(process.captured(StandardStream.STDOUT).total() < 2 << 20);
            listener.close();
            assertEquals(new ExitStatus.Exited(0), process.waitForExit(LONG).orElseThrow());
            assertEquals(4_000_000, process.captured(StandardStream.STDOUT).total());
            assertEquals(4_000_000, listener.calls.get());
            assertEquals(41, other.size());
            assertFalse(process.captured(StandardStream.STDOUT).truncated());
        }
    }

    /** Last words that are longer than all queues must not turn a graceful end into a kill. */
    @Test
    void duringAStopWhatABlockedListenerHasNoRoomForIsDropped() throws Exception {
        try (Blocked listener = new Blocked();
                ManagedProcess process = sh("trap 'head -c 5000000 /dev/zero; exit 3' TERM; echo ready;"
                                + " while :; do sleep 0.02; done")
                        .onLine(StandardStream.STDOUT, listener::accept).start()) {
            Programs.await("it is ready", () -> listener.calls.get() == 1);
            TerminationReport report = process.terminate(SHUTDOWN);
            assertEquals(new ExitStatus.Exited(3), report.exitStatus());
            assertFalse(report.forced());
            assertTrue(process.captured(StandardStream.STDOUT).truncated());
            assertEquals(5_000_006, process.captured(StandardStream.STDOUT).total());
        }
    }

    /** Every carrier is busy: no listener runs, and a stop does not need one. */
    @Test
    void aStopNeedsNoCarrier() throws Exception {
        List<String> out = lines();
        try (ManagedProcess process = sh("trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.02; done")
                .onLine(StandardStream.STDOUT, out::add)
                .capture(OutputLimit.last(100))
                .start()) {
            assertTrue(process.awaitReady(
                    Readiness.line(StandardStream.STDOUT, Pattern.compile("ready")), LONG));
            try (Carriers carriers = Carriers.taken()) {
                assertEquals(new ExitStatus.Exited(3), process.terminate(SHUTDOWN).exitStatus());
                assertEquals("ready\nbye\n", process.captured(StandardStream.STDOUT).text());
            }
            process.waitForExit();
            assertEquals(List.of("ready", "bye"), out);
        }
    }

    @Test
    void aListenerThatThrowsGetsTheNextLineAndIsLoggedOnce() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        List<String> other = lines();
        try (ManagedProcess process = sh("seq 1 100")
                .onLine(StandardStream.STDOUT, line -> {
                    calls.incrementAndGet();
                    throw new IllegalStateException("line " + line);
                })
                .onLine(StandardStream.STDOUT, other::add)
                .start()) {
            process.waitForExit();
            assertEquals(100, calls.get());
            assertEquals(100, other.size());
            awaitTheLogOfALaterStart();
            List<CapturedLog.Line> log = CapturedLog.about(process.pid()).stream()
                    .filter(line -> line.level() == Level.WARN)
                    .toList();
            assertEquals(1, log.size(), log.toString());
            assertEquals("line 1", log.get(0).cause().orElseThrow().getMessage());
        }
    }

    /** The log is written in order, by another thread. */
    private static void awaitTheLogOfALaterStart() throws Exception {
        try (ManagedProcess later = sh("exit 0").start()) {
            CapturedLog.await(later.pid(), line -> line.text().endsWith("started"));
        }
    }

    @Test
    void aSinkThatThrowsGetsNoMore() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        OutputStream broken = new OutputStream() {
            @Override
            public void write(int value) throws IOException {
                calls.incrementAndGet();
                throw new IOException("no space");
            }
        };
        try (ManagedProcess process = sh("for i in 1 2 3 4; do echo $i; sleep 0.05; done")
                .forwardTo(StandardStream.STDOUT, broken, "[x] ").start()) {
            assertEquals(new ExitStatus.Exited(0), process.waitForExit());
            assertEquals(1, calls.get());
            assertTrue(process.captured(StandardStream.STDOUT).truncated());
            CapturedLog.await(process.pid(), line -> line.level() == Level.WARN);
        }
    }

    @Test
    void linesAreForwardedWithAPrefix() throws Exception {
        ByteArrayOutputStream prefixed = new ByteArrayOutputStream();
        ByteArrayOutputStream bare = new ByteArrayOutputStream();
        try (ManagedProcess process = sh("printf 'a\\r\\n\\nb'; printf c; printf 'd\\n'; printf end")
                .forwardTo(StandardStream.STDOUT, prefixed, "[é] ")
                .forwardTo(StandardStream.STDOUT, bare, "")
                .start()) {
            process.waitForExit();
        }
        assertEquals("[é] a\r\n[é] \n[é] bcd\n[é] end\n", prefixed.toString(StandardCharsets.UTF_8));
        assertEquals("a\r\n\nbcd\nend", bare.toString(StandardCharsets.UTF_8));
    }

    /** Two processes write lines in pieces into one sink; no line is cut. */
    @Test
    void severalProcessesShareASink() throws Exception {
        ByteArrayOutputStream sink = new ByteArrayOutputStream();
        String script = "for i in $(seq 50); do printf aaaa; printf bbbb; printf 'cccc\\n'; done";
        try (ManagedProcess one = sh(script).forwardTo(StandardStream.STDOUT, sink, "1 ").start();
                ManagedProcess two = sh(script).forwardTo(StandardStream.STDOUT, sink, "2 ").start()) {
            one.waitForExit();
            two.waitForExit();
        }
        List<String> all = sink.toString(StandardCharsets.UTF_8).lines().toList();
        assertEquals(100, all.size());
        assertTrue(all.stream().allMatch(line -> line.matches("[12] aaaabbbbcccc")), all.toString());
    }

    @Test
    void aLineOf100MBComesInPieces() throws Exception {
        AtomicLong total = new AtomicLong();
        AtomicInteger longest = new AtomicInteger();
        List<String> last = lines();
        try (ManagedProcess process = sh("head -c 100000000 /dev/zero | tr '\\0' x; echo; echo end")
                .onLine(StandardStream.STDOUT, line -> {
                    total.addAndGet(line.length());
                    longest.accumulateAndGet(line.length(), Math::max);
                    if (line.length() < 10) {
                        last.add(line);
                    }
                })
                .start()) {
            assertEquals(new ExitStatus.Exited(0), process.waitForExit());
        }
        assertEquals(100_000_003, total.get());
        assertEquals(65_536, longest.get());
        assertEquals(List.of("end"), last);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theLastLinesAreInTheMessageOfAFailureIfCaptureWasAskedFor(boolean capture) throws Exception {
        FaultyOs os = new FaultyOs();
        ManagedProcess.Builder builder = sh("echo stuck in state 7; exec sleep 60").os(os)
                .onLine(StandardStream.STDOUT, line -> { });
        try (ManagedProcess process = (capture ? builder.capture(OutputLimit.first(5)) : builder).start()) {
            Programs.await("it was read", () -> process.captured(StandardStream.STDOUT).total() > 0);
            os.refuseAll();
            TerminationFailedException failure =
                    assertThrows(TerminationFailedException.class, () -> process.kill(Duration.ofMillis(1)));
            assertEquals(
                    capture,
                    failure.getMessage().endsWith(". Last lines:\n    stuck in state 7"),
                    failure.getMessage());
            assertEquals(capture, failure.getMessage().contains("stuck"), failure.getMessage());
            os.refuse();
        }
    }

    @Test
    void whatWasKeptIsThereAfterTheCloseToo() throws Exception {
        ManagedProcess process = sh("echo kept; exec sleep 60").capture(OutputLimit.first(100)).start();
        Programs.await("it was read", () -> process.captured(StandardStream.STDOUT).total() == 5);
        process.close();
        assertEquals("kept\n", process.captured(StandardStream.STDOUT).text());
    }

    /** At most 64 can watch at the same time; those that have ended do not count. */
    @Test
    void aChildThatWritesMuchGetsALargerPipe(@TempDir Path folder) throws Exception {
        FaultyOs os = new FaultyOs();
        Path large = folder.resolve("large");
        try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
            file.setLength(16 << 20);
        }
        for (int i = 1; i <= 70; i++) {
            ManagedProcess.Builder cat = ManagedProcess.builder("cat", large.toString()).os(os);
            CompletedProcess done = ManagedProcess.run(cat.capture(OutputLimit.last(10)), LONG, SHUTDOWN);
            assertEquals(16 << 20, done.stdout().total());
            assertEquals(i, os.enlargedPipes());
        }
        ManagedProcess.run(sh("seq 1 10000").os(os), LONG, SHUTDOWN);
        assertEquals(70, os.enlargedPipes());
    }

    /** One thread reads for all, and the threads of the receivers end when there is nothing. */
    @Test
    void manyChattyChildrenNeedNoThreads() throws Exception {
        int many = Integer.getInteger("lastcall.chatty", 200);
        AtomicLong lines = new AtomicLong();
        List<ManagedProcess> children = new ArrayList<>();
        long before = platformThreads();
        try (ProcessScope scope = ProcessScope.open(SHUTDOWN)) {
            for (int i = 0; i < many; i++) {
                children.add(scope.start(sh("for i in 1 2 3 4 5; do echo $i; echo $i >&2; done; read end")
                        .onLine(StandardStream.STDOUT, line -> lines.incrementAndGet())
                        .capture(OutputLimit.last(1000))));
            }
            Programs.await("all have said it", () -> lines.get() == 5L * many);
            assertTrue(platformThreads() - before <= 6, platformThreads() + " after " + before);
            for (ManagedProcess child : children) {
                child.waitForExit();
                assertEquals(10, child.captured(StandardStream.STDERR).total());
            }
        }
    }

    /** Carriers do not count: they are as many as processors. */
    private static long platformThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.getName().startsWith("ForkJoinPool"))
                .count();
    }
}
