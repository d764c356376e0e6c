package io.github.lastcall.testing.programs;

import static io.github.lastcall.testing.Programs.awaitReady;
import static io.github.lastcall.testing.Programs.child;
import static io.github.lastcall.testing.Programs.helper;
import static io.github.lastcall.testing.Programs.readLine;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.KillMode;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.ProcessLeakedException;
import io.github.lastcall.UnixSignal;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Stream;

/**
 * Starts and stops children in several threads while bystanders take every pid that becomes free, and continues to
 * signal the children that are gone. Writes the line "STOPPED REUSED FORKS SIGNALS SURPRISES": groups stopped, those of
 * them whose pid a bystander had afterwards, bystanders, signals that they received, and other failures, which are
 * printed on standard error.
 *
 * <p>Arguments: how many children; the file for the bystanders' log; the seed.
 */
public final class StopsAmongBystanders {

    private static final int THREADS = 6;
    private static final String BYSTANDERS = "24";

    /**
     * How many handles of processes that are gone stay in use: about as long as it takes until their pids are reused.
     */
    private static final int REMEMBERED = 256;

    private static final GracefulShutdown SHUTDOWN = GracefulShutdown.builder()
            .unixSigterm(Duration.ofMillis(5))
            .windowsCtrlBreak(Duration.ZERO)
            .build();

    private static final UnixSignal[] SIGNALS = Stream.of(
                    "HUP INT QUIT ABRT KILL USR1 USR2 ALRM TERM CONT STOP TSTP WINCH".split(" "))
            .map(UnixSignal::of)
            .toArray(UnixSignal[]::new);

    /** By the clock that the bystanders use: nanoTime() reads CLOCK_MONOTONIC on Linux. */
    private record Stopped(long pid, long nanoTime) {}

    private final AtomicInteger left;
    private final AtomicReferenceArray<ManagedProcess> gone = new AtomicReferenceArray<>(REMEMBERED);
    private final Queue<Stopped> stopped = new ConcurrentLinkedQueue<>();
    private final Queue<Object> surprises = new ConcurrentLinkedQueue<>();

    private StopsAmongBystanders(int cycles) {
        left = new AtomicInteger(cycles);
    }

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        Path log = Path.of(arguments[1]);
        Process bystanders = new ProcessBuilder(helper("bystanders"), BYSTANDERS, log.toString())
                .redirectError(Redirect.INHERIT)
                .start();
        awaitReady(bystanders);
        StopsAmongBystanders stops = new StopsAmongBystanders(Integer.parseInt(arguments[0]));
        stops.runThreads(new SplittableRandom(Long.parseLong(arguments[2])));
        bystanders.getOutputStream().close();
        String counts = readLine(bystanders.getInputStream());
        stops.surprises.forEach(System.err::println);
        System.out.println(
                stops.stopped.size() + " " + stops.reused(log) + " " + counts + " " + stops.surprises.size());
    }

    private void runThreads(SplittableRandom random) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            SplittableRandom own = random.split();
            threads.add(Thread.ofPlatform().start(() -> run(own)));
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private void run(SplittableRandom random) {
        while (left.getAndDecrement() > 0) {
            try {
                ManagedProcess process = random.nextInt(4) == 0 ? leaveAlone(random) : stop(random);
                gone.set(random.nextInt(REMEMBERED), process);
                disturb(gone.get(random.nextInt(REMEMBERED)), random);
                disturb(gone.get(random.nextInt(REMEMBERED)), random);
            } catch (Exception | Error e) {
                surprises.add(e);
            }
        }
    }

    private static ManagedProcess start(KillMode mode, String... steps) throws IOException {
        ProcessBuilder command =
                child(steps).redirectOutput(Redirect.DISCARD).redirectError(Redirect.DISCARD);
        return ManagedProcess.builder(command).killMode(mode).start();
    }

    /** This one must not have been stopped: a signal for another child would show here. */
    private ManagedProcess leaveAlone(SplittableRandom random) throws Exception {
        int code = 1 + random.nextInt(100);
        ManagedProcess process = start(KillMode.GROUP, "sleep", "" + random.nextInt(4), "exit", "" + code);
        ExitStatus status = process.waitForExit();
        if (!status.equals(new ExitStatus.Exited(code))) {
            surprises.add("instead of exit code " + code + ": " + status);
        }
        stopped.add(new Stopped(process.pid(), System.nanoTime()));
        return process;
    }

    private ManagedProcess stop(SplittableRandom random) throws Exception {
        KillMode mode = KillMode.values()[random.nextInt(KillMode.values().length)];
        String some = "" + random.nextInt(4);
        // Under LEADER the processes that the leader leaves behind remain.
        String[] steps =
                switch (random.nextInt(mode == KillMode.LEADER ? 3 : 7)) {
                    case 0 -> new String[] {"sleep", some, "exit", "3"};
                    case 1 -> new String[] {"pause"};
                    case 2 -> new String[] {"ignore", "SIGTERM", "sleep", some, "raise", "SIGKILL"};
                    case 3 -> new String[] {"fork", "sleep", some, "end", "exit", "0"};
                    case 4 -> new String[] {"fork", "pause", "end", "sleep", some, "exit", "0"};
                    case 5 -> new String[] {"fork", "ignore", "SIGTERM", "sleep", "9", "end", "pause"};
                    default -> new String[] {"relay", "3", "1"};
                };
        ManagedProcess process = start(mode, steps);
        if (random.nextBoolean()) {
            process.waitFor(random.nextInt(4), TimeUnit.MILLISECONDS);
        }
        disturb(process, random);
        process.kill();
        if (mode != KillMode.LEADER) {
            stopped.add(new Stopped(process.pid(), System.nanoTime()));
        }
        return process;
    }

    private static void disturb(ManagedProcess process, SplittableRandom random) throws Exception {
        if (process == null) {
            return;
        }
        switch (random.nextInt(9)) {
            case 0 -> process.terminate(SHUTDOWN);
            case 1 -> process.kill();
            case 2 -> process.destroy();
            case 3 -> process.destroyForcibly();
            case 4 -> process.waitFor(1, TimeUnit.MILLISECONDS);
            case 5 -> process.onExit();
            case 6 -> close(process);
            default -> process.sendSignal(SIGNALS[random.nextInt(SIGNALS.length)]);
        }
    }

    private static void close(ManagedProcess process) {
        try {
            process.close();
        } catch (ProcessLeakedException running) {
            // It was, and has been killed.
        }
    }

    private long reused(Path log) throws IOException {
        Map<Long, Long> lastUse = new HashMap<>();
        for (String line : Files.readAllLines(log)) {
            int space = line.indexOf(' ');
            lastUse.put(Long.parseLong(line.substring(0, space)), Long.parseLong(line.substring(space + 1)));
        }
        return stopped.stream()
                .filter(group -> lastUse.getOrDefault(group.pid(), Long.MIN_VALUE) > group.nanoTime())
                .count();
    }
}
