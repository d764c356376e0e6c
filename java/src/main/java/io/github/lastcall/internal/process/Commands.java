package io.github.lastcall.internal.process;

import java.io.IOException;
import java.util.List;

/** How the room above starts a command that is a step of a stop. */
public interface Commands {

    /**
     * Starts one. Blocks.
     *
     * @param command the program and its arguments
     * @param leader the pid that it is given in its environment
     * @param owner once it is unreachable the command is lost
     */
    Child start(List<String> command, long leader, Object owner) throws IOException;
}
