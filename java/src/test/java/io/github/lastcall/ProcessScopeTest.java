package io.github.lastcall;

import static io.github.lastcall.testing.LostProcesses.collectUntilGone;
import static io.github.lastcall.testing.LostProcesses.letTheGuardRun;
import static io.github.lastcall.testing.Programs.await;
import static io.github.lastcall.testing.Programs.awaitGone;
import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static io.github.lastcall.testing.Programs.isRunning;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.internal.log.Log;
import io.github.lastcall.testing.CapturedLog;
import io.github.lastcall.testing.Carriers;
import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.slf4j.event.Level;

@ExtendWith(LeaksNothing.class)
class ProcessScopeTest {

    private static final ExitStatus KILLED = new ExitStatus.Signaled(9, Optional.of(UnixSignal.SIGKILL), false);
    private static final GracefulShutdown TEN_MINUTES = GracefulShutdown.of(Duration.ofMinutes(10));
    private static final String[] STUBBORN = {"ignore", "SIGTERM", "ignore", "SIGINT", "ready", "pause"};
    private static final String[] POLITE = {"handle", "SIGTERM", "exit:3", "ready", "pause"};

    private final FaultyOs os = new FaultyOs();

    private ManagedProcess start(ProcessScope scope, String... steps) throws IOException {
        ManagedProcess process = scope.start(ManagedProcess.builder(child(steps)).os(os));
        awaitReady(process);
        return process;
    }

    /** A child without pipes, so that many can be started. */
    private static ManagedProcess.Builder quiet(String... command) {
        return ManagedProcess.builder(new ProcessBuilder(command)
                .redirectInput(new File("/dev/null"))
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD));
    }

    private void awaitAsked() {
        await("SIGTERM was sent", () -> os.sent().contains(UnixSignal.SIGTERM));
    }

    private long timesSent(UnixSignal signal) {
        return os.sent().stream().filter(signal::equals).count();
    }

    /** SIGCONT is not sent to processes that are gone at once. */
    private List<UnixSignal> asked() {
        return os.sent().stream().filter(signal -> signal != UnixSignal.SIGCONT).toList();
    }

    private static List<String> names(List<TerminationReport> reports) {
        return reports.stream().map(TerminationReport::processName).toList();
    }

    // terminateAll

    @ParameterizedTest
    @EnumSource
    void fiftyStubbornChildrenTakeNoLongerThanOnePolicy(ThreadKind kind) throws Exception {
        try (ProcessScope scope = ProcessScope.open(GracefulShutdown.of(Duration.ofSeconds(1)))) {
            List<ManagedProcess> processes = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                processes.add(start(scope, STUBBORN));
            }
            long begun = System.nanoTime();
            List<TerminationReport> reports = kind.begin(scope::terminateAll).result();
            Duration took = Duration.ofNanos(System.nanoTime() - begun);
            assertEquals(
                    processes.stream().map(Process::pid).toList(),
                    reports.stream().map(TerminationReport::pid).toList());
            assertTrue(reports.stream().allMatch(TerminationReport::forced));
            assertTrue(processes.stream().noneMatch(process -> isRunning(process.pid())));
            assertTrue(processes.stream().noneMatch(ManagedProcess::isArmed));
            assertTrue(took.compareTo(Duration.ofSeconds(10)) < 0, "one after the other takes 50 s, this " + took);
        }
    }

    @Test
    void reportsComeInTheOrderOfTheStarts() throws Exception {
        try (ProcessScope scope = ProcessScope.open(GracefulShutdown.of(Duration.ofMillis(300)))) {
            for (int i = 0; i < 20; i++) {
                String[] steps = i % 3 == 0 ? STUBBORN : POLITE;
                awaitReady(scope.start(ManagedProcess.builder(child(steps)).name("number " + i)));
            }
            List<TerminationReport> reports = scope.terminateAll();
            assertEquals(IntStream.range(0, 20).mapToObj(i -> "number " + i).toList(), names(reports));
            for (int i = 0; i < 20; i++) {
                assertEquals(i % 3 == 0 ? KILLED : new ExitStatus.Exited(3), reports.get(i).exitStatus());
            }
            assertThrows(UnsupportedOperationException.class, () -> reports.remove(0));
        }
    }

    @Test
    void aStoppedMemberIsNotStoppedAgain() throws Exception {
        try (ProcessScope scope = ProcessScope.open(TEN_MINUTES)) {
            assertEquals(List.of(), scope.terminateAll());
            start(scope, POLITE);
            assertEquals(1, scope.terminateAll().size());
            assertEquals(List.of(), scope.terminateAll());
            start(scope, POLITE);
            assertEquals(1, scope.terminateAll().size(), "the scope stays open");
        }
    }

    @Test
    void everyFailureIsCollectedAndTheOthersAreStopped() throws Exception {
        FaultyOs refusing = new FaultyOs();
        ProcessScope scope = ProcessScope.open(TEN_MINUTES);
        List<ManagedProcess> processes = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            ManagedProcess.Builder builder = ManagedProcess.builder(child(POLITE)).name("number " + i);
            processes.add(scope.start(i % 2 == 0 ? builder.os(os) : builder.os(refusing)));
            awaitReady(processes.get(i));
        }
        refusing.refuseAll();
        ProcessScopeException failure = assertThrows(ProcessScopeException.class, scope::terminateAll);
        assertEquals(List.of("number 0", "number 2", "number 4"), names(failure.reports()));
        assertEquals(
                List.of("number 1", "number 3"),
                failure.failures().stream().map(TerminationException::processName).toList());
        for (int i = 0; i < 5; i++) {
            assertEquals(i % 2 != 0, processes.get(i).isArmed());
            assertEquals(i % 2 != 0, isRunning(processes.get(i).pid()));
        }
        refusing.refuse();
        assertEquals(List.of("number 1", "number 3"), names(scope.terminateAll()), "they are still in the scope");
        scope.close();
    }

    @Test
    void oneThatHasExitedUnseenIsReportedAndSentNothing() throws Exception {
        try (ProcessScope scope = ProcessScope.open(TEN_MINUTES)) {
            awaitGone(start(scope, "ready", "exit", "7").pid());
            List<TerminationReport> reports = scope.terminateAll();
            assertEquals(1, reports.size());
            assertEquals(new ExitStatus.Exited(7), reports.get(0).exitStatus());
            assertEquals(Optional.empty(), reports.get(0).endedBy());
            assertEquals(List.of(), os.sent());
            assertEquals(List.of(), scope.terminateAll());
        }
    }

    @Test
    void aMemberThatWasWaitedForHasLeft() throws Exception {
        try (ProcessScope scope = ProcessScope.open(TEN_MINUTES)) {
            start(scope, "ready", "exit", "7").waitForExit();
            start(scope, POLITE).kill();
            start(scope, POLITE).close();
            ManagedProcess last = start(scope, POLITE);
            assertEquals(
                    List.of(last.pid()),
                    scope.terminateAll().stream().map(TerminationReport::pid).toList());
        }
    }

    @Test
    void aGroupThatOutlivesItsLeaderIsStillAMember() throws Exception {
        try (ProcessScope scope = ProcessScope.open(TEN_MINUTES)) {
            ManagedProcess process = start(scope, "fork", "ready", "pause", "end", "exit", "0");
            assertTrue(process.waitForExit().success());
            assertTrue(process.isArmed());
            assertEquals(1, scope.terminateAll().get(0).stragglers().size());
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptEndsTerminateAllAndLeavesTheMembersArmedAndRunning(ThreadKind kind) throws Exception {
        try (ProcessScope scope = ProcessScope.open(TEN_MINUTES)) {
            List<ManagedProcess> processes = List.of(start(scope, STUBBORN), start(scope, STUBBORN));
            var terminating = kind.begin(scope::terminateAll);
            await("SIGTERM was sent to both", () -> timesSent(UnixSignal.SIGTERM) == 2);
            terminating.interrupt();
            assertInstanceOf(
                    InterruptedException.class,
                    assertThrows(ExecutionException.class, terminating::result).getCause());
            assertTrue(processes.stream().allMatch(process -> process.isArmed() && process.isAlive()));
            assertEquals(0, timesSent(UnixSignal.SIGKILL));
            for (ManagedProcess process : processes) {
                process.sendSignal(UnixSignal.SIGKILL);
            }
            assertEquals(2, scope.terminateAll().size(), "they are still in the scope");
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptBeforeTerminateAllSendsNothing(ThreadKind kind) throws Exception {
        try (ProcessScope scope = ProcessScope.open(TEN_MINUTES)) {
            ManagedProcess process = start(scope, POLITE);
            var terminating = kind.begin(() -> {
                Thread.currentThread().interrupt();
                return scope.terminateAll();
            });
            assertInstanceOf(
                    InterruptedException.class,
                    assertThrows(ExecutionException.class, terminating::result).getCause());
            assertEquals(List.of(), os.sent());
            assertTrue(process.isArmed());
        }
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptOfOneCallerDisturbsNoOther(ThreadKind kind) throws Exception {
        try (ProcessScope scope = ProcessScope.open(TEN_MINUTES)) {
            ManagedProcess process =
                    start(scope, "ignore", "SIGTERM", "handle", "SIGUSR1", "exit:4", "ready", "pause");
            var first = kind.begin(scope::terminateAll);
            awaitAsked();
            var second = kind.begin(scope::terminateAll);
            var waiting = kind.begin(process::waitForExit).awaitBlocked();
            var future = process.terminateAsync(TEN_MINUTES);
            first.interrupt();
            assertThrows(ExecutionException.class, first::result);
            process.sendSignal(UnixSignal.SIGUSR1);
            ExitStatus expected = new ExitStatus.Exited(4);
            assertEquals(expected, future.get(20, TimeUnit.SECONDS).exitStatus());
            assertEquals(expected, waiting.result());
            second.result().forEach(report -> assertEquals(expected, report.exitStatus()));
        }
    }

    // What it holds

    @Test
    void theScopesPolicyIsThatOfItsMembers() throws Exception {
        ManagedProcess.Builder builder = ManagedProcess.builder(child(POLITE))
                .os(os)
                .terminateOnClose(GracefulShutdown.builder()
                        .unixSigint(Duration.ofMinutes(10))
                        .windowsCtrlBreak(Duration.ZERO)
                        .build());
        try (ProcessScope scope = ProcessScope.open(TEN_MINUTES)) {
            ManagedProcess member = scope.start(builder);
            awaitReady(member);
            member.close();
            assertEquals(Optional.of(new ExitStatus.Exited(3)), member.exitStatus());
            assertEquals(List.of(UnixSignal.SIGTERM), asked());
            ManagedProcess other = builder.start();
            awaitReady(other);
            other.close();
            assertEquals(List.of(UnixSignal.SIGTERM, UnixSignal.SIGINT), asked(), "the builder has kept its own");
        }
    }

    @Test
    void oneThatMustNotBeTerminatedIsPassedOver() throws Exception {
        ProcessScope scope = ProcessScope.open(TEN_MINUTES);
        ManagedProcess process = start(scope, POLITE);
        process.mustNotBeTerminated();
        assertEquals(List.of(), scope.terminateAll());
        assertTrue(process.isAlive());
        process.mustBeTerminated();
        assertEquals(1, scope.terminateAll().size());
        ManagedProcess another = start(scope, POLITE);
        another.mustNotBeTerminated();
        scope.close();
        assertTrue(another.isAlive());
        assertEquals(List.of(UnixSignal.SIGTERM), asked(), "the first");
        another.kill();
    }

    @Test
    void thousandsThatHaveGoneAreNotKept() throws Exception {
        List<WeakReference<ManagedProcess>> handles = new ArrayList<>();
        try (ProcessScope scope = ProcessScope.open(TEN_MINUTES)) {
            for (int i = 0; i < 400; i++) {
                handles.add(startShort(scope, i % 2 == 0));
            }
            await("most are collected", () -> {
                System.gc();
                return handles.stream().filter(handle -> !handle.refersTo(null)).count() < 200;
            });
            Reference.reachabilityFence(scope);
        }
    }

    private static WeakReference<ManagedProcess> startShort(ProcessScope scope, boolean wait) throws Exception {
        ManagedProcess process = scope.start(quiet("true"));
        if (wait) {
            process.waitFor();
        } else {
            awaitGone(process.pid());
        }
        return new WeakReference<>(process);
    }

    @Test
    void aScopeKeepsItsMembersFromBeingLostAndALostScopeDoesNot() throws Exception {
        long pid = startAndKeepTheScopeAlone();
        collectUntilGone(pid);
        CapturedLog.await(pid, line -> line.level() == Level.ERROR);
    }

    private long startAndKeepTheScopeAlone() throws Exception {
        ProcessScope scope = ProcessScope.open(TEN_MINUTES);
        long pid = start(scope, POLITE).pid();
        letTheGuardRun();
        assertTrue(isRunning(pid));
        Reference.reachabilityFence(scope);
        return pid;
    }

    @Test
    void aFailedStartIsNoMember() throws Exception {
        try (ProcessScope scope = ProcessScope.open(TEN_MINUTES)) {
            assertThrows(SpawnException.class, () -> scope.start(ManagedProcess.builder("/no such program")));
            assertThrows(NullPointerException.class, () -> scope.start(null));
            assertEquals(List.of(), scope.terminateAll());
        }
    }

    // close

    @Test
    void closeStopsByThePolicyAndLeavesTheLastWordsReadable() throws Exception {
        ManagedProcess process;
        try (ProcessScope scope = ProcessScope.open(TEN_MINUTES)) {
            process = start(scope, "handle", "SIGTERM", "exit:3", "ready", "say", "last words", "pause");
            InputStream output = process.getInputStream();
            Programs.await("it has said them", () -> available(output) == "last words\n".length());
        }
        assertEquals(Optional.of(new ExitStatus.Exited(3)), process.exitStatus());
        assertFalse(process.isArmed());
        assertEquals("last words\n", new String(process.getInputStream().readAllBytes()));
    }

    private static int available(InputStream stream) {
        try {
            return stream.available();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aSecondCloseDoesNothing() throws Exception {
        ProcessScope scope = ProcessScope.open(TEN_MINUTES);
        start(scope, POLITE);
        scope.close();
        scope.close();
        assertEquals(List.of(UnixSignal.SIGTERM), asked());
        assertEquals(List.of(), scope.terminateAll());
    }

    @Test
    void nestedScopesStopTheirOwn() throws Exception {
        try (ProcessScope outer = ProcessScope.open(TEN_MINUTES)) {
            ManagedProcess outside = start(outer, POLITE);
            ManagedProcess inside;
            try (ProcessScope inner = ProcessScope.open(TEN_MINUTES)) {
                inside = start(inner, POLITE);
            }
            assertFalse(inside.isAlive());
            assertTrue(outside.isAlive());
        }
    }

    @Test
    void nothingCanBeStartedAfterwards() throws Exception {
        ProcessScope scope = ProcessScope.open(TEN_MINUTES);
        scope.close();
        assertThrows(IllegalStateException.class, () -> start(scope, POLITE));
    }

    @Test
    void aCloseThatFailsIsAnUncheckedExceptionAndCanBeRepeated() throws Exception {
        ProcessScope scope = ProcessScope.open(TEN_MINUTES);
        ManagedProcess process = start(scope, POLITE);
        os.refuseAll();
        UncheckedIOException failure = assertThrows(UncheckedIOException.class, scope::close);
        ProcessScopeException cause = assertInstanceOf(ProcessScopeException.class, failure.getCause());
        assertEquals(process.pid(), cause.failures().get(0).pid());
        assertTrue(process.isArmed());
        assertThrows(IllegalStateException.class, () -> start(scope, POLITE));
        os.refuse();
        scope.close();
        assertFalse(isRunning(process.pid()));
    }

    @ParameterizedTest
    @EnumSource
    void closeUnderAnInterruptKillsAllAndKeepsTheFlag(ThreadKind kind) throws Exception {
        ProcessScope scope = ProcessScope.open(TEN_MINUTES);
        List<ManagedProcess> processes = List.of(start(scope, STUBBORN), start(scope, POLITE));
        assertTrue(kind.begin(() -> {
                    Thread.currentThread().interrupt();
                    scope.close();
                    return Thread.currentThread().isInterrupted();
                })
                .result());
        processes.forEach(process -> assertEquals(Optional.of(KILLED), process.exitStatus()));
        assertEquals(List.of(UnixSignal.SIGKILL, UnixSignal.SIGKILL), os.sent());
    }

    @ParameterizedTest
    @EnumSource
    void anInterruptWhileItClosesKillsAllAndKeepsTheFlag(ThreadKind kind) throws Exception {
        ProcessScope scope = ProcessScope.open(TEN_MINUTES);
        List<ManagedProcess> processes = List.of(start(scope, STUBBORN), start(scope, STUBBORN));
        var closing = kind.begin(() -> {
            scope.close();
            return Thread.currentThread().isInterrupted();
        });
        await("SIGTERM was sent to both", () -> timesSent(UnixSignal.SIGTERM) == 2);
        closing.interrupt();
        closing.interrupt();
        assertTrue(closing.result());
        processes.forEach(process -> assertEquals(Optional.of(KILLED), process.exitStatus()));
        assertTrue(processes.stream().noneMatch(ManagedProcess::isArmed));
    }

    @Test
    void anInterruptedCloseCutsTheTerminationOfAnotherThreadShort() throws Exception {
        ProcessScope scope = ProcessScope.open(TEN_MINUTES);
        start(scope, STUBBORN);
        var terminating = ThreadKind.PLATFORM.begin(scope::terminateAll);
        awaitAsked();
        Thread.currentThread().interrupt();
        scope.close();
        assertTrue(Thread.interrupted());
        assertEquals(KILLED, terminating.result().get(0).exitStatus());
    }

    @ParameterizedTest
    @EnumSource
    void aStartThatRacesWithCloseLeavesNothing(ThreadKind kind) throws Exception {
        int refused = 0;
        for (int round = 0; round < 200; round++) {
            ProcessScope scope = ProcessScope.open(TEN_MINUTES);
            CountDownLatch go = new CountDownLatch(1);
            var starting = kind.begin(() -> {
                go.await();
                return scope.start(quiet("sleep", "600"));
            });
            // A close before the start, closes at any moment of it, and a close after it.
            if (round % 20 == 0) {
                scope.close();
            }
            go.countDown();
            if (round % 20 == 19) {
                starting.result();
            }
            // A random moment: nothing is waited for.
            Thread.sleep(0, (round % 20) * 50_000);
            scope.close();
            try {
                assertFalse(isRunning(starting.result().pid()));
            } catch (ExecutionException e) {
                assertInstanceOf(IllegalStateException.class, e.getCause());
                refused++;
            }
        }
        assertTrue(refused >= 10 && refused <= 190, refused + " of 200 starts came too late");
        // LeaksNothing looks for what is left.
    }

    @Test
    void itsStopsNeedNoCarrier() throws Exception {
        try (ProcessScope scope = ProcessScope.open(TEN_MINUTES)) {
            start(scope, "fork", "ready", "pause", "end", "exit", "0");
            try (Carriers taken = Carriers.taken()) {
                TerminationReport report =
                        ThreadKind.PLATFORM.begin(scope::terminateAll).result().get(0);
                assertEquals(Optional.of("SIGTERM"), report.endedBy());
            }
        }
    }

    @Test
    void anInterruptedTerminationSendsNoKillWithoutACarrier() throws Exception {
        try (ProcessScope scope = ProcessScope.open(TEN_MINUTES)) {
            ManagedProcess process = start(scope, STUBBORN);
            var terminating = ThreadKind.PLATFORM.begin(scope::terminateAll);
            awaitAsked();
            try (Carriers taken = Carriers.taken()) {
                terminating.interrupt();
                assertInstanceOf(
                        InterruptedException.class,
                        assertThrows(ExecutionException.class, terminating::result).getCause());
                assertTrue(process.isArmed());
                assertTrue(process.isAlive());
            }
            process.kill();
        }
    }

    @Test
    void closeWaitsForAStartUnderWay() throws Exception {
        ProcessScope scope = ProcessScope.open(TEN_MINUTES);
        ManagedProcess process = start(scope, STUBBORN);
        process.mustNotBeTerminated();
        CountDownLatch started = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        var starting = ThreadKind.PLATFORM.begin(() -> scope.start(quietAfter(started, goOn)));
        started.await();
        var closing = ThreadKind.PLATFORM.begin(() -> {
            scope.close();
            return true;
        });
        await("it refuses to start", () -> isClosed(scope));
        assertFalse(closing.isDone());
        goOn.countDown();
        assertTrue(closing.result());
        assertInstanceOf(
                IllegalStateException.class,
                assertThrows(ExecutionException.class, starting::result).getCause());
        process.kill();
    }

    private static boolean isClosed(ProcessScope scope) {
        return scope.toString().contains("closed");
    }

    /** A start that is about to spawn, and waits there. */
    private static ManagedProcess.Builder quietAfter(CountDownLatch started, CountDownLatch goOn) {
        return ManagedProcess.builder("true").os(new FaultyOs().beforeSpawn(() -> {
            started.countDown();
            await(goOn);
        }));
    }

    // Many, and from virtual threads

    @Test
    void aThousandAreHeldAndStopped() throws Exception {
        try (ProcessScope scope = ProcessScope.open(GracefulShutdown.of(Duration.ofSeconds(30)))) {
            for (int i = 0; i < 1_000; i++) {
                scope.start(quiet("sleep", "600"));
            }
            List<TerminationReport> reports = scope.terminateAll();
            assertEquals(1_000, reports.size());
            assertTrue(reports.stream().noneMatch(TerminationReport::forced));
        }
    }

    @Test
    void scopesOfManyVirtualThreadsDoNotDisturbEachOther() throws Exception {
        List<Future<ManagedProcess>> tasks = new ArrayList<>();
        List<Future<ManagedProcess>> cancelled = new ArrayList<>();
        CountDownLatch started = new CountDownLatch(20);
        CountDownLatch goOn = new CountDownLatch(1);
        List<ManagedProcess> all = Collections.synchronizedList(new ArrayList<>());
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < 20; i++) {
                Future<ManagedProcess> task = executor.submit(() -> {
                    try (ProcessScope scope = ProcessScope.open(TEN_MINUTES)) {
                        ManagedProcess process = start(scope, POLITE);
                        all.add(process);
                        started.countDown();
                        goOn.await();
                        assertTrue(process.isAlive());
                        return process;
                    }
                });
                (i % 2 == 0 ? tasks : cancelled).add(task);
            }
            started.await();
            cancelled.forEach(task -> task.cancel(true));
            await("those that were cancelled have closed their scopes", () ->
                    all.stream().filter(process -> !isRunning(process.pid())).count() == 10);
            goOn.countDown();
            for (Future<ManagedProcess> task : tasks) {
                assertEquals(Optional.of(new ExitStatus.Exited(3)), task.get(20, TimeUnit.SECONDS).exitStatus());
            }
        }
        assertTrue(all.stream().noneMatch(process -> isRunning(process.pid())));
    }

    private static TerminationFailedException failure(String name, long pid) {
        return new TerminationFailedException(new Log.Subject(name, pid), List.of(), List.of(), "");
    }

    @Test
    void theExceptionSaysWhatHasFailed() {
        List<TerminationException> failures = IntStream.rangeClosed(1, 12)
                .<TerminationException>mapToObj(i -> failure("api", i))
                .toList();
        ProcessScopeException one = new ProcessScopeException(List.of(), failures.subList(0, 1));
        assertEquals(
                "Failed to terminate 1 of 1 process: (1) Failed to terminate process 'api' (pid 1)",
                one.getMessage());
        assertSame(failures.get(0), one.getCause());
        ProcessScopeException many = new ProcessScopeException(List.of(), failures);
        assertTrue(many.getMessage().endsWith("(10) Failed to terminate process 'api' (pid 10); and 2 more"),
                many.getMessage());
        assertEquals(failures, many.failures());
        assertEquals(failures.subList(1, 12), List.of(many.getSuppressed()));
    }

    @Test
    void theExceptionCanBeSerializedWithoutTheReports() throws Exception {
        TerminationReport report = new TerminationReport(
                "api", 1, KILLED, true, Optional.empty(), Duration.ZERO, List.of(), List.of(), List.of());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectOutputStream out = new ObjectOutputStream(bytes)) {
            out.writeObject(new ProcessScopeException(List.of(report), List.of(failure("db", 2))));
        }
        ObjectInputStream in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()));
        ProcessScopeException copy = (ProcessScopeException) in.readObject();
        assertEquals(List.of(), copy.reports());
        assertEquals("db", copy.failures().get(0).processName());
    }
}
