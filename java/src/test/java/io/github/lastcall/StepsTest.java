package io.github.lastcall;

import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static io.github.lastcall.testing.Programs.isRunning;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.Carriers;
import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.EndsBySteps;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Phases that are not signals: the end of the input, a command, a call. */
@ExtendWith(LeaksNothing.class)
@Timeout(60)
class StepsTest {

    private static final Duration SHORT = Duration.ofMillis(150);
    /** Hundreds of times the normal duration of a step that ends in its phase. */
    private static final Duration HALF_A_SECOND = Duration.ofMillis(500);
    private static final Duration LONG = Duration.ofMinutes(10);

    /** More than ten times the normal duration of these stops. */
    private static final Duration BOUND = Duration.ofSeconds(10);

    @TempDir
    private Path folder;

    private static GracefulShutdown.UnixStage policy() {
        return GracefulShutdown.builder();
    }

    private static GracefulShutdown closesInput(Duration timeout) {
        return policy().closeInput(timeout).build();
    }

    private static GracefulShutdown calls(StopAction action, Duration timeout) {
        return policy().call("it", action, timeout).build();
    }

    private static GracefulShutdown runs(Duration timeout, String... command) {
        return policy().run(List.of(command), timeout).build();
    }

    /** Ends by the first byte of its input or its end, not by SIGTERM. */
    private static ManagedProcess reader() throws IOException {
        return ready(ManagedProcess.builder(child("ignore", "SIGTERM", "ready", "read-line", "exit", "3")));
    }

    private static ManagedProcess stubborn() throws IOException {
        return ready(ManagedProcess.builder(child("ignore", "SIGTERM", "ready", "pause")));
    }

    private static ManagedProcess polite() throws IOException {
        return ready(ManagedProcess.builder(child("handle", "SIGTERM", "exit:7", "ready", "pause")));
    }

    private static ManagedProcess ready(ManagedProcess.Builder builder) throws IOException {
        ManagedProcess process = builder.start();
        awaitReady(process);
        return process;
    }

    private static List<String> actions(List<TerminationAttempt> attempts) {
        return attempts.stream()
                .map(attempt -> attempt.action() instanceof TerminationAction.WaitForExit
                        ? "wait" + (attempt.error().isPresent() ? "!" : "")
                        : attempt.action() + (attempt.error().isPresent() ? "!" : ""))
                .toList();
    }

    private static TerminationAttempt attempt(TerminationReport report, int index) {
        return report.attempts().get(index);
    }

    private static String error(TerminationReport report, int index) {
        return attempt(report, index).error().orElseThrow().getMessage();
    }

    private static void sleep() throws InterruptedException {
        Thread.sleep(LONG);
    }

    // The end of the input

    @Test
    void aProcessEndsWithItsInput() throws Exception {
        try (ManagedProcess process = ready(ManagedProcess.builder(child("ready", "read-all", "exit", "3")))) {
            process.getOutputStream().write("unflushed".getBytes());
            TerminationReport report = process.terminate(closesInput(LONG));
            assertEquals(new ExitStatus.Exited(3), report.exitStatus());
            assertEquals(Optional.of("closeInput"), report.endedBy());
            assertFalse(report.forced());
            assertEquals(List.of("close input", "wait"), actions(report.attempts()));
            assertEquals("9", Programs.readLine(process.getInputStream()));
        }
    }

    @Test
    void aChildThatIgnoresTheEndOfItsInputGetsASignal() throws Exception {
        try (ManagedProcess process = polite()) {
            TerminationReport report = process.terminate(
                    policy().closeInput(HALF_A_SECOND).unixSigterm(LONG).windowsCtrlBreak(LONG).build());
            assertEquals(new ExitStatus.Exited(7), report.exitStatus());
            assertEquals(Optional.of("SIGTERM"), report.endedBy());
            assertEquals(
                    List.of("close input", "wait!", "send signal SIGTERM", "wait"), actions(report.attempts()));
            assertEquals(List.of(process.pid() + " (child) has not left"), attempt(report, 1).notes());
        }
    }

    @Test
    void stepsThatAreNotPossibleAreSkippedWithTheReason() throws Exception {
        try (ManagedProcess process = ready(ManagedProcess.builder(child("ready", "pause"))
                .redirectInput(Redirect.from(new java.io.File("/dev/null"))))) {
            TerminationReport report = process.terminate(policy().closeInput(LONG)
                    .run(List.of("true"), Duration.ZERO)
                    .call("it", stopped -> {}, Duration.ZERO)
                    .unixSigterm(LONG)
                    .windowsCtrlBreak(LONG)
                    .build());
            assertEquals(
                    List.of(
                            "skipped: closeInput, because its standard input is no pipe",
                            "skipped: run:true, because its timeout is zero",
                            "skipped: call:it, because its timeout is zero",
                            "send signal SIGTERM",
                            "wait"),
                    actions(report.attempts()));
        }
    }

    // A command

    @Test
    void aCommandStopsItByThePidThatItIsGiven() throws Exception {
        try (ManagedProcess process = polite()) {
            TerminationReport report = process.terminate(runs(LONG, "sh", "-c", "kill -TERM $LASTCALL_PID"));
            assertEquals(new ExitStatus.Exited(7), report.exitStatus());
            assertEquals(Optional.of("run:sh"), report.endedBy());
            assertEquals(List.of("run sh", "wait"), actions(report.attempts()));
        }
    }

    @Test
    void aCommandThatWaitsForTheEndEndsWithTheStop() throws Exception {
        try (ManagedProcess process = polite()) {
            TerminationReport report = process.terminate(runs(
                    LONG, "sh", "-c", "echo $$ >" + folder + "/pid; kill -TERM $LASTCALL_PID; sleep 600"));
            assertEquals(new ExitStatus.Exited(7), report.exitStatus());
            assertFalse(isRunning(pidIn("pid")));
        }
    }

    private long pidIn(String name) throws IOException {
        return Long.parseLong(Files.readString(folder.resolve(name)).strip());
    }

    @Test
    void aCommandThatFailsSaysHow() throws Exception {
        try (ManagedProcess process = polite()) {
            TerminationReport report = process.terminate(policy()
                    .run(List.of("sh", "-c", "exit 5"), LONG)
                    .unixSigterm(LONG)
                    .windowsCtrlBreak(LONG)
                    .build());
            assertEquals(List.of("run sh!", "send signal SIGTERM", "wait"), actions(report.attempts()));
            assertEquals("exited with code 5", error(report, 0));
            assertEquals(Optional.of("SIGTERM"), report.endedBy());
        }
    }

    @Test
    void aCommandThatHangsIsKilledWithItsGroup() throws Exception {
        try (ManagedProcess process = polite()) {
            TerminationReport report = process.terminate(policy()
                    .run(List.of("sh", "-c", "sleep 600 & echo $! >" + folder + "/inner; echo $$ >" + folder
                            + "/pid; wait"), HALF_A_SECOND)
                    .unixSigterm(LONG)
                    .windowsCtrlBreak(LONG)
                    .build());
            assertEquals(List.of("run sh!", "wait!", "send signal SIGTERM", "wait"), actions(report.attempts()));
            assertEquals("it had not ended and was stopped", error(report, 0));
            Programs.awaitGone(pidIn("pid"));
            Programs.awaitGone(pidIn("inner"));
        }
    }

    @Test
    void aCommandThatCannotBeFoundIsAnError() throws Exception {
        try (ManagedProcess process = stubborn()) {
            TerminationReport report = process.terminate(runs(LONG, "/no/such/program"));
            assertEquals(SpawnStage.EXEC, assertInstanceOf(
                    SpawnException.class, attempt(report, 0).error().orElseThrow()).stage());
            assertTrue(report.forced());
        }
    }

    @Test
    void noNameForgesALine() throws Exception {
        try (ManagedProcess process = ready(ManagedProcess.builder(
                child("handle", "SIGTERM", "exit:7", "ready", "pause")).name("a\nb"))) {
            String stop = "kill -TERM $LASTCALL_PID";
            Path program = Files.createSymbolicLink(folder.resolve("r\nun"), Path.of("/bin/sh"));
            TerminationReport report = process.terminate(policy()
                    .call("c\u001b[2J\ncall", handle -> { throw new IOException("no"); }, LONG)
                    .run(List.of(program.toString(), "-c", stop), LONG)
                    .build());
            String escaped = folder + "/r\\nun";
            assertEquals(List.of("call c\\u001b[2J\\ncall!", "run " + escaped, "wait"), actions(report.attempts()));
            assertEquals(Optional.of("run:" + escaped), report.endedBy());
            assertTrue(report.toString().startsWith("a\\nb (pid "), report.toString());
        }
    }

    // A call

    @Test
    void aCallGetsTheHandle() throws Exception {
        try (ManagedProcess process = reader()) {
            AtomicReference<ManagedProcess> given = new AtomicReference<>();
            TerminationReport report = process.terminate(calls(handle -> {
                given.set(handle);
                handle.outputWriter().write("quit\n");
                handle.outputWriter().flush();
            }, LONG));
            assertSame(process, given.get());
            assertEquals(new ExitStatus.Exited(3), report.exitStatus());
            assertEquals(Optional.of("call:it"), report.endedBy());
            assertEquals(List.of("call it", "wait"), actions(report.attempts()));
        }
    }

    @Test
    void aCallThatThrowsIsAnErrorAndTheNextPhaseBegins() throws Exception {
        RuntimeException thrown = new IllegalStateException("no connection");
        IOException refused = new IOException("refused");
        try (ManagedProcess process = polite()) {
            TerminationReport report = process.terminate(policy()
                    .call("one", handle -> { throw thrown; }, LONG)
                    .call("two", handle -> { throw refused; }, LONG)
                    .call("three", handle -> { throw new Speechless(); }, LONG)
                    .unixSigterm(LONG)
                    .windowsCtrlBreak(LONG)
                    .build());
            assertEquals(
                    List.of("call one!", "call two!", "call three!", "send signal SIGTERM", "wait"),
                    actions(report.attempts()));
            assertSame(thrown, attempt(report, 0).error().orElseThrow().getCause());
            assertSame(refused, attempt(report, 1).error().orElseThrow().getCause());
            assertEquals("java.lang.IllegalStateException: no connection", error(report, 0));
            assertEquals("java.io.IOException: refused", error(report, 1));
            assertEquals(Speechless.class.getName(), error(report, 2));
        }
    }

    /** The text of an exception is users' code as well. */
    private static final class Speechless extends IOException {
        @Override
        public String getMessage() {
            throw new IllegalStateException("no text");
        }
    }

    @Test
    void aCallThatBlocksIsInterrupted() throws Exception {
        CompletableFuture<Thread> interrupted = new CompletableFuture<>();
        try (ManagedProcess process = stubborn()) {
            TerminationReport report = process.terminate(calls(handle -> {
                try {
                    sleep();
                } catch (InterruptedException e) {
                    interrupted.complete(Thread.currentThread());
                }
            }, HALF_A_SECOND));
            assertTrue(report.forced());
            assertEquals(
                    List.of("call it!", "wait!", "send signal SIGKILL", "wait"), actions(report.attempts()));
            assertEquals("it had not returned and was interrupted", error(report, 0));
        }
        interrupted.get(10, TimeUnit.SECONDS).join();
    }

    /** One step after the other: none outlives its own phase. */
    @Test
    void aStepEndsWithItsPhaseAlsoWhereAStepFollows() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        CompletableFuture<Boolean> seen = new CompletableFuture<>();
        StopAction blocks = handle -> {
            try {
                sleep();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        };
        try (ManagedProcess process = stubborn()) {
            CompletableFuture<TerminationReport> report = process.terminateAsync(policy()
                    .run(List.of("sh", "-c", "echo $$ >" + folder + "/pid; sleep 600"), HALF_A_SECOND)
                    .call("one", blocks, HALF_A_SECOND)
                    .call("two", handle -> {
                        Programs.awaitGone(pidIn("pid"));
                        seen.complete(interrupted.await(20, TimeUnit.SECONDS));
                        handle.kill();
                    }, LONG)
                    .build());
            assertTrue(seen.get(40, TimeUnit.SECONDS));
            assertTrue(report.get(20, TimeUnit.SECONDS).forced());
        }
    }

    @Test
    void aCallThatIgnoresItsInterruptDelaysNothing() throws Exception {
        CountDownLatch over = new CountDownLatch(1);
        GracefulShutdown policy = calls(handle -> awaitThroughInterrupts(over), SHORT);
        try (ManagedProcess process = stubborn()) {
            TerminationReport report = process.terminate(policy);
            assertTrue(report.forced());
            assertTrue(report.elapsed().compareTo(BOUND) < 0, report.elapsed().toString());
        } finally {
            over.countDown();
        }
    }

    private static void awaitThroughInterrupts(CountDownLatch over) {
        while (over.getCount() > 0) {
            try {
                over.await();
            } catch (InterruptedException ignored) {
                // Expected.
            }
        }
    }

    /** The actions of a call on the process that is being stopped. */
    enum Reentry {
        TERMINATE {
            @Override
            void on(ManagedProcess process) throws Exception {
                process.terminate(GracefulShutdown.of(LONG));
            }
        },
        KILL {
            @Override
            void on(ManagedProcess process) throws Exception {
                process.kill();
            }
        },
        CLOSE {
            @Override
            void on(ManagedProcess process) {
                process.close();
            }
        },
        SIGNAL {
            @Override
            void on(ManagedProcess process) throws Exception {
                process.sendSignal(UnixSignal.SIGHUP);
                process.waitFor();
            }
        },
        DESTROY {
            @Override
            void on(ManagedProcess process) {
                process.destroyForcibly();
            }
        },
        RELEASE {
            @Override
            void on(ManagedProcess process) {
                ManagedProcess.release();
            }
        };

        abstract void on(ManagedProcess process) throws Exception;
    }

    @ParameterizedTest
    @EnumSource
    void aCallMayCallBack(Reentry reentry) throws Exception {
        try (ManagedProcess process = stubborn()) {
            TerminationReport report = process.terminate(calls(reentry::on, Duration.ofSeconds(1)));
            assertTrue(report.elapsed().compareTo(BOUND) < 0, report.elapsed().toString());
            assertFalse(process.isAlive());
        }
    }

    // A step that fails

    /** The kinds of waits for the stop of a process. */
    enum Stopper {
        PLATFORM {
            @Override
            TerminationReport stop(ManagedProcess process, GracefulShutdown policy) throws Exception {
                return ThreadKind.PLATFORM.begin(() -> process.terminate(policy)).result();
            }
        },
        VIRTUAL {
            @Override
            TerminationReport stop(ManagedProcess process, GracefulShutdown policy) throws Exception {
                return ThreadKind.VIRTUAL.begin(() -> process.terminate(policy)).result();
            }
        },
        /** Waits for the exit of the process; the report is not read before. */
        NOBODY {
            @Override
            TerminationReport stop(ManagedProcess process, GracefulShutdown policy) throws Exception {
                CompletableFuture<TerminationReport> report = process.terminateAsync(policy);
                CountDownLatch over = new CountDownLatch(1);
                report.whenComplete((any, failure) -> over.countDown());
                assertTrue(over.await(60, TimeUnit.SECONDS));
                return report.get();
            }
        };

        abstract TerminationReport stop(ManagedProcess process, GracefulShutdown policy) throws Exception;
    }

    /** The grace after a failure is 100 ms, and the time of the step would be minutes. */
    private static void assertGoesOnSoon(TerminationReport report) {
        assertTrue(attempt(report, 0).error().isPresent(), report.toString());
        Duration begun = attempt(report, 1).after();
        Duration failed = attempt(report, 0).after().plus(attempt(report, 0).took());
        Duration pause = begun.minus(failed);
        assertTrue(pause.compareTo(Duration.ofMillis(100)) >= 0, pause.toString());
        assertTrue(pause.compareTo(Duration.ofSeconds(1)) < 0, pause.toString());
        assertEquals(Optional.of("SIGTERM"), report.endedBy());
    }

    @ParameterizedTest
    @EnumSource
    void afterACommandThatFailsTheNextPhaseBeginsSoon(Stopper stopper) throws Exception {
        try (ManagedProcess process = polite()) {
            assertGoesOnSoon(stopper.stop(process, policy()
                    .run(List.of("false"), LONG)
                    .unixSigterm(LONG)
                    .windowsCtrlBreak(LONG)
                    .build()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void afterACallThatFailsTheNextPhaseBeginsSoon(Stopper stopper) throws Exception {
        try (ManagedProcess process = polite()) {
            assertGoesOnSoon(stopper.stop(process, policy()
                    .call("fails", handle -> { throw new IOException("no"); }, LONG)
                    .unixSigterm(LONG)
                    .windowsCtrlBreak(LONG)
                    .build()));
        }
    }

    // Other callers

    /** A step that takes long. */
    enum Slow {
        CLOSE_INPUT, RUN, CALL;

        GracefulShutdown policy(CountDownLatch begun) {
            return switch (this) {
                case CLOSE_INPUT -> closesInput(LONG);
                case RUN -> runs(LONG, "sleep", "600");
                case CALL -> calls(handle -> {
                    begun.countDown();
                    sleep();
                }, LONG);
            };
        }

        void await(CountDownLatch begun, ManagedProcess process) throws InterruptedException {
            if (this == CALL) {
                begun.await();
            } else if (this == RUN) {
                Programs.await("the command runs", () -> ProcessHandle.current().children()
                        .anyMatch(one -> one.info().command().orElse("").endsWith("sleep")));
            } else {
                Programs.await("the input is closed", () -> isClosed(process));
            }
        }

        private static boolean isClosed(ManagedProcess process) {
            try {
                process.getOutputStream().write(0);
                process.getOutputStream().flush();
                return false;
            } catch (IOException closed) {
                return true;
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void aKillEndsEachStep(Slow step) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        try (ManagedProcess process = stubborn()) {
            CompletableFuture<TerminationReport> report = process.terminateAsync(step.policy(begun));
            step.await(begun, process);
            assertInstanceOf(ExitStatus.Signaled.class, process.kill());
            assertTrue(report.get(5, TimeUnit.SECONDS).forced());
        }
    }

    @ParameterizedTest
    @EnumSource
    void theInterruptOfTheCallerEndsEachStep(Slow step) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        try (ManagedProcess process = stubborn()) {
            ThreadKind.Running<TerminationReport> stop =
                    ThreadKind.PLATFORM.begin(() -> process.terminate(step.policy(begun)));
            step.await(begun, process);
            stop.interrupt();
            assertInstanceOf(
                    InterruptedException.class, assertThrows(ExecutionException.class, stop::result).getCause());
            assertTrue(process.isAlive());
            process.kill();
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachStepIsTakenWithoutACarrier(Slow step) throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        try (ManagedProcess process = stubborn()) {
            ThreadKind.Running<TerminationReport> stop =
                    ThreadKind.VIRTUAL.begin(() -> process.terminate(step.policy(begun)));
            step.await(begun, process);
            try (Carriers carriers = Carriers.taken()) {
                process.killAsync().get(5, TimeUnit.SECONDS);
            }
            assertTrue(stop.result().forced());
        }
    }

    @ParameterizedTest
    @EnumSource
    void stepsWorkInEachKillMode(KillMode mode) throws Exception {
        try (ManagedProcess process = ready(ManagedProcess.builder(child("ready", "read-all", "exit", "3"))
                .killMode(mode))) {
            TerminationReport report = process.terminate(policy()
                    .run(List.of("true"), HALF_A_SECOND)
                    .call("none", handle -> { }, HALF_A_SECOND)
                    .closeInput(LONG)
                    .build());
            assertEquals(
                    List.of("run true", "wait!", "call none", "wait!", "close input", "wait"),
                    actions(report.attempts()));
            assertEquals(new ExitStatus.Exited(3), report.exitStatus());
        }
    }

    @Test
    void aScopeTakesSteps() throws Exception {
        try (ProcessScope scope = ProcessScope.open(closesInput(LONG))) {
            for (int i = 0; i < 5; i++) {
                awaitReady(scope.start(ManagedProcess.builder(child("ready", "read-all", "exit", "3"))));
            }
            for (TerminationReport report : scope.terminateAll()) {
                assertEquals(Optional.of("closeInput"), report.endedBy());
            }
        }
    }

    // The leader

    /** It exits at once and a member of its group stays: the pid must still be that of the leader. */
    @Test
    void theLeaderIsNotReapedWhileACommandKnowsItsPid() throws Exception {
        String awaitsExit = "kill -TERM $LASTCALL_PID; cd /proc/$LASTCALL_PID; "
                + "until grep -qs 'State:.Z' status; do sleep 0.01; done; sleep 0.2; grep State status >" + folder + "/state; kill -KILL -$LASTCALL_PID";
        try (ManagedProcess process = ready(ManagedProcess.builder(child(
                "fork", "ignore", "SIGTERM", "pause", "end", "handle", "SIGTERM", "exit:7", "ready", "pause")))) {
            TerminationReport report = process.terminate(runs(LONG, "sh", "-c", awaitsExit));
            assertEquals(new ExitStatus.Exited(7), report.exitStatus());
            assertEquals(1, report.stragglers().size());
            assertEquals(Optional.of("run:sh"), report.endedBy());
            assertEquals("State:\tZ (zombie)", Files.readString(folder.resolve("state")).strip());
        }
    }

    /** On Linux before 6.9 it would still be there. */
    @Test
    void aCommandIsNotGivenThePidOfALeaderThatWasReaped() throws Exception {
        try (ManagedProcess process = ready(ManagedProcess.builder(child(
                "fork", "ignore", "SIGTERM", "pause", "end", "ready", "exit", "0")))) {
            process.waitFor();
            TerminationReport report = process.terminate(runs(SHORT, "true"));
            String first = attempt(report, 0).action().toString();
            String reaped = "skipped: run:true, because the leader has exited, and its pid may be another's";
            assertTrue(first.equals(reaped) || first.equals("run true"), first);
            assertEquals(new ExitStatus.Exited(0), report.exitStatus());
        }
    }

    // The exit of the JVM

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @ParameterizedTest
    @CsvSource({"exit, 1", "exit, 10", "release, 3"})
    void theEndOfTheJvmTakesSteps(String way, int count) throws Exception {
        JavaProgram.Result result = JavaProgram.run(new JavaProgram(
                EndsBySteps.class, way, folder.toString(), Integer.toString(count)).builder());
        requireStepsTaken(result.out(), count);
    }

    @Test
    void anExitBySigtermTakesSteps() throws Exception {
        Process jvm = JavaProgram.start(new JavaProgram(EndsBySteps.class, "stay", folder.toString(), "2").builder());
        String pids = Programs.readLine(jvm.getInputStream());
        Programs.signal(jvm.pid(), "TERM");
        JavaProgram.finish(jvm);
        requireStepsTaken(pids, 2);
    }

    private void requireStepsTaken(String out, int count) throws IOException {
        List<String> pids = Arrays.stream(out.strip().split(" ")).skip(1).toList();
        assertEquals(count, pids.size(), out);
        pids.forEach(pid -> assertFalse(isRunning(Long.parseLong(pid))));
        Stream<String> expected = pids.stream().flatMap(pid -> Stream.of("called-" + pid, "ran-" + pid));
        assertEquals(expected.sorted().toList(), files());
    }

    @Test
    void noCommandOutlivesTheJvm() throws Exception {
        JavaProgram.Result result = JavaProgram.run(
                new JavaProgram(EndsBySteps.class, "disarmed", folder.toString(), "1").builder());
        String[] lines = result.out().strip().split("\n");
        long command = Long.parseLong(lines[1].substring("command ".length()));
        assertFalse(isRunning(command), result.out());
        Programs.signal(Long.parseLong(lines[0].substring("pids ".length())), "KILL");
    }

    @Test
    void aGuardianKnowsTheCommandsOfWhatItKnows() throws Exception {
        Process jvm = JavaProgram.start(new JavaProgram(
                EndsBySteps.class, "guarded", folder.toString(), "1").builder());
        String pids = Programs.readLine(jvm.getInputStream());
        Assumptions.assumeTrue(pids.startsWith("pids "), "there is no guardian");
        String command = Programs.readLine(jvm.getInputStream());
        Programs.signal(jvm.pid(), "KILL");
        JavaProgram.finish(jvm);
        Programs.awaitGone(Long.parseLong(command.substring("command ".length())));
        Programs.awaitGone(Long.parseLong(pids.substring("pids ".length())));
    }
}
