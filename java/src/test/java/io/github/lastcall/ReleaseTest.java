package io.github.lastcall;

import static io.github.lastcall.testing.Programs.await;
import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static io.github.lastcall.testing.Programs.isRunning;
import static io.github.lastcall.testing.Programs.readLine;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.FaultyOs;
import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.programs.StartsAndReleases;
import java.io.File;
import java.io.IOException;
import java.lang.ref.Reference;
import java.lang.ref.WeakReference;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A release of the library while the JVM continues. */
@ExtendWith(LeaksNothing.class)
class ReleaseTest {

    private static final GracefulShutdown LONG = GracefulShutdown.of(Duration.ofMinutes(10));

    private static ManagedProcess start(String... steps) throws Exception {
        ManagedProcess process = ManagedProcess.builder(child(steps)).start();
        awaitReady(process);
        return process;
    }

    private static List<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::getName)
                .filter(name -> name.startsWith("lastcall-"))
                .sorted()
                .toList();
    }

    @Test
    void itStopsWhatIsArmedEndsItsThreadsAndALaterStartBeginsAnew() throws Exception {
        ManagedProcess process = start("ready", "pause");
        CompletableFuture<Process> exit = process.onExit();
        ManagedProcess.release();
        assertFalse(isRunning(process.pid()));
        assertEquals(137, exit.get(10, TimeUnit.SECONDS).exitValue());
        await("its threads have ended", () -> threads().isEmpty());
        try (ManagedProcess later = start("ready", "exit", "4")) {
            assertEquals(4, later.onExit().get(10, TimeUnit.SECONDS).exitValue());
        }
    }

    /** The first start creates all threads; the shutdown hook is one of them, and lives as long as the JVM. */
    @Test
    void noThreadOfTheFirstStartInheritsFromItsCaller() throws Exception {
        ManagedProcess.release();
        InheritableThreadLocal<String> context = new InheritableThreadLocal<>() {
            @Override
            protected String childValue(String value) {
                throw new IllegalStateException("copied");
            }
        };
        assertEquals(4, ThreadKind.PLATFORM.begin(() -> {
            context.set("a request");
            try (ManagedProcess process = start("ready", "exit", "4")) {
                return process.onExit().get(10, TimeUnit.SECONDS).exitValue();
            }
        }).result());
    }

    @Test
    void startsMeanwhileAreRefusedAndASecondCallWaits() throws Exception {
        ManagedProcess process = ManagedProcess.builder(child("handle", "SIGTERM", "say:asked", "ready", "pause"))
                .terminateOnClose(LONG)
                .start();
        awaitReady(process);
        ThreadKind.Running<Void> first = ThreadKind.PLATFORM.begin(ReleaseTest::release);
        assertEquals("asked", readLine(process.getInputStream()));
        ThreadKind.Running<Void> second = ThreadKind.PLATFORM.begin(ReleaseTest::release);
        await("the second waits", second::isWaiting);
        assertThrows(IllegalStateException.class, () -> start("ready", "pause"));
        assertFalse(first.isDone());
        assertFalse(second.isDone());
        process.destroyForcibly();
        first.result();
        second.result();
        assertFalse(isRunning(process.pid()));
        start("ready", "exit", "0").waitFor();
    }

    private static Void release() {
        ManagedProcess.release();
        return null;
    }

    @Test
    void interruptedItKills() throws Exception {
        ManagedProcess process = ManagedProcess.builder(child("ignore", "SIGTERM", "ready", "pause"))
                .terminateOnClose(LONG)
                .start();
        awaitReady(process);
        Thread.currentThread().interrupt();
        ManagedProcess.release();
        assertTrue(Thread.interrupted());
        assertFalse(isRunning(process.pid()));
    }

    /** Like a stop of the release with a full heap. */
    @Test
    void afterOneThatFailsTheLibraryGoesOnAndTheNextReleases() throws Exception {
        AtomicBoolean full = new AtomicBoolean(true);
        FaultyOs os = new FaultyOs().beforeSignal(() -> {
            if (full.get()) {
                throw new OutOfMemoryError("a test");
            }
        });
        ManagedProcess process =
                ManagedProcess.builder(child("ready", "pause")).os(os).start();
        awaitReady(process);
        assertThrows(OutOfMemoryError.class, ManagedProcess::release);
        assertEquals(4, start("ready", "exit", "4").waitFor());
        full.set(false);
        ThreadKind.PLATFORM.begin(ReleaseTest::release).result();
        assertFalse(isRunning(process.pid()));
        await("its threads have ended", () -> threads().isEmpty());
    }

    @Test
    void anInterruptOfASecondCallEndsTheGracefulPhases() throws Exception {
        ManagedProcess process = ManagedProcess.builder(child("handle", "SIGTERM", "say:asked", "ready", "pause"))
                .terminateOnClose(LONG)
                .start();
        awaitReady(process);
        ThreadKind.Running<Void> first = ThreadKind.PLATFORM.begin(ReleaseTest::release);
        assertEquals("asked", readLine(process.getInputStream()));
        ThreadKind.Running<Boolean> second = ThreadKind.PLATFORM.begin(() -> {
            Thread.currentThread().interrupt();
            ManagedProcess.release();
            return Thread.interrupted();
        });
        assertTrue(second.result());
        first.result();
        assertFalse(isRunning(process.pid()));
    }

    /** In a JVM of its own, which exits. */
    @Test
    void inAShutdownHookItWaitsForTheStopsOfTheExit() {
        JavaProgram.Result result = new JavaProgram(ReleasesInHook.class).run();
        assertEquals("released, runs: false\n", result.out(), result.err());
    }

    /** The program. */
    static final class ReleasesInHook {

        private ReleasesInHook() {}

        public static void main(String[] arguments) throws Exception {
            ManagedProcess process = ManagedProcess.builder(child("handle", "SIGTERM", "say:asked", "ready", "pause"))
                    .terminateOnClose(GracefulShutdown.of(Duration.ofMillis(300)))
                    .start();
            awaitReady(process);
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                // The exit has begun to stop it.
                readLine(process.getInputStream());
                ManagedProcess.release();
                System.out.println("released, runs: " + isRunning(process.pid()));
            }));
            System.exit(0);
        }
    }

    /** The extension looks for the pidfd, which the loop held for the future when it ended. */
    @Test
    void aProcessWhoseExitIsAwaitedIsNotHeldByTheLoopThatHasEnded() throws Exception {
        ManagedProcess process = start("ready", "read-line", "exit", "6");
        process.mustNotBeTerminated();
        process.onExit();
        ManagedProcess.release();
        process.getOutputStream().close();
        assertEquals(6, process.waitFor());
        process.close();
    }

    @Test
    void aDisarmedProcessGoesOnAndItsHandleWorks() throws Exception {
        ManagedProcess process = start("ready", "read-line", "exit", "6");
        ManagedProcess other = start("handle", "SIGTERM", "exit:3", "ready", "pause");
        process.mustNotBeTerminated();
        other.mustNotBeTerminated();
        ManagedProcess.release();
        assertTrue(process.isAlive());
        assertEquals(new ExitStatus.Exited(3), other.terminate(LONG).exitStatus());
        process.getOutputStream().close();
        assertEquals(6, process.waitFor());
        process.close();
        other.close();
    }

    @ParameterizedTest
    @EnumSource
    void aFutureThatIsMadeAfterwardsIsCompletedByTheThreadThatWaitsForIt(ThreadKind kind) throws Exception {
        ManagedProcess process = start("ignore", "SIGTERM", "ready", "pause");
        process.mustNotBeTerminated();
        ManagedProcess.release();
        GracefulShutdown shutdown = GracefulShutdown.of(Duration.ofMillis(20));
        kind.begin(() -> process.terminateAsync(shutdown).join()).get(10, TimeUnit.SECONDS);
        assertEquals(process, kind.begin(() -> process.onExit().get()).get(10, TimeUnit.SECONDS));
    }

    /** The loop, which has woken it until then, has ended. */
    @ParameterizedTest
    @EnumSource
    void aFutureThatIsWaitedForDuringTheReleaseIsCompletedAfterwards(ThreadKind kind) throws Exception {
        ManagedProcess process = start("ready", "read-line", "exit", "6");
        process.mustNotBeTerminated();
        CompletableFuture<Process> exit = process.onExit();
        ThreadKind.Running<Process> waiting = kind.begin(exit::get).awaitBlocked();
        ManagedProcess.release();
        process.getOutputStream().close();
        assertEquals(process, waiting.result());
    }

    /** In another JVM: the classes of this test must not be those of the loaders. */
    @Test
    void tenClassLoadersAreCollected() {
        JavaProgram.Result result = new JavaProgram(Loaders.class).run();
        assertEquals("10 collected, threads: [], wake-up handles: 0\n", result.out(), result.err());
    }

    /** The program. */
    static final class Loaders {

        private Loaders() {}

        public static void main(String[] arguments) throws Exception {
            List<WeakReference<ClassLoader>> loaders = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                loaders.add(useAndDrop());
            }
            await("they are collected", () -> {
                System.gc();
                return loaders.stream().allMatch(each -> each.refersTo(null));
            });
            System.out.println(
                    loaders.size() + " collected, threads: " + threads() + ", wake-up handles: " + wakeUpHandles());
        }

        /** On Linux they are the only eventfds of such a JVM. */
        private static long wakeUpHandles() throws IOException {
            Path descriptors = Path.of("/proc/self/fd");
            if (!Files.exists(descriptors)) {
                return 0;
            }
            try (Stream<Path> all = Files.list(descriptors)) {
                return all.filter(Loaders::isWakeUpHandle).count();
            }
        }

        private static boolean isWakeUpHandle(Path descriptor) {
            try {
                return Files.readSymbolicLink(descriptor).endsWith("anon_inode:[eventfd]");
            } catch (IOException closedMeanwhile) {
                return false;
            }
        }

        private static WeakReference<ClassLoader> useAndDrop() throws Exception {
            URL[] classPath = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                    .map(Loaders::url)
                    .toArray(URL[]::new);
            try (URLClassLoader loader = new URLClassLoader(classPath, ClassLoader.getPlatformClassLoader())) {
                Object application = loader.loadClass(StartsAndReleases.class.getName()).getConstructor().newInstance();
                long pid = (Long) ((Callable<?>) application).call();
                if (isRunning(pid)) {
                    throw new AssertionError(pid + " is still there");
                }
                Reference.reachabilityFence(application);
                return new WeakReference<>(loader);
            }
        }

        private static URL url(String entry) {
            try {
                return Path.of(entry).toUri().toURL();
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }
}
