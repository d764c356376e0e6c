package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The guardian in a pid namespace, which has its own limits. A process in it has another pid inside than outside.
 */
@ExtendWith(LeaksNothing.class)
@Timeout(3_600)
class GuardianNamespaceTest extends GuardedJvms {

    /** A JVM in a namespace whose first process is a shell. The shell ends it when its input ends. */
    private Process inNamespace(JavaProgram program, String script) throws Exception {
        List<String> namespace = List.of(
                "unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc", "--",
                "sh", "-c", script + " exec 3<&0; \"$@\" <&3 & wait $!; read line <&3", "sh");
        Process probe = new ProcessBuilder(Stream.concat(namespace.stream(), Stream.of("true")).toList())
                .redirectErrorStream(true).start();
        JavaProgram.Result result = JavaProgram.finish(probe);
        Assumptions.assumeTrue(result.out().isEmpty(), () -> "no pid namespace with a limit: " + result.out());
        return jvm(program.launcher(namespace.toArray(String[]::new)).options("-XX:-UsePerfData"));
    }

    private static long inside(Process namespace, String command) {
        return namespace.descendants()
                .filter(process -> read(process.pid(), "comm").strip().equals(command))
                .filter(process -> Programs.isRunning(process.pid()))
                .findFirst()
                .map(ProcessHandle::pid)
                .orElse(0L);
    }

    private static void killJvmIn(Process namespace) {
        Programs.signal(inside(namespace, "java"), "KILL");
    }

    @Test
    void whereNoProgramMayBeRunFromMemoryItIsRunFromAFile() throws Exception {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/sys/vm/memfd_noexec")), "nothing can forbid it here");
        Process namespace = inNamespace(program(), "echo 2 > /proc/sys/vm/memfd_noexec || exit;");
        Set<Long> pids = start(namespace, "polite", 3);
        Path program = Files.readSymbolicLink(Path.of("/proc/" + inside(namespace, "lastcall-guard") + "/exe"));
        assertTrue(program.toString().endsWith(" (deleted)"), program.toString());
        assertFalse(program.toString().contains("memfd"), program.toString());
        killJvmIn(namespace);
        Programs.await("the guardian has ended", () -> inside(namespace, "lastcall-guard") == 0);
        requireSaved(pids);
    }

    /** A pid is reused within a fraction of a second, and bystanders count the signals that they get. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void noSignalReachesAProcessWithAReusedPid(boolean byNumber) throws Exception {
        Path end = folder.resolveSibling(folder.getFileName() + ".end");
        Path seen = folder.resolveSibling(folder.getFileName() + ".seen");
        Path log = folder.resolveSibling(folder.getFileName() + ".log");
        assertEquals(0, new ProcessBuilder("mkfifo", end.toString()).start().waitFor());
        JavaProgram program = byNumber ? programWithNumbers() : program();
        Process namespace = inNamespace(program, "echo 1500 > /proc/sys/kernel/pid_max || exit; [ \"$1\" = true ] || "
                + Programs.helper("bystanders") + " 24 " + log + " <" + end + " >" + seen + " 2>&1 &");
        try (var bystanders = Files.newOutputStream(end)) {
            Set<Long> living = start(namespace, "polite", 3);
            Set<Long> numbers = new TreeSet<>();
            for (int again = 0; again < 20;) {
                for (long number : start(namespace, "short", 5)) {
                    again += numbers.add(number) ? 0 : 1;
                }
            }
            killJvmIn(namespace);
            Programs.await("the guardian has ended", () -> inside(namespace, "lastcall-guard") == 0);
            requireSaved(living);
        }
        Programs.await("the bystanders have ended", () -> inside(namespace, "bystanders") == 0);
        List<String> lines = Files.readAllLines(seen);
        assertTrue(lines.getLast().matches("\\d{3,} 0"), lines.toString());
        for (Path file : List.of(end, seen, log)) {
            Files.delete(file);
        }
    }
}
