package io.github.lastcall;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Copies a ProcessBuilder, which the JDK does not. */
final class CommandCopy {

    /** The environment of this JVM. Of the JDK's own kind, which compares bytes where it is compared with its like. */
    private static final Set<Map.Entry<String, String>> INHERITED =
            new ProcessBuilder().environment().entrySet();

    private CommandCopy() {}

    /** Returns a builder of the same command, directory and redirects, which shares nothing with it. */
    static ProcessBuilder of(ProcessBuilder original) {
        return new ProcessBuilder(new ArrayList<>(original.command()))
                .directory(original.directory())
                .redirectInput(original.redirectInput())
                .redirectOutput(original.redirectOutput())
                .redirectError(original.redirectError())
                .redirectErrorStream(original.redirectErrorStream());
    }

    /**
     * Returns the environment of a copy, made equal to that of the original; empty if that is the environment of this
     * JVM, as it mostly is: to copy it takes longer than all else that Java does for a start.
     */
    static Optional<Map<String, String>> environment(ProcessBuilder original, ProcessBuilder copy) {
        Map<String, String> environment = original.environment();
        if (environment.entrySet().equals(INHERITED)) {
            return Optional.empty();
        }
        makeEqual(copy.environment(), environment);
        return Optional.of(copy.environment());
    }

    /**
     * Both have begun as the environment of this JVM. Only the differences are written: an entry that could
     * not be decoded when it was inherited is lost if it is written, and not found if it is looked up.
     */
    private static void makeEqual(Map<String, String> copy, Map<String, String> original) {
        Set<Map.Entry<String, String>> wanted = entries(original);
        Set<Map.Entry<String, String>> there = entries(copy);
        copy.entrySet().removeIf(entry -> !wanted.contains(Map.entry(entry.getKey(), entry.getValue())));
        for (Map.Entry<String, String> entry : wanted) {
            if (!there.contains(entry)) {
                copy.put(entry.getKey(), entry.getValue());
            }
        }
    }

    private static Set<Map.Entry<String, String>> entries(Map<String, String> environment) {
        Set<Map.Entry<String, String>> entries = new HashSet<>();
        for (Map.Entry<String, String> entry : environment.entrySet()) {
            entries.add(Map.entry(entry.getKey(), entry.getValue()));
        }
        return entries;
    }
}
