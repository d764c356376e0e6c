package io.github.lastcall;

import static io.github.lastcall.testing.Programs.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.CapturedLog;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Numbers;
import io.github.lastcall.testing.Programs;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.slf4j.LoggerFactory;

/**
 * Two hundred threads, half of them virtual, do everything to processes of their own and of each other, at random, and
 * interrupt each other. At the end all is as it was at the start. Not for every build: run it with {@code
 * -Dlastcall.soak=SECONDS}, and again with the seed that it prints, {@code -Dlastcall.soak.seed=SEED}, which repeats
 * the choices of each thread, not their order.
 */
@EnabledIfSystemProperty(named = "lastcall.soak", matches = "\\d+")
@ExtendWith(LeaksNothing.class)
@Timeout(value = 3, unit = TimeUnit.HOURS)
class SoakTest {

    private static final long SECONDS = Long.getLong("lastcall.soak", 0);
    private static final long SEED = Long.getLong("lastcall.soak.seed", System.nanoTime());

    private static final int WORKERS = 200;

    /** How long a thread does nothing between two actions, at most. */
    private static final int LONGEST_PAUSE_MILLIS = 100;

    /** As many as the captured log keeps, so that it is as full before as after. */
    private static final int LOG_LINES = 10_000;

    /** How much the heap may grow, because the JVM and JUnit keep objects. */
    private static final long HEAP_SLACK = 2 << 20;

    private static final ExitStatus SEVEN = new ExitStatus.Exited(7);

    private final Worker[] workers = new Worker[WORKERS];
    private final AtomicReferenceArray<ManagedProcess> shared = new AtomicReferenceArray<>(32);
    private final Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
    private final Map<Deed, LongAdder> done = new EnumMap<>(Deed.class);
    private final LongAdder interrupted = new LongAdder();
    private volatile boolean over;

    /** What a thread may do next. */
    private enum Deed {
        WAIT(Worker::waitForItsEnd),
        TERMINATE(Worker::terminate),
        TERMINATE_A_GROUP(Worker::terminateAGroup),
        ASYNC(Worker::stopWithoutWaiting),
        SCOPE(Worker::openAScope),
        READ(Worker::readEverything),
        CLOSE_UNDER_A_READER(Worker::closeUnderAReader),
        SHARE(Worker::share),
        VISIT(Worker::visit),
        VISIT_AGAIN(Worker::visit),
        LOSE(Worker::lose),
        INTERRUPT(Worker::interruptSomebody);

        private final Action action;

        Deed(Action action) {
            this.action = action;
        }
    }

    private interface Action {
        void run(Worker worker) throws Exception;
    }

    @Test
    void afterEverythingAllIsAsItWas() throws Exception {
        System.out.println("soak: " + SECONDS + " s, -Dlastcall.soak.seed=" + SEED);
        for (Deed deed : Deed.values()) {
            done.put(deed, new LongAdder());
        }
        run(Duration.ofSeconds(Math.clamp(SECONDS / 10, 5, 60)), SEED);
        long heapBefore = heap();
        Numbers before = Numbers.look();
        System.out.println("soak: before " + before + ", heap " + heapBefore);
        run(Duration.ofSeconds(SECONDS), SEED + WORKERS);
        long heapAfter = heap();
        await("descriptors are as before", () -> others(Numbers.look()) <= others(before));
        Numbers after = Numbers.look();
        System.out.println("soak: after  " + after + ", heap " + heapAfter);
        System.out.println("soak: " + done + ", interrupted " + interrupted);
        assertEquals(0, after.children());
        assertEquals(0, after.zombies());
        assertTrue(heapAfter - heapBefore < HEAP_SLACK, heapBefore + " bytes became " + heapAfter);
        done.forEach((deed, times) -> assertTrue(times.sum() > 0, deed + " was never done"));
        // LeaksNothing compares processes, descriptors, threads and files one by one.
    }

    private static long others(Numbers numbers) {
        return numbers.descriptors() - numbers.wakeUps();
    }

    private static long heap() {
        CapturedLog.awaitQuiet();
        for (int i = 0; i < LOG_LINES; i++) {
            LoggerFactory.getLogger(SoakTest.class).info("so that the log is as full as the last time");
        }
        return Numbers.heapBytes();
    }

    private void run(Duration time, long seed) throws Exception {
        over = false;
        for (int i = 0; i < WORKERS; i++) {
            workers[i] = new Worker(new SplittableRandom(seed + i), i % 2 == 0);
        }
        for (Worker worker : workers) {
            worker.thread.start();
        }
        Thread.sleep(time.toMillis());
        over = true;
        for (Worker worker : workers) {
            worker.join();
        }
        for (int i = 0; i < shared.length(); i++) {
            endIfAny(shared.getAndSet(i, null));
        }
        requireNoFailure();
        await("those that were lost are gone and reaped", () -> {
            System.gc();
            startOneMore();
            Numbers left = Numbers.look();
            return left.children() + left.zombies() == 0;
        });
    }

    /** Every start reaps some children that no thread waits for. */
    private static void startOneMore() {
        try (ManagedProcess process = ManagedProcess.builder("true").start()) {
            process.waitForExit();
        } catch (IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private void requireNoFailure() {
        if (!failures.isEmpty()) {
            AssertionError error = new AssertionError(failures.size() + " deeds failed");
            failures.stream().limit(10).forEach(error::addSuppressed);
            throw error;
        }
    }

    /** A close is not enough: a visitor may have waited for the leader, which disarms the members that are left. */
    private static void endIfAny(ManagedProcess process) throws TerminationException {
        if (process != null) {
            process.child().killThroughInterrupts();
            process.close();
        }
    }

    /** One thread, and what it does. All of its state is its own. */
    private final class Worker implements Runnable {

        private final SplittableRandom random;
        private final Thread thread;
        private Deed last = Deed.WAIT;

        Worker(SplittableRandom random, boolean virtual) {
            this.random = random;
            this.thread = (virtual ? Thread.ofVirtual() : Thread.ofPlatform()).unstarted(this);
        }

        @Override
        public void run() {
            while (!over) {
                last = Deed.values()[random.nextInt(Deed.values().length)];
                try {
                    last.action.run(this);
                    Thread.sleep(random.nextInt(LONGEST_PAUSE_MILLIS));
                } catch (InterruptedException e) {
                    interrupted.increment();
                } catch (InterruptedIOException e) {
                    // A read on a virtual thread.
                    interrupted.increment();
                } catch (Throwable failure) {
                    failures.add(new AssertionError(last + " on " + thread + attempts(failure), failure));
                }
                Thread.interrupted();
                done.get(last).increment();
            }
        }

        /** With their times, which are not in the message of the exception. */
        private static String attempts(Throwable failure) {
            if (failure instanceof TerminationException stop) {
                return ": " + stop.attempts();
            }
            return failure.getCause() == null ? "" : attempts(failure.getCause());
        }

        void join() throws InterruptedException {
            if (!thread.join(Duration.ofMinutes(2))) {
                AssertionError hangs = new AssertionError(last + " hangs on " + thread);
                hangs.setStackTrace(thread.getStackTrace());
                throw hangs;
            }
        }

        private ManagedProcess.Builder builder(boolean pipes, String... steps) {
            ProcessBuilder command = Programs.child(steps);
            if (!pipes) {
                command.redirectInput(new File("/dev/null"))
                        .redirectOutput(Redirect.DISCARD)
                        .redirectError(Redirect.DISCARD);
            }
            return ManagedProcess.builder(command)
                    .killMode(random.nextInt(4) == 0 ? KillMode.MIXED : KillMode.GROUP)
                    .terminateOnClose(policy());
        }

        private ManagedProcess start(boolean pipes, String... steps) throws IOException {
            return builder(pipes, steps).start();
        }

        private GracefulShutdown policy() {
            return GracefulShutdown.of(Duration.ofMillis(random.nextInt(100)));
        }

        private boolean chance(int oneIn) {
            return random.nextInt(oneIn) == 0;
        }

        /** Ends at SIGTERM, ends slowly, does not end, or leaves a member behind. */
        private String[] anybody() {
            return switch (random.nextInt(4)) {
                case 0 -> new String[] {"pause"};
                case 1 -> new String[] {"handle", "SIGTERM", "exit:3", "sleep", "50", "pause"};
                case 2 -> new String[] {"ignore", "SIGTERM", "pause"};
                default -> new String[] {"fork", "pause", "end", "sleep", "5", "exit", "0"};
            };
        }

        private void waitForItsEnd() throws Exception {
            String millis = Integer.toString(random.nextInt(30));
            try (ManagedProcess process = start(chance(2), "sleep", millis, "exit", "7")) {
                ExitStatus status = switch (random.nextInt(5)) {
                    case 0 -> new ExitStatus.Exited(process.waitFor());
                    case 1 -> process.waitForExit();
                    case 2 -> process.waitForExit(Duration.ofMinutes(1)).orElseThrow();
                    case 3 -> new ExitStatus.Exited(process.onExit().get().exitValue());
                    default -> process.waitFor(5, TimeUnit.MILLISECONDS)
                            ? process.exitStatus().orElseThrow()
                            : process.waitForExit();
                };
                assertEquals(SEVEN, status);
            }
        }

        private void terminate() throws Exception {
            try (ManagedProcess process = start(chance(2), anybody())) {
                if (chance(2)) {
                    process.terminate(policy());
                } else {
                    process.waitForExitOrTerminate(Duration.ofMillis(random.nextInt(20)), policy());
                    // Disarmed: an interrupted kill() would send nothing, and nothing would stop it later.
                    process.child().killThroughInterrupts();
                }
                assertTrue(!process.isAlive());
            }
        }

        private void terminateAGroup() throws Exception {
            String[] steps = {
                "forks", "3", "ignore", "SIGTERM", "pause", "end", "handle", "SIGTERM", "exit:3", "pause"
            };
            try (ManagedProcess process = start(false, steps)) {
                process.terminate(policy());
            }
        }

        private void stopWithoutWaiting() throws Exception {
            try (ManagedProcess process = start(chance(2), anybody())) {
                CompletableFuture<TerminationReport> first =
                        process.terminateAsync(GracefulShutdown.of(Duration.ofMinutes(10)));
                CompletableFuture<TerminationReport> second = process.terminateAsync(policy());
                if (chance(3)) {
                    first.cancel(true);
                }
                if (chance(3)) {
                    process.killAsync().get();
                }
                if (chance(3)) {
                    process.waitFor();
                }
                second.get();
            }
        }

        private void openAScope() throws Exception {
            List<ManagedProcess> members = new ArrayList<>();
            try (ProcessScope scope = ProcessScope.open(policy())) {
                int count = 1 + random.nextInt(5);
                for (int i = 0; i < count; i++) {
                    members.add(scope.start(builder(chance(3), anybody())));
                }
                if (chance(2)) {
                    members.get(random.nextInt(count)).killAsync();
                }
                if (chance(2)) {
                    assertTrue(scope.terminateAll().size() <= count);
                }
            }
            members.forEach(member -> assertTrue(!member.isAlive()));
        }

        private void readEverything() throws Exception {
            try (ManagedProcess process = start(true, "write", "out", "200000", "exit", "7")) {
                assertEquals(200_000, process.getInputStream().readAllBytes().length);
                process.waitForExit();
            }
        }

        private void closeUnderAReader() throws Exception {
            try (ManagedProcess process = start(true, "write", "out", "10", "pause")) {
                CompletableFuture<Integer> read = new CompletableFuture<>();
                Thread.Builder reader = chance(2) ? Thread.ofVirtual() : Thread.ofPlatform();
                reader.start(() -> read.complete(readToItsEnd(process.getInputStream())));
                Thread.sleep(random.nextInt(10));
                if (chance(2)) {
                    process.getInputStream().close();
                } else {
                    process.close();
                }
                assertTrue(read.get(1, TimeUnit.MINUTES) <= 10);
            }
        }

        /** What was read before another thread closed the stream. */
        private static int readToItsEnd(InputStream stream) {
            int count = 0;
            try {
                while (stream.read() >= 0) {
                    count++;
                }
            } catch (IOException closed) {
                // Expected.
            }
            return count;
        }

        private void share() throws Exception {
            ManagedProcess process = start(true, anybody());
            endIfAny(shared.getAndSet(random.nextInt(shared.length()), process));
        }

        /** With any result, at the same time as others and as the close of the process. */
        private void visit() throws Exception {
            ManagedProcess process = shared.get(random.nextInt(shared.length()));
            if (process == null) {
                return;
            }
            try {
                visit(process);
            } catch (TerminationException | InterruptedIOException e) {
                throw e;
            } catch (IOException closed) {
                // A stream was closed by the thread that ended the process.
            }
        }

        private void visit(ManagedProcess process) throws Exception {
            switch (random.nextInt(14)) {
                case 0 -> process.terminate(policy());
                case 1 -> process.kill();
                case 2 -> process.terminateAsync(policy()).get();
                case 3 -> process.terminateAsync(policy()).cancel(true);
                case 4 -> process.killAsync();
                case 5 -> process.waitFor(20, TimeUnit.MILLISECONDS);
                case 6 -> process.waitForExit(Duration.ofMillis(20));
                case 7 -> process.onExit().thenAccept(Process::exitValue);
                case 8 -> process.sendTerminate();
                case 9 -> process.destroy();
                case 10 -> process.destroyForcibly();
                case 11 -> process.getErrorStream().available();
                case 12 -> process.getOutputStream().close();
                default -> process.state();
            }
        }

        /** Rarely: the log contains the place where each was started. */
        private void lose() throws Exception {
            if (chance(5)) {
                start(chance(2), "pause");
            }
        }

        private void interruptSomebody() {
            workers[random.nextInt(WORKERS)].thread.interrupt();
        }
    }
}
