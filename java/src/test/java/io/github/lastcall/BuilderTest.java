package io.github.lastcall;

import static io.github.lastcall.Starter.text;
import static io.github.lastcall.testing.Programs.child;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.programs.Builds;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The settings that a ProcessBuilder does not have, and that a builder is independent of its ProcessBuilder. */
@ExtendWith(LeaksNothing.class)
class BuilderTest {

    @TempDir
    private Path folder;

    private static String outputOf(ManagedProcess.Builder builder) throws Exception {
        try (ManagedProcess process = builder.start()) {
            process.getOutputStream().close();
            String output = text(process.getInputStream());
            process.waitFor();
            return output;
        }
    }

    private static ManagedProcess.Builder shell(String script) {
        return ManagedProcess.builder("sh", "-c", script);
    }

    @Test
    void theDirectoryIsThatOfTheProgram() throws Exception {
        assertEquals(folder.toRealPath() + "\n", outputOf(shell("pwd -P").directory(folder)));
    }

    @Test
    void theEnvironmentIsChangedInPlace() throws Exception {
        ManagedProcess.Builder builder = shell("echo \"$ADDED ${HOME-none} ${PATH:+path}\"")
                .environment(environment -> environment.put("ADDED", "one"))
                .environment(environment -> environment.remove("HOME"));
        assertEquals("one none path\n", outputOf(builder));
    }

    @Test
    void streamsAreRedirected() throws Exception {
        Path in = Files.writeString(folder.resolve("in"), "text");
        Path out = folder.resolve("out");
        Path err = folder.resolve("err");
        outputOf(shell("cat; echo err >&2")
                .redirectInput(Redirect.from(in.toFile()))
                .redirectOutput(Redirect.to(out.toFile()))
                .redirectError(Redirect.to(err.toFile())));
        assertEquals("text", Files.readString(out));
        assertEquals("err\n", Files.readString(err));
    }

    @Test
    void errorsAreMergedIntoTheOutput() throws Exception {
        assertEquals("out\nerr\n", outputOf(shell("echo out; echo err >&2").redirectErrorStream(true)));
    }

    @Test
    void allStreamsAreInherited() {
        JavaProgram.Result result = new JavaProgram(Builds.class, "sh", "-c", "echo out; echo err >&2").run();
        assertEquals("out\n", result.out());
        assertEquals("err\n", result.err());
    }

    @Test
    void whatAProcessBuilderRefusesIsRefused() throws Exception {
        ManagedProcess.Builder builder = shell("exit");
        assertThrows(NullPointerException.class, () -> builder.directory(null));
        assertThrows(NullPointerException.class, () -> builder.environment(null));
        assertThrows(NullPointerException.class, () -> builder.redirectInput(null));
        assertThrows(NullPointerException.class, () -> builder.redirectOutput(null));
        assertThrows(NullPointerException.class, () -> builder.redirectError(null));
        assertThrows(IllegalArgumentException.class, () -> builder.redirectInput(Redirect.DISCARD));
        assertThrows(
                IllegalArgumentException.class, () -> builder.redirectOutput(Redirect.from(folder.toFile())));
        assertThrows(IllegalArgumentException.class, () -> builder.redirectError(Redirect.from(folder.toFile())));
        assertThrows(IllegalArgumentException.class, () -> builder.environment(map -> map.put("A=B", "")));
        assertThrows(IllegalArgumentException.class, () -> builder.environment(map -> map.put("A", "\0")));
        URI archive = URI.create("jar:" + folder.resolve("archive.zip").toUri());
        try (FileSystem other = FileSystems.newFileSystem(archive, Map.of("create", "true"))) {
            assertThrows(UnsupportedOperationException.class, () -> builder.directory(other.getPath("/")));
        }
    }

    /** A name with the end of a line could forge a line of the log. */
    @Test
    void invisibleCharactersOfANameAreEscaped() throws Exception {
        try (ManagedProcess process = shell("exit").name("a\nb").start()) {
            process.waitFor();
            assertEquals("a\\nb", process.name());
        }
    }

    /** Every setting of a ProcessBuilder is copied, and later changes of one have no effect on the other. */
    @Test
    void aProcessBuilderIsCopiedOnce() throws Exception {
        Path out = folder.resolve("out");
        List<String> words = new ArrayList<>(List.of("sh", "-c", "pwd -P; echo $ADDED$LATER; echo err >&2"));
        ProcessBuilder command = new ProcessBuilder(words)
                .directory(folder.toFile())
                .redirectInput(Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(Redirect.appendTo(out.toFile()))
                .redirectError(Redirect.DISCARD)
                .redirectErrorStream(true);
        command.environment().put("ADDED", "added");
        ManagedProcess.Builder builder = ManagedProcess.builder(command);

        words.set(2, "echo another command");
        command.directory(null).redirectOutput(Redirect.DISCARD).redirectErrorStream(false);
        command.environment().put("LATER", "later");
        outputOf(builder);
        outputOf(builder);
        String once = folder.toRealPath() + "\nadded\nerr\n";
        assertEquals(once + once, Files.readString(out));

        builder.environment(Map::clear).directory(Path.of("/"));
        assertFalse(command.environment().isEmpty());
        assertEquals(null, command.directory());
    }

    @Test
    void anEnvironmentThatWasClearedOrReplacedIsCopied() throws Exception {
        ProcessBuilder command = child("print-env");
        command.environment().clear();
        assertEquals("", outputOf(ManagedProcess.builder(command)));
        command.environment().put("HOME", "elsewhere");
        assertEquals("HOME=elsewhere\n", outputOf(ManagedProcess.builder(command)));
    }

    @Test
    void severalProcessesAreStartedByOneBuilder() throws IOException, InterruptedException {
        ManagedProcess.Builder builder = ManagedProcess.builder(child("exit", "3"));
        assertEquals(3, builder.start().waitFor());
        assertEquals(3, builder.start().waitFor());
    }
}
