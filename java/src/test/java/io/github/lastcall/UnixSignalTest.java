package io.github.lastcall;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.testing.OnWindows;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@OnWindows
class UnixSignalTest {

    /** The table of signal(7) for x86 and Arm, in the order of the numbers from 1. */
    private static final List<String> NAMES = List.of(
            "SIGHUP SIGINT SIGQUIT SIGILL SIGTRAP SIGABRT SIGBUS SIGFPE SIGKILL SIGUSR1 SIGSEGV SIGUSR2 SIGPIPE SIGALRM"
                    .split(" "),
            "SIGTERM SIGSTKFLT SIGCHLD SIGCONT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGURG SIGXCPU SIGXFSZ SIGVTALRM SIGPROF"
                    .split(" "),
            "SIGWINCH SIGIO SIGPWR SIGSYS".split(" "))
            .stream()
            .flatMap(Arrays::stream)
            .toList();

    static Stream<UnixSignal> all() {
        return IntStream.concat(IntStream.rangeClosed(1, 31), IntStream.rangeClosed(34, 64))
                .mapToObj(number -> UnixSignal.of(Integer.toString(number)));
    }

    private static Set<UnixSignal> constants() throws IllegalAccessException {
        Set<UnixSignal> constants = new TreeSet<>((a, b) -> a.linuxNumber() - b.linuxNumber());
        for (Field field : UnixSignal.class.getFields()) {
            assertTrue(Modifier.isStatic(field.getModifiers()), field.getName());
            UnixSignal signal = (UnixSignal) field.get(null);
            assertEquals(field.getName(), signal.name());
            constants.add(signal);
        }
        return constants;
    }

    @Test
    void everyNameOfTheManualIsAConstantWithTheNumberOfLinux() throws Exception {
        assertEquals(NAMES, constants().stream().map(UnixSignal::name).toList());
        for (int i = 0; i < NAMES.size(); i++) {
            UnixSignal signal = UnixSignal.of(NAMES.get(i));
            assertEquals(i + 1, signal.linuxNumber());
            assertEquals(signal, UnixSignal.of(Integer.toString(i + 1)));
        }
    }

    @ParameterizedTest
    @MethodSource("all")
    void aNameIsTakenInAnyCaseWithAndWithoutThePrefix(UnixSignal signal) {
        for (String name : List.of(signal.name(), signal.name().substring(3))) {
            assertEquals(signal, UnixSignal.of(name));
            assertEquals(signal, UnixSignal.of(name.toLowerCase(Locale.ROOT)));
        }
        assertEquals(signal.name(), signal.toString());
    }

    @ParameterizedTest
    @CsvSource({"SIGIOT,SIGABRT", "SIGCLD,SIGCHLD", "SIGPOLL,SIGIO", "SIGUNUSED,SIGSYS", "cld,SIGCHLD"})
    void anAliasIsTheSignalItself(String alias, String name) {
        assertEquals(name, UnixSignal.of(alias).name());
    }

    @ParameterizedTest
    @CsvSource({
        "SIGRTMIN,34,SIGRTMIN", "rtmin+0,34,SIGRTMIN", "SIGRTMIN+3,37,SIGRTMIN+3", "RTMIN+30,64,SIGRTMAX",
        "sigrtmax,64,SIGRTMAX", "RTMAX-0,64,SIGRTMAX", "SIGRTMAX-14,50,SIGRTMIN+16", "RTMAX-30,34,SIGRTMIN",
        "40,40,SIGRTMIN+6"
    })
    void aRealtimeSignalIsCountedFromEitherEnd(String text, int number, String name) {
        assertEquals(number, UnixSignal.of(text).linuxNumber());
        assertEquals(name, UnixSignal.of(text).name());
        assertEquals(UnixSignal.of(text), UnixSignal.realtime(number - 34));
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 31, Integer.MIN_VALUE, Integer.MAX_VALUE})
    void thereAreThirtyOneRealtimeSignals(int n) {
        refuses(Integer.toString(n), () -> UnixSignal.realtime(n));
    }

    /** The last three: digits of another script, and a dotless i and a long s, whose upper case is I and S. */
    @ParameterizedTest
    @ValueSource(strings = {
        "", " ", "SIG", "0", "-1", "+9", "32", "33", "65", "4294967305", "SIG9", "SIGSIGTERM", " TERM", "SIGTERM ",
        "SIGEMT", "SIGINFO", "RTMIN-1", "RTMAX+1", "RTMIN+31", "RTMAX-31", "RTMIN+", "RTMIN+-1", "\u0661\u0665",
        "s\u0131gterm", "\u017figterm"
    })
    void whatIsNoSignalIsRefusedAndInTheMessage(String text) {
        refuses("\"" + text + "\"", () -> UnixSignal.of(text));
    }

    private static void refuses(String value, Executable call) {
        String message = assertThrows(IllegalArgumentException.class, call).getMessage();
        assertTrue(message.contains(value), message);
    }

    @Test
    void aRefusedTextCannotForgeALine() {
        String message = assertThrows(IllegalArgumentException.class, () -> UnixSignal.of("TERM\n\0\u202e"))
                .getMessage();
        assertEquals("not a signal: \"TERM\\n\\u0000\\u202e\"", message);
    }

    @Test
    void nullIsRefusedByName() {
        assertEquals("nameOrNumber",
                assertThrows(NullPointerException.class, () -> UnixSignal.of(null)).getMessage());
    }

    @Test
    void equalIsTheSameSignal() {
        assertEquals(UnixSignal.SIGTERM, UnixSignal.of("15"));
        assertEquals(UnixSignal.SIGTERM.hashCode(), UnixSignal.of("term").hashCode());
        assertEquals(62, all().collect(Collectors.toSet()).size());
        assertNotEquals(UnixSignal.SIGTERM, UnixSignal.SIGINT);
        assertNotEquals(UnixSignal.SIGTERM, "SIGTERM");
    }
}
