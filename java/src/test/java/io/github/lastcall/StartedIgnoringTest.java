package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.Runs;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A JVM that was started with signals ignored, as by nohup(1) or in the background of a script, or blocked. */
@ExtendWith(LeaksNothing.class)
@Timeout(120)
class StartedIgnoringTest {

    private static final String NONE = "0000000000000000";

    private static JavaProgram.Result run(List<String> launcher, String... steps) {
        String[] command = Programs.child(steps).command().toArray(String[]::new);
        return new JavaProgram(Runs.class, command).launcher(launcher.toArray(String[]::new)).run();
    }

    private static List<String> ignoring(String signals) {
        return List.of("sh", "-c", "trap '' " + signals + "; exec \"$@\"", "sh");
    }

    @Test
    void childrenIgnoreNothing() {
        JavaProgram.Result result = run(ignoring("INT HUP QUIT USR1 CHLD TTIN PIPE"), "print-signals");
        assertEquals(NONE + " " + NONE + "\n", result.out(), result.err());
    }

    @Test
    void childrenBlockNothing() throws Exception {
        List<String> blocking = List.of("env", "--block-signal=TERM,USR2,CHLD");
        Process probe = new ProcessBuilder("env", "--block-signal=TERM", "true").start();
        Assumptions.assumeTrue(JavaProgram.finish(probe).exitValue() == 0, "this env(1) cannot block signals");
        JavaProgram.Result result = run(blocking, "print-signals");
        assertEquals(NONE + " " + NONE + "\n", result.out(), result.err());
    }

    @Test
    void theExitCodeIsRightWhereSigchldWasIgnored() {
        assertEquals(7, run(ignoring("CHLD INT"), "exit", "7").exitValue());
    }

    @Test
    void deathByASignalIsRightWhereSigchldWasIgnored() {
        assertEquals(128 + 10, run(ignoring("CHLD INT"), "raise", "SIGUSR1", "exit", "1").exitValue());
    }
}
