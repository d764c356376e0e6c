package io.github.lastcall;

import java.io.Serial;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A single signal could not be sent. The process continues as before. The message reads
 * {@code Failed to send SIGTERM to process 'api' (pid 4711): EPERM (1) in pidfd_send_signal: Operation not permitted}.
 */
public final class SignalFailedException extends TerminationException {

    @Serial
    private static final long serialVersionUID = 1L;

    SignalFailedException(String processName, long pid, String signalName, List<TerminationAttempt> attempts) {
        super(message(processName, pid, signalName, attempts), processName, pid, attempts, List.of());
    }

    private static String message(String processName, long pid, String signalName, List<TerminationAttempt> attempts) {
        String errors = failed(attempts).stream()
                .map(attempt -> TerminationAttempt.words(attempt.error().orElseThrow()))
                .collect(Collectors.joining("; "));
        return "Failed to send " + signalName + " to process '" + processName + "' (pid " + pid + "): " + errors;
    }
}
