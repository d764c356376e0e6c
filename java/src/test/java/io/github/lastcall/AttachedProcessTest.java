package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A process that is not our child: its parent is another program, which the JDK has started. */
@ExtendWith(LeaksNothing.class)
@Timeout(60)
class AttachedProcessTest {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final GracefulShutdown PATIENT = GracefulShutdown.of(LONG);

    /** A parent that is being waited for, and its child. */
    private record Family(Process parent, long pid) implements AutoCloseable {

        void go() throws IOException {
            parent.outputWriter().append('\n').flush();
        }

        @Override
        public void close() throws Exception {
            Programs.signal(pid, "KILL");
            parent.destroyForcibly().waitFor();
            parent.inputReader().close();
            parent.errorReader().close();
            parent.outputWriter().close();
            Programs.awaitGone(pid);
        }
    }

    /** The parent reaps its child at once. */
    private static Family start(String... steps) throws IOException {
        return startThen("wait", steps);
    }

    private static Family startThen(String then, String... steps) throws IOException {
        List<String> all = new ArrayList<>(List.of("fork"));
        all.addAll(List.of(steps));
        all.addAll(List.of("end", then));
        Process parent = Programs.child(all.toArray(String[]::new))
                .redirectError(ProcessBuilder.Redirect.PIPE)
                .start();
        return new Family(parent, Long.parseLong(Programs.readLine(parent.getInputStream()).split(" ")[0]));
    }

    /** Linux 6.15 reports the status, and a sandbox may not. */
    private static boolean isStatusReported() throws Exception {
        try (Family family = start("print-ids", "read-line", "exit", "3");
                AttachedProcess process = AttachedProcess.attach(family.pid())) {
            family.go();
            return process.waitForExit(LONG).orElseThrow() instanceof ExitStatus.Exited;
        }
    }

    private static void assertStatus(ExitStatus wanted, ExitStatus got) throws Exception {
        if (got instanceof ExitStatus.Unknown unknown) {
            assertEquals("this system reports the status of a process to its parent only", unknown.reason());
            assertFalse(isStatusReported());
        } else {
            assertEquals(wanted, got);
        }
    }

    @BeforeEach
    void requirePidfds() throws Exception {
        try (Family family = start("print-ids", "pause")) {
            AttachedProcess.attach(family.pid()).close();
        } catch (OsException e) {
            Assumptions.abort("no pidfds: " + e.getMessage());
        }
    }

    @Test
    void exitIsSeenWithItsStatus() throws Exception {
        try (Family family = start("print-ids", "read-line", "exit", "7");
                AttachedProcess process = AttachedProcess.attach(family.pid())) {
            assertEquals(family.pid(), process.pid());
            assertEquals("child", process.name());
            assertTrue(process.isAlive());
            assertEquals(Optional.empty(), process.waitForExit(Duration.ZERO));
            CompletableFuture<ExitStatus> exit = process.onExit();
            family.go();
            assertStatus(new ExitStatus.Exited(7), process.waitForExit(LONG).orElseThrow());
            assertStatus(new ExitStatus.Exited(7), exit.get(20, TimeUnit.SECONDS));
            assertFalse(process.isAlive());
        }
    }

    @Test
    void manyWaitersOfBothKindsOfThreadsSeeIt() throws Exception {
        try (Family family = start("print-ids", "read-line", "exit", "7");
                AttachedProcess process = AttachedProcess.attach(family.pid());
                ExecutorService platform = Executors.newCachedThreadPool();
                ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<ExitStatus>> waiters = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                waiters.add((i % 2 == 0 ? platform : virtual).submit(() -> process.waitForExit(LONG).orElseThrow()));
            }
            family.go();
            for (Future<ExitStatus> waiter : waiters) {
                assertStatus(new ExitStatus.Exited(7), waiter.get());
            }
        }
    }

    @Test
    void terminateSendsTheSignalOfThePolicy() throws Exception {
        try (Family family = start("handle", "SIGTERM", "exit:9", "print-ids", "pause");
                AttachedProcess process = AttachedProcess.attach(family.pid())) {
            TerminationReport report = process.terminate(PATIENT);
            assertEquals(Optional.of("SIGTERM"), report.endedBy());
            assertEquals(family.pid(), report.pid());
            assertStatus(new ExitStatus.Exited(9), report.exitStatus());
            assertTrue(report.elapsed().compareTo(LONG) < 0, report::toString);
        }
    }

    /** It has no input to close, and no ManagedProcess for a call. */
    @Test
    void stepsOfThePolicyThatNeedAChildAreLeftOut() throws Exception {
        GracefulShutdown policy = GracefulShutdown.builder()
                .closeInput(Duration.ofMillis(10))
                .call("never", process -> System.exit(1), LONG)
                .run(List.of("sh", "-c", "kill -USR1 $LASTCALL_PID"), LONG)
                .unixSigterm(LONG)
                .windowsCtrlBreak(LONG)
                .build();
        try (Family family = start("handle", "SIGUSR1", "exit:4", "print-ids", "pause");
                AttachedProcess process = AttachedProcess.attach(family.pid())) {
            TerminationReport report = process.terminate(policy);
            assertStatus(new ExitStatus.Exited(4), report.exitStatus());
            assertTrue(report.attempts().toString().contains("call:never, because it is for a child of this JVM"),
                    report::toString);
        }
    }

    @Test
    void terminateEscalates() throws Exception {
        try (Family family = start("ignore", "SIGTERM", "print-ids", "pause");
                AttachedProcess process = AttachedProcess.attach(family.pid())) {
            TerminationReport report = process.terminate(GracefulShutdown.of(Duration.ofMillis(100)));
            assertEquals(Optional.of("SIGKILL"), report.endedBy());
            assertTrue(report.forced());
            assertFalse(Programs.isRunning(family.pid()));
        }
    }

    @Test
    void oneThatIsStoppedCanBeTerminatedAndKilled() throws Exception {
        try (Family one = start("print-ids", "pause");
                Family other = start("print-ids", "pause");
                AttachedProcess terminated = AttachedProcess.attach(one.pid());
                AttachedProcess killed = AttachedProcess.attach(other.pid())) {
            for (AttachedProcess process : List.of(terminated, killed)) {
                process.sendSignal(UnixSignal.SIGSTOP);
                Programs.await("it has stopped", () -> Programs.state(process.pid()).equals(Optional.of('T')));
            }
            assertEquals(Optional.of("SIGTERM"), terminated.terminate(PATIENT).endedBy());
            assertStatus(new ExitStatus.Signaled(9, Optional.of(UnixSignal.SIGKILL), false), killed.kill());
        }
    }

    @Test
    void groupIsLeftAloneUnlessAskedFor() throws Exception {
        try (Family family = start("new-group", "fork", "pause", "end", "print-ids", "pause");
                AttachedProcess process = AttachedProcess.attach(family.pid())) {
            long member = ProcessHandle.of(family.pid()).orElseThrow().children().findFirst().orElseThrow().pid();
            process.terminate(PATIENT);
            assertTrue(Programs.isRunning(member));
            Programs.signal(member, "KILL");
            Programs.awaitGone(member);
        }
    }

    @Test
    void attachedGroupIsStoppedAsAWhole() throws Exception {
        try (Family family = start(
                "new-group", "ignore", "SIGTERM", "fork", "pause", "end", "default", "SIGTERM", "print-ids", "pause")) {
            long member = ProcessHandle.of(family.pid()).orElseThrow().children().findFirst().orElseThrow().pid();
            try (AttachedProcess process = AttachedProcess.attachGroup(family.pid())) {
                TerminationReport report = process.terminate(GracefulShutdown.of(Duration.ofMillis(500)));
                assertFalse(Programs.isRunning(member));
                assertEquals(List.of(member), report.stragglers().stream().map(Survivor::pid).toList());
                assertEquals(Optional.of("SIGKILL"), report.endedBy());
            } catch (OsException e) {
                Programs.signal(member, "KILL");
                Assumptions.abort("no groups by pidfd: " + e.getMessage());
            }
        }
    }

    @Test
    void oneThatLeadsNoGroupIsRefusedAsOne() throws Exception {
        try (Family family = start("print-ids", "pause")) {
            OsException refused = assertThrows(OsException.class, () -> AttachedProcess.attachGroup(family.pid()));
            String why = "ESRCH (3): process " + family.pid() + " leads no process group";
            assertTrue(refused.getMessage().equals(why) || refused.code() == 0, refused::getMessage);
        }
    }

    @Test
    void whatIsNoProcessIsRefused() throws Exception {
        for (long pid : new long[] {Long.MIN_VALUE, -1, 0, 1, ProcessHandle.current().pid()}) {
            Exception refused = assertThrows(IllegalArgumentException.class, () -> AttachedProcess.attach(pid));
            assertTrue(refused.getMessage().contains(Long.toString(pid)), refused::getMessage);
        }
        assertThrows(IllegalArgumentException.class, () -> AttachedProcess.attach(Long.MAX_VALUE));
        Process ended = Programs.child("exit", "0").start();
        ended.waitFor();
        Programs.await("the JDK has let it go", () -> ProcessHandle.of(ended.pid()).isEmpty());
        OsException none = assertThrows(OsException.class, () -> AttachedProcess.attach(ended.pid()));
        assertEquals("ESRCH (3): process " + ended.pid() + " does not exist", none.getMessage());
    }

    @Test
    void threadIsRefused() throws Exception {
        Process parent = Programs.child("thread", "pause", "end", "ready", "pause").start();
        try {
            Programs.awaitReady(parent);
            for (String id : new File("/proc/" + parent.pid() + "/task").list()) {
                if (!id.equals(Long.toString(parent.pid()))) {
                    assertThrows(OsException.class, () -> AttachedProcess.attach(Long.parseLong(id)));
                }
            }
        } finally {
            parent.destroyForcibly().waitFor();
        }
    }

    @Test
    void childOfThisLibraryIsRefusedWhileItRuns() throws Exception {
        try (ManagedProcess child = ManagedProcess.builder(Programs.child("pause")).start()) {
            String message = assertThrows(IllegalArgumentException.class, () -> AttachedProcess.attach(child.pid()))
                    .getMessage();
            assertTrue(message.contains("ManagedProcess"), message);
            child.kill();
        }
    }

    /** The JDK has to get the status of its own child. */
    @Test
    void childOfTheJdkCanBeAttachedToAndIsLeftForItToReap() throws Exception {
        Process child = Programs.child("handle", "SIGTERM", "exit:9", "ready", "pause").start();
        Programs.awaitReady(child);
        try (AttachedProcess process = AttachedProcess.attach(child.pid())) {
            assertStatus(new ExitStatus.Exited(9), process.terminate(PATIENT).exitStatus());
            assertEquals(9, child.waitFor());
        }
    }

    @Test
    void exitIsSeenThoughTheParentDoesNotCollectIt() throws Exception {
        try (Family family = startThen("pause", "print-ids", "read-line", "exit", "7");
                AttachedProcess process = AttachedProcess.attach(family.pid())) {
            CompletableFuture<ExitStatus> exit = process.onExit();
            family.go();
            ExitStatus status = process.waitForExit(LONG).orElseThrow();
            assertInstanceOf(ExitStatus.Unknown.class, status);
            assertEquals(status, exit.get(20, TimeUnit.SECONDS));
            assertFalse(process.isAlive());
            assertEquals(Optional.of('Z'), Programs.state(family.pid()));
            assertEquals(Optional.empty(), process.terminate(PATIENT).endedBy());
        }
    }

    /** After the pid was reused, a handle that was attached to the first process does not reach the second. */
    @Test
    void nothingIsSentAfterTheExit() throws Exception {
        try (Family family = start("print-ids", "read-line", "exit", "7");
                AttachedProcess process = AttachedProcess.attach(family.pid())) {
            family.go();
            process.waitForExit(LONG).orElseThrow();
            process.sendSignal(UnixSignal.SIGKILL);
            assertEquals(Optional.empty(), process.terminate(PATIENT).endedBy());
            assertStatus(new ExitStatus.Exited(7), process.kill());
        }
    }

    @Test
    void closeLeavesItRunningAndEndsWhatIsPending() throws Exception {
        try (Family family = start("print-ids", "pause");
                ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
            AttachedProcess process = AttachedProcess.attach(family.pid());
            CompletableFuture<ExitStatus> exit = process.onExit();
            Future<Optional<ExitStatus>> waiter = virtual.submit(() -> process.waitForExit(LONG));
            process.close();
            process.close();
            assertInstanceOf(IOException.class, assertThrows(ExecutionException.class, exit::get).getCause());
            Throwable cause = assertThrows(ExecutionException.class, waiter::get).getCause();
            assertTrue(cause instanceof IOException || cause instanceof IllegalStateException, cause::toString);
            assertThrows(IllegalStateException.class, process::isAlive);
            assertThrows(IllegalStateException.class, process::kill);
            assertTrue(Programs.isRunning(family.pid()));
            Programs.await("the pidfd is closed", () -> !hasPidfdOf(family.pid()));
        }
    }

    private static boolean hasPidfdOf(long pid) {
        File[] descriptors = new File("/proc/self/fdinfo").listFiles();
        for (File descriptor : descriptors) {
            try {
                if (Files.readString(descriptor.toPath()).contains("Pid:\t" + pid + "\n")) {
                    return true;
                }
            } catch (IOException closed) {
                // It was closed meanwhile.
            }
        }
        return false;
    }

    @Test
    void closeLetsAStopUnderWayEnd() throws Exception {
        try (Family family = start("ignore", "SIGTERM", "handle", "SIGUSR1", "exit:5", "print-ids", "pause");
                ExecutorService threads = Executors.newCachedThreadPool()) {
            AttachedProcess process = AttachedProcess.attach(family.pid());
            Future<TerminationReport> stop = threads.submit(() -> process.terminate(PATIENT));
            Programs.await("the stop has begun", () -> hasBegun(family.pid()));
            process.close();
            Programs.signal(family.pid(), "USR1");
            assertStatus(new ExitStatus.Exited(5), stop.get().exitStatus());
        }
    }

    /** SIGTERM is ignored, so nothing shows that the stop has begun; it begins a moment after its thread. */
    private static boolean hasBegun(long pid) {
        return Thread.getAllStackTraces().values().stream()
                .anyMatch(trace -> List.of(trace).toString().contains("AttachedProcess.terminate")
                        && List.of(trace).toString().contains("await"));
    }

    @Test
    void handleThatIsLostIsClosed() throws Exception {
        try (Family family = start("print-ids", "pause")) {
            AttachedProcess.attach(family.pid());
            Programs.await("the pidfd is closed", () -> {
                System.gc();
                return !hasPidfdOf(family.pid());
            });
            assertTrue(Programs.isRunning(family.pid()));
        }
    }

    @Test
    void interruptEndsAWait() throws Exception {
        try (Family family = start("print-ids", "pause");
                AttachedProcess process = AttachedProcess.attach(family.pid())) {
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> process.waitForExit(LONG));
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, () -> process.terminate(PATIENT));
            assertTrue(Programs.isRunning(family.pid()));
        }
    }
}
