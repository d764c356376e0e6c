package io.github.lastcall.internal.os;

import java.util.List;
import java.util.Optional;

/**
 * What is to be started. Strings are bytes here, without terminator: the environment must reach the child byte for
 * byte, also where the JVM's encoding cannot express it.
 *
 * @param candidates the paths to try in turn; PATH has been searched already
 * @param arguments the arguments, the program's name first
 * @param environment the entries, {@code NAME=value}
 * @param directory the working directory; empty: the JVM's own
 * @param in the handle for descriptor 0, {@link #INHERIT} or {@link #PIPE}
 * @param out the handle for descriptor 1, {@link #INHERIT} or {@link #PIPE}
 * @param err the handle for descriptor 2, {@link #INHERIT}, {@link #PIPE} or {@link #TO_STDOUT}
 * @param newGroup whether it is to lead a process group of its own
 * @param guardian which guardian is to know it
 * @param cgroup the directory of the cgroup that it is born into, 0: the JVM's own
 */
public record SpawnRequest(
        List<byte[]> candidates,
        List<byte[]> arguments,
        EnvironmentBlock environment,
        Optional<byte[]> directory,
        long in,
        long out,
        long err,
        boolean newGroup,
        Optional<Guardian> guardian,
        long cgroup) {

    /** Instead of a handle: the JVM's own descriptor of that number. */
    public static final long INHERIT = -1;

    /** Instead of a handle for descriptor 2: wherever descriptor 1 goes. */
    public static final long TO_STDOUT = -2;

    /** Instead of a handle: a new pipe. */
    public static final long PIPE = -3;

    /**
     * Which guardian is to know the process, from before its program runs.
     *
     * @param socket to the guardian
     * @param slot what it is to do with the process
     */
    public record Guardian(long socket, GuardianSlot slot) {}

    /** Returns the same for another guardian. */
    public SpawnRequest with(Guardian other) {
        return new SpawnRequest(
                candidates, arguments, environment, directory, in, out, err, newGroup, Optional.of(other), cgroup);
    }
}
