package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Contender.Child;
import io.github.lastcall.benchmarks.Contender.Way;
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

/** A start with three pipes, on a platform thread. As in {@link ExitDetection}, each contender has its own JVM. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 5)
@Fork(value = 1, jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "-Dslf4j.internal.verbosity=ERROR"})
public class Start {

    @Benchmark
    public void start(Started started) throws Exception {
        started.child = started.contender.start(started.command);
    }

    /** The child exits at once. The wait for it is not measured. */
    @State(Scope.Thread)
    public static class Started {

        /** A contender of the workers. */
        @Param({"jdk", "lastcall"})
        public String by;

        private List<String> command;
        private Contender contender;
        private Child child;

        @Setup(Level.Trial)
        public void prepare() {
            contender = Worker.contender(by);
            command = List.of(NativeFolder.find().resolve("child").toString(), "no page", "exit");
        }

        @TearDown(Level.Invocation)
        public void end() throws Exception {
            child.await(Way.WAIT);
            child.dispose();
        }
    }
}
