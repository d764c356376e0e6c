package io.github.lastcall.internal.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lastcall.internal.Durations;
import io.github.lastcall.testing.OnWindows;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Durations as strtod(3) and timeout(1) read them. */
@OnWindows
class IntervalTest {

    @ParameterizedTest
    @CsvSource({
        "5, PT5S", "' 5', PT5S", "+5, PT5S", "5., PT5S", ".5, PT0.5S", "0.25s, PT0.25S", "2m, PT2M", "3h, PT3H",
        "1d, PT24H", "1e1, PT10S", "1E-3, PT0.001S", "1e1d, PT240H", "0x10, PT16S", "0x1d, PT29S", "0X.8, PT0.5S",
        "0x1p3s, PT8S", "0x1.8p-1, PT0.75S", "0, PT0S", "-0, PT0S", "0e99, PT0S", "0x0p9, PT0S", "1e-10, PT0.000000001S",
        "1e-9999, PT0.000000001S", "0.0000000015, PT0.000000002S"
    })
    void numbersAndUnits(String text, Duration expected) throws UsageException {
        assertEquals(expected, Interval.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"inf", "INFINITY", "+Inf", "infd", "1e9999", "9e99d", "0x1p9999", "18446744073709551616"})
    void tooLongIsForEver(String text) throws UsageException {
        assertEquals(Durations.FOR_EVER, Interval.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "", " ", "s", "invalid", "42D", "42ms", "5 ", "5 s", "5ss", "-1", "-inf", "-1e-9999", "nan", "nan(1)", "0x", "0xs",
        "1e", "1e+", "0x1p", "1,5", "1.5.2", "--5", "٣"
    })
    void whatIsNoneIsRefusedWithTheText(String text) {
        UsageException refused = assertThrows(UsageException.class, () -> Interval.parse(text));
        assertEquals("invalid time interval '" + text + "'", refused.getMessage());
    }
}
