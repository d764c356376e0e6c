import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Makes the folder of the command line from the jar: bin/lastcall, lib, and a cache of classes for the Java that runs
 * this program. Only the build uses it: {@code java Assemble.java TARGET SCRIPT JAR LIBRARY
 * CLASSPATH}, where the jars of the class path are the dependencies.
 */
final class Assemble {

    private static final int AOT_IN_ONE_STEP = 25;

    private Assemble() {}

    public static void main(String[] arguments) throws Exception {
        Path target = Path.of(arguments[0]);
        Path lib = Files.createDirectories(target.resolve("lib"));
        Path script = Files.createDirectories(target.resolve("bin")).resolve("lastcall");
        copy(Path.of(arguments[1]), script);
        copy(Path.of(arguments[2]), lib.resolve("lastcall.jar"));
        Path library = Path.of(arguments[3]);
        copy(library, lib.resolve(library.getFileName()));
        Path guardian = library.resolveSibling("lastcall-guardian");
        if (Files.exists(guardian)) {
            copy(guardian, lib.resolve(guardian.getFileName()));
            makeExecutable(lib.resolve(guardian.getFileName()));
        }
        for (String entry : arguments[4].split(File.pathSeparator)) {
            if (entry.endsWith(".jar")) {
                copy(Path.of(entry), lib.resolve(Path.of(entry).getFileName()));
            }
        }
        makeExecutable(script);
        Files.writeString(lib.resolve("java-home"), System.getProperty("java.home") + "\n");
        makeCache(script, lib);
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
    }

    private static void makeExecutable(Path file) throws IOException {
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** By the script itself, so that every path is as it will be. What it is given goes through a whole stop. */
    private static void makeCache(Path script, Path lib) throws IOException, InterruptedException {
        Path aot = lib.resolve("lastcall.aot");
        Path archive = lib.resolve("lastcall.jsa");
        Files.deleteIfExists(aot);
        Files.deleteIfExists(archive);
        String option = Runtime.version().feature() >= AOT_IN_ONE_STEP
                ? "-XX:AOTCacheOutput=" + aot
                : "-XX:ArchiveClassesAtExit=" + archive;
        ProcessBuilder training = new ProcessBuilder(
                script.toString(), "-v", "-k", "10", "0.1", "sleep", "10");
        training.environment().put("JAVA_HOME", System.getProperty("java.home"));
        training.environment().put("LASTCALL_JAVA_OPTION", option);
        Path log = lib.resolve("cache.log");
        Process process = training.redirectErrorStream(true).redirectOutput(log.toFile()).start();
        process.getOutputStream().close();
        if (!process.waitFor(2, TimeUnit.MINUTES) || process.exitValue() != 124) {
            process.destroyForcibly();
            throw new IOException("the command line does not run: " + Files.readString(log));
        }
        List<Path> made = new ArrayList<>(List.of(aot, archive));
        made.removeIf(Files::notExists);
        System.err.println("The command line is " + script
                + (made.isEmpty() ? ", without a cache: see " + log : ""));
    }
}
