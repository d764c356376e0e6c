package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Contender.Child;
import io.github.lastcall.benchmarks.Contender.Way;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The time from before the SIGTERM that ends a child until the caller has seen the exit, on a platform thread. Each
 * contender has its own JVM, and they run one after the other. For comparisons use {@link Benchmarks}, where they take
 * turns.
 */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 5)
@Fork(value = 1, jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Dslf4j.internal.verbosity=ERROR"})
public class ExitDetection {

    private static final long SETTLE_MILLIS = 3;

    @Benchmark
    public void stop(Settled settled) throws Exception {
        settled.child.stop(settled.way);
    }

    /** A child that is ready and sleeps. A child that still runs ends sooner than one that must be woken. */
    @State(Scope.Thread)
    public static class Settled {

        /** A contender of the workers, and how it stops. */
        @Param({"jdk WAIT", "jdk FUTURE", "lastcall STOP", "lastcall WAIT", "lastcall FUTURE"})
        public String by;

        private String program;
        private Path pageFile;
        private Page page;
        private Contender contender;
        private Way way;
        private Child child;

        @Setup(Level.Trial)
        public void prepare() throws IOException {
            program = NativeFolder.find().resolve("child").toString();
            String[] words = by.split(" ");
            contender = Worker.contender(words[0]);
            way = Way.valueOf(words[1]);
            pageFile = Files.createTempFile("lastcall-benchmarks", ".page");
            page = new Page(pageFile);
        }

        @Setup(Level.Invocation)
        public void start() throws Exception {
            page.reset();
            child = contender.start(List.of(program, pageFile.toString(), "wait"));
            page.awaitReady(1);
            Thread.sleep(SETTLE_MILLIS);
        }

        @TearDown(Level.Invocation)
        public void dispose() throws Exception {
            child.dispose();
        }

        @TearDown(Level.Trial)
        public void deletePage() throws IOException {
            Files.delete(pageFile);
        }
    }
}
