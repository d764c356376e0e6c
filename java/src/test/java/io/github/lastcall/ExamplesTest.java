package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.SourceFiles;
import io.github.lastcall.testing.programs.RunsTests;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The programs in the folder examples compile without a warning, are short, and do what they say. */
@ExtendWith(LeaksNothing.class)
@Timeout(600)
class ExamplesTest {

    private static final Path EXAMPLES = Path.of("../examples");

    /** Answers like redis, for machines without redis. */
    private static final String STAND_IN = """
            #!/usr/bin/env python3
            import signal, socket, sys
            signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
            server = socket.create_server(("127.0.0.1", int(sys.argv[2])))
            while True:
                peer, _ = server.accept()
                if peer.recv(100):
                    peer.sendall(b"+PONG\\r\\n")
                peer.close()
            """;

    @TempDir
    private Path folder;

    /** They use the guardian, which is not available on an older kernel or in some sandboxes. */
    @BeforeAll
    static void requireGuardian(@TempDir Path folder) throws Exception {
        Path steps = Files.writeString(folder.resolve("steps"), "true\n");
        JavaProgram.Result result = SourceFiles.compile(folder, EXAMPLES.resolve("CiJob.java"))
                .program("CiJob", steps.toString(), "30")
                .run();
        Assumptions.assumeFalse(result.err().contains("SpawnException"), result::err);
    }

    private SourceFiles compile(String name) throws IOException {
        Path source = EXAMPLES.resolve(name + ".java");
        assertTrue(Files.readAllLines(source).size() < 60, () -> source + " has 60 lines or more");
        return SourceFiles.compile(Files.createDirectory(folder.resolve("classes")), source);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "KILL"})
    void devServerRestartsAndLeavesNothing(String signal) throws Exception {
        Path watched = Files.createDirectory(folder.resolve("watched"));
        List<String> server = Programs.child("print-ids", "handle", "SIGTERM", "exit:0", "say", "listening", "pause")
                .command();
        JavaProgram program = compile("DevServer").program("DevServer", watched.toString())
                .arguments(server);
        Process dev = program.start();
        try {
            long first = serverIn(dev);
            Files.writeString(watched.resolve("page.html"), "changed");
            assertEquals("[dev] changed: page.html", Programs.readLine(dev.getInputStream()));
            long second = serverIn(dev);
            Programs.awaitGone(first);
            Programs.signal(dev.pid(), signal);
            dev.waitFor();
            Programs.awaitGone(second);
        } finally {
            dev.destroyForcibly().waitFor();
            dev.inputReader().close();
            dev.outputWriter().close();
        }
    }

    /** Reads up to the line that it has started, and returns its pid. */
    private static long serverIn(Process dev) {
        String ids = "";
        String line = Programs.readLine(dev.getInputStream());
        while (!line.equals("[server] listening")) {
            ids = line.matches("\\[server] \\d+ \\d+ \\d+") ? line : ids;
            line = Programs.readLine(dev.getInputStream());
        }
        return Long.parseLong(ids.split(" ")[1]);
    }

    @Test
    void testHasItsServer() throws Exception {
        Path bin = Files.createDirectory(folder.resolve("bin"));
        Path standIn = Files.writeString(bin.resolve("redis-server"), STAND_IN);
        Files.setPosixFilePermissions(standIn, PosixFilePermissions.fromString("rwxr-xr-x"));
        JavaProgram.Result result = compile("ServerTest").program(RunsTests.class.getName(), "ServerTest")
                .launcher("env", "PATH=" + System.getenv("PATH") + ":" + bin)
                .run();
        assertEquals("2 of 2 passed\n", result.out(), result::err);
    }

    private JavaProgram.Result job(String seconds, String... steps) throws Exception {
        Path file = Files.write(folder.resolve("steps"), List.of(steps));
        return compile("CiJob").program("CiJob", file.toString(), seconds).run();
    }

    @Test
    void jobEndsWithTheStepThatFails() throws Exception {
        JavaProgram.Result result = job("30", "echo one; echo two >&2", "exit 3", "echo never");
        assertEquals(3, result.exitValue(), result::err);
        assertEquals("""
                --- echo one; echo two >&2
                step-1 | one
                step-1 | two
                --- exited with code 0
                --- exit 3
                --- exited with code 3
                """, result.out());
    }

    @Test
    void jobStopsAStepThatTakesTooLongWithAllThatItHasStarted() throws Exception {
        boolean contains = Containment.available().strictest() != Containment.GROUP;
        String child = Programs.helper("child");
        String leaving = contains ? child + " setsid print-ids pause & " : "";
        JavaProgram.Result result = job("1", leaving + child + " print-ids pause & wait");
        assertEquals(124, result.exitValue(), result::err);
        assertTrue(result.out().contains("--- timed out: step-1 (pid "), result::out);
        for (String line : result.out().lines().filter(line -> line.matches("step-1 \\| \\d+ \\d+ \\d+")).toList()) {
            Programs.awaitGone(Long.parseLong(line.split(" ")[2]));
        }
    }
}
