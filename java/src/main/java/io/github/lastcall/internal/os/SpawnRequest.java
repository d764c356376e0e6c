package io.github.lastcall.internal.os;

import io.github.lastcall.internal.os.generated.LastcallNative;
import java.util.List;
import java.util.Optional;

/**
 * The parameters of a start. Strings are bytes without a terminator: the environment must reach the child byte for
 * byte, even where the JVM's encoding cannot express it.
 *
 * @param candidates the paths to try in turn, from a search of PATH
 * @param arguments the arguments, the program's name first
 * @param environment the entries, {@code NAME=value}
 * @param directory the working directory; empty: the JVM's own
 * @param in the handle for descriptor 0, {@link #INHERIT} or {@link #PIPE}
 * @param out the handle for descriptor 1, {@link #INHERIT} or {@link #PIPE}
 * @param err the handle for descriptor 2, {@link #INHERIT}, {@link #PIPE} or {@link #TO_STDOUT}
 * @param newGroup whether it leads a new process group
 * @param guardian its registration with a guardian; empty: none
 * @param cgroup the directory of the cgroup that it starts in, 0: the JVM's own
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
    public static final long INHERIT = LastcallNative.LC_STDIO_INHERIT;

    /** Instead of a handle for descriptor 2: wherever descriptor 1 goes. */
    public static final long TO_STDOUT = LastcallNative.LC_STDIO_TO_STDOUT;

    /** Instead of a handle: a new pipe. */
    public static final long PIPE = LastcallNative.LC_STDIO_PIPE;

    /**
     * The registration of the process with a guardian, before its program runs.
     *
     * @param socket the socket to the guardian
     * @param slot the slot of the process
     */
    public record Guardian(long socket, GuardianSlot slot) {}

    /** Returns a copy for another guardian. */
    public SpawnRequest with(Guardian other) {
        return new SpawnRequest(
                candidates, arguments, environment, directory, in, out, err, newGroup, Optional.of(other), cgroup);
    }
}
