package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When a process is ready. */
@ExtendWith(LeaksNothing.class)
class ReadinessTest {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final GracefulShutdown SHUTDOWN = GracefulShutdown.of(Duration.ofSeconds(5));

    @TempDir
    private Path folder;

    private static ManagedProcess.Builder sh(String script) {
        return ManagedProcess.builder("sh", "-c", script).terminateOnClose(SHUTDOWN);
    }

    private static Readiness line(String pattern) {
        return Readiness.line(StandardStream.STDOUT, Pattern.compile(pattern));
    }

    @ParameterizedTest
    @EnumSource
    void aLineMakesItReady(ThreadKind kind) throws Exception {
        try (ManagedProcess process = sh("echo one; sleep 0.3; printf 'listening on '; sleep 0.1; echo 80; exec sleep 60")
                .capture(OutputLimit.last(1)).start()) {
            assertTrue(kind.begin(() -> process.awaitReady(line("listening on \\d+"), LONG)).result());
        }
    }

    /** The line comes long after the part that is kept, and the wait begins after the start. */
    @Test
    void aLineOfTheStartIsSeenLate() throws Exception {
        try (ManagedProcess process = sh("echo ready; seq 1 100000; exec sleep 60")
                .capture(OutputLimit.last(0)).start()) {
            Programs.await("it has said all", () ->
                    process.captured(StandardStream.STDOUT).total() > 588_000);
            assertTrue(process.awaitReady(line("^ready$"), LONG));
            assertFalse(process.awaitReady(line("^ready$"), SHORT));
        }
    }

    /** The part that is kept ends in the middle of a line, and what follows it is not kept. */
    @Test
    void noLineIsJoinedAcrossWhatIsNotKept() throws Exception {
        try (ManagedProcess process = sh("yes | head -c 65534; printf relost; read go; echo ady")
                .capture(OutputLimit.last(0)).start()) {
            Programs.await("it has said all", () ->
                    process.captured(StandardStream.STDOUT).total() == 65_540);
            ThreadKind.Running<Boolean> wait = ThreadKind.PLATFORM.begin(() ->
                    process.awaitReady(line("^ady$"), LONG)).awaitBlocked();
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            assertTrue(wait.result());
        }
    }

    /** One look must see a line that was written long before. */
    @ParameterizedTest
    @EnumSource
    void aLineThatIsThereIsSeenAtOnce(ThreadKind kind) throws Exception {
        for (int i = 0; i < 20; i++) {
            try (ManagedProcess process = sh("echo ready; exec sleep 60").capture(OutputLimit.last(9)).start()) {
                Programs.await("it is there", () -> process.captured(StandardStream.STDOUT).total() > 0);
                assertTrue(kind.begin(() -> process.awaitReady(line("^ready$"), Duration.ZERO)).result());
            }
        }
    }

    @Test
    void everyWaitForALineSeesIt() throws Exception {
        try (ManagedProcess process = sh("read go; echo one; echo two; exec sleep 60")
                .capture(OutputLimit.last(9)).start()) {
            List<ThreadKind.Running<Boolean>> waits = new ArrayList<>();
            for (String wanted : List.of("one", "one", "two", "one")) {
                waits.add(ThreadKind.PLATFORM.begin(() -> process.awaitReady(line(wanted), LONG)).awaitBlocked());
            }
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            for (ThreadKind.Running<Boolean> wait : waits) {
                assertTrue(wait.result());
            }
        }
    }

    @Test
    void aLineThatDoesNotComeIsWaitedForAgain() throws Exception {
        try (ManagedProcess process = sh("printf 're'; read go; echo ady; exec sleep 60")
                .onLine(StandardStream.STDOUT, line -> { }).start()) {
            assertFalse(process.awaitReady(line("ready"), SHORT));
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            assertTrue(process.awaitReady(line("ready"), LONG));
        }
    }

    @Test
    void aLineNeedsAStreamThatIsRead() throws Exception {
        try (ManagedProcess process = sh("exec sleep 60").onLine(StandardStream.STDERR, line -> { }).start()) {
            assertThrows(IllegalStateException.class, () -> process.awaitReady(line("x"), SHORT));
        }
        try (ManagedProcess process = sh("exec sleep 60").redirectErrorStream(true).capture(OutputLimit.first(1))
                .start()) {
            Readiness ofError = Readiness.line(StandardStream.STDERR, Pattern.compile("x"));
            IllegalStateException refused =
                    assertThrows(IllegalStateException.class, () -> process.awaitReady(ofError, SHORT));
            assertEquals("Lines of STDERR are not seen: it is redirected", refused.getMessage());
        }
    }

    /** Without that it would look like a line that does not come. */
    @Test
    void anErrorOfThePatternEndsTheWait() throws Exception {
        Readiness tooDeep = Readiness.line(StandardStream.STDOUT, Pattern.compile("(a|b)*c"));
        try (ManagedProcess process = sh("read go; head -c 60000 /dev/zero | tr '\\0' a; echo; exec sleep 60")
                .capture(OutputLimit.first(1)).start()) {
            assertFalse(process.awaitReady(tooDeep, Duration.ZERO));
            ThreadKind.Running<Object> waiting = ThreadKind.PLATFORM.begin(() ->
                    assertThrows(StackOverflowError.class, () -> process.awaitReady(tooDeep, LONG)));
            waiting.awaitBlocked();
            process.getOutputStream().write('\n');
            process.getOutputStream().flush();
            waiting.result();
            assertThrows(StackOverflowError.class, () -> process.awaitReady(tooDeep, LONG));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneThatEndsFirstIsAnException(boolean capture) throws Exception {
        ManagedProcess.Builder builder = sh("echo 'no such port' >&2; exit 7")
                .onLine(StandardStream.STDOUT, line -> { });
        try (ManagedProcess process = (capture ? builder.capture(OutputLimit.first(100)) : builder).start()) {
            ProcessExitedException ended = assertThrows(
                    ProcessExitedException.class, () -> process.awaitReady(line("ready"), LONG));
            assertEquals(new ExitStatus.Exited(7), ended.exitStatus());
            assertEquals(process.pid(), ended.pid());
            assertEquals(
                    "Process 'sh' (pid " + process.pid() + ") ended before it was ready: exited with code 7"
                            + (capture ? ". Last lines:\n    no such port" : ""),
                    ended.getMessage());
            assertThrows(
                    ProcessExitedException.class, () -> process.awaitReady(Readiness.file(folder.resolve("x")), LONG));
        }
    }

    @Test
    void aLineThatCameBeforeTheExitCounts() throws Exception {
        try (ManagedProcess process = sh("echo ready").capture(OutputLimit.first(100)).start()) {
            assertTrue(process.awaitReady(line("ready"), LONG));
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptEndsTheWait(ThreadKind kind) throws Exception {
        try (ManagedProcess process = sh("exec sleep 60").capture(OutputLimit.first(100)).start()) {
            ThreadKind.Running<Object> running = kind.begin(() ->
                    assertThrows(InterruptedException.class, () -> process.awaitReady(line("ready"), LONG)));
            running.awaitBlocked();
            running.interrupt();
            running.result();
            assertTrue(process.isArmed());
        }
    }

    @Test
    void aFileMakesItReady() throws Exception {
        Path file = folder.resolve("ready");
        try (ManagedProcess process = sh("sleep 0.2; : > '" + file + "'; exec sleep 60").start()) {
            assertFalse(process.awaitReady(Readiness.file(file), Duration.ZERO));
            assertTrue(process.awaitReady(Readiness.file(file), LONG));
        }
    }

    @Test
    void aConditionMakesItReady() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        try (ManagedProcess process = sh("exec sleep 60").start()) {
            assertTrue(process.awaitReady(Readiness.when(() -> calls.incrementAndGet() == 3), LONG));
            assertThrows(
                    ArithmeticException.class,
                    () -> process.awaitReady(Readiness.when(() -> 1 / (calls.get() - 3) == 0), LONG));
        }
    }

    private static ManagedProcess.Builder server(String address, int port) {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/python3")), "there is no /usr/bin/python3");
        String family = address.contains(":") ? "socket.AF_INET6" : "socket.AF_INET";
        return ManagedProcess.builder("sh", "-c", "python3 -c \"import socket, time; time.sleep(0.2);"
                        + " s = socket.socket(" + family + "); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1);"
                        + " s.bind(('" + address + "', " + port + ")); s.listen(); time.sleep(60)\"; true")
                .terminateOnClose(SHUTDOWN);
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            return socket.getLocalPort();
        }
    }

    /** The shell is the leader; the server is a member. */
    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.1", "0.0.0.0", "::1", "::"})
    void aPortOfAMemberMakesItReady(String address) throws Exception {
        int port = freePort();
        try (ManagedProcess process = server(address, port).start()) {
            assertTrue(process.awaitReady(Readiness.port(port), LONG));
        }
    }

    /** The server has left the group: the containment decides whether it is a member. */
    @ParameterizedTest
    @CsvSource({"GROUP, false", "MARKED, true", "CGROUP, true"})
    void aPortOfAContainedMemberMakesItReady(Containment containment, boolean expected) throws Exception {
        Programs.assumeAvailable(containment);
        int port = freePort();
        // Under GROUP it is not stopped.
        int seconds = expected ? 60 : 1;
        String server = "import socket, time; s = socket.create_server(('127.0.0.1', " + port + "));"
                + " print('up', flush=True); time.sleep(" + seconds + ")";
        String leader = "setsid python3 -c \"$0\" & exec sleep 60";
        try (ManagedProcess process = ManagedProcess.builder("sh", "-c", leader, server)
                .terminateOnClose(SHUTDOWN)
                .containment(containment)
                .capture(OutputLimit.first(100))
                .start()) {
            assertTrue(process.awaitReady(line("up"), LONG));
            assertEquals(expected, process.awaitReady(Readiness.port(port), expected ? LONG : SHORT));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aPortOfAnotherProcessDoesNot(ThreadKind kind) throws Exception {
        try (ServerSocket stranger = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"));
                ManagedProcess process = sh("exec sleep 60").start()) {
            int port = stranger.getLocalPort();
            assertFalse(kind.begin(() -> process.awaitReady(Readiness.port(port), SHORT)).result());
            stranger.setSoTimeout(1);
            assertThrows(IOException.class, stranger::accept, "it was connected to");
        }
    }

    /** A thread of the pool looks for a virtual thread. */
    @ParameterizedTest
    @EnumSource
    void aLookThatFailsEndsTheWait(ThreadKind kind) throws Exception {
        FaultyOs os = new FaultyOs();
        try (ManagedProcess process = sh("exec sleep 60").os(os).start()) {
            os.failScans(1);
            ThreadKind.Running<Boolean> wait = kind.begin(() -> process.awaitReady(Readiness.port(1), SHORT));
            assertInstanceOf(OsException.class, assertThrows(ExecutionException.class, wait::result).getCause());
        }
    }

    /** A member listens at that port, but a connection would reach another process. */
    @Test
    void aMembersOtherAddressDoesNotCount() throws Exception {
        try (ServerSocket stranger = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
            int port = stranger.getLocalPort();
            try (ManagedProcess process = ManagedProcess.builder("python3", "-c",
                            "import socket, time; s = socket.socket();"
                                    + "s.bind(('127.0.0.2', " + port + ")); s.listen(); print('up', flush=True);"
                                    + " time.sleep(60)")
                    .terminateOnClose(SHUTDOWN).capture(OutputLimit.first(100)).start()) {
                assertTrue(process.awaitReady(line("up"), LONG));
                assertFalse(process.awaitReady(Readiness.port(port), SHORT));
            }
        }
    }

    @Test
    void whatCannotBeIsRefused() throws Exception {
        assertThrows(IllegalArgumentException.class, () -> Readiness.port(0));
        assertThrows(IllegalArgumentException.class, () -> Readiness.port(65_536));
        assertThrows(NullPointerException.class, () -> Readiness.line(StandardStream.STDOUT, null));
        try (ManagedProcess process = sh("exec sleep 60").start()) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> process.awaitReady(Readiness.port(1), Duration.ofSeconds(-1)));
        }
    }
}
