package io.github.lastcall;

import io.github.lastcall.internal.log.Log;
import java.io.IOException;
import java.io.Serial;
import java.util.List;

/**
 * A signal could not be sent, or a process could not be stopped. The process, or members of its group, may still be
 * running: {@link #survivors()} names the ones that were seen. The first attempt's error is the {@linkplain #getCause()
 * cause}, the others are {@linkplain #getSuppressed() suppressed}.
 */
public abstract sealed class TerminationException extends IOException
        permits SignalFailedException, TerminationFailedException {

    @Serial
    private static final long serialVersionUID = 1L;

    /** The process's name. */
    private final String processName;
    /** Its pid. */
    private final long pid;
    /** Every step. */
    @SuppressWarnings("serial") // what List.copyOf returns is serializable
    private final List<TerminationAttempt> attempts;
    /** What was still running. */
    @SuppressWarnings("serial") // what List.copyOf returns is serializable
    private final List<Survivor> survivors;

    TerminationException(
            String message, Log.Subject subject, List<TerminationAttempt> attempts, List<Survivor> survivors) {
        super(message, firstError(attempts));
        this.processName = subject.name();
        this.pid = subject.pid();
        this.attempts = List.copyOf(attempts);
        this.survivors = List.copyOf(survivors);
        failed(attempts).stream().skip(1).forEach(attempt -> addSuppressed(attempt.error().orElseThrow()));
    }

    private static IOException firstError(List<TerminationAttempt> attempts) {
        return attempts.stream().flatMap(attempt -> attempt.error().stream()).findFirst().orElse(null);
    }

    static List<TerminationAttempt> failed(List<TerminationAttempt> attempts) {
        return attempts.stream().filter(attempt -> attempt.error().isPresent()).toList();
    }

    /**
     * Returns the name that the process was given.
     *
     * @return the name
     */
    public String processName() {
        return processName;
    }

    /**
     * Returns the pid of the process.
     *
     * @return the pid
     */
    public long pid() {
        return pid;
    }

    /**
     * Returns every step that was taken, in order.
     *
     * @return the attempts, unmodifiable
     */
    public List<TerminationAttempt> attempts() {
        return attempts;
    }

    /**
     * Returns the steps that failed, in order.
     *
     * @return those of the {@link #attempts()} that have an error, unmodifiable
     */
    public List<TerminationAttempt> attemptErrors() {
        return failed(attempts);
    }

    /**
     * Returns what was still running when the stop gave up.
     *
     * @return the processes as they were seen, unmodifiable; empty if none could be named
     */
    public List<Survivor> survivors() {
        return survivors;
    }
}
