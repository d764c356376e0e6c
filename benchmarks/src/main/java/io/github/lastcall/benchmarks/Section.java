package io.github.lastcall.benchmarks;

import java.util.List;

/**
 * Rows that are measured together, interleaved: in each round every row has its turn, in random order.
 *
 * @param id names it in {@code reference.txt}
 * @param title names it for a reader
 * @param operation what is measured, see {@code floor.c}
 * @param descriptors how many descriptors are held open besides
 * @param settleMicros how long a child is left alone before it is stopped, or lives on before it exits
 * @param rows the first one is the floor
 */
record Section(String id, String title, String operation, int descriptors, int settleMicros, List<Row> rows) {

    private static final int HASTE_MICROS = 300;

    /**
     * One contender in one use.
     *
     * @param label names it for a reader, and in {@code reference.txt}
     * @param worker which worker measures it, see {@link Workers}
     * @param variant what the worker is asked for
     * @param divisor slow ones are measured so many times less often
     * @param jdk the row of the JDK on the same kind of thread
     */
    record Row(String label, String worker, String variant, int divisor, String jdk) {

        int perRound(Pace pace) {
            return Math.max(1, pace.perRound() / divisor);
        }

        int warmUp(Pace pace) {
            return Math.max(1, pace.warmUp() / divisor);
        }

        /** Without pidfds of groups /proc is looked through: that takes as long as the machine has processes. */
        boolean isComparable() {
            return worker.equals("lastcall");
        }

        boolean isLastcall() {
            return worker.startsWith("lastcall");
        }
    }

    /**
     * How long to measure.
     *
     * @param warmUp children of each row that do not count: it takes many until what is Java is compiled, see {@link
     *     WarmingUp}
     * @param rounds how many rounds
     * @param perRound children of each row in a round
     */
    record Pace(int warmUp, int rounds, int perRound) {}

    /** Whether its children are there all at once, see {@link ManyTrial}. */
    boolean isMany() {
        return operation.equals("many");
    }

    Row floor() {
        return rows.get(0);
    }

    /** The line that asks a worker for so many of a row. */
    String request(Row row, int count) {
        return operation + " " + row.variant() + " " + count + " " + settleMicros;
    }

    /** The same without waiting for children to settle: for warming up, which is about the code. */
    Section hasty() {
        return new Section(id, title, operation, descriptors, Math.min(settleMicros, HASTE_MICROS), rows);
    }

    /** The same with some of the rows. */
    Section only(List<Row> some) {
        return new Section(id, title, operation, descriptors, settleMicros, some);
    }
}
