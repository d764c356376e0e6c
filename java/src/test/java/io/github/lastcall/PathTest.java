package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.programs.Runs;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The PATH of a JVM. Each test needs another JVM. The results are compared with the JDK's. */
@ExtendWith(LeaksNothing.class)
@Timeout(120)
class PathTest {

    @TempDir
    private Path folder;

    @BeforeEach
    void putAProgramIntoTheWorkingDirectory() throws Exception {
        Path program = Files.writeString(folder.resolve("only-here"), "#!/bin/sh\nexit 42\n");
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private int run(String path, boolean jdk, String program) {
        ProcessBuilder builder = new JavaProgram(Runs.class, program)
                .property("test.jdk", Boolean.toString(jdk))
                .builder()
                .directory(folder.toFile());
        builder.environment().remove("PATH");
        if (path != null) {
            builder.environment().put("PATH", path);
        }
        return JavaProgram.run(builder).exitValue();
    }

    @ParameterizedTest
    @ValueSource(strings = {":/bin", "/nowhere::/bin", "/nowhere:", ""})
    void anEmptyElementIsTheWorkingDirectory(String path) {
        assertEquals(42, run(path, true, "only-here"));
        assertEquals(42, run(path, false, "only-here"));
    }

    @Test
    void withoutAnEmptyElementTheWorkingDirectoryIsNotSearched() {
        assertEquals(1, run("/nowhere:/bin", true, "only-here"));
        assertEquals(1, run("/nowhere:/bin", false, "only-here"));
    }

    @Test
    void aProgramIsFoundWithoutAPath() {
        assertEquals(0, run(null, true, "true"));
        assertEquals(0, run(null, false, "true"));
    }

    @Test
    void withoutAPathTheWorkingDirectoryIsNotSearched() {
        assertEquals(1, run(null, true, "only-here"));
        assertEquals(1, run(null, false, "only-here"));
    }

    @Test
    void aFileThatMayNotBeExecutedDoesNotHideALaterOne() throws Exception {
        Files.writeString(folder.resolve("true"), "not to be run");
        assertEquals(0, run(":/bin:/usr/bin", true, "true"));
        assertEquals(0, run(":/bin:/usr/bin", false, "true"));
    }
}
