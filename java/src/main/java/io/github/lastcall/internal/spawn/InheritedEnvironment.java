package io.github.lastcall.internal.spawn;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.EnvironmentBlock;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.JobControl;
import io.github.lastcall.internal.os.NativeOs;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
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
    private static final Charset ENCODING = Family.ENCODING;

    /** Without it many programs do not start on Windows. The JDK adds it too. */
    private static final String SYSTEM_ROOT = "SystemRoot";

    /** Whether the block is what children get, also what System.getenv() does not know of it. */
    private final boolean exact;

    /** Those of the block, in its order. */
    private final List<byte[]> entries = new ArrayList<>();

    /** By what Java makes of their names; two can look alike. */
    private final Map<String, List<Inherited>> inherited = new HashMap<>();

    /** Two threads may each make one, of which either will do. */
    private volatile Optional<EnvironmentBlock> unchanged = Optional.empty();

    /**
     * One entry.
     *
     * @param value what Java makes of its value
     * @param bytes what it is
     */
    private record Inherited(String value, byte[] bytes) {}

    /** Returns that of this JVM, or what the command line has in its place. */
    static InheritedEnvironment current() throws OsException {
        Optional<byte[]> other = JobControl.replacedEnvironment();
        return other.isPresent()
                ? new InheritedEnvironment(other.get(), true)
                : new InheritedEnvironment(NativeOs.instance().environment(), false);
    }

    /**
     * Creates one.
     *
     * @param block entries that each end in NUL
     */
    private InheritedEnvironment(byte[] block, boolean exact) {
        this.exact = exact;
        int start = 0;
        for (int i = 0; i < block.length; i++) {
            if (block[i] == 0) {
                add(Arrays.copyOfRange(block, start, i));
                start = i + 1;
            }
        }
    }

    /** As Java does it: a name has a character at least, which may be a '=', and what has no name it does not know. */
    private void add(byte[] entry) {
        entries.add(entry);
        int end = 1;
        while (end < entry.length && entry[end] != '=') {
            end++;
        }
        if (end >= entry.length) {
            return;
        }
        String name = new String(entry, 0, end, ENCODING);
        Inherited one = new Inherited(new String(entry, end + 1, entry.length - end - 1, ENCODING), entry);
        List<Inherited> before = inherited.putIfAbsent(name, List.of(one));
        if (before != null) {
            List<Inherited> all = new ArrayList<>(before);
            all.add(one);
            inherited.put(name, all);
        }
    }

    /** Returns the value of a variable as this JVM inherited it; the name is in ASCII. */
    public Optional<byte[]> get(String name) {
        List<Inherited> known = inherited.getOrDefault(name, List.of());
        if (known.isEmpty()) {
            return Optional.empty();
        }
        byte[] bytes = known.get(0).bytes();
        return Optional.of(Arrays.copyOfRange(bytes, name.length() + 1, bytes.length));
    }

    /** Returns an environment as the library gets it; empty: that of this JVM, which most children have and is kept. */
    EnvironmentBlock block(Optional<Map<String, String>> environment) {
        if (environment.isPresent()) {
            return new EnvironmentBlock(encode(environment.get()));
        }
        if (unchanged.isEmpty()) {
            unchanged = Optional.of(new EnvironmentBlock(exact ? entries : encode(System.getenv())));
        }
        return unchanged.get();
    }

    /** Returns the variables for a change of some; of several with one name the first, as getenv(3) has it. */
    Map<String, String> variables() {
        if (!exact) {
            return new HashMap<>(System.getenv());
        }
        Map<String, String> variables = new HashMap<>();
        for (Map.Entry<String, List<Inherited>> entry : inherited.entrySet()) {
            variables.put(entry.getKey(), entry.getValue().get(0).value());
        }
        return variables;
    }

    /** Returns the entries as {@code NAME=value}. */
    public List<byte[]> encode(Map<String, String> environment) {
        List<byte[]> entries = new ArrayList<>(environment.size());
        Map<Inherited, Boolean> taken = new IdentityHashMap<>();
        for (Map.Entry<String, String> entry : environment.entrySet()) {
            entries.add(encode(entry.getKey(), entry.getValue(), taken));
        }
        if (Family.WINDOWS && !environment.containsKey(SYSTEM_ROOT)) {
            Optional.ofNullable(System.getenv(SYSTEM_ROOT))
                    .ifPresent(folder -> entries.add(Family.bytes(SYSTEM_ROOT + "=" + folder)));
        }
        return entries;
    }

    private byte[] encode(String name, String value, Map<Inherited, Boolean> taken) {
        List<Inherited> known = inherited.getOrDefault(name, List.of());
        for (Inherited one : known) {
            if (one.value().equals(value) && (known.size() == 1 || taken.put(one, true) == null)) {
                return one.bytes();
            }
        }
        return Family.bytes(name + "=" + value);
    }
}
