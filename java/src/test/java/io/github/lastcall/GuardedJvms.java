package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.ProcessTable;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.Guarded;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** JVMs that have a guardian, for tests that kill them. The program in them is {@link Guarded}. */
@EnabledOnOs(value = OS.LINUX, disabledReason = "it looks at /proc; the C suites have tests for other systems")
abstract class GuardedJvms {

    @TempDir
    Path folder;

    final List<Process> jvms = new ArrayList<>();

    @AfterEach
    void endJvms() {
        jvms.forEach(Process::destroyForcibly);
    }

    Process jvm(JavaProgram program) {
        Process jvm = program.start();
        jvms.add(jvm);
        return jvm;
    }

    JavaProgram program() {
        return new JavaProgram(Guarded.class, folder.toString());
    }

    Process jvm() {
        return jvm(program());
    }

    /** As before Linux 6.9, where a group is only known by its number. */
    JavaProgram programWithNumbers() {
        return program().property("io.github.lastcall.disable", "8");
    }

    static String ask(Process jvm, String line) {
        try {
            jvm.getOutputStream().write((line + "\n").getBytes(StandardCharsets.US_ASCII));
            jvm.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Programs.readLine(jvm.getInputStream());
    }

    static String askForStart(Process jvm, String kind, int count) {
        return skipIfRefused(ask(jvm, "start " + kind + " " + count));
    }

    static String skipIfRefused(String answer) {
        Assumptions.assumeFalse(answer.contains("needs Linux with pidfds"), answer);
        return answer;
    }

    static Set<Long> start(Process jvm, String kind, int count) {
        String answer = askForStart(jvm, kind, count);
        assertTrue(answer.startsWith("pids "), answer);
        return Arrays.stream(answer.substring(5).split(" ")).map(Long::valueOf).collect(Collectors.toSet());
    }

    static void killJvm(Process jvm) {
        Programs.signal(jvm.pid(), "KILL");
        try {
            jvm.waitFor();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The guardians of this JVM that run. */
    static Set<Long> guardians(long jvm) {
        Set<Long> found = new TreeSet<>();
        for (ProcessTable.Seen seen : ProcessTable.look()) {
            if (seen.isAlive() && read(seen.pid(), "cmdline").equals("lastcall-guardian\0" + jvm + "\0")) {
                found.add(seen.pid());
            }
        }
        return found;
    }

    static String read(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc/" + pid + "/" + file), StandardCharsets.ISO_8859_1);
        } catch (IOException gone) {
            return "";
        }
    }

    static long guardian(Process jvm) {
        Set<Long> guardians = guardians(jvm.pid());
        assertEquals(1, guardians.size(), guardians.toString());
        return guardians.iterator().next();
    }

    static void awaitNoGuardian(Process jvm) {
        Programs.await("the guardian has ended", () -> guardians(jvm.pid()).isEmpty());
    }

    static Set<Long> running(Set<Long> groups) {
        return ProcessTable.look().stream()
                .filter(seen -> seen.isAlive() && groups.contains(seen.group()))
                .map(ProcessTable.Seen::pid)
                .collect(Collectors.toCollection(TreeSet::new));
    }

    static void awaitGone(Set<Long> groups) {
        Programs.await("the groups are gone", () -> running(groups).isEmpty());
    }

    Set<Long> saved() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> Long.valueOf(file.getFileName().toString()))
                    .collect(Collectors.toCollection(TreeSet::new));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void requireSaved(Set<Long> pids) {
        Set<Long> missing = new TreeSet<>(pids);
        missing.removeAll(saved());
        assertEquals(Set.of(), missing, "the handlers of some did not run to their end");
    }

    /** Waits until the groups are gone, and requires that every handler has run to its end. */
    void awaitEnd(Set<Long> pids) {
        awaitGone(pids);
        requireSaved(pids);
    }

    static void requireRunningAndKill(Set<Long> pids) {
        assertTrue(running(pids).containsAll(pids));
        pids.forEach(pid -> Programs.signal(-pid, "KILL"));
        awaitGone(pids);
    }
}
