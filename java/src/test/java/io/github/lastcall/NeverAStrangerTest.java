package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.programs.StopsAmongBystanders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * No signal reaches a process that gets the pid of a leader whose group was stopped. The test has a pid namespace with
 * so few pids that each is reused within a fraction of a second. {@code -Dlastcall.stress=N} sets how many
 * children are started and stopped.
 */
@ExtendWith(LeaksNothing.class)
@Timeout(900)
class NeverAStrangerTest {

    private static final int CYCLES = Integer.getInteger("lastcall.stress", 1_500);

    /** Ten times the normal duration: 2 ms a cycle, 4 ms without pidfds. */
    private static final Duration LIMIT = Duration.ofSeconds(60).plusMillis(40L * CYCLES);

    /** The first 300 are given out once and never again, so these are 300 numbers for all threads and processes. */
    private static final String PID_MAX = "600";

    private static final Path MACHINES_PID_MAX = Path.of("/proc/sys/kernel/pid_max");

    /** A shell as pid 1, which reaps the orphans. */
    private static final List<String> NAMESPACE = List.of(
            "unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc", "--",
            "sh", "-c", "echo " + PID_MAX + " > " + MACHINES_PID_MAX + " && \"$@\"; exit $?", "sh");

    /** Before Linux 6.14 there is one limit for the whole machine, which a test must not lower. */
    private static void requireLimitOfItsOwn() throws Exception {
        String[] version = System.getProperty("os.version").split("\\D+");
        int release = 1_000 * Integer.parseInt(version[0]) + Integer.parseInt(version[1]);
        Assumptions.assumeTrue(release >= 6_014, "pid_max is the whole machine's before Linux 6.14");
        Process probe = new ProcessBuilder(Stream.concat(NAMESPACE.stream(), Stream.of("true")).toList())
                .redirectErrorStream(true)
                .start();
        JavaProgram.Result result = JavaProgram.finish(probe);
        Assumptions.assumeTrue(result.exitValue() == 0, () -> "no pid namespace with a limit: " + result.out());
    }

    private static String machinesLimit() throws IOException {
        return Files.readString(MACHINES_PID_MAX);
    }

    @Test
    void noSignalReachesAProcessWithAReusedNumberOfAGroup(@TempDir Path folder, TestReporter reporter)
            throws Exception {
        String limitBefore = machinesLimit();
        requireLimitOfItsOwn();
        long seed = System.nanoTime();
        Process program = new JavaProgram(
                        StopsAmongBystanders.class,
                        "" + CYCLES, folder.resolve("bystanders").toString(), "" + seed)
                .launcher(NAMESPACE.toArray(String[]::new))
                .options("-XX:-UsePerfData")
                .start();
        JavaProgram.Result result = JavaProgram.finish(program, LIMIT);
        reporter.publishEntry("stopped, reused, bystanders, signals, surprises; seed " + seed, result.out());
        assertEquals(0, result.exitValue(), "with the seed " + seed + " it wrote: " + result.out());
        long[] counts = Stream.of(result.out().strip().split(" ")).mapToLong(Long::parseLong).toArray();
        assertEquals(0, counts[3], "signals to bystanders, with the seed " + seed);
        assertEquals(0, counts[4], "surprises, printed above, with the seed " + seed);
        assertTrue(counts[0] > CYCLES / 2, "few groups were stopped: " + result.out());
        assertTrue(counts[1] > CYCLES / 10, "few numbers were given to bystanders again: " + result.out());
        assertEquals(limitBefore, machinesLimit(), "the machine's own limit");
    }
}
