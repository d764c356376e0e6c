package io.github.lastcall.internal.jfr;

import java.util.Optional;

/**
 * Tells Flight Recorder what was started and stopped. Without a recording nothing of the recorder is loaded, no text is
 * made, and a call takes less than a microsecond; a runtime image without the module jdk.jfr will do.
 */
public final class Events {

    private static final String RECORDER = "jdk.jfr";

    /** How long a stop does not look again for the recorder, which takes it a microsecond: 50 ms. */
    private static final long PAUSE = 50_000_000;

    private static volatile long lookedAt;
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
     * Begins {@code io.github.lastcall.Stop}, which is recorded if {@link BegunStop#end} is called. Never fails. A
     * stop that began before the first recording of a JVM, or in its first 50 ms, may be left out.
     *
     * @return empty: nothing is recorded
     */
    public static Optional<BegunStop> stopBegins() {
        if ((recorderIsLoaded || System.nanoTime() - lookedAt >= PAUSE) && mayBeRecorded()) {
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
     * No recording runs before a class of the recorder has been loaded. Asking the recorder itself would load it, and
     * so would naming an event; the package is there once a class of it is, and asking for it loads nothing.
     */
    @SuppressWarnings("deprecation") // What replaces it does not see the boot loader, which has the recorder.
    private static boolean lookForRecorder() {
        lookedAt = System.nanoTime();
        recorderIsLoaded = Package.getPackage(RECORDER) != null;
        return recorderIsLoaded;
    }
}
