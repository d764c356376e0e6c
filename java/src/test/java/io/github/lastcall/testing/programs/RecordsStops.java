package io.github.lastcall.testing.programs;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.testing.Programs;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/** Stops processes in several ways while Flight Recorder records, and writes the events of their stops, a line each. */
public final class RecordsStops {

    private static final Duration GRACE = Duration.ofMillis(200);
    private static final GracefulShutdown SHORT = GracefulShutdown.of(GRACE);
    private static final GracefulShutdown LONG = GracefulShutdown.of(Duration.ofMinutes(10));

    /** The stops that are made. */
    private static final int STOPS = 4;

    private RecordsStops() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        Path file = Files.createTempFile("lastcall-test", ".jfr");
        try (Recording recording = new Recording()) {
            recording.start();
            stopTogether();
            stopInterrupted();
            destroy();
            start("released", "ready", "pause");
            ManagedProcess.release();
            Programs.await("all are recorded", () -> stops(recording, file).size() >= STOPS);
            stops(recording, file).stream().map(RecordsStops::line).sorted().forEach(System.out::println);
        }
        Files.delete(file);
    }

    /** Ten threads stop the same process, and two find it gone. */
    private static void stopTogether() throws Exception {
        ManagedProcess process = start("together", "ignore", "SIGTERM", "ready", "pause");
        Stream.generate(() -> process.terminateAsync(SHORT)).limit(10).toList().forEach(stop -> stop.join());
        process.terminate(SHORT);
        process.kill();
    }

    /** A caller leaves after the first signal, and another stop follows. */
    private static void stopInterrupted() throws Exception {
        ManagedProcess process = start("interrupted", "handle", "SIGTERM", "say:asked", "ready", "pause");
        Thread stopping = Thread.ofPlatform().start(() -> {
            try {
                process.terminate(LONG);
            } catch (IOException | InterruptedException left) {
                // Expected.
            }
        });
        Programs.readLine(process.getInputStream());
        stopping.interrupt();
        stopping.join();
        process.kill();
    }

    /** No thread waits for its end. */
    private static void destroy() throws Exception {
        ManagedProcess process = start("destroyed", "ready", "pause");
        process.destroyForcibly().waitFor();
    }

    private static ManagedProcess start(String name, String... steps) throws IOException {
        ManagedProcess process = ManagedProcess.builder(Programs.child(steps)).name(name).start();
        Programs.awaitReady(process);
        return process;
    }

    private static List<RecordedEvent> stops(Recording recording, Path file) {
        try {
            recording.dump(file);
            return RecordingFile.readAllEvents(file).stream()
                    .filter(event -> event.getEventType().getName().equals("io.github.lastcall.Stop"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String line(RecordedEvent event) {
        boolean graceIsIn = event.getDuration().compareTo(GRACE) >= 0;
        return event.getString("name") + (graceIsIn ? " after its grace: " : ": ") + event.getString("exitStatus");
    }
}
