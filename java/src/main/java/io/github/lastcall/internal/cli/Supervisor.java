package io.github.lastcall.internal.cli;

import io.github.lastcall.ExitStatus;
import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.KillMode;
import io.github.lastcall.ManagedProcess;
import io.github.lastcall.OsException;
import io.github.lastcall.SpawnException;
import io.github.lastcall.SpawnStage;
import io.github.lastcall.TerminationException;
import io.github.lastcall.TerminationReport;
import io.github.lastcall.UnixGracefulPhase;
import io.github.lastcall.UnixGracefulShutdown;
import io.github.lastcall.UnixSignal;
import io.github.lastcall.internal.Deadline;
import io.github.lastcall.internal.Durations;
import io.github.lastcall.internal.os.JobControl;
import io.github.lastcall.internal.os.JobControl.Received;
import io.github.lastcall.internal.os.Terminal;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.stream.Stream;

/**
 * Runs one command: passes signals on to it, stops it at its limit, and follows the rules of job control.
 *
 * <p>One thread does all of it. It only waits for signals: SIGCHLD means that the command has stopped or ended, and the
 * end of a stop wakes it. So no state here is shared.
 *
 * <p><b>The terminal.</b> The command has its own process group, and this program keeps the foreground: it receives
 * Ctrl-C and Ctrl-Z and passes them on. When the command reads from the terminal or changes its settings, the kernel
 * stops it; then it gets the foreground, which it keeps, and is continued. With {@code --foreground} it is in the group
 * of this program and gets the signals of the terminal from the kernel.
 */
final class Supervisor {

    /** A second SIGINT within this time of the first kills. */
    private static final long AGAIN_NANOS = 2_000_000_000L;

    /** The limit for the rest of the group when the command has ended after a stop without other limits. */
    private static final long REST_NANOS = 3_000_000_000L;

    /** How often to look whether this program is in the foreground: 200 ms. */
    private static final long LOOK_NANOS = 200_000_000;

    /** In /proc/PID/status: the signals that are caught, as a mask. */
    private static final String CAUGHT = "SigCgt:";

    private static final long OF_BACKGROUND =
            1L << UnixSignal.SIGTTIN.linuxNumber() - 1 | 1L << UnixSignal.SIGTTOU.linuxNumber() - 1;

    /** The default limit of the command when this program is killed. */
    private static final Duration WITHOUT_US = Duration.ofSeconds(5);

    private static final List<UnixGracefulPhase> KILL_AT_ONCE =
            List.of(UnixGracefulPhase.signal(UnixSignal.SIGCONT, Duration.ZERO));

    /** The signals that request the end of a command. */
    private static final Set<UnixSignal> ASKING =
            Set.of(UnixSignal.SIGINT, UnixSignal.SIGTERM, UnixSignal.SIGHUP, UnixSignal.SIGQUIT);

    private static final Set<UnixSignal> OF_TERMINAL =
            Set.of(UnixSignal.SIGTSTP, UnixSignal.SIGTTIN, UnixSignal.SIGTTOU);

    private final Options options;
    private final PrintStream err;
    private final JobControl jobs;
    private final Optional<Terminal> terminal;
    private final ManagedProcess process;

    private Deadline limit;
    private Deadline kill = Deadline.NEVER;
    private Deadline doubleInterrupt = Deadline.in(0);
    private Optional<CompletableFuture<TerminationReport>> stop = Optional.empty();
    private boolean timedOut;

    /** Whether the command has the foreground of the terminal, or has had it. */
    private boolean terminalGiven;

    /** Whether the terminal has stopped the command and it could not get the foreground. */
    private boolean wantsTerminal;

    /** Whether the command got a stop signal: when it stops, this program stops too. */
    private boolean suspending;

    /** Whether this program was stopped, and the SIGCONT that continued it has not been read yet. */
    private boolean suspended;

    private Supervisor(Options options, PrintStream err, JobControl jobs) throws SpawnException {
        this.options = options;
        this.err = err;
        this.jobs = jobs;
        this.terminal = Terminal.open();
        this.process = start(options, name(options, err.charset()));
        this.limit = deadline(options.limit());
    }

    /** How this program ends: with a code, or by the same signal as the command. */
    record Ending(int code, int signal) {}

    /** Runs the command to its end. */
    static Ending run(Options options, PrintStream err, JobControl jobs) throws IOException, InterruptedException {
        Supervisor supervisor = new Supervisor(options, err, jobs);
        supervisor.supervise();
        return supervisor.ending();
    }

    /**
     * The arguments have a character for each byte, see {@link Main}. A report also has the names of other processes,
     * which are UTF-8.
     */
    private static Optional<String> name(Options options, Charset bytes) {
        String program = options.command().get(0);
        String name = options.name().orElse(program.substring(program.lastIndexOf('/') + 1));
        return Optional.of(new String(name.getBytes(bytes), StandardCharsets.UTF_8)).filter(text -> !text.isBlank());
    }

    /** Without a guardian the command still starts, although it may then outlive a killed launcher. */
    static ManagedProcess start(Options options, Optional<String> name) throws SpawnException {
        ManagedProcess process;
        try {
            process = builder(options, name).stopWithJvm(policyWithoutUs(options)).start();
        } catch (SpawnException e) {
            if (e.stage() != SpawnStage.GUARDIAN) {
                throw e;
            }
            process = builder(options, name).start();
        }
        feedIfAsked(process, options);
        return process;
    }

    private static ManagedProcess.Builder builder(Options options, Optional<String> name) {
        ManagedProcess.Builder builder = ManagedProcess.builder(options.command().toArray(String[]::new))
                .inheritIO()
                .killMode(options.foreground() ? KillMode.LEADER : KillMode.GROUP)
                .containment(options.containment())
                .terminateOnClose(policyWithoutUs(options));
        name.ifPresent(builder::name);
        return options.closesInput() ? builder.redirectInput(ProcessBuilder.Redirect.PIPE) : builder;
    }

    private static void feedIfAsked(ManagedProcess process, Options options) {
        if (options.closesInput()) {
            Thread.ofPlatform().daemon().name("lastcall-input").start(() -> feed(process));
        }
    }

    private static void feed(ManagedProcess process) {
        try (OutputStream input = process.getOutputStream()) {
            System.in.transferTo(input);
        } catch (IOException closed) {
            // It has ended, or a step has closed its input.
        }
    }

    private static Deadline deadline(Duration after) {
        return after.isZero() ? Deadline.NEVER : Deadline.in(Durations.nanos(after));
    }

    private void supervise() throws IOException {
        while (!isOver()) {
            Optional<Received> received = jobs.next(limit.earlier(kill).earlier(nextLook()).remaining());
            if (received.isPresent()) {
                take(received.get());
            }
            if (wantsTerminal) {
                giveTerminal();
            }
            if (limit.hasCome()) {
                limit = Deadline.NEVER;
                stop();
            }
            if (kill.hasCome()) {
                kill = Deadline.NEVER;
                timedOut = true;
                kill();
            }
        }
    }

    private boolean isOver() {
        boolean exited = process.exitStatus().isPresent();
        if (exited && stop.isPresent() && options.killAfter().isZero() && options.phases().isEmpty()) {
            kill = kill.earlier(Deadline.in(REST_NANOS));
        }
        return stop.isPresent() ? stop.get().isDone() : exited;
    }

    // Stopping it

    /** Sends a signal that a policy cannot express, because it ends no process. */
    private void stop() {
        timedOut = true;
        if (options.steps().isEmpty()) {
            say(options.phases().isEmpty() ? options.signal() : Optional.of(options.phases().get(0).signal()));
        }
        if (options.signal().equals(Optional.of(UnixSignal.SIGKILL))) {
            killNow();
            return;
        }
        killLater(options.steps().stream().map(Options.Step::timeout).reduce(Duration.ZERO, Duration::plus));
        if (options.isPolicy()) {
            follow(process.terminateAsync(policy(options)));
        } else if (options.signal().isPresent()) {
            send(options.signal().get());
        }
    }

    private void kill() {
        say(Optional.of(UnixSignal.SIGKILL));
        killNow();
    }

    /** A kill without a policy has no report: so it is the end of a policy, which must begin with a step. */
    private void killNow() {
        if (stop.isPresent()) {
            process.killAsync();
        } else {
            follow(process.terminateAsync(
                    policy(GracefulShutdown.builder(), KILL_AT_ONCE, Duration.ZERO)));
        }
    }

    private void follow(CompletableFuture<TerminationReport> future) {
        stop = Optional.of(future);
        future.whenComplete((report, failure) -> jobs.wake());
    }

    /** The time to the kill counts from the first signal. */
    private void killLater(Duration beforeSignal) {
        if (kill.never() && !options.killAfter().isZero()) {
            kill = deadline(options.killAfter().plus(beforeSignal));
        }
    }

    /**
     * The signal has no limit: this program kills when it is time, and prints that. After steps, which can end early,
     * only the stop knows when the signal was sent.
     */
    static GracefulShutdown policy(Options options) {
        Duration killAfter = options.killAfter().isZero() ? Durations.FOR_EVER : options.killAfter();
        return policy(options, options.steps().isEmpty() ? Durations.FOR_EVER : killAfter, killAfter);
    }

    /** If this program is killed, nothing can wait without a limit. */
    private static GracefulShutdown policyWithoutUs(Options options) {
        Duration killAfter = options.killAfter().isZero() ? WITHOUT_US : options.killAfter();
        return policy(options, killAfter, killAfter);
    }

    private static GracefulShutdown policy(Options options, Duration unix, Duration windows) {
        GracefulShutdown.UnixStage stage = GracefulShutdown.builder();
        for (Options.Step step : options.steps()) {
            stage = step.command().isEmpty()
                    ? stage.closeInput(step.timeout())
                    : stage.run(step.command(), step.timeout());
        }
        UnixSignal signal = options.isPolicy() ? options.signal().orElse(UnixSignal.SIGTERM) : UnixSignal.SIGTERM;
        return policy(
                stage,
                options.phases().isEmpty() ? List.of(UnixGracefulPhase.signal(signal, unix)) : options.phases(),
                windows);
    }

    private static GracefulShutdown policy(
            GracefulShutdown.UnixStage stage, List<UnixGracefulPhase> phases, Duration windows) {
        return stage.unix(UnixGracefulShutdown.fromPhases(phases.toArray(UnixGracefulPhase[]::new)))
                .windowsCtrlBreak(windows)
                .build();
    }

    // Signals

    private void take(Received received) throws OsException {
        switch (received.signal()) {
            case JobControl.WAKE_UP -> { }
            case JobControl.CHILD -> lookAtChildren();
            default -> pass(UnixSignal.of(Integer.toString(received.signal())), received);
        }
    }

    /** With {@code --foreground} the command also gets what the terminal or the command itself sends to the group. */
    private void pass(UnixSignal signal, Received received) {
        if (signal.equals(UnixSignal.SIGCONT) && wasSuspended()) {
            return;
        }
        if (signal.equals(UnixSignal.SIGTSTP)) {
            suspending = !suspended;
        }
        if (options.foreground() && (received.ofKernel() || received.pid() == process.pid())) {
            return;
        }
        if (signal.equals(UnixSignal.SIGINT) && !options.foreground() && isSecondInterrupt()) {
            kill();
            return;
        }
        boolean asking = ASKING.contains(signal) || options.signal().equals(Optional.of(signal));
        if (asking) {
            killLater(Duration.ZERO);
            say(Optional.of(signal));
        }
        if (signal.equals(UnixSignal.SIGCONT)) {
            giveTerminalAgain();
        }
        send(signal);
        if (asking && !options.foreground()) {
            // As timeout(1) does: a command that is stopped would not react before it is continued.
            send(UnixSignal.SIGCONT);
        }
    }

    private boolean isSecondInterrupt() {
        boolean second = !doubleInterrupt.hasCome();
        doubleInterrupt = Deadline.in(AGAIN_NANOS);
        return second;
    }

    private void say(Optional<UnixSignal> signal) {
        if (options.verbose()) {
            String name = signal.isPresent() ? Texts.signal(signal.get()) : "EXIT";
            err.println("lastcall: sending signal " + name + " to command " + options.program());
        }
    }

    private void send(UnixSignal signal) {
        try {
            process.sendSignal(signal);
        } catch (TerminationException e) {
            Timeline.println(err, "lastcall: " + e.getMessage());
        }
    }

    // Job control

    private void lookAtChildren() throws OsException {
        // The commands of a stop are children too, and the stop waits for them.
        if (stop.isEmpty() || options.steps().isEmpty()) {
            jobs.reapOrphans(process.pid());
        }
        if (process.exitStatus().isEmpty()) {
            int stopped = JobControl.stopped(process.pid());
            if (stopped != 0) {
                stoppedBy(UnixSignal.of(Integer.toString(stopped)));
            }
        }
    }

    private void stoppedBy(UnixSignal signal) throws OsException {
        boolean byTerminal = signal.equals(UnixSignal.SIGTTIN) || signal.equals(UnixSignal.SIGTTOU)
                || !suspending && !terminalGiven && catchesStops();
        if (byTerminal && !options.foreground()) {
            wantsTerminal = true;
            if (!giveTerminal()) {
                err.println("lastcall: command " + options.program() + " was stopped by the terminal ("
                        + signal.name() + "): neither it nor lastcall is in the foreground");
            }
        } else if (suspending || terminalGiven || options.foreground() && OF_TERMINAL.contains(signal)) {
            suspend();
        }
    }

    /** Some commands restore the terminal first and then stop themselves with SIGSTOP, for example top(1). */
    private boolean catchesStops() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + process.pid() + "/status"))) {
            return lines.filter(line -> line.startsWith(CAUGHT))
                    .anyMatch(line -> (Long.parseUnsignedLong(line.substring(CAUGHT.length()).strip(), 16)
                            & OF_BACKGROUND) != 0);
        } catch (IOException gone) {
            return false;
        }
    }

    private boolean giveTerminal() {
        if (terminal.isEmpty() || !terminal.get().has(0) || !terminal.get().give(process.pid())) {
            return false;
        }
        wantsTerminal = false;
        terminalGiven = true;
        send(UnixSignal.SIGCONT);
        return true;
    }

    /** A shell that puts this program in the foreground sends no signal, because the program was not stopped. */
    private Deadline nextLook() {
        return wantsTerminal ? Deadline.in(LOOK_NANOS) : Deadline.NEVER;
    }

    /**
     * Stops this program, as a shell expects from every process of a job. The kernel ignores this if no process could
     * continue it.
     */
    private void suspend() throws OsException {
        suspending = false;
        suspended = true;
        jobs.raise(UnixSignal.SIGTSTP.linuxNumber());
        giveTerminalAgain();
        send(UnixSignal.SIGCONT);
    }

    private boolean wasSuspended() {
        boolean was = suspended;
        suspended = false;
        return was;
    }

    /** After fg, which puts this program in the foreground; not after bg. */
    private void giveTerminalAgain() {
        if (terminalGiven && terminal.get().has(0)) {
            terminal.get().give(process.pid());
        }
    }

    /**
     * A killed command may have left the terminal without echo. Settings of a command that ended by itself are kept.
     */
    private void takeTerminalBack(boolean killed) {
        if (terminal.isPresent()) {
            if (terminalGiven && terminal.get().has(process.pid())) {
                terminal.get().give(0);
            }
            if (killed && terminal.get().has(0)) {
                terminal.get().restore();
            }
        }
    }

    // The end

    private Ending ending() throws IOException, InterruptedException {
        // Processes that the command has left behind may continue, as with timeout(1). After a stop there are none.
        process.mustNotBeTerminated();
        Optional<ExitStatus> exit = process.exitStatus();
        takeTerminalBack(timedOut || exit.isPresent() && exit.get() instanceof ExitStatus.Signaled);
        if (stop.isPresent()) {
            report(stop.get());
        }
        return ending(exit.orElseThrow());
    }

    private void report(CompletableFuture<TerminationReport> stop) throws IOException, InterruptedException {
        try {
            TerminationReport report = stop.get();
            switch (options.report()) {
                case TEXT -> Timeline.print(err, report);
                case JSON -> Timeline.println(err, report.toJson());
                case NONE -> { }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Without a switch over types, which takes a new JVM milliseconds to link. */
    private Ending ending(ExitStatus status) {
        if (status instanceof ExitStatus.Exited exited) {
            return new Ending(atLimit(exited.code()), 0);
        }
        if (status instanceof ExitStatus.Signaled signaled) {
            return endedBy(signaled);
        }
        err.println("lastcall: the status of the command is not known: " + status);
        return new Ending(Main.FAILED, 0);
    }

    private Ending endedBy(ExitStatus.Signaled signaled) {
        if (signaled.coreDumped()) {
            err.println("lastcall: the monitored command dumped core");
        }
        boolean killed = signaled.name().equals(Optional.of(UnixSignal.SIGKILL));
        return timedOut
                ? new Ending(killed ? signaled.toExitValue() : atLimit(signaled.toExitValue()), 0)
                : new Ending(signaled.toExitValue(), signaled.signal());
    }

    private int atLimit(int code) {
        return timedOut && !options.preserveStatus() ? Main.TIMED_OUT : code;
    }
}
