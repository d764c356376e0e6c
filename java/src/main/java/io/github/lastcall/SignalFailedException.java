package io.github.lastcall;

import io.github.lastcall.internal.log.Log;
import java.io.Serial;
import java.util.List;

/**
 * A single signal could not be sent. The process continues as before. The message reads
 * {@code Failed to send SIGTERM to process 'api' (pid 4711): EPERM (1) in pidfd_send_signal: Operation not permitted}.
 */
public final class SignalFailedException extends TerminationException {

    @Serial
    private static final long serialVersionUID = 1L;

    SignalFailedException(Log.Subject subject, String signalName, TerminationAttempt refused) {
        super(message(subject, signalName, refused), subject, List.of(refused), List.of());
    }

    private static String message(Log.Subject subject, String signalName, TerminationAttempt refused) {
        return "Failed to send " + signalName + " to process " + subject + ": "
                + TerminationAttempt.words(refused.error().orElseThrow());
    }
}
