package io.github.lastcall;

import io.github.lastcall.internal.log.Log;
import java.io.Serial;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A process could not be stopped: the forceful kill was refused, or no end of the process was seen within its timeout.
 * The message lists the error of every attempt, and the survivors:
 * {@code Failed to terminate process 'api' (pid 4711). Attempt errors: [1] send signal SIGTERM failed: EPERM (1) in
 * pidfd_send_signal: Operation not permitted; [2] wait for exit timed out after 3 s. Survivors: 4711 (api, D)}. If
 * {@link ManagedProcess.Builder#capture} was called the last lines that it wrote follow: output may hold secrets.
 */
public final class TerminationFailedException extends TerminationException {

    @Serial
    private static final long serialVersionUID = 1L;

    TerminationFailedException(
            Log.Subject subject, List<TerminationAttempt> attempts, List<Survivor> survivors, String lastLines) {
        super(message(subject, failed(attempts), survivors) + lastLines, subject, attempts, survivors);
    }

    private static String message(Log.Subject subject, List<TerminationAttempt> failed, List<Survivor> survivors) {
        StringBuilder message = new StringBuilder("Failed to terminate process ").append(subject);
        for (int i = 0; i < failed.size(); i++) {
            message.append(i == 0 ? ". Attempt errors: [" : "; [").append(i + 1).append("] ");
            message.append(failed.get(i).failure());
        }
        if (!survivors.isEmpty()) {
            message.append(". Survivors: ");
            message.append(survivors.stream().map(Survivor::toString).collect(Collectors.joining(", ")));
        }
        return message.toString();
    }
}
