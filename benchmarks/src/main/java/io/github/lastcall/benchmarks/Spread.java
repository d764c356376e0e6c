package io.github.lastcall.benchmarks;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleBinaryOperator;
import java.util.function.ToDoubleFunction;

/** A median and the quartiles around it. */
record Spread(double median, double first, double third) {

    static Spread of(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return new Spread(at(sorted, 0.5), at(sorted, 0.25), at(sorted, 0.75));
    }

    /** The spread of the ratios of values with the same index: rounds that ran in turns. */
    static <T> Spread ofRatios(List<T> mine, List<T> theirs, ToDoubleFunction<T> value) {
        return ofPairs(mine, theirs, value, (one, other) -> one / other);
    }

    /** The same for the differences. */
    static <T> Spread ofDifferences(List<T> mine, List<T> theirs, ToDoubleFunction<T> value) {
        return ofPairs(mine, theirs, value, (one, other) -> one - other);
    }

    private static <T> Spread ofPairs(
            List<T> mine, List<T> theirs, ToDoubleFunction<T> value, DoubleBinaryOperator compare) {
        double[] compared = new double[mine.size()];
        for (int i = 0; i < compared.length; i++) {
            compared[i] = compare.applyAsDouble(value.applyAsDouble(mine.get(i)), value.applyAsDouble(theirs.get(i)));
        }
        return of(compared);
    }

    /** Interpolates between the neighbours. */
    static double at(double[] sorted, double quantile) {
        double place = quantile * (sorted.length - 1);
        int below = (int) place;
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    static double quantile(long[] values, double quantile) {
        double[] sorted = Arrays.stream(values).asDoubleStream().sorted().toArray();
        return at(sorted, quantile);
    }

    @Override
    public String toString() {
        return first == third ? number(median) : number(median) + " (" + number(first) + "-" + number(third) + ")";
    }

    /** Nanoseconds as text, with the quartiles. */
    String times() {
        return time(median) + " (" + time(first) + "-" + time(third) + ")";
    }

    static String number(double value) {
        return String.format(Locale.ROOT, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
    }

    /** Nanoseconds as text. */
    static String time(double nanos) {
        if (nanos < 10_000_000) {
            return String.format(Locale.ROOT, "%.0f µs", nanos / 1e3);
        }
        return String.format(Locale.ROOT, "%.1f ms", nanos / 1e6);
    }
}
