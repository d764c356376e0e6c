package io.github.lastcall;

import static io.github.lastcall.testing.LostProcesses.collectUntilGone;
import static io.github.lastcall.testing.LostProcesses.letTheGuardRun;
import static io.github.lastcall.testing.Programs.await;
import static io.github.lastcall.testing.Programs.awaitGone;
import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static io.github.lastcall.testing.Programs.isRunning;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.internal.log.Log;
import io.github.lastcall.testing.CapturedLog;
import io.github.lastcall.testing.LeaksNothing;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.event.Level;

/** Each handle is made in a method of its own, so that no local variable keeps it. */
@ExtendWith(LeaksNothing.class)
class LostHandleTest {

    private static ManagedProcess start(String... steps) throws Exception {
        ManagedProcess process = ManagedProcess.builder(child(steps)).start();
        awaitReady(process);
        return process;
    }

    private static long startAndLose(String... steps) throws Exception {
        return start(steps).pid();
    }

    /** Kills a process whose handle is lost; the next starts reap it. */
    private static void killAndReap(long pid) throws Exception {
        ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
        awaitGone(pid);
        while (Files.exists(Path.of("/proc/" + pid))) {
            start("ready", "exit", "0").waitFor();
        }
    }

    @Test
    void aLostProcessIsKilledAndTheLogSaysWhereItWasStarted() throws Exception {
        long pid = startAndLose("ignore", "SIGTERM", "ready", "pause");
        collectUntilGone(pid);
        CapturedLog.Line line = CapturedLog.await(pid, each -> each.level() == Level.ERROR);
        assertTrue(line.text().contains("leaked"), line.text());
        assertTrue(
                Arrays.stream(line.cause().orElseThrow().getStackTrace())
                        .anyMatch(frame -> frame.getClassName().equals(LostHandleTest.class.getName())
                                && frame.getMethodName().equals("startAndLose")),
                "the cause is the place of the start");
    }

    @Test
    void aLostProcessIsReapedAndItsDescriptorsAreClosed() throws Exception {
        long pid = startAndLose("ready", "pause");
        collectUntilGone(pid);
        await("it is reaped", () -> !Files.exists(Path.of("/proc/" + pid)));
        // LeaksNothing looks at the descriptors.
    }

    @Test
    void aLostProcessThatIsDisarmedGoesOn() throws Exception {
        long pid = startDisarmedAndLose();
        letTheGuardRun();
        assertTrue(isRunning(pid));
        killAndReap(pid);
    }

    private static long startDisarmedAndLose() throws Exception {
        ManagedProcess process = start("ready", "pause");
        process.mustNotBeTerminated();
        return process.pid();
    }

    @Test
    void aLostProcessThatHasExitedByItselfIsNotLoud() throws Exception {
        long pid = startAndLose("ready", "exit", "0");
        awaitGone(pid);
        letTheGuardRun();
        await("it is reaped", () -> !Files.exists(Path.of("/proc/" + pid)));
        Log.flush();
        assertTrue(CapturedLog.about(pid).stream().noneMatch(line -> line.level() == Level.ERROR));
    }

    @Test
    void readingEverythingInAStormOfCollectionsIsNeverCutShort() throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        Thread storm = Thread.ofPlatform().start(() -> {
            while (!over.get()) {
                System.gc();
            }
        });
        try {
            for (int i = 0; i < 3; i++) {
                byte[] all = ManagedProcess.builder(child(
                                "sleep", "100", "write", "out", "100000", "sleep", "100", "write", "out", "100000",
                                "sleep", "100", "write", "out", "100000"))
                        .start()
                        .getInputStream()
                        .readAllBytes();
                assertEquals(300_000, all.length);
            }
        } finally {
            over.set(true);
            storm.join();
        }
        letTheGuardRun();
    }

    /** Objects that a user may hold of a process without its handle. */
    enum Part {
        INPUT,
        OUTPUT,
        ERROR,
        READER,
        ERROR_READER,
        WRITER,
        FUTURE;

        Object of(ManagedProcess process) {
            return switch (this) {
                case INPUT -> process.getOutputStream();
                case OUTPUT -> process.getInputStream();
                case ERROR -> process.getErrorStream();
                case READER -> process.inputReader();
                case ERROR_READER -> process.errorReader();
                case WRITER -> process.outputWriter();
                case FUTURE -> process.onExit();
            };
        }
    }

    private record Kept(long pid, Part name, Object part) {}

    /** All of them at once: each run of the guard takes a moment. */
    @Test
    void everyPartOfAProcessKeepsItsHandleReachable() throws Exception {
        for (Kept kept : keepWhileTheGuardRuns()) {
            killAndReap(kept.pid());
        }
    }

    private static List<Kept> keepWhileTheGuardRuns() throws Exception {
        List<Kept> all = new ArrayList<>();
        for (Part part : Part.values()) {
            all.add(startAndKeep(part));
        }
        letTheGuardRun();
        assertEquals(List.of(), all.stream().filter(kept -> !isRunning(kept.pid())).toList());
        Reference.reachabilityFence(all);
        return all;
    }

    private static Kept startAndKeep(Part part) throws Exception {
        ManagedProcess process = start("ready", "pause");
        return new Kept(process.pid(), part, part.of(process));
    }

    @Test
    void theGuardDoesNotKeepAHandleReachable() throws Exception {
        WeakReference<ManagedProcess> handle = startAndForget();
        await("the handle is collected", () -> {
            System.gc();
            return handle.refersTo(null);
        });
    }

    private static WeakReference<ManagedProcess> startAndForget() throws Exception {
        ManagedProcess process = start("ready", "exit", "0");
        process.terminate(GracefulShutdown.builder()
                .unixSigterm(Duration.ofSeconds(1))
                .windowsCtrlBreak(Duration.ZERO)
                .build());
        return new WeakReference<>(process);
    }
}
