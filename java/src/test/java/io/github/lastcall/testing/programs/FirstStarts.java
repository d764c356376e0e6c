package io.github.lastcall.testing.programs;

import io.github.lastcall.ManagedProcess;
import io.github.lastcall.internal.os.NativeOs;
import io.github.lastcall.testing.Programs;
import java.io.Closeable;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/**
 * Starts a process while a resource is missing, and again when it is there. Writes a line for each: the output of the
 * child, or the failure; then how many files the library has left.
 *
 * <p>Arguments: what is missing at first: folder, room (a file in the folder takes it), descriptors, descriptors-late
 * (the library is loaded before), threads.
 */
public final class FirstStarts {

    /** More than any limit that a test would set. */
    private static final int MOST = 5000;

    private static final Path FOLDER = Path.of(System.getProperty("java.io.tmpdir"));

    private FirstStarts() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        // Loads first what a start needs before the library, and the output: these must not fail.
        System.out.println(new ProcessBuilder("true").start().waitFor());
        if (arguments[0].equals("descriptors-late")) {
            NativeOs.instance();
        }
        Closeable lack = lack(arguments[0]);
        System.out.println(start());
        lack.close();
        System.out.println(start());
        File[] left = FOLDER.toFile().listFiles((parent, name) -> name.startsWith("lastcall"));
        System.out.println("left " + left.length);
    }

    private static Closeable lack(String what) throws IOException {
        return switch (what) {
            case "folder" -> () -> Files.createDirectory(FOLDER);
            case "room" -> () -> Files.delete(FOLDER.resolve("filler"));
            case "threads" -> takeAllThreads();
            default -> takeAllDescriptors();
        };
    }

    private static String start() throws Exception {
        try (ManagedProcess process = ManagedProcess.builder("sh", "-c", "printf %s \"$ODD\" | od -An -tx1").start()) {
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return "wrote " + output.strip();
        } catch (IOException | Error e) {
            return e.getClass().getSimpleName() + ": " + e.getMessage();
        }
    }

    private static Closeable takeAllDescriptors() throws IOException {
        List<InputStream> taken = new ArrayList<>();
        try {
            while (taken.size() < MOST) {
                taken.add(new FileInputStream("/dev/null"));
            }
        } catch (IOException noDescriptor) {
            return () -> {
                for (InputStream stream : taken) {
                    stream.close();
                }
            };
        }
        throw new AssertionError("there is no limit");
    }

    private static Closeable takeAllThreads() {
        CountDownLatch goOn = new CountDownLatch(1);
        List<Thread> taken = new ArrayList<>();
        try {
            while (taken.size() < MOST) {
                taken.add(Thread.ofPlatform().daemon().start(() -> await(goOn)));
            }
        } catch (OutOfMemoryError noThread) {
            return () -> release(goOn, taken);
        }
        throw new AssertionError("there is no limit");
    }

    private static void await(CountDownLatch goOn) {
        try {
            goOn.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** A thread that has ended for Java may still exist for the system. */
    private static void release(CountDownLatch goOn, List<Thread> taken) {
        int threads = threads();
        goOn.countDown();
        Programs.await("they are gone", () -> threads() <= threads - taken.size());
    }

    private static int threads() {
        return new File("/proc/self/task").list().length;
    }
}
