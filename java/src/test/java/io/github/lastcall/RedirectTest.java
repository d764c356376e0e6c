package io.github.lastcall;

import static io.github.lastcall.Starter.text;
import static io.github.lastcall.testing.Programs.child;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lastcall.testing.LeaksNothing;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeaksNothing.class)
class RedirectTest {

    @TempDir
    private Path folder;

    /** Writes a line to its output and one to its errors. */
    private static ProcessBuilder both() {
        return new ProcessBuilder("sh", "-c", "echo out; echo err >&2");
    }

    private File file(String name) {
        return folder.resolve(name).toFile();
    }

    private File file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content).toFile();
    }

    private static String content(File file) throws IOException {
        return Files.readString(file.toPath());
    }

    private static void run(Starter starter, ProcessBuilder command) throws Exception {
        Process process = starter.start(command);
        assertEquals(0, process.waitFor());
    }

    private static SpawnException refused(ProcessBuilder command) {
        SpawnException refused = assertThrows(
                SpawnException.class, () -> ManagedProcess.builder(command).start());
        assertEquals(SpawnStage.REDIRECT, refused.stage());
        return refused;
    }

    @ParameterizedTest
    @EnumSource
    void byDefaultAllThreeStreamsArePipes(Starter starter) throws Exception {
        Process process = starter.start(new ProcessBuilder("sh", "-c", "cat; echo err >&2"));
        try (var input = process.outputWriter()) {
            input.write("in");
        }
        assertEquals("in", text(process.getInputStream()));
        assertEquals("err\n", text(process.getErrorStream()));
        assertEquals(0, process.waitFor());
    }

    @ParameterizedTest
    @EnumSource
    void inputComesFromAFile(Starter starter) throws Exception {
        ProcessBuilder command = child("read-all").redirectInput(file("in", "12345"));
        assertEquals("5\n", starter.outputOf(command));
    }

    @ParameterizedTest
    @EnumSource
    void aFileOfOutputIsReplaced(Starter starter) throws Exception {
        File out = file("out", "much longer than what the child writes");
        File err = file("err", "much longer than what the child writes");
        run(starter, both().redirectOutput(out).redirectError(err));
        assertEquals("out\n", content(out));
        assertEquals("err\n", content(err));
    }

    @ParameterizedTest
    @EnumSource
    void outputIsAppendedToAFile(Starter starter) throws Exception {
        File out = file("out", "before\n");
        File err = file("err");
        ProcessBuilder command = both().redirectOutput(Redirect.appendTo(out)).redirectError(Redirect.appendTo(err));
        run(starter, command);
        run(starter, command);
        assertEquals("before\nout\nout\n", content(out));
        assertEquals("err\nerr\n", content(err));
    }

    @ParameterizedTest
    @EnumSource
    void discardedOutputGoesNowhere(Starter starter) throws Exception {
        Process process = starter.start(both().redirectOutput(Redirect.DISCARD));
        assertEquals("", text(process.getInputStream()));
        assertEquals("err\n", text(process.getErrorStream()));
        assertEquals(0, process.waitFor());
    }

    @ParameterizedTest
    @EnumSource
    void mergedErrorsComeThroughThePipeOfTheOutputInOrder(Starter starter) throws Exception {
        Process process = starter.start(
                new ProcessBuilder("sh", "-c", "echo 1; echo 2 >&2; echo 3").redirectErrorStream(true));
        assertEquals("1\n2\n3\n", text(process.getInputStream()));
        assertEquals("", text(process.getErrorStream()));
        assertEquals(0, process.waitFor());
    }

    @ParameterizedTest
    @EnumSource
    void mergedErrorsGoToTheFileOfTheOutputWhateverWasSaidOfThem(Starter starter) throws Exception {
        File out = file("out");
        File err = file("err");
        run(starter, both().redirectOutput(out).redirectError(err).redirectErrorStream(true));
        assertEquals("out\nerr\n", content(out));
        assertEquals("", err.exists() ? content(err) : "", "the JDK makes the file and leaves it empty");
    }

    @ParameterizedTest
    @EnumSource
    void aNewFileHasTheModeThatTheUmaskLeaves(Starter starter) throws Exception {
        File created = file("created-by-the-jvm", "");
        File out = file("out");
        run(starter, both().redirectOutput(out));
        assertEquals(
                Files.getPosixFilePermissions(created.toPath()), Files.getPosixFilePermissions(out.toPath()));
    }

    @ParameterizedTest
    @EnumSource
    void theStreamsOfRedirectedOnesAreEmptyAndRefuseWrites(Starter starter) throws Exception {
        Process process = starter.start(child("read-all")
                .redirectInput(file("in", ""))
                .redirectOutput(file("out"))
                .redirectError(Redirect.DISCARD));
        assertEquals(-1, process.getInputStream().read());
        assertEquals(0, process.getInputStream().available());
        assertEquals(-1, process.getErrorStream().read());
        assertEquals(0, process.getErrorStream().available());
        assertThrows(IOException.class, () -> process.getOutputStream().write(1));
        process.getOutputStream().flush();
        process.getOutputStream().close();
        assertEquals(0, process.waitFor());
    }

    @Test
    void aMissingInputFileIsNamedInTheError() {
        SpawnException refused = refused(child("read-all").redirectInput(file("absent")));
        assertEquals("ENOENT", refused.osError().orElseThrow().symbol());
        assertEquals(
                "Cannot start process 'child': \"" + file("absent") + "\" cannot be opened: ENOENT (2) in open:"
                        + " No such file or directory",
                refused.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void aDirectoryIsNoInput(Starter starter) {
        assertThrows(IOException.class, () -> starter.start(child("exit", "0").redirectInput(folder.toFile())));
    }

    @Test
    void aDirectoryAsInputIsNamedInTheError() {
        assertEquals(
                "Cannot start process 'child': \"" + folder + "\" is a directory",
                refused(child("exit", "0").redirectInput(folder.toFile())).getMessage());
    }

    @Test
    void anUnwritableOutputIsRefusedAndNothingStarted() {
        File witness = file("witness");
        ProcessBuilder command = new ProcessBuilder("touch", witness.getPath());
        assertEquals("EISDIR", refused(command.redirectOutput(folder.toFile())).osError().orElseThrow().symbol());
        command.redirectOutput(Redirect.appendTo(file("absent/out")));
        assertEquals("ENOENT", refused(command).osError().orElseThrow().symbol());
        assertFalse(witness.exists());
    }

    @Test
    void aRefusedRedirectClosesWhatTheOthersHadOpened() throws Exception {
        ProcessBuilder command = child("read-all")
                .redirectInput(file("in", ""))
                .redirectOutput(file("out"))
                .redirectError(file("absent/err"));
        assertEquals("ENOENT", refused(command).osError().orElseThrow().symbol());
    }

    @Test
    void aNulInTheNameOfAFileIsRefused() {
        assertEquals(
                "Cannot start process 'child': invalid null character in the name of a file",
                refused(child("exit", "0").redirectOutput(new File("a\0b"))).getMessage());
    }
}
