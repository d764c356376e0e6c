package io.github.lastcall.benchmarks;

import io.github.lastcall.ManagedProcess;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** From the SIGTERM that ends a child to the return of the wait on a platform thread. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 5)
@Fork(value = 3, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
public class ExitDetection {
    private static final int SIGTERM_EXIT_VALUE = 128 + 15;

    @Benchmark
    public int jdk(JdkChild child) throws InterruptedException {
        // Not destroy(): the JDK's closes the streams as well, ours does not.
        child.process.toHandle().destroy();
        return child.process.waitFor();
    }

    @Benchmark
    public int lastcall(LastcallChild child) throws InterruptedException {
        child.process.destroy();
        return child.process.waitFor();
    }

    @State(Scope.Thread)
    public static class JdkChild {
        Process process;

        @Setup(Level.Invocation)
        public void start() throws IOException {
            process = new ProcessBuilder("cat").start();
            awaitEcho(process);
        }

        @TearDown(Level.Invocation)
        public void check() {
            checkEndedBySigterm(process);
        }
    }

    @State(Scope.Thread)
    public static class LastcallChild {
        ManagedProcess process;

        @Setup(Level.Invocation)
        public void start() throws IOException {
            process = ManagedProcess.builder("cat").start();
            awaitEcho(process);
        }

        @TearDown(Level.Invocation)
        public void check() {
            checkEndedBySigterm(process);
            process.close();
        }
    }

    /** A byte that came back shows that the program runs, and that it has nothing left to do but to read. */
    private static void awaitEcho(Process cat) throws IOException {
        cat.getOutputStream().write('x');
        cat.getOutputStream().flush();
        if (cat.getInputStream().read() != 'x') {
            throw new IOException("cat did not echo");
        }
    }

    private static void checkEndedBySigterm(Process process) {
        if (process.exitValue() != SIGTERM_EXIT_VALUE) {
            throw new IllegalStateException("ended with " + process.exitValue() + " instead of by SIGTERM");
        }
    }
}
