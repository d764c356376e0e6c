package io.github.lastcall;

import java.time.Duration;

/**
 * What a stop calls as a {@linkplain GracefulShutdown.UnixStage#call(String, StopAction, Duration) step} of its policy:
 * a request to shut down, a flush, a word on the standard input.
 *
 * {@snippet :
 * StopAction quit = process -> {
 *     process.outputWriter().write("quit\n");
 *     process.outputWriter().flush();
 * };
 * }
 */
@FunctionalInterface
public interface StopAction {

    /**
     * Does the step. Called on a thread of its own, which is interrupted when the time of the step is up or the stop is
     * over, whichever comes first; the stop does not wait for it longer than that. It may use the process as any other
     * thread may: a stop of the same process from here joins the current one, and ends at the latest with that
     * interrupt.
     *
     * @param process the process that is being stopped. While an action keeps it in a field that is reachable, it
     *     does not count as lost
     * @throws Exception it has failed; the error of the attempt ({@link TerminationAttempt#error()}) is then an {@link
     *     java.io.IOException} with this exception as its cause, and the next phase begins
     */
    void on(ManagedProcess process) throws Exception;
}
