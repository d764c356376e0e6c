package io.github.lastcall.internal.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lastcall.UnixGracefulPhase;
import io.github.lastcall.UnixSignal;
import io.github.lastcall.testing.OnWindows;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The forms that getopt_long(3) takes; CommandLineTest compares the messages with timeout(1). */
@OnWindows
class OptionParserTest {

    private static Options parse(String line) throws Exception {
        return OptionParser.parse(List.of(line.split(" ")));
    }

    @Test
    void theFirstOperandEndsTheOptions() throws Exception {
        Options options = parse("-v 5 ls -k -- --help");
        assertEquals(Duration.ofSeconds(5), options.limit());
        assertEquals(List.of("ls", "-k", "--", "--help"), options.command());
    }

    @Test
    void twoDashesEndThemToo() throws Exception {
        assertEquals(List.of("-x"), parse("-- 5 -x").command());
    }

    @Test
    void runHasNoDuration() throws Exception {
        Options options = parse("-v run -p -- ls -l");
        assertEquals(Duration.ZERO, options.limit());
        assertTrue(options.verbose() && options.preserveStatus());
        assertEquals(List.of("ls", "-l"), options.command());
        assertEquals(List.of("5", "ls"), parse("run 5 ls").command());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "-fvk2 -sHUP 5 ls", "-vfk 2 -s HUP 5 ls", "-fvsHUP -k2 5 ls", "--for --verb --kill-after=2 --signal=HUP 5 ls",
        "--f --verbose --k 2 --s hup 5 ls", "-f --verbo -k 0x1p1 --sig 1 5 ls"
    })
    void shortCombinedLongAndAbbreviated(String line) throws Exception {
        Options options = parse(line);
        assertTrue(options.foreground() && options.verbose());
        assertEquals(Duration.ofSeconds(2), options.killAfter());
        assertEquals(Optional.of(UnixSignal.SIGHUP), options.signal());
        assertEquals(List.of("ls"), options.command());
    }

    @ParameterizedTest
    @CsvSource({
        "TERM, SIGTERM", "sigterm, SIGTERM", "SigUsr1, SIGUSR1", "15, SIGTERM", "143, SIGTERM", "RTMIN+3, SIGRTMIN+3",
        "rtmax-1, SIGRTMIN+29", "34, SIGRTMIN", "KILL, SIGKILL", "STOP, SIGSTOP"
    })
    void signals(String text, String expected) throws Exception {
        assertEquals(expected, parse("-s " + text + " 5 ls").signal().orElseThrow().name());
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "00", "EXIT", "exit", "128"})
    void signalZeroIsNone(String text) throws Exception {
        assertEquals(Optional.empty(), parse("-s " + text + " 5 ls").signal());
    }

    @Test
    void phasesInTheirOrderInPlaceOfTheSignal() throws Exception {
        assertEquals(
                List.of(UnixGracefulPhase.terminate(Duration.ofSeconds(1)),
                        UnixGracefulPhase.interrupt(Duration.ofMillis(500))),
                parse("--sigterm 1 --sigint=.5 5 ls").phases());
        assertThrows(UsageException.class, () -> parse("--sigterm 1 -s HUP 5 ls"));
    }

    @Test
    void aReportIsPrintedOnRequest() throws Exception {
        assertEquals(Options.Report.NONE, parse("5 ls").report());
        assertEquals(Options.Report.TEXT, parse("-v 5 ls").report());
        assertEquals(Options.Report.JSON, parse("--report=json -v 5 ls").report());
        assertThrows(UsageException.class, () -> parse("--report=xml 5 ls"));
    }

    @Test
    void helpEndsItAtOnce() {
        assertThrows(TextRequest.class, () -> parse("--help --bogus"));
        assertThrows(TextRequest.class, () -> parse("--he --bogus"));
        assertThrows(TextRequest.class, () -> parse("--vers --bogus"));
        assertThrows(UsageException.class, () -> parse("--bogus --help"));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "run", "run --", "5", "-- 5", "5x ls", "--name= 5 ls", "-k -1 5 ls", "-s 32 5 ls", "--r 5 ls", "--ver 5 ls"
    })
    void whatMakesNoSenseIsRefused(String line) {
        assertThrows(UsageException.class, () -> parse(line));
    }
}
