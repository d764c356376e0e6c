package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.ProcessTable;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.RunsWhileStopped;
import io.github.lastcall.testing.programs.WaitsWhileStopped;
import java.io.BufferedReader;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.ExtendWith;

/** A JVM that is stopped for a while (SIGSTOP, a frozen container, a suspended laptop). */
@ExtendWith(LeaksNothing.class)
@EnabledOnOs({OS.LINUX, OS.MAC})
@Timeout(120)
class StoppedJvmTest {

    private static final long LIMIT_SECONDS = 5;

    private static final long STOPPED_MILLIS = 6000;

    /** A limit must not begin again with the time that was left when the JVM was stopped: that would be 11 s. */
    @Test
    void limitsAreReachedWhileTheJvmIsStopped() throws Exception {
        Process jvm = new JavaProgram(WaitsWhileStopped.class, Long.toString(LIMIT_SECONDS)).start();
        try (BufferedReader lines = jvm.inputReader()) {
            Programs.await("the child has stopped it", () -> ProcessTable.look().stream()
                    .anyMatch(seen -> seen.pid() == jvm.pid() && seen.state() == 'T'));
            // The JVM is stopped for that long. This is no synchronisation.
            Thread.sleep(STOPPED_MILLIS);
            Programs.signal(jvm.pid(), "CONT");
            for (String what : List.of("waited ", "stopped ")) {
                String line = lines.readLine();
                assertTrue(line.startsWith(what), line);
                long millis = Long.parseLong(line.substring(what.length()));
                assertTrue(millis < STOPPED_MILLIS + 3000, line);
            }
            assertEquals(0, jvm.waitFor());
        } finally {
            jvm.destroyForcibly().waitFor();
        }
    }

    @Test
    void whatIsWrittenWhileTheJvmIsStoppedIsCaptured() {
        JavaProgram.Result result = new JavaProgram(RunsWhileStopped.class).run();
        List<String> lines = result.out().lines().toList();
        Programs.signal(Long.parseLong(lines.get(0)), "KILL");
        Programs.awaitGone(Long.parseLong(lines.get(0)));
        assertEquals(List.of("late", "true"), lines.subList(1, lines.size()), result.err());
    }
}
