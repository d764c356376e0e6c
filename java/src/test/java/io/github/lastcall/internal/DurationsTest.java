package io.github.lastcall.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.github.lastcall.testing.OnWindows;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@OnWindows
class DurationsTest {

    private static final Duration LONGEST = Duration.ofSeconds(Long.MAX_VALUE, 999_999_999);

    @ParameterizedTest
    @CsvSource({
        "PT0S, 0 ms",
        "PT0.000000001S, 1 ns",
        "PT0.00025S, 250 us",
        "PT0.0009996S, 1 ms",
        "PT0.012S, 12 ms",
        "PT0.01234S, 12.3 ms",
        "PT0.103S, 103 ms",
        "PT0.9996S, 1 s",
        "PT1.5S, 1.5 s",
        "PT1.25S, 1.25 s",
        "PT5S, 5 s",
        "PT5.203S, 5.2 s",
        "PT30S, 30 s",
        "PT59.94S, 59.9 s",
        "PT59.96S, 1 min",
        "PT1M, 1 min",
        "PT61.2S, 1 min 1 s",
        "PT10M, 10 min",
        "PT59M59.5S, 1 h",
        "PT1H5M, 1 h 5 min",
        "PT48H, 48 h",
        "PT2562047H47M16.854775806S, 2562047 h 47 min 17 s",
        "PT2562047H47M16.854775807S, for ever",
        "PT9999999H, for ever",
    })
    void textIsForPeople(Duration duration, String text) {
        assertEquals(text, Durations.text(duration));
    }

    @Test
    void nanosSaturate() {
        assertEquals(1_500_000_000L, Durations.nanos(Duration.ofMillis(1500)));
        assertEquals(Long.MAX_VALUE - 1, Durations.nanos(Durations.FOR_EVER.minusNanos(1)));
        assertEquals(Long.MAX_VALUE, Durations.nanos(Durations.FOR_EVER));
        assertEquals(Long.MAX_VALUE, Durations.nanos(LONGEST));
    }

    @Test
    void sumsSaturate() {
        assertEquals(Duration.ZERO, Durations.sum(List.of()));
        assertEquals(Duration.ofMillis(3500), Durations.sum(List.of(Duration.ofSeconds(3), Duration.ofMillis(500))));
        assertEquals(Durations.FOR_EVER, Durations.sum(List.of(Durations.FOR_EVER.minusNanos(1), Duration.ofNanos(1))));
        assertEquals(Durations.FOR_EVER, Durations.sum(List.of(Durations.FOR_EVER, Duration.ofNanos(1))));
        assertEquals(Durations.FOR_EVER, Durations.sum(List.of(LONGEST, LONGEST, Duration.ofSeconds(1))));
    }

    @Test
    void requireNamesTheParameterAndTheValue() {
        Duration fine = Duration.ofSeconds(1);
        assertSame(fine, Durations.require(fine, "grace"));
        assertSame(Duration.ZERO, Durations.require(Duration.ZERO, "grace"));
        var missing = assertThrows(NullPointerException.class, () -> Durations.require(null, "grace"));
        assertEquals("grace", missing.getMessage());
        Duration negative = Duration.ofNanos(-1);
        var refused = assertThrows(IllegalArgumentException.class, () -> Durations.require(negative, "grace"));
        assertEquals("grace is negative: PT-0.000000001S", refused.getMessage());
    }
}
