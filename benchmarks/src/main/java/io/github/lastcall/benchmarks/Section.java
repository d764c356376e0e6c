package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Effort.Pace;
import java.util.List;
import java.util.function.Predicate;

/**
 * Rows that are measured together, interleaved: in each round every row has its turn, in random order.
 *
 * @param id its name in {@code reference.txt}
 * @param title its name in the report
 * @param kind how it is measured
 * @param operation what is measured, see {@code floor.c} and {@link ProgramTrial}
 * @param descriptors how many other descriptors are open
 * @param settleMicros how long to wait before a child is stopped, or how long a child runs before it exits
 * @param rows the first one is the floor
 */
record Section(
        String id, String title, Kind kind, String operation, int descriptors, int settleMicros, List<Row> rows) {

    private static final int HASTE_MICROS = 300;

    /** How a section is measured. */
    enum Kind {
        /** One child after the other, after many that do not count. */
        WARM,
        /** The first children of a worker; each round has a fresh worker. */
        FRESH,
        /** Many children at once, see {@link ManyTrial}. */
        MANY,
        /** A program that runs once, see {@link ProgramTrial}. */
        PROGRAM
    }

    /**
     * One contender, used in one way.
     *
     * @param label its name in the report and in {@code reference.txt}
     * @param worker which worker measures it, see {@link Workers}
     * @param variant the variant in the request to the worker
     * @param divisor a slow contender is measured this many times less often
     * @param jdk the row of the JDK that it is compared with
     */
    record Row(String label, String worker, String variant, int divisor, String jdk) {

        Row comparedWith(String other) {
            return new Row(label, worker, variant, divisor, other);
        }

        int perRound(Pace pace) {
            return Math.max(1, pace.perRound() / divisor);
        }

        int warmUp(Pace pace) {
            return (isLastcall() ? pace.warmUp() : pace.otherWarmUp()) / divisor;
        }

        /** Without pidfds of groups /proc is scanned, which takes longer the more processes the machine has. */
        boolean isComparable() {
            return worker.equals("lastcall");
        }

        boolean isLastcall() {
            return worker.startsWith("lastcall");
        }
    }

    Row floor() {
        return rows.get(0);
    }

    Row row(String label) {
        return rows.stream()
                .filter(row -> row.label().equals(label))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(id + " has no row " + label));
    }

    /** The request to a worker for that many children of a row. */
    String request(Row row, int count) {
        return operation + " " + row.variant() + " " + count + " " + settleMicros;
    }

    /** The same with a short wait before a stop: for warming up, which only has to run the code. */
    Section hasty() {
        return new Section(id, title, kind, operation, descriptors, Math.min(settleMicros, HASTE_MICROS), rows);
    }

    /** The floor and the rows that are accepted. */
    Section only(Predicate<Row> accepted) {
        List<Row> some = rows.stream()
                .filter(row -> row == floor() || accepted.test(row))
                .toList();
        return new Section(id, title, kind, operation, descriptors, settleMicros, some);
    }
}
