package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.JavaProgram;
import io.github.lastcall.testing.LeaksNothing;
import io.github.lastcall.testing.SourceFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every snippet of the README and of the package documentation compiles without a change, and runs. Every test that
 * docs/tests.md names exists.
 */
@ExtendWith(LeaksNothing.class)
@Timeout(600)
class DocumentationTest {

    private static final Path README = Path.of("../README.md");
    private static final Path PACKAGE = Path.of("src/main/java/io/github/lastcall/package-info.java");

    private static final Pattern FENCED = Pattern.compile("^```java\n(.*?)^```$", Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern SNIPPET = Pattern.compile("\\{@snippet :\n(.*?)^ \\* }\n \\*$",
            Pattern.MULTILINE | Pattern.DOTALL);
    private static final Pattern PROGRAM = Pattern.compile("^public class (\\w+) \\{$", Pattern.MULTILINE);

    /** A test as docs/tests.md names it: the class or the C program, and the method or the name. */
    private static final Pattern TEST = Pattern.compile("`([\\w/]+)#(\\w+)`");

    @TempDir
    private Path folder;

    private static List<String> snippets(Path file, Pattern pattern) throws IOException {
        List<String> snippets = new ArrayList<>();
        Matcher matcher = pattern.matcher(Files.readString(file));
        while (matcher.find()) {
            snippets.add(matcher.group(1).replaceAll("(?m)^ \\* ?", ""));
        }
        assertFalse(snippets.isEmpty(), () -> "no snippets in " + file);
        return snippets;
    }

    /** A snippet without a class becomes the body of a method, after the imports that an editor adds. */
    private static String inMethod(String snippet) {
        return """
                import io.github.lastcall.*;
                import java.nio.file.*;
                import java.time.*;
                import java.util.*;
                import java.util.concurrent.*;
                import java.util.regex.*;

                public class Snippet {
                    public static void main(String[] args) throws Exception {
                %s
                    }
                }
                """.formatted(snippet);
    }

    private String run(String snippet) throws Exception {
        Matcher program = PROGRAM.matcher(snippet);
        boolean whole = program.find();
        String name = whole ? program.group(1) : "Snippet";
        Path source = Files.writeString(folder.resolve(name + ".java"), whole ? snippet : inMethod(snippet));
        JavaProgram.Result result = SourceFiles.compile(folder, source).program(name).run();
        assertEquals(0, result.exitValue(), () -> snippet + result.out() + result.err());
        return result.out();
    }

    @Test
    void snippetsOfTheReadmeRunAndPrintWhatTheySay() throws Exception {
        StringBuilder out = new StringBuilder();
        for (String snippet : snippets(README, FENCED)) {
            out.append(run(snippet));
        }
        String printed = out.toString();
        String first = "sleep \\(pid \\d+\\) ended by SIGTERM after .*: killed by SIGTERM";
        assertTrue(printed.lines().findFirst().orElseThrow().matches(first), printed);
        assertTrue(printed.contains("[apple, pear]\n"), printed);
        assertTrue(printed.contains("server: listening on 8080\n"), printed);
        assertTrue(printed.contains("ready: true\n"), printed);
        assertTrue(printed.contains("Optional[SIGTERM] "), printed);
    }

    @Test
    void snippetsOfThePackageDocumentationRun() throws Exception {
        for (String snippet : snippets(PACKAGE, SNIPPET)) {
            run(snippet);
        }
    }

    @Test
    void testsThatAreNamedExist() throws IOException {
        List<Path> sources;
        try (Stream<Path> files = Stream.concat(
                Files.walk(Path.of("src/test/java")), Files.walk(Path.of("../native/tests")))) {
            sources = files.filter(Files::isRegularFile).toList();
        }
        Matcher named = TEST.matcher(Files.readString(Path.of("../docs/tests.md")));
        List<String> missing = new ArrayList<>();
        int count = 0;
        while (named.find()) {
            count++;
            if (!exists(named.group(1), named.group(2), sources)) {
                missing.add(named.group());
            }
        }
        assertEquals(List.of(), missing);
        assertTrue(count > 100, count + " tests are named");
    }

    private static boolean exists(String program, String test, List<Path> sources) throws IOException {
        for (Path source : sources) {
            if (source.endsWith(program + ".java") && Files.readString(source).contains(" " + test + "(")
                    || source.endsWith("tests/" + program + ".c")
                            && Files.readString(source).contains("TEST(" + test + ")")) {
                return true;
            }
        }
        return false;
    }
}
