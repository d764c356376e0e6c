package io.github.lastcall.testing.programs;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.KillMode;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.Survivor;
import io.github.lastcall.TerminationAttempt;
import io.github.lastcall.TerminationException;
import io.github.lastcall.TerminationReport;
import io.github.lastcall.testing.ProcessTable;
import io.github.lastcall.testing.ProcessTable.Seen;
import io.github.lastcall.testing.Programs;
import java.io.IOException;
import java.time.Duration;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Stops one group after the other, in each kill mode, and writes a row for each: how it ended, which members outlived
 * the leader, and what /proc shows when the stop returns. A row that is not as expected ends in FAILED.
 *
 * <p>Arguments: the cases, by name. The property gone.zombies (some, none) says whether zombies must be
 * left, gone.kill how many milliseconds the last phase has.
 */
public final class GoneTable {

    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final Duration KILL = Duration.ofMillis(Integer.getInteger("gone.kill", 3000));
    private static final long OURSELVES = ProcessHandle.current().pid();

    private GoneTable() {}

    /** The result: by which signal, how many stragglers (*: any number), and how many are left. */
    private record Expected(String group, String mixed, String leader) {

        String in(KillMode mode) {
            return switch (mode) {
                case GROUP -> group;
                case MIXED -> mixed;
                case LEADER -> leader;
            };
        }
    }

    /** What to start, how many lines it writes until all its processes run, and how much time it has to end. */
    private record Case(String command, int lines, Duration timeout, Expected expected) {}

    private static final String OBEYS = "print-ids pause";
    private static final String IGNORES = "ignore SIGTERM " + OBEYS;

    private static Case named(String name) {
        return switch (name) {
            case "shell-with-background-child" ->
                new Case("$ child print-ids pause & wait", 1, SHORT,
                        new Expected("SIGINT-SIGKILL 1 0", "SIGINT * 0", "SIGINT 0 1"));
            case "leader-exits-at-once" ->
                new Case("forks 3 " + OBEYS + " end exit 0", 3, LONG,
                        new Expected("SIGTERM 3 0", "SIGKILL 3 0", "nothing 0 3"));
            case "worker-ignores-SIGTERM" ->
                new Case("fork " + IGNORES + " end " + OBEYS, 2, SHORT,
                        new Expected("SIGTERM-SIGKILL 1 0", "SIGTERM * 0", "SIGTERM 0 1"));
            case "five-generations-of-workers" ->
                new Case("fork block SIGTERM print-ids await SIGTERM relay 5 40 end " + OBEYS, 2, LONG,
                        new Expected("SIGTERM * 0", "SIGTERM * 0", "SIGTERM 0 1"));
            case "stopped-leader-and-worker" ->
                new Case("fork print-ids raise SIGSTOP pause end print-ids raise SIGSTOP pause", 2, LONG,
                        new Expected("SIGTERM * 0", "SIGTERM * 0", "SIGTERM 0 1"));
            case "pipeline-of-ten" ->
                new Case("$ child print-ids pause" + " | cat".repeat(9), 1, LONG,
                        new Expected("SIGTERM * 0", "SIGTERM * 0", "SIGTERM 0 10"));
            case "member-without-main-thread" ->
                new Case("fork ignore SIGTERM leave-main-thread " + OBEYS + " end " + OBEYS, 2, SHORT,
                        new Expected("SIGTERM-SIGKILL 1 0", "SIGTERM * 0", "SIGTERM 0 1"));
            case "leader-without-main-thread" ->
                new Case("leave-main-thread " + OBEYS, 1, LONG,
                        new Expected("SIGTERM 0 0", "SIGTERM 0 0", "SIGTERM 0 0"));
            case "leader-moved-to-another-group" ->
                new Case("fork " + OBEYS + " end fork " + OBEYS + " end leave-group " + OBEYS, 3, LONG,
                        new Expected("SIGTERM * 1", "SIGTERM * 1", "SIGTERM 0 2"));
            case "traced-member" ->
                new Case("fork " + OBEYS + " end " + OBEYS, 2, SHORT,
                        new Expected("SIGTERM-SIGKILL 1 0", "SIGTERM * 0", "SIGTERM 0 1"));
            case "500-members" ->
                new Case("forks 500 pause end " + OBEYS, 1, LONG,
                        new Expected("SIGTERM * 0", "SIGTERM * 0", "SIGTERM 0 500"));
            case "member-leaves-by-setsid" ->
                new Case("fork setsid " + OBEYS + " end " + OBEYS, 2, LONG,
                        new Expected("SIGTERM * 1", "SIGTERM * 1", "SIGTERM 0 1"));
            case "member-of-another-user" ->
                new Case("fork setuid 65533 " + OBEYS + " end fork " + OBEYS + " end " + OBEYS, 3, SHORT,
                        new Expected("failed 1 1", "failed * 1", "SIGTERM 0 2"));
            case "worker-obeys" ->
                new Case("fork " + OBEYS + " end " + OBEYS, 2, LONG,
                        new Expected("SIGTERM * 0", "SIGTERM * 0", "SIGTERM 0 1"));
            // If other processes cannot be seen, the group seems to exist as long as the leader is not reaped.
            case "worker-obeys-unseen" ->
                new Case("fork " + OBEYS + " end " + OBEYS, 2, SHORT,
                        new Expected("failed 1 0", "failed 1 0", "SIGTERM 0 1"));
            case "worker-ignores-SIGTERM-unseen" ->
                new Case("fork " + IGNORES + " end " + OBEYS, 2, SHORT,
                        new Expected("SIGTERM-SIGKILL 0 0", "SIGTERM * 0", "SIGTERM 0 1"));
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** Runs. */
    public static void main(String[] cases) throws Exception {
        for (String name : cases) {
            for (KillMode mode : KillMode.values()) {
                run(name, mode);
            }
        }
    }

    private static void run(String name, KillMode mode) throws Exception {
        Case test = named(name);
        Set<Long> before = ProcessTable.look().stream().map(Seen::pid).collect(Collectors.toSet());
        ManagedProcess process = ManagedProcess.builder(command(test)).killMode(mode).start();
        Set<Long> known = new HashSet<>(Set.of(process.pid()));
        for (int i = 0; i < test.lines(); i++) {
            known.add(Long.parseLong(Programs.readLine(process.getInputStream()).split(" ")[0]));
        }
        long group = mode == KillMode.LEADER ? groupOf(OURSELVES) : process.pid();
        awaitSet(name, group, before, known);
        List<Seen> all = ours(group, before, known);
        Optional<Process> tracer = name.equals("traced-member")
                ? Optional.of(trace(all.stream().filter(seen -> seen.pid() != process.pid()).findFirst().get().pid()))
                : Optional.empty();
        if (tracer.filter(trace -> !trace.isAlive()).isPresent()) {
            row(name, mode, "skipped: ptrace is refused here", "");
            process.kill();
            return;
        }
        long begun = System.nanoTime();
        Row row = stop(process, name.startsWith("shell") ? interrupt(test) : terminate(test));
        boolean inTime = System.nanoTime() - begun < LONG.toNanos();
        judge(name, mode, test, row, inTime, all, process.pid());
        end(name, process, tracer, all);
    }

    private static ProcessBuilder command(Case test) {
        if (test.command().startsWith("$ ")) {
            String script = test.command().substring(2).replace("child", "\"$0\"");
            return new ProcessBuilder("sh", "-c", script, Programs.helper("child"));
        }
        return Programs.child(test.command().split(" "));
    }

    private static GracefulShutdown terminate(Case test) {
        return GracefulShutdown.builder()
                .unixSigterm(test.timeout())
                .windowsCtrlBreak(Duration.ZERO)
                .forceKillTimeout(KILL)
                .build();
    }

    private static GracefulShutdown interrupt(Case test) {
        return GracefulShutdown.builder().unixSigint(test.timeout()).windowsCtrlBreak(Duration.ZERO).build();
    }

    private static long groupOf(long pid) {
        return ProcessTable.look().stream().filter(seen -> seen.pid() == pid).findFirst().get().group();
    }

    /** The members of the group, and those that have left it but have printed their pid. */
    private static List<Seen> ours(long group, Set<Long> before, Set<Long> known) {
        return ProcessTable.look().stream()
                .filter(seen -> known.contains(seen.pid())
                        || seen.group() == group && seen.pid() != OURSELVES && !before.contains(seen.pid()))
                .toList();
    }

    /** Some cases begin with a state that a process cannot report itself. */
    private static void awaitSet(String name, long group, Set<Long> before, Set<Long> known) {
        if (name.startsWith("stopped")) {
            Programs.await(
                    "all are stopped", () -> ours(group, before, known).stream().allMatch(p -> p.state() == 'T'));
        } else if (name.equals("leader-exits-at-once")) {
            Programs.await("the leader has exited", () ->
                    ours(group, before, known).stream().filter(Seen::isAlive).count() == 3);
        } else if (name.equals("member-without-main-thread")) {
            Programs.await(
                    "it looks dead", () -> ours(group, before, known).stream().anyMatch(p -> p.state() == 'Z'));
        }
    }

    private static Process trace(long pid) throws IOException {
        Process tracer = Programs.child("trace", Long.toString(pid), "ready", "read-all").start();
        Programs.readLine(tracer.getInputStream());
        return tracer;
    }

    /** How a stop ended. */
    private record Row(String outcome, List<Survivor> stragglers, List<Survivor> survivors, List<String> notes) {}

    private static Row stop(ManagedProcess process, GracefulShutdown shutdown) throws InterruptedException {
        try {
            TerminationReport report = process.terminate(shutdown);
            String ended = report.endedBy().orElse("nothing");
            String outcome = report.forced()
                    ? shutdown.unix().phases().get(0).signal() + "-" + ended
                    : ended;
            return new Row(outcome, report.stragglers(), List.of(), notes(report.attempts()));
        } catch (TerminationException e) {
            return new Row("failed", List.of(), e.survivors(), notes(e.attempts()));
        }
    }

    private static List<String> notes(List<TerminationAttempt> attempts) {
        return attempts.stream().flatMap(attempt -> attempt.notes().stream()).toList();
    }

    /**
     * Before Linux 6.9 the leader is reaped when the last scan for its group has ended, which may be after the stop.
     */
    private static long zombies(List<Seen> group, long leaderPid) {
        List<Seen> dead = group.stream().filter(seen -> !seen.isAlive()).toList();
        boolean leaderAlone = dead.size() == 1 && dead.get(0).pid() == leaderPid;
        if (leaderAlone && System.getProperty("gone.zombies", "any").equals("none")) {
            Programs.await("the leader is reaped", () -> !Files.exists(Path.of("/proc/" + leaderPid)));
            return 0;
        }
        return dead.size();
    }

    private static void judge(
            String name, KillMode mode, Case test, Row row, boolean inTime, List<Seen> all, long leaderPid) {
        List<Seen> now = ProcessTable.look();
        List<Seen> left = stillAlive(all, now);
        boolean leaderGone = left.stream().noneMatch(seen -> seen.pid() == leaderPid);
        List<Seen> group = mode == KillMode.LEADER
                ? List.of()
                : now.stream().filter(seen -> seen.group() == leaderPid).toList();
        long alive = group.stream().filter(Seen::isAlive).count();
        long zombies = zombies(group, leaderPid);
        String[] expected = test.expected().in(mode).split(" ");
        List<String> wrong = new ArrayList<>();
        expect(wrong, "outcome " + expected[0], row.outcome().equals(expected[0]));
        int stragglers = row.outcome().equals("failed") ? row.survivors().size() : row.stragglers().size();
        expect(wrong, "stragglers " + expected[1], fits(expected[1], stragglers));
        expect(wrong, "left " + expected[2], left.size() == Integer.parseInt(expected[2]));
        expect(wrong, "sooner than the timeout", inTime);
        expect(wrong, "leader gone", leaderGone);
        expect(wrong, "group gone", alive == 0 || row.outcome().equals("failed"));
        String dead = System.getProperty("gone.zombies", "any");
        boolean anyDead = mode == KillMode.LEADER || dead.equals("any");
        expect(wrong, dead + " zombies", anyDead || dead.equals("none") == (zombies == 0));
        wrong.addAll(missingNotes(name, mode, row));
        String what = String.format("%-15s | %3d stragglers | leader %s | group %s, %d zombies | %d left%s%s",
                row.outcome(), row.stragglers().size(), leaderGone ? "gone" : "ALIVE",
                mode == KillMode.LEADER ? "not asked" : alive == 0 ? "gone" : alive + " alive", zombies, left.size(),
                row.survivors().isEmpty() ? "" : " | survivors " + row.survivors(),
                row.notes().isEmpty() ? "" : " | " + row.notes().get(0));
        row(name, mode, what, wrong.isEmpty() ? " | ok" : " | FAILED: not " + String.join(", not ", wrong));
    }

    private static List<Seen> stillAlive(List<Seen> earlier, List<Seen> now) {
        return earlier.stream()
                .filter(one -> now.stream().anyMatch(other -> other.is(one) && other.isAlive()))
                .toList();
    }

    private static boolean fits(String expected, int count) {
        return expected.equals("*") || count == Integer.parseInt(expected);
    }

    private static void expect(List<String> wrong, String what, boolean holds) {
        if (!holds) {
            wrong.add(what);
        }
    }

    /** The report of a stop under GROUP about members that did not end. */
    private static List<String> missingNotes(String name, KillMode mode, Row row) {
        String expected = switch (mode == KillMode.GROUP ? name : "") {
            case "shell-with-background-child" -> "SIGINT is ignored by \\d+ \\(child\\)";
            case "worker-ignores-SIGTERM", "member-without-main-thread" -> "SIGTERM is ignored by \\d+ \\(child\\)";
            case "traced-member" -> "\\d+ \\(child\\) is stopped by a tracer";
            case "member-of-another-user" -> "SIGTERM may not be sent to \\d+ \\(child\\)";
            case "worker-obeys-unseen", "worker-ignores-SIGTERM-unseen" ->
                "the members of the group cannot be seen in /proc";
            default -> ".*";
        };
        boolean noted = expected.equals(".*") || row.notes().stream().anyMatch(note -> note.matches(expected));
        return noted ? List.of() : List.of("the note " + expected + " in " + row.notes());
    }

    private static void row(String name, KillMode mode, String what, String verdict) {
        System.out.printf("%-29s | %-6s | %s%s%n", name, mode, what, verdict);
    }

    /** Kills what is left, also what the library cannot reach. A line "left" names what this user may not kill. */
    private static void end(String name, ManagedProcess process, Optional<Process> tracer, List<Seen> all)
            throws Exception {
        List<String> left = stillAlive(all, ProcessTable.look()).stream()
                .map(seen -> Long.toString(seen.pid()))
                .toList();
        if (!left.isEmpty()) {
            Stream<String> kill = Stream.of("sh", "-c", "kill -KILL \"$@\" 2> /dev/null", "sh");
            new ProcessBuilder(Stream.concat(kill, left.stream()).toList()).start().waitFor();
        }
        process.mustNotBeTerminated();
        process.close();
        if (tracer.isPresent()) {
            tracer.get().getOutputStream().close();
            tracer.get().waitFor();
        }
        int refused = name.equals("member-of-another-user") ? 1 : 0;
        Programs.await("they end", () -> stillAlive(all, ProcessTable.look()).size() <= refused);
        stillAlive(all, ProcessTable.look()).forEach(seen -> System.out.println("left " + seen.pid()));
    }
}
