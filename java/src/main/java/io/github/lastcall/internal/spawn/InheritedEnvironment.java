package io.github.lastcall.internal.spawn;

import io.github.lastcall.OsException;
import io.github.lastcall.internal.os.EnvironmentBlock;
import io.github.lastcall.internal.os.Family;
import io.github.lastcall.internal.os.JobControl;
import io.github.lastcall.internal.os.NativeOs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Encodes environments as bytes. Java has its environment as strings. If the JVM's encoding cannot express an entry
 * (LC_ALL=C and a name in UTF-8), the strings do not encode to the original bytes. So entries that are inherited
 * without a change are taken from the block that this JVM was started with. On Windows the strings are exact, and there
 * is no such block.
 */
final class InheritedEnvironment {

    /** A variable that many programs need to start on Windows. The JDK adds it too. */
    private static final String SYSTEM_ROOT = "SystemRoot";

    /** Whether children get the block as it is, with entries that System.getenv() does not contain. */
    private final boolean exact;

    /** The entries of the block, in its order. */
    private final List<byte[]> entries = new ArrayList<>();

    /** The entries by their names as Java decodes them. Two names can be equal. */
    private final Map<String, List<Inherited>> inherited = new HashMap<>();

    /** Two threads may each create one; both are equal. */
    private volatile Optional<EnvironmentBlock> unchanged = Optional.empty();

    /**
     * An entry.
     *
     * @param value its value as Java decodes it
     * @param bytes its bytes
     */
    private record Inherited(String value, byte[] bytes) {}

    /** Returns the environment of this JVM, or its replacement by the command line. */
    static InheritedEnvironment current() throws OsException {
        Optional<byte[]> other = JobControl.replacedEnvironment();
        return other.isPresent()
                ? new InheritedEnvironment(other.get(), true)
                : new InheritedEnvironment(NativeOs.instance().environment(), false);
    }

    /**
     * Creates it from a block.
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

    /**
     * Splits an entry as Java does: a name has at least one character, which may be '='. Entries without a name are
     * skipped.
     */
    private void add(byte[] entry) {
        entries.add(entry);
        int end = 1;
        while (end < entry.length && entry[end] != '=') {
            end++;
        }
        if (end >= entry.length) {
            return;
        }
        String name = new String(entry, 0, end, Family.ENCODING);
        Inherited one = new Inherited(new String(entry, end + 1, entry.length - end - 1, Family.ENCODING), entry);
        List<Inherited> before = inherited.putIfAbsent(name, List.of(one));
        if (before != null) {
            List<Inherited> all = new ArrayList<>(before);
            all.add(one);
            inherited.put(name, all);
        }
    }

    /** Returns the value of a variable as this JVM inherited it; the name is in ASCII. */
    Optional<byte[]> get(String name) {
        List<Inherited> known = inherited.getOrDefault(name, List.of());
        if (known.isEmpty()) {
            return Optional.empty();
        }
        byte[] bytes = known.get(0).bytes();
        return Optional.of(Arrays.copyOfRange(bytes, name.length() + 1, bytes.length));
    }

    /** Returns an environment for the library; empty: that of this JVM, which is kept because most children get it. */
    EnvironmentBlock block(Optional<Map<String, String>> environment) {
        if (environment.isPresent()) {
            return new EnvironmentBlock(encode(environment.get()));
        }
        if (unchanged.isEmpty()) {
            unchanged = Optional.of(new EnvironmentBlock(exact ? entries : encode(System.getenv())));
        }
        return unchanged.get();
    }

    /** Returns the variables as a map, for changes. Of several with one name it has the first, like getenv(3). */
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
    List<byte[]> encode(Map<String, String> environment) {
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
