package io.github.lastcall.internal.spawn;

import io.github.lastcall.Containment;
import io.github.lastcall.KillMode;
import io.github.lastcall.internal.guard.Guard;
import io.github.lastcall.internal.os.OsPort;
import io.github.lastcall.internal.process.Child;
import io.github.lastcall.internal.process.Commands;
import io.github.lastcall.internal.process.Policy;
import io.github.lastcall.internal.stop.Plan;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Starts the commands that are steps of the stops of one child: in the directory and the environment of this JVM, with
 * an empty input. Their standard error is that of this JVM. Their standard output is dropped, because that of this JVM
 * may carry a protocol.
 *
 * @param guard the guard, also for the commands
 * @param os the port to the OS
 * @param policy the policy of the child: if the child has a guardian, its commands are registered too
 */
record StepCommands(Guard guard, OsPort os, Policy policy) implements Commands {

    private static final String LEADER = "LASTCALL_PID";

    @Override
    public Child start(List<String> command, long leader, Object owner) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectInput(Redirect.from(Redirect.DISCARD.file()))
                .redirectOutput(Redirect.DISCARD)
                .redirectError(Redirect.INHERIT);
        Map<String, String> environment = Launch.variables();
        environment.put(LEADER, Long.toString(leader));
        Plan kill = policy.kill();
        Optional<Plan> withJvm = policy.withJvm().isPresent() ? Optional.of(kill) : Optional.empty();
        Policy ofCommand = new Policy(
                KillMode.GROUP, Containment.GROUP, Optional.empty(), withJvm, kill, true);
        Throwable startedAt = new Throwable("The command of a stop was started here");
        Launch launch = new Launch(
                Optional.of(guard),
                Optional.of(os),
                Optional.empty(),
                builder,
                Optional.of(environment),
                ofCommand,
                Launch.Streams.USUAL,
                startedAt);
        launch.start(owner);
        return launch.child();
    }
}
