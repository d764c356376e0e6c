package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Before Linux 6.9 each of many stops needs a scan of all processes. All stops that wait share one scan. */
@ExtendWith(LeaksNothing.class)
class SharedScanTest {

    private static final int MANY = 200;

    @ParameterizedTest
    @ValueSource(ints = {8, 12})
    void terminationsAtOnceShareScans(int disable) {
        JavaProgram.Result result = new JavaProgram("io.github.lastcall.TerminatesAtOnce", Integer.toString(MANY))
                .property("io.github.lastcall.disable", Integer.toString(disable))
                .run();
        List<String> lines = result.out().lines().toList();
        assertEquals(0, result.exitValue(), result.err());
        int scans = Integer.parseInt(lines.get(0).substring("scans ".length()));
        assertTrue(scans > 0 && scans < MANY / 2, lines.get(0));
        assertEquals("alive 0", lines.get(1));
    }
}
