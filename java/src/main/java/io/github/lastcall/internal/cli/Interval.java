package io.github.lastcall.internal.cli;

import io.github.lastcall.internal.Durations;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A duration in the syntax of timeout(1): a number in the syntax of strtod(3), and at most one letter for the unit. */
final class Interval {

    /** White space, sign, then one of infinity, hexadecimal and decimal; the unit. */
    private static final Pattern SYNTAX = Pattern.compile("[ \\t\\n\\x0B\\f\\r]*([+-]?)"
            + "(?:([iI][nN][fF](?:[iI][nN][iI][tT][yY])?)"
            + "|(0[xX](?:[0-9a-fA-F]+\\.?[0-9a-fA-F]*|\\.[0-9a-fA-F]+))([pP][+-]?[0-9]+)?"
            + "|([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?)"
            + "([smhd]?)");

    private static final double NANOS = 1e9;

    private Interval() {}

    /**
     * Parses it.
     *
     * @return the duration, rounded up to a nanosecond, so that only 0 is zero; {@link Durations#FOR_EVER} if it is too
     *     long
     */
    static Duration parse(String text) throws UsageException {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.matches()) {
            throw invalid(text);
        }
        String digits = matcher.group(3) == null ? matcher.group(5) : matcher.group(3);
        boolean zero = matcher.group(2) == null && isZero(digits);
        if (matcher.group(1).equals("-") && !zero) {
            throw invalid(text);
        }
        double nanos = Math.ceil(number(matcher) * seconds(matcher.group(7)) * NANOS);
        return zero ? Duration.ZERO : Duration.ofNanos(Math.max(1, (long) nanos));
    }

    private static UsageException invalid(String text) {
        return new UsageException("invalid time interval " + Texts.quoted(text));
    }

    /** Looks at the digits: 1e-999 is not zero, although it is 0 as a double. */
    private static boolean isZero(String digits) {
        return digits.chars().noneMatch(digit -> "0xX.".indexOf(digit) < 0);
    }

    private static double number(Matcher matcher) {
        if (matcher.group(2) != null) {
            return Double.POSITIVE_INFINITY;
        }
        return matcher.group(3) != null
                ? Double.parseDouble(matcher.group(3) + (matcher.group(4) == null ? "p0" : matcher.group(4)))
                : Double.parseDouble(matcher.group(5) + (matcher.group(6) == null ? "" : matcher.group(6)));
    }

    private static int seconds(String unit) {
        return switch (unit) {
            case "m" -> 60;
            case "h" -> 3_600;
            case "d" -> 86_400;
            default -> 1;
        };
    }
}
