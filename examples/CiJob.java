import io.github.lastcall.CompletedProcess;
import io.github.lastcall.Containment;
import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.OutputLimit;
import io.github.lastcall.StandardStream;
import io.github.lastcall.TerminationReport;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * Runs the steps of a job, a shell command on each line of a file: {@code CiJob FILE SECONDS}. A step that takes longer
 * than that is stopped, with all processes that it has started. The first step that fails ends the job.
 */
public class CiJob {

    /** SIGTERM and not SIGINT: commands that a shell starts in the background ignore SIGINT. */
    static final GracefulShutdown POLITELY = GracefulShutdown.of(Duration.ofSeconds(5));

    public static void main(String[] args) throws Exception {
        List<String> steps = Files.readAllLines(Path.of(args[0]));
        Duration limit = Duration.ofSeconds(Long.parseLong(args[1]));
        for (int i = 0; i < steps.size(); i++) {
            System.out.println("--- " + steps.get(i));
            int code = run("step-" + (i + 1), steps.get(i), limit);
            if (code != 0) {
                System.exit(code);
            }
        }
    }

    static int run(String name, String command, Duration limit) throws Exception {
        ManagedProcess.Builder step = ManagedProcess.builder("sh", "-c", command)
                .name(name)
                .redirectErrorStream(true)
                .containment(Containment.STRICTEST)   // also processes that have left the group
                .stopWithJvm(POLITELY)
                .capture(OutputLimit.last(64 * 1024))
                .forwardTo(StandardStream.STDOUT, System.out, name + " | ");
        CompletedProcess done = ManagedProcess.run(step, limit, POLITELY);
        if (done.timedOut()) {
            TerminationReport report = done.termination().orElseThrow();
            System.out.println("--- timed out: " + report);
            return 124;
        }
        System.out.println("--- " + done.exitStatus());
        return done.exitStatus().toExitValue();
    }
}
