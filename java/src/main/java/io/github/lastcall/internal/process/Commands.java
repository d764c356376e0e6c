package io.github.lastcall.internal.process;

import java.io.IOException;
import java.util.List;

/** Starts the commands that are steps of a stop. The room {@code spawn} implements it. */
public interface Commands {

    /**
     * Starts a command. Blocks.
     *
     * @param command the program and its arguments
     * @param leader the pid that its environment contains as LASTCALL_PID
     * @param owner when this becomes unreachable the command is stopped, like a process whose handle is lost
     */
    Child start(List<String> command, long leader, Object owner) throws IOException;
}
