package io.github.lastcall.internal.os;

import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Turns environments into bytes. Java knows its environment as strings, and where the JVM's encoding cannot express an
 * entry (LC_ALL=C, a name in UTF-8) the way back does not lead to the bytes that it was. So an entry that is still what
 * was inherited is taken from the block that this JVM was started with. On Windows its strings are the OS's own, and
 * there is no such block.
 */
public final class InheritedEnvironment {

    /** What the JDK decodes environment and arguments with. */
    static final Charset ENCODING = Charset.forName(
            System.getProperty("sun.jnu.encoding", Charset.defaultCharset().name()));

    /** Without it many programs do not start on Windows. The JDK adds it too. */
    private static final String SYSTEM_ROOT = "SystemRoot";

    /** The inherited entries as bytes, by what Java makes of them; two can look alike. */
    private final Map<String, List<byte[]>> inherited = new HashMap<>();

    /**
     * Creates one.
     *
     * @param block the environment of this JVM, entries that each end in NUL
     */
    public InheritedEnvironment(byte[] block) {
        int start = 0;
        for (int i = 0; i < block.length; i++) {
            if (block[i] == 0) {
                byte[] entry = Arrays.copyOfRange(block, start, i);
                add(new String(entry, ENCODING), entry);
                start = i + 1;
            }
        }
    }

    private void add(String text, byte[] entry) {
        List<byte[]> first = List.of(entry);
        List<byte[]> before = inherited.putIfAbsent(text, first);
        if (before != null) {
            List<byte[]> all = new ArrayList<>(before);
            all.add(entry);
            inherited.put(text, all);
        }
    }

    /** Returns the value of a variable as this JVM inherited it; the name is in ASCII. */
    public Optional<byte[]> get(String name) {
        String start = name + "=";
        for (Map.Entry<String, List<byte[]>> entry : inherited.entrySet()) {
            if (entry.getKey().startsWith(start)) {
                byte[] bytes = entry.getValue().get(0);
                return Optional.of(Arrays.copyOfRange(bytes, start.length(), bytes.length));
            }
        }
        return Optional.empty();
    }

    /** Returns the entries as {@code NAME=value}. */
    public List<byte[]> encode(Map<String, String> environment) {
        List<byte[]> entries = new ArrayList<>(environment.size());
        Map<String, Integer> taken = new HashMap<>();
        for (Map.Entry<String, String> entry : environment.entrySet()) {
            String text = entry.getKey() + "=" + entry.getValue();
            List<byte[]> originals = inherited.getOrDefault(text, List.of());
            int next = originals.size() > 1 ? taken.merge(text, 1, Integer::sum) - 1 : 0;
            entries.add(next < originals.size() ? originals.get(next) : Family.bytes(text));
        }
        if (Family.WINDOWS && !environment.containsKey(SYSTEM_ROOT)) {
            Optional.ofNullable(System.getenv(SYSTEM_ROOT))
                    .ifPresent(folder -> entries.add(Family.bytes(SYSTEM_ROOT + "=" + folder)));
        }
        return entries;
    }
}
