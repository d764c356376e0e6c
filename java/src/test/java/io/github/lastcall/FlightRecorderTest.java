package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.programs.Records;
import io.github.lastcall.testing.programs.RecordsStops;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** The events of Flight Recorder, and that a JVM without Flight Recorder works. */
@ExtendWith(LeaksNothing.class)
@Timeout(120)
class FlightRecorderTest {

    private static final String OK = "exited with 0";

    @Test
    void aStartAndAStopAreRecordedWhileThereIsARecording() {
        JavaProgram.Result result = new JavaProgram(Records.class).run();
        assertEquals(
                List.of(
                        "text was made while",
                        "io.github.lastcall.Start with a trace",
                        "name=while",
                        "pid=4711",
                        "program=redis-server",
                        "killMode=GROUP",
                        "io.github.lastcall.Stop",
                        "name=while",
                        "pid=4711",
                        "exitStatus=exited with code 0",
                        "forced=true",
                        "endedBy=SIGTERM",
                        "attempts=first",
                        "second",
                        "elapsed=PT0.012S",
                        OK),
                result.out().lines().toList(),
                result.err());
    }

    /**
     * With its beginning. A second caller, a stop that finds the process gone, or a signal without a wait makes no
     * event.
     */
    @Test
    void eachStopIsRecordedOnce() {
        JavaProgram.Result result = new JavaProgram(RecordsStops.class).run();
        assertEquals(
                List.of(
                        "interrupted: killed by SIGKILL",
                        "interrupted: withdrawn",
                        "released: killed by SIGKILL",
                        "together after its grace: killed by SIGKILL"),
                result.out().lines().toList(),
                result.err());
    }

    @Test
    void withoutARecordingNothingOfTheRecorderIsLoaded() {
        JavaProgram.Result result =
                new JavaProgram(Records.class, "unrecorded").options("-verbose:class").run();
        assertEquals(0, result.exitValue(), result.err());
        assertTrue(result.out().contains("io.github.lastcall.internal.jfr.Events"), result.out());
        assertTrue(result.out().contains(OK), result.out());
        List<String> loaded = result.out().lines()
                .filter(line -> line.contains("jdk.jfr") || line.contains("internal.jfr.St"))
                .toList();
        assertEquals(List.of(), loaded);
        assertFalse(result.out().contains("text was made"), result.out());
    }

    @Test
    void aRuntimeWithoutTheRecorderWillDo() {
        JavaProgram.Result result = new JavaProgram(Records.class, "unrecorded")
                .options("--limit-modules", "java.logging")
                .run();
        assertEquals(List.of(OK), result.out().lines().toList(), result.err());
    }
}
