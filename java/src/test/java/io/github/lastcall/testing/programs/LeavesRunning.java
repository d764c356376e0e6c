package io.github.lastcall.testing.programs;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.testing.Programs;
import java.lang.ProcessBuilder.Redirect;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Starts children that write to its own output, writes the line "pids" with their pids, and ends while they run, when
 * its input has ended or has a byte, or does not end.
 *
 * <p>Arguments: exit or stay; kill, disarmed, asked (disarmed, and after a line of input a stop of ten minutes
 * begins) or the milliseconds for SIGTERM; how many; the steps of each child.
 */
public final class LeavesRunning {

    private LeavesRunning() {}

    /** Runs. */
    public static void main(String[] arguments) throws Exception {
        String[] steps = Arrays.copyOfRange(arguments, 3, arguments.length);
        List<ManagedProcess> children = new ArrayList<>();
        for (int i = 0; i < Integer.parseInt(arguments[2]); i++) {
            children.add(start(arguments[1], steps));
        }
        System.out.println(
                children.stream().map(child -> " " + child.pid()).collect(Collectors.joining("", "pids", "")));
        if (arguments[1].equals("asked")) {
            System.in.read();
            children.forEach(child -> child.terminateAsync(sigterm(Duration.ofMinutes(10))));
        }
        if (arguments[0].equals("exit")) {
            // Before that the children have not reported that they are ready.
            System.in.read();
            System.exit(0);
        }
        children.get(0).waitFor();
    }

    private static ManagedProcess start(String policy, String[] steps) throws Exception {
        ManagedProcess.Builder builder =
                ManagedProcess.builder(Programs.child(steps).redirectOutput(Redirect.INHERIT));
        if (Character.isDigit(policy.charAt(0))) {
            builder.terminateOnClose(sigterm(Duration.ofMillis(Long.parseLong(policy))));
        }
        ManagedProcess child = builder.start();
        if (policy.equals("asked") || policy.equals("disarmed")) {
            child.mustNotBeTerminated();
        }
        return child;
    }

    private static GracefulShutdown sigterm(Duration timeout) {
        return GracefulShutdown.builder().unixSigterm(timeout).windowsCtrlBreak(Duration.ZERO).build();
    }
}
