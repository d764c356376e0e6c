package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.Runs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The three standard streams inherited from a JVM. */
@ExtendWith(LeaksNothing.class)
@Timeout(120)
class InheritIoTest {

    private static final String WARNING = "inherits the terminal as its standard input";

    private static JavaProgram runs(String... steps) {
        return new JavaProgram(Runs.class, Programs.child(steps).command().toArray(String[]::new))
                .property("lastcall.test.log", "stderr");
    }

    @Test
    void theChildReadsAndWritesWhereTheJvmDoes(@TempDir Path folder) throws Exception {
        Path input = Files.writeString(folder.resolve("input"), "x".repeat(1234));
        ProcessBuilder jvm = runs("read-all", "say", "out", "write", "err", "5").builder();
        JavaProgram.Result result = JavaProgram.run(jvm.redirectInput(input.toFile()));
        assertEquals("1234\nout\n", result.out());
        assertTrue(result.err().contains("xxxxx"), result.err());
        assertFalse(result.err().contains(WARNING), result.err());
    }

    @Test
    void theChildSeesTheEndOfAnInheritedPipe() {
        assertEquals("0\n", runs("read-all").run().out());
    }

    @Test
    void aStreamThatTheJvmHasNotGotIsNoObstacle() {
        JavaProgram.Result result =
                runs("exit", "3").launcher("sh", "-c", "exec \"$@\" <&-", "sh").run();
        assertEquals(3, result.exitValue(), result.err());
    }

    @Test
    void aTerminalAsStandardInputIsWarnedOf() {
        List<String> command = runs("say", "to the terminal").command();
        JavaProgram.Result result = JavaProgram.run(Programs.inTerminal(command));
        assertTrue(result.out().contains("to the terminal"), result.out());
        assertTrue(result.out().contains(WARNING), result.out());
        assertEquals(0, result.exitValue(), result.out());
    }
}
