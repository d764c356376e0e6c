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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
        // Without a '/' in its name, as the shell that finds it by an empty entry of the PATH names it.
        ProcessBuilder builder = builder("/bin/sh", link.getFileName().toString(), "20", "echo", "hello");
        assertResult(0, "hello\n", "", JavaProgram.run(builder.directory(folder.toFile())));
    }

    @Test
    void descriptorsOfTheShellReachTheCommand() {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "there is no /bin/bash");
        JavaProgram.Result result = run(
                "/bin/bash", "-c", "exec 7< <(echo seven); \"$0\" 20 sh -c 'cat \"$1\"; cat <&7' sh <(echo one)",
                script.toString());
        assertResult(0, "one\nseven\n", "", result);
    }

    /** Descriptors that Java opens do not get these numbers. */
    @Test
    void aStandardStreamThatIsClosedIsOfNoUseToTheCommand() {
        for (String line : List.of("cat <&-", "sh -c 'echo x' >&-", "sh -c 'echo x >&2' 2>&-")) {
            JavaProgram.Result result = run("/bin/sh", "-c", "\"$0\" 20 " + line, script.toString());
            assertNotEquals(0, result.exitValue(), line);
            assertEquals("", result.out(), line);
        }
    }

    /** The JVM would change both for itself, and the command would inherit that. */
    @Test
    void theLimitOfDescriptorsAndTheContentOfCoreFilesAreThoseOfTheCaller() {
        String look = "ulimit -Sn; ulimit -Hn; cat /proc/self/coredump_filter";
        JavaProgram.Result expected = run("/bin/sh", "-c", "ulimit -Sn 200; ulimit -Hn 400; " + look);
        JavaProgram.Result result = run(
                "/bin/sh", "-c", "ulimit -Sn 200; ulimit -Hn 400; \"$0\" 20 sh -c \"$1\"", script.toString(), look);
        assertResult(0, expected.out(), "", result);
    }

    /** The JVM's warning about a cache of another JVM is not printed. */
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

    // The environment

    /** As the command sees it, in hexadecimal. */
    private static final String PRINT_ENVIRONMENT = " /usr/bin/od -An -v -tx1 /proc/self/environ";

    /**
     * Values and names that a shell, or a JVM of another locale, would lose; variables of the launcher itself; options
     * that its own JVM would refuse to start with.
     */
    private static final String ODD_ENVIRONMENT = "env -i PATH=\"$PATH\" LC_ALL=$1 UTF=$(printf 'gr\\303\\274n')"
            + " LATIN=$(printf '\\374\\377') $(printf 'N\\344ME=1') spring.profiles.active=x"
            + " 'BASH_FUNC_f%%=() { :; }' 'LINES=a\nb\n' EMPTY= LASTCALL_ENVIRONMENT=x lastcall_java=x needed=x self=x"
            + " target=x lib=x version=x key=x empty=x value=x rest=x java=x seen=x built_with=x on_path=x entry=x"
            + " number=x descriptors=x"
            + " JAVA_TOOL_OPTIONS=-Xnone JDK_JAVA_OPTIONS=-XX:+UseParallelGC _JAVA_OPTIONS=-Xnone";

    private JavaProgram.Result inOddEnvironment(String locale, String command) throws IOException {
        Files.writeString(lib.resolve("java-home"), System.getProperty("java.home") + "\n");
        return run("/bin/sh", "-c", ODD_ENVIRONMENT + " " + command, script.toString(), locale);
    }

    @ParameterizedTest
    @ValueSource(strings = {"C", "C.UTF-8"})
    void theEnvironmentReachesTheCommandByteForByte(String locale) throws IOException {
        JavaProgram.Result wanted = inOddEnvironment(locale, PRINT_ENVIRONMENT);
        assertResult(0, wanted.out(), "", inOddEnvironment(locale, "\"$0\" 20" + PRINT_ENVIRONMENT));
    }

    /** A shell drops variables whose names it does not accept. */
    @Test
    void theCommandOfAStepHasItTooAndTheNumberOfTheLeader() throws IOException {
        JavaProgram.Result result = inOddEnvironment("C", "\"$0\" --run='30:env >&2; kill $LASTCALL_PID' .1 sleep 20");
        assertEquals(124, result.exitValue(), result.err());
        for (String line : List.of("UTF=gr\u00fcn", "version=x", "JAVA_TOOL_OPTIONS=-Xnone")) {
            assertTrue(result.err().lines().anyMatch(line::equals), line + " is not in " + result.err());
        }
        assertTrue(result.err().contains("\nLASTCALL_PID="), result.err());
    }

    @Test
    void anEmptyEnvironmentStaysEmpty() throws IOException {
        Files.writeString(lib.resolve("java-home"), System.getProperty("java.home") + "\n");
        assertResult(0, "", "", run("/bin/sh", "-c", "exec env -i \"$0\" 20" + PRINT_ENVIRONMENT, script.toString()));
    }

    /** A variable can have 128 KiB (MAX_ARG_STRLEN). A longer environment is passed on by the shell. */
    @Test
    void aLongEnvironmentReachesTheCommandToo() {
        JavaProgram.Result result = run(
                "/bin/sh", "-c", "exec env LONG=$(head -c 120000 /dev/zero | tr '\\0' x) UTF=$(printf 'gr\\303\\274n')"
                        + " \"$0\" 20 sh -c 'echo ${#LONG} $UTF $LASTCALL_ENVIRONMENT'", script.toString());
        assertResult(0, "120000 gr\u00fcn\n", "", result);
    }

    // Where it is, and from where it is started

    private JavaProgram.Result runFrom(String copy, String locale) {
        ProcessBuilder builder = builder(
                "/bin/sh", "-c", "copy=$1/$(printf '" + copy + "');"
                        + " mkdir \"$copy\" && cp -R \"$1/bin\" \"$1/lib\" \"$copy\";"
                        + " \"$copy/bin/lastcall\" 20 echo hello; code=$?; rm -R \"$copy\"; exit $code",
                "sh", folder.toString());
        builder.environment().put("LC_ALL", locale);
        return JavaProgram.run(builder);
    }

    @Test
    void theFolderMayHaveANameThatIsNotAscii() {
        assertResult(0, "hello\n", "", runFrom("gr\\303\\274n x", "C"));
    }

    @Test
    void aFolderThatJavaCannotRunFromIsRefused() throws IOException {
        Files.writeString(lib.resolve("lastcall.aot"), "no cache");
        JavaProgram.Result result = runFrom("a:b", "C");
        assertEquals(125, result.exitValue());
        assertTrue(result.err().matches("lastcall: Java cannot run from a folder with a ':'.*a:b/bin\n"), result.err());
    }

    /** The shells print that the directory is gone. */
    @Test
    void aWorkingDirectoryThatIsGoneIsThatOfTheCommandToo() {
        JavaProgram.Result result =
                runWhereNothingIs("20 sh -c 'readlink /proc/self/cwd; ls /proc/self/fd; exit 7' 9</dev/null");
        assertEquals(folder + "/gone (deleted)\n0\n1\n2\n3\n9\n", result.out(), result.err());
        assertEquals(7, result.exitValue());
    }

    @Test
    void andThatOfTheCommandOfAStep() {
        JavaProgram.Result result =
                runWhereNothingIs("--run='30:readlink /proc/self/cwd >&2; kill $LASTCALL_PID' .1 sleep 20");
        assertTrue(result.err().contains(folder + "/gone (deleted)\n"), result.err());
        assertEquals(124, result.exitValue(), result.err());
    }

    /** In a working directory that is removed before the launcher starts. */
    private JavaProgram.Result runWhereNothingIs(String arguments) {
        return run(
                "/bin/sh", "-c", "mkdir \"$1/gone\" && cd \"$1/gone\" && rmdir ../gone && exec \"$0\" " + arguments,
                script.toString(), folder.toString());
    }
}
