package io.github.lastcall.testing.programs;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.SpawnException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;

/**
 * Starts and stops processes in eight threads until it is killed. Each process creates a file up.PID when it handles
 * a request to end, and bye.PID when it got one. The line "started" says that all threads have begun.
 *
 * <p>Argument: the folder of the files.
 */
public final class StartsAndStops {

    private static final int THREADS = 8;
    private static final int AT_ONCE = 4;
    private static final GracefulShutdown POLICY = GracefulShutdown.of(Duration.ofSeconds(20));

    private StartsAndStops() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        Path folder = Path.of(arguments[0]);
        // Loads the library: a JVM that is killed before the file is deleted leaves it.
        try {
            start(folder).terminate(POLICY);
        } catch (SpawnException e) {
            System.out.println(e.getMessage());
            return;
        }
        for (int i = 0; i < THREADS; i++) {
            int seed = i;
            Thread.ofPlatform().start(() -> startAndStop(folder, new Random(seed)));
        }
        System.out.println("started");
        Thread.sleep(Long.MAX_VALUE);
    }

    private static void startAndStop(Path folder, Random random) {
        Deque<ManagedProcess> running = new ArrayDeque<>();
        try {
            while (true) {
                running.add(start(folder));
                if (running.size() > AT_ONCE || random.nextInt(3) == 0) {
                    running.remove().terminate(POLICY);
                }
            }
        } catch (Exception e) {
            e.printStackTrace();
            System.exit(1);
        }
    }

    /**
     * The shell kills its sleep: a SIGTERM to the group between the fork and the exec of the sleep is lost, because the
     * copy of the shell still has the trap then.
     */
    private static ManagedProcess start(Path folder) throws Exception {
        return ManagedProcess.builder(
                        "sh", "-c", "trap ': > bye.$$; kill -KILL $!; exit' TERM;"
                        + " : > up.$$; while :; do sleep 1000 & wait $!; done")
                .directory(folder)
                .environment(environment -> environment.put("LASTCALL_TEST_FOLDER", folder.toString()))
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.DISCARD)
                .stopWithJvm(POLICY)
                .start();
    }
}
