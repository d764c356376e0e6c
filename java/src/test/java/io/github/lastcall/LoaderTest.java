package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lastcall.internal.ffi.generated.LastcallNative;
import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.Loads;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Finding the native library, and what a user reads who has none that works. */
@ExtendWith(LeaksNothing.class)
@Timeout(120)
class LoaderTest {

    private static final String LIBRARY = "io.github.lastcall.library";
    private static final String TMPDIR = "io.github.lastcall.tmpdir";
    private static final String OK = "exited with 0";

    @TempDir
    private Path folder;

    /** A JVM with a temporary folder of its own and no word about where the library is. */
    private JavaProgram loads() {
        return new JavaProgram(Loads.class)
                .withoutProperty(LIBRARY)
                .withoutProperty(TMPDIR)
                .property("java.io.tmpdir", folder.toString());
    }

    private JavaProgram loadsBundled() {
        assumeTrue(
                ManagedProcess.class.getResource("native/linux-x86_64/liblastcall.so") != null,
                "these classes have no library bundled with them");
        return loads();
    }

    private static void assertLoads(JavaProgram program) {
        JavaProgram.Result result = program.run();
        assertEquals(List.of(OK, OK, "left 0"), result.out().lines().toList(), result.err());
    }

    /** What the user reads, which is the same each time, and nothing is left then. */
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
        assertTells(message, "version " + (LastcallNative.LC_ABI() + 1), "version " + LastcallNative.LC_ABI(), LIBRARY);
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

    @Test
    void aTemporaryFolderWithoutExecutionIsNamed() throws Exception {
        List<String> mounted = List.of(
                "unshare", "-m", "sh", "-c", "mount -t tmpfs -o noexec tmpfs '" + folder + "' && exec \"$@\"", "sh");
        Process probe = new ProcessBuilder(mounted).start();
        assumeTrue(JavaProgram.finish(probe).exitValue() == 0, "nothing can be mounted here");
        String message = failure(loadsBundled().launcher(mounted.toArray(String[]::new)));
        assertTells(message, folder.toString(), "noexec", TMPDIR, LIBRARY);
    }

    @Test
    void aJvmThatForbidsNativeAccessIsToldTheFlag() {
        assumeTrue(Runtime.version().feature() >= 24, "this JVM knows no --illegal-native-access");
        String message = failure(loadsBundled().withoutNativeAccess().options("--illegal-native-access=deny"));
        assertTells(message, "--enable-native-access=ALL-UNNAMED");
    }
}
