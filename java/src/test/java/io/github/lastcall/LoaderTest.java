package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lastcall.internal.os.generated.LastcallNative;
import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.OneJar;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.FirstStarts;
import io.github.lastcall.testing.programs.Loads;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Finding the native library, and the errors for a user without a working one. */
@ExtendWith(LeaksNothing.class)
@Timeout(120)
class LoaderTest {

    private static final String LIBRARY = "io.github.lastcall.library";
    private static final String TMPDIR = "io.github.lastcall.tmpdir";
    private static final String OK = "exited with 0";

    /** A byte that no text contains: a program that passes it on has read the environment. */
    private static final String ODD_AS_HEX = "ff";

    @TempDir
    private Path folder;

    private JavaProgram loads() {
        return loads(new JavaProgram(Loads.class));
    }

    /** A JVM with its own temporary folder, and without the property that names the library. */
    private JavaProgram loads(JavaProgram program) {
        return program.withoutProperty(LIBRARY)
                .withoutProperty(TMPDIR)
                .property("java.io.tmpdir", folder.toString());
    }

    private JavaProgram loadsBundled() {
        return loadsBundled(new JavaProgram(Loads.class));
    }

    private JavaProgram loadsBundled(JavaProgram program) {
        assumeTrue(
                ManagedProcess.class.getResource("native/linux-x86_64/liblastcall.so") != null,
                "these classes have no library bundled with them");
        return loads(program);
    }

    private static void assertLoads(JavaProgram program) {
        JavaProgram.Result result = program.run();
        assertEquals(List.of(OK, OK, "left 0"), result.out().lines().toList(), result.err());
    }

    /** Returns the message for the user, which is the same each time; nothing is left then. */
    private static String failure(JavaProgram program) {
        JavaProgram.Result result = program.run();
        List<String> lines = result.out().lines().toList();
        assertEquals(3, lines.size(), () -> result.out() + result.err());
        assertTrue(lines.get(0).startsWith("UnsatisfiedLinkError: "), lines.get(0));
        assertEquals(lines.get(0), lines.get(1));
        assertEquals("left 0", lines.get(2));
        return lines.get(0);
    }

    private static void assertTells(String message, String... parts) {
        for (String part : parts) {
            assertTrue(message.contains(part), () -> "\"" + part + "\" is not in: " + message);
        }
    }

    @Test
    void theBundledLibraryIsLoadedAndNothingIsLeft() {
        assertLoads(loadsBundled());
    }

    @Test
    void anotherFolderToUnpackInCanBeNamed() {
        assertLoads(loadsBundled()
                .property("java.io.tmpdir", "/proc")
                .property(TMPDIR, folder.toString()));
    }

    @Test
    void aNamedLibraryIsLoadedAndNothingIsUnpacked() {
        assertLoads(loads().property(LIBRARY, library()).property(TMPDIR, "/proc"));
    }

    private static String library() {
        String named = System.getProperty(LIBRARY);
        return named == null ? System.getProperty("lastcall.library.file") : named;
    }

    @Test
    void aRelativePathIsRefused() {
        String path = "lib/liblastcall.so";
        assertTells(failure(loads().property(LIBRARY, path)), LIBRARY, "absolute", path);
    }

    @Test
    void anEmptyPathIsRefused() {
        assertTells(failure(loads().property(LIBRARY, "")), LIBRARY, "absolute");
    }

    @Test
    void aMissingFileIsNamed() {
        assertTells(failure(loads().property(LIBRARY, "/nowhere/liblastcall.so")), LIBRARY, "/nowhere/liblastcall.so");
    }

    @Test
    void aFileThatIsNoLibraryIsNamed(@TempDir Path elsewhere) throws Exception {
        Path text = Files.writeString(elsewhere.resolve("text.so"), "not a library");
        assertTells(failure(loads().property(LIBRARY, text.toString())), LIBRARY, text.toString());
    }

    @Test
    void aLibraryOfAnotherVersionIsRefused() {
        String message = failure(loads().property(LIBRARY, Programs.helper("wrong_abi.so")));
        assertTells(message, "version " + LastcallNative.LC_ABI, LIBRARY);
    }

    @Test
    void aPlatformWithoutALibraryIsNamed() {
        assertTells(failure(loads().property("os.arch", "sparcv9")), "linux-sparcv9", LIBRARY);
    }

    @Test
    void anUnknownOperatingSystemIsNamed() {
        assertTells(failure(loads().property("os.name", "Plan 9")), "plan", LIBRARY);
    }

    @Test
    void aTemporaryFolderThatCannotBeWrittenIsNamed() {
        assertTells(failure(loadsBundled().property(TMPDIR, "/proc")), "/proc", TMPDIR, LIBRARY);
    }

    @Test
    void aMissingTemporaryFolderIsNamed() {
        assertTells(failure(loadsBundled().property(TMPDIR, "/nowhere")), "/nowhere", TMPDIR, LIBRARY);
    }

    /** As text it has another name then, so the JVM must get its bytes from the environment. */
    @Test
    void aTemporaryFolderThatTheLocaleCannotExpressIsNamed() {
        String options = "JDK_JAVA_OPTIONS=-D" + TMPDIR + "=/nowhere/$(printf '\\303\\274')";
        String message = failure(
                loadsBundled().launcher("sh", "-c", "exec env LC_ALL=C \"" + options + "\" \"$@\"", "sh"));
        assertTells(message, "/nowhere/", "LC_ALL=C.UTF-8", TMPDIR, LIBRARY);
    }

    @Test
    void aTemporaryFolderWithoutExecutionIsNamed() throws Exception {
        String noexec = "mount -t tmpfs -o noexec tmpfs '" + folder + "' && exec \"$@\"";
        String message = failure(loadsBundled().launcher(mounted(noexec)));
        assertTells(message, folder.toString(), "noexec", TMPDIR, LIBRARY);
    }

    /** Runs a script that mounts something for what it runs alone, in a launcher. */
    private static String[] mounted(String script) throws Exception {
        String[] launcher = {"unshare", "-m", "sh", "-c", script, "sh"};
        List<String> probe = Stream.concat(Stream.of(launcher), Stream.of("true")).toList();
        assumeTrue(
                JavaProgram.finish(new ProcessBuilder(probe).start()).exitValue() == 0, "that cannot be mounted here");
        return launcher;
    }

    /** Starts a process while a resource is missing, then again. Returns both messages. */
    private String passingFailure(JavaProgram program) {
        JavaProgram.Result result = program.run();
        List<String> lines = result.out().lines().toList();
        assertEquals(List.of("wrote " + ODD_AS_HEX, "left 0"), lines.subList(lines.size() - 2, lines.size()), () ->
                result.out() + result.err());
        assertEquals(4, lines.size(), result.out());
        return lines.get(1);
    }

    /** Everything in one jar, which is open: without a descriptor no class is loaded from a folder, now or later. */
    private JavaProgram firstStarts(String lack, Path jar) throws Exception {
        return loadsBundled(new JavaProgram(FirstStarts.class, lack))
                .classPath(path -> OneJar.of(path, jar.resolve("all.jar")).toString())
                .launcher("sh", "-c", "ODD=$(printf '\\377') exec \"$@\"", "sh");
    }

    @Test
    void aTemporaryFolderThatIsMadeLaterIsUsed(@TempDir Path jar) throws Exception {
        Path later = folder.resolve("later");
        String message =
                passingFailure(firstStarts("folder", jar).property("java.io.tmpdir", later.toString()));
        assertTells(message, "UnsatisfiedLinkError: ", later.toString(), "no such directory", TMPDIR, LIBRARY);
    }

    @Test
    void aTemporaryFolderThatWasFullIsUsed(@TempDir Path jar) throws Exception {
        String fill = "mount -t tmpfs -o size=128k tmpfs '" + folder + "'"
                + " && { head -c 131072 /dev/zero >'" + folder + "/filler'; exec \"$@\"; }";
        String message = passingFailure(firstStarts("room", jar).launcher(mounted(fill)));
        assertTells(message, "UnsatisfiedLinkError: ", folder.toString(), "No space left", "has room", TMPDIR);
    }

    @Test
    void descriptorsThatHadRunOutAreUsed(@TempDir Path jar) throws Exception {
        String message = passingFailure(firstStarts("descriptors", jar).launcher(withFewDescriptors()));
        assertTells(message, "UnsatisfiedLinkError: ", "Too many open files", "ulimit -n");
        assertFalse(message.contains(TMPDIR), message);
    }

    /** An environment that could not be read at first does not count as empty. */
    @Test
    void descriptorsThatHadRunOutAfterTheLoadAreUsed(@TempDir Path jar) throws Exception {
        String message = passingFailure(firstStarts("descriptors-late", jar).launcher(withFewDescriptors()));
        assertTells(message, "SpawnException: ", "EMFILE");
    }

    /** Otherwise the library would work without pidfds until the end of the JVM. */
    @Test
    void aSystemThatCannotBeProbedForLackOfDescriptorsIsNotUsed() {
        JavaProgram program = loads().property(LIBRARY, library());
        String message = failure(program.launcher(
                Programs.helper("deny"), "--errno", "EMFILE", "pidfd_open", "--"));
        assertTells(message, "EMFILE", "pidfd_open", "ulimit -n");
    }

    /** Every stop would fail there, and the children would outlive the JVM. */
    @Test
    void aSystemWhereChildrenCannotBeLookedAtIsNotUsed() {
        JavaProgram program = loads().property(LIBRARY, library());
        assertTells(failure(program.launcher(Programs.helper("deny"), "waitid", "--")), "ENOSYS", "waitid");
    }

    private static String[] withFewDescriptors() {
        return new String[] {"sh", "-c", "ulimit -n 64; exec \"$@\"", "sh"};
    }

    /** The thread of the guard. */
    @Test
    void threadsThatHadRunOutAreUsed(@TempDir Path copy) throws Exception {
        assumeTrue(Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0), "only root can do this");
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/prlimit")), "there is no /usr/bin/prlimit");
        Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        JavaProgram.Result result = new JavaProgram(FirstStarts.class, "threads")
                .property("java.io.tmpdir", folder.toString())
                .options("-XX:-UseDynamicNumberOfCompilerThreads")
                .asNobody(copy)
                .launcher("/usr/bin/prlimit", "--nproc=150")
                .run();
        // The JVM itself also prints a warning for each thread that it cannot start.
        List<String> lines =
                result.out().lines().filter(line -> !line.startsWith("[")).toList();
        assertEquals(4, lines.size(), () -> result.out() + result.err());
        assertEquals(List.of("0", "wrote", "left 0"), List.of(lines.get(0), lines.get(2).strip(), lines.get(3)));
        assertTells(lines.get(1), "OutOfMemoryError: ", "thread");
    }

    /** A JVM that was killed during the unpacking has left them. */
    @Test
    void whatIsLeftIsDeletedAnHourLater(@TempDir Path elsewhere) throws Exception {
        Path old = leftover(folder.resolve("lastcall1-1"));
        Path fresh = leftover(folder.resolve("lastcall2-1"));
        Path another = leftover(elsewhere.resolve("lastcall3-1"));
        Path link = Files.createSymbolicLink(folder.resolve("lastcall4-1"), another);
        Path program = Files.createFile(folder.resolve("lastcall5-guardian"));
        Path ofUser = Files.createFile(folder.resolve("lastcall2026.log"));
        FileTime then = FileTime.from(Instant.now().minus(Duration.ofHours(2)));
        for (Path path : List.of(old, another, program, ofUser)) {
            Files.setLastModifiedTime(path, then);
        }
        String[] touch = {"touch", "-h", "-d", "2 hours ago", link.toString()};
        assertEquals(0, new ProcessBuilder(touch).start().waitFor());
        JavaProgram.Result result = loadsBundled().run();
        assertEquals(List.of(OK, OK, "left 3"), result.out().lines().toList(), result.err());
        assertTrue(Files.exists(ofUser));
        assertTrue(Files.exists(fresh) && Files.exists(another.resolve("liblastcall.so")) && Files.exists(link));
    }

    private static Path leftover(Path folder) throws IOException {
        Files.createDirectory(folder);
        Files.createFile(folder.resolve("liblastcall.so"));
        return folder;
    }

    @Test
    void aLeftoverThatCannotBeDeletedIsLeft() throws Exception {
        String appendOnly = "mount -t tmpfs tmpfs '" + folder + "' && chattr +a '" + folder + "' && exec \"$@\"";
        JavaProgram.Result result = loadsBundled().launcher(mounted(appendOnly)).run();
        assertEquals(List.of(OK, OK, "left 1"), result.out().lines().toList(), result.err());
    }

    @Test
    void theErrorOfAJvmWithoutNativeAccessNamesTheFlag() {
        assumeTrue(Runtime.version().feature() >= 24, "this JVM knows no --illegal-native-access");
        String message = failure(loadsBundled().withoutNativeAccess().options("--illegal-native-access=deny"));
        assertTells(message, "--enable-native-access=ALL-UNNAMED");
    }
}
