package io.github.lastcall.testing.programs;

import io.github.lastcall.ManagedProcess;
import io.github.lastcall.internal.jfr.Events;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * Starts and stops a process before, while and after Flight Recorder records, and writes what it recorded: an event's
 * name, whether it has a stack trace, and its fields, a line each. With the argument "unrecorded" there is no recorder.
 */
public final class Records {

    private Records() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        tell("before");
        if (arguments.length == 0) {
            record();
        }
        System.out.println("exited with " + ManagedProcess.builder("true").start().waitFor());
    }

    private static void record() throws Exception {
        Path file = Files.createTempFile("lastcall-test", ".jfr");
        try (Recording recording = new Recording()) {
            recording.start();
            tell("while");
            recording.stop();
            tell("after");
            recording.dump(file);
        }
        RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().startsWith("io.github.lastcall."))
                .forEach(Records::print);
        Files.delete(file);
    }

    private static void tell(String name) {
        Events.started(name, 4711, "redis-server", "GROUP");
        // An attempt that is not recorded must not be converted to text.
        Object attempt = new Object() {
            @Override
            public String toString() {
                System.out.println("text was made " + name);
                return "second";
            }
        };
        Events.stopBegins().ifPresent(stop -> stop.end(
                name, 4711, "exited with code 0", true, "SIGTERM", 12_000_000, List.of("first", attempt)));
    }

    private static void print(RecordedEvent event) {
        System.out.println(event.getEventType().getName() + (event.getStackTrace() == null ? "" : " with a trace"));
        for (String field : List.of("name", "pid", "program", "killMode")) {
            print(event, field);
        }
        for (String field : List.of("exitStatus", "forced", "endedBy", "attempts")) {
            print(event, field);
        }
        if (event.hasField("elapsed")) {
            System.out.println("elapsed=" + event.getDuration("elapsed"));
        }
    }

    private static void print(RecordedEvent event, String field) {
        if (event.hasField(field)) {
            System.out.println(field + "=" + event.getValue(field));
        }
    }
}
