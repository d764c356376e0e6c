package io.github.lastcall.benchmarks;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.util.Statistics;

/** {@link ExitDetection} as part of a full run. */
final class JmhRun {

    private JmhRun() {}

    /** Returns the results of JMH, in microseconds, by contender and way. */
    static Map<String, Statistics> run(Path nativeFolder) throws RunnerException {
        Options options = new OptionsBuilder()
                .include(ExitDetection.class.getSimpleName())
                .jvmArgsAppend(
                        "-D" + NativeFolder.PROPERTY + "=" + nativeFolder,
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dslf4j.internal.verbosity=ERROR")
                .warmupIterations(2)
                .warmupTime(TimeValue.seconds(2))
                .measurementIterations(3)
                .measurementTime(TimeValue.seconds(2))
                .shouldFailOnError(true)
                .build();
        Map<String, Statistics> results = new LinkedHashMap<>();
        for (RunResult result : new Runner(options).run()) {
            results.put(result.getParams().getParam("by"), result.getPrimaryResult().getStatistics());
        }
        return results;
    }
}
