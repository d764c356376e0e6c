package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Contender.Way;
import io.github.lastcall.benchmarks.Section.Row;
import java.util.ArrayList;
import java.util.List;

/** What is measured. */
final class Sections {

    static final String FLOOR = "C: pidfd, poll, waitid";
    private static final String JDK = "JDK waitFor()";
    private static final String JDK_VIRTUAL = "JDK waitFor(), virtual thread";

    /** Settling: long enough for the child to be off its processor, short enough for thousands of them. */
    private static final int SETTLE_MICROS = 3000;

    /** One that exits by itself must still live when the wait begins. */
    private static final int LIFE_MICROS = 4000;

    static final int MANY_DESCRIPTORS = 2000;

    /** NuProcess takes a quarter of a second for many an exit. */
    static final int SLOW = 16;

    private static final Row SAME_AGAIN = platform("C: the same again, for the noise", "floor", "pidfd");
    private static final Row WAITPID = platform("C: waitpid", "floor", "waitpid");
    private static final Row NU = new Row("NuProcess", "nuprocess", Way.WAIT.name(), SLOW, JDK);
    private static final Row ZT = platform("zt-exec", "zt-exec", Way.WAIT.name());
    private static final Row COMMONS = platform("Commons Exec, own handler", "commons-exec", Way.WAIT.name());

    private Sections() {}

    /** Those of which one child after the other is measured. */
    static List<Section> all() {
        return List.of(
                signal("signal", 0),
                signal("signal-2000", MANY_DESCRIPTORS),
                natural("natural", 0),
                natural("natural-2000", MANY_DESCRIPTORS),
                start("start", 0),
                start("start-2000", MANY_DESCRIPTORS),
                spawn("spawn", 0),
                spawn("spawn-2000", MANY_DESCRIPTORS));
    }

    private static Section signal(String id, int descriptors) {
        List<Row> rows = waits(descriptors);
        rows.add(platform("Lastcall terminate()", "lastcall", Way.STOP.name()));
        rows.add(platform("Lastcall destroy(), waitFor()", "lastcall", Way.WAIT.name()));
        rows.add(platform("Lastcall destroy(), onExit()", "lastcall", Way.FUTURE.name()));
        rows.add(platform("Lastcall terminateAsync()", "lastcall", Way.STOP_ASYNC.name()));
        rows.add(virtual("Lastcall terminate(), virtual thread", "lastcall", Way.STOP));
        rows.add(virtual("Lastcall terminateAsync(), virtual thread", "lastcall", Way.STOP_ASYNC));
        rows.add(virtual("Lastcall destroy(), waitFor(), virtual thread", "lastcall", Way.WAIT));
        rows.add(virtual("Lastcall destroy(), onExit(), virtual thread", "lastcall", Way.FUTURE));
        if (descriptors == 0) {
            rows.add(platform("Lastcall terminate(), as before Linux 6.9", "lastcall:8", Way.STOP.name()));
            rows.add(platform("Lastcall terminate(), without pidfds", "lastcall:12", Way.STOP.name()));
        }
        return new Section(
                id,
                "Exit seen after a signal" + with(descriptors),
                "signal",
                descriptors,
                SETTLE_MICROS,
                List.copyOf(rows));
    }

    private static Section natural(String id, int descriptors) {
        List<Row> rows = waits(descriptors);
        rows.add(platform("Lastcall waitFor()", "lastcall", Way.WAIT.name()));
        rows.add(platform("Lastcall waitFor(timeout)", "lastcall", Way.TIMED_WAIT.name()));
        rows.add(platform("Lastcall onExit()", "lastcall", Way.FUTURE.name()));
        rows.add(virtual("Lastcall waitFor(), virtual thread", "lastcall", Way.WAIT));
        rows.add(virtual("Lastcall waitFor(timeout), virtual thread", "lastcall", Way.TIMED_WAIT));
        rows.add(virtual("Lastcall onExit(), virtual thread", "lastcall", Way.FUTURE));
        if (descriptors == 0) {
            rows.add(platform("Lastcall waitFor(), without pidfds", "lastcall:12", Way.WAIT.name()));
        }
        return new Section(
                id,
                "Natural exit seen" + with(descriptors),
                "natural",
                descriptors,
                LIFE_MICROS,
                List.copyOf(rows));
    }

    private static List<Row> waits(int descriptors) {
        List<Row> rows = new ArrayList<>();
        rows.add(platform(FLOOR, "floor", "pidfd"));
        if (descriptors == 0) {
            rows.addAll(List.of(SAME_AGAIN, WAITPID));
        }
        rows.add(platform(JDK, "jdk", Way.WAIT.name()));
        rows.add(platform("JDK waitFor(timeout)", "jdk", Way.TIMED_WAIT.name()));
        rows.add(platform("JDK onExit()", "jdk", Way.FUTURE.name()));
        rows.add(virtual(JDK_VIRTUAL, "jdk", Way.WAIT));
        rows.add(virtual("JDK waitFor(timeout), virtual thread", "jdk", Way.TIMED_WAIT));
        rows.add(virtual("JDK onExit(), virtual thread", "jdk", Way.FUTURE));
        rows.addAll(List.of(NU, ZT, COMMONS));
        return rows;
    }

    private static Section start(String id, int descriptors) {
        List<Row> rows = starts();
        // Commons Exec starts on another thread and returns before.
        rows.remove(COMMONS);
        return new Section(id, "Start with three pipes" + with(descriptors), "start", descriptors, 0, rows);
    }

    private static Section spawn(String id, int descriptors) {
        String title = "Start with three pipes and wait for the exit" + with(descriptors);
        return new Section(id, title, "spawn", descriptors, 0, starts());
    }

    private static List<Row> starts() {
        return new ArrayList<>(List.of(
                platform(FLOOR, "floor", "pidfd"),
                SAME_AGAIN,
                platform(JDK, "jdk", Way.WAIT.name()),
                virtual(JDK_VIRTUAL, "jdk", Way.WAIT),
                NU,
                ZT,
                COMMONS,
                platform("Lastcall waitFor()", "lastcall", Way.WAIT.name()),
                virtual("Lastcall waitFor(), virtual thread", "lastcall", Way.WAIT)));
    }

    /** Those whose first stops are of interest. */
    static Section first() {
        Section all = all().get(0);
        List<String> labels = List.of(JDK, "Lastcall terminate()");
        return all.only(all.rows().stream()
                .filter(row -> labels.contains(row.label()))
                .toList());
    }

    /** Those that CI looks at. */
    static List<Section> checked() {
        List<Section> checked = new ArrayList<>(all());
        checked.add(many());
        return checked;
    }

    /** Many at once; a round starts with fresh workers. */
    static Section many() {
        List<Row> rows = new ArrayList<>();
        rows.add(platform(FLOOR, "floor", "pidfd"));
        rows.addAll(manyOfTheJdk());
        rows.addAll(List.of(platform("NuProcess", "nuprocess", Way.WAIT.name()), ZT, COMMONS));
        rows.addAll(manyOfLastcall());
        return many("many", 0, rows);
    }

    /** Without those for whom a start takes as long as for the JDK there, and who have a thread for each child too. */
    static Section manyWithDescriptors() {
        List<Row> rows = new ArrayList<>();
        rows.add(platform(FLOOR, "floor", "pidfd"));
        rows.addAll(manyOfTheJdk());
        rows.addAll(manyOfLastcall());
        return many("many-2000", MANY_DESCRIPTORS, rows);
    }

    private static Section many(String id, int descriptors, List<Row> rows) {
        return new Section(
                id, "live children" + with(descriptors), "many", descriptors, SETTLE_MICROS, List.copyOf(rows));
    }

    private static List<Row> manyOfTheJdk() {
        return List.of(
                platform(JDK, "jdk", Way.WAIT.name()),
                platform("JDK onExit()", "jdk", Way.FUTURE.name()),
                virtual("JDK waitFor(), a virtual thread each", "jdk", Way.WAIT));
    }

    private static List<Row> manyOfLastcall() {
        return List.of(
                platform("Lastcall destroy(), waitFor()", "lastcall", Way.WAIT.name()),
                platform("Lastcall destroy(), onExit()", "lastcall", Way.FUTURE.name()),
                virtual("Lastcall terminate(), a virtual thread each", "lastcall", Way.STOP),
                platform("Lastcall ProcessScope.terminateAll()", "lastcall", Way.SCOPE.name()));
    }

    private static Row platform(String label, String worker, String variant) {
        return new Row(label, worker, variant, 1, JDK);
    }

    private static Row virtual(String label, String worker, Way way) {
        return new Row(label, worker, "virtual:" + way, 1, JDK_VIRTUAL);
    }

    private static String with(int descriptors) {
        return descriptors == 0 ? "" : ", with " + descriptors + " descriptors open";
    }
}
