package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.WatchesStopped;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Processes that job control has stopped are named once in the log, and a graceful stop ends them. */
@ExtendWith(LeaksNothing.class)
@Timeout(120)
class StoppedByTerminalTest {

    private static final String READS = "read line </dev/tty";
    private static final String CHANGES_MODES = "stty sane </dev/tty";
    private static final String MEMBER_ALONE = "sleep 60 & kill -TSTP $!; wait";

    private static String run(String... scripts) {
        List<String> command = new JavaProgram(WatchesStopped.class, scripts).command();
        JavaProgram.Result result = JavaProgram.run(Programs.inTerminal(command));
        assertEquals(0, result.exitValue(), result.out());
        return result.out().replace("\r", "");
    }

    @Test
    void whatTheTerminalStopsIsLoggedOnceAndCanBeTerminated() {
        String out = run(READS, CHANGES_MODES, MEMBER_ALONE, READS);
        assertTrue(out.endsWith("1 SIGTERM\n".repeat(4)), out);
    }
}
