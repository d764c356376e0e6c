package io.github.lastcall.internal.jfr;

import java.util.List;

/** The event of a current stop. It refers to no class of the recorder, which may be missing. */
public interface BegunStop {

    /**
     * Ends the event and records it, once, on any thread. Objects are converted to text only if it is recorded.
     *
     * @param name the name of the process
     * @param pid its number
     * @param exitStatus how it ended, or that it could not be stopped, or that the stop was withdrawn
     * @param forced whether it was killed
     * @param endedBy the last signal that reached it or step that was done, empty: none
     * @param elapsedNanos how long the stop took
     * @param attempts each step, as one line
     */
    void end(
            String name,
            long pid,
            Object exitStatus,
            boolean forced,
            String endedBy,
            long elapsedNanos,
            List<?> attempts);
}
