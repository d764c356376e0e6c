package io.github.lastcall.testing;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.spi.ToolProvider;

/**
 * Java source that is no part of the build, compiled against the class path of the tests.
 *
 * @param classes where the classes are
 */
public record SourceFiles(Path classes) {

    /** Compiles, with every warning an error. */
    public static SourceFiles compile(Path classes, Path... sources) {
        List<String> arguments = new ArrayList<>(List.of(
                "-Xlint:all,-processing,-try", "-Werror", "--release", "22",
                "-cp", System.getProperty("java.class.path"), "-d", classes.toString()));
        for (Path source : sources) {
            arguments.add(source.toString());
        }
        int result = ToolProvider.findFirst("javac").orElseThrow()
                .run(System.out, System.err, arguments.toArray(String[]::new));
        if (result != 0) {
            throw new AssertionError("javac has failed: " + result);
        }
        return new SourceFiles(classes);
    }

    /** Prepares to run one of the classes. */
    public JavaProgram program(String main, String... arguments) {
        return new JavaProgram(main, arguments)
                .classPath(path -> classes.toAbsolutePath() + File.pathSeparator + path);
    }
}
