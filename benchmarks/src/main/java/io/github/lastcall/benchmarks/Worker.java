package io.github.lastcall.benchmarks;

import io.github.lastcall.benchmarks.Contender.Child;
import io.github.lastcall.benchmarks.Contender.Scope;
import io.github.lastcall.benchmarks.Contender.Way;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;

/**
 * A JVM with one contender. It uses the protocol of {@code floor.c}, which explains the operations. A variant is a
 * {@link Way}, with "virtual:" before it for a virtual thread.
 */
final class Worker {

    private static final String VIRTUAL = "virtual:";

    /** How many children are stopped at once, and how often, before the measurement. */
    private static final int WARM_UP_CHILDREN = 20;

    private static final int WARM_UP_ROUNDS = 15;

    private final Contender contender;
    private final String program;
    private final String pageFile;
    private final Page page;

    /** Open and never read, like the connections of a large server. */
    private final List<FileInputStream> descriptors = new ArrayList<>();

    private Worker(Contender contender, String program, String pageFile) throws IOException {
        this.contender = contender;
        this.program = program;
        this.pageFile = pageFile;
        this.page = new Page(Path.of(pageFile));
    }

    /** Arguments: contender, child program, page, number of descriptors to hold open. */
    public static void main(String[] args) throws Exception {
        Worker worker = new Worker(contender(args[0]), args[1], args[2]);
        for (int i = Integer.parseInt(args[3]); i > 0; i--) {
            worker.descriptors.add(new FileInputStream("/dev/null"));
        }
        BufferedReader requests = new BufferedReader(new InputStreamReader(System.in));
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            System.out.println(worker.answer(line));
        }
        System.exit(0);
    }

    static Contender contender(String name) {
        return switch (name) {
            case "jdk" -> new JdkContender();
            case "lastcall" -> new LastcallContender(false);
            case "lastcall-guarded" -> new LastcallContender(true);
            case "nuprocess" -> new NuProcessContender();
            case "zt-exec" -> new ZtExecContender();
            case "commons-exec" -> new CommonsExecContender();
            default -> throw new IllegalArgumentException(name);
        };
    }

    private String answer(String line) {
        try {
            String[] words = line.split(" ");
            boolean virtual = words[1].startsWith(VIRTUAL);
            Way way = Way.valueOf(virtual ? words[1].substring(VIRTUAL.length()) : words[1]);
            int count = Integer.parseInt(words[2]);
            int settleMicros = Integer.parseInt(words[3]);
            if (words[0].startsWith("many")) {
                return many(words[0].endsWith("heavy") ? "heavy" : "wait", virtual, way, count, settleMicros);
            }
            StringJoiner nanos = new StringJoiner(" ");
            for (int i = 0; i < count; i++) {
                nanos.add(Long.toString(once(words[0], virtual, way, settleMicros)));
            }
            return nanos.toString();
        } catch (Exception e) {
            e.printStackTrace();
            return "error: " + e;
        }
    }

    private long once(String operation, boolean virtual, Way way, int settleMicros) throws Exception {
        return switch (operation) {
            case "signal" -> signal(virtual, way, settleMicros);
            case "natural" -> natural(virtual, way, settleMicros);
            case "spawn" -> spawn(virtual, way);
            case "start" -> start(virtual, way);
            default -> throw new IllegalArgumentException(operation);
        };
    }

    /**
     * This platform thread starts the child and sleeps. A virtual thread that has slept continues on a carrier that has
     * just been woken, which would change the result.
     */
    private long signal(boolean virtual, Way way, int settleMicros) throws Exception {
        page.reset();
        Child child = start("wait");
        page.awaitReady(1);
        Thread.sleep(settleMicros / 1000, settleMicros % 1000 * 1000);
        long took = on(virtual, () -> {
            long begun = System.nanoTime();
            child.stop(way);
            return System.nanoTime() - begun;
        });
        child.dispose();
        return took;
    }

    private long natural(boolean virtual, Way way, int settleMicros) throws Exception {
        page.reset();
        Child child = start("stamp", Integer.toString(settleMicros));
        page.awaitReady(1);
        long took = on(virtual, () -> {
            child.await(way);
            return System.nanoTime() - page.stamp();
        });
        child.dispose();
        return took;
    }

    private long spawn(boolean virtual, Way way) throws Exception {
        return on(virtual, () -> {
            long begun = System.nanoTime();
            Child child = start("exit");
            child.await(way);
            long took = System.nanoTime() - begun;
            child.dispose();
            return took;
        });
    }

    private long start(boolean virtual, Way way) throws Exception {
        return on(virtual, () -> {
            long begun = System.nanoTime();
            Child child = start("exit");
            long took = System.nanoTime() - begun;
            child.await(way);
            child.dispose();
            return took;
        });
    }

    private String many(String mode, boolean virtual, Way way, int count, int settleMicros) throws Exception {
        startCarriers();
        int threads = threads();
        for (int i = 0; i < WARM_UP_ROUNDS; i++) {
            atOnce(mode, virtual, way, WARM_UP_CHILDREN, 0);
        }
        AtOnce seen = atOnce(mode, virtual, way, count, settleMicros);
        return seen.threads() - threads + " " + seen.moreMemory() + " " + seen.took();
    }

    /** Starts the carriers, and what else the JVM starts once for virtual threads. */
    private static void startCarriers() throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            threads.add(Thread.ofVirtual().start(() -> LockSupport.parkNanos(1_000_000)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private record AtOnce(int threads, long moreMemory, long took) {}

    /** For FUTURE the futures exist before, because a thread for each of them is a cost of its own. */
    private AtOnce atOnce(String mode, boolean virtual, Way way, int count, int settleMicros) throws Exception {
        Optional<Scope> scope = way == Way.SCOPE ? Optional.of(contender.open()) : Optional.empty();
        long memory = residentKilobytes();
        page.reset();
        List<Child> children = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            children.add(scope.<Contender>map(Function.identity()).orElse(contender).start(command(mode)));
        }
        List<Future<?>> exits = new ArrayList<>();
        if (way == Way.FUTURE) {
            children.forEach(child -> exits.add(child.exit()));
        }
        page.awaitReady(count);
        Thread.sleep(settleMicros / 1000);
        int threads = threads();
        long moreMemory = residentKilobytes() - memory;
        long begun = System.nanoTime();
        if (scope.isPresent()) {
            scope.get().stopAll();
        } else if (virtual) {
            stopOnVirtualThreads(children, way);
        } else {
            stopInLoops(children, exits, way);
        }
        long took = System.nanoTime() - begun;
        for (Child child : children) {
            child.dispose();
        }
        return new AtOnce(threads, moreMemory, took);
    }

    /** The threads that Java knows. */
    private static int threads() {
        return Thread.getAllStackTraces().size();
    }

    private static void stopInLoops(List<Child> children, List<Future<?>> exits, Way way) throws Exception {
        for (Child child : children) {
            child.ask();
        }
        for (Future<?> exit : exits) {
            exit.get();
        }
        for (Child child : exits.isEmpty() ? children : List.<Child>of()) {
            child.await(way);
        }
    }

    private static void stopOnVirtualThreads(List<Child> children, Way way) throws Exception {
        List<FutureTask<Void>> stops = new ArrayList<>();
        for (Child child : children) {
            FutureTask<Void> stop = new FutureTask<>(() -> {
                child.stop(way);
                return null;
            });
            Thread.ofVirtual().start(stop);
            stops.add(stop);
        }
        for (FutureTask<Void> stop : stops) {
            stop.get();
        }
    }

    private Child start(String... mode) throws Exception {
        return contender.start(command(mode));
    }

    private List<String> command(String... mode) {
        List<String> command = new ArrayList<>(List.of(program, pageFile));
        command.addAll(List.of(mode));
        return command;
    }

    private static long on(boolean virtual, Callable<Long> body) throws Exception {
        if (!virtual) {
            return body.call();
        }
        FutureTask<Long> task = new FutureTask<>(body);
        Thread.ofVirtual().start(task);
        return task.get();
    }

    private static long residentKilobytes() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/status")).stream()
                .filter(line -> line.startsWith("VmRSS:"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")))
                .findFirst()
                .orElseThrow();
    }
}
