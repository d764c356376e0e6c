package io.github.lastcall;

import java.io.Serial;
import java.io.Serializable;
import java.util.Objects;

/**
 * A process that was still running, as it was seen at that moment. Immutable.
 */
public final class Survivor implements Serializable {

    @Serial
    private static final long serialVersionUID = 1L;

    /** The pid. */
    private final long pid;
    /** The program's name. */
    private final String command;
    /** The state's letter. */
    private final char state;

    Survivor(long pid, String command, char state) {
        this.pid = pid;
        this.command = command;
        this.state = state;
    }

    /**
     * Returns the pid of the process. The OS may have given it to another process since.
     *
     * @return the pid
     */
    public long pid() {
        return pid;
    }

    /**
     * Returns the name of the program. A process can change it. Invisible characters in it are
     * replaced by {@code ?}, so that it cannot forge a line of a log.
     *
     * @return on Linux the {@code comm} of proc_pid_stat(5), at most 15 bytes; never the arguments
     */
    public String command() {
        return command;
    }

    /**
     * Returns what the process was doing.
     *
     * @return on Linux the letter of proc_pid_stat(5): {@code R} running, {@code S} sleeping, {@code D} in an
     *         uninterruptible wait, {@code T} stopped, {@code t} stopped by a tracer; {@code ?} where it could not be
     *         read
     */
    public char state() {
        return state;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Survivor that && pid == that.pid && command.equals(that.command) && state == that.state;
    }

    @Override
    public int hashCode() {
        return Objects.hash(pid, command, state);
    }

    /**
     * Returns the process in words.
     *
     * @return for example {@code 4712 (node, D)}
     */
    @Override
    public String toString() {
        return pid + " (" + command + ", " + state + ")";
    }
}
