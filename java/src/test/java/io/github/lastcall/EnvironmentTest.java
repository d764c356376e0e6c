package io.github.lastcall;

import static io.github.lastcall.testing.Programs.child;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.LeaksNothing;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeaksNothing.class)
class EnvironmentTest {

    private static TreeSet<String> entriesOf(Starter starter, ProcessBuilder command) throws Exception {
        return new TreeSet<>(starter.outputOf(command).lines().toList());
    }

    /** As lines, like the child prints them: a value may have several. */
    private static TreeSet<String> lines(Map<String, String> environment) {
        TreeSet<String> lines = new TreeSet<>();
        environment.forEach((name, value) -> lines.addAll((name + "=" + value).lines().toList()));
        return lines;
    }

    @ParameterizedTest
    @EnumSource
    void isInheritedAsItIs(Starter starter) throws Exception {
        assertEquals(lines(System.getenv()), entriesOf(starter, child("print-env")));
    }

    @ParameterizedTest
    @EnumSource
    void canBeCleared(Starter starter) throws Exception {
        ProcessBuilder command = child("print-env");
        command.environment().clear();
        assertEquals("", starter.outputOf(command));
    }

    @ParameterizedTest
    @EnumSource
    void canBeReplaced(Starter starter) throws Exception {
        ProcessBuilder command = child("print-env");
        command.environment().clear();
        command.environment().putAll(Map.of("ONE", "1", "EMPTY", "", "EQUALS", "a=b=c", "SPACES", " a  b "));
        assertEquals("EMPTY=\nEQUALS=a=b=c\nONE=1\nSPACES= a  b \n", sorted(starter.outputOf(command)));
    }

    private static String sorted(String lines) {
        return String.join("\n", new TreeSet<>(List.of(lines.split("\n")))) + "\n";
    }

    @ParameterizedTest
    @EnumSource
    void isAddedToOverriddenAndRemovedFrom(Starter starter) throws Exception {
        ProcessBuilder command = child("print-env");
        Map<String, String> expected = new HashMap<>(System.getenv());
        for (Map<String, String> environment : List.of(expected, command.environment())) {
            environment.put("LASTCALL_TEST_ADDED", "yes");
            environment.put("PATH", "/overridden");
            environment.remove("HOME");
        }
        assertTrue(System.getenv().containsKey("HOME"), "this test needs a HOME to remove");
        assertEquals(lines(expected), entriesOf(starter, command));
    }

    @ParameterizedTest
    @EnumSource
    void valuesMayHaveSeveralLines(Starter starter) throws Exception {
        ProcessBuilder command = child("print-env");
        command.environment().clear();
        command.environment().put("TEXT", "one\ntwo");
        assertEquals("TEXT=one\ntwo\n", starter.outputOf(command));
    }
}
