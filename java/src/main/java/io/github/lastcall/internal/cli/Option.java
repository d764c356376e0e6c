package io.github.lastcall.internal.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The options, by their long names. Those of timeout(1) come first. */
enum Option {
    FOREGROUND("foreground", 'f', false),
    KILL_AFTER("kill-after", 'k', true),
    PRESERVE_STATUS("preserve-status", 'p', false),
    SIGNAL("signal", 's', true),
    VERBOSE("verbose", 'v', false),
    HELP("help", '\0', false),
    VERSION("version", '\0', false),
    NAME("name", '\0', true),
    REPORT("report", '\0', true),
    CLOSE_INPUT("close-input", '\0', true),
    RUN("run", '\0', true),
    CONTAINMENT("containment", '\0', true),
    SIGINT("sigint", '\0', true),
    SIGTERM("sigterm", '\0', true);

    private final String word;
    private final char letter;
    private final boolean hasValue;

    Option(String word, char letter, boolean hasValue) {
        this.word = word;
        this.letter = letter;
        this.hasValue = hasValue;
    }

    String word() {
        return word;
    }

    boolean hasValue() {
        return hasValue;
    }

    private boolean isOfTimeout() {
        return compareTo(VERSION) <= 0;
    }

    static Optional<Option> ofLetter(char letter) {
        return Arrays.stream(values()).filter(option -> option.letter == letter && letter != '\0').findFirst();
    }

    /**
     * The option of a long name, or of the beginning of one as getopt_long(3) takes it. A beginning that is enough for
     * timeout(1) stays so, whatever else has it too: {@code --sig} is {@code --signal}.
     *
     * @param text the word after the dashes, with {@code =value} if it has one
     * @param length the length of the name in it
     */
    static Option ofWord(String text, int length) throws UsageException {
        String word = text.substring(0, length);
        List<Option> possible = new ArrayList<>();
        for (Option option : values()) {
            if (option.word.equals(word)) {
                return option;
            }
            if (option.word.startsWith(word)) {
                possible.add(option);
            }
        }
        List<Option> ofTimeout = possible.stream().filter(Option::isOfTimeout).toList();
        if (ofTimeout.size() == 1 || possible.size() == 1) {
            return ofTimeout.isEmpty() ? possible.get(0) : ofTimeout.get(0);
        }
        if (possible.isEmpty()) {
            throw new UsageException("unrecognized option '--" + text + "'");
        }
        throw new UsageException("option '--" + text + "' is ambiguous; possibilities:"
                + possible.stream().map(option -> " '--" + option.word + "'").collect(Collectors.joining()));
    }
}
