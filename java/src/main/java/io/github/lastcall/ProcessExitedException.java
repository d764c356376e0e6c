package io.github.lastcall;

import io.github.lastcall.internal.log.Log;
import java.io.IOException;
import java.io.Serial;

/**
 * A process ended before it was ready: {@code Process 'redis' (pid 4711) ended before it was ready: exited with code 1.
 * Last lines: ...}. The last lines are there only if {@link ManagedProcess.Builder#capture} was called: output may hold
 * secrets.
 */
public final class ProcessExitedException extends IOException {

    @Serial
    private static final long serialVersionUID = 1L;

    /** The process's name. */
    private final String processName;
    /** Its pid. */
    private final long pid;
    /** How it ended. */
    private final transient ExitStatus exitStatus;

    ProcessExitedException(Log.Subject subject, ExitStatus exitStatus, String lastLines) {
        super("Process " + subject + " ended before it was ready: " + exitStatus + lastLines);
        this.processName = subject.name();
        this.pid = subject.pid();
        this.exitStatus = exitStatus;
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
}
