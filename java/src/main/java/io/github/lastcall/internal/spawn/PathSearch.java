package io.github.lastcall.internal.spawn;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.lastcall.internal.os.Family;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Searches a program by the JDK's rules: a name with a slash is a path; other names are searched in the directories of
 * the PATH that this JVM was started with, not the child's. An empty directory is the working directory. The exec finds
 * out whether a candidate can be executed: a check before would be a race. On Windows the C library searches, by the
 * rules of CreateProcess.
 */
final class PathSearch {

    /** The JDK's default without a PATH. */
    private static final String DEFAULT_PATH = "/bin:/usr/bin";

    /**
     * The directories, each with a slash at the end. They are bytes, because the encoding of this JVM may not express
     * them.
     */
    private final List<byte[]> directories = new ArrayList<>();

    /**
     * Creates a search.
     *
     * @param path the PATH; empty if there is none
     */
    PathSearch(Optional<byte[]> path) {
        String text = path.isPresent() ? new String(path.get(), ISO_8859_1) : DEFAULT_PATH;
        // The limit keeps empty elements at the end.
        for (String directory : text.split(":", -1)) {
            directories.add(((directory.isEmpty() ? "." : directory) + "/").getBytes(ISO_8859_1));
        }
    }

    /** Returns the paths to try, in order. */
    List<byte[]> candidates(String program) {
        if (Family.WINDOWS || program.isEmpty() || program.indexOf('/') >= 0) {
            return List.of(Family.bytes(program));
        }
        List<byte[]> candidates = new ArrayList<>(directories.size());
        byte[] file = Family.bytes(program);
        for (byte[] directory : directories) {
            byte[] candidate = Arrays.copyOf(directory, directory.length + file.length);
            System.arraycopy(file, 0, candidate, directory.length, file.length);
            candidates.add(candidate);
        }
        return candidates;
    }
}
