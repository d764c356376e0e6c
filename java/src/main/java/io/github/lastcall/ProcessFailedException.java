package io.github.lastcall;

import io.github.lastcall.internal.log.Log;
import java.io.IOException;
import java.io.Serial;

/**
 * A process that was run did not succeed: {@code Process 'make' (pid 4711) failed: exited with code 2. Last lines:
 * ...}. The last lines are there only if {@link ManagedProcess.Builder#capture} was called: output may hold secrets.
 */
public final class ProcessFailedException extends IOException {

    @Serial
    private static final long serialVersionUID = 1L;

    /** The process's name. */
    private final String processName;
    /** Its pid. */
    private final long pid;
    /** How it ended. */
    private final transient ExitStatus exitStatus;
    /** Whether its time was up. */
    private final boolean timedOut;

    ProcessFailedException(Log.Subject subject, ExitStatus exitStatus, boolean timedOut, String lastLines) {
        super("Process " + subject + (timedOut ? " was stopped because its time was up: " : " failed: ") + exitStatus
                + lastLines);
        this.processName = subject.name();
        this.pid = subject.pid();
        this.exitStatus = exitStatus;
        this.timedOut = timedOut;
    }

    /**
     * Returns the name of the process.
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
     * Returns how the process ended.
     *
     * @return the exit status; unknown if this exception was serialized
     */
    public ExitStatus exitStatus() {
        return exitStatus == null ? new ExitStatus.Unknown("not serialized") : exitStatus;
    }

    /**
     * Returns whether it was stopped because its time was up.
     *
     * @return false: it ended by itself
     */
    public boolean timedOut() {
        return timedOut;
    }
}
