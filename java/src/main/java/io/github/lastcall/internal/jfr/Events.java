package io.github.lastcall.internal.jfr;

import java.util.Optional;

/**
 * Records starts and stops in Flight Recorder. Without a recording no class of the recorder is loaded, no text is
 * created, and a call takes less than a microsecond. The module jdk.jfr may be missing. What begins in the first 10 ms
 * of the first recording of a JVM may be left out.
 */
public final class Events {

    private static final String RECORDER = "jdk.jfr";

    /**
     * How long a result of the look for the recorder is reused, because a look takes a microsecond: 10 ms. The recorder
     * takes longer (160 ms) from its first class until a recording runs.
     */
    private static final long PAUSE = 10_000_000;

    private static volatile long lookedAt = System.nanoTime() - PAUSE;
    private static volatile boolean recorderIsLoaded;
    private static volatile boolean recorderIsUnusable;

    private Events() {}

    /**
     * Records {@code io.github.lastcall.Start}. Never fails.
     *
     * @param name the name of the process
     * @param pid its number
     * @param program the program, without its arguments, which may hold secrets
     * @param killMode the name of its kill mode
     */
    public static void started(String name, long pid, String program, String killMode) {
        if (mayBeRecorded()) {
            try {
                StartEvent.record(name, pid, program, killMode);
            } catch (LinkageError e) {
                recorderIsUnusable = true;
            }
        }
    }

    /**
     * Begins {@code io.github.lastcall.Stop}, which is recorded if {@link BegunStop#end} is called. Never fails. A stop
     * that began before the first recording of a JVM may be left out.
     *
     * @return empty: nothing is recorded
     */
    public static Optional<BegunStop> stopBegins() {
        if (mayBeRecorded()) {
            try {
                return Optional.of(StopEvent.begun());
            } catch (LinkageError e) {
                recorderIsUnusable = true;
            }
        }
        return Optional.empty();
    }

    private static boolean mayBeRecorded() {
        return (recorderIsLoaded || lookForRecorder()) && !recorderIsUnusable;
    }

    /**
     * No recording runs before a class of the recorder is loaded. A call of the recorder, or a reference to an event
     * class, would load it. The package exists as soon as one of its classes is loaded, and the look for the package
     * loads nothing.
     */
    @SuppressWarnings("deprecation") // What replaces it does not see the boot loader, which has the recorder.
    private static boolean lookForRecorder() {
        long now = System.nanoTime();
        if (now - lookedAt < PAUSE) {
            return false;
        }
        lookedAt = now;
        recorderIsLoaded = Package.getPackage(RECORDER) != null;
        return recorderIsLoaded;
    }
}
