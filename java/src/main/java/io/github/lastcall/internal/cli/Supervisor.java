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
 * Runs one command: passes signals on to it, stops it in time, and keeps to the rules of job control.
 *
 * <p>One thread does all of it. It waits for signals alone: SIGCHLD says that the command has stopped or ended, and a
 * stop that has come to its end wakes it. So no state here is shared.
 *
 * <p><b>The terminal.</b> The command has a process group of its own, and we keep the foreground: so Ctrl-C and Ctrl-Z
 * come here, and are passed on. When the command reads from the terminal or changes its settings, the kernel stops it;
 * then it is given the foreground, once for all, and is continued. With {@code --foreground} it is in our group, and
 * gets what the terminal sends from the kernel itself.
 */
final class Supervisor {

    /** A second SIGINT within this time of the first kills. */
    private static final long AGAIN_NANOS = 2_000_000_000L;

    /** When the command has gone after a stop without other limits, what is left of its group has as long. */
    private static final long AFTERMATH_NANOS = 3_000_000_000L;

    /** How often to look whether we have come to the foreground: 200 ms. */
    private static final long LOOK_NANOS = 200_000_000;

    /** In /proc/PID/status: the signals that are caught, as a mask. */
    private static final String CAUGHT = "SigCgt:";

    private static final long OF_BACKGROUND =
            1L << UnixSignal.SIGTTIN.linuxNumber() - 1 | 1L << UnixSignal.SIGTTOU.linuxNumber() - 1;

    /** How long the command gets when we are killed, where nothing is said of it. */
    private static final Duration WITHOUT_US = Duration.ofSeconds(5);

    private static final List<UnixGracefulPhase> KILL_AT_ONCE =
            List.of(UnixGracefulPhase.signal(UnixSignal.SIGCONT, Duration.ZERO));

    /** Those that ask a command to end. */
    private static final Set<UnixSignal> ASKING =
            Set.of(UnixSignal.SIGINT, UnixSignal.SIGTERM, UnixSignal.SIGHUP, UnixSignal.SIGQUIT);

    private static final Set<UnixSignal> OF_TERMINAL =
            Set.of(UnixSignal.SIGTSTP, UnixSignal.SIGTTIN, UnixSignal.SIGTTOU);

    /** Where the command is to run: the launcher's own directory is gone, and this JVM could not start in it. */
    private static final String DIRECTORY = "lastcall.directory";

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

    /** The command has the foreground of the terminal, or has had it. */
    private boolean terminalGiven;

    /** The terminal has stopped the command, and we could not give it the foreground. */
    private boolean wantsTerminal;

    /** The command was asked to stop for a while: when it does, so do we. */
    private boolean suspending;

    /** We have stopped for a while, and the SIGCONT that ended it has not been read yet. */
    private boolean suspended;

    private Supervisor(Options options, PrintStream err, JobControl jobs) throws SpawnException {
        this.options = options;
        this.err = err;
        this.jobs = jobs;
        this.terminal = Terminal.open();
        this.process = start(options);
        this.limit = deadline(options.limit());
    }

    /** How this program is to end: with a code, or by a signal as the command has. */
    record Ending(int code, int signal) {}

    /** Runs the command to its end. */
    static Ending run(Options options, PrintStream err, JobControl jobs) throws IOException, InterruptedException {
        Supervisor supervisor = new Supervisor(options, err, jobs);
        supervisor.supervise();
        return supervisor.ending();
    }

    /** Where there can be no guardian, a command that outlives a killed launcher is better than none. */
    static ManagedProcess start(Options options) throws SpawnException {
        ManagedProcess process;
        try {
            process = builder(options).stopWithJvm(policyWithoutUs(options)).start();
        } catch (SpawnException e) {
            if (e.stage() != SpawnStage.GUARDIAN) {
                throw e;
            }
            process = builder(options).start();
        }
        feedIfAsked(process, options);
        return process;
    }

    private static ManagedProcess.Builder builder(Options options) {
        ManagedProcess.Builder builder = ManagedProcess.builder(options.command().toArray(String[]::new))
                .inheritIO()
                .killMode(options.foreground() ? KillMode.LEADER : KillMode.GROUP)
                .containment(options.containment())
                .terminateOnClose(policyWithoutUs(options));
        options.name().ifPresent(builder::name);
        String directory = System.getProperty(DIRECTORY);
        if (directory != null) {
            builder.directory(Path.of(directory));
        }
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
            kill = kill.earlier(Deadline.in(AFTERMATH_NANOS));
        }
        return stop.isPresent() ? stop.get().isDone() : exited;
    }

    // Stopping it

    /** What a policy cannot say, because nobody ends of it, is sent here. */
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

    /** A kill alone has no report: so it is the end of a policy, which has to begin with something. */
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
     * Its signal has no limit: we kill when it is time, and say so. After steps, which can end early, the stop alone
     * knows when the signal was sent.
     */
    static GracefulShutdown policy(Options options) {
        Duration killAfter = options.killAfter().isZero() ? Durations.FOR_EVER : options.killAfter();
        return policy(options, options.steps().isEmpty() ? Durations.FOR_EVER : killAfter, killAfter);
    }

    /** When we are killed there is nobody left to wait without end. */
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

    /** What the terminal or the command itself has sent to our group the command has too. */
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
        if (ASKING.contains(signal) || options.signal().equals(Optional.of(signal))) {
            killLater(Duration.ZERO);
            say(Optional.of(signal));
        }
        if (signal.equals(UnixSignal.SIGCONT)) {
            giveTerminalAgain();
        }
        send(signal);
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
            err.println("lastcall: " + e.getMessage());
        }
    }

    // Job control

    private void lookAtChildren() throws OsException {
        // The commands of a stop are children as well, which it waits for itself; when it is over so are we.
        if (stop.isEmpty() || options.steps().isEmpty()) {
            jobs.reapOrphans(process.pid());
        }
        if (process.exitStatus().isEmpty()) {
            int stopped = jobs.stopped(process.pid());
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
                        + signal.name() + "): it is not in the foreground, nor is lastcall");
            }
        } else if (suspending || terminalGiven || options.foreground() && OF_TERMINAL.contains(signal)) {
            suspend();
        }
    }

    /** Some put the terminal in order first and then stop themselves by SIGSTOP: top(1) does. */
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

    /** A shell that brings us to the foreground does not say so: we had not stopped. */
    private Deadline nextLook() {
        return wantsTerminal ? Deadline.in(LOOK_NANOS) : Deadline.NEVER;
    }

    /** As the shell expects of every process of a job. Where nobody could continue us the kernel does not stop us. */
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

    /** After fg, which gives it to us; not after bg. */
    private void giveTerminalAgain() {
        if (terminalGiven && terminal.get().has(0)) {
            terminal.get().give(process.pid());
        }
    }

    /** A command that was killed may have left the terminal without echo; one that ended by itself has meant it. */
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
        // What it has left of its group may go on, as under timeout(1): after a stop there is nobody.
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
                case JSON -> err.println(report.toJson());
                case NONE -> { }
            }
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new IllegalStateException(e.getCause());
        }
    }

    /** Without a switch over types: to link one takes a fresh JVM milliseconds. */
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
