package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.ProcessTable;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.StartsAndStops;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What happens to children when their JVM is killed. The system property {@value #TIMES} says how often the test of all
 * kinds of children is repeated, and {@value #JVMS} how many JVMs are killed at any moment.
 */
@ExtendWith(LeaksNothing.class)
@Timeout(3_600)
class GuardianTest extends GuardedJvms {

    private static final String TIMES = "lastcall.guardian.times";
    private static final String JVMS = "lastcall.guardian.jvms";

    /** Its index in /proc/PID/stat of a process without a space in its name. */
    private static final int SESSION = 5;

    private static final Pattern PID = Pattern.compile("(?m)^Pid:\\t(\\d+)$");

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void everyKindOfChildIsStoppedByItsPolicy(boolean byNumber) {
        for (int i = 0; i < Integer.getInteger(TIMES, 1); i++) {
            Process jvm = jvm(byNumber ? programWithNumbers() : program());
            Set<Long> polite = new TreeSet<>();
            for (String kind : List.of("polite", "bash", "stopped")) {
                polite.addAll(start(jvm, kind, 10));
            }
            polite.addAll(start(jvm, "python", 2));
            Set<Long> all = new TreeSet<>(polite);
            // Without pidfds of groups the members of a leader that has just ended may be missed: another test has that
            // case.
            List<String> kinds = byNumber
                    ? List.of("stubborn", "forking")
                    : List.of("stubborn", "forking", "leaderless");
            for (String kind : kinds) {
                all.addAll(start(jvm, kind, 6));
            }
            killJvm(jvm);
            long begun = System.nanoTime();
            awaitGone(all);
            long took = System.nanoTime() - begun;
            requireSaved(polite);
            awaitNoGuardian(jvm);
            // Ten times the bound of the policy and 1 s: the machine may be busy.
            assertTrue(took < 10 * 5_100_000_000L, took + " ns");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"polite", "bash", "python", "node", "stopped", "scope", "leader", "mixed"})
    void aHandlerRunsToItsEnd(String kind) {
        Assumptions.assumeTrue(
                !kind.equals("node") || Files.isExecutable(Path.of("/usr/bin/node")), "there is no /usr/bin/node");
        Process jvm = jvm();
        Set<Long> pids = start(jvm, kind, 1);
        killJvm(jvm);
        awaitGone(kind.equals("leader") ? Set.of() : pids);
        pids.forEach(Programs::awaitGone);
        requireSaved(pids);
        awaitNoGuardian(jvm);
    }

    /**
     * At the end of the JVM such a leader is reaped; then only members that were found before pin the number of the
     * group.
     */
    @Test
    void membersOfALeaderThatEndedLongBeforeAreKnownByNumbersToo() {
        Process jvm = jvm(programWithNumbers());
        Set<Long> pids = start(jvm, "leaderless", 3);
        long guardian = guardian(jvm);
        Set<Long> members = running(pids);
        assertEquals(3, members.size());
        Programs.await("the guardian has found the members", () -> known(guardian).containsAll(members));
        killJvm(jvm);
        awaitGone(pids);
        awaitNoGuardian(jvm);
    }

    /** A shell continues when its command ends: it could start another one, which no scan finds. */
    @Test
    void aLeaderKnownByNumberGetsTheSignalBeforeItsMembers() {
        Process jvm = jvm(programWithNumbers());
        Set<Long> pids = start(jvm, "restarting", 40);
        killJvm(jvm);
        awaitEnd(pids);
        awaitNoGuardian(jvm);
    }

    /** The processes of which it has a pidfd. */
    private static Set<Long> known(long guardian) {
        Set<Long> known = new TreeSet<>();
        for (String file : new File("/proc/" + guardian + "/fdinfo").list()) {
            Matcher pid = PID.matcher(read(guardian, "fdinfo/" + file));
            if (pid.find()) {
                known.add(Long.valueOf(pid.group(1)));
            }
        }
        return known;
    }

    @Test
    void aPipeThatOnlyAMemberHasIsReadToo() {
        Process jvm = jvm();
        Set<Long> pids = start(jvm, "quiet", 1);
        killJvm(jvm);
        awaitGone(pids);
        assertEquals(1, saved().size());
    }

    @Test
    void aCommandOfThePolicyIsRun() throws IOException {
        Process jvm = jvm();
        Set<Long> pids = start(jvm, "command", 1);
        killJvm(jvm);
        awaitEnd(pids);
        awaitNoGuardian(jvm);
        assertEquals(Path.of("").toRealPath().toString(), Files.readString(folder.resolve("0")).strip());
        String variable = "LASTCALL_PID=" + pids.iterator().next() + "\0";
        Programs.await("the command has ended", () -> ProcessTable.look().stream()
                .noneMatch(seen -> seen.isAlive() && read(seen.pid(), "environ").contains(variable)));
    }

    @Test
    void aMemberOutsideOfTheGroupIsStoppedInItsCgroup() throws IOException {
        Programs.assumeAvailable(Containment.CGROUP);
        Process jvm = jvm();
        Set<Long> pids = start(jvm, "cgroup", 1);
        Path cgroup = cgroup(pids.iterator().next());
        killJvm(jvm);
        awaitGone(pids);
        awaitNoGuardian(jvm);
        pids.add(0L);
        requireSaved(pids);
        assertFalse(Files.exists(cgroup), cgroup.toString());
    }

    @ParameterizedTest
    @CsvSource({"marked, MARKED", "marked-daemon, MARKED", "cleared, MARKED", "cgroup-daemon, CGROUP"})
    void aMemberOutsideOfTheGroupRunsItsHandlerToTheEnd(String kind, Containment containment) {
        Programs.assumeAvailable(containment);
        Process jvm = jvm();
        Set<Long> pids = start(jvm, kind, 2);
        killJvm(jvm);
        awaitNoGuardian(jvm);
        assertEquals(Set.of(), running(pids));
        Set<Long> members = saved();
        members.removeAll(pids);
        assertEquals(2, members.size(), members.toString());
    }

    /** Before the end of the JVM such a guardian looks for members in the group only. */
    @ParameterizedTest
    @CsvSource({"marked-daemon, MARKED", "cgroup-daemon, CGROUP"})
    void aMemberOutsideOfAnEmptyGroupIsStoppedByNumbersToo(String kind, Containment containment) {
        Programs.assumeAvailable(containment);
        Process jvm = jvm(programWithNumbers());
        Set<Long> pids = start(jvm, kind, 1);
        Set<Long> leaderless = start(jvm, "leaderless", 1);
        long guardian = guardian(jvm);
        Programs.await("it has looked", () -> known(guardian).containsAll(running(leaderless)));
        killJvm(jvm);
        awaitNoGuardian(jvm);
        Set<Long> members = saved();
        members.removeAll(pids);
        assertEquals(1, members.size(), members.toString());
    }

    @Test
    void aLeaderThatHasLeftItsCgroupIsStopped() throws IOException {
        Programs.assumeAvailable(Containment.CGROUP);
        Process jvm = jvm();
        Set<Long> pids = start(jvm, "cgroup-alone", 1);
        long pid = pids.iterator().next();
        Path cgroup = cgroup(pid);
        Files.writeString(cgroup.resolveSibling("cgroup.procs"), String.valueOf(pid));
        killJvm(jvm);
        awaitGone(pids);
        awaitNoGuardian(jvm);
        assertFalse(Files.exists(cgroup), cgroup.toString());
    }

    @Test
    void cgroupsThatWereMadeInItsCgroupAreRemovedToo() throws IOException {
        Programs.assumeAvailable(Containment.CGROUP);
        Process jvm = jvm();
        Set<Long> pids = start(jvm, "cgroup", 1);
        Path cgroup = cgroup(pids.iterator().next());
        Files.createDirectories(cgroup.resolve("below/deeper"));
        killJvm(jvm);
        awaitNoGuardian(jvm);
        assertFalse(Files.exists(cgroup), cgroup.toString());
    }

    @Test
    void theCgroupOfAStartThatWasNotFinishedIsRemoved() throws IOException {
        Programs.assumeAvailable(Containment.CGROUP);
        Process jvm = jvm();
        Path cgroup = cgroup(start(jvm, "cgroup-alone", 1).iterator().next());
        Path other = cgroup.resolveSibling(cgroup.getFileName() + "0");
        Path stranger = cgroup.resolveSibling("lastcall-1-1-1-1");
        Files.createDirectory(other);
        Files.createDirectory(stranger);
        killJvm(jvm);
        awaitNoGuardian(jvm);
        Files.delete(stranger);
        assertFalse(Files.exists(other), other.toString());
    }

    /** Its JVM may be killed between the freeze and the thaw. */
    @Test
    void aFrozenCgroupIsThawedFirst() throws IOException {
        Programs.assumeAvailable(Containment.CGROUP);
        Process jvm = jvm();
        Set<Long> pids = start(jvm, "cgroup", 1);
        Path cgroup = cgroup(pids.iterator().next());
        Files.writeString(cgroup.resolve("cgroup.freeze"), "1");
        Programs.await("it is frozen", () -> contains(cgroup.resolve("cgroup.events"), "frozen 1"));
        killJvm(jvm);
        awaitGone(pids);
        awaitNoGuardian(jvm);
        pids.add(0L);
        requireSaved(pids);
    }

    private static boolean contains(Path file, String text) {
        try {
            return Files.readString(file).contains(text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path cgroup(long pid) throws IOException {
        String own = Files.readAllLines(Path.of("/proc/" + pid + "/cgroup")).stream()
                .filter(line -> line.startsWith("0::"))
                .findFirst()
                .orElseThrow()
                .substring("0::".length());
        for (String line : Files.readAllLines(Path.of("/proc/self/mountinfo"))) {
            Path directory = Path.of(line.split(" ")[4] + own);
            if (line.contains(" - cgroup2 ") && Files.isDirectory(directory)) {
                return directory;
            }
        }
        throw new AssertionError("no directory of the cgroup " + own);
    }

    @Test
    void whatMayOutliveTheJvmDoes() {
        Process jvm = jvm();
        Set<Long> pids = start(jvm, "polite", 2);
        assertEquals("done", ask(jvm, "disarm"));
        killJvm(jvm);
        awaitNoGuardian(jvm);
        requireRunningAndKill(pids);
    }

    @Test
    void whatIsArmedAgainDoesNot() {
        Process jvm = jvm();
        Set<Long> pids = start(jvm, "polite", 2);
        ask(jvm, "disarm");
        ask(jvm, "arm");
        killJvm(jvm);
        awaitEnd(pids);
    }

    @Test
    void aStopThatIsUnderWayGoesOn() {
        Process jvm = jvm();
        Set<Long> pids = start(jvm, "stubborn", 2);
        ask(jvm, "terminate");
        killJvm(jvm);
        awaitGone(pids);
    }

    @Test
    void aStepThatIsOverIsNotRepeated() throws IOException {
        Process jvm = jvm();
        Set<Long> pids = start(jvm, "steps", 1);
        ask(jvm, "steps");
        Path steps = folder.resolve("0");
        Programs.await("the second step has begun", () -> Files.exists(steps) && contains(steps, "second"));
        killJvm(jvm);
        awaitGone(pids);
        awaitNoGuardian(jvm);
        assertEquals(List.of("first", "second", "second"), Files.readAllLines(steps));
    }

    @Test
    void aStoppedJvmIsNotDead() throws Exception {
        Process jvm = jvm();
        Set<Long> pids = start(jvm, "polite", 2);
        Programs.signal(jvm.pid(), "STOP");
        Programs.await("it is stopped", () -> Programs.state(jvm.pid()).equals(Optional.of('T')));
        // No event shows that nothing happens.
        Thread.sleep(1_500);
        assertTrue(running(pids).containsAll(pids));
        assertEquals(Set.of(), saved());
        Programs.signal(jvm.pid(), "CONT");
        assertEquals("done", ask(jvm, "arm"));
        killJvm(jvm);
        awaitEnd(pids);
    }

    @Test
    void anOrderlyExitFollowsThePolicyAndEndsTheGuardian() throws Exception {
        Process jvm = jvm();
        Set<Long> pids = start(jvm, "polite", 2);
        jvm.getOutputStream().write("exit\n".getBytes(StandardCharsets.US_ASCII));
        jvm.getOutputStream().flush();
        assertEquals(0, jvm.waitFor());
        assertEquals(Set.of(), running(pids));
        requireSaved(pids);
        awaitNoGuardian(jvm);
    }

    @Test
    void aReleaseEndsTheGuardian() {
        Process jvm = jvm();
        Set<Long> pids = start(jvm, "polite", 1);
        assertEquals("done", ask(jvm, "release"));
        requireSaved(pids);
        awaitNoGuardian(jvm);
        Set<Long> more = start(jvm, "polite", 1);
        killJvm(jvm);
        awaitEnd(more);
    }

    @Test
    void aKilledGuardianIsReplaced() {
        Process jvm = jvm();
        Set<Long> pids = start(jvm, "polite", 3);
        for (int i = 0; i < 3; i++) {
            long first = guardian(jvm);
            Programs.signal(first, "KILL");
            Programs.await("there is another one", () -> guardians(jvm.pid()).stream().anyMatch(pid -> pid != first));
        }
        // The JVM registers the living processes after the new guardian has started.
        pids.addAll(start(jvm, "polite", 1));
        killJvm(jvm);
        awaitEnd(pids);
        awaitNoGuardian(jvm);
    }

    @Test
    void aStoppedGuardianBlocksNoStart() {
        Process jvm = jvm();
        Set<Long> polite = start(jvm, "polite", 1);
        Set<Long> pids = new TreeSet<>(polite);
        long first = guardian(jvm);
        Programs.signal(first, "STOP");
        try {
            pids.addAll(start(jvm, "stubborn", 400));
            Set<Long> guardians = guardians(jvm.pid());
            assertEquals(2, guardians.size(), guardians.toString());
        } finally {
            Programs.signal(first, "CONT");
        }
        Programs.await("it has ended", () -> guardians(jvm.pid()).size() == 1);
        assertNotEquals(first, guardian(jvm));
        killJvm(jvm);
        awaitGone(pids);
        requireSaved(polite);
        awaitNoGuardian(jvm);
    }

    @Test
    void twoJvmsHaveTwo() {
        Process one = jvm();
        Process other = jvm();
        Set<Long> ofOne = start(one, "polite", 1);
        Set<Long> ofOther = start(other, "polite", 1);
        assertNotEquals(guardian(one), guardian(other));
        killJvm(one);
        awaitGone(ofOne);
        assertTrue(running(ofOther).containsAll(ofOther));
        killJvm(other);
        awaitGone(ofOther);
    }

    @Test
    void theGuardianIsNoDescendantAndHasASessionOfItsOwn() throws IOException {
        Process jvm = jvm();
        start(jvm, "polite", 1);
        long guardian = guardian(jvm);
        assertFalse(ProcessHandle.of(jvm.pid()).orElseThrow().descendants().anyMatch(one -> one.pid() == guardian));
        assertEquals("/", Files.readSymbolicLink(Path.of("/proc/" + guardian + "/cwd")).toString());
        assertEquals("lastcall-guard", Files.readString(Path.of("/proc/" + guardian + "/comm")).strip());
        String[] stat = read(guardian, "stat").split(" ");
        assertEquals(String.valueOf(guardian), stat[SESSION]);
        String status = Files.readString(Path.of("/proc/" + guardian + "/status"));
        long resident = Long.parseLong(status.replaceAll("(?s).*VmRSS:\\s*(\\d+) kB.*", "$1"));
        assertTrue(resident < 1024, resident + " KiB");
    }

    @Test
    void withoutStopWithJvmThereIsNoGuardian() {
        Path log = folder.resolveSibling(folder.getFileName() + ".log");
        Process jvm = jvm(program().options("-Xlog:class+load:file=" + log));
        Set<Long> pids = start(jvm, "plain", 1);
        assertEquals(Set.of(), guardians(jvm.pid()));
        killJvm(jvm);
        requireRunningAndKill(pids);
        try {
            List<String> loaded = Files.readAllLines(log).stream()
                    .filter(line -> line.contains("io.github.lastcall.") && line.contains("Guardian"))
                    .toList();
            assertEquals(List.of(), loaded);
            Files.delete(log);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aSystemPropertyRegistersEveryStart() {
        Process jvm = jvm(program().property("io.github.lastcall.stopWithJvm", "true"));
        Set<Long> pids = start(jvm, "plain", 1);
        guardian(jvm);
        killJvm(jvm);
        awaitEnd(pids);
    }

    @Test
    void withoutPidfdsAStartIsRefused() {
        Process jvm = jvm(program().property("io.github.lastcall.disable", "4"));
        String answer = ask(jvm, "start polite 1");
        assertTrue(answer.startsWith("refused guardian ") && answer.contains("with pidfds"), answer);
        assertEquals(Set.of(), guardians(jvm.pid()));
    }

    @Test
    void aGuardianThatIsNotThereIsNamed() {
        Process jvm = jvm(program().property("io.github.lastcall.guardian", "/nonexistent/guardian"));
        String answer = askForStart(jvm, "polite", 1);
        assertTrue(answer.startsWith("refused guardian ENOENT "), answer);
        String why = "property io.github.lastcall.guardian names \"/nonexistent/guardian\": ENOENT (2) in open";
        assertTrue(answer.contains(why), answer);
    }

    private Path install() throws IOException {
        Path installed = folder.resolveSibling(folder.getFileName() + ".guardian");
        try (var program = getClass().getResourceAsStream(
                "/io/github/lastcall/native/linux-x86_64/lastcall-guardian")) {
            Files.copy(program, installed);
        }
        installed.toFile().setExecutable(true);
        return installed;
    }

    @Test
    void oneThatIsInstalledIsRun() throws IOException {
        Path installed = install();
        try {
            Process jvm = jvm(program().property("io.github.lastcall.guardian", installed.toString()));
            Set<Long> pids = start(jvm, "polite", 1);
            assertEquals(installed, Files.readSymbolicLink(Path.of("/proc/" + guardian(jvm) + "/exe")));
            killJvm(jvm);
            awaitGone(pids);
            requireSaved(pids);
        } finally {
            Files.delete(installed);
        }
    }

    /** Each child would wait 1 s for the guardian that has ended, and all starts for them. */
    @Test
    void guardiansThatEndAtOnceDelayNoStart() throws IOException {
        Path installed = install();
        Path program = folder.resolveSibling(folder.getFileName() + ".program");
        Files.createSymbolicLink(program, installed);
        try {
            Process jvm = jvm(program().property("io.github.lastcall.guardian", program.toString()));
            Set<Long> pids = start(jvm, "polite", 60);
            link(program, Path.of(Programs.helper("short_guardian")));
            Programs.signal(guardian(jvm), "KILL");
            long begun = System.nanoTime();
            ask(jvm, "start stubborn 1");
            long took = System.nanoTime() - begun;
            assertTrue(took < 20_000_000_000L, took + " ns");
            link(program, installed);
            awaitKnown(jvm, pids);
            // The next one cannot be started either. No further start is needed until one can.
            link(program, folder.resolve("missing"));
            Programs.signal(guardian(jvm), "KILL");
            Programs.await("it has ended", () -> guardians(jvm.pid()).isEmpty());
            String answer = ask(jvm, "start polite 1");
            assertTrue(answer.startsWith("refused guardian ENOENT "), answer);
            link(program, installed);
            awaitKnown(jvm, pids);
            killJvm(jvm);
            awaitEnd(pids);
            awaitNoGuardian(jvm);
        } finally {
            Files.delete(installed);
            Files.delete(program);
        }
    }

    private static void awaitKnown(Process jvm, Set<Long> pids) {
        Programs.await("a guardian has all", () -> guardians(jvm.pid()).stream()
                .anyMatch(guardian -> known(guardian).containsAll(pids)));
    }

    private static void link(Path link, Path target) throws IOException {
        Path fresh = link.resolveSibling(link.getFileName() + ".new");
        Files.createSymbolicLink(fresh, target);
        Files.move(fresh, link, StandardCopyOption.ATOMIC_MOVE);
    }

    /** While its core is written it counts as running. */
    @Test
    void aJvmThatDumpsItsCoreHasNotEnded() throws IOException {
        Assumptions.assumeFalse(Files.readString(Path.of("/proc/sys/kernel/core_pattern")).startsWith("|"),
                "a program takes the cores here");
        Path cores = Files.createDirectory(folder.resolveSibling(folder.getFileName() + ".cores"));
        Process jvm = JavaProgram.start(program()
                .launcher("sh", "-c", "ulimit -c unlimited; exec \"$@\"", "sh")
                .builder()
                .directory(cores.toFile()));
        jvms.add(jvm);
        Set<Long> pids = start(jvm, "polite", 3);
        Programs.signal(jvm.pid(), "ABRT");
        Programs.await("a handler has run", () -> !saved().isEmpty());
        assertFalse(Programs.isRunning(jvm.pid()));
        awaitGone(pids);
        requireSaved(pids);
        awaitNoGuardian(jvm);
        for (File core : cores.toFile().listFiles()) {
            assertTrue(core.delete());
        }
        Files.delete(cores);
    }

    @Test
    void nothingIsLeftWhateverTheMoment() throws Exception {
        Random random = new Random();
        for (int i = 0; i < Integer.getInteger(JVMS, 3); i++) {
            Path files = Files.createDirectory(folder.resolve("jvm" + i));
            Process jvm = jvm(new JavaProgram(StartsAndStops.class, files.toString()));
            assertEquals("started", skipIfRefused(Programs.readLine(jvm.getInputStream())));
            // A random moment: nothing is waited for.
            Thread.sleep(random.nextInt(1_000));
            killJvm(jvm);
            awaitNoGuardian(jvm);
            Programs.await("all are gone", () -> inFolder(files).isEmpty());
            Set<String> up = named(files, "up.");
            up.removeAll(named(files, "bye."));
            assertEquals(Set.of(), up, "some were not asked, in the JVM number " + i);
        }
    }

    /** The guardians that were started with that folder in their environment. */
    private static Set<Long> inFolder(Path files) {
        Set<Long> found = new TreeSet<>();
        for (ProcessTable.Seen seen : ProcessTable.look()) {
            if (seen.isAlive() && read(seen.pid(), "environ").contains("LASTCALL_TEST_FOLDER=" + files + "\0")) {
                found.add(seen.pid());
            }
        }
        return found;
    }

    private static Set<String> named(Path files, String prefix) throws IOException {
        try (Stream<Path> all = Files.list(files)) {
            return all.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(prefix))
                    .map(name -> name.substring(prefix.length()))
                    .collect(Collectors.toCollection(TreeSet::new));
        }
    }

    /** To a file: the JDK would close a pipe as soon as the JVM has ended. */
    @Test
    void itSaysOneLine() throws IOException {
        Path errors = folder.resolveSibling(folder.getFileName() + ".errors");
        Process jvm = JavaProgram.start(program().builder().redirectError(errors.toFile()));
        jvms.add(jvm);
        Set<Long> pids = start(jvm, "polite", 3);
        killJvm(jvm);
        awaitGone(pids);
        awaitNoGuardian(jvm);
        assertEquals(
                "io.github.lastcall: the JVM (pid " + jvm.pid()
                        + ") has ended and left 3 processes, which are being stopped\n",
                Files.readString(errors));
        Files.delete(errors);
    }
}
