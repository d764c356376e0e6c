package io.github.lastcall.testing;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Properties;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Another JVM for a test, with the same Java, the class path of the test, native access, and the same properties of the
 * library and of the tests.
 */
public final class JavaProgram {

    /** The limit for a JVM that hangs, on a machine under load. */
    private static final Duration LIMIT = Duration.ofSeconds(60);

    /** The limit for the rest of its output, which a child that it has left may hold open. */
    private static final long OUTPUT_LIMIT_SECONDS = 10;

    private static final String NOBODY = "65534";

    private final String main;
    private final List<String> arguments = new ArrayList<>();
    private final List<String> launcher = new ArrayList<>();

    /** Without the file that jps reads: JVMs with equal pids in several pid namespaces print warnings about it. */
    private final List<String> options = new ArrayList<>(List.of(
            "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-Xmx64m", "-XX:-UsePerfData"));

    private final TreeMap<String, String> properties = new TreeMap<>();
    private boolean nativeAccess = true;
    private UnaryOperator<String> classPath = path -> path;

    /** Prepares to run a class. */
    public JavaProgram(Class<?> main, String... arguments) {
        this(main.getName(), arguments);
    }

    /** Prepares to run a class that the test cannot name because it is not public. */
    public JavaProgram(String main, String... arguments) {
        this.main = main;
        this.arguments.addAll(List.of(arguments));
        Properties ours = System.getProperties();
        ours.stringPropertyNames().stream()
                .filter(name -> name.startsWith("io.github.lastcall.") || name.startsWith("lastcall."))
                .forEach(name -> properties.put(name, ours.getProperty(name)));
    }

    /** Adds options of the JVM. */
    public JavaProgram options(String... more) {
        options.addAll(List.of(more));
        return this;
    }

    /** Adds arguments of the program. */
    public JavaProgram arguments(List<String> more) {
        arguments.addAll(more);
        return this;
    }

    /** Sets a system property. */
    public JavaProgram property(String name, String value) {
        properties.put(name, value);
        return this;
    }

    /** Removes a system property that was set here. */
    public JavaProgram withoutProperty(String name) {
        properties.remove(name);
        return this;
    }

    /** Leaves out --enable-native-access. */
    public JavaProgram withoutNativeAccess() {
        nativeAccess = false;
        return this;
    }

    /** Changes the class path. */
    public JavaProgram classPath(UnaryOperator<String> change) {
        classPath = change;
        return this;
    }

    /** Adds a command before it that runs the command that follows, as env(1) and setpriv(1) do. */
    public JavaProgram launcher(String... command) {
        launcher.addAll(List.of(command));
        return this;
    }

    /**
     * Runs it as a user without any rights, which only root can do. Other users may not be able to read the build, so
     * the files that it needs are copied to a folder that all users can read.
     */
    public JavaProgram asNobody(Path folder) {
        String named = properties.getOrDefault(
                "io.github.lastcall.library", System.getProperty("lastcall.library.file"));
        property("io.github.lastcall.library", readableCopy(folder, Path.of(named)).toString());
        classPath = path -> Arrays.stream(path.split(File.pathSeparator))
                .map(Path::of)
                .filter(Files::exists)
                .map(entry -> readableCopy(folder, entry).toString())
                .collect(Collectors.joining(File.pathSeparator));
        return launcher("/usr/bin/setpriv", "--reuid", NOBODY, "--regid", NOBODY, "--clear-groups");
    }

    private static Path readableCopy(Path folder, Path source) {
        Path target = folder.resolve("copy-" + folder.toFile().list().length + "-" + source.getFileName());
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.toList()) {
                Path copy = Files.copy(file, target.resolve(source.relativize(file)));
                Files.setPosixFilePermissions(copy, PosixFilePermissions.fromString("rwxr-xr-x"));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return target;
    }

    /** The whole command. */
    public List<String> command() {
        List<String> command = new ArrayList<>(withDefaultSignals());
        command.addAll(launcher);
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        if (nativeAccess) {
            command.add("--enable-native-access=ALL-UNNAMED");
        }
        properties.forEach((name, value) -> command.add("-D" + name + "=" + value));
        command.addAll(List.of("-cp", classPath.apply(absoluteClassPath()), main));
        command.addAll(arguments);
        return command;
    }

    /** The program may have another working directory. */
    private static String absoluteClassPath() {
        return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** A builder with the whole command, for settings that only a builder has. */
    public ProcessBuilder builder() {
        return new ProcessBuilder(command());
    }

    /** Starts it, with pipes; only its standard error is that of this JVM. */
    public Process start() {
        return start(builder().redirectError(ProcessBuilder.Redirect.INHERIT));
    }

    /** Starts what was made from {@link #builder()}. */
    public static Process start(ProcessBuilder builder) {
        try {
            return builder.start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The result of a program.
     *
     * @param exitValue as {@link Process#exitValue()} gives it
     * @param out what it wrote to standard output
     * @param err what it wrote to standard error
     */
    public record Result(int exitValue, String out, String err) {}

    /** Runs it to its end, with nothing on its standard input. */
    public Result run() {
        return run(builder());
    }

    /** Runs what was made from {@link #builder()} to its end. */
    public static Result run(ProcessBuilder builder) {
        return finish(start(builder));
    }

    /** Ends its standard input, reads everything that it writes and waits for its end. */
    public static Result finish(Process process) {
        return finish(process, LIMIT);
    }

    /** As {@link #finish(Process)}, for a program that may take longer. */
    public static Result finish(Process process, Duration limit) {
        try {
            process.getOutputStream().close();
            CompletableFuture<String> out = text(process.getInputStream());
            CompletableFuture<String> err = text(process.getErrorStream());
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                killWithDump(process);
                throw new AssertionError("the program hung, and wrote: " + all(out) + all(err));
            }
            return new Result(process.exitValue(), all(out), all(err));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException("a test was interrupted while it waited for a program", e);
        }
    }

    /** With the stacks of its threads. What launched it may have put it in a namespace of its own. */
    private static void killWithDump(Process process) throws InterruptedException {
        List<ProcessHandle> all = Stream.concat(Stream.of(process.toHandle()), process.descendants()).toList();
        all.stream()
                .filter(one -> one.info().command().orElse("").endsWith("java"))
                .forEach(jvm -> Programs.signal(jvm.pid(), "QUIT"));
        // The JVM writes the dump some time later.
        process.waitFor(1, TimeUnit.SECONDS);
        all.forEach(ProcessHandle::destroyForcibly);
        process.waitFor();
    }

    private static String all(CompletableFuture<String> text) {
        try {
            return text.orTimeout(OUTPUT_LIMIT_SECONDS, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            throw new AssertionError("the program has ended, and its output has not: has it left a child?", e);
        }
    }

    private static CompletableFuture<String> text(InputStream stream) {
        return CompletableFuture.supplyAsync(() -> {
            try (stream) {
                return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /**
     * A build that was started in the background ignores SIGINT, as does every JVM that it starts unless this helps.
     */
    private static List<String> withDefaultSignals() {
        return Programs.ignoresSignals(Path.of("/proc/self/status"))
                ? List.of("env", "--default-signal=HUP,INT,QUIT,TERM")
                : List.of();
    }
}
