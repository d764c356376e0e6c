package io.github.lastcall;

import static io.github.lastcall.testing.Programs.child;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.LeaksNothing;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Collections;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Commands that cannot be started, and some that can, close to a limit. The extension checks that a failure leaves
 * nothing.
 */
@ExtendWith(LeaksNothing.class)
class StartFailureTest {

    private static final String LONG_ARGUMENT = "x".repeat(200_000);

    @TempDir
    private Path folder;

    private String script(String name, String content, String mode) throws IOException {
        Path file = Files.writeString(folder.resolve(name), content);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode)).toString();
    }

    private static SpawnException failure(SpawnStage stage, String symbol, ProcessBuilder command) {
        assertThrows(IOException.class, command::start, "the JDK's measure");
        SpawnException failure = assertThrows(
                SpawnException.class, () -> ManagedProcess.builder(command).start());
        assertEquals(stage, failure.stage());
        OsException error = failure.osError().orElseThrow();
        assertEquals(symbol, error.symbol());
        assertSame(error, failure.getCause());
        assertTrue(failure.getMessage().endsWith(error.getMessage()), failure.getMessage());
        return failure;
    }

    @Test
    void aMissingWorkingDirectory() {
        File absent = folder.resolve("absent").toFile();
        SpawnException failure = failure(SpawnStage.DIRECTORY, "ENOENT", child("exit", "0").directory(absent));
        assertEquals(
                "Cannot start process 'child' in directory \"" + absent
                        + "\": directory failed: ENOENT (2) in chdir: No such file or directory",
                failure.getMessage());
    }

    @Test
    void aFileAsWorkingDirectory() throws Exception {
        File file = Files.createFile(folder.resolve("file")).toFile();
        failure(SpawnStage.DIRECTORY, "ENOTDIR", child("exit", "0").directory(file));
    }

    @Test
    void aMissingProgram() {
        SpawnException failure = failure(SpawnStage.EXEC, "ENOENT", new ProcessBuilder("lastcall-no-such-program"));
        assertEquals(
                "Cannot start process 'lastcall-no-such-program': exec of \"lastcall-no-such-program\" failed:"
                        + " ENOENT (2) in execve: No such file or directory",
                failure.getMessage());
        failure(SpawnStage.EXEC, "ENOENT", new ProcessBuilder("/absent/program"));
    }

    @Test
    void aProgramWithoutAName() {
        SpawnException failure = failure(SpawnStage.EXEC, "ENOENT", new ProcessBuilder(""));
        assertEquals(
                "Cannot start process '\"\"': exec of \"\" failed: ENOENT (2) in execve: No such file or directory",
                failure.getMessage());
        failure = failure(SpawnStage.EXEC, "ENOENT", new ProcessBuilder(" "));
        assertTrue(
                failure.getMessage().startsWith("Cannot start process '\" \"': exec of \" \" failed"),
                failure.getMessage());
    }

    @Test
    void whatCannotBeSeenInANameIsEscaped() {
        ProcessBuilder command = new ProcessBuilder("/absent/two\nlines\u202e").directory(new File("/"));
        SpawnException failure = failure(SpawnStage.EXEC, "ENOENT", command);
        assertEquals(
                "Cannot start process 'two\\nlines\\u202e' in directory \"/\": exec of \"/absent/two\\nlines\\u202e\""
                        + " failed: ENOENT (2) in execve: No such file or directory",
                failure.getMessage());
        failure = failure(SpawnStage.DIRECTORY, "ENOENT", child("exit", "0").directory(new File("/absent\t")));
        assertTrue(failure.getMessage().contains("in directory \"/absent\\t\""), failure.getMessage());
        SpawnException nul = assertThrows(
                SpawnException.class, () -> ManagedProcess.builder("ec\0ho").start());
        assertEquals("Cannot start process 'ec\\u0000ho': invalid null character in command", nul.getMessage());
    }

    @Test
    void theErrorHasTheWordsOfTheSystem() throws Exception {
        OsException denied = failure(SpawnStage.EXEC, "EACCES", new ProcessBuilder(script("plain", "", "rw-r--r--")))
                .osError()
                .orElseThrow();
        assertEquals("Permission denied", denied.text());
        assertEquals("EACCES (13) in execve: Permission denied", denied.getMessage());
    }

    @Test
    void aFileThatIsNotExecutable() throws Exception {
        failure(SpawnStage.EXEC, "EACCES", new ProcessBuilder(script("plain", "echo no", "rw-r--r--")));
    }

    @Test
    void aDirectoryAsProgram() {
        failure(SpawnStage.EXEC, "EACCES", new ProcessBuilder(folder.toString()));
    }

    @Test
    void aScriptWhoseInterpreterIsMissing() throws Exception {
        String script = script("script", "#!/absent/interpreter\n", "rwxr-xr-x");
        failure(SpawnStage.EXEC, "ENOENT", new ProcessBuilder(script));
    }

    @ParameterizedTest
    @EnumSource
    void aScriptWithoutAnInterpreterIsRunByTheShell(Starter starter) throws Exception {
        String script = script("script", "echo \"$0 $1 $#\"\n", "rwxr-xr-x");
        assertEquals(script + " a b 2\n", starter.outputOf(new ProcessBuilder(script, "a b", "c")));
    }

    @ParameterizedTest
    @EnumSource
    void aRelativeProgramIsLookedForInTheWorkingDirectory(Starter starter) throws Exception {
        Files.createDirectory(folder.resolve("bin"));
        script("bin/tool", "#!/bin/sh\npwd\n", "rwxr-xr-x");
        String real = folder.toRealPath().toString();
        assertEquals(
                real + "\n", starter.outputOf(new ProcessBuilder("bin/tool").directory(folder.toFile())));
        assertEquals(
                real + "/bin\n",
                starter.outputOf(new ProcessBuilder("./tool").directory(folder.resolve("bin").toFile())));
    }

    @ParameterizedTest
    @EnumSource
    void anEmptyCommandIsRefused(Starter starter) {
        assertThrows(IndexOutOfBoundsException.class, () -> starter.start(new ProcessBuilder()));
    }

    @ParameterizedTest
    @EnumSource
    void aNullElementIsRefused(Starter starter) {
        assertThrows(NullPointerException.class, () -> starter.start(new ProcessBuilder("echo", null)));
        assertThrows(NullPointerException.class, () -> starter.start(new ProcessBuilder((String) null)));
    }

    @ParameterizedTest
    @EnumSource
    void aNulInTheCommandIsRefused(Starter starter) {
        assertThrows(IOException.class, () -> starter.start(new ProcessBuilder("echo", "a\0b")));
        assertThrows(IOException.class, () -> starter.start(new ProcessBuilder("ec\0ho")));
    }

    @Test
    void aNulIsRefusedBeforeAnySystemCall() {
        ProcessBuilder command = new ProcessBuilder("echo", "secret\0");
        SpawnException failure = assertThrows(
                SpawnException.class, () -> ManagedProcess.builder(command).start());
        assertEquals(SpawnStage.ARGUMENTS, failure.stage());
        assertTrue(failure.osError().isEmpty());
        assertEquals("Cannot start process 'echo': invalid null character in command", failure.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void twoHundredKilobytesOfArgumentsReachTheProgram(Starter starter) throws Exception {
        String[] steps = Stream.concat(Stream.of("count-args"), Collections.nCopies(2000, "x".repeat(100)).stream())
                .toArray(String[]::new);
        assertEquals("2000 200000\n", starter.outputOf(child(steps)));
    }

    @ParameterizedTest
    @EnumSource
    void argumentsReachTheProgramAsTheyAre(Starter starter) throws Exception {
        String[] arguments = {"", " ", "a b", "\"", "'", "\\", "$HOME", "*", "-x", "tab\t"};
        String[] steps =
                Stream.concat(Stream.of("print-args"), Arrays.stream(arguments)).toArray(String[]::new);
        String program = child().command().get(0);
        assertEquals(
                program + "\n" + String.join("\n", arguments) + "\n", starter.outputOf(child(steps)));
    }

    @Test
    void anArgumentThatIsTooLong() {
        failure(SpawnStage.EXEC, "E2BIG", child("print-args", LONG_ARGUMENT));
    }

    @Test
    void messagesCarryNeitherArgumentsNorTheEnvironment() {
        ProcessBuilder command = child("secret-argument", LONG_ARGUMENT);
        command.environment().put("TOKEN", "secret-value");
        Throwable failure = failure(SpawnStage.EXEC, "E2BIG", command);
        for (; failure != null; failure = failure.getCause()) {
            assertFalse(failure.toString().contains("secret"), failure.toString());
            assertFalse(failure.toString().contains("xxx"), failure.toString());
        }
    }

    @Test
    void theNameGivenIsTheOneInTheMessage() {
        ProcessBuilder command = new ProcessBuilder("/absent/program");
        SpawnException failure = assertThrows(
                SpawnException.class,
                () -> ManagedProcess.builder(command).name("api").start());
        assertEquals(
                "Cannot start process 'api': exec of \"/absent/program\" failed: ENOENT (2) in execve:"
                        + " No such file or directory",
                failure.getMessage());
    }

    /** Its stack trace shows who called. */
    @Test
    void aVirtualThreadGetsTheSameException() {
        ManagedProcess.Builder builder = ManagedProcess.builder("/absent/program");
        ExecutionException failure = assertThrows(
                ExecutionException.class, () -> ThreadKind.VIRTUAL.begin(() -> builder.start()).result());
        SpawnException cause = assertInstanceOf(SpawnException.class, failure.getCause());
        assertEquals(SpawnStage.EXEC, cause.stage());
        assertTrue(Arrays.stream(cause.getStackTrace())
                .anyMatch(frame -> frame.getClassName().equals(StartFailureTest.class.getName())));
    }
}
