package io.github.lastcall;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** Copies a ProcessBuilder, which the JDK does not. */
final class CommandCopy {

    private CommandCopy() {}

    /** Returns a builder of the same command, environment, directory and redirects, which shares nothing with it. */
    static ProcessBuilder of(ProcessBuilder original) {
        ProcessBuilder copy = new ProcessBuilder(new ArrayList<>(original.command()))
                .directory(original.directory())
                .redirectInput(original.redirectInput())
                .redirectOutput(original.redirectOutput())
                .redirectError(original.redirectError())
                .redirectErrorStream(original.redirectErrorStream());
        makeEqual(copy.environment(), original.environment());
        return copy;
    }

    /**
     * Both have begun as the environment of this JVM. Only the differences are written: what could not be decoded when
     * it was inherited is lost when it is written, and not found when it is looked up; so neither is done to it.
     */
    private static void makeEqual(Map<String, String> copy, Map<String, String> original) {
        Set<Map.Entry<String, String>> wanted = entries(original);
        Set<Map.Entry<String, String>> there = entries(copy);
        if (wanted.equals(there)) {
            return;
        }
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
