package io.github.lastcall.internal.cli;

import io.github.lastcall.Containment;
import io.github.lastcall.UnixGracefulPhase;
import io.github.lastcall.UnixSignal;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Parses a command line like getopt_long(3) with POSIXLY_CORRECT: the first operand ends the options. */
final class OptionParser {

    /** The word in place of a duration: without a limit. */
    private static final String RUN = "run";

    /** A shell reports a signal as 128 plus its number. */
    private static final int STATUS_BITS = 0x7f;

    private final Deque<String> rest;
    private final List<Options.Step> steps = new ArrayList<>();
    private final List<UnixGracefulPhase> phases = new ArrayList<>();
    private Containment containment = Containment.GROUP;
    private Optional<UnixSignal> signal = Optional.of(UnixSignal.SIGTERM);
    private Optional<String> name = Optional.empty();
    private Optional<Options.Report> report = Optional.empty();
    private Duration killAfter = Duration.ZERO;
    private boolean foreground;
    private boolean preserveStatus;
    private boolean verbose;
    private boolean signalGiven;

    private OptionParser(List<String> arguments) {
        this.rest = new ArrayDeque<>(arguments);
    }

    /** Parses it. {@code --help} and {@code --version} end it at once. */
    static Options parse(List<String> arguments) throws UsageException, TextRequest {
        return new OptionParser(arguments).parse();
    }

    private Options parse() throws UsageException, TextRequest {
        parseOptions();
        Duration limit = parseLimit();
        if (rest.isEmpty()) {
            throw new UsageException("");
        }
        if (signalGiven && !phases.isEmpty()) {
            throw new UsageException("'--signal' does not go with '--sigint' and '--sigterm'");
        }
        Options options = new Options(
                limit,
                killAfter,
                signal,
                List.copyOf(steps),
                List.copyOf(phases),
                containment,
                foreground,
                preserveStatus,
                verbose,
                report.orElse(verbose ? Options.Report.TEXT : Options.Report.NONE),
                name,
                List.copyOf(rest));
        if (!steps.isEmpty() && !options.isPolicy()) {
            throw new UsageException("'--close-input' and '--run' need a signal that can end a command");
        }
        return options;
    }

    /** Parses the duration, or the word {@link #RUN} in its place and the options after that word. */
    private Duration parseLimit() throws UsageException, TextRequest {
        if (RUN.equals(rest.peek())) {
            rest.pop();
            parseOptions();
            return Duration.ZERO;
        }
        if (rest.size() >= 2) {
            return Interval.parse(rest.pop());
        }
        rest.clear();
        return Duration.ZERO;
    }

    private void parseOptions() throws UsageException, TextRequest {
        while (!rest.isEmpty() && rest.peek().startsWith("-") && !rest.peek().equals("-")) {
            String word = rest.pop();
            if (word.equals("--")) {
                return;
            }
            if (word.startsWith("--")) {
                parseLong(word.substring(2));
            } else {
                parseShort(word.substring(1));
            }
        }
    }

    private void parseLong(String word) throws UsageException, TextRequest {
        int equals = word.indexOf('=');
        Option option = Option.ofWord(word, equals < 0 ? word.length() : equals);
        if (equals >= 0 && !option.hasValue()) {
            throw new UsageException("option '--" + option.word() + "' doesn't allow an argument");
        }
        if (equals < 0 && option.hasValue() && rest.isEmpty()) {
            throw new UsageException("option '--" + option.word() + "' requires an argument");
        }
        set(option, equals >= 0 ? word.substring(equals + 1) : option.hasValue() ? rest.pop() : "");
    }

    private void parseShort(String letters) throws UsageException, TextRequest {
        for (int i = 0; i < letters.length(); i++) {
            char letter = letters.charAt(i);
            Optional<Option> option = Option.ofLetter(letter);
            if (option.isEmpty()) {
                throw new UsageException("invalid option -- '" + letter + "'");
            }
            if (!option.get().hasValue()) {
                set(option.get(), "");
                continue;
            }
            if (i + 1 == letters.length() && rest.isEmpty()) {
                throw new UsageException("option requires an argument -- '" + letter + "'");
            }
            set(option.get(), i + 1 < letters.length() ? letters.substring(i + 1) : rest.pop());
            return;
        }
    }

    private void set(Option option, String value) throws UsageException, TextRequest {
        switch (option) {
            case FOREGROUND -> foreground = true;
            case KILL_AFTER -> killAfter = Interval.parse(value);
            case PRESERVE_STATUS -> preserveStatus = true;
            case VERBOSE -> verbose = true;
            case SIGNAL -> {
                signal = signal(value);
                signalGiven = true;
            }
            case SIGINT -> phases.add(UnixGracefulPhase.interrupt(Interval.parse(value)));
            case SIGTERM -> phases.add(UnixGracefulPhase.terminate(Interval.parse(value)));
            case CLOSE_INPUT -> steps.add(new Options.Step(List.of(), Interval.parse(value)));
            case RUN -> steps.add(step(value));
            case CONTAINMENT -> containment = containment(value);
            case REPORT -> report = Optional.of(report(value));
            case NAME -> name = Optional.of(name(value));
            case HELP -> throw new TextRequest(Texts.HELP);
            case VERSION -> throw new TextRequest(Texts.version());
        }
    }

    /** Empty: timeout(1) accepts 0, which has no effect. */
    private static Optional<UnixSignal> signal(String text) throws UsageException {
        boolean isNumber = !text.isEmpty() && text.chars().allMatch(digit -> digit >= '0' && digit <= '9');
        try {
            String name = isNumber ? Integer.toString(Integer.parseInt(text) & STATUS_BITS) : withoutPrefix(text);
            return name.equals("0") || name.equals("EXIT") ? Optional.empty() : Optional.of(UnixSignal.of(name));
        } catch (IllegalArgumentException e) {
            throw new UsageException(Texts.quoted(text) + ": invalid signal");
        }
    }

    /** Also before a number. */
    private static String withoutPrefix(String text) {
        String name = text.toUpperCase(Locale.ROOT);
        return name.startsWith("SIG") && !name.startsWith("SIGSIG") ? name.substring("SIG".length()) : name;
    }

    private static Options.Step step(String text) throws UsageException {
        int colon = text.indexOf(':');
        if (colon < 0 || colon + 1 == text.length()) {
            throw new UsageException(Texts.quoted(text) + " is not D:COMMAND");
        }
        return new Options.Step(
                List.of("/bin/sh", "-c", text.substring(colon + 1)), Interval.parse(text.substring(0, colon)));
    }

    private static Containment containment(String text) throws UsageException {
        for (Containment containment : Containment.values()) {
            if (containment.name().equalsIgnoreCase(text)) {
                return containment;
            }
        }
        throw new UsageException(
                "invalid containment " + Texts.quoted(text) + ": group, marked, cgroup and strictest are known");
    }

    private static Options.Report report(String text) throws UsageException {
        return switch (text) {
            case "text" -> Options.Report.TEXT;
            case "json" -> Options.Report.JSON;
            case "none" -> Options.Report.NONE;
            default -> throw new UsageException("invalid report " + Texts.quoted(text) + ": text, json and none are known");
        };
    }

    private static String name(String text) throws UsageException {
        if (text.isBlank()) {
            throw new UsageException("the name is blank");
        }
        return text;
    }
}
