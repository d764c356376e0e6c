package io.github.lastcall.internal.cli;

import io.github.lastcall.GracefulShutdown;
import io.github.lastcall.KillMode;
import io.github.lastcall.UnixGracefulPhase;
import io.github.lastcall.UnixGracefulShutdown;
import io.github.lastcall.UnixSignal;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the command line asks for.
 *
 * @param name what to call the process
 * @param mode whom to stop
 * @param timeout when to stop it
 * @param shutdown how to stop it
 * @param command what to run; none: the demonstration
 */
record Options(
        Optional<String> name, KillMode mode, Duration timeout, GracefulShutdown shutdown, List<String> command) {

    static final String USAGE = """
            usage: run [--name NAME] [--foreground] [--timeout D] [--sigint D] [--sigterm D] [--signal SIG:D]...
                       [--kill-after D] -- COMMAND [ARGUMENT]...
            Runs COMMAND, stops it after --timeout or on Ctrl-C, and tells how that went.
              --sigint, --sigterm, --signal   send this signal and wait up to D for the exit, in the order given
                                              (default: SIGTERM for 10 s); SIGKILL follows
              --foreground                    let COMMAND read from the terminal and get its Ctrl-C; what it has started
                                              is not stopped then
              --kill-after D                  send SIGKILL no later than D after the first signal
            D is a number with ms, s, m, h or d (default s).""";

    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration DEMONSTRATION_TIMEOUT = Duration.ofMillis(500);

    private static final Map<String, BigDecimal> MILLIS = Map.of(
            "ms", new BigDecimal(1),
            "", new BigDecimal(1000),
            "s", new BigDecimal(1000),
            "m", new BigDecimal(60_000),
            "h", new BigDecimal(3_600_000),
            "d", new BigDecimal(86_400_000));

    /** Parses a command line. */
    static Options parse(List<String> arguments) throws UsageException {
        Parser parser = new Parser(new ArrayDeque<>(arguments));
        parser.parse();
        return parser.options();
    }

    private static final class Parser {
        private final Deque<String> rest;
        private final List<UnixGracefulPhase> phases = new ArrayList<>();
        private final List<String> command = new ArrayList<>();
        private Optional<String> name = Optional.empty();
        private KillMode mode = KillMode.GROUP;
        private Duration timeout = Main.NEVER;
        private Optional<Duration> killAfter = Optional.empty();

        Parser(Deque<String> rest) {
            this.rest = rest;
        }

        void parse() throws UsageException {
            if ("run".equals(rest.peek())) {
                rest.pop();
            }
            while (!rest.isEmpty()) {
                String option = rest.pop();
                if (option.equals("--")) {
                    requireCommand();
                    return;
                }
                parse(option);
            }
        }

        private void requireCommand() throws UsageException {
            command.addAll(rest);
            if (command.isEmpty()) {
                throw new UsageException("no command after --");
            }
        }

        private void parse(String option) throws UsageException {
            switch (option) {
                case "--name" -> name = Optional.of(name(value(option)));
                case "--foreground" -> mode = KillMode.LEADER;
                case "--timeout" -> timeout = timeout(duration(value(option)));
                case "--sigint" -> phases.add(UnixGracefulPhase.interrupt(duration(value(option))));
                case "--sigterm" -> phases.add(UnixGracefulPhase.terminate(duration(value(option))));
                case "--signal" -> phases.add(phase(value(option)));
                case "--kill-after" -> killAfter = Optional.of(duration(value(option)));
                default -> throw new UsageException("unknown option: " + option);
            }
        }

        /** As timeout(1) has it: 0 disables it. */
        private static Duration timeout(Duration duration) {
            return duration.isZero() ? Main.NEVER : duration;
        }

        private static String name(String text) throws UsageException {
            if (text.isBlank()) {
                throw new UsageException("the name is blank");
            }
            return text;
        }

        private String value(String option) throws UsageException {
            if (rest.isEmpty()) {
                throw new UsageException("no value for " + option);
            }
            return rest.pop();
        }

        Options options() {
            GracefulShutdown shutdown = GracefulShutdown.builder()
                    .unix(UnixGracefulShutdown.fromPhases(limited().toArray(UnixGracefulPhase[]::new)))
                    .windowsCtrlBreak(killAfter.orElse(DEFAULT_TIMEOUT))
                    .build();
            return new Options(name, mode, timeout, shutdown, List.copyOf(command));
        }

        /** The phases, within --kill-after altogether. */
        private List<UnixGracefulPhase> limited() {
            List<UnixGracefulPhase> limited = new ArrayList<>();
            Duration left = killAfter.orElse(Main.NEVER);
            for (UnixGracefulPhase phase : phases.isEmpty() ? defaults() : phases) {
                Duration limit = phase.timeout().compareTo(left) < 0 ? phase.timeout() : left;
                limited.add(UnixGracefulPhase.signal(phase.signal(), limit));
                left = left.minus(limit);
            }
            return limited;
        }

        private List<UnixGracefulPhase> defaults() {
            return command.isEmpty()
                    ? List.of(
                            UnixGracefulPhase.interrupt(DEMONSTRATION_TIMEOUT),
                            UnixGracefulPhase.terminate(DEMONSTRATION_TIMEOUT))
                    : List.of(UnixGracefulPhase.terminate(killAfter.orElse(DEFAULT_TIMEOUT)));
        }
    }

    private static UnixGracefulPhase phase(String text) throws UsageException {
        String[] parts = text.split(":", 2);
        if (parts.length < 2) {
            throw new UsageException("not SIG:D: " + text);
        }
        try {
            return UnixGracefulPhase.signal(UnixSignal.of(parts[0]), duration(parts[1]));
        } catch (IllegalArgumentException e) {
            throw new UsageException("not a signal for a graceful phase: " + parts[0]);
        }
    }

    private static Duration duration(String text) throws UsageException {
        String unit = text.replaceFirst("^[0-9.]*", "");
        BigDecimal millis = MILLIS.get(unit);
        if (millis == null) {
            throw new UsageException("not a duration: " + text);
        }
        try {
            BigDecimal number = new BigDecimal(text.substring(0, text.length() - unit.length()));
            return Duration.ofMillis(number.multiply(millis).setScale(0, RoundingMode.CEILING).longValueExact());
        } catch (ArithmeticException | NumberFormatException e) {
            throw new UsageException("not a duration: " + text);
        }
    }
}
