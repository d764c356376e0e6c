package io.github.lastcall;

import static io.github.lastcall.testing.Programs.await;
import static io.github.lastcall.testing.Programs.awaitGone;
import static io.github.lastcall.testing.Programs.child;
import static io.github.lastcall.testing.Programs.isRunning;
import static io.github.lastcall.testing.Programs.readLine;
import static io.github.lastcall.testing.Programs.signal;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.StartsContained;
import io.github.lastcall.testing.programs.StopsAsInit;
import io.github.lastcall.testing.programs.StopsUnreadable;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The members of a process by its containment, which are stopped and named with it. */
@ExtendWith(LeaksNothing.class)
class ContainmentTest {

    private static final GracefulShutdown SIGTERM = GracefulShutdown.of(Duration.ofSeconds(10));

    private static long pidIn(String ids) {
        return Long.parseLong(ids.split(" ")[0]);
    }

    private static List<Long> pids(List<Survivor> processes) {
        return processes.stream().map(Survivor::pid).toList();
    }

    private static void end(long pid) {
        signal(pid, "KILL");
        awaitGone(pid);
    }

    @Test
    void aChildOutsideOfTheGroupIsNamedThoughTheLeaderDiesAtOnce() throws Exception {
        requirePidfds();
        for (int i = 0; i < 50; i++) {
            ManagedProcess process = ManagedProcess.builder(
                    child("fork", "setsid", "name", "escapee", "print-ids", "pause", "end", "pause")).start();
            long escapee = pidIn(readLine(process.getInputStream()));
            TerminationReport report = process.terminate(SIGTERM);
            assertTrue(isRunning(escapee));
            assertEquals(List.of(escapee), pids(report.escaped()), "round " + i);
            assertEquals("escapee", report.escaped().get(0).command());
            assertTrue(report.toString().contains("; had left the group: " + escapee + " (escapee, "));
            assertEquals(Containment.GROUP, process.containment());
            end(escapee);
        }
    }

    @Test
    void endedProcessesAndMembersOfTheGroupAreNotNamed() throws Exception {
        try (ManagedProcess process = ManagedProcess.builder(child(
                "handle", "SIGTERM", "say:stopping", "fork", "setsid", "print-ids", "pause", "end", "fork", "print-ids",
                "pause", "end", "print-ids", "await", "SIGUSR1")).start()) {
            long[] pids = LongStream.range(0, 3).map(i -> pidIn(readLine(process.getInputStream()))).toArray();
            long escapee = LongStream.of(pids).filter(pid -> isLeaderOfSession(pid)).findFirst().orElseThrow();
            var stop = process.terminateAsync(SIGTERM);
            assertEquals("stopping", readLine(process.getInputStream()));
            end(escapee);
            process.sendSignal(UnixSignal.SIGUSR1);
            TerminationReport report = stop.join();
            assertEquals(List.of(), report.escaped());
        }
    }

    private static boolean isLeaderOfSession(long pid) {
        return ProcessHandle.of(pid).isPresent() && session(pid) == pid;
    }

    private static long session(long pid) {
        return Long.parseLong(stat(pid)[3]);
    }

    private static char state(long pid) {
        return stat(pid)[0].charAt(0);
    }

    private static String[] stat(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What a stop does with a process that has left the group of the leader. */
    enum Fate {
        /** It was stopped with the others. */
        STOPPED,
        /** It runs, and the report names it. */
        REPORTED,
        /** It runs, and the report does not. */
        NOT_KNOWN
    }

    /** Ways to leave the group, as shell commands. LEAF prints its pid and keeps running. */
    enum Way {
        NOHUP("nohup LEAF &"),
        SETSID("setsid LEAF &"),
        DAEMON("(setsid sh -c 'LEAF &' &)"),
        CLEARED("env -i setsid LEAF &"),
        CLEARED_DAEMON("(env -i setsid sh -c 'LEAF &' &)"),
        TITLE("(setsid TITLED &)"),
        INIT("setsid unshare -pf LEAF &");

        private final String command;

        Way(String command) {
            this.command = command;
        }

        ManagedProcess.Builder builder(Path folder) throws IOException {
            Path leaf = script(folder.resolve("leaf"), "read pid rest </proc/self/stat; echo $pid; exec "
                    + Programs.helper("child") + " pause");
            Path titled = script(folder.resolve("titled"), "exec perl -e '$0 = \"x\" x 4000; $| = 1;"
                    + " print \"$$\\n\"; sleep 1000'");
            String line = command.replace("LEAF", leaf.toString()).replace("TITLED", titled.toString());
            return ManagedProcess.builder("sh", "-c", line + "\nwait; exec " + Programs.helper("child") + " pause");
        }

        private static Path script(Path file, String line) throws IOException {
            Files.writeString(file, "#!/bin/sh\n" + line + "\n");
            file.toFile().setExecutable(true);
            return file;
        }
    }

    @ParameterizedTest
    @CsvSource({
        "NOHUP,          GROUP,  STOPPED",
        "SETSID,         GROUP,  REPORTED",
        "DAEMON,         GROUP,  NOT_KNOWN",
        "CLEARED,        GROUP,  REPORTED",
        "CLEARED_DAEMON, GROUP,  NOT_KNOWN",
        "TITLE,          GROUP,  NOT_KNOWN",
        "INIT,           GROUP,  NOT_KNOWN",
        "NOHUP,          MARKED, STOPPED",
        "SETSID,         MARKED, STOPPED",
        "DAEMON,         MARKED, STOPPED",
        "CLEARED,        MARKED, STOPPED",
        "CLEARED_DAEMON, MARKED, NOT_KNOWN",
        "TITLE,          MARKED, NOT_KNOWN",
        "INIT,           MARKED, STOPPED",
        "NOHUP,          CGROUP, STOPPED",
        "SETSID,         CGROUP, STOPPED",
        "DAEMON,         CGROUP, STOPPED",
        "CLEARED,        CGROUP, STOPPED",
        "CLEARED_DAEMON, CGROUP, STOPPED",
        "TITLE,          CGROUP, STOPPED",
        "INIT,           CGROUP, STOPPED",
    })
    void aProcessThatLeavesTheGroupIsStoppedReportedOrUnknown(Way way, Containment containment, Fate fate, @TempDir Path folder)
            throws Exception {
        requireAvailable(containment);
        if (fate == Fate.REPORTED) {
            requirePidfds();
        }
        ManagedProcess process = way.builder(folder).containment(containment).start();
        assertEquals(containment, process.containment());
        long leaf = pidIn(readLine(process.getInputStream()));
        TerminationReport report = process.terminate(GracefulShutdown.of(Duration.ofSeconds(1)));
        boolean named = pids(report.escaped()).contains(leaf);
        Fate seen = !isRunning(leaf) ? Fate.STOPPED : named ? Fate.REPORTED : Fate.NOT_KNOWN;
        if (seen != Fate.STOPPED) {
            end(leaf);
        }
        report.escaped().forEach(escaped -> awaitGone(escaped.pid()));
        assertEquals(fate, seen, report.toString());
        if (fate == Fate.STOPPED && way != Way.NOHUP) {
            assertTrue(named, report.toString());
        }
        await("its cgroup is removed", () -> leaves().isEmpty());
    }

    @ParameterizedTest
    @EnumSource(names = {"MARKED", "CGROUP"})
    void aProcessWithoutItsMainThreadIsKilled(Containment containment) throws Exception {
        requireAvailable(containment);
        ManagedProcess process = ManagedProcess.builder(child(
                        "ignore", "SIGTERM", "fork", "fork", "setsid", "print-ids", "leave-main-thread", "pause", "end",
                        "end", "leave-main-thread", "pause"))
                .containment(containment)
                .start();
        long daemon = pidIn(readLine(process.getInputStream()));
        await("the main threads have ended", () -> state(daemon) == 'Z' && state(process.pid()) == 'Z');
        process.kill();
        await("its other thread is gone", () -> !hasOtherThreads(daemon));
        await("its cgroup is removed", () -> leaves().isEmpty());
    }

    private static boolean hasOtherThreads(long pid) {
        String[] threads = new File("/proc/" + pid + "/task").list();
        return threads != null && threads.length > 1;
    }

    /** As root everything can be read. */
    @Test
    void aProcessWithAnUnreadableMarkIsReportedAsUnknown(@TempDir Path folder) throws Exception {
        requireAvailable(Containment.MARKED);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path child = Files.copy(Path.of(Programs.helper("child")), folder.resolve("child"));
        JavaProgram.Result result = new JavaProgram(StopsUnreadable.class, child.toString()).asNobody(folder).run();
        List<String> lines = result.out().lines().toList();
        assertFalse(lines.isEmpty(), result.err());
        end(Long.parseLong(lines.get(0)));
        assertTrue(lines.contains("named " + lines.get(0) + " ?"), result.out() + result.err());
    }

    /** Each lives for microseconds and has forked its successor by then. */
    @Test
    void aProcessThatForksContinuouslyIsStoppedByItsCgroup() throws Exception {
        requireAvailable(Containment.CGROUP);
        ManagedProcess process = ManagedProcess.builder(child(
                        "ignore", "SIGCHLD", "forks", "8", "setsid", "relay", "100000000", "0", "end", "ready", "pause"))
                .containment(Containment.CGROUP)
                .start();
        Programs.awaitReady(process);
        TerminationReport report = process.terminate(SIGTERM);
        assertFalse(report.forced(), report.toString());
        await("its cgroup is removed", () -> leaves().isEmpty());
    }

    /** With -Dlastcall.bomb=2000: as many as a fork bomb has under a limit. */
    @ParameterizedTest
    @EnumSource(names = {"MARKED", "CGROUP"})
    void manyThatHaveLeftAreStopped(Containment containment) throws Exception {
        requireAvailable(containment);
        int count = Integer.getInteger("lastcall.bomb", 50);
        ManagedProcess process = ManagedProcess.builder(child(
                        "forks", Integer.toString(count), "setsid", "print-ids", "pause", "end", "pause"))
                .containment(containment)
                .start();
        long[] pids = LongStream.range(0, count).map(i -> pidIn(readLine(process.getInputStream()))).toArray();
        TerminationReport report = process.terminate(GracefulShutdown.of(Duration.ofSeconds(60)));
        assertFalse(report.forced(), report.toString());
        assertEquals(0, LongStream.of(pids).filter(Programs::isRunning).count());
    }

    /** Pid 1 inherits them, and no other process reaps them. */
    @ParameterizedTest
    @EnumSource(names = {"MARKED", "CGROUP"})
    void nobodyThatHasLeftStaysAZombieOfPid1(Containment containment) {
        requireAvailable(containment);
        JavaProgram.Result result = new JavaProgram(StopsAsInit.class, containment.name())
                .launcher("unshare", "--pid", "--fork", "--mount-proc", "--kill-child")
                .run();
        assertEquals("other 7\nno zombies\n", result.out(), result.err());
    }

    /** As many as its limit allows; it forks again as soon as one is gone: -Dlastcall.bomb=2000. */
    @ParameterizedTest
    @EnumSource(names = {"GROUP", "MARKED", "CGROUP"})
    void aForkBombIsStopped(Containment containment) throws Exception {
        requireAvailable(containment);
        // With thousands of them a scan of all processes takes longer than their lives.
        int most = Math.min(
                Integer.getInteger("lastcall.bomb", 50), containment == Containment.MARKED ? 200 : Integer.MAX_VALUE);
        Path limit = limited(most);
        String daemon = containment == Containment.GROUP ? "" : " fork setsid bomb end";
        ManagedProcess process = ManagedProcess.builder("sh", "-c", "echo $$ > " + limit + "/cgroup.procs; exec "
                        + Programs.helper("child") + " ignore SIGCHLD" + daemon + " bomb")
                .containment(containment)
                .start();
        try {
            await("the limit is reached", () -> number(limit.resolve("pids.current")) == most);
            TerminationReport report = process.terminate(GracefulShutdown.of(Duration.ofSeconds(60)));
            assertFalse(report.forced(), report.toString());
            assertEquals(List.of(), running(limit));
        } finally {
            Files.writeString(limit.resolve("pids.max"), "0");
            running(limit).forEach(pid -> signal(pid, "KILL"));
            await("the limit can be removed", () -> limit.toFile().delete());
        }
    }

    /** A cgroup below our own one with a limit for processes. */
    private static Path limited(int most) throws IOException {
        Path mount = Path.of("/sys/fs/cgroup/pids");
        String own = Files.readAllLines(Path.of("/proc/self/cgroup")).stream()
                .filter(line -> line.contains(":pids:"))
                .findFirst()
                .orElse("");
        assumeTrue(Files.isWritable(mount) && !own.isEmpty(), "no cgroup with a limit of processes can be made here");
        String name = "lastcall-test-" + ProcessHandle.current().pid();
        Path limited = Files.createDirectory(Path.of(mount + own.substring(own.lastIndexOf(':') + 1), name));
        Files.writeString(limited.resolve("pids.max"), Integer.toString(most));
        return limited;
    }

    private static List<Long> running(Path cgroup) throws IOException {
        return Files.readAllLines(cgroup.resolve("cgroup.procs")).stream()
                .map(Long::valueOf)
                .filter(Programs::isRunning)
                .toList();
    }

    private static int number(Path file) {
        try {
            return Integer.parseInt(Files.readString(file).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static JavaProgram starts(Containment containment, String... more) {
        return new JavaProgram(StartsContained.class, containment.name(), Programs.helper("child"))
                .arguments(List.of(more));
    }

    /** The prefix that runs a command under a seccomp filter that refuses these calls. */
    private static String[] without(String... calls) {
        return Stream.of(Stream.of(Programs.helper("deny"), "--errno", "ENOSYS"), Stream.of(calls), Stream.of("--"))
                .flatMap(words -> words)
                .toArray(String[]::new);
    }

    @ParameterizedTest
    @EnumSource(names = {"MARKED", "CGROUP", "STRICTEST"})
    void withoutClone3TheChildEntersItsCgroupItself(Containment containment) {
        requireAvailable(Containment.CGROUP);
        JavaProgram.Result result = starts(containment).launcher(without("clone3")).run();
        String expected = containment == Containment.STRICTEST ? "CGROUP" : containment.name();
        assertTrue(result.out().startsWith("reason none\nstarted " + expected + " "), result.out() + result.err());
    }

    @ParameterizedTest
    @EnumSource(names = {"MARKED", "CGROUP"})
    void withoutPidfdsItIsRefused(Containment containment) {
        JavaProgram.Result result = starts(containment)
                .launcher(without("clone3", "clone_pidfd", "pidfd_open", "pidfd_send_signal", "waitid_pidfd")).run();
        assertRefused(result, containment, "pidfds");
    }

    private static void assertRefused(JavaProgram.Result result, Containment containment, String why) {
        List<String> lines = result.out().lines().toList();
        assertEquals(2, lines.size(), result.out() + result.err());
        assertTrue(lines.get(0).contains(why), lines.get(0));
        assertTrue(lines.get(1).startsWith("containment: Cannot start process 'child': no containment " + containment),
                lines.get(1));
        assertTrue(lines.get(1).contains(why), lines.get(1));
    }

    @Test
    void aCgroupThatIsNotDelegatedIsRefused(@TempDir Path folder) throws Exception {
        requireAvailable(Containment.CGROUP);
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Path child = Files.copy(Path.of(Programs.helper("child")), folder.resolve("child"));
        JavaProgram.Result result = new JavaProgram(StartsContained.class, "CGROUP", child.toString())
                .asNobody(folder)
                .run();
        assertRefused(result, Containment.CGROUP, "is not delegated to its user");
        result = new JavaProgram(StartsContained.class, "STRICTEST", child.toString()).asNobody(folder).run();
        assertTrue(result.out().contains("started MARKED "), result.out() + result.err());
    }

    @Test
    void aReadOnlyCgroupFileSystemIsRefused() {
        requireAvailable(Containment.CGROUP);
        JavaProgram.Result result = starts(Containment.CGROUP).launcher(
                "unshare", "-m", "sh", "-c",
                "for m in $(grep ' cgroup2 ' /proc/self/mounts | cut -d' ' -f2); do mount -o remount,ro,bind $m; done;"
                        + " exec \"$@\"", "sh").run();
        assertRefused(result, Containment.CGROUP, "mounted read-only");
    }

    @ParameterizedTest
    @EnumSource(names = {"CGROUP", "STRICTEST"})
    void aCgroupBesideAThreadedOneIsRefused(Containment containment) throws Exception {
        requireAvailable(Containment.CGROUP);
        ManagedProcess process =
                ManagedProcess.builder(child("pause")).containment(Containment.CGROUP).start();
        Path parent = leaves().get(0).resolveSibling("threads-" + process.pid());
        process.kill();
        Path threaded = Files.createDirectories(parent.resolve("threaded"));
        try {
            Files.writeString(threaded.resolve("cgroup.type"), "threaded");
            JavaProgram.Result result = starts(containment).launcher(
                    "sh", "-c", "echo $$ > " + parent + "/cgroup.procs; exec \"$@\"", "sh").run();
            if (containment == Containment.CGROUP) {
                assertRefused(result, containment, "threaded");
            } else {
                assertTrue(result.out().contains("started MARKED "), result.out() + result.err());
            }
        } finally {
            Files.delete(threaded);
            await("nobody is in it", () -> parent.toFile().delete());
        }
    }

    @Test
    void aCgroupThatMayHaveNoneBelowItIsRefused() throws Exception {
        requireAvailable(Containment.CGROUP);
        ManagedProcess process =
                ManagedProcess.builder(child("pause")).containment(Containment.CGROUP).start();
        Path parent = leaves().get(0).resolveSibling("limited-" + process.pid());
        process.kill();
        Files.createDirectory(parent);
        try {
            Files.writeString(parent.resolve("cgroup.max.depth"), "0");
            JavaProgram.Result result = starts(Containment.CGROUP).launcher(
                    "sh", "-c", "echo $$ > " + parent + "/cgroup.procs; exec \"$@\"", "sh").run();
            assertRefused(result, Containment.CGROUP, "cgroup.max.depth");
        } finally {
            await("nobody is in it", () -> parent.toFile().delete());
        }
    }

    @Test
    void aCgroupThatAnotherMountHidesIsNotUsed() {
        requireAvailable(Containment.CGROUP);
        JavaProgram.Result result = starts(Containment.CGROUP).launcher(
                "unshare", "-m", "sh", "-c",
                "own=$(grep ^0:: /proc/self/cgroup | cut -d: -f3);"
                        + " for m in $(grep ' cgroup2 ' /proc/self/mounts | cut -d' ' -f2);"
                        + " do mount -t tmpfs none $m && mkdir -p $m$own; done; exec \"$@\"", "sh").run();
        assertRefused(result, Containment.CGROUP, "in no mounted cgroup v2 file system");
    }

    @Test
    void aHostWithCgroupV1AloneIsRefused() {
        requireAvailable(Containment.CGROUP);
        JavaProgram.Result result = starts(Containment.CGROUP).launcher(
                "unshare", "-m", "sh", "-c",
                "for m in $(grep ' cgroup2 ' /proc/self/mounts | cut -d' ' -f2); do umount $m; done; exec \"$@\"",
                "sh").run();
        assertRefused(result, Containment.CGROUP, "cgroup v2");
    }

    @Test
    void whatADeadJvmHasLeftEmptyIsRemovedByTheNext() throws Exception {
        requireAvailable(Containment.CGROUP);
        JavaProgram.Result left = starts(Containment.CGROUP, "halt").run();
        String[] words = left.out().lines().toList().getLast().split(" ");
        long pid = Long.parseLong(words[2]);
        String cgroup = Files.readAllLines(Path.of("/proc/" + pid + "/cgroup")).getLast();
        String leaf = cgroup.substring(cgroup.lastIndexOf('/') + 1);
        starts(Containment.CGROUP).run();
        assertEquals(1, leaves("-.*").stream().filter(path -> path.endsWith(leaf)).count());
        end(pid);
        starts(Containment.CGROUP).run();
        assertEquals(0, leaves("-.*").stream().filter(path -> path.endsWith(leaf)).count());
    }

    /** A mark needs them, and so does a report that names processes outside of the group. */
    private static void requirePidfds() {
        requireAvailable(Containment.MARKED);
    }

    private static void requireAvailable(Containment containment) {
        Optional<String> reason = Containment.available().reason(containment);
        assumeTrue(reason.isEmpty(), () -> reason.get());
    }

    /** The cgroups that this JVM has made and not removed. */
    private static List<Path> leaves() {
        return leaves("-" + ProcessHandle.current().pid() + "-");
    }

    private static List<Path> leaves(String owner) {
        try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
            return mounts.filter(line -> line.contains(" - cgroup2 "))
                    .flatMap(line -> below(Path.of(line.split(" ")[4])))
                    .filter(path -> path.getFileName().toString().matches("lastcall-.*" + owner + ".*"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Directories come and go. */
    private static Stream<Path> below(Path folder) {
        try (Stream<Path> inside = Files.list(folder)) {
            List<Path> folders = inside.filter(Files::isDirectory).toList();
            return Stream.concat(folders.stream(), folders.stream().flatMap(ContainmentTest::below));
        } catch (IOException gone) {
            return Stream.empty();
        }
    }

    @Test
    void theKillModeOfTheLeaderAloneGoesWithTheGroupAlone() {
        ManagedProcess.Builder builder = ManagedProcess.builder(child("pause")).killMode(KillMode.LEADER);
        for (Containment containment : List.of(Containment.MARKED, Containment.CGROUP, Containment.STRICTEST)) {
            SpawnException refused =
                    assertThrows(SpawnException.class, () -> builder.containment(containment).start());
            assertTrue(refused.getMessage().contains("no containment " + containment + ": "), refused.getMessage());
        }
    }

    @Test
    void theGroupIsAlwaysAvailableAndTheRestHasAReason() {
        Containment.Availability availability = Containment.available();
        assertTrue(availability.available().containsAll(List.of(Containment.GROUP, Containment.STRICTEST)));
        for (Containment containment : Containment.values()) {
            assertEquals(
                    availability.available().contains(containment), availability.reason(containment).isEmpty());
        }
        assertFalse(availability.toString().isBlank());
        assertEquals(Containment.available(), availability);
    }
}
