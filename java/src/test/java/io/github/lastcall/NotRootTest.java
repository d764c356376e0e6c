package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.MayNotTerminate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * A JVM that may not signal its own child, which runs as another user. Only root can prepare this: the test makes the
 * helper program setuid root (chmod u+s) and starts a JVM without rights, which starts that program.
 */
@ExtendWith(LeaksNothing.class)
@Timeout(120)
class NotRootTest {

    private static final String SOMEBODY_ELSE = "65533";

    @TempDir
    private Path folder;

    private Path helper;

    @BeforeEach
    void giveTheHelperProgramOurRights() throws Exception {
        boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        Assumptions.assumeTrue(root, "only root can do this");
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/usr/bin/setpriv")), "there is no /usr/bin/setpriv");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        helper = Files.copy(Path.of(Programs.helper("child")), folder.resolve("child"));
        Files.setAttribute(helper, "unix:mode", 04755);
    }

    @Test
    void theRefusalIsNamedInEveryError() {
        JavaProgram.Result result = new JavaProgram(
                        MayNotTerminate.class, helper.toString(), "setuid", SOMEBODY_ELSE, "ready", "pause")
                .asNobody(folder)
                .run();
        List<String> lines = result.out().lines().toList();
        assertEquals(0, result.exitValue(), result.err());
        Programs.signal(Long.parseLong(lines.get(0).substring("pid ".length())), "KILL");
        Assumptions.assumeTrue(lines.get(1).equals("child ready"), "set-user-ID has no effect here: " + result.err());
        assertSendRefused(lines.subList(2, 4));
        assertTerminationFailed(lines.subList(4, lines.size() - 1));
        assertEquals("armed true", lines.getLast());
    }

    private static void assertSendRefused(List<String> lines) {
        assertTrue(lines.get(0).startsWith("SignalFailedException: "), lines.get(0));
        assertTrue(lines.get(0).contains("SIGTERM"), lines.get(0));
        assertTrue(lines.get(0).contains("EPERM (1)"), lines.get(0));
        assertTrue(lines.get(1).contains("EPERM (1)"), lines.get(1));
    }

    private static void assertTerminationFailed(List<String> lines) {
        assertTrue(lines.get(0).startsWith("TerminationFailedException: "), lines.get(0));
        assertTrue(lines.get(0).contains("EPERM (1)"), lines.get(0));
        List<String> refused = lines.stream()
                .filter(line -> line.startsWith("attempt") && line.contains("EPERM (1)"))
                .toList();
        assertEquals(2, refused.size(), lines.toString());
        assertTrue(refused.get(0).contains("SIGTERM"), refused.get(0));
        assertTrue(refused.get(1).contains("SIGKILL"), refused.get(1));
    }
}
