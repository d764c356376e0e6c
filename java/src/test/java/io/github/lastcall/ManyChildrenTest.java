package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Numbers;
import io.github.lastcall.testing.ProcessTable;
import io.github.lastcall.testing.Programs;
import java.io.File;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Very many live children in one scope, and what they cost. Not for every build: run it with {@code
 * -Dlastcall.stress=10000}, which is how many. Each takes a descriptor of the JVM, so the hard limit must be above that
 * number; the JVM raises the soft one by itself.
 */
@EnabledIfSystemProperty(named = "lastcall.stress", matches = "\\d+")
@ExtendWith(LeaksNothing.class)
@Timeout(value = 10, unit = TimeUnit.MINUTES)
class ManyChildrenTest {

    private static final int COUNT = Integer.getInteger("lastcall.stress", 0);

    /** How the children react to SIGTERM. */
    enum Temper {
        POLITE(Duration.ofSeconds(60), "pause"),
        STUBBORN(Duration.ofSeconds(5), "ignore", "SIGTERM", "pause");

        private final Duration timeout;
        private final String[] steps;

        Temper(Duration timeout, String... steps) {
            this.timeout = timeout;
            this.steps = steps;
        }

        ManagedProcess.Builder builder() {
            return ManagedProcess.builder(Programs.child(steps)
                    .redirectInput(new File("/dev/null"))
                    .redirectOutput(Redirect.DISCARD)
                    .redirectError(Redirect.DISCARD));
        }
    }

    @ParameterizedTest
    @EnumSource
    void areHeldAndStoppedByOneScope(Temper temper) throws Exception {
        Temper.POLITE.builder().start().kill();
        tell(temper, "before", Numbers.look(), 0);
        GracefulShutdown shutdown = GracefulShutdown.of(temper.timeout);
        List<ManagedProcess> processes = new ArrayList<>();
        try (ProcessScope scope = ProcessScope.open(shutdown)) {
            long begun = System.nanoTime();
            for (int i = 0; i < COUNT; i++) {
                processes.add(scope.start(temper.builder()));
            }
            tell(temper, "held", Numbers.look(), System.nanoTime() - begun);
            assertEquals(COUNT, livingOf(processes), "all of them live");
            stop(temper, scope);
        }
        assertEquals(0, livingOf(processes), "none of them lives");
        tell(temper, "after", Numbers.look(), 0);
    }

    private static void stop(Temper temper, ProcessScope scope) throws Exception {
        AtomicBoolean over = new AtomicBoolean();
        AtomicLong mostThreads = new AtomicLong();
        Thread sampler = Thread.ofPlatform().daemon().start(() -> {
            while (!over.get()) {
                mostThreads.accumulateAndGet(Numbers.threadsNow(), Math::max);
                pause();
            }
        });
        long begun = System.nanoTime();
        List<TerminationReport> reports = scope.terminateAll();
        long took = System.nanoTime() - begun;
        over.set(true);
        sampler.join();
        tell(temper, "stopped", Numbers.look(), took);
        System.out.println(temper + " most threads while they were stopped: " + mostThreads);
        assertEquals(COUNT, reports.size());
        assertTrue(reports.stream().allMatch(report -> report.forced() == (temper == Temper.STUBBORN)));
    }

    /** Between two samples of the sampler. */
    private static void pause() {
        try {
            Thread.sleep(20);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static long livingOf(List<ManagedProcess> processes) {
        Set<Long> pids = processes.stream().map(Process::pid).collect(Collectors.toSet());
        return ProcessTable.look().stream()
                .filter(seen -> seen.isAlive() && pids.contains(seen.pid()))
                .count();
    }

    private static void tell(Temper temper, String when, Numbers numbers, long nanos) {
        System.out.printf("%s %s: %d ms, %s%n", temper, when, nanos / 1_000_000, numbers);
    }
}
