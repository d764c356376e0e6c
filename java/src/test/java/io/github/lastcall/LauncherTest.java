package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.OneJar;
import java.io.IOException;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The script that starts the command line, in a folder as the build leaves it, without a cache of classes. */
@ExtendWith(LeaksNothing.class)
class LauncherTest {

    private static final String MANIFEST = """
            Manifest-Version: 1.0
            Main-Class: io.github.lastcall.internal.cli.Main
            Enable-Native-Access: ALL-UNNAMED

            """;

    @TempDir
    private Path folder;

    private Path lib;
    private Path script;

    @BeforeEach
    void install() throws IOException {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/fdinfo")), "it is for Linux");
        lib = Files.createDirectory(folder.resolve("lib"));
        script = Files.createDirectory(folder.resolve("bin")).resolve("lastcall");
        Files.copy(Path.of("src/launcher/lastcall"), script);
        assertTrue(script.toFile().setExecutable(true));
        Path jar = OneJar.of(System.getProperty("java.class.path"), lib.resolve("lastcall.jar"));
        try (FileSystem inside = FileSystems.newFileSystem(jar)) {
            Files.createDirectories(inside.getPath("META-INF"));
            Files.writeString(inside.getPath("META-INF", "MANIFEST.MF"), MANIFEST);
        }
        Files.copy(Path.of(System.getProperty("lastcall.library.file")), lib.resolve("liblastcall.so"));
    }

    private static JavaProgram.Result run(String... command) {
        return JavaProgram.run(builder(command));
    }

    private static ProcessBuilder builder(String... command) {
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
        return builder;
    }

    private static void assertResult(int code, String out, String err, JavaProgram.Result result) {
        assertEquals(out, result.out());
        assertEquals(err, result.err());
        assertEquals(code, result.exitValue());
    }

    @Test
    void itRunsACommandAndSaysNothingItself() {
        assertResult(7, "hello\n", "", run(script.toString(), "20", "sh", "-c", "echo hello; exit 7"));
        assertResult(124, "", "", run(script.toString(), ".1", "sleep", "20"));
    }

    @Test
    void aLinkToItWillDo() throws IOException {
        Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("bin/lastcall"));
        assertResult(0, "hello\n", "", run(link.toString(), "20", "echo", "hello"));
    }

    @Test
    void descriptorsOfTheShellReachTheCommand() {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "there is no /bin/bash");
        JavaProgram.Result result = run(
                "/bin/bash", "-c", "exec 7< <(echo seven); \"$0\" 20 sh -c 'cat \"$1\"; cat <&7' sh <(echo one)",
                script.toString());
        assertResult(0, "one\nseven\n", "", result);
    }

    /** Java's own files do not take their place. */
    @Test
    void aStandardStreamThatIsClosedIsOfNoUseToTheCommand() {
        for (String line : List.of("cat <&-", "sh -c 'echo x' >&-", "sh -c 'echo x >&2' 2>&-")) {
            JavaProgram.Result result = run("/bin/sh", "-c", "\"$0\" 20 " + line, script.toString());
            assertNotEquals(0, result.exitValue(), line);
            assertEquals("", result.out(), line);
        }
    }

    /** What the JVM thinks of a cache that is not its own goes nowhere. */
    @Test
    void aCacheThatDoesNotFitIsPassedOverInSilence() throws IOException {
        for (String cache : List.of("lastcall.jsa", "lastcall.aot")) {
            Files.writeString(lib.resolve(cache), "no cache");
            assertResult(3, "", "", run(script.toString(), "20", "sh", "-c", "exit 3"));
        }
    }

    @Test
    void withoutAJavaItSaysWhatItHasSeen() throws IOException {
        ProcessBuilder builder = builder(script.toString(), "20", "true");
        builder.environment().put("JAVA_HOME", "/nonexistent");
        builder.environment().put("PATH", "/nonexistent");
        JavaProgram.Result result = JavaProgram.run(builder);
        assertEquals(125, result.exitValue());
        List<String> lines = new ArrayList<>(result.err().lines().toList());
        assertTrue(lines.get(0).startsWith("lastcall: Java 22 or later is needed"), result.err());
        assertEquals("lastcall: JAVA_HOME is /nonexistent: no Java", lines.get(1));
    }
}
