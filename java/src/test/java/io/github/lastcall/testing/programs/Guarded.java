package io.github.lastcall.testing.programs;

import io.github.lastcall.Containment;
import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.KillMode;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.OsException;
import io.github.lastcall.ProcessScope;
import io.github.lastcall.SpawnException;
import io.github.lastcall.UnixSignal;
import io.github.lastcall.testing.Programs;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Starts processes that are to be stopped with this JVM, and does what the lines of its input say, one after the other;
 * each answers with a line.
 *
 * <p>Argument: the folder in which each process that gets a request to end creates a file named by its pid.
 *
 * <ul>
 *   <li>start KIND COUNT: the answer is their pids, once all are ready
 *   <li>disarm, arm: all of them
 *   <li>steps: begins to stop them by the policy of the kind of that name
 *   <li>terminate: begins to stop them with a timeout of ten minutes; the answer comes when the signal is sent
 *   <li>release, exit
 * </ul>
 */
public final class Guarded {

    /** How long its processes have to end before the kill: 10 s, for a busy machine. */
    public static final GracefulShutdown POLICY = GracefulShutdown.of(Duration.ofSeconds(10));

    /** The same for processes that only SIGKILL ends. */
    private static final GracefulShutdown SHORT = GracefulShutdown.of(Duration.ofSeconds(1));

    private static final List<ManagedProcess> PROCESSES = new ArrayList<>();

    private static Path folder;

    private Guarded() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        folder = Path.of(arguments[0]);
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null; line = input.readLine()) {
            System.out.println(answer(line.split(" ")));
        }
    }

    private static String answer(String[] words) throws Exception {
        switch (words[0]) {
            case "start" -> {
                return started(words[1], Integer.parseInt(words[2]));
            }
            case "disarm" -> PROCESSES.forEach(ManagedProcess::mustNotBeTerminated);
            case "arm" -> PROCESSES.forEach(ManagedProcess::mustBeTerminated);
            case "steps" -> PROCESSES.forEach(process -> process.terminateAsync(steps()));
            case "terminate" -> terminate();
            case "release" -> ManagedProcess.release();
            case "exit" -> System.exit(0);
            default -> throw new IllegalArgumentException(words[0]);
        }
        return "done";
    }

    private static void terminate() {
        for (ManagedProcess process : PROCESSES) {
            process.terminateAsync(GracefulShutdown.of(Duration.ofMinutes(10)));
        }
    }

    private static String started(String kind, int count) throws IOException {
        List<ManagedProcess> started = new ArrayList<>();
        StringBuilder pids = new StringBuilder("pids");
        try {
            for (int i = 0; i < count; i++) {
                started.add(start(kind));
            }
        } catch (SpawnException e) {
            String error = e.osError().map(OsException::symbol).orElse("");
            return "refused " + e.stage() + " " + error + " " + e.getMessage();
        }
        for (ManagedProcess process : started) {
            Programs.awaitReady(process);
            if (kind.equals("stopped")) {
                process.sendSignal(UnixSignal.of("SIGSTOP"));
            }
            pids.append(' ').append(process.pid());
        }
        PROCESSES.addAll(started);
        return pids.toString();
    }

    private static ManagedProcess start(String kind) throws SpawnException {
        String save = folder + "/$$";
        // Sleeps without waking: fifty of them must not keep a machine busy. Where its sleep gets the signal first (the
        // members get it one by one before Linux 6.9), it begins another one before its own trap runs. A SIGTERM that
        // comes between fork and exec of a sleep is lost, because the shell's copy still has the trap then.
        String loop = "echo ready; while :; do sleep 1000 & wait $!; done";
        String last = "kill -KILL $!; exit' TERM; " + loop;
        return switch (kind) {
            // Writes something to both of its pipes first.
            case "polite" -> shell("sh", "trap 'echo bye; echo bye >&2; : > " + save + "; " + last);
            // The kernel itself sends SIGHUP to a stopped group when its last parent in the session has ended.
            case "stopped" -> shell("sh", "trap '' HUP; trap 'echo bye; : > " + save + "; " + last);
            case "bash" -> shell("bash", "trap 'echo bye; echo bye >&2; : > " + save + "; " + last);
            case "python" -> start(ManagedProcess.builder("python3", "-uc", PYTHON, folder.toString()));
            case "node" -> start(ManagedProcess.builder("node", "-e", NODE, folder.toString()));
            case "stubborn" -> ManagedProcess.builder(Programs.child("ignore", "SIGTERM", "ready", "pause"))
                    .stopWithJvm(SHORT).start();
            case "forking" -> ManagedProcess.builder("sh", "-c", "trap 'sleep 1000 & sleep 1000 &' TERM; " + loop)
                    .stopWithJvm(SHORT).start();
            case "leaderless" -> ManagedProcess.builder("sh", "-c", "(trap '' TERM; exec sleep 1000) & echo ready")
                    .stopWithJvm(SHORT).start();
            // If its member gets the signal first, the leader does not handle it any more.
            case "restarting" -> shell("sh", "trap ': > " + save + "; exit' TERM; " + Programs.helper("child")
                    + " ready pause; trap '' TERM; exit 1");
            // Its member has the pipe, but not the leader.
            case "quiet" -> shell("sh", "exec 3>&1 >/dev/null 2>&1; trap '' TERM; (exec >&3 2>&3; trap 'echo bye; : > "
                    + save + "; exit' TERM; echo ready; while :; do sleep 0.05; done) & exec 3>&-; wait; wait");
            case "mixed" -> start(ManagedProcess.builder("sh", "-c",
                    "(trap '' TERM; exec sleep 1000) & trap ': > " + save + "; " + last)
                    .killMode(KillMode.MIXED));
            case "leader" -> start(ManagedProcess.builder(
                    "sh", "-c", "trap ': > " + save + "; exit' TERM; echo ready; while :; do sleep 0.05; done")
                    .killMode(KillMode.LEADER));
            case "scope" -> ProcessScope.open(POLICY).stopWithJvm()
                    .start(ManagedProcess.builder("sh", "-c", "trap ': > " + save + "; " + last));
            // A command requests its end, after a wait and code that only this JVM has.
            case "command" -> ManagedProcess.builder(
                            "sh", "-c", "trap ': > " + save + "; exit' USR1; echo ready; while :; do sleep 0.05; done")
                    .stopWithJvm(GracefulShutdown.builder()
                            .closeInput(Duration.ofMillis(50))
                            .call("code", process -> {}, Duration.ofMinutes(1))
                            .run(List.of("sh", "-c", "exit 1"), Duration.ofMinutes(1))
                            .run(
                                    List.of("sh", "-c", "kill -USR1 $LASTCALL_PID; pwd > " + folder + "/0; sleep 1000"),
                                    Duration.ofSeconds(20))
                            .unixSigterm(Duration.ofSeconds(1))
                            .windowsCtrlBreak(Duration.ZERO)
                            .build())
                    .start();
            // Ends by the second step, when that is run again.
            case "steps" -> ManagedProcess.builder(Programs.child("ready", "pause")).stopWithJvm(steps()).start();
            // Exits by itself, and its pid can be reused.
            case "short" -> start(ManagedProcess.builder(Programs.child("ready")));
            // Its member has left the group, and writes bye itself.
            case "cgroup" -> start(ManagedProcess.builder("sh", "-c", "trap ': > " + save + "; exit' TERM;"
                    + " setsid sh -c 'trap \": > " + folder + "/0; exit\" TERM; echo ready;"
                    + " while :; do sleep 0.05; done' & while :; do wait; done")
                    .containment(Containment.CGROUP));
            case "marked" -> daemon(save, "setsid", "wait", Containment.MARKED);
            // After the end of its leader no process of its group has the pipes.
            case "marked-daemon" -> daemon(save, "setsid", "exit", Containment.MARKED);
            case "cgroup-alone" -> start(ManagedProcess.builder(Programs.child("ready", "pause"))
                    .containment(Containment.CGROUP));
            case "cgroup-daemon" -> daemon(save, "setsid", "exit", Containment.CGROUP);
            // It is known only as a child of the leader, and the first signal ends the leader.
            case "cleared" -> daemon(save, "env -i PATH=\"$PATH\" setsid", "wait", Containment.MARKED);
            // No start needs a guardian.
            case "plain" -> ManagedProcess.builder("sh", "-c", "trap ': > " + save + "; " + last).start();
            default -> throw new IllegalArgumentException(kind);
        };
    }

    private static GracefulShutdown steps() {
        String file = folder + "/0";
        String second = "grep -q second " + file + "; found=$?; echo second >> " + file
                + "; [ $found = 0 ] && kill -TERM $LASTCALL_PID; sleep 1000";
        return GracefulShutdown.builder()
                .run(List.of("sh", "-c", "echo first >> " + file), Duration.ofMillis(200))
                .run(List.of("sh", "-c", second), Duration.ofMinutes(1))
                .build();
    }

    /** Its member is outside of the group, and writes something first. */
    private static ManagedProcess daemon(String save, String leaving, String then, Containment containment)
            throws SpawnException {
        return start(ManagedProcess.builder("sh", "-c", "trap ': > " + save + "; exit' TERM; " + leaving
                + " sh -c 'trap \"echo bye; : > " + save + "; exit\" TERM; echo ready;"
                + " while :; do sleep 0.05; done' & " + then).containment(containment));
    }

    private static ManagedProcess shell(String shell, String script) throws SpawnException {
        return start(ManagedProcess.builder(shell, "-c", script));
    }

    private static ManagedProcess start(ManagedProcess.Builder builder) throws SpawnException {
        return builder.stopWithJvm(POLICY).start();
    }

    private static final String PYTHON = """
            import os, signal, sys, time
            def asked(signal, frame):
                print('bye')
                print('bye', file=sys.stderr)
                open(sys.argv[1] + '/' + str(os.getpid()), 'w').close()
                sys.exit(0)
            signal.signal(signal.SIGTERM, asked)
            print('ready')
            while True:
                time.sleep(1)
            """;

    private static final String NODE = """
            process.on('SIGTERM', () => {
                console.log('bye');
                console.error('bye');
                require('fs').writeFileSync(process.argv[1] + '/' + process.pid, '');
                process.exit(0);
            });
            console.log('ready');
            setInterval(() => {}, 1000);
            """;
}
