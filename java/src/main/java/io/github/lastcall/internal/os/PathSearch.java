package io.github.lastcall.internal.os;

import java.util.ArrayList;
import java.util.List;

/**
 * Where a program is looked for, by the JDK's rules: a name with a slash is a path; any other is looked for in the
 * directories of the PATH that this JVM was started with (not the child's), of which an empty one is the working
 * directory. Whether a candidate can be executed is left to the exec that tries it: asking before would be a race.
 */
public final class PathSearch {

    /** What the JDK takes when there is no PATH. */
    private static final String DEFAULT_PATH = "/bin:/usr/bin";

    private final List<String> directories;

    /**
     * Creates one.
     *
     * @param path the PATH; null if there is none
     */
    public PathSearch(String path) {
        // The limit keeps empty elements at the end.
        this.directories = List.of((path == null ? DEFAULT_PATH : path).split(":", -1));
    }

    /** Returns the paths to try, in order. */
    public List<byte[]> candidates(String program) {
        if (program.isEmpty() || program.indexOf('/') >= 0) {
            return List.of(bytes(program));
        }
        List<byte[]> candidates = new ArrayList<>(directories.size());
        for (String directory : directories) {
            candidates.add(bytes((directory.isEmpty() ? "." : directory) + "/" + program));
        }
        return candidates;
    }

    /** A string as the OS gets it, in the encoding that the JDK uses for that. */
    public static byte[] bytes(String text) {
        return text.getBytes(InheritedEnvironment.ENCODING);
    }
}
