package io.github.lastcall.internal;

import java.math.BigDecimal;
import java.math.MathContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Durations as Lastcall counts them: in nanoseconds that saturate. What does not fit into a {@code long} of nanoseconds
 * (292 years) is "for ever", {@link #FOR_EVER}, and every sum with it is so too.
 */
public final class Durations {

    /** The longest duration that differs from longer ones: {@link Long#MAX_VALUE} nanoseconds. */
    public static final Duration FOR_EVER = Duration.ofNanos(Long.MAX_VALUE);

    private static final long MICRO = 1_000;
    private static final long MILLI = 1_000_000;
    private static final long SECOND = 1_000_000_000;
    private static final long MINUTE = 60 * SECOND;

    private Durations() {
    }

    /**
     * Refuses what cannot be a timeout.
     *
     * @param duration what to look at
     * @param parameter the name of the parameter, for the message
     * @return the duration
     * @throws NullPointerException if it is null; the message is the parameter's name
     * @throws IllegalArgumentException if it is negative; the message has the value
     */
    public static Duration require(Duration duration, String parameter) {
        Objects.requireNonNull(duration, parameter);
        if (duration.isNegative()) {
            throw new IllegalArgumentException(parameter + " is negative: " + duration);
        }
        return duration;
    }

    /**
     * Returns the nanoseconds of a duration.
     *
     * @param duration not negative
     * @return its nanoseconds, {@link Long#MAX_VALUE} for ever
     */
    public static long nanos(Duration duration) {
        return duration.compareTo(FOR_EVER) >= 0 ? Long.MAX_VALUE : duration.toNanos();
    }

    /**
     * Adds up durations.
     *
     * @param durations not negative
     * @return the sum, at most {@link #FOR_EVER}
     */
    public static Duration sum(List<Duration> durations) {
        long sum = 0;
        for (Duration duration : durations) {
            sum = sum(sum, nanos(duration));
        }
        return Duration.ofNanos(sum);
    }

    /** Returns the sum of two numbers of nanoseconds that are not negative, {@link Long#MAX_VALUE} at most. */
    public static long sum(long left, long right) {
        return right > Long.MAX_VALUE - left ? Long.MAX_VALUE : left + right;
    }

    /**
     * Writes a duration for a person: {@code 250 us}, {@code 12 ms}, {@code 1.5 s}, {@code 10 min}, {@code 1 h 5 min},
     * {@code for ever}. Three digits are kept below a minute, whole seconds above.
     *
     * @param duration not negative
     * @return the text
     */
    public static String text(Duration duration) {
        long nanos = nanos(duration);
        if (nanos == 0) {
            return "0 ms";
        }
        if (nanos == Long.MAX_VALUE) {
            return "for ever";
        }
        // Rounded before the unit is chosen: 999.9 us are 1 ms and not 1000 us.
        BigDecimal rounded = BigDecimal.valueOf(nanos).round(new MathContext(3));
        return rounded.longValue() < MINUTE ? inOneUnit(rounded) : inClockUnits(nanos);
    }

    private static String inOneUnit(BigDecimal nanos) {
        long value = nanos.longValue();
        if (value < MICRO) {
            return value + " ns";
        }
        if (value < MILLI) {
            return decimal(nanos, MICRO) + " us";
        }
        return value < SECOND ? decimal(nanos, MILLI) + " ms" : decimal(nanos, SECOND) + " s";
    }

    private static String decimal(BigDecimal nanos, long unit) {
        return nanos.divide(BigDecimal.valueOf(unit)).stripTrailingZeros().toPlainString();
    }

    private static String inClockUnits(long nanos) {
        // Not nanos + SECOND / 2: that overflows close to for ever.
        long seconds = nanos / SECOND + (nanos % SECOND >= SECOND / 2 ? 1 : 0);
        List<String> parts = new ArrayList<>();
        addPart(parts, seconds / 3600, "h");
        addPart(parts, seconds / 60 % 60, "min");
        addPart(parts, seconds % 60, "s");
        return String.join(" ", parts);
    }

    private static void addPart(List<String> parts, long value, String unit) {
        if (value > 0) {
            parts.add(value + " " + unit);
        }
    }
}
