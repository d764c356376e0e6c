package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Each process reads the output of the process before it. */
@ExtendWith(LeaksNothing.class)
class PipelineTest {

    @TempDir
    private Path folder;

    private static ManagedProcess.Builder sh(String script) {
        return ManagedProcess.builder("sh", "-c", script);
    }

    private static void closeAll(List<ManagedProcess> processes) {
        processes.forEach(ManagedProcess::destroyForcibly);
        processes.forEach(ManagedProcess::close);
    }

    @Test
    void whatTheFirstGetsTheLastWrites() throws Exception {
        List<ManagedProcess> all = ManagedProcess.startPipeline(List.of(
                ManagedProcess.builder("tr", "a-z", "A-Z").input("hello\nworld\n"),
                ManagedProcess.builder("grep", "O"),
                sh("sed s/^/got:/").capture(OutputLimit.first(100))));
        assertEquals(3, all.size());
        for (ManagedProcess process : all) {
            assertEquals(new ExitStatus.Exited(0), process.waitForExit());
        }
        assertEquals("got:HELLO\ngot:WORLD\n", all.get(2).captured(StandardStream.STDOUT).text());
        closeAll(all);
    }

    @Test
    void theEndsAreStreamsAsUsual() throws Exception {
        List<ManagedProcess> all =
                ManagedProcess.startPipeline(List.of(sh("cat; echo err >&2"), sh("cat"), sh("cat")));
        assertThrows(IOException.class, () -> all.get(1).getOutputStream().write(1));
        assertEquals(-1, all.get(0).getInputStream().read());
        try (var input = all.get(0).getOutputStream()) {
            input.write("through".getBytes(StandardCharsets.UTF_8));
        }
        assertEquals("through", new String(all.get(2).getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        assertEquals("err\n", new String(all.get(0).getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
        for (ManagedProcess process : all) {
            assertEquals(0, process.waitFor());
        }
        closeAll(all);
    }

    /** Only the processes of the pipeline hold an end of the pipes. */
    @Test
    void aReaderThatEndsEndsTheWriter() throws Exception {
        List<ManagedProcess> all = ManagedProcess.startPipeline(List.of(sh("exec yes"), sh("head -n 1; exit 0")));
        assertEquals(new ExitStatus.Exited(0), all.get(1).waitForExit());
        assertEquals("SIGPIPE", ((ExitStatus.Signaled) all.get(0).waitForExit()).name().orElseThrow().name());
        closeAll(all);
    }

    @Test
    void eachLeadsAGroup() throws Exception {
        List<ManagedProcess> all = ManagedProcess.startPipeline(List.of(sh("exec sleep 60"), sh("exec sleep 60")));
        all.get(0).kill();
        assertFalse(Programs.isRunning(all.get(0).pid()));
        assertTrue(all.get(1).isAlive());
        closeAll(all);
    }

    @Test
    void aScopeStopsItTogether() throws Exception {
        try (ProcessScope scope = ProcessScope.open(GracefulShutdown.of(Duration.ofSeconds(10)))) {
            List<ManagedProcess> all = scope.startPipeline(List.of(sh("exec cat"), sh("exec cat"), sh("exec cat")));
            try (var input = all.get(0).getOutputStream()) {
                input.write("through".getBytes(StandardCharsets.UTF_8));
            }
            assertEquals("through", new String(all.get(2).getInputStream().readAllBytes(), StandardCharsets.UTF_8));
            List<ManagedProcess> others = scope.startPipeline(List.of(sh("exec sleep 60"), sh("exec sleep 60")));
            List<Long> stopped = scope.terminateAll().stream().map(TerminationReport::pid).toList();
            assertTrue(stopped.containsAll(others.stream().map(ManagedProcess::pid).toList()), stopped.toString());
            others.forEach(process -> assertFalse(Programs.isRunning(process.pid())));
            scope.close();
            assertThrows(IllegalStateException.class, () -> scope.startPipeline(List.of(sh("exit 0"))));
        }
    }

    @Test
    void nothingIsLeftWhenOneCannotBeStarted() throws Exception {
        Path pids = folder.resolve("pids");
        assertThrows(SpawnException.class, () -> ManagedProcess.startPipeline(List.of(
                sh("echo $$ >> " + pids + "; exec sleep 60"),
                sh("echo $$ >> " + pids + "; exec sleep 60"),
                ManagedProcess.builder(folder.resolve("missing").toString()),
                sh("exit 0"))));
        requireNoneRuns(pids);
        try (ProcessScope scope = ProcessScope.open(GracefulShutdown.of(Duration.ofSeconds(10)))) {
            assertThrows(SpawnException.class, () -> scope.startPipeline(List.of(
                    sh("echo $$ >> " + pids + "; exec sleep 60"),
                    ManagedProcess.builder(folder.resolve("missing").toString()))));
            requireNoneRuns(pids);
        }
    }

    private static void requireNoneRuns(Path pids) throws IOException {
        if (Files.exists(pids)) {
            for (String pid : Files.readAllLines(pids)) {
                assertFalse(Programs.isRunning(Long.parseLong(pid)));
            }
        }
    }

    @Test
    void onlyTheEndsCanBeRedirected() throws Exception {
        ManagedProcess.Builder plain = sh("exec cat");
        List<ManagedProcess.Builder> notFirst = List.of(
                sh("exit 0").redirectInput(Redirect.INHERIT),
                sh("exit 0").input("x"));
        List<ManagedProcess.Builder> notLast = List.of(
                sh("exit 0").redirectOutput(Redirect.DISCARD),
                sh("exit 0").capture(OutputLimit.first(1)),
                sh("exit 0").onLine(StandardStream.STDOUT, line -> { }));
        for (ManagedProcess.Builder builder : notFirst) {
            assertThrows(
                    IllegalArgumentException.class, () -> ManagedProcess.startPipeline(List.of(plain, builder)));
        }
        for (ManagedProcess.Builder builder : notLast) {
            assertThrows(
                    IllegalArgumentException.class, () -> ManagedProcess.startPipeline(List.of(builder, plain)));
        }
        assertEquals(List.of(), ManagedProcess.startPipeline(List.of()));
        List<ManagedProcess.Builder> withNull = new ArrayList<>(List.of(plain));
        withNull.add(null);
        assertThrows(NullPointerException.class, () -> ManagedProcess.startPipeline(withNull));
    }

    @Test
    void theEndsMayBe() throws Exception {
        Path from = Files.writeString(folder.resolve("in"), "text");
        Path to = folder.resolve("out");
        List<ManagedProcess> all = ManagedProcess.startPipeline(List.of(
                sh("cat; echo err >&2").redirectInput(Redirect.from(from.toFile())).redirectErrorStream(true),
                sh("cat").redirectOutput(Redirect.to(to.toFile()))));
        for (ManagedProcess process : all) {
            assertEquals(new ExitStatus.Exited(0), process.waitForExit());
        }
        assertEquals("texterr\n", Files.readString(to));
        closeAll(all);
    }
}
