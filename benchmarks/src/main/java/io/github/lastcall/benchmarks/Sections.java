package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Contender.Way;
import io.github.lastcall.benchmarks.Section.Kind;
import io.github.lastcall.benchmarks.Section.Row;
import java.util.ArrayList;
import java.util.List;

/** What is measured. */
final class Sections {

    private static final String VIRTUAL = "virtual:";
    private static final String FLOOR = "C, by pidfd";
    private static final String JDK = "JDK waitFor()";
    private static final String JDK_FUTURE = "JDK onExit()";
    private static final String JDK_VIRTUAL = "JDK waitFor(), virtual thread";
    private static final String JDK_FUTURE_VIRTUAL = "JDK onExit(), virtual thread";

    /** How long to wait before a stop: long enough that the child sleeps, short enough for thousands of children. */
    private static final int SETTLE_MICROS = 3000;

    /** How long a child runs that exits by itself: it must still run when the wait begins. */
    private static final int LIFE_MICROS = 4000;

    static final int MANY_DESCRIPTORS = 2000;

    /** How many stops of a JVM count as its first ones: most programs make no more. */
    static final int FIRST_STOPS = 30;

    /** NuProcess needs a quarter of a second for many exits. */
    static final int SLOW = 16;

    static final String SAME_AGAIN = "C, the same again, for the noise";

    static final String GUARDED = "Lastcall, registered with the guardian";

    private static final Row AGAIN = platform(SAME_AGAIN, "floor", "pidfd");
    private static final Row WAITPID = platform("C, by number", "floor", "waitpid");
    private static final Row NU = new Row("NuProcess", "nuprocess", Way.WAIT.name(), SLOW, JDK);
    private static final Row ZT = platform("zt-exec", "zt-exec", Way.WAIT.name());
    private static final Row COMMONS = platform("Commons Exec, own handler", "commons-exec", Way.WAIT.name());

    private Sections() {}

    /** All, in the order of the report. */
    static List<Section> all() {
        return List.of(
                signal("signal", 0),
                signal("signal-2000", MANY_DESCRIPTORS),
                natural("natural", 0),
                natural("natural-2000", MANY_DESCRIPTORS),
                start("start", 0),
                start("start-2000", MANY_DESCRIPTORS),
                spawn("spawn", 0),
                spawn("spawn-2000", MANY_DESCRIPTORS),
                many(),
                manyHeavy(),
                manyWithDescriptors(),
                firstStops("first-stops", 0),
                firstStops("first-stops-2000", MANY_DESCRIPTORS),
                firstUse(),
                heap("start", "start()", "start()"),
                heap("stop", "destroy(), waitFor()", "terminate()"),
                guarded("start", "start", "start()", Way.WAIT),
                guarded("stop", "signal", "terminate()", Way.STOP),
                jvmExit());
    }

    /** The sections that CI measures. The others would show the same, and each start of a JVM takes a second. */
    static List<Section> checked() {
        List<String> left = List.of("many-heavy", "many-2000", "first-stops-2000", "guarded-start", "guarded-stop");
        return all().stream().filter(section -> !left.contains(section.id())).toList();
    }

    private static Section signal(String id, int descriptors) {
        List<Row> rows = waits(descriptors);
        rows.add(platform("Lastcall terminate()", "lastcall", Way.STOP.name()));
        rows.add(platform("Lastcall destroy(), waitFor()", "lastcall", Way.WAIT.name()));
        rows.add(platform("Lastcall destroy(), onExit()", "lastcall", Way.FUTURE.name(), JDK_FUTURE));
        rows.add(platform("Lastcall terminateAsync()", "lastcall", Way.STOP_ASYNC.name(), JDK_FUTURE));
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
                Kind.WARM,
                "signal",
                descriptors,
                SETTLE_MICROS,
                List.copyOf(rows));
    }

    private static Section natural(String id, int descriptors) {
        List<Row> rows = waits(descriptors);
        rows.add(platform("Lastcall waitFor()", "lastcall", Way.WAIT.name()));
        rows.add(platform("Lastcall waitFor(timeout)", "lastcall", Way.TIMED_WAIT.name()));
        rows.add(platform("Lastcall onExit()", "lastcall", Way.FUTURE.name(), JDK_FUTURE));
        rows.add(virtual("Lastcall waitFor(), virtual thread", "lastcall", Way.WAIT));
        rows.add(virtual("Lastcall waitFor(timeout), virtual thread", "lastcall", Way.TIMED_WAIT));
        rows.add(virtual("Lastcall onExit(), virtual thread", "lastcall", Way.FUTURE));
        if (descriptors == 0) {
            rows.add(platform("Lastcall waitFor(), without pidfds", "lastcall:12", Way.WAIT.name()));
        }
        return new Section(
                id,
                "Natural exit seen" + with(descriptors),
                Kind.WARM,
                "natural",
                descriptors,
                LIFE_MICROS,
                List.copyOf(rows));
    }

    private static List<Row> waits(int descriptors) {
        List<Row> rows = new ArrayList<>();
        rows.add(platform(FLOOR, "floor", "pidfd"));
        if (descriptors == 0) {
            rows.addAll(List.of(AGAIN, WAITPID));
        }
        rows.add(platform(JDK, "jdk", Way.WAIT.name()));
        rows.add(platform("JDK waitFor(timeout)", "jdk", Way.TIMED_WAIT.name()));
        rows.add(platform(JDK_FUTURE, "jdk", Way.FUTURE.name()));
        rows.add(virtual(JDK_VIRTUAL, "jdk", Way.WAIT));
        rows.add(virtual("JDK waitFor(timeout), virtual thread", "jdk", Way.TIMED_WAIT));
        rows.add(virtual(JDK_FUTURE_VIRTUAL, "jdk", Way.FUTURE));
        rows.addAll(List.of(NU, ZT, COMMONS));
        return rows;
    }

    /** Without Commons Exec, which starts on another thread and returns before. */
    private static Section start(String id, int descriptors) {
        List<Row> floors = List.of(
                platform("C, by clone as vfork", "floor", "pidfd"),
                AGAIN,
                platform("C, by posix_spawn", "floor", "posix_spawn"));
        List<Row> rows = starts("start()", floors, List.of(NU, ZT));
        return new Section(
                id, "Start with three pipes" + with(descriptors), Kind.WARM, "start", descriptors, 0, rows);
    }

    private static Section spawn(String id, int descriptors) {
        List<Row> floors = List.of(platform(FLOOR, "floor", "pidfd"), AGAIN);
        List<Row> rows = starts("start(), waitFor()", floors, List.of(NU, ZT, COMMONS));
        String title = "Start with three pipes and wait for the exit" + with(descriptors);
        return new Section(id, title, Kind.WARM, "spawn", descriptors, 0, rows);
    }

    private static List<Row> starts(String calls, List<Row> floors, List<Row> peers) {
        String jdk = "JDK " + calls;
        String jdkVirtual = jdk + ", virtual thread";
        String wait = Way.WAIT.name();
        List<Row> rows = new ArrayList<>();
        floors.forEach(row -> rows.add(row.comparedWith(jdk)));
        rows.add(platform(jdk, "jdk", wait, jdk));
        rows.add(virtual(jdkVirtual, "jdk", Way.WAIT).comparedWith(jdkVirtual));
        peers.forEach(row -> rows.add(row.comparedWith(jdk)));
        rows.add(platform("Lastcall " + calls, "lastcall", wait, jdk));
        rows.add(virtual("Lastcall " + calls + ", virtual thread", "lastcall", Way.WAIT).comparedWith(jdkVirtual));
        return List.copyOf(rows);
    }

    private static Section firstStops(String id, int descriptors) {
        List<Row> rows = List.of(
                platform(FLOOR, "floor", "pidfd"),
                AGAIN,
                platform(JDK, "jdk", Way.WAIT.name()),
                virtual(JDK_VIRTUAL, "jdk", Way.WAIT),
                platform("Lastcall terminate()", "lastcall", Way.STOP.name()),
                virtual("Lastcall terminate(), virtual thread", "lastcall", Way.STOP));
        String title = "The first " + FIRST_STOPS + " stops of a JVM" + with(descriptors);
        return new Section(id, title, Kind.FRESH, "signal", descriptors, SETTLE_MICROS, rows);
    }

    private static Section firstUse() {
        String jdk = "JDK start(), destroy(), waitFor()";
        List<Row> rows = List.of(
                new Row("The smallest FFM program with one downcall", "ffm", "ffm", 1, jdk),
                new Row(jdk, "jdk", "jdk", 1, jdk),
                new Row("Lastcall start(), terminate()", "lastcall", "lastcall", 1, jdk));
        return new Section("first-use", "First start and stop in a fresh JVM", Kind.PROGRAM, "first-use", 0, 0, rows);
    }

    private static Section heap(String what, String ofJdk, String ofLastcall) {
        String jdk = "JDK " + ofJdk;
        List<Row> rows = List.of(
                new Row(jdk, "jdk", "jdk-" + what, 1, jdk),
                new Row("Lastcall " + ofLastcall, "lastcall", "lastcall-" + what, 1, jdk));
        return new Section("heap-" + what, "Heap of a " + what, Kind.PROGRAM, "heap", 0, 0, rows);
    }

    /** What the guardian costs, with Lastcall without a guardian as the floor. */
    private static Section guarded(String what, String operation, String call, Way way) {
        String floor = "Lastcall " + call;
        List<Row> rows = List.of(
                platform(floor, "lastcall", way.name(), floor),
                platform(GUARDED, "lastcall-guarded", way.name(), floor));
        return new Section(
                "guarded-" + what, "A " + what + " with the guardian", Kind.WARM, operation, 0, SETTLE_MICROS, rows);
    }

    private static Section jvmExit() {
        String jdk = "JDK onExit(), System.exit()";
        String jdkReturn = "JDK onExit(), return from main";
        List<Row> rows = List.of(
                new Row(jdk, "jdk", "jdk", 1, jdk),
                new Row(jdkReturn, "jdk", "jdk-return", 1, jdkReturn),
                new Row("Lastcall onExit(), System.exit()", "lastcall", "lastcall", 1, jdk),
                new Row("Lastcall onExit(), return from main", "lastcall", "lastcall-return", 1, jdkReturn));
        return new Section("jvm-exit", "Exit of the JVM", Kind.PROGRAM, "jvm-exit", 0, 0, rows);
    }

    /** The rows for {@link WarmingUp}. */
    static Section warmingUp() {
        List<String> labels = List.of(JDK, "Lastcall terminate()");
        return signal("signal", 0).only(row -> labels.contains(row.label()));
    }

    /** Many children at once; each round has fresh workers. */
    private static Section many() {
        List<Row> rows = new ArrayList<>();
        rows.add(platform(FLOOR, "floor", "pidfd"));
        rows.add(AGAIN);
        rows.add(platform("C, by one epoll", "floor", "epoll"));
        rows.addAll(manyOfTheJdk());
        rows.addAll(List.of(platform("NuProcess", "nuprocess", Way.WAIT.name()), ZT, COMMONS));
        rows.addAll(manyOfLastcall());
        return many("many", 0, rows);
    }

    /** Children as large as real programs. With small ones the work of the caller has a larger part in the result. */
    private static Section manyHeavy() {
        List<Row> rows = new ArrayList<>();
        rows.add(platform(FLOOR, "floor", "pidfd"));
        rows.add(platform(JDK, "jdk", Way.WAIT.name()));
        rows.add(platform("Lastcall ProcessScope.terminateAll()", "lastcall", Way.SCOPE.name()));
        return new Section(
                "many-heavy",
                "live children of a megabyte each",
                Kind.MANY,
                "many-heavy",
                0,
                SETTLE_MICROS,
                List.copyOf(rows));
    }

    /** Without the libraries whose starts take as long as the JDK's and that have a thread for each child too. */
    private static Section manyWithDescriptors() {
        List<Row> rows = new ArrayList<>();
        rows.add(platform(FLOOR, "floor", "pidfd"));
        rows.addAll(manyOfTheJdk());
        rows.addAll(manyOfLastcall());
        return many("many-2000", MANY_DESCRIPTORS, rows);
    }

    private static Section many(String id, int descriptors, List<Row> rows) {
        String title = "live children" + with(descriptors);
        return new Section(id, title, Kind.MANY, "many", descriptors, SETTLE_MICROS, List.copyOf(rows));
    }

    private static List<Row> manyOfTheJdk() {
        return List.of(
                platform(JDK, "jdk", Way.WAIT.name()),
                platform(JDK_FUTURE, "jdk", Way.FUTURE.name()),
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
        return platform(label, worker, variant, JDK);
    }

    private static Row platform(String label, String worker, String variant, String jdk) {
        return new Row(label, worker, variant, 1, jdk);
    }

    private static Row virtual(String label, String worker, Way way) {
        boolean future = way == Way.FUTURE || way == Way.STOP_ASYNC;
        return new Row(label, worker, VIRTUAL + way, 1, future ? JDK_FUTURE_VIRTUAL : JDK_VIRTUAL);
    }

    private static String with(int descriptors) {
        return descriptors == 0 ? "" : ", with " + descriptors + " descriptors open";
    }
}
