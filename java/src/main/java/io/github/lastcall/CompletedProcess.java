package io.github.lastcall;

import io.github.lastcall.internal.log.Log;
import java.util.Optional;

/** A process that was {@linkplain ManagedProcess#run run} to its end: how it ended and what it wrote. */
public final class CompletedProcess {

    private final Log.Subject subject;
    private final ExitStatus exitStatus;
    private final boolean timedOut;
    private final Optional<TerminationReport> termination;
    private final CapturedOutput stdout;
    private final CapturedOutput stderr;
    private final String lastLines;

    CompletedProcess(
            Log.Subject subject,
            ExitStatus exitStatus,
            boolean timedOut,
            Optional<TerminationReport> termination,
            CapturedOutput stdout,
            CapturedOutput stderr,
            String lastLines) {
        this.subject = subject;
        this.exitStatus = exitStatus;
        this.timedOut = timedOut;
        this.termination = termination;
        this.stdout = stdout;
        this.stderr = stderr;
        this.lastLines = lastLines;
    }

    /**
     * Returns how the process ended.
     *
     * @return the exit status of the leader
     */
    public ExitStatus exitStatus() {
        return exitStatus;
    }

    /**
     * Returns whether it was stopped because its time was up.
     *
     * @return false: it ended by itself
     */
    public boolean timedOut() {
        return timedOut;
    }

    /**
     * Returns what was done to stop it, or the members of its group that outlived it.
     *
     * @return the report; empty: nothing had to be stopped
     */
    public Optional<TerminationReport> termination() {
        return termination;
    }

    /**
     * Returns what was kept of its standard output.
     *
     * @return the output; empty if it was no pipe
     */
    public CapturedOutput stdout() {
        return stdout;
    }

    /**
     * Returns what was kept of its standard error.
     *
     * @return the output; empty if it was no pipe, or went where the standard output went
     */
    public CapturedOutput stderr() {
        return stderr;
    }

    /**
     * Returns this if the process exited with 0 within its time.
     *
     * @return this
     * @throws ProcessFailedException it did not. The message has its name and how it ended, and the last lines of its
     *     standard error (of its standard output if there are none) if {@link ManagedProcess.Builder#capture} was
     *     called
     */
    public CompletedProcess requireSuccess() throws ProcessFailedException {
        if (timedOut || !exitStatus.success()) {
            throw new ProcessFailedException(subject, exitStatus, timedOut, lastLines);
        }
        return this;
    }

    /** Returns name, pid, how it ended and how much it wrote, for a person. */
    @Override
    public String toString() {
        return subject.name() + " (pid " + subject.pid() + ") " + (timedOut ? "timed out: " : "") + exitStatus
                + "; stdout: " + stdout + "; stderr: " + stderr;
    }
}
