package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lastcall.internal.os.NativeOs;
import io.github.lastcall.internal.os.NativeProcess;
import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.GoneTable;
import io.github.lastcall.testing.programs.OutlivedByMember;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The cases after which the group is gone, in each kill mode, with the features of the newest kernel and without
 * (LC_FEATURE_PIDFD_GROUP is 8, LC_FEATURE_PIDFD is 4), in several environments. Each case is a row.
 */
@ExtendWith(LeaksNothing.class)
class GoneTest {

    private static final String WORKERS = "leader-exits-at-once worker-ignores-SIGTERM five-generations-of-workers";

    /** Where the JVM runs that stops the groups. */
    enum Surroundings {
        ORDINARY("shell-with-background-child " + WORKERS + " stopped-leader-and-worker pipeline-of-ten"
                + " member-without-main-thread leader-without-main-thread leader-moved-to-another-group traced-member"
                + " member-leaves-by-setsid 500-members"),
        REAPER_NEVER_REAPS(WORKERS),
        PID_1(WORKERS),
        FOREIGN_PROC("worker-obeys worker-ignores-SIGTERM-unseen"),
        PID_1_FOREIGN_PROC("worker-obeys worker-ignores-SIGTERM-unseen"),
        HIDEPID("worker-obeys worker-ignores-SIGTERM-unseen"),
        NOT_ROOT("member-of-another-user");

        private final List<String> cases;

        Surroundings(String cases) {
            this.cases = List.of(cases.split(" "));
        }

        /**
         * If the group cannot be seen, its leader stays unreaped, and is never known to be the last process of the
         * group.
         */
        private String[] cases(int disable) {
            boolean old = disable != 0 || !NativeOs.instance().groupOutlivesReap(new NativeProcess(2, 2, 0));
            boolean blind = (this == FOREIGN_PROC || this == PID_1_FOREIGN_PROC || this == HIDEPID) && old;
            return blind ? new String[] {"worker-obeys-unseen"} : cases.toArray(new String[0]);
        }

        private List<String> launcher() {
            return switch (this) {
                case ORDINARY, NOT_ROOT -> List.of();
                case REAPER_NEVER_REAPS -> List.of(Programs.helper("never_reaps"));
                case PID_1 -> List.of("unshare", "--pid", "--fork", "--mount-proc");
                case PID_1_FOREIGN_PROC -> List.of("unshare", "--pid", "--fork");
                // In these two the shell is pid 1, and reaps.
                case FOREIGN_PROC -> List.of("unshare", "--pid", "--fork", "sh", "-c", "\"$@\"; exit $?", "sh");
                case HIDEPID -> List.of("unshare", "--mount", "--pid", "--fork", "sh", "-c",
                        "mount -t proc -o hidepid=2 proc /proc && \"$@\"; exit $?", "sh");
            };
        }

        private boolean needsNobody() {
            return this == HIDEPID || this == NOT_ROOT;
        }
    }

    @TempDir
    private Path folder;

    /** Without pidfds, 12, only where all cases run: .ci/run runs all of them on a kernel without pidfds. */
    static Stream<Arguments> everywhere() {
        return Arrays.stream(Surroundings.values())
                .flatMap(where -> Stream.of(0, 8, 12)
                        .filter(disable -> disable != 12 || where == Surroundings.ORDINARY)
                        .map(disable -> Arguments.of(where, disable)));
    }

    @ParameterizedTest
    @MethodSource("everywhere")
    void noProcessOfTheGroupRunsWhenAStopReturns(Surroundings where, int disable) throws Exception {
        require(where);
        JavaProgram program = new JavaProgram(GoneTable.class, where.cases(disable))
                .property("io.github.lastcall.disable", Integer.toString(disable))
                .launcher(where.launcher().toArray(new String[0]));
        switch (where) {
            case REAPER_NEVER_REAPS -> program.property("gone.zombies", "some");
            case PID_1 -> program.property("gone.zombies", "none");
            case FOREIGN_PROC, PID_1_FOREIGN_PROC, HIDEPID, NOT_ROOT -> program.property("gone.kill", "500");
            default -> { }
        }
        if (where.needsNobody()) {
            program.asNobody(readableFolder());
            program.property("lastcall.native.helpers", helper(where == Surroundings.NOT_ROOT));
        }
        JavaProgram.Result result = program.run();
        List<String> rows = result.out().lines().filter(line -> !line.startsWith("left ")).toList();
        rows.forEach(row -> System.out.println(where + " disable=" + disable + " | " + row));
        if (where == Surroundings.NOT_ROOT) {
            result.out().lines().filter(line -> line.startsWith("left ")).forEach(GoneTest::end);
        }
        assertEquals(0, result.exitValue(), result.err());
        assertEquals(where.cases(disable).length * KillMode.values().length, rows.size(), result.err());
        assertEquals(
                List.of(), rows.stream().filter(row -> !row.endsWith("| ok") && !row.contains("| skipped: ")).toList());
    }

    /** No thread waits for them, and pid 1 has inherited them. */
    @ParameterizedTest
    @ValueSource(ints = {0, 8})
    void membersThatOutliveTheWaitForTheirLeaderAreReaped(int disable) throws Exception {
        require(Surroundings.PID_1);
        JavaProgram.Result result = new JavaProgram(OutlivedByMember.class)
                .property("io.github.lastcall.disable", Integer.toString(disable))
                .launcher(Surroundings.PID_1.launcher().toArray(new String[0]))
                .run();
        assertEquals(0, result.exitValue(), result.err());
    }

    private static void require(Surroundings where) throws Exception {
        boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
        boolean needsRoot = where != Surroundings.ORDINARY && where != Surroundings.REAPER_NEVER_REAPS;
        skipUnless(where, !needsRoot || root, "only root can arrange it");
        if (where.launcher().contains("unshare")) {
            Process trial = new ProcessBuilder(
                            Stream.concat(where.launcher().stream(), Stream.of("true")).toList())
                    .redirectErrorStream(true)
                    .start();
            trial.getInputStream().readAllBytes();
            skipUnless(where, trial.waitFor() == 0, "unshare(1) or mount(8) is refused");
        }
        boolean setpriv = Files.isExecutable(Path.of("/usr/bin/setpriv"));
        skipUnless(where, !where.needsNobody() || setpriv, "there is no /usr/bin/setpriv");
    }

    private static void skipUnless(Surroundings where, boolean holds, String reason) {
        if (!holds) {
            System.out.println(where + " | skipped: " + reason);
        }
        Assumptions.assumeTrue(holds, reason);
    }

    private Path readableFolder() throws IOException {
        return Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** With the rights of root it can become any user. */
    private String helper(boolean withOurRights) throws IOException {
        Path helper = Files.copy(Path.of(Programs.helper("child")), folder.resolve("child"));
        Files.setAttribute(helper, "unix:mode", withOurRights ? 04755 : 0755);
        return folder.toString();
    }

    /** The processes that a JVM without root could not end. */
    private static void end(String line) {
        long pid = Long.parseLong(line.substring("left ".length()));
        Programs.signal(pid, "KILL");
        Programs.awaitGone(pid);
    }
}
