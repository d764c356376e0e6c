package io.github.lastcall.internal.spawn;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.github.lastcall.internal.os.Family;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Where a program is looked for, by the JDK's rules: a name with a slash is a path; any other is looked for in the
 * directories of the PATH that this JVM was started with (not the child's), of which an empty one is the working
 * directory. Whether a candidate can be executed is left to the exec that tries it: asking before would be a race. On
 * Windows the C library looks, by the rules of CreateProcess.
 */
public final class PathSearch {

    /** What the JDK takes when there is no PATH. */
    private static final String DEFAULT_PATH = "/bin:/usr/bin";

    /** Each ends in a slash. Bytes, because a directory need not be expressible in the encoding of this JVM. */
    private final List<byte[]> directories = new ArrayList<>();

    /**
     * Creates one.
     *
     * @param path the PATH; empty if there is none
     */
    public PathSearch(Optional<byte[]> path) {
        String text = path.isPresent() ? new String(path.get(), ISO_8859_1) : DEFAULT_PATH;
        // The limit keeps empty elements at the end.
        for (String directory : text.split(":", -1)) {
            directories.add(((directory.isEmpty() ? "." : directory) + "/").getBytes(ISO_8859_1));
        }
    }

    /** Returns the paths to try, in order. */
    public List<byte[]> candidates(String program) {
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
