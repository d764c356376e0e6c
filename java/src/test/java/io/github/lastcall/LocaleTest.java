package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.Programs;
import io.github.lastcall.testing.programs.Runs;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A JVM whose locale cannot express its environment. */
@ExtendWith(LeaksNothing.class)
@Timeout(120)
class LocaleTest {

    /** UTF-8, invalid UTF-8, a name in Latin-1, and two entries that are equal for a JVM that decodes ASCII. */
    private static final List<String> ODD = List.of(
            "UTF=gr\u00c3\u00bcn", "BYTES=\u00ff\u00c3(\u0080", "N\u00e4ME=1", "N\u00f6ME=1", "V\u00e9=a=b", "EMPTY=");

    /** Starts a JVM with these entries, by a shell, and returns those of its child as Latin-1. */
    private static List<String> environmentOfChild(String locale, boolean jdk, String added) throws Exception {
        StringBuilder launcher = new StringBuilder("exec env LC_ALL=" + locale);
        ODD.forEach(entry -> launcher.append(" \"$(printf '").append(escaped(entry)).append("')\""));
        ProcessBuilder builder = new JavaProgram(Runs.class, Programs.helper("child"), "print-env")
                .launcher("sh", "-c", launcher + " \"$@\"", "sh")
                .property("test.jdk", Boolean.toString(jdk))
                .property("test.added", added)
                .builder();
        Process jvm = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        try (Stream<String> lines =
                new String(jvm.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1).lines()) {
            return lines.sorted().toList();
        } finally {
            JavaProgram.finish(jvm);
        }
    }

    private static String escaped(String latin1) {
        StringBuilder text = new StringBuilder();
        latin1.chars().forEach(c -> text.append(String.format("\\%03o", c)));
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"C", "C.UTF-8"})
    void inheritedEntriesReachTheChildByteForByte(String locale) throws Exception {
        List<String> entries = environmentOfChild(locale, false, "plain");
        ODD.forEach(entry -> assertTrue(entries.contains(entry), () -> entry + " is not in " + entries));
    }

    @ParameterizedTest
    @ValueSource(strings = {"C", "C.UTF-8"})
    void everyEntryIsWhatTheJdkMakesOfIt(String locale) throws Exception {
        String added = "gr\u00fcn \u20ac";
        assertEquals(environmentOfChild(locale, true, added), environmentOfChild(locale, false, added));
    }
}
