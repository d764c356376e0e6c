package io.github.lastcall;

import java.io.Serial;
import java.io.Serializable;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * A process that was still running, as it was seen at that moment. Immutable.
 */
public final class Survivor implements Serializable {

    @Serial
    private static final long serialVersionUID = 1L;

    /** Control and format characters, line and paragraph separators. */
    private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}]");

    /** The pid. */
    private final long pid;
    /** The program's name. */
    private final String command;
    /** The state's letter. */
    private final char state;

    Survivor(long pid, String command, char state) {
        this.pid = pid;
        this.command = Objects.requireNonNull(command, "command");
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
     * Returns the name of the program. A process can change it, and put any character into it.
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
     * Returns the process in words, control characters in its name replaced.
     *
     * @return for example {@code 4712 (node, D)}
     */
    @Override
    public String toString() {
        // A process chooses its own name: a line feed in it would forge a line in a log.
        return pid + " (" + UNPRINTABLE.matcher(command).replaceAll("?") + ", " + state + ")";
    }
}
